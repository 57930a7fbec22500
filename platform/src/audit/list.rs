//! Reading a tenant's log: a page at a time, newest first, through a filter.

use time::{Date, Duration, OffsetDateTime, Time, macros::datetime};
use uuid::Uuid;

use super::Action;
use crate::{
    access::{Permit, ReadAudit},
    db::{DbError, TenantTx},
};

/// Before any record.
const BEGINNING: OffsetDateTime = datetime!(2000-01-01 0:00 UTC);
/// After any record.
const END: OffsetDateTime = datetime!(9999-12-31 0:00 UTC);

/// A record, as people and programs read it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its number in the tenant's log.
    pub seq: i64,
    /// Its id.
    pub id: Uuid,
    /// When it was.
    pub at: OffsetDateTime,
    /// What was done, as [`Action::as_str`]; perhaps a word that this version does not know.
    pub action: String,
    /// `person`, `nobody` or `system`.
    pub actor_kind: String,
    /// The account of the person.
    pub actor_id: Option<Uuid>,
    /// What the person was called.
    pub actor_name: Option<String>,
    /// Their address.
    pub actor_email: Option<String>,
    /// What kind of thing it was done to.
    pub target_kind: Option<String>,
    /// Which one.
    pub target_id: Option<String>,
    /// What people call it.
    pub target_label: Option<String>,
    /// How it was before, as JSON.
    pub before: Option<String>,
    /// How it was afterwards, as JSON.
    pub after: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// The network address it came from.
    pub address: String,
    /// What the browser or program says it is.
    pub user_agent: String,
    /// The request.
    pub request_id: String,
    /// What authenticates it.
    pub mac: Vec<u8>,
}

impl Entry {
    /// What was done, in words; the bare word where this version does not know it.
    pub fn label(&self) -> &str {
        match Action::parse(&self.action) {
            Some(action) => action.label(),
            None => &self.action,
        }
    }
}

/// Which records are wanted. An empty field wants all.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Filter {
    /// Text in the name or address of the person.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub who: String,
    /// One of these actions.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "words")]
    pub actions: Vec<Action>,
    /// Text in what it was done to.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub target: String,
    /// Text in the network address.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// Not before this day (UTC).
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "day")]
    pub from: Option<Date>,
    /// Not after this day (UTC).
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "day")]
    pub to: Option<Date>,
}

impl Filter {
    /// Whether all records are wanted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn words<S: serde::Serializer>(actions: &[Action], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(actions.iter().map(|action| action.as_str()))
}

#[expect(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn day<S: serde::Serializer>(day: &Option<Date>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&day.map(|day| day.to_string()).unwrap_or_default())
}

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cursor {
    /// At the newest record.
    Newest,
    /// With the first record older than the one of this number.
    OlderThan(i64),
    /// So that it ends with the record just newer than the one of this number.
    NewerThan(i64),
}

/// A page of the log, newest first.
#[derive(Debug)]
pub struct EntryPage {
    /// The records.
    pub entries: Vec<Entry>,
    /// Whether there are newer ones.
    pub has_newer: bool,
    /// Whether there are older ones.
    pub has_older: bool,
}

/// Lists a page of `size` records.
///
/// # Errors
/// [`DbError`].
pub async fn list(
    permit: &mut Permit<ReadAudit>,
    filter: &Filter,
    cursor: Cursor,
    size: usize,
) -> Result<EntryPage, DbError> {
    page(permit, filter, cursor, size).await
}

pub(super) async fn page(
    tx: &mut TenantTx,
    filter: &Filter,
    cursor: Cursor,
    size: usize,
) -> Result<EntryPage, DbError> {
    let actions: Option<Vec<String>> = match filter.actions.as_slice() {
        [] => None,
        actions => Some(actions.iter().map(|action| action.as_str().to_owned()).collect()),
    };
    let from = filter.from.map_or(BEGINNING, midnight);
    let to = filter.to.map_or(END, |day| midnight(day).checked_add(Duration::days(1)).unwrap_or(END));
    let [who, target, address] = [&filter.who, &filter.target, &filter.address].map(|text| contains_pattern(text));
    // One more than is shown tells whether there are more.
    let limit = i64::try_from(size + 1).unwrap_or(i64::MAX);
    let tenant = tx.tenant_id();
    if let Cursor::NewerThan(seq) = cursor {
        let mut entries = sqlx::query_file_as!(
            Entry,
            "src/audit/queries/list_newer.sql",
            tenant,
            seq,
            from,
            to,
            actions.as_deref(),
            who,
            target,
            address,
            limit
        )
        .fetch_all(tx)
        .await?;
        let has_newer = entries.len() > size;
        entries.truncate(size);
        entries.reverse();
        return Ok(EntryPage { entries, has_newer, has_older: true });
    }
    let (seq, has_newer) = match cursor {
        Cursor::OlderThan(seq) => (seq, true),
        _ => (i64::MAX, false),
    };
    let mut entries = sqlx::query_file_as!(
        Entry,
        "src/audit/queries/list_older.sql",
        tenant,
        seq,
        from,
        to,
        actions.as_deref(),
        who,
        target,
        address,
        limit
    )
    .fetch_all(tx)
    .await?;
    let has_older = entries.len() > size;
    entries.truncate(size);
    Ok(EntryPage { entries, has_newer, has_older })
}

fn midnight(day: Date) -> OffsetDateTime {
    OffsetDateTime::new_utc(day, Time::MIDNIGHT)
}

/// The `LIKE` pattern for texts that contain `text`, its own wildcards taken literally.
fn contains_pattern(text: &str) -> String {
    let escaped = text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    format!("%{escaped}%")
}
