//! What happens to people who come through a connection: whether they get an account, and what they become.

use serde_json::json;

use super::{
    ConnectionId,
    connection::{self, Admitting},
    rules::{self, RulesError, covered, lock},
};
use crate::{
    access::{ManageSso, OwnWorkspace, PermissionInfo, Permit, Role},
    audit::{self, Act, Action, Scribe},
    db::{DbError, TenantTx},
};

/// What saving came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// It was so already.
    Same,
    /// It is so now.
    Changed,
    /// It is so now, and no owner vouches for the connection any more.
    NoLongerVouched,
}

/// Saves it. Who makes the connection give more roles than it did has to hold them all: the default one, before and
/// after, and, where accounts or roles are given that were not, those of the rules too. Unless an owner does it, a
/// connection that spares people the second factor from now on is one that no owner vouches for, and neither does one who
/// connected their own account before.
///
/// # Errors
/// [`RulesError`]; the caller drops the transaction.
pub async fn save(
    permit: &mut Permit<ManageSso>,
    scribe: &Scribe,
    catalogue: &[PermissionInfo],
    id: ConnectionId,
    wanted: &Admitting,
) -> Result<Saved, RulesError> {
    let is_owner = permit.principal().may::<OwnWorkspace>();
    let (principal, tx) = permit.parts();
    if !lock(tx, id).await? {
        return Err(RulesError::NotFound);
    }
    let found = connection::find(tx, id).await?.ok_or(RulesError::NotFound)?;
    let before = &found.admitting;
    if before == wanted {
        return Ok(Saved::Same);
    }
    if wanted.default_role.is(Role::Owner) {
        return Err(RulesError::Owner);
    }
    let gives_more =
        (wanted.creates_accounts && !before.creates_accounts) || wanted.applies_roles != before.applies_roles;
    let changes_default = wanted.default_role != before.default_role;
    if gives_more || changes_default {
        let mut roles = vec![before.default_role, wanted.default_role];
        if gives_more {
            roles.extend(rules::of(tx, id).await?.iter().map(|rule| rule.role));
        }
        covered(tx, principal, catalogue, &roles).await?;
    }
    sqlx::query!(
        "UPDATE sso_connection SET show_button = $3, creates_accounts = $4, default_role = $5,
             default_custom_role_id = $6, applies_roles = $7, trusts_second_factor = $8, updated_at = $9
         WHERE tenant_id = $1 AND id = $2",
        tx.tenant_id(),
        id.0,
        wanted.show_button,
        wanted.creates_accounts,
        wanted.default_role.word(),
        wanted.default_role.custom_role_id(),
        wanted.applies_roles,
        wanted.trusts_second_factor,
        scribe.ambient().now()
    )
    .execute(&mut *tx)
    .await?;
    let spares = !is_owner && wanted.trusts_second_factor && !before.trusts_second_factor;
    let unvouched = found.vouched_by_owner && spares;
    if spares {
        end_every_word(tx, scribe, id).await?;
    }
    let mut act = Act::by(principal, Action::SsoConnectionChanged)
        .on("sso_connection", id.to_string(), &found.name)
        .change(json!({ "admitting": before }), json!({ "admitting": wanted }));
    if unvouched {
        act = act.because("No owner vouches for the connection any more.");
    }
    audit::record(tx, scribe, act).await?;
    Ok(if unvouched { Saved::NoLongerVouched } else { Saved::Changed })
}

/// It is another connection than the one that owners switched on, or connected their accounts with themselves: it lets no
/// owner in, until one says so again, and is to be tested again.
async fn end_every_word(tx: &mut TenantTx, scribe: &Scribe, id: ConnectionId) -> Result<(), DbError> {
    sqlx::query!(
        "UPDATE sso_connection SET vouched_by_owner = false, updated_at = $3,
             protocol_changed_at = greatest($3, tested_at + interval '1 microsecond')
         WHERE tenant_id = $1 AND id = $2",
        tx.tenant_id(),
        id.0,
        scribe.ambient().now()
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// No owner vouches for the connection as it is now: it lets no owner in, until one switches it on again.
pub(super) async fn end_vouching(tx: &mut TenantTx, scribe: &Scribe, id: ConnectionId) -> Result<(), DbError> {
    sqlx::query!(
        "UPDATE sso_connection SET vouched_by_owner = false, updated_at = $3 WHERE tenant_id = $1 AND id = $2",
        tx.tenant_id(),
        id.0,
        scribe.ambient().now()
    )
    .execute(tx)
    .await?;
    Ok(())
}
