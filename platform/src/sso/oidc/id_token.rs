//! What an ID token says, checked (`OpenID` Connect Core 1.0, section 3.1.3.7).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use openidconnect::JsonWebKey as _;
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use super::{
    CLOCK_SKEW,
    jws::Verified,
    quote::quoted,
    token_claims::{self, instant, length, text},
};
use crate::sso::{OidcSettings, Purpose, Reason, Refused, Report, flow::Flow};

/// How old “just now” is, where somebody shows again that it is them: they may take a moment to consent.
const FRESH: Duration = Duration::minutes(5);
/// Most characters of a subject, as kept in the database.
const SUBJECT: usize = 1024;

pub(super) fn check(
    token: &Verified,
    settings: &OidcSettings,
    flow: &Flow,
    access_token: &str,
    now: OffsetDateTime,
    report: &mut Report,
) -> Result<(), Refused> {
    let claims = &token.claims;
    token_claims::issuer(claims, settings, report)?;
    token_claims::audience(claims, settings, report)?;
    token_claims::times(claims, now, report)?;
    nonce(claims, flow, report)?;
    access_token_hash(token, access_token, report)?;
    subject(claims, report)?;
    if flow.purpose == Purpose::Confirm {
        fresh(claims, now, report)?;
    }
    Ok(())
}

fn nonce(claims: &Map<String, Value>, flow: &Flow, report: &mut Report) -> Result<(), Refused> {
    let found = claims.get("nonce").and_then(Value::as_str);
    let wrong = if found.is_none() {
        "It holds no nonce, though one was sent: it was not made for this sign-in."
    } else {
        "Its nonce is another than the one that was sent: it was made for another sign-in."
    };
    let holds = !flow.nonce.is_empty() && found == Some(flow.nonce.as_str());
    report.check("Nonce", holds, "Its nonce is the one that was sent.", Reason::Nonce, wrong)
}

/// `at_hash` (section 3.1.3.6) ties the access token, with which the userinfo endpoint is asked, to the ID token.
fn access_token_hash(token: &Verified, access_token: &str, report: &mut Report) -> Result<(), Refused> {
    let Some(found) = token.claims.get("at_hash") else { return Ok(()) };
    let hash = token.key.hash_bytes(access_token.as_bytes(), &token.algorithm).unwrap_or_default();
    let expected = BASE64URL.encode(&hash[..hash.len() / 2]);
    let holds = !hash.is_empty() && found.as_str() == Some(expected.as_str());
    let wrong = "The access token is not the one that the ID token was made with (at_hash).";
    report.check("Access token", holds, "The access token belongs to the ID token (at_hash).", Reason::Signature, wrong)
}

fn subject(claims: &Map<String, Value>, report: &mut Report) -> Result<(), Refused> {
    let found = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
    let holds = !found.is_empty() && found.chars().count() <= SUBJECT && !found.chars().any(char::is_control);
    let wrong = format!(
        "It does not say who it is: sub has to be a text of 1 to {SUBJECT} characters, none of them a control."
    );
    report.check("Subject", holds, format!("It is {} (sub).", quoted(found)), Reason::Subject, wrong)
}

/// `max_age` was asked for, so `auth_time` has to be there (section 3.1.2.1).
fn fresh(claims: &Map<String, Value>, now: OffsetDateTime, report: &mut Report) -> Result<(), Refused> {
    let Some(at) = instant(claims, "auth_time") else {
        let words = "It does not say when the person showed credentials (auth_time), which was asked for (max_age=0).";
        return Err(report.refuse("Credentials shown again", Reason::Stale, words));
    };
    let right = format!("The person showed credentials at {}.", text(at));
    let wrong = format!(
        "The person showed credentials at {}, {} ago, and was asked to do so again just now (prompt=login).",
        text(at),
        length(now - at)
    );
    let holds = now - at <= FRESH + CLOCK_SKEW && at <= now + CLOCK_SKEW;
    report.check("Credentials shown again", holds, right, Reason::Stale, wrong)
}
