//! `/projects/{project}/archive`, and the way back.

use axum::{extract::Path, http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::access::Permit;
use serde::Deserialize;

use super::super::{KEY_LENGTH, Level, ProjectError, archive, of_key, restore as restore_project};
use crate::{
    access::{Allowed, permit},
    context::{Context, RequestContext},
    desk::permission::WriteTickets,
    error::PageError,
    routes::{see_other, see_other_with},
    ui::{
        FieldErrors, FormBody, Head,
        flash::Flash,
        form::summary,
        frame::{Section, frame},
        page,
        typed_confirmation::{TypedConfirmation, Warning},
    },
};

/// What was typed.
#[derive(Default, Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    key: String,
}

pub(super) async fn show(
    context: Context,
    Path(key): Path<String>,
    Allowed(permit): Allowed<WriteTickets>,
) -> Result<Response, PageError> {
    render(&context, permit, &key, &Fields::default(), &FieldErrors::default()).await
}

pub(super) async fn submit(
    context: Context,
    Path(key): Path<String>,
    Allowed(mut allowed): Allowed<WriteTickets>,
    FormBody(fields): FormBody<Fields>,
) -> Result<Response, PageError> {
    match archive(&mut allowed, &context.scribe(), &key, &fields.key).await {
        Ok(()) => {
            allowed.commit().await?;
            Ok(see_other_with(&context.href(&format!("/projects/{key}")), Flash::ProjectArchived))
        }
        // Somebody else was quicker; it is as it was wanted.
        Err(ProjectError::Archived) => Ok(see_other(&context.href(&format!("/projects/{key}")))),
        Err(error) => {
            drop(allowed);
            let mut errors = FieldErrors::default();
            error.beside(&mut errors)?;
            render(&context, permit::<WriteTickets>(&context).await?, &key, &fields, &errors).await
        }
    }
}

pub(super) async fn restore(
    context: Context,
    Path(key): Path<String>,
    Allowed(mut allowed): Allowed<WriteTickets>,
) -> Result<Response, PageError> {
    restore_project(&mut allowed, &context.scribe(), &key).await?;
    allowed.commit().await?;
    Ok(see_other_with(&context.href(&format!("/projects/{key}")), Flash::ProjectRestored))
}

async fn render(
    context: &RequestContext,
    mut permit: Permit<WriteTickets>,
    key: &str,
    fields: &Fields,
    errors: &FieldErrors,
) -> Result<Response, PageError> {
    let (project, level) = of_key(&mut permit, key).await?.ok_or(PageError::NotFound)?;
    if level < Level::Lead {
        return Err(ProjectError::NotLead.into());
    }
    let home = format!("/projects/{}", project.key);
    if project.is_archived() {
        return Ok(see_other(&context.href(&home)));
    }
    let person = permit.commit().await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let action = format!("{home}/archive");
    let title = format!("Archive {}", project.name);
    Ok(page(context, Head::new(title.clone()).with_status(status), || {
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">{title.clone()}</h1>
                <p class="page__lead"><a href=context.href(&home)>"Back to the project"</a></p>
            </div>
            <div class="stack">
                {summary(errors)}
                <Warning
                    title="Nothing in it changes until it is restored"
                    text=format!(
                        "Its tickets stay readable and are still found. Nobody can create tickets in it, change them or comment on them, nor change the project and its members. The key {} stays taken. Its leads, and those who manage projects, can restore it at any time.",
                        project.key,
                    )
                />
                <TypedConfirmation
                    context=context
                    action=&action
                    ask=("To confirm, type the key:", project.key.clone())
                    id="key"
                    label="Key of the project"
                    maxlength=KEY_LENGTH
                    value=&fields.key
                    errors=errors
                    button=title
                    cancel=("Cancel", &home)
                />
            </div>
        };
        frame(context, &person, Section::Projects, true, content)
    }))
}
