//! Accepting an invitation: once, by whoever got the mail.

use serde_json::json;

use super::{InvitationId, list::role_label, takes};
use crate::{
    access::{AssignedRole, turn},
    ambient::Ambient,
    audit::{self, Act, Action, Scribe},
    db::{DbError, TenantTx},
    id::AccountId,
    identity::{
        EmailAddress,
        account::{self, EMAIL_TAKEN, NewAccount},
        policy, sha256,
    },
    plan,
};

/// The most characters of a person's name.
pub const NAME_LENGTH: usize = 120;

/// An invitation that can be accepted.
#[derive(Debug)]
pub struct OpenInvitation {
    id: InvitationId,
    role: AssignedRole,
    link: Option<uuid::Uuid>,
    /// To whom it is.
    pub email: EmailAddress,
    /// What the person is called, if they said so when they asked for it.
    pub name: String,
    /// What the role is called that waits.
    pub role_label: String,
    /// Who invited them.
    pub inviter: String,
}

/// Why an invitation cannot be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// No invitation has this token: it was never made, or a newer mail has replaced it.
    Unknown,
    /// It was accepted already.
    Accepted,
    /// It was taken back.
    Revoked,
    /// Its time is over.
    Expired,
    /// The tenant does not take addresses of this domain any more.
    Domain,
    /// As many people joined by its link as may.
    LinkSpent,
    /// The address is of somebody who is in.
    Member,
    /// The address is of somebody who is deactivated.
    Deactivated,
    /// The plan has no seat left, or is not paid.
    NoSeat,
}

/// The invitation of a token.
///
/// # Errors
/// [`DbError`].
pub async fn look(
    tx: &mut TenantTx,
    ambient: &Ambient,
    token: &str,
) -> Result<Result<OpenInvitation, Closed>, DbError> {
    let row = sqlx::query!(
        r#"SELECT i.id, i.email, i.name, i.role, i.custom_role_id, r.name AS "custom_role?", i.link_id, i.state,
                  i.expires_at, a.name AS inviter, m.state AS "member_state?"
           FROM invitation i
           JOIN account a ON a.tenant_id = i.tenant_id AND a.id = i.invited_by
           LEFT JOIN role r ON r.tenant_id = i.tenant_id AND r.id = i.custom_role_id
           LEFT JOIN account m ON m.tenant_id = i.tenant_id AND m.email_key = i.email_key
           WHERE i.tenant_id = $1 AND i.token_hash = $2"#,
        tx.tenant_id(),
        sha256(token)
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else { return Ok(Err(Closed::Unknown)) };
    let closed = match (row.state.as_str(), row.member_state.as_deref()) {
        ("accepted", _) => Some(Closed::Accepted),
        ("revoked", _) => Some(Closed::Revoked),
        (_, Some("active")) => Some(Closed::Member),
        (_, Some(_)) => Some(Closed::Deactivated),
        _ if row.expires_at <= ambient.now() => Some(Closed::Expired),
        _ => None,
    };
    if let Some(closed) = closed {
        return Ok(Err(closed));
    }
    let (Some(role), Ok(email)) =
        (AssignedRole::from_columns(&row.role, row.custom_role_id), EmailAddress::parse(&row.email))
    else {
        return Ok(Err(Closed::Unknown));
    };
    if !takes(&policy::load(tx).await?.invitation_domains, email.domain()) {
        return Ok(Err(Closed::Domain));
    }
    Ok(Ok(OpenInvitation {
        id: InvitationId(row.id),
        role,
        link: row.link_id,
        email,
        name: row.name,
        role_label: role_label(Some(&row.role), row.custom_role.as_deref()),
        inviter: row.inviter,
    }))
}

/// An invitation that waits for an address, and what its role is.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) role: AssignedRole,
    pub(crate) inviter: String,
}

/// The invitation that waits for an address and can be accepted, of which the address is proven in another way than by
/// its mail. It stays as it is until the transaction ends.
pub(crate) async fn waiting_for(
    tx: &mut TenantTx,
    ambient: &Ambient,
    address: &EmailAddress,
) -> Result<Option<Waiting>, DbError> {
    let row = sqlx::query!(
        "SELECT i.role, i.custom_role_id, a.name AS inviter, i.link_id
         FROM invitation i
         JOIN account a ON a.tenant_id = i.tenant_id AND a.id = i.invited_by
         WHERE i.tenant_id = $1 AND i.email_key = $2 AND i.state = 'pending' AND i.expires_at > $3
         FOR UPDATE OF i",
        tx.tenant_id(),
        address.key(),
        ambient.now()
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    if let Some(link) = row.link_id {
        let open = sqlx::query_scalar!(
            "SELECT id FROM invite_link
             WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL AND (max_uses IS NULL OR uses < max_uses)
             FOR UPDATE",
            tx.tenant_id(),
            link
        )
        .fetch_optional(&mut *tx)
        .await?;
        if open.is_none() {
            return Ok(None);
        }
    }
    if !takes(&policy::load(tx).await?.invitation_domains, address.domain()) {
        return Ok(None);
    }
    let role = AssignedRole::from_columns(&row.role, row.custom_role_id);
    Ok(role.map(|role| Waiting { role, inviter: row.inviter }))
}

/// Settles the invitations that wait for an address, which has an account now: the one that is good is accepted, and
/// counts for the link that it came by.
pub(crate) async fn settle_for(tx: &mut TenantTx, ambient: &Ambient, address: &EmailAddress) -> Result<(), DbError> {
    let (tenant, now) = (tx.tenant_id(), ambient.now());
    let links = sqlx::query_scalar!(
        "UPDATE invitation SET state = CASE WHEN expires_at > $3 THEN 'accepted' ELSE 'revoked' END, settled_at = $3
         WHERE tenant_id = $1 AND email_key = $2 AND state = 'pending'
         RETURNING CASE WHEN state = 'accepted' THEN link_id END",
        tenant,
        address.key(),
        now
    )
    .fetch_all(&mut *tx)
    .await?;
    for link in links.into_iter().flatten() {
        sqlx::query!(
            "UPDATE invite_link SET uses = uses + 1
             WHERE tenant_id = $1 AND id = $2 AND (max_uses IS NULL OR uses < max_uses)",
            tenant,
            link
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// Who accepts.
#[derive(Debug)]
pub struct Newcomer {
    /// What they are called.
    pub name: String,
    /// Argon2id, in PHC form; none: they sign in in another way.
    pub password_hash: Option<String>,
}

/// What came of accepting.
#[derive(Debug)]
pub enum Accepted {
    /// The person has an account.
    Joined(AccountId),
    /// They have none; the caller drops the transaction.
    Not(Closed),
}

/// Accepts the invitation of a token. Who comes second with the same token waits for the first, and is told.
///
/// # Errors
/// [`DbError`].
pub async fn accept(tx: &mut TenantTx, scribe: &Scribe, token: &str, newcomer: Newcomer) -> Result<Accepted, DbError> {
    let ambient = scribe.ambient();
    turn::to_give(tx).await?;
    // Locked by itself: what is read of it afterwards is what the one who came first has left.
    sqlx::query!(
        "SELECT id FROM invitation WHERE tenant_id = $1 AND token_hash = $2 FOR UPDATE",
        tx.tenant_id(),
        sha256(token)
    )
    .fetch_optional(&mut *tx)
    .await?;
    let invitation = match look(tx, ambient, token).await? {
        Ok(invitation) => invitation,
        Err(closed) => return Ok(Accepted::Not(closed)),
    };
    if plan::count::room_for_one(tx, ambient).await?.is_err() {
        return Ok(Accepted::Not(Closed::NoSeat));
    }
    if let Some(link) = invitation.link {
        let counted = sqlx::query!(
            "UPDATE invite_link SET uses = uses + 1
             WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL AND (max_uses IS NULL OR uses < max_uses)",
            tx.tenant_id(),
            link
        )
        .execute(&mut *tx)
        .await?;
        if counted.rows_affected() == 0 {
            return Ok(Accepted::Not(Closed::LinkSpent));
        }
    }
    let email = invitation.email.to_string();
    let new = NewAccount {
        name: newcomer.name.clone(),
        email: invitation.email,
        role: invitation.role,
        password_hash: newcomer.password_hash,
        email_verified: true,
    };
    let account = match account::insert(tx, ambient, new).await {
        Ok(account) => account,
        // Somebody gave the address an account since it was looked for.
        Err(error) if error.constraint() == Some(EMAIL_TAKEN) => return Ok(Accepted::Not(Closed::Member)),
        Err(error) => return Err(error),
    };
    sqlx::query!(
        "UPDATE invitation SET state = 'accepted', settled_at = $3 WHERE tenant_id = $1 AND id = $2",
        tx.tenant_id(),
        invitation.id.0,
        ambient.now()
    )
    .execute(&mut *tx)
    .await?;
    let after = json!({ "email": email, "role": invitation.role_label, "invited_by": invitation.inviter });
    let act = Act::by_account(account, newcomer.name, &email, Action::MemberJoined)
        .on("invitation", invitation.id.to_string(), &email)
        .change((), after);
    audit::record(tx, scribe, act).await?;
    Ok(Accepted::Joined(account))
}
