//! Links by which people ask for an invitation. A link lets nobody in: it takes a name and an address, and mails an
//! invitation there, so that every address is proven.

use serde_json::json;
use time::{Duration, OffsetDateTime};

use super::{
    InviteLinkId, RoleChoice,
    invite::{self, VALID_DAYS},
    list::role_label,
    roles, settle, takes,
};
use crate::{
    access::{AssignedRole, ManageMembers, Permit, ReadMembers, turn},
    ambient::Ambient,
    audit::{self, Act, Action, Scribe},
    db::{DbError, TenantTx},
    identity::{
        EmailAddress, policy, sha256,
        throttle::{self, Limit, Throttled},
        token_text,
    },
    mail::{self, Letterhead},
};

/// The most days that a link is good for.
pub const LINK_DAYS: i64 = 30;
/// The most people who can join by a link that says how many.
pub const LINK_USES: i32 = 1000;

/// How many days an invitation is good for that was asked for by a link.
const ASKED_DAYS: i64 = 1;
/// How often mail to one address is asked for.
const TO_ONE: Limit = Limit { attempts: 3, window: Duration::hours(1) };
/// How often mail is asked for from one network address.
const FROM_ONE: Limit = Limit { attempts: 20, window: Duration::hours(1) };

/// A link to be.
#[derive(Debug)]
pub struct NewLink<'a> {
    /// The role that people get; never owner.
    pub role: &'a RoleChoice,
    /// How many days it is good for.
    pub days: i64,
    /// How many people may join by it; none: any number.
    pub max_uses: Option<i32>,
}

/// Makes a link and answers its token, which is not seen again; none: the role does not exist any more.
///
/// # Errors
/// [`DbError`].
pub async fn create(
    permit: &mut Permit<ManageMembers>,
    scribe: &Scribe,
    new: NewLink<'_>,
) -> Result<Option<String>, DbError> {
    let ambient = scribe.ambient();
    let (principal, tx) = permit.parts();
    turn::to_give(tx).await?;
    if roles::role(tx, new.role.role).await?.is_none() {
        return Ok(None);
    }
    let (id, token, now) = (ambient.uuid(), token_text(ambient.bytes()), ambient.now());
    let expires_at = now + Duration::days(new.days.clamp(1, LINK_DAYS));
    sqlx::query!(
        "INSERT INTO invite_link (tenant_id, id, token_hash, role, custom_role_id, created_by, created_at, expires_at,
             max_uses, uses, revoked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, NULL)",
        tx.tenant_id(),
        id,
        sha256(&token),
        new.role.role.word(),
        new.role.role.custom_role_id(),
        principal.account.0,
        now,
        expires_at,
        new.max_uses
    )
    .execute(&mut *tx)
    .await?;
    let after = json!({ "role": new.role.label, "days": new.days, "max_uses": new.max_uses });
    let act = Act::by(principal, Action::InviteLinkCreated)
        .on("invite_link", InviteLinkId(id).to_string(), format!("Link for {}", new.role.label))
        .change((), after);
    audit::record(tx, scribe, act).await?;
    Ok(Some(token))
}

/// A link that is good.
#[derive(Debug)]
pub struct InviteLink {
    /// Its id.
    pub id: InviteLinkId,
    /// What the role is called that people get.
    pub role_label: String,
    /// Who made it.
    pub creator: String,
    /// When.
    pub created_at: OffsetDateTime,
    /// Until when it is good.
    pub expires_at: OffsetDateTime,
    /// How many joined by it.
    pub uses: i32,
    /// How many may.
    pub max_uses: Option<i32>,
}

/// The links that are good, the newest first; at most 100.
///
/// # Errors
/// [`DbError`].
pub async fn links(permit: &mut Permit<ReadMembers>, ambient: &Ambient) -> Result<Vec<InviteLink>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT l.id, l.role, r.name AS "custom_role?", a.name AS creator, l.created_at, l.expires_at, l.uses, l.max_uses
           FROM invite_link l
           JOIN account a ON a.tenant_id = l.tenant_id AND a.id = l.created_by
           LEFT JOIN role r ON r.tenant_id = l.tenant_id AND r.id = l.custom_role_id
           WHERE l.tenant_id = $1 AND l.revoked_at IS NULL AND l.expires_at > $2
             AND (l.max_uses IS NULL OR l.uses < l.max_uses)
           ORDER BY l.id DESC LIMIT 100"#,
        permit.tenant_id(),
        ambient.now()
    )
    .fetch_all(&mut **permit)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| InviteLink {
            id: InviteLinkId(row.id),
            role_label: role_label(Some(&row.role), row.custom_role.as_deref()),
            creator: row.creator,
            created_at: row.created_at,
            expires_at: row.expires_at,
            uses: row.uses,
            max_uses: row.max_uses,
        })
        .collect())
}

/// What the role of a link is called, if the link is not revoked.
///
/// # Errors
/// [`DbError`].
pub async fn find(tx: &mut TenantTx, id: InviteLinkId) -> Result<Option<String>, DbError> {
    let row = sqlx::query!(
        r#"SELECT l.role, r.name AS "custom_role?" FROM invite_link l
           LEFT JOIN role r ON r.tenant_id = l.tenant_id AND r.id = l.custom_role_id
           WHERE l.tenant_id = $1 AND l.id = $2 AND l.revoked_at IS NULL"#,
        tx.tenant_id(),
        id.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| role_label(Some(&row.role), row.custom_role.as_deref())))
}

/// Takes a link back, and the invitations that were asked for by it. `false`: there is no such link.
///
/// # Errors
/// [`DbError`].
pub async fn revoke(permit: &mut Permit<ManageMembers>, scribe: &Scribe, id: InviteLinkId) -> Result<bool, DbError> {
    let now = scribe.ambient().now();
    let Some(label) = find(permit, id).await? else { return Ok(false) };
    let (principal, tx) = permit.parts();
    // Invitations first, as who accepts one locks it before its link.
    sqlx::query!(
        "UPDATE invitation SET state = 'revoked', settled_at = $3
         WHERE tenant_id = $1 AND link_id = $2 AND state = 'pending'",
        tx.tenant_id(),
        id.0,
        now
    )
    .execute(&mut *tx)
    .await?;
    let done = sqlx::query!(
        "UPDATE invite_link SET revoked_at = $3 WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL",
        tx.tenant_id(),
        id.0,
        now
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    let act =
        Act::by(principal, Action::InviteLinkRevoked).on("invite_link", id.to_string(), format!("Link for {label}"));
    audit::record(tx, scribe, act).await?;
    Ok(true)
}

/// A link that somebody followed.
#[derive(Debug)]
pub struct OpenLink {
    id: InviteLinkId,
    role: RoleChoice,
    creator: uuid::Uuid,
    creator_name: String,
    /// The domains whose addresses are taken; none: all.
    pub domains: Vec<String>,
}

/// Why a link leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkClosed {
    /// There is no such link: it was never made, was revoked, is expired or used up. Which, is not for strangers.
    Gone,
    /// The tenant does not take addresses of this domain.
    Domain,
    /// There was too much mail.
    Throttled(Throttled),
}

/// The link of a token, if it is good.
///
/// # Errors
/// [`DbError`].
pub async fn look(tx: &mut TenantTx, ambient: &Ambient, token: &str) -> Result<Option<OpenLink>, DbError> {
    let row = sqlx::query!(
        "SELECT l.id, l.role, l.custom_role_id, l.created_by, a.name AS creator
         FROM invite_link l
         JOIN account a ON a.tenant_id = l.tenant_id AND a.id = l.created_by AND a.state = 'active'
         WHERE l.tenant_id = $1 AND l.token_hash = $2 AND l.revoked_at IS NULL AND l.expires_at > $3
           AND (l.max_uses IS NULL OR l.uses < l.max_uses)",
        tx.tenant_id(),
        sha256(token),
        ambient.now()
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let Some(role) = AssignedRole::from_columns(&row.role, row.custom_role_id) else { return Ok(None) };
    let Some(role) = roles::role(tx, role).await? else { return Ok(None) };
    let domains = policy::load(tx).await?.invitation_domains;
    Ok(Some(OpenLink { id: InviteLinkId(row.id), role, creator: row.created_by, creator_name: row.creator, domains }))
}

/// Asks for an invitation by a link. The answer is the same whether the address is a member's or not; only mail tells.
/// The caller commits in every case.
///
/// # Errors
/// [`DbError`].
pub async fn ask(
    tx: &mut TenantTx,
    scribe: &Scribe,
    letterhead: &Letterhead,
    token: &str,
    name: &str,
    email: &EmailAddress,
) -> Result<Result<(), LinkClosed>, DbError> {
    let ambient = scribe.ambient();
    turn::to_give(tx).await?;
    let Some(link) = look(tx, ambient, token).await? else { return Ok(Err(LinkClosed::Gone)) };
    if !takes(&link.domains, email.domain()) {
        return Ok(Err(LinkClosed::Domain));
    }
    let from = scribe.origin().address.clone();
    let mut verdict = throttle::count(tx, ambient, &["asked from", &from], FROM_ONE).await?;
    if verdict.is_ok() {
        verdict = throttle::count(tx, ambient, &["asked for", email.key()], TO_ONE).await?;
    }
    if let Err(throttled) = verdict {
        return Ok(Err(LinkClosed::Throttled(throttled)));
    }
    let is_known = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM account WHERE tenant_id = $1 AND email_key = $2) AS "is_known!""#,
        tx.tenant_id(),
        email.key()
    )
    .fetch_one(&mut *tx)
    .await?;
    if is_known {
        return Ok(Ok(()));
    }
    settle::clear(tx, ambient, std::slice::from_ref(email)).await?;
    let letter = if let Some(letter) = renewed(tx, ambient, letterhead, &link, name, email).await? {
        letter
    } else {
        let (id, token, now) = (ambient.uuid(), token_text(ambient.bytes()), ambient.now());
        let done = sqlx::query!(
            "INSERT INTO invitation (tenant_id, id, token_hash, email, email_key, name, role, custom_role_id, message,
                 invited_by, link_id, state, created_at, sent_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', $9, $10, 'pending', $11, $11, $12)
             ON CONFLICT DO NOTHING",
            tx.tenant_id(),
            id,
            sha256(&token),
            email.as_str(),
            email.key(),
            name,
            link.role.role.word(),
            link.role.role.custom_role_id(),
            link.creator,
            link.id.0,
            now,
            now + Duration::days(ASKED_DAYS)
        )
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            // Asked for twice at the same time: the other one sends the mail.
            return Ok(Ok(()));
        }
        invite::letter(letterhead, &link.creator_name, &link.role.label, "", &token, ASKED_DAYS)
    };
    mail::queue(tx, ambient, letterhead, email.as_str(), &letter).await?;
    Ok(Ok(()))
}

/// The mail of an invitation that waits for this address already, with another token. One that was asked for by a link
/// takes over what this link says; one from a person stays what it is.
async fn renewed(
    tx: &mut TenantTx,
    ambient: &Ambient,
    letterhead: &Letterhead,
    link: &OpenLink,
    name: &str,
    email: &EmailAddress,
) -> Result<Option<mail::Letter>, DbError> {
    let waiting = sqlx::query!(
        r#"SELECT i.id, i.role, i.message, i.link_id, a.name AS inviter, r.name AS "custom_role?"
           FROM invitation i
           JOIN account a ON a.tenant_id = i.tenant_id AND a.id = i.invited_by
           LEFT JOIN role r ON r.tenant_id = i.tenant_id AND r.id = i.custom_role_id
           WHERE i.tenant_id = $1 AND i.email_key = $2 AND i.state = 'pending'
           FOR UPDATE OF i"#,
        tx.tenant_id(),
        email.key()
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(waiting) = waiting else { return Ok(None) };
    if waiting.link_id.is_none() {
        let token = invite::renew(tx, ambient, waiting.id, VALID_DAYS).await?;
        let role = role_label(Some(&waiting.role), waiting.custom_role.as_deref());
        let letter = invite::letter(letterhead, &waiting.inviter, &role, &waiting.message, &token, VALID_DAYS);
        return Ok(Some(letter));
    }
    let token = invite::renew(tx, ambient, waiting.id, ASKED_DAYS).await?;
    sqlx::query!(
        "UPDATE invitation SET name = $3, role = $4, custom_role_id = $5, invited_by = $6, link_id = $7
         WHERE tenant_id = $1 AND id = $2",
        tx.tenant_id(),
        waiting.id,
        name,
        link.role.role.word(),
        link.role.role.custom_role_id(),
        link.creator,
        link.id.0
    )
    .execute(tx)
    .await?;
    Ok(Some(invite::letter(letterhead, &link.creator_name, &link.role.label, "", &token, ASKED_DAYS)))
}
