//! `/labels/{label}/delete`: a label goes; another one takes its place, or none.

use axum::{extract::Path, http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::access::Permit;
use serde::Deserialize;

use super::{beside, find};
use crate::{
    access::{Allowed, permit},
    context::{Context, RequestContext},
    desk::{
        permission::ManageProjects,
        ticket::{
            LabelId,
            label::{self, Ended, NAME_LENGTH},
        },
        ticket_view::label_badge,
    },
    error::PageError,
    routes::see_other_with,
    ui::{
        FieldErrors, FormBody, Head,
        choice::{Choice, SelectField, with_none},
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
    /// The label in its place; empty: none.
    into: String,
    name: String,
}

pub(super) async fn show(
    context: Context,
    Path(id): Path<String>,
    Allowed(permit): Allowed<ManageProjects>,
) -> Result<Response, PageError> {
    render(&context, permit, &id, &Fields::default(), &FieldErrors::default()).await
}

pub(super) async fn submit(
    context: Context,
    Path(id): Path<String>,
    Allowed(mut managing): Allowed<ManageProjects>,
    FormBody(typed): FormBody<Fields>,
) -> Result<Response, PageError> {
    let (found, _) = find(&mut managing, &id).await?;
    let mut errors = FieldErrors::default();
    if typed.name.trim() != found.name {
        errors.add("name", "This is not the name of the label.");
    }
    let into = match typed.into.as_str() {
        "" => None,
        // An id that is none is a label that does not exist.
        id => Some(id.parse::<LabelId>().map_err(|_| PageError::NotFound)?),
    };
    if errors.is_empty() {
        let ambient = &context.services.ambient;
        let done = match into {
            Some(into) => label::merge(&mut managing, ambient, found.id, into).await,
            None => label::remove(&mut managing, ambient, found.id).await,
        };
        match done {
            Ok(ended) => {
                managing.commit().await?;
                let flash = match ended {
                    Ended::AtOnce { .. } if into.is_some() => Flash::LabelsMerged,
                    Ended::AtOnce { .. } => Flash::LabelDeleted,
                    Ended::OnItsWay => Flash::LabelEnding,
                };
                return Ok(see_other_with(&context.href("/labels"), flash));
            }
            Err(error) => beside(error, &mut errors)?,
        }
    }
    drop(managing);
    render(&context, permit(&context).await?, &id, &typed, &errors).await
}

async fn render(
    context: &RequestContext,
    mut permit: Permit<ManageProjects>,
    id: &str,
    typed: &Fields,
    errors: &FieldErrors,
) -> Result<Response, PageError> {
    let (label, others) = find(&mut permit, id).await?;
    let person = permit.commit().await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = format!("Delete label {}", label.name);
    Ok(page(context, Head::new(title).with_status(status), || {
        let path = format!("/labels/{}", label.id);
        let action = format!("{path}/delete");
        let others = others.iter().map(|other| Choice::new(other.id.to_string(), other.name.clone()));
        let in_its_place = view! {
            <SelectField
                id="into"
                label="In its place"
                options=with_none("No label: tickets lose it", others)
                value=&typed.into
                errors=errors
                help="With another label, the two are merged: tickets that have this one get that one."
            />
        };
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"Merge or delete a label"</h1>
                <p class="page__lead">{label_badge(&label)}</p>
            </div>
            <div class="stack">
                {summary(errors)}
                <Warning
                    title="This cannot be undone"
                    text="It holds for the tickets of every project; many are changed one after the other, which takes a \
                          while. What happened to them keeps the name of the label."
                />
                <TypedConfirmation
                    context=context
                    action=&action
                    fields=in_its_place.into_any()
                    ask=("To confirm, type the name:", label.name.clone())
                    id="name"
                    label="Name of the label"
                    maxlength=NAME_LENGTH
                    value=&typed.name
                    errors=errors
                    button="Delete label"
                    cancel=("Cancel", &path)
                />
            </div>
        };
        frame(context, &person, Section::Labels, true, content)
    }))
}
