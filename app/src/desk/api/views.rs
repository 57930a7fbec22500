//! `/api/v1/views`: filters of the list with a name.

use axum::{Json, extract::Path, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::wire::{checked, id, present};
use crate::{
    api::{Api, Input, Listed, Nothing, Parameters, Problem},
    desk::{
        list::Filter,
        permission::ReadTickets,
        views::{self, NAME_LENGTH, SavedView, ViewChange, ViewId},
    },
    ui::FieldErrors,
};

/// A saved view.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = View)]
pub(super) struct Saved {
    #[schema(example = "viw_01m7pt4xtgfv4v4b4yswcshy0c")]
    id: String,
    /// Whose it is: the account's id.
    owner: String,
    name: String,
    /// Whether everybody in the workspace sees it.
    is_shared: bool,
    /// The query to list its tickets with.
    #[schema(example = "status=open&assignee=me")]
    filter: String,
}

impl From<SavedView> for Saved {
    fn from(view: SavedView) -> Self {
        Self {
            id: view.id.to_string(),
            owner: view.owner.to_string(),
            name: view.name,
            is_shared: view.is_shared,
            filter: view.filter,
        }
    }
}

/// A view to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewView)]
pub(super) struct New {
    /// One line.
    #[schema(
        min_length = 1,
        max_length = 80,
        pattern = r"^[^\x00-\x1f\x7f-\x9f\ufffd]*[^\s\x00-\x1f\x7f-\x9f\ufffd][^\x00-\x1f\x7f-\x9f\ufffd]*$",
        example = "Mine, open"
    )]
    name: String,
    /// The query of the list of tickets, without `limit` and `cursor`.
    #[schema(max_length = 2000, example = "status=open&assignee=me")]
    filter: String,
    /// Whether everybody in the workspace sees it.
    #[serde(default)]
    is_shared: bool,
}

/// What is to be different; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ViewChange)]
pub(super) struct Changes {
    /// One line.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 80, pattern = r"^[^\x00-\x1f\x7f-\x9f\ufffd]*[^\s\x00-\x1f\x7f-\x9f\ufffd][^\x00-\x1f\x7f-\x9f\ufffd]*$")]
    name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false)]
    is_shared: Option<bool>,
}

/// A view that was saved.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CreatedView)]
pub(super) struct Created {
    #[schema(example = "viw_01m7pt4xtgfv4v4b4yswcshy0c")]
    id: String,
}

fn name(text: &str) -> Result<String, Problem> {
    let mut errors = FieldErrors::default();
    let name = errors.required_line("name", "The name", text, NAME_LENGTH);
    checked(&errors, &["name"])?;
    Ok(name)
}

/// List the saved views that the key's owner sees: their own, then those that others share, by name.
#[utoipa::path(
    get,
    path = "/api/v1/views",
    tag = "Views",
    operation_id = "listViews",
    responses((status = 200, description = "The views.", body = Listed<Saved>))
)]
pub(super) async fn list(mut api: Api<ReadTickets>, _: Parameters<Nothing>) -> Result<Response, Problem> {
    let items = views::list(&mut api).await?.into_iter().map(Saved::from).collect();
    api.answer(Json(Listed::<Saved> { items, next_cursor: None })).await
}

/// Save a view.
#[utoipa::path(
    post,
    path = "/api/v1/views",
    tag = "Views",
    operation_id = "createView",
    request_body = New,
    responses((status = 201, description = "It is saved.", body = Created))
)]
pub(super) async fn create(mut api: Api<ReadTickets>, Input(new): Input<New>) -> Result<Response, Problem> {
    let name = name(&new.name)?;
    let filter = Filter::parse(&new.filter).map_err(|error| Problem::field("/filter", error.to_string()))?;
    let ambient = api.context().services.ambient.clone();
    let id = views::create(&mut api, &ambient, &name, &filter, new.is_shared).await?;
    api.answer((StatusCode::CREATED, Json(Created { id: id.to_string() }))).await
}

/// Rename a view of the key's owner, share it, or share it no longer.
#[utoipa::path(
    patch,
    path = "/api/v1/views/{view}",
    tag = "Views",
    operation_id = "changeView",
    params(("view" = String, Path, description = "The view's id.")),
    request_body = Changes,
    responses((status = 204, description = "It is so now."))
)]
pub(super) async fn patch(
    mut api: Api<ReadTickets>,
    Path(view): Path<String>,
    Input(changes): Input<Changes>,
) -> Result<Response, Problem> {
    let view = id::<ViewId>(&view)?;
    let renamed = changes.name.as_deref().map(name).transpose()?.map(ViewChange::Name);
    let ambient = api.context().services.ambient.clone();
    for change in renamed.into_iter().chain(changes.is_shared.map(ViewChange::Shared)) {
        views::change(&mut api, &ambient, view, change).await?;
    }
    api.answer(StatusCode::NO_CONTENT).await
}

/// Delete a view of the key's owner.
#[utoipa::path(
    delete,
    path = "/api/v1/views/{view}",
    tag = "Views",
    operation_id = "deleteView",
    params(("view" = String, Path, description = "The view's id.")),
    responses((status = 204, description = "It is gone."))
)]
pub(super) async fn delete(mut api: Api<ReadTickets>, Path(view): Path<String>) -> Result<Response, Problem> {
    views::remove(&mut api, id::<ViewId>(&view)?).await?;
    api.answer(StatusCode::NO_CONTENT).await
}
