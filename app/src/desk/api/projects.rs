//! `/api/v1/projects`.

use axum::{
    Json,
    extract::Path,
    http::{StatusCode, header},
    response::Response,
};
use rowhouse_platform::plan::Limit;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

use super::{
    room,
    wire::{checked, present},
};
use crate::{
    api::{Api, ETag, IfMatch, Input, Listed, Parameters, Problem},
    desk::{
        permission::{ManageProjects, ReadTickets, WriteTickets},
        project::{
            self, DESCRIPTION_LENGTH, Level, NAME_LENGTH, NewProject, ProjectDraft, ProjectRow, Shown, parse_key,
        },
    },
    ui::FieldErrors,
};

/// A project as lists show it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProjectSummary)]
pub(super) struct Summary {
    /// What its tickets begin with, and what its address ends with.
    #[schema(example = "OPS")]
    key: String,
    name: String,
    /// What it is for.
    description: String,
    /// Whether everybody who may read tickets is in, or members only.
    is_open: bool,
    /// What the key's owner may do in it with this key.
    role: Level,
    /// Its tickets that are open or pending; counted up to 100.
    open_tickets: i64,
}

impl From<ProjectRow> for Summary {
    fn from(row: ProjectRow) -> Self {
        Self {
            key: row.key,
            name: row.name,
            description: row.description,
            is_open: row.is_open,
            role: row.level,
            open_tickets: row.open_tickets,
        }
    }
}

/// A project.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Project)]
pub(super) struct Whole {
    #[schema(example = "prj_01m7pt4xtgfv4v4b4yswcshy0c")]
    id: String,
    #[schema(example = "OPS")]
    key: String,
    name: String,
    /// What it is for.
    description: String,
    /// Whether everybody who may read tickets is in, or members only.
    is_open: bool,
    /// What the key's owner may do in it with this key, were it not archived.
    role: Level,
    /// Grows with every change; also its `ETag`.
    version: i64,
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    updated_at: OffsetDateTime,
    /// Since when it can only be read.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    archived_at: Option<OffsetDateTime>,
}

impl Whole {
    fn of((project, role): (project::Project, Level)) -> Self {
        Self {
            id: project.id.to_string(),
            key: project.key,
            name: project.name,
            description: project.description,
            is_open: project.is_open,
            role,
            version: project.version,
            created_at: project.created_at,
            updated_at: project.updated_at,
            archived_at: project.archived_at,
        }
    }
}

/// What is to be different; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProjectChange)]
pub(super) struct Changes {
    /// One line.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 120, pattern = r"^[^\x00-\x1f\x7f-\x9f\ufffd]*[^\s\x00-\x1f\x7f-\x9f\ufffd][^\x00-\x1f\x7f-\x9f\ufffd]*$")]
    name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, max_length = 2000, pattern = r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd]*$")]
    description: Option<String>,
    /// Whether everybody who may read tickets is in.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false)]
    is_open: Option<bool>,
}

/// A project that was made or changed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChangedProject)]
pub(super) struct Changed {
    #[schema(example = "OPS")]
    key: String,
    version: i64,
}

/// Which projects are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Those that are archived instead of those that are worked on.
    #[serde(default)]
    archived: bool,
}

/// List the projects that the key reaches, by name.
///
/// These are all of them: a workspace has at most 500.
#[utoipa::path(
    get,
    path = "/api/v1/projects",
    tag = "Projects",
    operation_id = "listProjects",
    params(Wanted),
    responses((status = 200, description = "The projects.", body = Listed<Summary>))
)]
pub(super) async fn list(
    mut api: Api<ReadTickets>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Response, Problem> {
    let shown = if wanted.archived { Shown::Archived } else { Shown::Active };
    let items = project::list(&mut api, shown).await?.into_iter().map(Summary::from).collect();
    api.answer(Json(Listed::<Summary> { items, next_cursor: None })).await
}

/// A project to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewProject)]
pub(super) struct New {
    /// What its tickets begin with; left out or null: one is made from the name. It never changes.
    #[serde(default)]
    #[schema(min_length = 2, max_length = 10, pattern = "^[A-Za-z][A-Za-z0-9]{1,9}$", example = "OPS")]
    key: Option<String>,
    /// One line.
    #[schema(
        min_length = 1,
        max_length = 120,
        pattern = r"^[^\x00-\x1f\x7f-\x9f\ufffd]*[^\s\x00-\x1f\x7f-\x9f\ufffd][^\x00-\x1f\x7f-\x9f\ufffd]*$",
        example = "Operations"
    )]
    name: String,
    /// What it is for.
    #[serde(default)]
    #[schema(max_length = 2000, pattern = r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd]*$")]
    description: String,
    /// Whether everybody who may read tickets is in; else members only.
    #[serde(default = "usually_open")]
    is_open: bool,
}

fn usually_open() -> bool {
    true
}

/// Make a project. The key's owner becomes its lead.
#[utoipa::path(
    post,
    path = "/api/v1/projects",
    tag = "Projects",
    operation_id = "createProject",
    request_body = New,
    responses((status = 201, description = "It is there.", body = Changed,
               headers(("Location" = String, description = "Its address."),
                       ("ETag" = String, description = "Its version."),
                       ("Plan-Limit-Near" = String, description = "Where at least four fifths of what the plan allows are used."))))
)]
pub(super) async fn create(mut api: Api<ManageProjects>, Input(new): Input<New>) -> Result<Response, Problem> {
    let mut errors = FieldErrors::default();
    let draft = ProjectDraft {
        name: errors.required_line("name", "The name", &new.name, NAME_LENGTH),
        description: errors.lines("description", "The description", &new.description, DESCRIPTION_LENGTH),
        is_open: new.is_open,
    };
    let key = new.key.and_then(|key| errors.take("key", parse_key(&key)));
    checked(&errors, &["key", "name", "description"])?;
    let scribe = api.context().scribe();
    let key = project::create(&mut api, &scribe, NewProject { key, draft }).await?;
    let near = room::left(&mut api, Limit::Projects).await?;
    let location = format!("{}/{key}", api.call().address);
    let body = Changed { key, version: 1 };
    api.answer((StatusCode::CREATED, ETag::version(1), [(header::LOCATION, location)], near, Json(body))).await
}

/// Read a project.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}",
    tag = "Projects",
    operation_id = "getProject",
    params(("project" = String, Path, description = "Its key.", example = "OPS")),
    responses((status = 200, description = "The project.", body = Whole,
               headers(("ETag" = String, description = "Its version."))))
)]
pub(super) async fn get(mut api: Api<ReadTickets>, Path(key): Path<String>) -> Result<Response, Problem> {
    let found = project::of_key(&mut api, &key).await?.ok_or_else(Problem::not_found)?;
    let etag = ETag::version(found.0.version);
    api.answer((etag, Json(Whole::of(found)))).await
}

/// Change a project that the key's owner leads.
#[utoipa::path(
    patch,
    path = "/api/v1/projects/{project}",
    tag = "Projects",
    operation_id = "changeProject",
    params(("project" = String, Path, description = "Its key.", example = "OPS"),
           ("If-Match" = String, Header, description = "The version to change, or `*`.", pattern = r#"^(\*|"[0-9]{1,18}")$"#, example = "\"3\"")),
    request_body = Changes,
    responses((status = 200, description = "It is so now.", body = Changed,
               headers(("ETag" = String, description = "Its version."))))
)]
pub(super) async fn patch(
    mut api: Api<WriteTickets>,
    Path(key): Path<String>,
    if_match: IfMatch,
    Input(changes): Input<Changes>,
) -> Result<Response, Problem> {
    if_match.required()?;
    let (project, _) = project::of_key(&mut api, &key).await?.ok_or_else(Problem::not_found)?;
    let version = if_match.version()?.unwrap_or(project.version);
    let draft = changes.of(&project)?;
    let scribe = api.context().scribe();
    project::change(&mut api, &scribe, &key, version, draft).await?;
    let (project, _) = project::of_key(&mut api, &key).await?.ok_or_else(Problem::not_found)?;
    let body = Changed { key: project.key, version: project.version };
    api.answer((ETag::version(project.version), Json(body))).await
}

impl Changes {
    fn of(self, project: &project::Project) -> Result<ProjectDraft, Problem> {
        let mut errors = FieldErrors::default();
        let old = ProjectDraft::of(project);
        let name = self.name.map(|name| errors.required_line("name", "The name", &name, NAME_LENGTH));
        let description =
            self.description.map(|text| errors.lines("description", "The description", &text, DESCRIPTION_LENGTH));
        checked(&errors, &["name", "description"])?;
        Ok(ProjectDraft {
            name: name.unwrap_or(old.name),
            description: description.unwrap_or(old.description),
            is_open: self.is_open.unwrap_or(old.is_open),
        })
    }
}

/// Archive a project that the key's owner leads: its tickets can be read, and nothing changes.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/archive",
    tag = "Projects",
    operation_id = "archiveProject",
    params(("project" = String, Path, description = "Its key.", example = "OPS")),
    responses((status = 204, description = "It is archived."))
)]
pub(super) async fn archive(mut api: Api<WriteTickets>, Path(key): Path<String>) -> Result<Response, Problem> {
    let scribe = api.context().scribe();
    project::archive(&mut api, &scribe, &key, &key).await?;
    api.answer(StatusCode::NO_CONTENT).await
}

/// Restore an archived project that the key's owner leads. One that is not archived stays as it is.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/restore",
    tag = "Projects",
    operation_id = "restoreProject",
    params(("project" = String, Path, description = "Its key.", example = "OPS")),
    responses((status = 204, description = "It is worked on again.",
               headers(("Plan-Limit-Near" = String, description = "Where at least four fifths of what the plan allows are used."))))
)]
pub(super) async fn restore(mut api: Api<WriteTickets>, Path(key): Path<String>) -> Result<Response, Problem> {
    let scribe = api.context().scribe();
    project::restore(&mut api, &scribe, &key).await?;
    let near = room::left(&mut api, Limit::Projects).await?;
    api.answer((StatusCode::NO_CONTENT, near, ())).await
}
