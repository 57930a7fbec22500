//! `/admin/sso/{connection}/traces`: what happened at the sign-ins of a connection, for seven days.

mod list_view;
mod one;

use axum::{extract::Path, http::StatusCode, response::Response};
use rowhouse_platform::{
    access::{ManageSso, Permit},
    sso::{
        TraceId,
        trace::{self, Trace},
    },
};
use serde::Deserialize;

pub(super) use self::one::report;

use self::list_view::{Shown, render};
use super::find;
use crate::{
    access::Allowed,
    context::{Context, RequestContext},
    error::PageError,
    routes::{Gate, SiteRoutes, see_other},
    ui::{FieldErrors, QueryFields},
};

/// Traces on a page.
const PAGE_SIZE: i64 = 50;

/// Adds the pages to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    let gate = Gate::of::<ManageSso>();
    site.get("/admin/sso/{connection}/traces", gate, show).get(
        "/admin/sso/{connection}/traces/{trace}",
        gate,
        one::show,
    )
}

/// What the address says.
#[derive(Default, Deserialize)]
struct ListQuery {
    /// What somebody was told who was refused.
    #[serde(default)]
    reference: String,
    /// Not empty: only what was refused.
    #[serde(default)]
    refused: String,
    #[serde(default)]
    before: String,
}

async fn show(
    context: Context,
    Path(id): Path<String>,
    Allowed(mut permit): Allowed<ManageSso>,
    QueryFields(query): QueryFields<ListQuery>,
) -> Result<Response, PageError> {
    let connection = find(&mut permit, &id).await?;
    let mut errors = FieldErrors::default();
    if !query.reference.trim().is_empty() {
        if let Some(found) = of_reference(&mut permit, &query.reference).await? {
            permit.commit().await?;
            return Ok(see_other(&address(&context, &found)));
        }
        errors.add(
            "reference",
            "No trace has this reference. It begins with “trc_”, and traces are kept for seven days.",
        );
    }
    let before = match query.before.as_str() {
        "" => None,
        text => Some(text.parse::<TraceId>().map_err(|_| PageError::BadRequest("There is no such page.".to_owned()))?),
    };
    let only_refused = !query.refused.is_empty();
    // One more than is shown tells whether there are older ones.
    let mut lines = trace::lines(&mut permit, connection.id, only_refused, before, PAGE_SIZE + 1).await?;
    let shown_most = usize::try_from(PAGE_SIZE).unwrap_or(usize::MAX);
    let has_older = lines.len() > shown_most;
    lines.truncate(shown_most);
    let person = permit.commit().await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shown = Shown {
        connection,
        lines,
        has_older,
        is_first: before.is_none(),
        only_refused,
        reference: query.reference,
        errors,
        now: context.services.ambient.now(),
    };
    Ok(render(&context, &person, status, &shown))
}

/// The trace of a reference as people type it, whichever connection of the tenant it belongs to.
async fn of_reference(permit: &mut Permit<ManageSso>, typed: &str) -> Result<Option<Trace>, PageError> {
    let Ok(id) = typed.trim().to_lowercase().parse::<TraceId>() else { return Ok(None) };
    Ok(trace::find(permit, id).await?)
}

fn address(context: &RequestContext, trace: &Trace) -> String {
    context.href(&format!("/admin/sso/{}/traces/{}", trace.connection, trace.id))
}
