//! The browsers that somebody is signed in with, and signing them out.

use time::OffsetDateTime;

use super::{
    known_device,
    policy::Method,
    session::{self, SessionPolicy},
};
use crate::{
    access::Principal,
    audit::{self, Act, Action, Scribe},
    db::{DbError, TenantTx},
    id::SessionId,
};

/// A session, as its owner sees it.
#[derive(Debug, Clone)]
pub struct SignedInDevice {
    /// The session.
    pub session: SessionId,
    /// The browser and the system it runs on, in words.
    pub name: String,
    /// The network address that it signed in from.
    pub address: String,
    /// How; none: a way that this program does not know.
    pub method: Option<Method>,
    /// When.
    pub signed_in_at: OffsetDateTime,
    /// When it was last seen, to the minute.
    pub last_seen_at: OffsetDateTime,
}

/// Every live session of the person, the one that was seen last first.
///
/// # Errors
/// [`DbError`].
pub async fn list(
    tx: &mut TenantTx,
    scribe: &Scribe,
    policy: SessionPolicy,
    person: &Principal,
) -> Result<Vec<SignedInDevice>, DbError> {
    let now = scribe.ambient().now();
    // The tenant's own limits are the shorter ones.
    let rows = sqlx::query!(
        "SELECT s.id, s.user_agent, s.address, s.method, s.created_at, s.last_seen_at
         FROM session s
         LEFT JOIN sign_in_policy p ON p.tenant_id = s.tenant_id
         WHERE s.tenant_id = $1 AND s.account_id = $2 AND s.expires_at > $3 AND s.last_seen_at > $4
           AND s.last_seen_at > $3 - make_interval(mins => coalesce(p.idle_minutes, 100000000))
           AND s.created_at > $3 - make_interval(hours => coalesce(p.lifetime_hours, 10000000))
         ORDER BY s.last_seen_at DESC, s.id",
        tx.tenant_id(),
        person.account.0,
        now,
        now - policy.idle
    )
    .fetch_all(tx)
    .await?;
    let devices = rows.into_iter().map(|row| SignedInDevice {
        session: SessionId(row.id),
        name: in_words(&row.user_agent),
        address: row.address,
        method: Method::parse(&row.method),
        signed_in_at: row.created_at,
        last_seen_at: row.last_seen_at,
    });
    Ok(devices.collect())
}

/// Ends one session of the person; its browser counts as new the next time. `false`: the person has no such session.
///
/// # Errors
/// [`DbError`].
pub async fn end(tx: &mut TenantTx, scribe: &Scribe, person: &Principal, id: SessionId) -> Result<bool, DbError> {
    let ended = sqlx::query!(
        "DELETE FROM session WHERE tenant_id = $1 AND account_id = $2 AND id = $3
         RETURNING user_agent, address, device_hash",
        tx.tenant_id(),
        person.account.0,
        id.0
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = ended else { return Ok(false) };
    if let Some(hash) = row.device_hash.filter(|_| Some(id) != person.session_id()) {
        known_device::forget(tx, scribe.ambient(), person.account, Some(&hash)).await?;
    }
    let act = Act::by(person, Action::SessionEnded).on("session", id.to_string(), in_words(&row.user_agent));
    audit::record(tx, scribe, act.change(serde_json::json!({ "address": row.address }), ())).await?;
    Ok(true)
}

/// Ends every session of the person but the present one; all other browsers count as new the next time. Answers how many
/// ended.
///
/// # Errors
/// [`DbError`].
pub async fn end_others(
    tx: &mut TenantTx,
    scribe: &Scribe,
    person: &Principal,
    here: &known_device::DeviceToken,
) -> Result<u64, DbError> {
    let ambient = scribe.ambient();
    let ended = session::end_all(tx, person.account, person.session_id()).await?;
    let is_known = known_device::is_known(tx, person.account, here).await?;
    known_device::forget(tx, ambient, person.account, None).await?;
    if is_known {
        known_device::meet(tx, ambient, person.account, here).await?;
    }
    let act = Act::by(person, Action::SessionEnded).on("account", person.account.to_string(), &person.email);
    let act = act.change((), serde_json::json!({ "sessions_ended": ended })).because("Signed out everywhere else.");
    audit::record(tx, scribe, act).await?;
    Ok(ended)
}

/// What a browser says of itself, in words: "Firefox on Windows". Browsers say more than is true; the order is what
/// tells them apart.
pub fn in_words(user_agent: &str) -> String {
    let first = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    let browser = first(&[
        ("Edg/", "Edge"),
        ("EdgA/", "Edge"),
        ("EdgiOS/", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Vivaldi/", "Vivaldi"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("HeadlessChrome/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Version/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = first(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("CrOS", "ChromeOS"),
        ("Macintosh", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => format!("A browser on {system}"),
        (None, None) => "An unknown device".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_apart() {
        for (user_agent, words) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 \
                 Safari/537.36",
                "Chrome on Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 \
                 Safari/537.36 Edg/130.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/18.0 Safari/605.1.15",
                "Safari on macOS",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile \
                 Safari/537.36",
                "Chrome on Android",
            ),
            ("curl/8.9.1", "curl"),
            ("", "An unknown device"),
        ] {
            assert_eq!(in_words(user_agent), words);
        }
    }
}
