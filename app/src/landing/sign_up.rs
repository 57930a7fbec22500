//! `GET /sign-up` and `POST /sign-up`: a company gets its workspace, and its first owner lands in it, signed in.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    identity::{
        EmailAddress, email_verification, handoff,
        password::{self, PasswordRules},
        throttle,
    },
    mail::Letterhead,
    tenancy::{NewOwner, NewTenant, RegisterError, Slug, register},
};
use serde::Deserialize;

use super::address_field::AddressField;
use crate::{
    context::{Context, RequestContext},
    desk::project,
    error::PageError,
    routes::{query_string, see_other},
    ui::{
        FieldErrors, FormBody, Head,
        form::{TextField, summary},
        frame::solo,
        page,
    },
};

/// What was typed.
#[derive(Default, Deserialize)]
pub(super) struct Fields {
    workspace: String,
    slug: String,
    name: String,
    email: String,
    password: String,
}

pub(super) async fn show(context: Context) -> Response {
    render(&context, &Fields::default(), &FieldErrors::default())
}

pub(super) async fn submit(context: Context, FormBody(fields): FormBody<Fields>) -> Result<Response, PageError> {
    let services = &context.services;
    let mut errors = FieldErrors::default();
    let workspace = errors.required_line("workspace", "The workspace's name", &fields.workspace, 80);
    let slug = errors.take("slug", fields.slug.parse::<Slug>());
    let name = errors.required_line("name", "Your name", &fields.name, 120);
    let email = errors.take("email", EmailAddress::parse(&fields.email));
    let about = [fields.name.as_str(), fields.email.trim(), fields.workspace.as_str()];
    errors.take("password", password::check_choice(&fields.password, PasswordRules::default(), &about));
    let (Some(slug), Some(email), true) = (slug, email, errors.is_empty()) else {
        return Ok(render(&context, &fields, &errors));
    };
    // Before the password is hashed: that is dear, and for nothing where the address is taken.
    if !register::is_free(&services.database, &slug).await? {
        errors.add("slug", RegisterError::SlugTaken(slug));
        return Ok(render(&context, &fields, &errors));
    }
    let mut tx = services.database.control().await?;
    let key = ["sign-up", context.device.address.as_str()];
    let verdict = throttle::count_at_apex(&mut tx, &services.ambient, &key, services.apex_limit).await?;
    tx.commit().await?;
    verdict.map_err(|throttled| PageError::Throttled(throttled.wait_in_words()))?;

    let hash =
        services.passwords.hash(&services.ambient, fields.password.clone()).await.map_err(PageError::internal)?;
    let person = (name.clone(), email.to_string());
    let tenant = NewTenant { slug: slug.clone(), name: workspace, is_demo: false };
    let owner = NewOwner { name, email, password_hash: hash, email_verified: false };
    let (mut token, scribe) = (String::new(), context.scribe());
    let letterhead = Letterhead::plain(&tenant.name, &context.public().tenant(slug.as_ref()));
    let registered = register::register_with(&services.database, &scribe, tenant, owner, async |tx, owner| {
        token = handoff::offer(tx, &services.ambient, owner).await?;
        // What the product begins with.
        project::begin(tx, &scribe, owner, (&person.0, &person.1)).await?;
        Ok(email_verification::send(tx, &services.ambient, &letterhead, owner).await?)
    });
    match registered.await {
        Ok(_) => {}
        Err(taken @ RegisterError::SlugTaken(_)) => {
            errors.add("slug", taken);
            return Ok(render(&context, &fields, &errors));
        }
        Err(RegisterError::Database(error)) => return Err(error.into()),
    }
    let home = context.public().tenant(slug.as_ref());
    Ok(see_other(&format!("{home}/welcome{}", query_string(&[("token", token)]))))
}

fn render(context: &RequestContext, fields: &Fields, errors: &FieldErrors) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page(context, Head::new("Create a workspace").with_status(status), || {
        let content = view! {
            <div class="card stack">
                {summary(errors)}
                <form class="form" action="/sign-up" method="post">
                    <fieldset class="fieldset">
                        <legend>"The workspace"</legend>
                        <TextField
                            id="workspace"
                            label="Name"
                            value=&fields.workspace
                            errors=errors
                            autocomplete="organization"
                            maxlength=80
                            autofocus=errors.is_empty()
                        />
                        <AddressField value=fields.slug.clone() suffix=context.public().suffix() error=errors.of("slug") />
                    </fieldset>
                    <fieldset class="fieldset">
                        <legend>"You, its first owner"</legend>
                        <TextField id="name" label="Your name" value=&fields.name errors=errors autocomplete="name" maxlength=120 />
                        <TextField id="email" label="Email" kind="email" value=&fields.email errors=errors autocomplete="username" maxlength=254 />
                        <TextField
                            id="password"
                            label="Password"
                            kind="password"
                            value=""
                            errors=errors
                            autocomplete="new-password"
                            minlength=password::MIN_LENGTH
                            maxlength=password::MAX_LENGTH
                            help="At least 10 characters. Four random words are fine, and so is a password manager."
                        />
                    </fieldset>
                    <button class="button button--primary button--wide" type="submit">"Create workspace"</button>
                </form>
            </div>
        };
        solo(context, true, view! { <h1>"Create a workspace"</h1> }, content)
    })
}
