//! What people want mailed.

use rowhouse_platform::{
    access::{Permission, Permit},
    ambient::Ambient,
    db::{DbError, TenantTx},
    hex,
    id::AccountId,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// When something is mailed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MailTime)]
pub enum When {
    /// Within a minute.
    AtOnce,
    /// Each morning, all in one.
    Daily,
    /// Not at all.
    #[serde(rename = "none")]
    Never,
}

impl When {
    /// Every choice there is.
    pub const ALL: [Self; 3] = [Self::AtOnce, Self::Daily, Self::Never];

    /// The word in the database and in forms.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::AtOnce => "at_once",
            Self::Daily => "daily",
            Self::Never => "none",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|when| when.word() == word)
    }

    /// What people read.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::AtOnce => "At once",
            Self::Daily => "Once a day, in the morning",
            Self::Never => "No mail",
        }
    }
}

/// What a person wants mailed, by why they hear of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MailPreferences)]
pub struct Wishes {
    /// Tickets that are theirs to work on.
    pub assigned: When,
    /// Tickets that they asked for, or watch.
    pub watching: When,
}

impl Default for Wishes {
    fn default() -> Self {
        Self { assigned: When::AtOnce, watching: When::Daily }
    }
}

/// What the principal wants mailed.
///
/// # Errors
/// [`DbError`].
pub async fn own<P: Permission>(permit: &mut Permit<P>) -> Result<Wishes, DbError> {
    let account = permit.principal().account;
    let row = sqlx::query!(
        "SELECT assigned, watching FROM notification_preference WHERE tenant_id = $1 AND account_id = $2",
        permit.tenant_id(),
        account.0
    )
    .fetch_optional(&mut **permit)
    .await?;
    let usual = Wishes::default();
    Ok(row.map_or(usual, |row| Wishes {
        assigned: When::parse(&row.assigned).unwrap_or(usual.assigned),
        watching: When::parse(&row.watching).unwrap_or(usual.watching),
    }))
}

/// Saves what the principal wants mailed. What waits already is mailed when it was to be, unless they want none.
///
/// # Errors
/// [`DbError`].
pub async fn save<P: Permission>(permit: &mut Permit<P>, ambient: &Ambient, wishes: Wishes) -> Result<(), DbError> {
    let account = permit.principal().account;
    sqlx::query!(
        "INSERT INTO notification_preference (tenant_id, account_id, assigned, watching, unsubscribe_token)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant_id, account_id) DO UPDATE SET assigned = EXCLUDED.assigned, watching = EXCLUDED.watching",
        permit.tenant_id(),
        account.0,
        wishes.assigned.word(),
        wishes.watching.word(),
        token(ambient)
    )
    .execute(&mut **permit)
    .await?;
    sqlx::query!(
        "UPDATE inbox_item SET mail_due_at = NULL
         WHERE tenant_id = $1 AND account_id = $2 AND mail_due_at IS NOT NULL
           AND CASE reason WHEN 'assigned' THEN $3 = 'none' ELSE $4 = 'none' END",
        permit.tenant_id(),
        account.0,
        wishes.assigned.word(),
        wishes.watching.word()
    )
    .execute(&mut **permit)
    .await?;
    Ok(())
}

/// What stands in the link that turns a person's mail off. Made when it is first needed.
pub(super) async fn unsubscribe_token(
    tx: &mut TenantTx,
    ambient: &Ambient,
    account: AccountId,
) -> Result<String, DbError> {
    let usual = Wishes::default();
    Ok(sqlx::query_scalar!(
        "INSERT INTO notification_preference (tenant_id, account_id, assigned, watching, unsubscribe_token)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant_id, account_id) DO UPDATE SET assigned = notification_preference.assigned
         RETURNING unsubscribe_token",
        tx.tenant_id(),
        account.0,
        usual.assigned.word(),
        usual.watching.word(),
        token(ambient)
    )
    .fetch_one(tx)
    .await?)
}

/// Turns the mail of whoever the token is of off. Answers whether there is such a token.
pub(super) async fn turn_off(tx: &mut TenantTx, token: &str) -> Result<bool, DbError> {
    let account = sqlx::query_scalar!(
        "UPDATE notification_preference SET assigned = 'none', watching = 'none'
         WHERE tenant_id = $1 AND unsubscribe_token = $2 RETURNING account_id",
        tx.tenant_id(),
        token
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(account) = account else { return Ok(false) };
    sqlx::query!(
        "UPDATE inbox_item SET mail_due_at = NULL
         WHERE tenant_id = $1 AND account_id = $2 AND mail_due_at IS NOT NULL",
        tx.tenant_id(),
        account
    )
    .execute(tx)
    .await?;
    Ok(true)
}

/// 160 random bits.
fn token(ambient: &Ambient) -> String {
    hex::encode(&ambient.bytes::<20>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        for when in When::ALL {
            assert_eq!(When::parse(when.word()), Some(when));
            assert_eq!(serde_json::to_value(when).unwrap(), when.word(), "programs read the same word");
        }
        assert_eq!(When::parse("hourly"), None);
    }

    #[test]
    fn tokens_are_as_the_table_wants_them() {
        let token = token(&Ambient::system());
        assert!(token.len() == 40 && token.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')), "{token}");
    }
}
