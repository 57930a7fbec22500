//! `/admin/api-keys/new`: a key is made, and shown once.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::access::{
    ManageApiKeys, PermissionInfo, Principal,
    api_key::{self, DAYS, KeyError, Made, NAME_LENGTH, NewKey, offered},
};

use super::{
    super::{
        members::back,
        roles::{Part, in_part},
    },
    HOME,
};
use crate::{
    access::{Confirmed, catalogue, permit},
    context::{Context, RequestContext},
    error::PageError,
    ui::{
        FieldErrors, FormBody, Head, Icon,
        choice::{Checkbox, Choice, SelectField},
        copy_field::{SCRIPT, copy_field},
        form::{TextField, field_error, summary},
        frame::{Section, frame},
        page,
        time::day,
    },
};

/// What is chosen for a key that does not end by itself.
const NEVER: &str = "never";

/// What was typed and ticked.
#[derive(Debug, Default)]
struct Fields {
    name: String,
    days: String,
    permissions: Vec<String>,
}

impl Fields {
    /// A form sends `permission` once for each tick, so it is read as pairs.
    fn read(pairs: Vec<(String, String)>) -> Self {
        let mut fields = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "name" => fields.name = value,
                "days" => fields.days = value,
                "permission" => fields.permissions.push(value),
                _ => {}
            }
        }
        fields
    }

    fn check(&self, errors: &mut FieldErrors) -> NewKey {
        let days = self.days.parse().ok().filter(|days| DAYS.contains(days));
        if days.is_none() && self.days != NEVER {
            errors.add("days", KeyError::Time);
        }
        NewKey {
            name: errors.required_line("name", "The name", &self.name, NAME_LENGTH),
            permissions: self.permissions.clone(),
            days,
        }
    }
}

pub(super) async fn show(context: Context, Confirmed(permit): Confirmed<ManageApiKeys>) -> Result<Response, PageError> {
    let person = permit.commit().await?;
    let fields = Fields { days: DAYS[1].to_string(), ..Fields::default() };
    Ok(render(&context, &person, &fields, &FieldErrors::default()))
}

pub(super) async fn submit(
    context: Context,
    Confirmed(mut confirmed): Confirmed<ManageApiKeys>,
    FormBody(pairs): FormBody<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let fields = Fields::read(pairs);
    let mut errors = FieldErrors::default();
    let new = fields.check(&mut errors);
    if !errors.is_empty() {
        let person = confirmed.commit().await?;
        return Ok(render(&context, &person, &fields, &errors));
    }
    let letterhead = context.letterhead()?;
    match api_key::make(&mut confirmed, &context.scribe(), &catalogue(), &letterhead, new).await {
        Ok(made) => {
            let person = confirmed.commit().await?;
            Ok(shown(&context, &person, &made, &fields))
        }
        Err(KeyError::Database(error)) => Err(error.into()),
        Err(error) => {
            // Nothing was done; the page is shown in a transaction of its own.
            drop(confirmed);
            let field = match error {
                KeyError::Time => "days",
                KeyError::TooMany => "name",
                _ => "permissions",
            };
            errors.add(field, error);
            let person = permit::<ManageApiKeys>(&context).await?.commit().await?;
            Ok(render(&context, &person, &fields, &errors))
        }
    }
}

/// In the answer itself: nothing may keep the key until another page is asked for.
fn shown(context: &RequestContext, person: &Principal, made: &Made, fields: &Fields) -> Response {
    page(context, Head::new("Your API key").with_script(SCRIPT), || {
        let name = fields.name.trim().to_owned();
        let ends = match made.expires_at {
            Some(end) => format!("It ends on {}. A week before, you are told by mail.", day(end)),
            None => "It does not end by itself. Revoke it when it is not needed any more.".to_owned(),
        };
        let example = format!("curl -H 'Authorization: Bearer {}' {}", made.token.expose(), address(context));
        let content = view! {
            <div class="page__head"><h1 class="page__title">{format!("Your API key {name}")}</h1></div>
            <div class="stack">
                {copy_field("key", "Key", made.token.expose())}
                <p class="field__help">"Copy it now: it is not shown again. Whoever has it can do what you gave it."</p>
                {copy_field("key-id", "Client ID, for access tokens", &made.id.to_string())}
                {copy_field("example", "Try it", &example)}
                <p>{ends}</p>
                <div class="button-row">
                    <a class="button button--primary" href=context.href(HOME)>"Done"</a>
                </div>
            </div>
        };
        frame(context, person, Section::ApiKeys, true, content)
    })
}

/// Where a key is tried.
fn address(context: &RequestContext) -> String {
    format!("{}/api/v1/me", context.tenant_origin().unwrap_or_default())
}

fn render(context: &RequestContext, person: &Principal, fields: &Fields, errors: &FieldErrors) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page(context, Head::new("New API key").with_status(status), || {
        let mut days: Vec<_> = DAYS.map(|days| Choice::new(days.to_string(), format!("{days} days"))).into();
        days.push(Choice::new(NEVER, "As long as it is not revoked"));
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"New API key"</h1>
                {back(context, HOME, "Back to the API keys")}
            </div>
            <div class="stack">
                {summary(errors)}
                <form class="form" action=context.href(&format!("{HOME}/new")) method="post">
                    <TextField
                        id="name"
                        label="Name"
                        value=&fields.name
                        errors=errors
                        maxlength=NAME_LENGTH
                        help="Which program it is for. It stands beside everything that the program does."
                    />
                    {permissions(person, fields, errors)}
                    <SelectField id="days" label="Good for" options=days value=&fields.days errors=errors />
                    <div class="notice">
                        <Icon name="info" />
                        <p>
                            "The key acts for you. It loses each permission that you lose, and no key can manage people, roles, sign-in or other keys."
                        </p>
                    </div>
                    <div class="button-row">
                        <button class="button button--primary" type="submit">"Make key"</button>
                        <a class="button" href=context.href(HOME)>"Cancel"</a>
                    </div>
                </form>
            </div>
        };
        frame(context, person, Section::ApiKeys, true, content)
    })
}

/// What the key can be given: of what keys may hold, what the person holds.
fn permissions(person: &Principal, fields: &Fields, errors: &FieldErrors) -> AnyView {
    let parts: Vec<_> = Part::ALL
        .into_iter()
        .filter_map(|part| {
            let ticks: Vec<_> = in_part(part, |info| offered(info) && person.grants.hold(info))
                .iter()
                .map(|info| tick(info, fields))
                .collect();
            (!ticks.is_empty()).then(|| {
                view! {
                    <fieldset class="fieldset">
                        <legend>{part.label()}</legend>
                        {ticks}
                    </fieldset>
                }
            })
        })
        .collect();
    let none = parts.is_empty().then(|| view! { <p>"You have no permission that a key can hold."</p> });
    view! {
        <div class="stack" id="permissions" tabindex="-1" role="group" aria-label="Permissions">
            {field_error("permissions", errors.of("permissions"))}
            {none}
            {parts}
        </div>
    }
    .into_any()
}

fn tick(info: &PermissionInfo, fields: &Fields) -> AnyView {
    view! {
        <Checkbox
            id=format!("permission-{}", info.name.replace('.', "-"))
            name="permission"
            value=info.name.to_owned()
            label=info.label.to_owned()
            help=info.about
            checked=fields.permissions.iter().any(|name| name == info.name)
        />
    }
    .into_any()
}
