//! A key is used: by itself, or by an access token that it was exchanged for.

use time::{Duration, OffsetDateTime};

use super::{ApiKeyId, KeyToken};
use crate::{
    access::{AssignedRole, Credential, Grants, KeyUse, Principal},
    access_token::AccessToken,
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::{AccountId, TenantId},
    identity::{
        policy::{Networks, SecondFactor},
        session::Resumed,
    },
    metering::{self, Meter},
};

/// `last_used_at` is written at most once in this time: each request would otherwise be a write.
const USED_RESOLUTION: Duration = Duration::minutes(1);

/// What a program shows with a request.
#[derive(Debug, Clone)]
pub enum Bearer {
    /// A key.
    Key(KeyToken),
    /// An access token whose signature and time were found good.
    Access(AccessToken),
}

impl Bearer {
    /// The tenant that it is of, as it says itself.
    pub fn tenant(&self) -> TenantId {
        match self {
            Self::Key(token) => token.tenant(),
            Self::Access(token) => token.tenant,
        }
    }
}

/// A key's principal, if the key is one of this tenant, in use, and its owner active. What it holds is what it was given,
/// of what its owner holds now; by an access token, no more than that names.
///
/// A request that only reads gives its name, as `call`, and is counted ([`Meter::ApiCall`]) by the statement that finds the
/// key: the caller commits if it is answered with success, and not otherwise.
pub(in crate::access) async fn resume(
    tx: &mut TenantTx,
    ambient: &Ambient,
    bearer: &Bearer,
    call: Option<&str>,
) -> Result<Option<Resumed>, DbError> {
    let Some(Row { resumed, id, last_used_at }) = find(tx, ambient, bearer, call).await? else { return Ok(None) };
    let now = ambient.now();
    if metering::is_other_hour(last_used_at, now) {
        metering::note_seat(tx, ambient, resumed.principal.account).await?;
    }
    // Where another request of the key notes it at this moment, that is enough: none waits for another.
    if metering::is_other_hour(last_used_at, now) || last_used_at.is_none_or(|at| at + USED_RESOLUTION < now) {
        sqlx::query!(
            "UPDATE api_key k SET last_used_at = $3
             FROM (SELECT f.id FROM api_key f WHERE f.tenant_id = $1 AND f.id = $2 FOR NO KEY UPDATE SKIP LOCKED) free
             WHERE k.tenant_id = $1 AND k.id = free.id",
            tx.tenant_id(),
            id.0,
            now
        )
        .execute(tx)
        .await?;
    }
    Ok(Some(resumed))
}

/// A client that asks for an access token.
#[derive(Debug)]
pub struct Client {
    /// The key.
    pub key: KeyUse,
    /// What it may ask for.
    pub grants: Grants,
    /// From where its tenant lets anybody in.
    pub networks: Networks,
}

/// The key of this id, if this is its secret, as [`Bearer::Key`] would find it. The caller commits.
///
/// # Errors
/// [`DbError`].
pub async fn client(
    tx: &mut TenantTx,
    ambient: &Ambient,
    id: ApiKeyId,
    secret: &KeyToken,
) -> Result<Option<Client>, DbError> {
    let found = resume(tx, ambient, &Bearer::Key(secret.clone()), None).await?;
    Ok(found.and_then(|Resumed { principal, networks }| match principal.credential {
        Credential::Key(key) if key.id == id => Some(Client { key, grants: principal.grants, networks }),
        _ => None,
    }))
}

struct Row {
    resumed: Resumed,
    id: ApiKeyId,
    last_used_at: Option<OffsetDateTime>,
}

async fn find(
    tx: &mut TenantTx,
    ambient: &Ambient,
    bearer: &Bearer,
    call: Option<&str>,
) -> Result<Option<Row>, DbError> {
    let (id, prefix, secret) = match bearer {
        Bearer::Key(token) => (None, Some(token.prefix()), Some(token.hash())),
        Bearer::Access(token) => (Some(token.key.0), None, None),
    };
    let now = ambient.now();
    let row = sqlx::query_file!(
        "src/access/queries/resume_key.sql",
        tx.tenant_id(),
        id,
        prefix,
        call,
        now,
        secret.as_ref().map(<[u8; 32]>::as_slice),
        Meter::ApiCall.word()
    )
    .fetch_optional(tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    if let Bearer::Key(token) = bearer
        && !token.is(&row.secret_hash)
    {
        return Ok(None);
    }
    if row.expires_at.is_some_and(|end| end <= now) {
        return Ok(None);
    }
    let Some(role) = AssignedRole::from_columns(&row.role, row.custom_role_id) else { return Ok(None) };
    let grants = Grants::from_columns(&row.role, row.permissions, &row.group_roles, row.group_permissions)
        .limited_to(row.key_permissions);
    let grants = match bearer {
        Bearer::Key(_) => grants,
        Bearer::Access(token) => grants.limited_to(token.scope.clone()),
    };
    let id = ApiKeyId(row.key_id);
    let principal = Principal {
        account: AccountId(row.account_id),
        credential: Credential::Key(KeyUse { id, name: row.key_name, expires_at: row.expires_at }),
        name: row.name,
        email: row.email,
        email_verified: row.email_verified_at.is_some(),
        avatar_hash: row.avatar_hash,
        locale: row.locale,
        time_zone: row.time_zone,
        role,
        grants,
        second_factor: SecondFactor::Settled,
    };
    let networks = Networks::from_column(&row.allowed_networks.unwrap_or_default());
    Ok(Some(Row { resumed: Resumed { principal, networks }, id, last_used_at: row.last_used_at }))
}
