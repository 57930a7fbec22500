//! `GET /admin/members`: the people of the workspace.

use axum::response::Response;
use rowhouse_platform::{
    access::ReadMembers,
    members::{self, PAGE_SIZE},
};

use super::{filter::ListQuery, list_view};
use crate::{
    access::Allowed,
    context::Context,
    error::PageError,
    ui::{
        Head, QueryFields,
        frame::{Section, frame},
        page,
    },
};

pub(super) async fn show(
    context: Context,
    Allowed(mut permit): Allowed<ReadMembers>,
    QueryFields(query): QueryFields<ListQuery>,
) -> Result<Response, PageError> {
    let (filter, number) = (query.filter()?, query.page()?);
    let list = members::list(&mut permit, &filter, number).await?;
    let seats = members::seats(&mut permit, &context.services.ambient).await?;
    let roles = members::all_roles(&mut permit).await?;
    let groups = members::all_groups(&mut permit).await?;
    let person = permit.commit().await?;
    let shown = list_view::Shown {
        filter,
        first: number * PAGE_SIZE + 1,
        number,
        list,
        seats,
        roles,
        groups,
        now: context.services.ambient.now(),
    };
    Ok(page(&context, Head::new("Members"), || {
        frame(&context, &person, Section::Members, false, list_view::content(&context, &person, &shown))
    }))
}
