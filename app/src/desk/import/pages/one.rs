//! An import: its columns, what is wrong with its rows, how far it is, and what can be done with it.

use axum::{extract::Path, http::StatusCode, response::Response};
use rowhouse_platform::{
    access::Permit,
    audit::{self, Act, Action},
};
use serde_json::json;

use super::{led, led_to_change, one_view};
use crate::{
    access::{Allowed, permit},
    context::{Context, RequestContext},
    desk::{
        import::{
            ImportId, State,
            columns::{self, Field},
            store::{self, Import},
            undo,
        },
        permission::WriteTickets,
    },
    error::PageError,
    routes::see_other,
    ui::{FieldErrors, FormBody},
};

pub(super) async fn show(
    context: Context,
    Path((key, id)): Path<(String, String)>,
    Allowed(permit): Allowed<WriteTickets>,
) -> Result<Response, PageError> {
    render(&context, permit, &key, &id, None, &FieldErrors::default()).await
}

/// What a form of the page wants.
enum Wish {
    /// Check the rows, with these columns.
    Check(Vec<Option<Field>>),
    /// Make the tickets.
    Start,
    Cancel,
    Undo,
}

fn read(pairs: &[(String, String)], columns: usize) -> Result<Wish, PageError> {
    let of = |wanted: &str| pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    match of("intent") {
        Some("check") => {
            let mapping = (0..columns).map(|place| match of(&format!("column-{place}")) {
                None | Some("") => Ok(None),
                Some(word) => Field::parse(word).map(Some).ok_or_else(|| unreadable("a column")),
            });
            Ok(Wish::Check(mapping.collect::<Result<_, _>>()?))
        }
        Some("start") => Ok(Wish::Start),
        Some("cancel") => Ok(Wish::Cancel),
        Some("undo") => Ok(Wish::Undo),
        _ => Err(unreadable("what is wanted")),
    }
}

fn unreadable(what: &str) -> PageError {
    PageError::BadRequest(format!("The form cannot be read: {what} is not known."))
}

pub(super) async fn submit(
    context: Context,
    Path((key, id)): Path<(String, String)>,
    Allowed(mut allowed): Allowed<WriteTickets>,
    FormBody(pairs): FormBody<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let project = led_to_change(&mut allowed, &key).await?;
    let number: ImportId = id.parse().map_err(|_| PageError::NotFound)?;
    let import = store::find(&mut allowed, project.id, number).await?.ok_or(PageError::NotFound)?;
    let ambient = &context.services.ambient;
    let action = match (read(&pairs, import.header.len())?, import.state) {
        (Wish::Check(mapping), State::Mapping | State::Checked) => {
            if let Err(error) = columns::checked(&mapping) {
                let mut errors = FieldErrors::default();
                errors.add("columns", error);
                drop(allowed);
                let again = permit::<WriteTickets>(&context).await?;
                return render(&context, again, &key, &id, Some(mapping), &errors).await;
            }
            store::begin(&mut allowed, ambient, number, State::Checking, &mapping).await?;
            None
        }
        (Wish::Start, State::Checked) => {
            store::begin(&mut allowed, ambient, number, State::Running, &import.mapping).await?;
            Some(Action::ImportStarted)
        }
        (Wish::Cancel, state) if state.can_cancel() => {
            store::settle(&mut allowed, ambient, &import, State::Cancelled, None).await?;
            Some(Action::ImportCancelled)
        }
        (Wish::Undo, state) if state.can_undo() && import.made > 0 => {
            store::settle(&mut allowed, ambient, &import, State::Undoing, None).await?;
            Some(Action::ImportUndone)
        }
        // It has gone on meanwhile: the page says how far it is.
        _ => None,
    };
    if let Some(action) = action {
        record(&mut allowed, &context, &import, &project.key, action).await?;
    }
    allowed.commit().await?;
    Ok(see_other(&context.href(&format!("/projects/{}/imports/{number}", project.key))))
}

async fn record(
    permit: &mut Permit<WriteTickets>,
    context: &RequestContext,
    import: &Import,
    project: &str,
    action: Action,
) -> Result<(), PageError> {
    let (principal, tx) = permit.parts();
    let told = json!({ "project": project, "rows": import.rows_all, "tickets": import.made });
    let act = Act::by(principal, action).on("import", import.id.to_string(), &import.file_name).change((), told);
    audit::record(tx, &context.scribe(), act).await?;
    Ok(())
}

async fn render(
    context: &RequestContext,
    mut permit: Permit<WriteTickets>,
    key: &str,
    id: &str,
    chosen: Option<Vec<Option<Field>>>,
    errors: &FieldErrors,
) -> Result<Response, PageError> {
    let project = led(&mut permit, key).await?;
    let id: ImportId = id.parse().map_err(|_| PageError::NotFound)?;
    let mut import = store::find(&mut permit, project.id, id).await?.ok_or(PageError::NotFound)?;
    import.mapping = chosen.unwrap_or(import.mapping);
    let problems = store::problems(&mut permit, id).await?;
    let left = if import.state == State::Undone { undo::left(&mut permit, id).await? } else { Vec::new() };
    let person = permit.commit().await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shown = one_view::Shown { project: &project, import: &import, problems: &problems, left: &left, errors };
    Ok(one_view::document(context, &person, status, &shown))
}
