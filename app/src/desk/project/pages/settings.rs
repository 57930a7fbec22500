//! `/projects/{project}`: what a project is called, what it is for, and who is in it.

use axum::{extract::Path, http::StatusCode, response::Response};
use rowhouse_platform::access::{Permission, Permit};
use serde::Deserialize;

use super::{
    super::{Level, ProjectDraft, ProjectError, change, of_key},
    fields::Fields,
    merge::{Theirs, merge},
    settings_view::{Shown, render_page},
};
use crate::{
    access::{Allowed, permit},
    context::{Context, RequestContext},
    desk::permission::{ReadTickets, WriteTickets},
    error::PageError,
    routes::see_other_with,
    ui::{FieldErrors, FormBody, flash::Flash},
};

/// What was typed, and what the form was filled with.
#[derive(Deserialize)]
pub(super) struct SentFields {
    #[serde(default)]
    version: i64,
    #[serde(default)]
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    access: String,
    #[serde(default)]
    was_name: String,
    #[serde(default)]
    was_description: String,
    #[serde(default)]
    was_access: String,
}

/// What the page says beside the project.
#[derive(Default)]
struct Said {
    typed: Option<Fields>,
    errors: FieldErrors,
    theirs: Vec<Theirs>,
}

pub(super) async fn show(
    context: Context,
    Path(key): Path<String>,
    Allowed(permit): Allowed<ReadTickets>,
) -> Result<Response, PageError> {
    render(&context, permit, &key, StatusCode::OK, Said::default()).await
}

pub(super) async fn submit(
    context: Context,
    Path(key): Path<String>,
    Allowed(mut allowed): Allowed<WriteTickets>,
    FormBody(sent): FormBody<SentFields>,
) -> Result<Response, PageError> {
    let base = Fields { name: sent.was_name, description: sent.was_description, access: sent.was_access };
    let mut typed = Fields { name: sent.name, description: sent.description, access: sent.access };
    let mut errors = FieldErrors::default();
    let draft = typed.check(&mut errors);
    if !errors.is_empty() {
        // Only who leads it is told what is wrong.
        let (_, level) = of_key(&mut allowed, &key).await?.ok_or(PageError::NotFound)?;
        if level < Level::Lead {
            return Err(ProjectError::NotLead.into());
        }
        let said = Said { typed: Some(typed), errors, theirs: Vec::new() };
        return render(&context, allowed, &key, StatusCode::UNPROCESSABLE_ENTITY, said).await;
    }
    let error = match change(&mut allowed, &context.scribe(), &key, sent.version, draft).await {
        Ok(()) => {
            allowed.commit().await?;
            return Ok(see_other_with(&context.href(&format!("/projects/{key}")), Flash::ProjectSaved));
        }
        Err(error) => error,
    };
    drop(allowed);
    let (status, said) = match error {
        ProjectError::Overtaken(current) => {
            let current = Fields::of(&ProjectDraft::of(&current));
            let theirs = merge(&mut typed, &base, &current, &mut errors);
            (StatusCode::CONFLICT, Said { typed: Some(typed), errors, theirs })
        }
        error => {
            error.beside(&mut errors)?;
            (StatusCode::UNPROCESSABLE_ENTITY, Said { typed: Some(typed), errors, theirs: Vec::new() })
        }
    };
    render(&context, permit::<WriteTickets>(&context).await?, &key, status, said).await
}

async fn render<P: Permission>(
    context: &RequestContext,
    mut permit: Permit<P>,
    key: &str,
    status: StatusCode,
    said: Said,
) -> Result<Response, PageError> {
    let (project, level) = of_key(&mut permit, key).await?.ok_or(PageError::NotFound)?;
    let person = permit.commit().await?;
    let Said { typed, errors, theirs } = said;
    let typed = typed.unwrap_or_else(|| Fields::of(&ProjectDraft::of(&project)));
    let is_overtaken = status == StatusCode::CONFLICT;
    let shown = Shown { project, level, typed, errors, theirs, is_overtaken };
    Ok(render_page(context, &person, status, &shown))
}
