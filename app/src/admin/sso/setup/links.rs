//! Set-up links: for somebody outside the workspace who sets this one connection up.

use axum::{extract::Path, http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{ManageSso, Permit, Principal},
    identity::EmailAddress,
    mail::{self, Letter},
    sso::{
        Connection, connection,
        setup_link::{self, DAYS, NewSetupLink, RECIPIENT_LENGTH, SetupLink},
    },
};
use serde::Deserialize;

use super::{
    super::{super::members::back, find},
    trying,
    values::{SCRIPT, field},
};
use crate::{
    access::{Allowed, Confirmed},
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other_with,
    ui::{
        FieldErrors, FormBody, Head, Icon,
        choice::{Checkbox, Choice, SelectField},
        flash::Flash,
        form::{TextField, summary},
        frame::{Section, frame},
        page,
        time::{Ago, day},
    },
};

/// What was typed.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    recipient: String,
    #[serde(default)]
    days: String,
    #[serde(default)]
    mailed: String,
}

/// What is revoked.
#[derive(Deserialize)]
pub(super) struct Revoke {
    link: String,
}

/// The part of the set-up page.
pub(super) fn section(context: &RequestContext, connection: &Connection, links: &[SetupLink]) -> AnyView {
    let home = format!("/admin/sso/{}/links", connection.id);
    let now = context.services.ambient.now();
    let items = links
        .iter()
        .map(|link| {
            let used = match link.last_used_at {
                Some(at) => view! { "Last used " <Ago at=at now=now /> }.into_any(),
                None => "Not used yet".into_any(),
            };
            view! {
                <li class="wizard__link">
                    <div>
                        <p class="wizard__link-name">{link.recipient.clone()}</p>
                        <p class="muted">{format!("By {}, until {}. ", link.creator, day(link.expires_at))} {used}</p>
                    </div>
                    <form action=context.href(&home) method="post">
                        <input type="hidden" name="link" value=link.id.to_string() />
                        <button class="button button--quiet" type="submit">
                            "Revoke"
                            <span class="visually-hidden">{format!(" the link for {}", link.recipient)}</span>
                        </button>
                    </form>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="card wizard__step" id="links" aria-labelledby="links-title">
            <h2 id="links-title">"Let somebody else set it up"</h2>
            <p>
                "Whoever manages the identity provider need not be a member here. With a set-up link they see this page alone: they can set up, test and switch on this connection, and nothing else."
            </p>
            {(!links.is_empty()).then(|| view! { <ul class="wizard__links">{items}</ul> })}
            <div class="button-row">
                <a class="button" href=context.href(&format!("{home}/new"))>"Create a set-up link…"</a>
            </div>
        </section>
    }
    .into_any()
}

pub(super) async fn revoke(
    context: Context,
    Path(id): Path<String>,
    Allowed(mut permit): Allowed<ManageSso>,
    FormBody(form): FormBody<Revoke>,
) -> Result<Response, PageError> {
    let connection = find(&mut permit, &id).await?;
    let link = form.link.parse().map_err(|_| PageError::NotFound)?;
    if !setup_link::revoke(&mut permit, &context.scribe(), connection.id, link).await? {
        return Err(PageError::NotFound);
    }
    permit.commit().await?;
    Ok(see_other_with(&context.href(&format!("/admin/sso/{}#links", connection.id)), Flash::LinkRevoked))
}

pub(super) async fn show(
    context: Context,
    Path(id): Path<String>,
    Confirmed(mut permit): Confirmed<ManageSso>,
) -> Result<Response, PageError> {
    let connection = find(&mut permit, &id).await?;
    let domains = connection::domains(&mut permit, connection.id).await?;
    let person = permit.commit().await?;
    let fields = Fields { days: DAYS[1].to_string(), ..Fields::default() };
    Ok(render(&context, &person, &connection, &domains, &fields, &FieldErrors::default()))
}

pub(super) async fn submit(
    context: Context,
    Path(id): Path<String>,
    Confirmed(mut permit): Confirmed<ManageSso>,
    FormBody(fields): FormBody<Fields>,
) -> Result<Response, PageError> {
    let connection = find(&mut permit, &id).await?;
    let domains = connection::domains(&mut permit, connection.id).await?;
    let mut errors = FieldErrors::default();
    let recipient = errors.required_line("recipient", "The recipient", &fields.recipient, RECIPIENT_LENGTH);
    let days = fields.days.parse().ok().filter(|days| DAYS.contains(days));
    if days.is_none() {
        errors.add("days", "Choose one from the list.");
    }
    let address = if fields.mailed.is_empty() || recipient.is_empty() {
        None
    } else {
        errors.take("recipient", EmailAddress::parse(&recipient))
    };
    let (Some(days), true) = (days, errors.is_empty()) else {
        let person = permit.commit().await?;
        return Ok(render(&context, &person, &connection, &domains, &fields, &errors));
    };
    let Some(made) = setup_link::create(&mut permit, &context.scribe(), &connection, &recipient, days).await? else {
        let words = format!("There are {} links for this connection. Revoke one first.", setup_link::MOST);
        errors.add("recipient", words);
        let person = permit.commit().await?;
        return Ok(render(&context, &person, &connection, &domains, &fields, &errors));
    };
    // Where the connection's own addresses are: a test comes back there.
    let link = format!("{}/sso-setup/{}", connection.base_url, made.token);
    if let Some(address) = &address {
        send(&context, &mut permit, &connection, &made, &link, address).await?;
    }
    let person = permit.commit().await?;
    Ok(created(&context, &person, &connection, &made, &link, &recipient, address.is_some()))
}

async fn send(
    context: &RequestContext,
    permit: &mut Permit<ManageSso>,
    connection: &Connection,
    made: &NewSetupLink,
    link: &str,
    address: &EmailAddress,
) -> Result<(), PageError> {
    let letter = Letter::SsoSetupLink {
        workspace: context.tenant()?.name.clone(),
        connection: connection.name.clone(),
        inviter: permit.principal().name.clone(),
        link: link.to_owned(),
        until: made.expires_at,
    };
    let letterhead = context.letterhead()?;
    Ok(mail::queue(permit, &context.services.ambient, &letterhead, address.as_str(), &letter).await?)
}

fn created(
    context: &RequestContext,
    person: &Principal,
    connection: &Connection,
    made: &NewSetupLink,
    link: &str,
    recipient: &str,
    is_mailed: bool,
) -> Response {
    page(context, Head::new("Your set-up link").with_script(SCRIPT), || {
        let mailed = is_mailed.then(|| view! { <p>{format!("It is on its way to {recipient}.")}</p> });
        let content = view! {
            <div class="page__head"><h1 class="page__title">{format!("The set-up link for {recipient}")}</h1></div>
            <div class="stack">
                {field("setup-link", "Link", link)}
                <p class="field__help">"Copy it now: it is not shown again. You can revoke it at any time."</p>
                <p>
                    {format!(
                        "Whoever has it can set up, test and switch on the connection {} until {}.",
                        connection.name,
                        day(made.expires_at),
                    )}
                </p>
                {mailed}
                <div class="button-row">
                    <a class="button button--primary" href=context.href(&format!("/admin/sso/{}#links", connection.id))>"Done"</a>
                </div>
            </div>
        };
        frame(context, person, Section::Sso, true, content)
    })
}

fn render(
    context: &RequestContext,
    person: &Principal,
    connection: &Connection,
    domains: &[String],
    fields: &Fields,
    errors: &FieldErrors,
) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page(context, Head::new("Create a set-up link").with_status(status), || {
        let home = format!("/admin/sso/{}", connection.id);
        let days = DAYS.map(|days| {
            Choice::new(days.to_string(), if days == 1 { "1 day".to_owned() } else { format!("{days} days") })
        });
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">{format!("Create a set-up link for {}", connection.name)}</h1>
                {back(context, &home, "Back to the connection")}
            </div>
            <div class="stack">
                {summary(errors)}
                {domains.is_empty().then(|| trying::untied(context, &connection.name))}
                <form class="form" action=context.href(&format!("{home}/links/new")) method="post">
                    <TextField
                        id="recipient"
                        label="For whom"
                        value=&fields.recipient
                        errors=errors
                        maxlength=RECIPIENT_LENGTH
                        help="An email address or a name. It is written down with what they do."
                    />
                    <SelectField id="days" label="Good for" options=days.to_vec() value=&fields.days errors=errors />
                    <Checkbox
                        id="mailed".to_owned()
                        name="mailed"
                        value="on".to_owned()
                        label="Send it by mail".to_owned()
                        help="Then the field above has to be an email address. In any case, the link is shown to you once."
                        checked=!fields.mailed.is_empty()
                    />
                    <div class="notice">
                        <Icon name="info" />
                        <p>
                            "Whoever has the link decides who gets into this workspace by the connection. Give it only to somebody whom you trust with that."
                        </p>
                    </div>
                    <div class="button-row">
                        <button class="button button--primary" type="submit">"Create link"</button>
                        <a class="button" href=context.href(&home)>"Cancel"</a>
                    </div>
                </form>
            </div>
        };
        frame(context, person, Section::Sso, true, content)
    })
}
