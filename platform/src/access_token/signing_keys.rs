//! The keys that tokens are signed with: from the database, sealed there, remembered for a while, and changed in time.

use std::sync::{Arc, PoisonError, RwLock};

use openssl::{
    ec::EcKey,
    error::ErrorStack,
    pkey::{Private, Public},
};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::{AccessToken, Claims, Issuer, LIFE, jws};
use crate::{
    ambient::Ambient,
    db::{ControlTx, Database, DbError},
    secrets::{Sealed, SecretError, SecretKeys},
};

/// For how long keys are remembered.
const REMEMBERED: Duration = Duration::seconds(30);
/// How often the database is asked for a key that is not known: strangers can name any.
const ASKED_AGAIN: Duration = Duration::seconds(5);
/// For how long a key is published before it signs, so that others who keep a copy of the list know it by then.
const AHEAD: Duration = Duration::minutes(10);
/// For how long a key that has a follower is good: it signs until that begins to, and then its tokens end.
const FAREWELL: Duration = Duration::hours(1);
const _: () = assert!(AHEAD.whole_seconds() + LIFE.whole_seconds() < FAREWELL.whole_seconds());

/// Why a token can be neither made nor read.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// `PostgreSQL` refused or failed.
    #[error(transparent)]
    Database(#[from] DbError),
    /// A key does not open.
    #[error("a signing key does not open: {0}")]
    Sealed(#[from] SecretError),
    /// What OpenSSL said.
    #[error("a signing key cannot be used: {0}")]
    Key(#[from] ErrorStack),
    /// There is no key, although one was just made.
    #[error("there is no signing key")]
    None,
}

impl From<sqlx::Error> for SigningError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

/// When there is to be a new key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// When the newest is older than that.
    WhenOlderThan(Duration),
    /// Now; what was signed stays good until it ends.
    Now,
    /// Now, and what was signed is refused from now on: a key is known to somebody.
    AtOnce,
}

/// Signs tokens, and tells which are ours. Cheap to clone; all clones share the memory.
#[derive(Clone)]
pub struct SigningKeys {
    database: Database,
    secrets: Arc<SecretKeys>,
    ambient: Ambient,
    issuer: Issuer,
    remembered: Arc<RwLock<Option<Arc<Loaded>>>>,
}

struct Loaded {
    at: OffsetDateTime,
    /// The newest first.
    keys: Vec<Key>,
}

struct Key {
    kid: String,
    point: Vec<u8>,
    public: EcKey<Public>,
    private: EcKey<Private>,
    created_at: OffsetDateTime,
}

impl SigningKeys {
    /// Those in the database.
    pub fn new(database: Database, secrets: Arc<SecretKeys>, ambient: Ambient, issuer: Issuer) -> Self {
        Self { database, secrets, ambient, issuer, remembered: Arc::default() }
    }

    /// A signed token. Makes the first key where there is none.
    ///
    /// # Errors
    /// [`SigningError`].
    pub async fn issue(&self, token: &AccessToken) -> Result<String, SigningError> {
        let mut loaded = self.load(REMEMBERED).await?;
        if loaded.keys.is_empty() {
            // Where another server makes the first at this moment, that one is enough.
            self.rotate(Rotation::WhenOlderThan(AHEAD)).await?;
            loaded = self.load(Duration::ZERO).await?;
        }
        let key = loaded.signing(self.ambient.now()).ok_or(SigningError::None)?;
        Ok(jws::write(&key.kid, &key.private, &Claims::of(token, &self.issuer, &self.ambient))?)
    }

    /// What a token says, if it is ours, for us, and still good.
    ///
    /// # Errors
    /// [`SigningError`].
    pub async fn read(&self, text: &str) -> Result<Option<AccessToken>, SigningError> {
        let Some(token) = jws::read(text) else { return Ok(None) };
        let mut loaded = self.load(REMEMBERED).await?;
        if loaded.of(&token.kid).is_none() {
            loaded = self.load(ASKED_AGAIN).await?;
        }
        let claims = loaded.of(&token.kid).and_then(|key| token.claims::<Claims>(&key.public));
        Ok(claims.and_then(|claims| claims.read(&self.issuer, self.ambient.now())))
    }

    /// The public keys as a JSON Web Key Set (RFC 7517).
    ///
    /// # Errors
    /// [`SigningError`].
    pub async fn jwks(&self) -> Result<Value, SigningError> {
        let loaded = self.load(REMEMBERED).await?;
        let keys: Vec<_> = loaded.keys.iter().map(|key| jws::jwk(&key.kid, &key.point)).collect();
        Ok(json!({ "keys": keys }))
    }

    /// Makes a new key. `None` where that is not due; else the key's name.
    ///
    /// # Errors
    /// [`SigningError`].
    pub async fn rotate(&self, rotation: Rotation) -> Result<Option<String>, SigningError> {
        let now = self.ambient.now();
        let (unless_since, others_until) = match rotation {
            Rotation::WhenOlderThan(age) => (now - age, now + FAREWELL),
            Rotation::Now => (now + FAREWELL, now + FAREWELL),
            Rotation::AtOnce => (now + FAREWELL, now),
        };
        let pair = jws::generate()?;
        let kid = jws::thumbprint(&pair.public);
        let private = self.secrets.seal(&context(&kid), &pair.private, &self.ambient);
        let mut control = self.database.control().await?;
        let is_made = sqlx::query_scalar!(
            r#"SELECT control.add_signing_key($1, $2, $3, $4, $5, $6) AS "is_made!""#,
            kid,
            pair.public,
            private.as_bytes(),
            now,
            unless_since,
            others_until
        )
        .fetch_one(&mut control)
        .await?;
        control.commit().await?;
        *self.remembered.write().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(is_made.then_some(kid))
    }

    /// Makes a new key whenever the newest is older than `age`. Runs until it is dropped; several servers may.
    pub async fn keep(self, age: Duration) {
        loop {
            match self.rotate(Rotation::WhenOlderThan(age)).await {
                Ok(Some(kid)) => tracing::info!(kid, "there is a new key for access tokens"),
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "the keys for access tokens could not be looked after"),
            }
            tokio::time::sleep(std::time::Duration::from_hours(1)).await;
        }
    }

    /// The keys, as they were at most `age` ago.
    async fn load(&self, age: Duration) -> Result<Arc<Loaded>, SigningError> {
        let now = self.ambient.now();
        let remembered = self.remembered.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(loaded) = remembered.filter(|loaded| now - loaded.at < age) {
            return Ok(loaded);
        }
        let mut control = self.database.control().await?;
        let keys = self.select(&mut control, now).await?;
        control.commit().await?;
        let loaded = Arc::new(Loaded { at: now, keys });
        *self.remembered.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&loaded));
        Ok(loaded)
    }

    async fn select(&self, control: &mut ControlTx, now: OffsetDateTime) -> Result<Vec<Key>, SigningError> {
        let rows = sqlx::query!(
            r#"SELECT kid AS "kid!", public_key AS "public_key!", private_key AS "private_key!",
                   created_at AS "created_at!"
               FROM control.signing_keys($1)"#,
            now
        )
        .fetch_all(control)
        .await?;
        rows.into_iter()
            .map(|row| {
                let private = self.secrets.open(&context(&row.kid), &Sealed::from_bytes(row.private_key))?;
                Ok(Key {
                    public: jws::public_key(&row.public_key)?,
                    private: jws::private_key(&private)?,
                    kid: row.kid,
                    point: row.public_key,
                    created_at: row.created_at,
                })
            })
            .collect()
    }
}

impl std::fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKeys(…)")
    }
}

impl Loaded {
    fn of(&self, kid: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.kid == kid)
    }

    /// The newest that others know by now; or else the oldest.
    fn signing(&self, now: OffsetDateTime) -> Option<&Key> {
        self.keys.iter().find(|key| key.created_at + AHEAD <= now).or(self.keys.last())
    }
}

/// Seals the keys with the current master key, where another sealed them. Answers how many that were.
///
/// # Errors
/// [`SigningError`].
pub async fn reseal(database: &Database, ambient: &Ambient, secrets: &SecretKeys) -> Result<usize, SigningError> {
    let mut control = database.control().await?;
    let rows = sqlx::query!(
        r#"SELECT kid AS "kid!", private_key AS "private_key!" FROM control.signing_keys($1)"#,
        ambient.now()
    )
    .fetch_all(&mut control)
    .await?;
    let mut count = 0;
    for row in rows {
        let sealed = Sealed::from_bytes(row.private_key);
        if let Some(sealed) = secrets.reseal(&context(&row.kid), &sealed, ambient)? {
            sqlx::query!("SELECT control.reseal_signing_key($1, $2)", row.kid, sealed.as_bytes())
                .execute(&mut control)
                .await?;
            count += 1;
        }
    }
    control.commit().await?;
    Ok(count)
}

fn context(kid: &str) -> String {
    format!("signing-key/{kid}")
}
