//! `GET /admin/members/export.csv`: the list as a file, by the same filter.

use axum::response::Response;
use rowhouse_platform::{
    access::ReadMembers,
    csv,
    id::AccountId,
    members::{self, MemberRow, State},
};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use super::filter::ListQuery;
use crate::{
    access::Allowed,
    context::Context,
    error::PageError,
    ui::{
        QueryFields,
        download::{CSV, download},
    },
};

pub(super) async fn show(
    context: Context,
    Allowed(mut permit): Allowed<ReadMembers>,
    QueryFields(query): QueryFields<ListQuery>,
) -> Result<Response, PageError> {
    let people = members::export(&mut permit, &context.scribe(), &query.filter()?).await?;
    permit.commit().await?;
    let mut text = String::new();
    csv::line(
        &mut text,
        &["id", "name", "email", "role", "groups", "state", "last_seen", "joined", "single_sign_on"].map(Some),
    );
    for person in &people {
        line(&mut text, person);
    }
    let name = format!("{}-members-{}.csv", context.tenant()?.slug, context.services.ambient.now().date());
    download(&name, CSV, text)
}

/// ISO 8601, in UTC.
fn iso(at: OffsetDateTime) -> String {
    at.to_offset(UtcOffset::UTC).format(&Rfc3339).unwrap_or_default()
}

fn line(text: &mut String, person: &MemberRow) {
    let (id, groups) = (AccountId(person.id).to_string(), person.groups.to_string());
    let role = person.role_label();
    let (seen, joined) = (person.last_seen_at.map(iso), iso(person.created_at));
    csv::line(
        text,
        &[
            Some(&id),
            Some(&person.name),
            person.email.as_deref(),
            Some(role.as_str()).filter(|_| person.state != State::Removed.word()),
            Some(&groups),
            Some(&person.state),
            seen.as_deref(),
            Some(&joined),
            person.connections.as_deref(),
        ],
    );
}
