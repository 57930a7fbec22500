//! `/api/v1/projects/{project}/imports`: tickets brought in from a file.

use axum::{
    Json,
    extract::Path,
    http::{StatusCode, header},
    response::Response,
};
use rowhouse_platform::plan::Limit;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::{
    room,
    wire::{Person, id},
};
use crate::{
    api::{Api, FieldError, Input, Kind, Listed, Nothing, Paging, Parameters, Problem, Refused, Released, Upload},
    desk::{
        import::{
            ImportId, State,
            act::{Became, Wish, act},
            columns::Field,
            lead::{led, led_to_change},
            problems::{self as wrong, LISTED},
            receive::{self, File, FileError},
            store, undo as undoing,
        },
        permission::WriteTickets,
        project::Project,
    },
    error::PageError,
    ui::time::counted,
};

/// An import, and how far it is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Import {
    #[schema(example = "imp_01m7pt4xtgfv4v4b4yswcshy0c")]
    id: String,
    state: State,
    #[schema(example = "tickets.csv")]
    file_name: String,
    /// How large the file is.
    file_bytes: u64,
    /// Who brought it in.
    created_by: Person,
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: OffsetDateTime,
    /// The columns of the file, in their order.
    columns: Vec<Column>,
    /// Rows that were read in this pass.
    rows_read: i64,
    /// All rows; known once they are checked.
    rows: Option<i64>,
    /// How many problems were found. Rows with one are left out.
    problems: i64,
    /// Tickets that were made.
    made: i64,
    /// Tickets that were taken out again.
    removed: i64,
    /// Why it failed.
    failure: Option<String>,
}

/// A column of a file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportColumn)]
struct Column {
    /// What the file calls it.
    name: String,
    /// What it becomes; null: it is left out.
    field: Option<Field>,
}

impl From<store::Import> for Import {
    fn from(import: store::Import) -> Self {
        let columns = import.header.into_iter().zip(import.mapping);
        Self {
            id: import.id.to_string(),
            state: import.state,
            file_name: import.file_name,
            file_bytes: import.file_bytes,
            created_by: Person { id: import.account.to_string(), name: import.by },
            created_at: import.created_at,
            columns: columns.map(|(name, field)| Column { name, field }).collect(),
            rows_read: import.rows_read,
            rows: import.rows_all,
            problems: import.problems,
            made: import.made,
            removed: import.removed,
            failure: import.failure,
        }
    }
}

/// List the imports of a project that the key's owner leads, the newest first: the last 100.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/imports",
    tag = "Imports",
    operation_id = "listImports",
    params(("project" = String, Path, description = "The project's key.", example = "OPS")),
    responses((status = 200, description = "The imports.", body = Listed<Import>))
)]
pub(super) async fn list(
    mut api: Api<WriteTickets>,
    Path(key): Path<String>,
    _: Parameters<Nothing>,
) -> Result<Response, Problem> {
    let project = led(&mut api, &key).await?;
    let items = store::list(&mut api, project.id).await?.into_iter().map(Import::from).collect();
    api.answer(Json(Listed::<Import> { items, next_cursor: None })).await
}

/// A form with a file.
#[derive(ToSchema)]
#[schema(as = NewImport)]
#[expect(dead_code, reason = "it describes a form, which is read part by part")]
pub(super) struct New {
    /// A CSV file in UTF-8, at most 100 MB and 500,000 rows, a part with a file name. Its first line names the columns.
    file: super::attachments::Content,
}

/// Bring a file into a project that the key's owner leads. No ticket is made yet.
///
/// Its columns are guessed by their names. Check it next, then run it.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/imports",
    tag = "Imports",
    operation_id = "createImport",
    params(("project" = String, Path, description = "The project's key.", example = "OPS")),
    request_body(content = New, content_type = "multipart/form-data"),
    responses((status = 201, description = "It is there.", body = Import,
               headers(("Location" = String, description = "Its address."),
                       ("Plan-Limit-Near" = String, description = "Where at least four fifths of what the plan allows are used."))))
)]
pub(super) async fn create(
    mut api: Api<WriteTickets>,
    Path(key): Path<String>,
    Upload(mut form): Upload,
) -> Result<Response, Refused> {
    led_to_change(&mut api, &key).await?;
    // Nothing of the database is held while the file comes in.
    let released = api.release().await?;
    let context = released.context().clone();
    let file = receive::receive(&context, &mut form).await?.map_err(|error| refusal(&error))?;
    let kept = keep(released, &key, &file).await;
    if kept.is_err() {
        receive::discard(&context, file.received.id).await?;
    }
    kept
}

fn refusal(error: &FileError) -> Problem {
    let errors = vec![FieldError::at("/file", error.to_string())];
    match error {
        FileError::TooLarge => Problem { errors, ..Problem::saying(Kind::TooLarge, error.to_string()) },
        FileError::Missing | FileError::Unreadable(_) => Problem::invalid(errors),
    }
}

async fn keep(released: Released<WriteTickets>, key: &str, file: &File) -> Result<Response, Refused> {
    // What separates the parts of the form may be another when it is sent again.
    let content = serde_json::to_vec(&(&file.name, file.received.sha256)).map_err(Problem::internal)?;
    let mut api = released.again_with(&content).await?;
    let ambient = api.context().services.ambient.clone();
    let id = receive::keep(&mut api, &ambient, key, file).await?.ok_or(PageError::Timeout)?;
    let (_, import) = find(&mut api, key, &id.to_string()).await?;
    let location = format!("{}/{id}", api.call().address);
    let near = room::left(&mut api, Limit::StorageBytes).await?;
    let answer = (StatusCode::CREATED, [(header::LOCATION, location)], near, Json(Import::from(import)));
    Ok(api.answer(answer).await?)
}

/// An import of a project that the key's owner leads.
async fn find(api: &mut Api<WriteTickets>, key: &str, import: &str) -> Result<(Project, store::Import), Problem> {
    let project = led(api, key).await?;
    let import = id::<ImportId>(import)?;
    let import = store::find(api, project.id, import).await?.ok_or_else(Problem::not_found)?;
    Ok((project, import))
}

/// Read an import: how far it is, and its columns.
///
/// While its state is `checking`, `running` or `undoing`, a server works on it; look again after some seconds.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/imports/{import}",
    tag = "Imports",
    operation_id = "getImport",
    params(("project" = String, Path, description = "The project's key.", example = "OPS"),
           ("import" = String, Path, description = "The import's id.")),
    responses((status = 200, description = "The import.", body = Import))
)]
pub(super) async fn get(
    mut api: Api<WriteTickets>,
    Path((key, import)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (_, import) = find(&mut api, &key, &import).await?;
    api.answer(Json(Import::from(import))).await
}

/// What is wrong with a row.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportProblem)]
pub(super) struct Wrong {
    /// The line of the file in which the row begins.
    line: i64,
    /// The column's name; null: the row as a whole.
    column: Option<String>,
    /// What is wrong, in a sentence.
    message: String,
}

impl From<wrong::Listed> for Wrong {
    fn from(problem: wrong::Listed) -> Self {
        Self {
            line: problem.line,
            column: Some(problem.header).filter(|header| !header.is_empty()),
            message: problem.message,
        }
    }
}

/// List what is wrong with the rows of an import, in the order of the file.
///
/// At most 500,000 are listed; `problems` of the import says how many there are. Each check begins the list anew.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/imports/{import}/problems",
    tag = "Imports",
    operation_id = "listImportProblems",
    params(("project" = String, Path, description = "The project's key.", example = "OPS"),
           ("import" = String, Path, description = "The import's id."), Paging),
    responses((status = 200, description = "A page of problems.", body = Listed<Wrong>))
)]
pub(super) async fn problems(
    mut api: Api<WriteTickets>,
    Path((key, import)): Path<(String, String)>,
    Parameters(paging): Parameters<Paging>,
) -> Result<Response, Problem> {
    let (limit, after) = (paging.limit()?, paging.after::<i64>()?.unwrap_or(0));
    if !(0..=LISTED).contains(&after) {
        return Err(Problem::no_page());
    }
    let (_, import) = find(&mut api, &key, &import).await?;
    let found = wrong::behind(&mut api, &import, after, limit + 1).await?;
    let page = Listed::of(found, limit, |last| last.place);
    let items: Vec<Wrong> = page.items.into_iter().map(Wrong::from).collect();
    let response = Listed { items, next_cursor: page.next_cursor }.answer(api.call());
    api.answer(response).await
}

/// A ticket that undoing an import left.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportedTicket)]
pub(super) struct Left {
    #[schema(example = "OPS-142")]
    key: String,
}

/// List the tickets that an import made and that are still there, in the order of their making: the first 100.
///
/// After undoing, these are the tickets that somebody worked on since.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/imports/{import}/tickets",
    tag = "Imports",
    operation_id = "listImportedTickets",
    params(("project" = String, Path, description = "The project's key.", example = "OPS"),
           ("import" = String, Path, description = "The import's id.")),
    responses((status = 200, description = "The tickets.", body = Listed<Left>))
)]
pub(super) async fn left(
    mut api: Api<WriteTickets>,
    Path((key, import)): Path<(String, String)>,
    _: Parameters<Nothing>,
) -> Result<Response, Problem> {
    let (project, import) = find(&mut api, &key, &import).await?;
    let numbers = undoing::left(&mut api, import.id).await?;
    let items: Vec<Left> =
        numbers.into_iter().map(|number| Left { key: format!("{}-{number}", project.key) }).collect();
    api.answer(Json(Listed::<Left> { items, next_cursor: None })).await
}

/// What the columns become.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImportMapping)]
pub(super) struct Mapping {
    /// For each column of the file, in their order, what it becomes; null: it is left out. Left out altogether, the columns
    /// stay as they are. One of them is the title, and none comes twice.
    #[serde(default)]
    #[schema(max_items = 200, example = json!(["title", "priority", null]))]
    columns: Option<Vec<Option<Field>>>,
}

/// Does what is wished, and answers how the import then is.
async fn done(
    mut api: Api<WriteTickets>,
    key: &str,
    import: &str,
    wish: impl FnOnce(&store::Import) -> Result<Wish, Problem> + Send,
) -> Result<Response, Problem> {
    let project = led_to_change(&mut api, key).await?;
    let number = id::<ImportId>(import)?;
    let import = store::find(&mut api, project.id, number).await?.ok_or_else(Problem::not_found)?;
    let (wish, scribe) = (wish(&import)?, api.context().scribe());
    match act(&mut api, &scribe, &project, &import, wish).await? {
        Became::Done => {}
        Became::Refused(_, error) => return Err(Problem::field("/columns", error.to_string())),
        Became::Late => {
            let left = counted(import.made - import.removed, "ticket", "tickets");
            let words = format!("The import is {} and has {left}.", import.state.word());
            return Err(Problem::conflict(words));
        }
    }
    let import = store::find(&mut api, project.id, number).await?.ok_or_else(Problem::not_found)?;
    api.answer(Json(Import::from(import))).await
}

/// Check the rows of an import: every problem is listed, and no ticket is made.
///
/// An import that was checked can be checked again, with other columns.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/imports/{import}/check",
    tag = "Imports",
    operation_id = "checkImport",
    params(("project" = String, Path, description = "The project's key.", example = "OPS"),
           ("import" = String, Path, description = "The import's id.")),
    request_body = Mapping,
    responses((status = 200, description = "It is being checked.", body = Import))
)]
pub(super) async fn check(
    api: Api<WriteTickets>,
    Path((key, import)): Path<(String, String)>,
    Input(Mapping { columns }): Input<Mapping>,
) -> Result<Response, Problem> {
    let wish = |import: &store::Import| {
        let mapping = columns.unwrap_or_else(|| import.mapping.clone());
        if mapping.len() == import.header.len() {
            return Ok(Wish::Check(mapping));
        }
        let words = format!("Must have {} items, one for each column of the file.", import.header.len());
        Err(Problem::field("/columns", words))
    };
    done(api, &key, &import, wish).await
}

/// Run an import that was checked: every row without a problem becomes a ticket.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/imports/{import}/run",
    tag = "Imports",
    operation_id = "runImport",
    params(("project" = String, Path, description = "The project's key.", example = "OPS"),
           ("import" = String, Path, description = "The import's id.")),
    responses((status = 200, description = "It is running.", body = Import))
)]
pub(super) async fn run(
    api: Api<WriteTickets>,
    Path((key, import)): Path<(String, String)>,
) -> Result<Response, Problem> {
    done(api, &key, &import, |_| Ok(Wish::Start)).await
}

/// Cancel an import. Tickets that it made stay; undo it to take them out.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/imports/{import}/cancel",
    tag = "Imports",
    operation_id = "cancelImport",
    params(("project" = String, Path, description = "The project's key.", example = "OPS"),
           ("import" = String, Path, description = "The import's id.")),
    responses((status = 200, description = "It is cancelled.", body = Import))
)]
pub(super) async fn cancel(
    api: Api<WriteTickets>,
    Path((key, import)): Path<(String, String)>,
) -> Result<Response, Problem> {
    done(api, &key, &import, |_| Ok(Wish::Cancel)).await
}

/// Undo an import: the tickets that it made are deleted, but for those that were worked on since.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/imports/{import}/undo",
    tag = "Imports",
    operation_id = "undoImport",
    params(("project" = String, Path, description = "The project's key.", example = "OPS"),
           ("import" = String, Path, description = "The import's id.")),
    responses((status = 200, description = "Its tickets are being taken out.", body = Import))
)]
pub(super) async fn undo(
    api: Api<WriteTickets>,
    Path((key, import)): Path<(String, String)>,
) -> Result<Response, Problem> {
    done(api, &key, &import, |_| Ok(Wish::Undo)).await
}
