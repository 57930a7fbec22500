//! What ID tokens and logout tokens have in common: from whom, for whom, and when.

use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use super::{CLOCK_SKEW, quote::quoted};
use crate::sso::{OidcSettings, Reason, Refused, Report};

/// `iss`.
pub(super) fn issuer(claims: &Map<String, Value>, settings: &OidcSettings, report: &mut Report) -> Result<(), Refused> {
    let found = claims.get("iss").and_then(Value::as_str).unwrap_or_default();
    let right = format!("It is from {}.", settings.issuer);
    let wrong = format!("It is from {}, and not from {}.", quoted(found), settings.issuer);
    report.check("Issuer", found == settings.issuer, right, Reason::Issuer, wrong)
}

/// `aud` and `azp` (`OpenID` Connect Core 1.0, section 3.1.3.7, 3 to 5).
pub(super) fn audience(
    claims: &Map<String, Value>,
    settings: &OidcSettings,
    report: &mut Report,
) -> Result<(), Refused> {
    let ours = settings.client_id.as_str();
    let audience: Vec<&str> = match claims.get("aud") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let named = quoted(&audience.join(", "));
    let wrong = if audience.iter().all(|one| one.is_empty()) {
        format!(
            "It does not say whom it is for (aud is empty); it has to name the client ID of this connection, {}.",
            quoted(ours)
        )
    } else {
        format!("It is for {named}, and not for the client ID of this connection, {}.", quoted(ours))
    };
    let right = format!("It is for the client ID {}.", quoted(ours));
    report.check("Audience", audience.contains(&ours), right, Reason::Audience, wrong)?;
    match claims.get("azp").map(|azp| azp.as_str().unwrap_or_default()) {
        Some(party) => {
            let wrong = format!("It was given to {} (azp), and not to {}.", quoted(party), quoted(ours));
            let right = "It was given to this client (azp).";
            report.check("Authorised party", party == ours, right, Reason::Audience, wrong)
        }
        None if audience.iter().any(|other| *other != ours) => {
            let words = format!("It is for several, {named}, and does not say to whom it was given (azp).");
            Err(report.refuse("Authorised party", Reason::Audience, words))
        }
        None => Ok(()),
    }
}

/// `iat`, `nbf` and `exp`, by our clock. Answers `exp`.
///
/// A token that comes straight from the provider was made just now, so `iat` says how far the clocks are apart.
pub(super) fn times(
    claims: &Map<String, Value>,
    now: OffsetDateTime,
    report: &mut Report,
) -> Result<OffsetDateTime, Refused> {
    let (Some(issued), Some(expires)) = (instant(claims, "iat"), instant(claims, "exp")) else {
        let words = "It does not say when it was made (iat) and until when it is good (exp), in seconds since 1970.";
        return Err(report.refuse("Time", Reason::Time, words));
    };
    let begins = instant(claims, "nbf").unwrap_or(issued).max(issued);
    if begins > now + CLOCK_SKEW {
        let words = format!(
            "It is from the future: it says {}, which is {} ahead of our clock, {}. One of the two clocks is wrong; \
             {} are allowed.",
            text(begins),
            length(begins - now),
            text(now),
            length(CLOCK_SKEW)
        );
        return Err(report.refuse("Time", Reason::Time, words));
    }
    if expires <= now - CLOCK_SKEW {
        let words = format!(
            "It expired {} ago by our clock: it was made at {}, was good until {}, and it is {} now. If it was made just \
             now, the provider’s clock is {} behind ours.",
            length(now - expires),
            text(issued),
            text(expires),
            text(now),
            length(now - issued)
        );
        return Err(report.refuse("Time", Reason::Time, words));
    }
    let apart = now - issued;
    let clocks = if apart.abs() <= Duration::seconds(10) {
        "now".to_owned()
    } else if apart.is_negative() {
        format!("{} in the future by our clock", length(apart))
    } else {
        format!("{} ago by our clock", length(apart))
    };
    report.passed("Time", format!("It was made {clocks}, and is good until {}.", text(expires)));
    Ok(expires)
}

/// Seconds since 1970, which some write with a fraction.
pub(super) fn instant(claims: &Map<String, Value>, name: &str) -> Option<OffsetDateTime> {
    let number = claims.get(name)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a cast of a float saturates, and what is out of range is none"
    )]
    let seconds = number.as_i64().or_else(|| number.as_f64().map(|seconds| seconds as i64))?;
    OffsetDateTime::from_unix_timestamp(seconds).ok()
}

/// A point in time, for reading.
pub(super) fn text(at: OffsetDateTime) -> String {
    let (date, time) = (at.date(), at.time());
    format!("{date} {:02}:{:02}:{:02} UTC", time.hour(), time.minute(), time.second())
}

/// A length of time, for reading: the two largest units would say more than anybody needs.
pub(super) fn length(duration: Duration) -> String {
    let seconds = duration.abs().whole_seconds();
    let (count, unit) = match seconds {
        ..120 => (seconds, "second"),
        120..7200 => (seconds / 60, "minute"),
        7200..172_800 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lengths_read_well() {
        for (seconds, words) in
            [(1, "1 second"), (119, "119 seconds"), (-180, "3 minutes"), (7200, "2 hours"), (864_000, "10 days")]
        {
            assert_eq!(length(Duration::seconds(seconds)), words);
        }
    }

    #[test]
    fn instants_of_any_number_are_read_or_none() {
        let claims =
            json!({ "a": 1_780_000_000, "b": 1_780_000_000.7, "c": 1e300, "d": "1780000000", "e": -1e300, "f": null });
        let claims = claims.as_object().unwrap();
        assert_eq!(instant(claims, "a"), instant(claims, "b"));
        assert!(instant(claims, "a").is_some());
        for name in ["c", "d", "e", "f", "g"] {
            assert_eq!(instant(claims, name), None, "{name}");
        }
    }
}
