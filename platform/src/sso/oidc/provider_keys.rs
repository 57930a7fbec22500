//! The keys of a provider (RFC 7517): fetched, remembered, and fetched again when a token names one that is not among
//! them, at most once a minute.

use std::sync::Arc;

use openidconnect::{
    JsonWebKey as _, JsonWebKeyAlgorithm, JsonWebKeyUse, JwsSigningAlgorithm as _,
    core::{CoreJsonWebKey, CoreJwsSigningAlgorithm},
};
use serde_json::Value;
use time::Duration;
use uuid::Uuid;

use super::{Discovered, KEPT, Kept, OidcClient, discovery, quote::quoted};
use crate::sso::{Reason, Refused, Report};

/// Keys of a provider at most. Those of the largest have ten.
const MOST: usize = 100;
/// How long is waited between two fetches on account of unknown keys.
const PAUSE: Duration = Duration::minutes(1);
/// Most bytes of all of them. Those of the largest providers have some thousands.
const LENGTH: usize = 128 * 1024;
/// Most bytes of a key's name.
const NAME_LENGTH: usize = 256;
/// The weakest RSA key (RFC 7518, section 3.3).
const RSA_BITS: usize = 2048;
/// The longest. Longer ones cannot be computed with, and would only take space.
const MOST_RSA_BITS: usize = 4096;

/// The keys of a provider that can check signatures.
#[derive(Debug, Clone)]
pub(super) struct ProviderKeys {
    keys: Vec<CoreJsonWebKey>,
    /// Bytes of what they were read from.
    length: usize,
}

impl ProviderKeys {
    /// About how many bytes they take.
    pub(super) fn weight(&self) -> usize {
        self.length + self.keys.len() * size_of::<CoreJsonWebKey>()
    }

    /// The keys that can have made a signature: of the algorithm's type, for signatures, and of the name `kid` where the
    /// token says one. Keys without a name may be any.
    pub(super) fn fitting(
        &self,
        algorithm: &CoreJwsSigningAlgorithm,
        kid: Option<&str>,
    ) -> impl Iterator<Item = &CoreJsonWebKey> {
        self.keys.iter().filter(move |key| {
            let named = match (kid, key.key_id()) {
                (Some(wanted), Some(own)) => own.as_str() == wanted,
                _ => true,
            };
            let fits = match key.signing_alg() {
                JsonWebKeyAlgorithm::Unspecified => true,
                JsonWebKeyAlgorithm::Algorithm(own) => own == algorithm,
                JsonWebKeyAlgorithm::Unsupported => false,
            };
            named && fits && algorithm.key_type().as_ref() == Some(key.key_type())
        })
    }

    /// The names of the keys, for messages.
    pub(super) fn names(&self) -> String {
        let names: Vec<_> = self.keys.iter().filter_map(|key| key.key_id()).map(|kid| kid.as_str()).take(10).collect();
        if names.is_empty() { "no names".to_owned() } else { quoted(&names.join(", ")) }
    }
}

/// The keys as they are remembered, or else fetched: once, however many ask at the same time.
pub(super) async fn of(
    client: &OidcClient,
    tenant: Uuid,
    discovered: &Discovered,
    report: &mut Report,
) -> Result<Arc<Kept<ProviderKeys>>, Refused> {
    let key = (tenant, discovered.issuer.clone());
    let now = client.ambient.now();
    if client.keys.get(&key).await.is_some_and(|kept| now - kept.at >= KEPT) {
        client.keys.invalidate(&key).await;
    }
    let mut fetching = Report::default();
    let fetched = client
        .keys
        .try_get_with(key, async {
            let value = download(client, discovered, &mut fetching).await?;
            Ok::<_, Refused>(Arc::new(Kept { value, at: now }))
        })
        .await;
    let fetched_here = !fetching.steps.is_empty();
    report.steps.append(&mut fetching.steps);
    match fetched {
        Ok(kept) => Ok(kept),
        Err(refused) if fetched_here => Err(Refused::clone(&refused)),
        Err(refused) => Err(report.refuse("Keys", refused.reason, refused.words.clone())),
    }
}

/// Fetches now, and remembers.
pub(super) async fn fetch(
    client: &OidcClient,
    tenant: Uuid,
    discovered: &Discovered,
    report: &mut Report,
) -> Result<Arc<Kept<ProviderKeys>>, Refused> {
    let value = download(client, discovered, report).await?;
    let kept = Arc::new(Kept { value, at: client.ambient.now() });
    client.keys.insert((tenant, discovered.issuer.clone()), Arc::clone(&kept)).await;
    Ok(kept)
}

/// Other keys than `seen`, where there are such: somebody else may have fetched them, and otherwise they are fetched,
/// unless that was done within the last minute. Whoever makes tokens up cannot make us ask more often.
pub(super) async fn newer(
    client: &OidcClient,
    tenant: Uuid,
    discovered: &Discovered,
    seen: &Arc<Kept<ProviderKeys>>,
    report: &mut Report,
) -> Result<Option<Arc<Kept<ProviderKeys>>>, Refused> {
    let key = (tenant, discovered.issuer.clone());
    let gate = client.fetched_again.get_with(key.clone(), async { Arc::default() }).await;
    // Who comes meanwhile waits, and finds what was fetched.
    let mut last = gate.lock().await;
    if let Some(kept) = client.keys.get(&key).await
        && !Arc::ptr_eq(&kept, seen)
    {
        return Ok(Some(kept));
    }
    let now = client.ambient.now();
    if last.is_some_and(|last| now - last < PAUSE) {
        return Ok(None);
    }
    *last = Some(now);
    fetch(client, tenant, discovered, report).await.map(Some)
}

pub(super) async fn download(
    client: &OidcClient,
    discovered: &Discovered,
    report: &mut Report,
) -> Result<ProviderKeys, Refused> {
    let address = &discovered.jwks_uri;
    let fetched = match client.fetcher.get(address).await {
        Ok(fetched) => fetched,
        Err(error) => return Err(discovery::unreachable("Keys", address, &error, report)),
    };
    match read(&fetched.body) {
        Ok((keys, ignored)) => {
            let count = match keys.keys.len() {
                1 => "1 key".to_owned(),
                count => format!("{count} keys"),
            };
            let besides = if ignored == 0 { String::new() } else { format!(", beside {ignored} that cannot be used") };
            let words = format!("The provider has {count} for signatures{besides}: {}.", keys.names());
            report.passed("Keys", words);
            Ok(keys)
        }
        Err(why) => {
            let words = format!("What {} answers is no set of keys: {why}.", quoted(address));
            Err(report.refuse("Keys", Reason::ProviderAnswer, words))
        }
    }
}

/// The keys for signatures, and how many others there are.
fn read(body: &[u8]) -> Result<(ProviderKeys, usize), String> {
    if body.len() > LENGTH {
        return Err(format!("it is larger than {} KiB", LENGTH / 1024));
    }
    let mut document = discovery::object(body)?;
    let Some(Value::Array(all)) = document.remove("keys") else {
        return Err("it has no list “keys”".to_owned());
    };
    let count = all.len();
    if count > MOST {
        return Err(format!("it has {count} keys, and at most {MOST} are taken"));
    }
    let keys: Vec<_> = all.into_iter().filter_map(usable).collect();
    if keys.is_empty() {
        return Err(format!(
            "none of its {count} keys can check signatures (RSA of {RSA_BITS} bits to {MOST_RSA_BITS}, EC or Ed25519)"
        ));
    }
    let ignored = count - keys.len();
    Ok((ProviderKeys { keys, length: body.len() }, ignored))
}

fn usable(value: Value) -> Option<CoreJsonWebKey> {
    if value.get("key_ops").and_then(Value::as_array).is_some_and(|ops| !ops.iter().any(|op| op == "verify")) {
        return None;
    }
    // A symmetric key is nothing that a provider may publish.
    if value.get("kty").and_then(Value::as_str) == Some("oct") {
        return None;
    }
    if rsa_bits(&value).is_some_and(|bits| !(RSA_BITS..=MOST_RSA_BITS).contains(&bits)) {
        return None;
    }
    if value.get("kid").and_then(Value::as_str).is_some_and(|kid| kid.len() > NAME_LENGTH) {
        return None;
    }
    let key: CoreJsonWebKey = serde_json::from_value(value).ok()?;
    key.key_use().is_none_or(JsonWebKeyUse::allows_signature).then_some(key)
}

fn rsa_bits(value: &Value) -> Option<usize> {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    if value.get("kty")? != "RSA" {
        return None;
    }
    let modulus = value.get("n").and_then(Value::as_str).and_then(|n| URL_SAFE_NO_PAD.decode(n).ok());
    let modulus = modulus.unwrap_or_default();
    let first = modulus.iter().position(|byte| *byte != 0).unwrap_or(modulus.len());
    let zeros = modulus.get(first).map_or(0, |byte| byte.leading_zeros() as usize);
    Some((modulus.len() - first) * 8 - zeros)
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_bounded() {
        let rsa = |bytes: usize, kid: &str| {
            let modulus = URL_SAFE_NO_PAD.encode(vec![0xff; bytes]);
            json!({ "kty": "RSA", "n": modulus, "e": "AQAB", "kid": kid })
        };
        let set = |keys: &[Value]| read(json!({ "keys": keys }).to_string().as_bytes());
        assert!(set(&[rsa(256, "a")]).is_ok() && set(&[rsa(512, "a")]).is_ok());
        for bad in [rsa(255, "a"), rsa(513, "a"), rsa(256, &"k".repeat(257))] {
            assert!(set(&[bad]).unwrap_err().contains("none of its 1 keys"));
        }
        let padded = json!({ "keys": [rsa(256, "a")], "more": "x".repeat(LENGTH) });
        assert!(read(padded.to_string().as_bytes()).unwrap_err().contains("128 KiB"));
    }
}
