//! `GET /tickets/new` and `POST /tickets/new`: opening a ticket.

mod fields;
mod view;

use axum::{
    extract::{Query, rejection::QueryRejection},
    response::Response,
};
use rowhouse_platform::access::Permit;
use serde::Deserialize;

use self::{
    fields::Fields,
    view::{Form, render},
};
use super::{
    detail::listed,
    permission::{ReadTickets, WriteTickets},
    project::{Reach, Reached, reach},
    ticket::{ChangeError, create, label},
};
use crate::{
    access::{Allowed, permit},
    context::{Context, RequestContext},
    error::PageError,
    routes::{Gate, SiteRoutes, see_other_with},
    ui::{FieldErrors, FormBody, flash::Flash},
};

/// Adds the page to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    site.get("/tickets/new", Gate::of::<WriteTickets>(), show).post("/tickets/new", Gate::of::<WriteTickets>(), submit)
}

/// What the address asks for.
#[derive(Deserialize)]
struct Asked {
    project: Option<String>,
}

async fn show(
    context: Context,
    asked: Result<Query<Asked>, QueryRejection>,
    Allowed(permit): Allowed<WriteTickets>,
) -> Result<Response, PageError> {
    let Query(asked) = asked.map_err(|error| PageError::BadRequest(format!("{}.", error.body_text())))?;
    let fields = Fields::for_project(asked.project.unwrap_or_default());
    again(&context, permit, &fields, FieldErrors::default()).await
}

async fn submit(
    context: Context,
    Allowed(mut writing): Allowed<WriteTickets>,
    FormBody(pairs): FormBody<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let fields = Fields::read(pairs)?;
    if fields.is_preview || fields.is_switch {
        return again(&context, writing, &fields, FieldErrors::default()).await;
    }
    let reach = reach::of(&mut writing).await?;
    let mut errors = FieldErrors::default();
    match chosen(&reach, &fields.project) {
        None if reach.writable().next().is_none() => {
            errors.add("project", "The ticket has not been created: no project takes tickets from you.");
        }
        None => errors.add("project", "Choose the project that the ticket belongs to."),
        Some(project) => {
            let new = fields.check(&mut writing, project, &mut errors).await?;
            if errors.is_empty() {
                match create::create(&mut writing, &context.services.ambient, &reach, new).await? {
                    Ok(created) => {
                        writing.commit().await?;
                        let page = context.href(&format!("/tickets/{}", created.key));
                        return Ok(see_other_with(&page, Flash::TicketCreated));
                    }
                    Err(error) => errors.add(field_of(error), error),
                }
            }
        }
    }
    // A refusal may have ended the transaction.
    drop(writing);
    again(&context, permit(&context).await?, &fields, errors).await
}

/// The field that a refusal is about.
fn field_of(error: ChangeError) -> &'static str {
    match error {
        ChangeError::NoSuchLabel | ChangeError::TooManyLabels => "labels",
        ChangeError::NoSuchPerson => "assignee",
        ChangeError::TooManyWatchers => "watchers",
        _ => "project",
    }
}

/// The project that is meant: the one that was chosen, or the only one there is.
fn chosen<'a>(reach: &'a Reach, key: &str) -> Option<&'a Reached> {
    if key.is_empty() {
        let mut writable = reach.writable();
        return writable.next().filter(|_| writable.next().is_none());
    }
    reach.of_key(key).filter(|project| project.may_write())
}

/// The form with what was typed.
async fn again(
    context: &RequestContext,
    permit: Permit<WriteTickets>,
    fields: &Fields,
    errors: FieldErrors,
) -> Result<Response, PageError> {
    let mut permit = permit.also::<ReadTickets>()?;
    let reach = reach::of(&mut permit).await?;
    let project = chosen(&reach, &fields.project);
    let people = match project {
        Some(project) => listed(&mut permit, project).await?,
        None => Some(Vec::new()),
    };
    let labels = label::list(&mut permit).await?;
    let person = permit.commit().await?;
    let form = Form { context, person: &person, reach: &reach, project, people, labels, fields, errors };
    Ok(render(&form))
}
