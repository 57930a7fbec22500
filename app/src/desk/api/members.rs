//! `/api/v1/projects/{project}/members`.

use axum::{extract::Path, http::StatusCode, response::Response};
use rowhouse_platform::id::AccountId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::wire::{after_name, checked, id};
use crate::{
    api::{Api, Input, Listed, Paging, Parameters, Problem},
    desk::{
        permission::{ReadTickets, WriteTickets},
        person_field::WHO_LENGTH,
        project::{
            self, Level,
            members::{self, Start},
        },
    },
    ui::FieldErrors,
};

/// Somebody in a project.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Member {
    #[schema(example = "usr_01m7pt4xtgfv4v4b4yswcshy0c")]
    account: String,
    name: String,
    role: Level,
    /// Whether they may come in at all.
    is_active: bool,
}

impl From<members::Member> for Member {
    fn from(member: members::Member) -> Self {
        Self { account: member.account.to_string(), name: member.name, role: member.role, is_active: member.is_active }
    }
}

/// Somebody to be put into a project.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewMember)]
pub(super) struct New {
    /// Their email address, or a name that only one person has.
    #[schema(
        min_length = 1,
        max_length = 254,
        pattern = r"^[^\x00-\x1f\x7f-\x9f\ufffd]*[^\s\x00-\x1f\x7f-\x9f\ufffd][^\x00-\x1f\x7f-\x9f\ufffd]*$",
        example = "olga@acme.example"
    )]
    who: String,
    role: Level,
}

/// Another role.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MemberChange)]
pub(super) struct Change {
    role: Level,
}

/// List the members of a project, by name.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/members",
    tag = "Projects",
    operation_id = "listMembers",
    params(("project" = String, Path, description = "The project's key.", example = "OPS"), Paging),
    responses((status = 200, description = "A page of members.", body = Listed<Member>))
)]
pub(super) async fn list(
    mut api: Api<ReadTickets>,
    Path(key): Path<String>,
    Parameters(paging): Parameters<Paging>,
) -> Result<Response, Problem> {
    let limit = paging.limit()?;
    let after = after_name(&paging)?;
    let start = after.map_or(Start::Skip(0), |(name, account)| Start::After(name, account));
    let (project, _) = project::of_key(&mut api, &key).await?.ok_or_else(Problem::not_found)?;
    let found = members::list(&mut api, project.id, start, limit + 1).await?;
    let Listed { items, next_cursor } = Listed::of(found, limit, |last| (last.sorted_as.clone(), last.account));
    let page = Listed { items: items.into_iter().map(Member::from).collect::<Vec<_>>(), next_cursor };
    let response = page.answer(api.call());
    api.answer(response).await
}

/// Put somebody into a project that the key's owner leads.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/members",
    tag = "Projects",
    operation_id = "addMember",
    params(("project" = String, Path, description = "The project's key.", example = "OPS")),
    request_body = New,
    responses((status = 204, description = "They are in."))
)]
pub(super) async fn create(
    mut api: Api<WriteTickets>,
    Path(key): Path<String>,
    Input(new): Input<New>,
) -> Result<Response, Problem> {
    let mut errors = FieldErrors::default();
    let who = errors.required_line("who", "The name or address", &new.who, WHO_LENGTH);
    checked(&errors, &["who"])?;
    let scribe = api.context().scribe();
    members::add(&mut api, &scribe, &key, &who, new.role).await?;
    api.answer(StatusCode::NO_CONTENT).await
}

/// Give a member another role.
#[utoipa::path(
    patch,
    path = "/api/v1/projects/{project}/members/{account}",
    tag = "Projects",
    operation_id = "changeMember",
    params(("project" = String, Path, description = "The project's key.", example = "OPS"),
           ("account" = String, Path, description = "The account's id.")),
    request_body = Change,
    responses((status = 204, description = "They have it."))
)]
pub(super) async fn patch(
    mut api: Api<WriteTickets>,
    Path((key, account)): Path<(String, String)>,
    Input(change): Input<Change>,
) -> Result<Response, Problem> {
    let account = id::<AccountId>(&account)?;
    let scribe = api.context().scribe();
    members::set_role(&mut api, &scribe, &key, account, change.role).await?;
    api.answer(StatusCode::NO_CONTENT).await
}

/// Take somebody out of a project.
#[utoipa::path(
    delete,
    path = "/api/v1/projects/{project}/members/{account}",
    tag = "Projects",
    operation_id = "removeMember",
    params(("project" = String, Path, description = "The project's key.", example = "OPS"),
           ("account" = String, Path, description = "The account's id.")),
    responses((status = 204, description = "They are out."))
)]
pub(super) async fn delete(
    mut api: Api<WriteTickets>,
    Path((key, account)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let account = id::<AccountId>(&account)?;
    let scribe = api.context().scribe();
    members::remove(&mut api, &scribe, &key, account).await?;
    api.answer(StatusCode::NO_CONTENT).await
}
