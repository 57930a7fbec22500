//! A provider tells that somebody signed out there (`OpenID` Connect Back-Channel Logout 1.0, section 2.6).

use serde_json::{Map, Value};
use uuid::Uuid;

use super::{CLOCK_SKEW, LogoutToken, OidcClient, claims, discovery, jws, quote::quoted, settings_of, token_claims};
use crate::sso::{Connection, Reason, Refused, Report};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// Most characters of each of its texts.
const LENGTH: usize = 1024;

pub(super) async fn read(
    client: &OidcClient,
    tenant: Uuid,
    connection: &Connection,
    token: &str,
    report: &mut Report,
) -> Result<LogoutToken, Refused> {
    let settings = settings_of(connection, report)?;
    let discovered = discovery::of(client, tenant, settings, report).await?;
    let token = jws::verify(client, tenant, &discovered, token, "logout token", report).await?;
    let claims = &token.claims;
    report.received("Logout token: claims", &claims::shown(claims));
    kind(&token.header, report)?;
    token_claims::issuer(claims, settings, report)?;
    token_claims::audience(claims, settings, report)?;
    let expires_at = token_claims::times(claims, client.ambient.now(), report)?;

    let event = claims.get("events").and_then(|events| events.get(EVENT));
    let wrong = "It is no logout token: its events do not hold that of a back-channel logout, as an object.";
    let is_logout = event.is_some_and(Value::is_object);
    report.check("Event", is_logout, "It tells of a logout.", Reason::Malformed, wrong)?;
    // Whoever has an ID token must not be able to pass it off as a logout token.
    let wrong = "It holds a nonce, which a logout token must not: it is an ID token.";
    report.check("No nonce", !claims.contains_key("nonce"), "It holds no nonce.", Reason::Forbidden, wrong)?;
    let Some(jti) = text(claims, "jti") else {
        return Err(report.refuse("Name", Reason::Malformed, "It has no name of its own (jti)."));
    };
    let (subject, sid) = (text(claims, "sub"), text(claims, "sid"));
    let wrong = "It says neither whose sessions end (sub) nor which one (sid).";
    let holds = subject.is_some() || sid.is_some();
    report.check("Who", holds, "It says whose session ends.", Reason::Subject, wrong)?;
    // It is taken for as long after its end as clocks may be apart: its use is remembered for longer than that.
    let expires_at = expires_at.saturating_add(CLOCK_SKEW * 2);
    Ok(LogoutToken { issuer: settings.issuer.clone(), jti, subject, sid, expires_at })
}

/// Section 2.4 recommends `logout+jwt`; older providers say `JWT` or nothing.
fn kind(header: &Map<String, Value>, report: &mut Report) -> Result<(), Refused> {
    let Some(typ) = header.get("typ") else { return Ok(()) };
    let typ = typ.as_str().unwrap_or_default().to_ascii_lowercase();
    let bare = typ.strip_prefix("application/").unwrap_or(&typ);
    let wrong = format!("It is a token of the type {}, not logout+jwt.", quoted(&typ));
    report.check("Type", matches!(bare, "logout+jwt" | "jwt"), "It is a logout token.", Reason::Malformed, wrong)
}

fn text(claims: &Map<String, Value>, name: &str) -> Option<String> {
    let text = claims.get(name)?.as_str()?;
    (!text.is_empty() && text.chars().count() <= LENGTH).then(|| text.to_owned())
}
