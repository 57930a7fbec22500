//! Attempts, counted before they are answered: guesses made at the same time are counted too.

use std::{borrow::Cow, net::IpAddr};

use sha2::{Digest as _, Sha256};
use time::{Duration, OffsetDateTime};

use crate::{
    ambient::Ambient,
    db::{ControlTx, DbError, TenantTx},
};

/// So many attempts in so much time.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// Attempts allowed in a window.
    pub attempts: u32,
    /// How long a window is.
    pub window: Duration,
}

/// There were too many attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttled {
    /// How long to wait, at least a second.
    pub wait: Duration,
}

impl Throttled {
    /// The wait in words: "40 seconds", "12 minutes".
    pub fn wait_in_words(&self) -> String {
        let seconds = self.wait.whole_seconds().max(1);
        match seconds {
            1 => "1 second".to_owned(),
            2..=90 => format!("{seconds} seconds"),
            _ => format!("{} minutes", (seconds + 59) / 60),
        }
    }
}

/// The key of what is counted: hashed, so that the table does not list who tried to sign in from where.
fn key(parts: &[&str]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in parts {
        let part = one_network(part);
        // The length keeps ("ab", "c") and ("a", "bc") apart.
        hash.update(part.len().to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().to_vec()
}

/// Whoever has one address of IPv6 has a whole /64 (RFC 6177): all of it counts as one. Other text stays.
pub fn one_network(text: &str) -> Cow<'_, str> {
    match text.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            Cow::Owned(format!("{a:x}:{b:x}:{c:x}:{d:x}::/64"))
        }
        Ok(IpAddr::V4(address)) => Cow::Owned(address.to_string()),
        Err(_) => Cow::Borrowed(text),
    }
}

fn judge(attempts: i32, ends_at: OffsetDateTime, now: OffsetDateTime, limit: Limit) -> Result<(), Throttled> {
    if u32::try_from(attempts).unwrap_or(u32::MAX) <= limit.attempts {
        return Ok(());
    }
    Err(Throttled { wait: (ends_at - now).max(Duration::seconds(1)) })
}

/// Counts an attempt in a tenant. The caller commits before it answers.
///
/// # Errors
/// [`DbError`].
pub async fn count(
    tx: &mut TenantTx,
    ambient: &Ambient,
    parts: &[&str],
    limit: Limit,
) -> Result<Result<(), Throttled>, DbError> {
    let now = ambient.now();
    let row = sqlx::query!(
        r#"INSERT INTO throttle AS t (tenant_id, key, window_started_at, attempts) VALUES ($1, $2, $3, 1)
           ON CONFLICT (tenant_id, key) DO UPDATE SET
               attempts = CASE WHEN t.window_started_at > $4 THEN t.attempts + 1 ELSE 1 END,
               window_started_at = CASE WHEN t.window_started_at > $4 THEN t.window_started_at ELSE $3 END
           RETURNING attempts, window_started_at"#,
        tx.tenant_id(),
        key(parts),
        now,
        now - limit.window
    )
    .fetch_one(tx)
    .await?;
    Ok(judge(row.attempts, row.window_started_at + limit.window, now, limit))
}

/// Forgets the attempts of a key, and of every key whose window is long over.
///
/// # Errors
/// [`DbError`].
pub async fn forgive(tx: &mut TenantTx, ambient: &Ambient, parts: &[&str], limit: Limit) -> Result<(), DbError> {
    let long_over: OffsetDateTime = ambient.now() - limit.window * 10_i32;
    sqlx::query!(
        "DELETE FROM throttle WHERE tenant_id = $1 AND (key = $2 OR window_started_at < $3)",
        tx.tenant_id(),
        key(parts),
        long_over
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Forgets the attempts of a key.
///
/// # Errors
/// [`DbError`].
pub async fn forget(tx: &mut TenantTx, parts: &[&str]) -> Result<(), DbError> {
    sqlx::query!("DELETE FROM throttle WHERE tenant_id = $1 AND key = $2", tx.tenant_id(), key(parts))
        .execute(tx)
        .await?;
    Ok(())
}

/// Takes back an attempt that was no guess: it succeeded.
///
/// # Errors
/// [`DbError`].
pub async fn take_back(tx: &mut TenantTx, parts: &[&str]) -> Result<(), DbError> {
    sqlx::query!(
        "UPDATE throttle SET attempts = greatest(attempts - 1, 0) WHERE tenant_id = $1 AND key = $2",
        tx.tenant_id(),
        key(parts)
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Counts an attempt at the apex, where there is no tenant. The caller commits before it answers.
///
/// # Errors
/// [`DbError`].
pub async fn count_at_apex(
    tx: &mut ControlTx,
    ambient: &Ambient,
    parts: &[&str],
    limit: Limit,
) -> Result<Result<(), Throttled>, DbError> {
    let now = ambient.now();
    let row = sqlx::query!(
        r#"SELECT attempts AS "attempts!", window_ends_at AS "ends_at!" FROM control.count_attempt($1, $2, $3)"#,
        key(parts),
        now,
        limit.window.as_seconds_f64()
    )
    .fetch_one(tx)
    .await?;
    Ok(judge(row.attempts, row.ends_at, now, limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_do_not_run_together() {
        assert_ne!(key(&["ab", "c"]), key(&["a", "bc"]));
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one_address() {
        assert_eq!(key(&["address", "2001:db8:1:2::1"]), key(&["address", "2001:db8:1:2:ffff::9"]));
        assert_ne!(key(&["address", "2001:db8:1:2::1"]), key(&["address", "2001:db8:1:3::1"]));
        assert_eq!(key(&["::ffff:192.0.2.1"]), key(&["192.0.2.1"]));
        assert_ne!(key(&["192.0.2.1"]), key(&["192.0.2.2"]));
        assert_eq!(one_network("jane@acme.example"), "jane@acme.example");
    }

    #[test]
    fn the_wait_is_said_in_words() {
        for (seconds, words) in [(0, "1 second"), (40, "40 seconds"), (91, "2 minutes"), (601, "11 minutes")] {
            assert_eq!(Throttled { wait: Duration::seconds(seconds) }.wait_in_words(), words);
        }
    }
}
