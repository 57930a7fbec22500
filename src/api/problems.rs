//! `GET /api/v1/problems/{kind}`: what the `type` of a problem leads to.

use axum::{
    Json,
    extract::Path,
    response::{IntoResponse, Response},
};
use rowhouse_app::api::{Kind, Problem};
use serde_json::json;

pub(super) async fn show(Path(word): Path<String>) -> Result<Response, Problem> {
    let kind = Kind::ALL.iter().find(|kind| kind.word() == word).ok_or_else(Problem::not_found)?;
    let body = json!({ "title": kind.title(), "status": kind.status().as_u16(), "description": kind.about() });
    Ok(Json(body).into_response())
}
