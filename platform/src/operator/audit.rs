//! What operators did and read. Records are added to and never changed: a trigger refuses it to everybody.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Audited, Operator};
use crate::{
    ambient::Ambient,
    audit::Origin,
    db::{DbError, OperatorDatabase},
    id::TenantId,
};

/// What is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Somebody came in.
    SignedIn,
    /// Somebody did not.
    SignInRefused,
    /// Somebody left.
    SignedOut,
    /// An authenticator app was set up.
    AppSetUp,
    /// A recovery code was used in the place of the app.
    RecoveryCodeUsed,
    /// New recovery codes were made.
    RecoveryCodesRenewed,
    /// An operator was added, by a command.
    OperatorCreated,
    /// An operator was removed, by a command.
    OperatorRemoved,
    /// An operator's password and app were reset, by a command.
    OperatorReset,
    /// The list of tenants was read.
    TenantsRead,
    /// A tenant was read: its facts, plan and use.
    TenantRead,
    /// A tenant's billing events were read.
    BillingRead,
    /// This log was read.
    AuditRead,
    /// A tenant was given a plan.
    PlanChanged,
    /// A limit or feature was made otherwise.
    OverrideAdded,
    /// That was taken back.
    OverrideEnded,
    /// A tenant was suspended.
    TenantSuspended,
    /// A suspended tenant goes on.
    TenantResumed,
}

impl Action {
    const ALL: [(Self, &'static str, &'static str); 18] = [
        (Self::SignedIn, "session.began", "Signed in"),
        (Self::SignInRefused, "session.refused", "Sign-in refused"),
        (Self::SignedOut, "session.ended", "Signed out"),
        (Self::AppSetUp, "operator.app_set_up", "Authenticator app set up"),
        (Self::RecoveryCodeUsed, "operator.recovery_code_used", "Recovery code used"),
        (Self::RecoveryCodesRenewed, "operator.recovery_codes_renewed", "Recovery codes renewed"),
        (Self::OperatorCreated, "operator.created", "Operator created"),
        (Self::OperatorRemoved, "operator.removed", "Operator removed"),
        (Self::OperatorReset, "operator.reset", "Operator reset"),
        (Self::TenantsRead, "tenants.read", "List of tenants read"),
        (Self::TenantRead, "tenant.read", "Tenant read"),
        (Self::BillingRead, "billing.read", "Billing events read"),
        (Self::AuditRead, "audit.read", "Audit log read"),
        (Self::PlanChanged, "plan.changed", "Plan changed"),
        (Self::OverrideAdded, "override.added", "Override added"),
        (Self::OverrideEnded, "override.ended", "Override ended"),
        (Self::TenantSuspended, "tenant.suspended", "Tenant suspended"),
        (Self::TenantResumed, "tenant.resumed", "Tenant resumed"),
    ];

    /// The word kept in the database.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|row| row.0 == self).map_or("", |row| row.1)
    }

    /// What people read for a word; the word itself where this version does not know it.
    pub fn label_of(word: &str) -> &str {
        Self::ALL.iter().find(|row| row.1 == word).map_or(word, |row| row.2)
    }
}

/// What is to be written down: what is done, to which tenant, what exactly, and why.
#[derive(Debug, Clone)]
#[must_use]
pub struct Record {
    action: Action,
    tenant: Option<(TenantId, String)>,
    detail: Option<String>,
    reason: Option<String>,
}

impl Record {
    /// An act, so far about no tenant.
    pub fn of(action: Action) -> Self {
        Self { action, tenant: None, detail: None, reason: None }
    }

    /// About this tenant.
    pub(super) fn about(mut self, tenant: TenantId, slug: &str) -> Self {
        self.tenant = Some((tenant, slug.to_owned()));
        self
    }

    /// What exactly: what was searched for, which plan.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into()).filter(|detail| !detail.is_empty());
        self
    }

    /// Why, in the operator's words.
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }
}

/// Who it is ascribed to.
#[derive(Debug, Clone, Copy)]
pub(super) enum By<'a> {
    Operator(&'a Operator),
    /// An operator who has not come in, or a command: a name alone.
    Name(Option<Uuid>, &'a str),
}

/// Writes a record, in the transaction of what it tells of.
pub(super) async fn write(
    tx: &mut PgConnection,
    ambient: &Ambient,
    origin: &Origin,
    by: By<'_>,
    record: Record,
) -> Result<(), DbError> {
    let (operator, name) = match by {
        By::Operator(operator) => (Some(operator.id.0), operator.email.as_str()),
        By::Name(id, name) => (id, name),
    };
    let (tenant, slug) = record.tenant.map_or((None, None), |(id, slug)| (Some(id.0), Some(slug)));
    sqlx::query!(
        "INSERT INTO control.operator_audit (at, operator_id, operator_name, action, tenant_id, tenant_slug, detail,
             reason, address, user_agent, request_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        ambient.now(),
        operator,
        cut(name, 254),
        record.action.word(),
        tenant,
        slug,
        record.detail.as_deref().map(|text| cut(text, 500)),
        record.reason.as_deref().map(|text| cut(text, 500)),
        cut(&origin.address, 60),
        cut(&origin.user_agent, 300),
        cut(&origin.request_id, 60)
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The same in a transaction of its own, for what touches nothing else.
pub(super) async fn write_alone(
    database: &OperatorDatabase,
    ambient: &Ambient,
    origin: &Origin,
    by: By<'_>,
    record: Record,
) -> Result<(), DbError> {
    let mut tx = database.begin().await?;
    write(&mut tx, ambient, origin, by, record).await?;
    Ok(tx.commit().await?)
}

/// As much of a text as its column takes. PostgreSQL's text has no NUL.
fn cut(text: &str, most: usize) -> String {
    text.chars().filter(|sign| *sign != '\0').take(most).collect()
}

/// A record, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number: a later one is larger.
    pub id: i64,
    /// When.
    pub at: OffsetDateTime,
    /// Who, as they were called then.
    pub operator_name: String,
    /// The word of what.
    pub action: String,
    /// The tenant's name in the host, as it was then.
    pub tenant_slug: Option<String>,
    /// What exactly.
    pub detail: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// From which network address.
    pub address: String,
    /// What the browser said it is.
    pub user_agent: String,
    /// The request, as the log names it.
    pub request_id: String,
}

/// Which records to list. What is empty says nothing.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Part of who.
    pub who: String,
    /// The tenant's name in the host.
    pub tenant: String,
    /// Those before this one.
    pub before: Option<i64>,
}

/// The newest records, those first.
///
/// # Errors
/// [`DbError`].
pub async fn list(audited: &mut Audited, filter: &Filter, most: i64) -> Result<Vec<Entry>, DbError> {
    Ok(sqlx::query_as!(
        Entry,
        "SELECT id, at, operator_name, action, tenant_slug, detail, reason, address, user_agent, request_id
         FROM control.operator_audit
         WHERE ($1 = '' OR strpos(lower(operator_name), lower($1)) > 0) AND ($2 = '' OR tenant_slug = $2)
             AND ($3::bigint IS NULL OR id < $3)
         ORDER BY id DESC LIMIT $4",
        filter.who,
        filter.tenant,
        filter.before,
        most
    )
    .fetch_all(audited.connection())
    .await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_apart_and_fit_the_table() {
        for (at, (action, word, label)) in Action::ALL.iter().enumerate() {
            assert_eq!(action.word(), *word);
            assert_eq!(Action::label_of(word), *label);
            assert!(Action::ALL[..at].iter().all(|other| other.1 != *word), "{word}");
            let (group, act) = word.split_once('.').unwrap();
            let is_fine = |part: &str| part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            assert!(is_fine(group) && is_fine(act), "{word}");
        }
        assert_eq!(Action::label_of("later.thing"), "later.thing");
    }

    #[test]
    fn texts_fit_their_columns() {
        assert_eq!(cut("a\0bü", 3), "abü");
        assert_eq!(cut("long", 2), "lo");
    }
}
