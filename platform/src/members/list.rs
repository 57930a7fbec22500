//! Who is in the workspace.

use time::OffsetDateTime;
use uuid::Uuid;

use super::roles;
use crate::{
    access::{AssignedRole, GroupId, Permit, ReadMembers, Role},
    ambient::Ambient,
    audit::{self, Act, Action, Scribe},
    db::{DbError, TenantTx},
    id::AccountId,
    identity::{passkey::keys, second_factor},
    locale::Locale,
    metering::{self, Meter, Usage, UsageKey},
    sso::people::{self, Linked},
};

/// People on a page of the list.
pub const PAGE_SIZE: i64 = 50;
/// People read at once for an export.
const AT_ONCE: i64 = 1000;

/// Whether somebody may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// They may.
    Active,
    /// Not at present; nothing of theirs is gone.
    Deactivated,
    /// Not any more: only the name is kept, for what they did.
    Removed,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Active, Self::Deactivated, Self::Removed];

    /// The word in the database and in addresses.
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Deactivated => "deactivated",
            Self::Removed => "removed",
        }
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Deactivated => "Deactivated",
            Self::Removed => "Removed",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// What the list is sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// By name.
    #[default]
    Name,
    /// By role, the mightiest first.
    Role,
    /// Who was here last comes first.
    LastSeen,
    /// Who joined last comes first.
    Joined,
}

impl Sort {
    /// Every order.
    pub const ALL: [Self; 4] = [Self::Name, Self::Role, Self::LastSeen, Self::Joined];

    /// The word in addresses.
    pub fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Role => "role",
            Self::LastSeen => "seen",
            Self::Joined => "joined",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.word() == word)
    }
}

/// Which people are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// With this text in name or address, in any case.
    pub search: String,
    /// Who have this role directly.
    pub role: Option<AssignedRole>,
    /// In this state; none: all but those removed.
    pub state: Option<State>,
    /// In this group.
    pub group: Option<GroupId>,
    /// In which order.
    pub sort: Sort,
}

/// A row of the list.
#[derive(Debug)]
pub struct MemberRow {
    /// The account.
    pub id: Uuid,
    /// What they are called.
    pub name: String,
    /// The hash of their picture, where they have one.
    pub avatar_hash: Option<String>,
    /// Their address; none: they are removed.
    pub email: Option<String>,
    /// The word of their role.
    pub role: String,
    /// What the role is called, where it is one of the tenant's own.
    pub custom_role: Option<String>,
    /// The word of their state.
    pub state: String,
    /// When they joined.
    pub created_at: OffsetDateTime,
    /// How many groups they are in.
    pub groups: i64,
    /// When they were last here, as far as a session of theirs is left.
    pub last_seen_at: Option<OffsetDateTime>,
    /// The names of the connections to identity providers that made the account or are connected with it.
    pub connections: Option<String>,
    /// How many people the filter leaves in all.
    pub total: i64,
}

impl MemberRow {
    /// What their role is called.
    pub fn role_label(&self) -> String {
        role_label(Some(&self.role), self.custom_role.as_deref())
    }
}

/// What a role is called, from its columns.
pub(crate) fn role_label(role: Option<&str>, custom: Option<&str>) -> String {
    match (custom, role.and_then(Role::parse)) {
        (Some(custom), _) => custom.to_owned(),
        (None, Some(role)) => role.label().to_owned(),
        (None, None) => String::new(),
    }
}

/// A page of the list.
#[derive(Debug)]
pub struct MemberPage {
    /// The rows.
    pub rows: Vec<MemberRow>,
    /// How many people the filter leaves in all.
    pub total: i64,
}

/// The page of this number, from 0.
///
/// # Errors
/// [`DbError`].
pub async fn list(permit: &mut Permit<ReadMembers>, filter: &Filter, page: i64) -> Result<MemberPage, DbError> {
    let rows = rows(permit, filter, PAGE_SIZE, page * PAGE_SIZE).await?;
    let total = rows.first().map_or(0, |row| row.total);
    Ok(MemberPage { rows, total })
}

/// Everybody whom the filter leaves, to be taken elsewhere, which the audit log says.
///
/// # Errors
/// [`DbError`].
pub async fn export(
    permit: &mut Permit<ReadMembers>,
    scribe: &Scribe,
    filter: &Filter,
) -> Result<Vec<MemberRow>, DbError> {
    let mut all = Vec::new();
    loop {
        let offset = i64::try_from(all.len()).unwrap_or(i64::MAX);
        let more = rows(permit, filter, AT_ONCE, offset).await?;
        if more.is_empty() {
            break;
        }
        all.extend(more);
    }
    let (principal, tx) = permit.parts();
    let act = Act::by(principal, Action::MembersExported).change((), serde_json::json!({ "people": all.len() }));
    audit::record(tx, scribe, act).await?;
    let (ambient, account) = (scribe.ambient(), principal.account);
    metering::emit(tx, ambient, Usage::one(Meter::Export, UsageKey::once(ambient.uuid())).by(account)).await?;
    Ok(all)
}

async fn rows(
    permit: &mut Permit<ReadMembers>,
    filter: &Filter,
    limit: i64,
    offset: i64,
) -> Result<Vec<MemberRow>, DbError> {
    Ok(sqlx::query_file_as!(
        MemberRow,
        "src/members/queries/list.sql",
        permit.tenant_id(),
        filter.state.map(State::word),
        filter.role.map(AssignedRole::word),
        filter.role.and_then(AssignedRole::custom_role_id),
        filter.group.map(|group| group.0),
        filter.search,
        filter.sort.word(),
        limit,
        offset
    )
    .fetch_all(&mut **permit)
    .await?)
}

/// How many people there are, which is what a plan counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seats {
    /// Who may come in.
    pub active: i64,
    /// Who may not at present.
    pub deactivated: i64,
    /// Who is invited and has not answered.
    pub invited: i64,
}

impl Seats {
    /// All of them in words: "12 people: 10 active, 2 invited".
    pub fn in_words(&self, locale: Locale) -> String {
        let all = self.active + self.deactivated + self.invited;
        let people = if all == 1 { "1 person".to_owned() } else { format!("{} people", locale.number(all)) };
        let parts = [(self.active, "active"), (self.deactivated, "deactivated"), (self.invited, "invited")];
        let parts: Vec<_> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{} {word}", locale.number(*count)))
            .collect();
        format!("{people}: {}", parts.join(", "))
    }
}

/// Counts the people of the tenant.
///
/// # Errors
/// [`DbError`].
pub async fn seats(tx: &mut TenantTx, ambient: &Ambient) -> Result<Seats, DbError> {
    Ok(sqlx::query_as!(
        Seats,
        r#"SELECT count(*) FILTER (WHERE a.state = 'active') AS "active!",
                  count(*) FILTER (WHERE a.state = 'deactivated') AS "deactivated!",
                  (SELECT count(*) FROM invitation i
                   WHERE i.tenant_id = $1 AND i.state = 'pending' AND i.expires_at > $2) AS "invited!"
           FROM account a WHERE a.tenant_id = $1"#,
        tx.tenant_id(),
        ambient.now()
    )
    .fetch_one(tx)
    .await?)
}

/// A group, with the role it gives.
#[derive(Debug)]
pub struct MemberGroup {
    /// The group.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The word of the role that it gives.
    pub role: Option<String>,
    /// What that role is called, where it is one of the tenant's own.
    pub custom_role: Option<String>,
}

impl MemberGroup {
    /// What the role is called that it gives; empty where it gives none.
    pub fn role_label(&self) -> String {
        role_label(self.role.as_deref(), self.custom_role.as_deref())
    }
}

/// A person as their page shows them.
#[derive(Debug)]
pub struct Member {
    /// The account.
    pub id: AccountId,
    /// What they are called.
    pub name: String,
    /// The hash of their picture, where they have one.
    pub avatar_hash: Option<String>,
    /// Their address; none: they are removed.
    pub email: Option<String>,
    /// The role they have directly.
    pub role: AssignedRole,
    /// What it is called.
    pub role_label: String,
    /// Whether they may come in.
    pub state: State,
    /// Since when.
    pub state_changed_at: Option<OffsetDateTime>,
    /// When they joined.
    pub joined_at: OffsetDateTime,
    /// On how many devices they are signed in.
    pub sessions: i64,
    /// When they were last here, as far as a session of theirs is left.
    pub last_seen_at: Option<OffsetDateTime>,
    /// Whether they have an authenticator app.
    pub has_app: bool,
    /// Whether they have a passkey.
    pub has_passkey: bool,
    /// Their groups.
    pub groups: Vec<MemberGroup>,
    /// With which identity providers the account is connected.
    pub connections: Vec<Linked>,
}

/// A person, if the tenant has them.
///
/// # Errors
/// [`DbError`].
pub async fn find(tx: &mut TenantTx, ambient: &Ambient, account: AccountId) -> Result<Option<Member>, DbError> {
    let row = sqlx::query!(
        r#"SELECT a.name, a.avatar_hash, a.email, a.role, a.custom_role_id, r.name AS "custom_role?", a.state, a.state_changed_at,
                  a.created_at,
                  (SELECT count(*) FROM session s
                   WHERE s.tenant_id = $1 AND s.account_id = a.id AND s.expires_at > $3) AS "sessions!",
                  (SELECT max(s.last_seen_at) FROM session s
                   WHERE s.tenant_id = $1 AND s.account_id = a.id) AS last_seen_at
           FROM account a
           LEFT JOIN role r ON r.tenant_id = a.tenant_id AND r.id = a.custom_role_id
           WHERE a.tenant_id = $1 AND a.id = $2"#,
        tx.tenant_id(),
        account.0,
        ambient.now()
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let (Some(role), Some(state)) =
        (AssignedRole::from_columns(&row.role, row.custom_role_id), State::parse(&row.state))
    else {
        return Ok(None);
    };
    Ok(Some(Member {
        id: account,
        role_label: role_label(Some(&row.role), row.custom_role.as_deref()),
        name: row.name,
        avatar_hash: row.avatar_hash,
        email: row.email,
        role,
        state,
        state_changed_at: row.state_changed_at,
        joined_at: row.created_at,
        sessions: row.sessions,
        last_seen_at: row.last_seen_at,
        has_app: second_factor::is_set_up(tx, account).await?,
        has_passkey: keys::has_any(tx, account).await?,
        groups: roles::groups_of(tx, account).await?,
        connections: people::of_account(tx, account).await?,
    }))
}

/// The active people but for one, by name: who can take over from them. At most 500.
///
/// # Errors
/// [`DbError`].
pub async fn others(tx: &mut TenantTx, but: AccountId) -> Result<Vec<(AccountId, String)>, DbError> {
    let rows = sqlx::query!(
        "SELECT id, name FROM account WHERE tenant_id = $1 AND state = 'active' AND id <> $2
         ORDER BY lower(name), id LIMIT 500",
        tx.tenant_id(),
        but.0
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|row| (AccountId(row.id), row.name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_are_said_in_words() {
        for (active, deactivated, invited, words) in [
            (1, 0, 0, "1 person: 1 active"),
            (10, 0, 2, "12 people: 10 active, 2 invited"),
            (3, 1, 0, "4 people: 3 active, 1 deactivated"),
            (1200, 0, 0, "1,200 people: 1,200 active"),
        ] {
            assert_eq!(Seats { active, deactivated, invited }.in_words(Locale::Britain), words);
        }
    }
}
