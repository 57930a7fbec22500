//! Invitations: sent, looked over, sent again, taken back.

use serde_json::json;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{InvitationId, RoleChoice, list::role_label, roles, settle, takes};
use crate::{
    access::{AssignedRole, ManageMembers, PermissionInfo, Permit, ReadMembers, turn},
    ambient::Ambient,
    audit::{self, Act, Action, Scribe},
    db::{DbError, TenantTx},
    identity::{
        EmailAddress, policy, sha256,
        throttle::{self, Limit, Throttled},
        token_text,
    },
    mail::{self, Letter, Letterhead},
    plan::{self, PlanError},
};

/// The most addresses at once.
pub const BATCH: usize = 100;
/// The most characters of a message.
pub const MESSAGE_LENGTH: usize = 1000;
/// How many days an invitation is good for.
pub const VALID_DAYS: i64 = 7;

/// How often one invitation is sent again.
const RESEND: Limit = Limit { attempts: 3, window: Duration::hours(1) };
/// How often a workspace sends a batch: nobody uses it to fill the world with mail.
const BATCHES: Limit = Limit { attempts: 20, window: Duration::hours(1) };
/// The most invitations that a page shows.
const SHOWN: i64 = 200;

/// Why an address cannot be invited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// It is of somebody who is in.
    Member,
    /// It is of somebody who is deactivated.
    Deactivated,
    /// It has an invitation.
    Invited(InvitationId),
    /// The tenant's policy names domains, and not this one.
    Domain(String),
}

/// What stands against inviting these addresses: the place of each, and why.
///
/// # Errors
/// [`DbError`].
pub async fn check(
    tx: &mut TenantTx,
    ambient: &Ambient,
    addresses: &[EmailAddress],
) -> Result<Vec<(usize, Obstacle)>, DbError> {
    let domains = policy::load(tx).await?.invitation_domains;
    let keys: Vec<String> = addresses.iter().map(|address| address.key().to_owned()).collect();
    let accounts = sqlx::query!(
        r#"SELECT email_key AS "email_key!", state FROM account WHERE tenant_id = $1 AND email_key = ANY($2)"#,
        tx.tenant_id(),
        &keys
    )
    .fetch_all(&mut *tx)
    .await?;
    let waiting = sqlx::query!(
        "SELECT id, email_key FROM invitation
         WHERE tenant_id = $1 AND email_key = ANY($2) AND state = 'pending' AND expires_at > $3",
        tx.tenant_id(),
        &keys,
        ambient.now()
    )
    .fetch_all(tx)
    .await?;
    let of = |address: &EmailAddress| {
        if let Some(account) = accounts.iter().find(|row| row.email_key == address.key()) {
            return Some(if account.state == "active" { Obstacle::Member } else { Obstacle::Deactivated });
        }
        if let Some(invitation) = waiting.iter().find(|row| row.email_key == address.key()) {
            return Some(Obstacle::Invited(InvitationId(invitation.id)));
        }
        (!takes(&domains, address.domain())).then(|| Obstacle::Domain(address.domain().to_owned()))
    };
    Ok(addresses.iter().enumerate().filter_map(|(place, address)| Some((place, of(address)?))).collect())
}

/// What is sent to several addresses.
#[derive(Debug)]
pub struct Invite<'a> {
    /// To whom.
    pub addresses: &'a [EmailAddress],
    /// The role that waits for them, as the inviter was offered it.
    pub role: &'a RoleChoice,
    /// What the inviter adds; may be empty.
    pub message: &'a str,
}

/// What came of inviting.
#[derive(Debug)]
pub enum Sent {
    /// Everybody has mail.
    All,
    /// Something stands against these; nobody has mail, and the caller drops the transaction.
    Obstacles(Vec<(usize, Obstacle)>),
    /// The role does not exist any more; nobody has mail, and the caller drops the transaction.
    RoleGone,
    /// The plan has no seats for them; nobody has mail, and the caller drops the transaction.
    NoSeats(PlanError),
    /// The workspace has invited too often; nobody has mail, and the caller commits.
    Throttled(Throttled),
}

/// Invites either everybody or nobody.
///
/// # Errors
/// [`DbError`].
pub async fn send(
    permit: &mut Permit<ManageMembers>,
    scribe: &Scribe,
    letterhead: &Letterhead,
    invite: Invite<'_>,
) -> Result<Sent, DbError> {
    let ambient = scribe.ambient();
    turn::to_give(permit).await?;
    let obstacles = check(permit, ambient, invite.addresses).await?;
    if !obstacles.is_empty() {
        return Ok(Sent::Obstacles(obstacles));
    }
    if let Err(refused) = plan::count::room_to_invite(permit, ambient, invite.addresses.len()).await? {
        return Ok(Sent::NoSeats(refused));
    }
    if let Err(throttled) = throttle::count(permit, ambient, &["invitations"], BATCHES).await? {
        return Ok(Sent::Throttled(throttled));
    }
    settle::clear(permit, ambient, invite.addresses).await?;
    let (principal, tx) = permit.parts();
    if roles::role(tx, invite.role.role).await?.is_none() {
        return Ok(Sent::RoleGone);
    }
    let now = ambient.now();
    let mut ids = Vec::with_capacity(invite.addresses.len());
    for (place, address) in invite.addresses.iter().enumerate() {
        let (id, token) = (ambient.uuid(), token_text(ambient.bytes()));
        let done = sqlx::query!(
            "INSERT INTO invitation (tenant_id, id, token_hash, email, email_key, name, role, custom_role_id, message,
                 invited_by, link_id, state, created_at, sent_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, '', $6, $7, $8, $9, NULL, 'pending', $10, $10, $11)
             ON CONFLICT DO NOTHING",
            tx.tenant_id(),
            id,
            sha256(&token),
            address.as_str(),
            address.key(),
            invite.role.role.word(),
            invite.role.role.custom_role_id(),
            invite.message,
            principal.account.0,
            now,
            now + Duration::days(VALID_DAYS)
        )
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            // Somebody else has invited them since they were looked for.
            return Ok(Sent::Obstacles(vec![(place, Obstacle::Invited(InvitationId(id)))]));
        }
        let letter = letter(letterhead, &principal.name, &invite.role.label, invite.message, &token, VALID_DAYS);
        mail::queue(tx, ambient, letterhead, address.as_str(), &letter).await?;
        ids.push(id);
    }
    for (id, address) in ids.iter().zip(invite.addresses) {
        let act = Act::by(principal, Action::MemberInvited)
            .on("invitation", InvitationId(*id).to_string(), address.as_str())
            .change((), json!({ "email": address.as_str(), "role": invite.role.label }));
        audit::record(tx, scribe, act).await?;
    }
    Ok(Sent::All)
}

/// The mail that carries a token.
pub(super) fn letter(
    letterhead: &Letterhead,
    inviter: &str,
    role: &str,
    message: &str,
    token: &str,
    days: i64,
) -> Letter {
    Letter::Invitation {
        inviter: inviter.to_owned(),
        role: role.to_owned(),
        link: letterhead.link(&format!("/join?token={token}")),
        expires_in_words: if days == 1 { "24 hours".to_owned() } else { format!("{days} days") },
        message: Some(message.to_owned()).filter(|message| !message.is_empty()),
    }
}

/// An invitation that waits.
#[derive(Debug)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// To whom.
    pub email: String,
    /// What the role is called that waits for them.
    pub role_label: String,
    /// Who invited them.
    pub inviter: String,
    /// Whether they came by a link.
    pub by_link: bool,
    /// When the last mail went out.
    pub sent_at: OffsetDateTime,
    /// Until when it is good.
    pub expires_at: OffsetDateTime,
}

/// The invitations that wait, expired ones too, the newest first.
#[derive(Debug)]
pub struct PendingPage {
    /// The newest of them.
    pub rows: Vec<Invitation>,
    /// Whether there are more than these.
    pub has_more: bool,
}

/// The invitations that wait.
///
/// # Errors
/// [`DbError`].
pub async fn pending(permit: &mut Permit<ReadMembers>) -> Result<PendingPage, DbError> {
    let rows = sqlx::query!(
        r#"SELECT i.id, i.email, i.role, r.name AS "custom_role?", a.name AS inviter,
                  i.link_id IS NOT NULL AS "by_link!", i.sent_at, i.expires_at
           FROM invitation i
           JOIN account a ON a.tenant_id = i.tenant_id AND a.id = i.invited_by
           LEFT JOIN role r ON r.tenant_id = i.tenant_id AND r.id = i.custom_role_id
           WHERE i.tenant_id = $1 AND i.state = 'pending'
           ORDER BY i.id DESC LIMIT $2"#,
        permit.tenant_id(),
        SHOWN + 1
    )
    .fetch_all(&mut **permit)
    .await?;
    let mut rows: Vec<_> = rows
        .into_iter()
        .map(|row| Invitation {
            id: InvitationId(row.id),
            role_label: role_label(Some(&row.role), row.custom_role.as_deref()),
            email: row.email,
            inviter: row.inviter,
            by_link: row.by_link,
            sent_at: row.sent_at,
            expires_at: row.expires_at,
        })
        .collect();
    let shown = usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let has_more = rows.len() > shown;
    rows.truncate(shown);
    Ok(PendingPage { rows, has_more })
}

/// The address of an invitation that waits.
///
/// # Errors
/// [`DbError`].
pub async fn find_pending(tx: &mut TenantTx, id: InvitationId) -> Result<Option<String>, DbError> {
    Ok(sqlx::query_scalar!(
        "SELECT email FROM invitation WHERE tenant_id = $1 AND id = $2 AND state = 'pending'",
        tx.tenant_id(),
        id.0
    )
    .fetch_optional(tx)
    .await?)
}

/// What came of sending an invitation again.
#[derive(Debug)]
pub enum Resent {
    /// It is on its way to this address; the mail before is worth nothing any more.
    Sent(String),
    /// It does not wait.
    NotFound,
    /// It was sent too often.
    Throttled(Throttled),
    /// Its role holds more than the person does who sends it.
    TooMighty,
}

/// Sends an invitation again, with another token. Where it was sent too often, the caller commits.
///
/// # Errors
/// [`DbError`].
pub async fn resend(
    permit: &mut Permit<ManageMembers>,
    scribe: &Scribe,
    letterhead: &Letterhead,
    catalogue: &[PermissionInfo],
    id: InvitationId,
) -> Result<Resent, DbError> {
    let ambient = scribe.ambient();
    let (principal, tx) = permit.parts();
    turn::to_give(tx).await?;
    let row = sqlx::query!(
        "SELECT email, role, custom_role_id, message FROM invitation
         WHERE tenant_id = $1 AND id = $2 AND state = 'pending' FOR UPDATE",
        tx.tenant_id(),
        id.0
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else { return Ok(Resent::NotFound) };
    let Some(assigned) = AssignedRole::from_columns(&row.role, row.custom_role_id) else { return Ok(Resent::NotFound) };
    let Some(role) = roles::role(tx, assigned).await? else { return Ok(Resent::NotFound) };
    if !principal.grants.cover(&role.grants, catalogue) {
        return Ok(Resent::TooMighty);
    }
    if let Err(throttled) = throttle::count(tx, ambient, &["invitation", &id.to_string()], RESEND).await? {
        return Ok(Resent::Throttled(throttled));
    }
    let token = renew(tx, ambient, id.0, VALID_DAYS).await?;
    let letter = letter(letterhead, &principal.name, &role.label, &row.message, &token, VALID_DAYS);
    mail::queue(tx, ambient, letterhead, &row.email, &letter).await?;
    let act = Act::by(principal, Action::InvitationResent).on("invitation", id.to_string(), &row.email);
    audit::record(tx, scribe, act).await?;
    Ok(Resent::Sent(row.email))
}

/// Gives an invitation another token; the one before is worth nothing any more.
pub(super) async fn renew(tx: &mut TenantTx, ambient: &Ambient, id: Uuid, days: i64) -> Result<String, DbError> {
    let (token, now) = (token_text(ambient.bytes()), ambient.now());
    sqlx::query!(
        "UPDATE invitation SET token_hash = $3, sent_at = $4, expires_at = $5 WHERE tenant_id = $1 AND id = $2",
        tx.tenant_id(),
        id,
        sha256(&token),
        now,
        now + Duration::days(days)
    )
    .execute(tx)
    .await?;
    Ok(token)
}

/// Takes an invitation back. `false`: it does not wait.
///
/// # Errors
/// [`DbError`].
pub async fn revoke(permit: &mut Permit<ManageMembers>, scribe: &Scribe, id: InvitationId) -> Result<bool, DbError> {
    let (principal, tx) = permit.parts();
    let email = sqlx::query_scalar!(
        "UPDATE invitation SET state = 'revoked', settled_at = $3
         WHERE tenant_id = $1 AND id = $2 AND state = 'pending' RETURNING email",
        tx.tenant_id(),
        id.0,
        scribe.ambient().now()
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(email) = email else { return Ok(false) };
    let act = Act::by(principal, Action::InvitationRevoked).on("invitation", id.to_string(), email);
    audit::record(tx, scribe, act).await?;
    Ok(true)
}
