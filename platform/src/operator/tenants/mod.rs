//! What operators see of tenants: the list of all, and one of them.

pub mod billing;
mod one;

pub use one::{Facts, OverrideRow, ProductUse, Usage, entitlements, facts, overrides, usage, used};

use std::collections::BTreeMap;

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::Audited;
use crate::{
    ambient::Ambient,
    db::DbError,
    id::TenantId,
    plan::{self, Limit},
};

/// For how long what went wrong is shown.
pub const LATELY: Duration = Duration::days(7);

/// Over what time the list says what was used.
pub const USED_WITHIN: Duration = Duration::days(30);

/// By what the list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// The name in the host.
    #[default]
    Name,
    /// The newest first.
    Newest,
    /// The largest plan first, then the name.
    Plan,
    /// The most API calls of late first, then the name.
    Calls,
    /// The most tickets opened of late first, then the name.
    Tickets,
}

impl Sort {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Name, Self::Newest, Self::Plan, Self::Calls, Self::Tickets];

    /// The word in addresses and in the query.
    pub fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Newest => "newest",
            Self::Plan => "plan",
            Self::Calls => "calls",
            Self::Tickets => "tickets",
        }
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Name => "By address",
            Self::Newest => "Newest first",
            Self::Plan => "Largest plan first",
            Self::Calls => "Most API calls first",
            Self::Tickets => "Most tickets first",
        }
    }

    /// Reads the word; what says nothing is by name.
    pub fn parse(word: &str) -> Option<Self> {
        if word.is_empty() { Some(Self::Name) } else { Self::ALL.into_iter().find(|sort| sort.word() == word) }
    }
}

/// Which tenants are listed, by how they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Standing {
    /// All of them.
    #[default]
    All,
    /// Those whose trial goes on.
    Trialing,
    /// Those that owe a payment.
    Unpaid,
    /// Those that are suspended, by an operator or because they owe.
    Suspended,
    /// Those that their owner closed.
    Closing,
}

impl Standing {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::All, Self::Trialing, Self::Unpaid, Self::Suspended, Self::Closing];

    /// The word in addresses and in the query.
    pub fn word(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Trialing => "trialing",
            Self::Unpaid => "unpaid",
            Self::Suspended => "suspended",
            Self::Closing => "closing",
        }
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Trialing => "On trial",
            Self::Unpaid => "Payment missing",
            Self::Suspended => "Suspended",
            Self::Closing => "Closing",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.word() == word)
    }
}

/// What the list is asked for.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Part of a name, a domain, a tenant's id or a customer's of Stripe.
    pub search: String,
    /// How they stand.
    pub standing: Standing,
    /// The key of their plan; empty: any.
    pub plan: String,
    /// In which order.
    pub sort: Sort,
    /// The name in the host of the last tenant of the page before.
    pub after: Option<String>,
}

/// A tenant in the list.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its name in the host.
    pub slug: String,
    /// What it is called.
    pub name: String,
    /// `active`, `suspended` or `closing`.
    pub state: String,
    /// Whether it is a demonstration tenant.
    pub is_demo: bool,
    /// Since when it is there.
    pub created_at: OffsetDateTime,
    /// What its plan is called.
    pub plan_name: String,
    /// The word of how its subscription stands.
    pub subscription_state: String,
    /// Its limits as they hold, with overrides and the seats that are paid for.
    pub limits: BTreeMap<Limit, i64>,
    /// People with an active account.
    pub seats: i64,
    /// Bytes of files.
    pub bytes: i64,
    /// API calls of late, as far as they are added up.
    pub api_calls: i64,
    /// Tickets opened of late, as far as they are added up.
    pub tickets: i64,
    /// When anybody of it was last seen.
    pub last_seen_at: Option<OffsetDateTime>,
    /// Mail that was given up lately.
    pub mail_failed: i64,
    /// Requests to Stripe that failed lately or do not get through.
    pub billing_stuck: i64,
}

impl Listed {
    /// Whether more is used than the plan allows, of what the list shows.
    pub fn is_over(&self) -> bool {
        let over = |limit: Limit, used: i64| self.limits.get(&limit).is_some_and(|most| used > *most);
        over(Limit::Seats, self.seats) || over(Limit::StorageBytes, self.bytes)
    }
}

/// A page of tenants.
///
/// # Errors
/// [`DbError`].
pub async fn list(audited: &mut Audited, ambient: &Ambient, query: &Query, most: i64) -> Result<Vec<Listed>, DbError> {
    let id = query.search.parse::<TenantId>().ok().map(|id| id.0);
    let rows = sqlx::query_file!(
        "src/operator/tenants/queries/list.sql",
        query.search,
        id,
        query.standing.word(),
        query.sort.word(),
        query.after,
        most,
        ambient.now() - LATELY,
        ambient.now() - USED_WITHIN,
        query.plan
    )
    .fetch_all(audited.connection())
    .await?;
    let mut listed = Vec::with_capacity(rows.len());
    for row in rows {
        let limits = plan::limits_in_force(plan::Kept {
            plan: &row.plan_key,
            limits: &row.limits,
            overrides: row.overrides,
            seats: row.seats_paid,
            per_seat: row.per_seat,
            is_billed: row.is_billed,
        })?;
        listed.push(Listed {
            slug: row.slug,
            name: row.name,
            state: row.state,
            is_demo: row.is_demo,
            created_at: row.created_at,
            plan_name: row.plan_name,
            subscription_state: row.subscription_state,
            limits,
            seats: row.seats,
            bytes: row.bytes,
            api_calls: row.api_calls,
            tickets: row.tickets,
            last_seen_at: row.last_seen_at,
            mail_failed: row.mail_failed,
            billing_stuck: row.billing_stuck,
        });
    }
    Ok(listed)
}

/// The plans that tenants can be on, by key and name, the smallest first.
///
/// # Errors
/// [`DbError`].
pub async fn plans(audited: &mut Audited) -> Result<Vec<(String, String)>, DbError> {
    plans_by(audited.connection()).await
}

async fn plans_by(operator: &mut PgConnection) -> Result<Vec<(String, String)>, DbError> {
    let rows = sqlx::query!("SELECT key, name FROM control.plan ORDER BY position").fetch_all(operator).await?;
    Ok(rows.into_iter().map(|row| (row.key, row.name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        for sort in Sort::ALL {
            assert_eq!(Sort::parse(sort.word()), Some(sort));
        }
        for standing in Standing::ALL {
            assert_eq!(Standing::parse(standing.word()), Some(standing));
        }
        assert_eq!((Sort::parse(""), Sort::parse("size"), Standing::parse("rich")), (Some(Sort::Name), None, None));
    }
}
