//! `/projects/{project}/members`: who is in a project beside everybody, and as what.

use axum::{
    extract::{Path, Query, rejection::QueryRejection},
    http::StatusCode,
    response::Response,
};
use rowhouse_platform::{
    access::{Permission, Permit},
    id::AccountId,
};
use serde::Deserialize;

use super::{
    super::{
        Level, MOST_MEMBERS,
        members::{self, PAGE_SIZE, Start},
        of_key,
    },
    members_view::{Shown, render_page},
};
use crate::{
    access::{Allowed, permit},
    context::{Context, RequestContext},
    desk::{
        permission::{ReadTickets, WriteTickets},
        person_field::WHO_LENGTH,
    },
    error::PageError,
    routes::see_other_with,
    ui::{FieldErrors, FormBody, flash::Flash},
};

/// What the address says.
#[derive(Debug, Default, Deserialize)]
pub(super) struct PageQuery {
    page: Option<u32>,
}

/// One form each.
#[derive(Deserialize)]
#[serde(tag = "intent", rename_all = "lowercase")]
pub(super) enum Change {
    Add {
        #[serde(default)]
        who: String,
        #[serde(default)]
        role: String,
    },
    Role {
        account: String,
        role: String,
    },
    Remove {
        account: String,
    },
}

/// Who was to be added, and as what.
pub(super) struct Asked {
    pub(super) who: String,
    pub(super) role: String,
}

impl Default for Asked {
    fn default() -> Self {
        Self { who: String::new(), role: Level::Contributor.word().to_owned() }
    }
}

fn read_level(word: &str) -> Result<Level, PageError> {
    Level::parse(word).ok_or_else(|| PageError::BadRequest(format!("“{word}” is no role in a project.")))
}

/// An id that is none answers as somebody who is not in the project: not at all.
fn read_account(id: &str) -> Result<AccountId, PageError> {
    id.parse().map_err(|_| PageError::NotFound)
}

pub(super) async fn show(
    context: Context,
    Path(key): Path<String>,
    query: Result<Query<PageQuery>, QueryRejection>,
    Allowed(permit): Allowed<ReadTickets>,
) -> Result<Response, PageError> {
    let Query(query) = query.map_err(|rejection| PageError::BadRequest(rejection.body_text()))?;
    render(&context, permit, &key, query.page.unwrap_or(1), Asked::default(), FieldErrors::default()).await
}

pub(super) async fn submit(
    context: Context,
    Path(key): Path<String>,
    Allowed(mut allowed): Allowed<WriteTickets>,
    FormBody(change): FormBody<Change>,
) -> Result<Response, PageError> {
    let scribe = context.scribe();
    let mut errors = FieldErrors::default();
    let mut asked = Asked::default();
    let (done, flash) = match change {
        Change::Add { who, role } => {
            let level = read_level(&role)?;
            let checked = errors.required_line("who", "The name or email address", &who, WHO_LENGTH);
            asked = Asked { who, role };
            if !errors.is_empty() {
                return render(&context, allowed, &key, 1, asked, errors).await;
            }
            (members::add(&mut allowed, &scribe, &key, &checked, level).await, Flash::AddedToProject)
        }
        Change::Role { account, role } => {
            let (account, level) = (read_account(&account)?, read_level(&role)?);
            (members::set_role(&mut allowed, &scribe, &key, account, level).await, Flash::RoleChanged)
        }
        Change::Remove { account } => {
            let account = read_account(&account)?;
            (members::remove(&mut allowed, &scribe, &key, account).await, Flash::RemovedFromProject)
        }
    };
    match done {
        Ok(()) => {
            // Who has taken themselves out may not reach it any more.
            let is_reached = of_key(&mut allowed, &key).await?.is_some();
            allowed.commit().await?;
            let path = if is_reached { format!("/projects/{key}/members") } else { "/projects".to_owned() };
            Ok(see_other_with(&context.href(&path), flash))
        }
        Err(error) => {
            drop(allowed);
            error.beside(&mut errors)?;
            render(&context, permit::<WriteTickets>(&context).await?, &key, 1, asked, errors).await
        }
    }
}

async fn render<P: Permission>(
    context: &RequestContext,
    mut permit: Permit<P>,
    key: &str,
    page: u32,
    asked: Asked,
    errors: FieldErrors,
) -> Result<Response, PageError> {
    let (project, level) = of_key(&mut permit, key).await?.ok_or(PageError::NotFound)?;
    let may_change = level == Level::Lead && !project.is_archived();
    // Pages behind the last that there can be are the same as that one: empty.
    let page = i64::from(page).clamp(1, MOST_MEMBERS / PAGE_SIZE + 1);
    let members = members::list(&mut permit, project.id, Start::Skip((page - 1) * PAGE_SIZE), PAGE_SIZE).await?;
    let count = members::count(&mut permit, project.id).await?;
    let suggestions = if may_change { members::suggestions(&mut permit, project.id).await? } else { Vec::new() };
    let person = permit.commit().await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shown = Shown { project, level, may_change, members, count, page, suggestions, asked, errors };
    Ok(render_page(context, &person, status, &shown))
}
