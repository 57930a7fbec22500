//! Switching connections on and off, and the test that has to pass before.

use serde_json::json;

use super::{Connection, ConnectionError, ConnectionId, find::find_locked};
use crate::{
    ambient::Ambient,
    audit::{self, Action, Scribe},
    db::{DbError, TenantTx},
    plan::Feature,
    sso::{editor::Editor, ways_in},
};

/// Notes that a test of a connection passed now. `false`: it was changed since, so the test says nothing about it.
///
/// # Errors
/// [`DbError`].
pub async fn note_passed_test(tx: &mut TenantTx, ambient: &Ambient, tested: &Connection) -> Result<bool, DbError> {
    let noted = sqlx::query!(
        "UPDATE sso_connection SET tested_at = greatest($3, protocol_changed_at)
         WHERE tenant_id = $1 AND id = $2 AND protocol_changed_at = $4",
        tx.tenant_id(),
        tested.id.0,
        ambient.now(),
        tested.protocol_changed_at
    )
    .execute(tx)
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// What is done to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// It is switched on as it was seen: its [`version`](Connection::version).
    On(i64),
    /// It is switched off.
    Off,
}

/// Switches a connection on, which has to be tested, or off. An owner who switches it on vouches for what they saw; one
/// who had somebody do it by a set-up link vouches for what that begins, and not for what was on already.
///
/// # Errors
/// [`ConnectionError`].
pub async fn switch(
    editor: &mut Editor<'_>,
    scribe: &Scribe,
    id: ConnectionId,
    switch: Switch,
) -> Result<(), ConnectionError> {
    if switch == Switch::Off {
        ways_in::keep_one(editor, id).await?;
    } else {
        editor.entitlements().require(Feature::Sso)?;
    }
    let before = find_locked(editor, id).await?;
    let (on, vouched) = match switch {
        Switch::On(_) if !before.is_tested() => return Err(ConnectionError::NotTested),
        Switch::On(seen) if seen != before.version() => return Err(ConnectionError::Changed),
        // Who is no owner can keep what an owner vouched for, not renew it.
        Switch::On(_) if before.is_on() => (true, before.vouched_by_owner || editor.keeps_an_owners_word()),
        Switch::On(_) => (true, editor.is_owner()),
        Switch::Off => (false, false),
    };
    sqlx::query!(
        "UPDATE sso_connection SET state = $3, vouched_by_owner = $4, updated_at = $5 WHERE tenant_id = $1 AND id = $2",
        editor.tenant_id(),
        id.0,
        if on { "on" } else { "off" },
        vouched,
        scribe.ambient().now()
    )
    .execute(&mut **editor)
    .await?;
    let action = if on { Action::SsoConnectionSwitchedOn } else { Action::SsoConnectionSwitchedOff };
    let act = editor
        .act(action)
        .on("sso_connection", id.to_string(), &before.name)
        .change(json!({ "state": before.state }), json!({ "state": if on { "on" } else { "off" } }));
    audit::record(editor, scribe, act).await?;
    Ok(())
}
