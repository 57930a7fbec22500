//! Whether a webhook comes from Stripe: `Stripe-Signature: t=1700000000,v1=5257a8…,v1=…`, where `v1` is the HMAC-SHA256 of
//! `t`, a full stop and the body as it came, under the endpoint's secret.

use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use time::{Duration, OffsetDateTime};

use crate::hex;

/// How far its time may lie from ours, either way: longer than any delivery takes, too short to use a copy again later.
pub const TOLERANCE: Duration = Duration::minutes(5);
/// Signatures that are looked at, at most: Stripe sends one for each secret that is good.
const MOST: usize = 8;

/// Why a webhook is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The header is not there or is none of Stripe's.
    #[error("the Stripe-Signature header is missing or cannot be read")]
    Unreadable,
    /// It is too old, or of a time to come.
    #[error("the signature is of another time")]
    Stale,
    /// None of its signatures is that of the body.
    #[error("the signature does not fit")]
    Forged,
}

/// Checks a webhook against the secrets, any of which may have signed it.
///
/// # Errors
/// [`SignatureError`].
pub fn verify(header: &str, body: &[u8], secrets: &[String], now: OffsetDateTime) -> Result<(), SignatureError> {
    let (mut time, mut signatures) = (None, Vec::new());
    for part in header.split(',') {
        match part.trim().split_once('=') {
            Some(("t", digits)) if time.is_none() => time = Some(digits),
            // With two times it would not be clear which one is signed.
            Some(("t", _)) => return Err(SignatureError::Unreadable),
            Some(("v1", digits)) if signatures.len() < MOST => {
                signatures.extend(hex::decode(digits).filter(|signature| signature.len() == 32));
            }
            _ => {}
        }
    }
    let time = time.filter(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
    let time = time.ok_or(SignatureError::Unreadable)?;
    let seconds: i64 = time.parse().map_err(|_| SignatureError::Unreadable)?;
    if signatures.is_empty() {
        return Err(SignatureError::Unreadable);
    }
    let is_right = secrets
        .iter()
        .any(|secret| signatures.iter().any(|signature| mac(secret, time, body).verify_slice(signature).is_ok()));
    if !is_right {
        return Err(SignatureError::Forged);
    }
    if now.unix_timestamp().abs_diff(seconds) > TOLERANCE.whole_seconds().unsigned_abs() {
        return Err(SignatureError::Stale);
    }
    Ok(())
}

/// Signs a body as Stripe does, for tests of what takes it.
pub fn sign(secret: &str, body: &[u8], now: OffsetDateTime) -> String {
    let time = now.unix_timestamp().to_string();
    let signature = hex::encode(&mac(secret, &time, body).finalize().into_bytes());
    format!("t={time},v1={signature}")
}

fn mac(secret: &str, time: &str, body: &[u8]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length");
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

    fn check(header: &str, body: &[u8], now: OffsetDateTime) -> Result<(), SignatureError> {
        verify(header, body, &["whsec_old".to_owned(), "whsec_new".to_owned()], now)
    }

    #[test]
    fn what_stripe_signed_is_taken_for_five_minutes() {
        for secret in ["whsec_old", "whsec_new"] {
            let header = sign(secret, b"{}", NOW);
            assert_eq!(check(&header, b"{}", NOW), Ok(()));
            assert_eq!(check(&header, b"{}", NOW + Duration::minutes(5)), Ok(()));
            assert_eq!(check(&header, b"{}", NOW - Duration::minutes(5)), Ok(()));
            assert_eq!(check(&header, b"{}", NOW + Duration::seconds(301)), Err(SignatureError::Stale));
            assert_eq!(check(&header, b"{}", NOW - Duration::seconds(301)), Err(SignatureError::Stale));
        }
    }

    #[test]
    fn of_several_signatures_one_is_enough() {
        let good = sign("whsec_new", b"{}", NOW);
        let (time, signature) = good.split_once(',').unwrap();
        let header = format!("{time},v1={},v0=1234,{signature}", "0".repeat(64));
        assert_eq!(check(&header, b"{}", NOW), Ok(()));
    }

    #[test]
    fn everything_else_is_refused() {
        let good = sign("whsec_new", b"{}", NOW);
        let forged = Err(SignatureError::Forged);
        assert_eq!(check(&good, b"{ }", NOW), forged);
        assert_eq!(check(&sign("whsec_other", b"{}", NOW), b"{}", NOW), forged);
        // The time is part of what is signed.
        let later =
            good.replacen(&format!("t={}", NOW.unix_timestamp()), &format!("t={}", NOW.unix_timestamp() + 9), 1);
        assert_eq!(check(&later, b"{}", NOW), forged);
        let (time, signature) = good.split_once(',').unwrap();
        for unreadable in [
            String::new(),
            time.to_owned(),
            signature.to_owned(),
            format!("{time},{time},{signature}"),
            format!("t=,{signature}"),
            format!("t=-5,{signature}"),
            format!("t=99999999999999999999,{signature}"),
            format!("{time},v1=ä{}", "0".repeat(62)),
            format!("{time},v1=1234"),
        ] {
            assert_eq!(check(&unreadable, b"{}", NOW), Err(SignatureError::Unreadable), "{unreadable}");
        }
    }
}
