//! `GET /views` and `POST /views`: the saved views that somebody sees, and what is done with them.

use axum::{http::StatusCode, response::Response};
use rowhouse_platform::access::Permit;
use serde::Deserialize;

use super::{
    NAME_LENGTH, ViewChange, ViewError, ViewId,
    view::{Draft, render_page},
};
use crate::{
    access::Allowed,
    context::{Context, RequestContext},
    desk::{list::Filter, permission::ReadTickets},
    error::PageError,
    routes::see_other_with,
    ui::{FieldErrors, FormBody, flash::Flash},
};

pub(in crate::desk) async fn show(
    context: Context,
    Allowed(permit): Allowed<ReadTickets>,
) -> Result<Response, PageError> {
    render(&context, permit, Draft::default()).await
}

/// What a form of the page sends.
#[derive(Deserialize)]
#[serde(tag = "intent", rename_all = "lowercase")]
pub(in crate::desk) enum Sent {
    Create {
        name: String,
        filter: String,
        #[serde(default)]
        shared: String,
    },
    Rename {
        id: String,
        name: String,
    },
    Share {
        id: String,
        shared: String,
    },
    Remove {
        id: String,
    },
}

pub(in crate::desk) async fn submit(
    context: Context,
    Allowed(mut permit): Allowed<ReadTickets>,
    FormBody(sent): FormBody<Sent>,
) -> Result<Response, PageError> {
    let ambient = &context.services.ambient;
    let mut errors = FieldErrors::default();
    match sent {
        Sent::Create { name, filter, shared } => {
            let wanted = Filter::parse(&filter)?;
            let is_shared = shared == "yes";
            let checked = errors.required_line("name", "The name", &name, NAME_LENGTH);
            if errors.is_empty() {
                match super::create(&mut permit, ambient, &checked, &wanted, is_shared).await {
                    Ok(_) => {
                        permit.commit().await?;
                        let here = crate::desk::list::Asked::read(&filter)?.href(&context);
                        return Ok(see_other_with(&here, Flash::ViewSaved));
                    }
                    Err(ViewError::Database(error)) => return Err(error.into()),
                    Err(error) => errors.add("name", error),
                }
            }
            render(&context, permit, Draft { name, filter: Some(wanted.query()), is_shared, renaming: None, errors })
                .await
        }
        Sent::Rename { id, name } => {
            let id = read_id(&id)?;
            let checked = errors.required_line("rename", "The name", &name, NAME_LENGTH);
            if errors.is_empty() {
                match super::change(&mut permit, ambient, id, ViewChange::Name(checked)).await {
                    Ok(()) => return done(&context, permit, Flash::ViewRenamed).await,
                    Err(error @ ViewError::NameTaken) => {
                        errors.add("rename", error);
                        // Where the name was taken in this moment, nothing more is done in this transaction.
                        drop(permit);
                        let permit = crate::access::permit(&context).await?;
                        return render(
                            &context,
                            permit,
                            Draft { name, renaming: Some(id), errors, ..Draft::default() },
                        )
                        .await;
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            render(&context, permit, Draft { name, renaming: Some(id), errors, ..Draft::default() }).await
        }
        Sent::Share { id, shared } => {
            let is_shared = match shared.as_str() {
                "yes" => true,
                "no" => false,
                other => return Err(PageError::BadRequest(format!("“{other}” is neither yes nor no."))),
            };
            super::change(&mut permit, ambient, read_id(&id)?, ViewChange::Shared(is_shared)).await?;
            done(&context, permit, if is_shared { Flash::ViewShared } else { Flash::ViewNotShared }).await
        }
        Sent::Remove { id } => {
            super::remove(&mut permit, read_id(&id)?).await?;
            done(&context, permit, Flash::ViewDeleted).await
        }
    }
}

impl From<ViewError> for PageError {
    fn from(error: ViewError) -> Self {
        match error {
            ViewError::NotFound => Self::NotFound,
            ViewError::Database(error) => error.into(),
            other => Self::BadRequest(other.to_string()),
        }
    }
}

/// An id that is none answers as a view that does not exist.
fn read_id(text: &str) -> Result<ViewId, PageError> {
    text.parse().map_err(|_| PageError::NotFound)
}

async fn done(context: &RequestContext, permit: Permit<ReadTickets>, flash: Flash) -> Result<Response, PageError> {
    permit.commit().await?;
    Ok(see_other_with(&context.href("/views"), flash))
}

async fn render(
    context: &RequestContext,
    mut permit: Permit<ReadTickets>,
    draft: Draft,
) -> Result<Response, PageError> {
    let views = super::list(&mut permit).await?;
    let person = permit.commit().await?;
    let status = if draft.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(render_page(context, &person, status, &views, &draft))
}
