//! Metadata that is fetched again: a provider that replaces its certificates is followed without anybody's doing.
//!
//! What comes from the address is believed because it is the provider's, by HTTPS, and an admin of the tenant wrote it
//! into the connection. It may replace certificates and addresses, and nothing else: the entity ID has to stay, and
//! everything that the connection asks for stays. So an owner's word for the connection stays good, which was for that
//! address too; where it is no HTTPS, as in development, a change ends it. A test that passed stays good as well.
//!
//! What cannot be fetched, or read completely, changes nothing. It is tried again after a quarter of an hour, and then
//! ever more rarely.

use time::{Duration, OffsetDateTime};

use super::{
    Connection, ConnectionId, Protocol, SamlSettings, connection,
    saml::{
        certificate,
        idp_metadata::{self, IdpMetadata},
    },
};
use crate::{
    audit::{self, Act, Action, Scribe},
    db::{Database, DbError, TenantTx},
    fetch::Fetcher,
    tenancy::TenantHome,
};

/// How often metadata is fetched.
pub const EVERY: Duration = Duration::hours(12);
/// The first wait after something went wrong.
const FIRST_WAIT: Duration = Duration::minutes(15);
/// The most characters of an error that are kept.
const ERROR_LENGTH: usize = 1000;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refreshed {
    /// Everything is as it was.
    Unchanged,
    /// Certificates or addresses were taken over.
    Changed,
    /// It could not be fetched or read: why, in words for the admin.
    Failed(String),
    /// The connection has no metadata to fetch, or was changed meanwhile.
    Nothing,
}

/// Fetches metadata and takes over what changed. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Refresher {
    /// The serving role's way into the database.
    pub database: Database,
    /// The client for addresses that tenants supply.
    pub fetcher: Fetcher,
    /// Time, and the audit log.
    pub scribe: Scribe,
}

impl Refresher {
    /// Fetches the metadata of one connection. No transaction is open while that takes its time.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn refresh(&self, home: &TenantHome, id: ConnectionId) -> Result<Refreshed, DbError> {
        let mut tx = self.database.begin(home).await?;
        let found = connection::find(&mut tx, id).await?;
        tx.commit().await?;
        let Some((before, settings, url)) = found.as_ref().and_then(fetched) else { return Ok(Refreshed::Nothing) };
        let read = self.read(home, settings, url).await;

        let mut tx = self.database.begin(home).await?;
        lock(&mut tx, id).await?;
        // Whoever changed it meanwhile knows better.
        let present = connection::find(&mut tx, id).await?;
        if present.is_none_or(|present| present.protocol != before.protocol) {
            return Ok(Refreshed::Nothing);
        }
        let refreshed = match read {
            Ok(metadata) => self.take_over(&mut tx, before, settings, &metadata).await?,
            Err(words) => {
                let now = self.scribe.ambient().now();
                let words: String = words.chars().take(ERROR_LENGTH).collect();
                note_failure(&mut tx, id, &words, now, now + wait(before, now)).await?;
                tracing::warn!(tenant = %home.id(), connection = %id, error = words, "metadata cannot be refreshed");
                Refreshed::Failed(words)
            }
        };
        tx.commit().await?;
        Ok(refreshed)
    }

    async fn read(&self, home: &TenantHome, settings: &SamlSettings, url: &str) -> Result<IdpMetadata, String> {
        let fetched = self.fetcher.get(url).await.map_err(|error| error.to_string())?;
        let text = idp_metadata::text(&fetched.body).map_err(|error| error.to_string())?;
        let now = self.scribe.ambient().now();
        let expected = Some(settings.entity_id.clone());
        let read = idp_metadata::read_on_worker(home.id().0, text, expected, now, &self.fetcher).await;
        read.map_err(|error| error.to_string())
    }

    async fn take_over(
        &self,
        tx: &mut TenantTx,
        before: &Connection,
        settings: &SamlSettings,
        metadata: &IdpMetadata,
    ) -> Result<Refreshed, DbError> {
        let now = self.scribe.ambient().now();
        let after = replaced(settings, metadata);
        let stays_vouched = after == *settings || settings.metadata_url.as_deref().is_some_and(is_https);
        let value = serde_json::to_value(Protocol::Saml(after.clone())).unwrap_or_default();
        sqlx::query!(
            "UPDATE sso_connection SET settings = $3, vouched_by_owner = vouched_by_owner AND $4, refreshed_at = $5,
                 next_refresh_at = $6, refresh_error = NULL
             WHERE tenant_id = $1 AND id = $2",
            tx.tenant_id(),
            before.id.0,
            value,
            stays_vouched,
            now,
            now + EVERY
        )
        .execute(&mut *tx)
        .await?;
        if after == *settings {
            return Ok(Refreshed::Unchanged);
        }
        let act = Act::by_system(Action::SsoMetadataRefreshed)
            .on("sso_connection", before.id.to_string(), &before.name)
            .change(told(settings), told(&after));
        audit::record(tx, &self.scribe, act).await?;
        tracing::info!(tenant = %tx.home().id(), connection = %before.id, "changed metadata was taken over");
        Ok(Refreshed::Changed)
    }
}

/// A connection whose metadata is fetched, its settings, and from where.
fn fetched(connection: &Connection) -> Option<(&Connection, &SamlSettings, &str)> {
    match &connection.protocol {
        Protocol::Saml(settings) => Some((connection, settings, settings.metadata_url.as_deref()?)),
        Protocol::Oidc(_) => None,
    }
}

/// The settings with what metadata says. It has a certificate, or it would not have been read.
fn replaced(settings: &SamlSettings, metadata: &IdpMetadata) -> SamlSettings {
    SamlSettings {
        sign_on_redirect: metadata.sign_on_redirect.clone(),
        sign_on_post: metadata.sign_on_post.clone(),
        logout_redirect: metadata.logout_redirect.clone(),
        logout_response: metadata.logout_response.clone(),
        logout_post: metadata.logout_post.clone(),
        certificates: metadata.certificates.iter().map(certificate::CertificateInfo::base64).collect(),
        ..settings.clone()
    }
}

fn is_https(url: &str) -> bool {
    url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"))
}

/// What may change, as the audit log tells it: certificates by their fingerprints.
fn told(settings: &SamlSettings) -> serde_json::Value {
    let fingerprints: Vec<_> = settings
        .certificates
        .iter()
        .map(|text| certificate::parse(text).map_or_else(|_| "unreadable".to_owned(), |read| read.fingerprint_text()))
        .collect();
    serde_json::json!({
        "certificates": fingerprints,
        "sign_on_redirect": settings.sign_on_redirect,
        "sign_on_post": settings.sign_on_post,
        "logout_redirect": settings.logout_redirect,
        "logout_response": settings.logout_response,
        "logout_post": settings.logout_post,
    })
}

/// As long again as it has not worked: a quarter of an hour at first, half a day at most.
fn wait(connection: &Connection, now: OffsetDateTime) -> Duration {
    let worked = connection.refreshed_at.unwrap_or(connection.protocol_changed_at);
    (now - (worked + EVERY)).clamp(FIRST_WAIT, EVERY)
}

/// Takes the connections of the tenant that are on and whose metadata is due: until `leased_until` no other server does.
///
/// # Errors
/// [`DbError`].
pub(super) async fn take_due(
    tx: &mut TenantTx,
    now: OffsetDateTime,
    leased_until: OffsetDateTime,
) -> Result<Vec<ConnectionId>, DbError> {
    let ids = sqlx::query_scalar!(
        "UPDATE sso_connection SET next_refresh_at = $3
         WHERE tenant_id = $1 AND state = 'on' AND kind = 'saml' AND settings ->> 'metadata_url' IS NOT NULL
             AND (next_refresh_at IS NULL OR next_refresh_at <= $2)
         RETURNING id",
        tx.tenant_id(),
        now,
        leased_until
    )
    .fetch_all(tx)
    .await?;
    Ok(ids.into_iter().map(ConnectionId).collect())
}

async fn lock(tx: &mut TenantTx, id: ConnectionId) -> Result<(), DbError> {
    sqlx::query!("SELECT id FROM sso_connection WHERE tenant_id = $1 AND id = $2 FOR UPDATE", tx.tenant_id(), id.0)
        .fetch_optional(tx)
        .await?;
    Ok(())
}

async fn note_failure(
    tx: &mut TenantTx,
    id: ConnectionId,
    words: &str,
    now: OffsetDateTime,
    next: OffsetDateTime,
) -> Result<(), DbError> {
    sqlx::query!(
        "UPDATE sso_connection SET refresh_error = $3, next_refresh_at = $4, updated_at = $5
         WHERE tenant_id = $1 AND id = $2",
        tx.tenant_id(),
        id.0,
        words,
        next,
        now
    )
    .execute(tx)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_keeps_an_owners_word() {
        assert!(is_https("https://idp.example/metadata") && is_https("HTTPS://idp.example/"));
        for other in ["http://127.0.0.1/", "https:/x", "https", "", "xhttps://a/"] {
            assert!(!is_https(other), "{other}");
        }
    }
}
