//! Requests that are done once, however often they are sent (the `Idempotency-Key` header, an IETF draft).
//!
//! A program that got no answer does not know whether its request was done, and sends it again under the same key. What
//! was answered is written in the transaction of the work, so it is there if and only if the work was done; and while that
//! transaction runs, an advisory lock says so. Nothing is left behind by a server that stops in the middle.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use time::Duration;

use crate::{
    access::api_key::ApiKeyId,
    ambient::Ambient,
    db::{DbError, TenantTx},
};

/// For how long an answer is kept.
pub const KEPT: Duration = Duration::hours(24);
/// Most characters of a key.
pub const KEY_LENGTH: usize = 255;
/// Most bytes of an answer that are kept.
pub const BODY_LENGTH: usize = 1 << 20;

/// A request under its key.
#[derive(Debug, Clone)]
pub struct Keyed {
    /// Whose request: programs choose their keys by themselves, so each has its own.
    pub api_key: ApiKeyId,
    /// What the program calls it.
    pub key: String,
    /// What it asks for; see [`fingerprint`].
    pub fingerprint: [u8; 32],
}

/// An answer, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its status; one of success.
    pub status: u16,
    /// Its headers.
    pub headers: Vec<Header>,
    /// Its body; none: it was longer than [`BODY_LENGTH`].
    pub body: Option<Vec<u8>>,
}

/// A header of an answer: name and value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header(pub String, pub String);

/// Whether a request is to be done.
#[derive(Debug)]
pub enum Begun {
    /// It is the first of its key: do it, and [`keep`] the answer.
    First,
    /// Another of the same key is being done at this moment.
    Running,
    /// The key was used for something else.
    Mismatch,
    /// It was done, and this was the answer.
    Done(Stored),
}

/// What a request asks for, in short: its method, its path with the query, and its body.
pub fn fingerprint(method: &str, target: &str, body: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [method.as_bytes(), target.as_bytes(), body] {
        // The length keeps the parts apart.
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// Begins a request, in the transaction in which it will be done. Until that ends, others of the same key are
/// [`Begun::Running`].
///
/// # Errors
/// [`DbError`].
pub async fn begin(tx: &mut TenantTx, ambient: &Ambient, request: &Keyed) -> Result<Begun, DbError> {
    let tenant_id = tx.tenant_id();
    let name = format!("idempotency/{tenant_id}/{}/{}", request.api_key, request.key);
    let is_ours =
        sqlx::query_scalar!(r#"SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS "is_ours!""#, name)
            .fetch_one(&mut *tx)
            .await?;
    if !is_ours {
        return Ok(Begun::Running);
    }
    let row = sqlx::query!(
        r#"SELECT fingerprint, status, headers AS "headers: sqlx::types::Json<Vec<Header>>", body
           FROM idempotency_key WHERE tenant_id = $1 AND api_key_id = $2 AND key = $3 AND created_at > $4"#,
        tenant_id,
        request.api_key.0,
        request.key,
        ambient.now() - KEPT
    )
    .fetch_optional(tx)
    .await?;
    Ok(match row {
        None => Begun::First,
        Some(row) if row.fingerprint != request.fingerprint => Begun::Mismatch,
        Some(row) => Begun::Done(Stored {
            status: u16::try_from(row.status).unwrap_or(200),
            headers: row.headers.0,
            body: row.body,
        }),
    })
}

/// Keeps the answer to a request, in the transaction in which it was done.
///
/// # Errors
/// [`DbError`].
pub async fn keep(tx: &mut TenantTx, ambient: &Ambient, request: &Keyed, answer: &Stored) -> Result<(), DbError> {
    sqlx::query!(
        "INSERT INTO idempotency_key (tenant_id, api_key_id, key, fingerprint, status, headers, body, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (tenant_id, api_key_id, key) DO UPDATE
             SET fingerprint = $4, status = $5, headers = $6, body = $7, created_at = $8",
        tx.tenant_id(),
        request.api_key.0,
        request.key,
        request.fingerprint.as_slice(),
        i16::try_from(answer.status).unwrap_or(200),
        sqlx::types::Json(&answer.headers) as _,
        answer.body.as_deref().filter(|body| body.len() <= BODY_LENGTH),
        ambient.now()
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Removes what is kept no longer.
///
/// # Errors
/// [`DbError`].
pub async fn remove_old(tx: &mut TenantTx, ambient: &Ambient) -> Result<(), DbError> {
    sqlx::query!(
        "DELETE FROM idempotency_key WHERE tenant_id = $1 AND created_at <= $2",
        tx.tenant_id(),
        ambient.now() - KEPT
    )
    .execute(tx)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_told_apart() {
        let of = |method, target, body: &str| fingerprint(method, target, body.as_bytes());
        assert_eq!(of("POST", "/a", "{}"), of("POST", "/a", "{}"));
        assert_ne!(of("POST", "/a", "{}"), of("POST", "/a", "{ }"));
        assert_ne!(of("POST", "/a?b", ""), of("POST", "/a", "?b"));
        assert_ne!(of("POST", "/a", ""), of("PUT", "/a", ""));
    }
}
