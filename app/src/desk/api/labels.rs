//! `/api/v1/labels`.

use axum::{Json, extract::Path, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::wire::{Label, checked, id, present};
use crate::{
    api::{Api, Input, Listed, Nothing, Parameters, Problem},
    desk::{
        permission::{ManageProjects, ReadTickets, WriteTickets},
        ticket::{
            Colour, LabelId,
            label::{self, Ended, LabelError, NAME_LENGTH},
        },
    },
    ui::FieldErrors,
};

/// A label to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewLabel)]
pub(super) struct New {
    /// One line.
    #[schema(
        min_length = 1,
        max_length = 50,
        pattern = r"^[^\x00-\x1f\x7f-\x9f\ufffd]*[^\s\x00-\x1f\x7f-\x9f\ufffd][^\x00-\x1f\x7f-\x9f\ufffd]*$",
        example = "printer"
    )]
    name: String,
    #[serde(default = "usual_colour")]
    colour: Colour,
}

fn usual_colour() -> Colour {
    Colour::Grey
}

/// A label that was made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CreatedLabel)]
pub(super) struct Created {
    #[schema(example = "lbl_01m7pt4xtgfv4v4b4yswcshy0c")]
    id: String,
}

/// List the workspace's labels, by name.
///
/// These are all that tickets can be given: a workspace has at most 500. One that is being merged or deleted is not among
/// them, and tickets name it until their turn comes.
#[utoipa::path(
    get,
    path = "/api/v1/labels",
    tag = "Labels",
    operation_id = "listLabels",
    responses((status = 200, description = "The labels.", body = Listed<Label>))
)]
pub(super) async fn list(mut api: Api<ReadTickets>, _: Parameters<Nothing>) -> Result<Response, Problem> {
    let items = label::list(&mut api).await?.into_iter().map(Label::from).collect();
    api.answer(Json(Listed::<Label> { items, next_cursor: None })).await
}

/// Make a label.
#[utoipa::path(
    post,
    path = "/api/v1/labels",
    tag = "Labels",
    operation_id = "createLabel",
    request_body = New,
    responses((status = 201, description = "It is there.", body = Created))
)]
pub(super) async fn create(mut api: Api<WriteTickets>, Input(new): Input<New>) -> Result<Response, Problem> {
    let mut errors = FieldErrors::default();
    let name = errors.required_line("name", "The name", &new.name, NAME_LENGTH);
    checked(&errors, &["name"])?;
    let ambient = api.context().services.ambient.clone();
    let id = label::create(&mut api, &ambient, &name, new.colour).await?;
    api.answer((StatusCode::CREATED, Json(Created { id: id.to_string() }))).await
}

/// What is to be different; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LabelChange)]
pub(super) struct Changes {
    /// One line.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 50, pattern = r"^[^\x00-\x1f\x7f-\x9f\ufffd]*[^\s\x00-\x1f\x7f-\x9f\ufffd][^\x00-\x1f\x7f-\x9f\ufffd]*$", example = "printers")]
    name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Colour, required = false)]
    colour: Option<Colour>,
}

/// Give a label another name or colour.
///
/// Tickets keep it; what happened to them keeps the name of that time.
#[utoipa::path(
    patch,
    path = "/api/v1/labels/{label}",
    tag = "Labels",
    operation_id = "changeLabel",
    params(("label" = String, Path, description = "The label's id.")),
    request_body = Changes,
    responses((status = 204, description = "It is so now."))
)]
pub(super) async fn patch(
    mut api: Api<ManageProjects>,
    Path(label): Path<String>,
    Input(changes): Input<Changes>,
) -> Result<Response, Problem> {
    let label = id::<LabelId>(&label)?;
    let mut errors = FieldErrors::default();
    let name = changes.name.map(|name| errors.required_line("name", "The name", &name, NAME_LENGTH));
    checked(&errors, &["name"])?;
    label::change(&mut api, label, name.as_deref(), changes.colour).await?;
    api.answer(StatusCode::NO_CONTENT).await
}

/// The label that takes another's place.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LabelMerge)]
pub(super) struct Merge {
    /// Its id.
    #[schema(value_type = String, pattern = r"^lbl_[0-7][0-9a-hjkmnp-tv-z]{25}$", example = "lbl_01m7pt4xtgfv4v4b4yswcshy0c")]
    into: LabelId,
}

/// What was merged.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MergedLabel)]
pub(super) struct Merged {
    /// How many tickets had the label that is gone, those of every project.
    tickets: u64,
}

/// Merge a label into another: every ticket that has this one gets that one instead, and this one is gone for good.
///
/// Where more than 500 tickets have it, they are changed one after the other: the answer is 202, and meanwhile no ticket is
/// given the label.
#[utoipa::path(
    post,
    path = "/api/v1/labels/{label}/merge",
    tag = "Labels",
    operation_id = "mergeLabel",
    params(("label" = String, Path, description = "The label that goes, by its id.")),
    request_body = Merge,
    responses(
        (status = 200, description = "They are one now.", body = Merged),
        (status = 202, description = "Many tickets have the label: they are changed one after the other."),
    )
)]
pub(super) async fn merge(
    mut api: Api<ManageProjects>,
    Path(label): Path<String>,
    Input(Merge { into }): Input<Merge>,
) -> Result<Response, Problem> {
    let from = id::<LabelId>(&label)?;
    // Which of the two is not there is told apart: one is named by the path, the other by the body.
    let is_there = label::known(&mut api).await?.iter().any(|known| known.id == from);
    let ambient = api.context().services.ambient.clone();
    let ended = match label::merge(&mut api, &ambient, from, into).await {
        Err(error @ LabelError::NotFound) if is_there => return Err(Problem::unknown("/into", error.to_string())),
        done => done?,
    };
    match ended {
        Ended::AtOnce { tickets } => api.answer(Json(Merged { tickets })).await,
        Ended::OnItsWay => api.answer(StatusCode::ACCEPTED).await,
    }
}

/// Delete a label for good, and take it from all tickets.
///
/// Where more than 500 tickets have it, they are changed one after the other: the answer is 202, and meanwhile no ticket is
/// given the label.
#[utoipa::path(
    delete,
    path = "/api/v1/labels/{label}",
    tag = "Labels",
    operation_id = "deleteLabel",
    params(("label" = String, Path, description = "The label's id.")),
    responses(
        (status = 204, description = "It is gone."),
        (status = 202, description = "Many tickets have the label: they are changed one after the other."),
    )
)]
pub(super) async fn delete(mut api: Api<ManageProjects>, Path(label): Path<String>) -> Result<Response, Problem> {
    let ambient = api.context().services.ambient.clone();
    let status = match label::remove(&mut api, &ambient, id::<LabelId>(&label)?).await? {
        Ended::AtOnce { .. } => StatusCode::NO_CONTENT,
        Ended::OnItsWay => StatusCode::ACCEPTED,
    };
    api.answer(status).await
}
