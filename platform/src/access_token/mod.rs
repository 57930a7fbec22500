//! Access tokens: what an API key is exchanged for, where a program should not carry the key about (RFC 6749, section 4.4;
//! RFC 9068).
//!
//! A token is good for ten minutes and says who, in which tenant, and for what. It is signed, so it is known to be ours
//! before the database is asked; and it names its key, which is then read in the transaction of the work: what became of
//! the key and its owner since counts at once. See [`api_key`](crate::access::api_key).

mod jws;
mod signing_keys;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

pub use signing_keys::{Rotation, SigningError, SigningKeys, reseal};

use crate::{access::api_key::ApiKeyId, ambient::Ambient, id::TenantId};

/// For how long a token is good.
pub const LIFE: Duration = Duration::minutes(10);
/// How far the clocks of two servers may be apart.
const SKEW: Duration = Duration::seconds(30);

/// A token whose signature, time and audience were found good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// The tenant that it is of.
    pub tenant: TenantId,
    /// The key that it was got with.
    pub key: ApiKeyId,
    /// The names of the permissions that it is for.
    pub scope: Vec<String>,
}

/// Who makes tokens, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// The origin of the apex.
    pub origin: String,
}

impl Issuer {
    /// What tokens are for: the API of this installation.
    pub fn audience(&self) -> String {
        format!("{}/api/v1", self.origin)
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    sub: ApiKeyId,
    client_id: ApiKeyId,
    tenant: TenantId,
    jti: String,
    iat: i64,
    exp: i64,
    scope: String,
}

impl Claims {
    fn of(token: &AccessToken, issuer: &Issuer, ambient: &Ambient) -> Self {
        let now = ambient.now().unix_timestamp();
        Self {
            iss: issuer.origin.clone(),
            aud: issuer.audience(),
            sub: token.key,
            client_id: token.key,
            tenant: token.tenant,
            jti: ambient.uuid().to_string(),
            iat: now,
            exp: now + LIFE.whole_seconds(),
            scope: token.scope.join(" "),
        }
    }

    /// What they say, if it is for us and now.
    fn read(self, issuer: &Issuer, now: OffsetDateTime) -> Option<AccessToken> {
        let now = now.unix_timestamp();
        let is_good = self.iss == issuer.origin
            && self.aud == issuer.audience()
            && self.sub == self.client_id
            && self.exp > now
            && self.iat <= now + SKEW.whole_seconds()
            && self.exp - self.iat <= LIFE.whole_seconds();
        is_good.then(|| AccessToken {
            tenant: self.tenant,
            key: self.client_id,
            scope: self.scope.split(' ').filter(|name| !name.is_empty()).map(ToOwned::to_owned).collect(),
        })
    }
}
