//! `GET /api/v1/projects/{project}/people`: who can ask for, work on and watch its tickets.

use axum::{extract::Path, response::Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::wire::{Person, after_name};
use crate::{
    api::{Api, Listed, Paging, Parameters, Problem},
    desk::{list, permission::ReadTickets, person_field::WHO_LENGTH, project, ticket::people},
};

/// Who is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Sought {
    /// A part of their name or email address.
    #[param(
        min_length = 1,
        max_length = 254,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        example = "olga"
    )]
    q: Option<String>,
    /// Items of a page at most: 1 to 200, 50 where it is not said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page begins: `next_cursor` of the page before, or its `Link` with `rel="next"`.
    cursor: Option<String>,
}

impl Sought {
    fn text(&self) -> Result<&str, Problem> {
        let Some(text) = &self.q else { return Ok("") };
        match list::sought(text, WHO_LENGTH)? {
            "" => Err(Problem::parameter("q", format!("Must have 1 to {WHO_LENGTH} characters."))),
            text => Ok(text),
        }
    }
}

/// List the people who reach a project, by name: who can be the requester, the assignee or a watcher of its tickets.
///
/// In an open project that is everybody who may read tickets; in another, its members and those who manage projects.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/people",
    tag = "Projects",
    operation_id = "listPeople",
    params(("project" = String, Path, description = "The project's key.", example = "OPS"), Sought),
    responses((status = 200, description = "A page of people.", body = Listed<Person>))
)]
pub(super) async fn list(
    mut api: Api<ReadTickets>,
    Path(key): Path<String>,
    Parameters(sought): Parameters<Sought>,
) -> Result<Response, Problem> {
    let text = sought.text()?.to_owned();
    let paging = Paging { limit: sought.limit, cursor: sought.cursor };
    let (limit, after) = (paging.limit()?, after_name(&paging)?);
    let (project, _) = project::of_key(&mut api, &key).await?.ok_or_else(Problem::not_found)?;
    let found = people::page_of_project(&mut api, project.id, &text, after, limit + 1).await?;
    let Listed { items, next_cursor } = Listed::of(found, limit, |(last, sorted_as)| (sorted_as.clone(), last.id));
    let items = items.into_iter().map(|(person, _)| Person::from(person)).collect::<Vec<_>>();
    let response = Listed { items, next_cursor }.answer(api.call());
    api.answer(response).await
}
