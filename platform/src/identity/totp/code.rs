//! Secrets and codes, wherever they are kept.

use time::Duration;
use totp_rs::{Builder, Secret, Totp, TotpError};

use crate::{
    ambient::Ambient,
    db::DbError,
    secrets::{Sealed, SecretError, SecretKeys},
};

/// Bytes of a secret: 160 bits, as RFC 4226, section 4, recommends.
pub(crate) const SECRET_LENGTH: usize = 20;
/// How long a secret that was shown waits for its first code.
pub(crate) const PENDING_FOR: Duration = Duration::hours(1);

/// Why codes could not be made or checked.
#[derive(Debug, thiserror::Error)]
pub enum TotpFailure {
    /// The stored secret does not open.
    #[error("the secret of an authenticator app does not open: {0}")]
    Secret(#[from] SecretError),
    /// The stored secret is not one.
    #[error("the secret of an authenticator app cannot be used: {0}")]
    Unusable(TotpError),
    /// PostgreSQL refused or failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<sqlx::Error> for TotpFailure {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

/// What a person needs to set up their app. Its `Debug` form does not show it.
pub struct Enrolment {
    /// The address in the QR code: `otpauth://totp/…`.
    pub uri: String,
    /// The secret for typing, in base 32 and groups of four.
    pub groups: String,
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolment(…)")
    }
}

/// Whose app it is, as the app shows it.
#[derive(Debug, Clone, Copy)]
pub struct Label<'a> {
    /// What the workspace is called.
    pub issuer: &'a str,
    /// The person's email address.
    pub account: &'a str,
}

/// What a person needs to set up the app with a sealed secret.
pub(crate) fn enrolment(
    keys: &SecretKeys,
    context: &str,
    sealed: &Sealed,
    label: Label<'_>,
) -> Result<Enrolment, TotpFailure> {
    let totp = open(keys, context, sealed, Some(label))?;
    let secret = totp.secret().to_base32();
    let letters: Vec<char> = secret.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    Ok(Enrolment { uri: totp.to_url().map_err(TotpFailure::Unusable)?, groups: groups.join(" ") })
}

/// Opens a secret that was sealed for the place that `context` names.
pub(crate) fn open(
    keys: &SecretKeys,
    context: &str,
    sealed: &Sealed,
    label: Option<Label<'_>>,
) -> Result<Totp, TotpFailure> {
    let secret = keys.open(context, sealed)?;
    let mut builder = Builder::new().with_secret(Secret::from(secret));
    if let Some(Label { issuer, account }) = label {
        // A colon stands between the two in the address.
        builder = builder.with_issuer(Some(issuer.replace(':', " "))).with_account_name(account.replace(':', " "));
    }
    builder.build().map_err(TotpFailure::Unusable)
}

/// The time step whose code this is: the present one, the one before or the one after, for clocks are not exact and
/// people type slowly.
pub(crate) fn matching_step(totp: &Totp, ambient: &Ambient, typed: &str) -> Option<i64> {
    // Apps show "123 456".
    let digits: String = typed.chars().filter(|sign| !sign.is_whitespace()).collect();
    let seconds = u64::try_from(ambient.now().unix_timestamp()).ok()?;
    totp.check(&digits, seconds).and_then(|step| i64::try_from(step).ok())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use time::OffsetDateTime;

    use super::*;
    use crate::ambient::{FixedClock, SystemEntropy};

    fn totp(digits: u8) -> Totp {
        Builder::new().with_secret(*b"12345678901234567890").with_digits(digits).build().unwrap()
    }

    fn at(seconds: i64) -> Ambient {
        let now = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
        Ambient::new(Arc::new(FixedClock::new(now)), SystemEntropy)
    }

    #[test]
    fn codes_are_those_of_rfc_6238_appendix_b() {
        for (seconds, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(matching_step(&totp(8), &at(seconds), code), Some(seconds / 30));
            // Six digits are the last six of eight.
            assert_eq!(matching_step(&totp(6), &at(seconds), &code[2..]), Some(seconds / 30));
        }
    }

    #[test]
    fn a_clock_may_be_half_a_minute_off_and_no_more() {
        let code = "287082";
        for (seconds, accepted) in [(29, true), (59, true), (89, true), (90, false), (119, false)] {
            assert_eq!(matching_step(&totp(6), &at(seconds), code).is_some(), accepted, "at {seconds}");
        }
    }

    #[test]
    fn codes_are_read_as_people_type_them() {
        for good in ["287082", "287 082", " 287082\n"] {
            assert_eq!(matching_step(&totp(6), &at(59), good), Some(1), "{good:?}");
        }
        for bad in ["", "287083", "28708", "2870820", "+87082", "२८७०८२", "287-082"] {
            assert_eq!(matching_step(&totp(6), &at(59), bad), None, "{bad:?}");
        }
    }

    #[test]
    fn what_the_app_is_shown_can_be_read_by_it() {
        let keys = SecretKeys::parse([SecretKeys::new_entry(&at(0)).as_str()]).unwrap();
        let sealed = keys.seal("here", b"12345678901234567890", &at(0));
        let label = Label { issuer: "Acme: Tools & Söhne", account: "olga+work@acme.test" };
        let uri = open(&keys, "here", &sealed, Some(label)).unwrap().to_url().unwrap();
        assert_eq!(
            uri,
            "otpauth://totp/Acme%20%20Tools%20%26%20S%C3%B6hne:olga%2Bwork%40acme.test\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme%20%20Tools%20%26%20S%C3%B6hne"
        );
        assert!(open(&keys, "there", &sealed, None).is_err());
    }
}
