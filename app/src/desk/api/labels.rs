//! `/api/v1/labels`.

use axum::{Json, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::wire::{Label, checked};
use crate::{
    api::{Api, Input, Listed, Problem},
    desk::{
        permission::{ReadTickets, WriteTickets},
        ticket::{
            Colour,
            label::{self, NAME_LENGTH},
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
/// These are all of them: a workspace has at most 500.
#[utoipa::path(
    get,
    path = "/api/v1/labels",
    tag = "Labels",
    operation_id = "listLabels",
    responses((status = 200, description = "The labels.", body = Listed<Label>))
)]
pub(super) async fn list(mut api: Api<ReadTickets>) -> Result<Response, Problem> {
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
