//! An import: its columns, what is wrong with its rows, how far it is, and what can be done with it.

use axum::{extract::Path, http::StatusCode, response::Response};
use rowhouse_platform::access::Permit;
use serde::Deserialize;

use super::{
    super::lead::{led, led_to_change},
    one_view,
};
use crate::{
    access::{Allowed, permit},
    context::{Context, RequestContext},
    desk::{
        import::{
            ImportId, State,
            act::{Became, Wish, act},
            columns::Field,
            problems::{self, LISTED},
            store, undo,
        },
        permission::WriteTickets,
    },
    error::PageError,
    routes::see_other,
    ui::{FieldErrors, FormBody, QueryFields},
};

/// Problems of a page.
pub(super) const PAGE_SIZE: i64 = 100;

/// Which problems are asked for.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct Asked {
    /// Their page, from 1 on.
    page: Option<i64>,
}

impl Asked {
    /// Behind which place the page begins, where so many are listed: the last page, where there are fewer than was thought.
    fn behind(self, listed: i64) -> i64 {
        let last = ((listed - 1) / PAGE_SIZE).max(0);
        (self.page.unwrap_or(1).clamp(1, last + 1) - 1) * PAGE_SIZE
    }
}

pub(super) async fn show(
    context: Context,
    Path((key, id)): Path<(String, String)>,
    Allowed(permit): Allowed<WriteTickets>,
    QueryFields(asked): QueryFields<Asked>,
) -> Result<Response, PageError> {
    render(&context, permit, (&key, &id), asked, None, &FieldErrors::default()).await
}

/// What a form of the page wants.
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
    let wish = read(&pairs, import.header.len())?;
    if let Became::Refused(mapping, error) = act(&mut allowed, &context.scribe(), &project, &import, wish).await? {
        let mut errors = FieldErrors::default();
        errors.add("columns", error);
        drop(allowed);
        let again = permit::<WriteTickets>(&context).await?;
        return render(&context, again, (&key, &id), Asked::default(), Some(mapping), &errors).await;
    }
    // Where it has gone on meanwhile, the page says how far it is.
    allowed.commit().await?;
    Ok(see_other(&context.href(&format!("/projects/{}/imports/{number}", project.key))))
}

async fn render(
    context: &RequestContext,
    mut permit: Permit<WriteTickets>,
    (key, id): (&str, &str),
    asked: Asked,
    chosen: Option<Vec<Option<Field>>>,
    errors: &FieldErrors,
) -> Result<Response, PageError> {
    let project = led(&mut permit, key).await?;
    let id: ImportId = id.parse().map_err(|_| PageError::NotFound)?;
    let mut import = store::find(&mut permit, project.id, id).await?.ok_or(PageError::NotFound)?;
    import.mapping = chosen.unwrap_or(import.mapping);
    let behind = asked.behind(import.problems.min(LISTED));
    let problems = problems::behind(&mut permit, &import, behind, PAGE_SIZE).await?;
    let left = if import.state == State::Undone { undo::left(&mut permit, id).await? } else { Vec::new() };
    let person = permit.commit().await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shown = one_view::Shown { project: &project, import: &import, problems: &problems, left: &left, errors };
    Ok(one_view::document(context, &person, status, &shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_begins_behind_the_one_before() {
        let behind = |page, listed| Asked { page }.behind(listed);
        assert_eq!((behind(None, 0), behind(Some(7), 0), behind(None, 250)), (0, 0, 0));
        assert_eq!((behind(Some(2), 250), behind(Some(3), 250), behind(Some(4), 250)), (100, 200, 200));
        assert_eq!((behind(Some(2), 100), behind(Some(2), 101)), (0, 100));
        assert_eq!((behind(Some(i64::MAX), LISTED), behind(Some(i64::MIN), LISTED)), (LISTED - PAGE_SIZE, 0));
    }
}
