//! The log as a file: CSV (RFC 4180) or JSON Lines, made piece by piece.

use futures_util::{Stream, stream};
use serde::Serialize;
use serde_json::value::RawValue;
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use super::{
    Act, Action, Scribe,
    list::{Cursor, Entry, Filter, page},
    record,
};
use crate::{
    access::{Permit, ReadAudit},
    csv,
    db::{Database, DbError},
    hex,
    id::AccountId,
    metering::{self, Meter, Usage, UsageKey},
    tenancy::TenantHome,
};

/// Records fetched in one transaction, and held in memory.
const AT_ONCE: usize = 1000;

/// How the file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// Comma-separated values, for spreadsheets.
    Csv,
    /// One JSON object a line, for programs.
    JsonLines,
}

impl ExportFormat {
    /// The word for it, which is also the ending of the file's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
        }
    }
}

/// The columns, in the order of the file.
const COLUMNS: [&str; 18] = [
    "seq",
    "id",
    "at",
    "action",
    "what",
    "actor_kind",
    "actor_id",
    "actor_name",
    "actor_email",
    "target_kind",
    "target_id",
    "target_label",
    "before",
    "after",
    "reason",
    "address",
    "user_agent",
    "request_id",
];

/// Records that the log is exported, and answers the file in pieces. Each piece is fetched in a transaction of its own,
/// so a slow reader holds no connection; records that are written meanwhile are not in it.
///
/// # Errors
/// [`DbError`]; the stream itself ends with one when the database fails on the way.
pub async fn export(
    mut permit: Permit<ReadAudit>,
    database: Database,
    scribe: &Scribe,
    filter: Filter,
    format: ExportFormat,
) -> Result<impl Stream<Item = Result<Vec<u8>, DbError>> + Send + 'static, DbError> {
    let (principal, tx) = permit.parts();
    let told = serde_json::json!({ "format": format.as_str(), "filter": filter });
    let act = Act::by(principal, Action::AuditExported).change((), told);
    record(tx, scribe, act).await?;
    let (ambient, account) = (scribe.ambient(), principal.account);
    metering::emit(tx, ambient, Usage::one(Meter::Export, UsageKey::once(ambient.uuid())).by(account)).await?;
    let home = tx.home().clone();
    permit.commit().await?;
    let start = Export { database, home, filter, format, cursor: Some(Cursor::Newest) };
    Ok(stream::try_unfold(start, Export::next))
}

struct Export {
    database: Database,
    home: TenantHome,
    filter: Filter,
    format: ExportFormat,
    /// Where the next piece begins; none after the last.
    cursor: Option<Cursor>,
}

impl Export {
    async fn next(mut self) -> Result<Option<(Vec<u8>, Self)>, DbError> {
        let Some(cursor) = self.cursor else { return Ok(None) };
        let mut tx = self.database.begin(&self.home).await?;
        let found = page(&mut tx, &self.filter, cursor, AT_ONCE).await?;
        tx.commit().await?;
        let mut text = String::new();
        if cursor == Cursor::Newest && self.format == ExportFormat::Csv {
            csv::line(&mut text, &COLUMNS.map(Some));
        }
        for entry in &found.entries {
            match self.format {
                ExportFormat::Csv => csv_record(&mut text, entry),
                ExportFormat::JsonLines => json_line(&mut text, entry),
            }
        }
        let last = found.entries.last().filter(|_| found.has_older);
        self.cursor = last.map(|entry| Cursor::OlderThan(entry.seq));
        Ok(Some((text.into_bytes(), self)))
    }
}

/// ISO 8601, in UTC, with all six digits that are kept.
fn iso(at: OffsetDateTime) -> String {
    at.to_offset(UtcOffset::UTC).format(&Rfc3339).unwrap_or_default()
}

fn csv_record(out: &mut String, entry: &Entry) {
    let (seq, id, at) = (entry.seq.to_string(), entry.id.to_string(), iso(entry.at));
    let actor_id = entry.actor_id.map(|id| AccountId(id).to_string());
    csv::line(
        out,
        &[
            Some(seq.as_str()),
            Some(id.as_str()),
            Some(at.as_str()),
            Some(entry.action.as_str()),
            Some(entry.label()),
            Some(entry.actor_kind.as_str()),
            actor_id.as_deref(),
            entry.actor_name.as_deref(),
            entry.actor_email.as_deref(),
            entry.target_kind.as_deref(),
            entry.target_id.as_deref(),
            entry.target_label.as_deref(),
            entry.before.as_deref(),
            entry.after.as_deref(),
            entry.reason.as_deref(),
            Some(entry.address.as_str()),
            Some(entry.user_agent.as_str()),
            Some(entry.request_id.as_str()),
        ],
    );
}

#[derive(Serialize)]
struct Line<'a> {
    seq: i64,
    id: String,
    at: String,
    action: &'a str,
    what: &'a str,
    actor: Actor<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<Target<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    address: &'a str,
    user_agent: &'a str,
    request_id: &'a str,
    mac: String,
}

#[derive(Serialize)]
struct Actor<'a> {
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<AccountId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
}

#[derive(Serialize)]
struct Target<'a> {
    kind: &'a str,
    id: Option<&'a str>,
    label: Option<&'a str>,
}

fn json_line(out: &mut String, entry: &Entry) {
    // The database takes nothing but JSON in these columns; a line feed in it would end the line.
    let raw = |text: &Option<String>| RawValue::from_string(text.as_ref()?.replace('\n', " ")).ok();
    let (before, after) = (raw(&entry.before), raw(&entry.after));
    let line = Line {
        seq: entry.seq,
        id: entry.id.to_string(),
        at: iso(entry.at),
        action: &entry.action,
        what: entry.label(),
        actor: Actor {
            kind: &entry.actor_kind,
            id: entry.actor_id.map(AccountId),
            name: entry.actor_name.as_deref(),
            email: entry.actor_email.as_deref(),
        },
        target: entry.target_kind.as_deref().map(|kind| Target {
            kind,
            id: entry.target_id.as_deref(),
            label: entry.target_label.as_deref(),
        }),
        before: before.as_deref(),
        after: after.as_deref(),
        reason: entry.reason.as_deref(),
        address: &entry.address,
        user_agent: &entry.user_agent,
        request_id: &entry.request_id,
        mac: hex::encode(&entry.mac),
    };
    // Text and numbers: none of it can fail to be JSON.
    out.push_str(&serde_json::to_string(&line).unwrap_or_default());
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_and_never_a_formula() {
        let mut line = String::new();
        csv::line(
            &mut line,
            &[Some("plain"), Some("a \"b\", c\r\nd"), None, Some("=1+1"), Some("-2"), Some("＠x"), Some("")],
        );
        assert_eq!(line, "\"plain\",\"a \"\"b\"\", c\r\nd\",,\"'=1+1\",\"'-2\",\"'＠x\",\"\"\r\n");
    }
}
