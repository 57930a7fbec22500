//! `GET /admin/members/links/new` and `POST`: a link by which people ask for an invitation, shown once.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{ManageMembers, Permit, Principal, Role},
    identity::policy,
    members::{self, LINK_DAYS, LINK_USES, NewLink, RoleChoice},
};
use serde::Deserialize;

use super::{
    back,
    choice::{about_roles, role_options},
    invite::{choices, chosen, first_choice},
};
use crate::{
    access::Allowed,
    context::{Context, RequestContext},
    error::PageError,
    ui::{
        FieldErrors, FormBody, Head, Icon,
        choice::SelectField,
        form::{described_by, field_error, field_help, summary},
        frame::{Section, frame},
        page,
    },
};

/// What was typed.
#[derive(Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    role: String,
    #[serde(default)]
    days: String,
    #[serde(default)]
    max_uses: String,
}

/// Roles that a link may give: never owner, for a link can be passed on.
async fn link_choices(permit: &mut Permit<ManageMembers>) -> Result<Vec<RoleChoice>, PageError> {
    let mut choices = choices(permit).await?;
    choices.retain(|choice| !choice.role.is(Role::Owner));
    Ok(choices)
}

pub(super) async fn show(context: Context, Allowed(mut permit): Allowed<ManageMembers>) -> Result<Response, PageError> {
    let choices = link_choices(&mut permit).await?;
    let person = permit.commit().await?;
    let fields = Fields { role: first_choice(&choices), days: "7".to_owned(), max_uses: String::new() };
    Ok(render(&context, &person, &choices, &fields, &FieldErrors::default()))
}

pub(super) async fn submit(
    context: Context,
    Allowed(mut permit): Allowed<ManageMembers>,
    FormBody(fields): FormBody<Fields>,
) -> Result<Response, PageError> {
    let choices = link_choices(&mut permit).await?;
    let mut errors = FieldErrors::default();
    let role = chosen(&choices, &fields.role, &mut errors);
    let days = fields.days.trim().parse::<i64>().ok().filter(|days| (1..=LINK_DAYS).contains(days));
    if days.is_none() {
        errors.add("days", format!("Enter a number of days from 1 to {LINK_DAYS}."));
    }
    let max_uses = match fields.max_uses.trim() {
        "" => None,
        text => {
            let max = text.parse::<i32>().ok().filter(|max| (1..=LINK_USES).contains(max));
            if max.is_none() {
                errors.add("max_uses", format!("Enter a number of people from 1 to {LINK_USES}, or nothing."));
            }
            max
        }
    };
    let (Some(role), Some(days), true) = (role, days, errors.is_empty()) else {
        let person = permit.commit().await?;
        return Ok(render(&context, &person, &choices, &fields, &errors));
    };
    let new = NewLink { role, days, max_uses };
    let Some(token) = members::create_link(&mut permit, &context.scribe(), new).await? else {
        errors.add("role", "This role has just been deleted. Choose another.");
        let person = permit.commit().await?;
        return Ok(render(&context, &person, &choices, &fields, &errors));
    };
    let domains = policy::load(&mut permit).await?.invitation_domains;
    let link = context.letterhead()?.link(&format!("/join/link?token={token}"));
    let person = permit.commit().await?;
    Ok(created(&context, &person, &link, &role.label, &domains))
}

fn created(context: &RequestContext, person: &Principal, link: &str, role: &str, domains: &[String]) -> Response {
    page(context, Head::new("Your link"), || {
        let who = if domains.is_empty() {
            "Whoever has it can ask for an invitation; it goes to the address that they give.".to_owned()
        } else {
            let domains = domains.join(", ");
            format!("Whoever has it and an address of {domains} can ask for an invitation; it goes to that address.")
        };
        let content = view! {
            <div class="page__head"><h1 class="page__title">{format!("Your link for the role {role}")}</h1></div>
            <div class="stack">
                <div class="field">
                    <label class="field__label" for="link">"Link"</label>
                    <input class="input input--code" id="link" type="text" value=link.to_owned() readonly=true aria-describedby="link-help" />
                    <p class="field__help" id="link-help">"Copy it now: it is not shown again. You can revoke it at any time."</p>
                </div>
                <p>{who}</p>
                <div class="button-row">
                    <a class="button button--primary" href=context.href("/admin/members/invitations")>"Done"</a>
                </div>
            </div>
        };
        frame(context, person, Section::Members, true, content)
    })
}

fn render(
    context: &RequestContext,
    person: &Principal,
    choices: &[RoleChoice],
    fields: &Fields,
    errors: &FieldErrors,
) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page(context, Head::new("Create a link").with_status(status), || {
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"Create a link"</h1>
                {back(context, "/admin/members/invitations", "All invitations")}
            </div>
            <div class="stack">{summary(errors)} {form(context, choices, fields, errors)}</div>
        };
        frame(context, person, Section::Members, true, content)
    })
}

fn form(context: &RequestContext, choices: &[RoleChoice], fields: &Fields, errors: &FieldErrors) -> AnyView {
    view! {
        <form class="form" action=context.href("/admin/members/links/new") method="post">
            <SelectField
                id="role"
                label="Role"
                options=role_options(choices)
                value=&fields.role
                errors=errors
                help="Everybody who joins by the link gets it."
            />
            {about_roles(choices)}
            <div class="field-pair">
                {number_field("days", "Days it is good for", "At most 30.", &fields.days, LINK_DAYS, errors, true)}
                {number_field("max_uses", "People who may join", "Left empty, any number.", &fields.max_uses, LINK_USES.into(), errors, false)}
            </div>
            <div class="button-row">
                <button class="button button--primary" type="submit">
                    <Icon name="plus" />
                    "Create link"
                </button>
            </div>
        </form>
    }
    .into_any()
}

fn number_field(
    id: &'static str,
    label: &'static str,
    help: &'static str,
    value: &str,
    max: i64,
    errors: &FieldErrors,
    required: bool,
) -> AnyView {
    let error = errors.of(id);
    view! {
        <div class="field">
            <label class="field__label" for=id>
                {label}
                {(!required).then(|| view! { " " <span class="field__optional">"(optional)"</span> })}
            </label>
            <input
                class="input"
                id=id
                name=id
                type="number"
                inputmode="numeric"
                min="1"
                max=max
                required=required
                value=value.to_owned()
                aria-describedby=described_by(id, true, error.is_some())
                aria-invalid=error.is_some().then_some("true")
            />
            {field_help(id, help)}
            {field_error(id, error)}
        </div>
    }
    .into_any()
}
