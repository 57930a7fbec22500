//! What a server does about notifications by itself: mails what is due, and removes what is kept no longer.

use std::{sync::Arc, time::Duration as StdDuration};

use rowhouse_platform::{
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::AccountId,
    mail::{self, Letter, Letterhead, TicketNews},
    tenancy::{Tenant, TenantState},
    upkeep::{Chore, Left, Means},
};
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{busy, said::said};
use crate::desk::{
    project::ProjectId,
    ticket::{TicketKey, event::Kind, people},
};

/// How long the inbox keeps what it has.
pub(super) const KEPT: Duration = Duration::days(180);
/// The most lines of a mail; the inbox has the rest.
const LINES: usize = 50;

/// What the upkeep of notifications needs.
#[derive(Clone)]
pub struct NewsChore {
    /// The look and address of a tenant's mail.
    pub letterhead: Arc<dyn Fn(&Tenant) -> Letterhead + Send + Sync>,
}

/// Each server takes other people's.
impl Chore for NewsChore {
    const WHAT: &'static str = "notifications";
    const LOOK_EVERY: StdDuration = StdDuration::from_secs(30);
    type Due = String;
    type Error = DbError;

    async fn look(&self, operator: &mut PgConnection, now: OffsetDateTime) -> Result<Vec<String>, DbError> {
        busy::tenants(operator, now).await
    }

    async fn tenant(&self, means: &Means, tenant: &Tenant, _: String) -> Result<Left, DbError> {
        let mut tx = means.database.begin(&tenant.home).await?;
        remove_old(&mut tx, means.ambient.now()).await?;
        tx.commit().await?;
        let letterhead = (self.letterhead)(tenant);
        let is_active = tenant.state == TenantState::Active;
        // One person a transaction: what is mailed is marked so in the same one.
        loop {
            let mut tx = means.database.begin(&tenant.home).await?;
            let Some(due) = take(&mut tx, means.ambient.now()).await? else { return Ok(Left::Nothing) };
            if is_active {
                send(&mut tx, &means.ambient, &letterhead, due).await?;
            }
            tx.commit().await?;
        }
    }
}

async fn remove_old(tx: &mut TenantTx, now: OffsetDateTime) -> Result<(), DbError> {
    sqlx::query!("DELETE FROM inbox_item WHERE tenant_id = $1 AND created_at <= $2", tx.tenant_id(), now - KEPT)
        .execute(tx)
        .await?;
    Ok(())
}

/// What waits for one person.
struct Due {
    account: AccountId,
    events: Vec<Uuid>,
}

/// Takes all that is due for somebody: it does not wait any more, and no other server takes it.
async fn take(tx: &mut TenantTx, now: OffsetDateTime) -> Result<Option<Due>, DbError> {
    let rows = sqlx::query!(
        "WITH someone AS MATERIALIZED (
             SELECT i.account_id FROM inbox_item i
             WHERE i.tenant_id = $1 AND i.mail_due_at <= $2
             ORDER BY i.mail_due_at LIMIT 1 FOR UPDATE SKIP LOCKED
         ), theirs AS MATERIALIZED (
             SELECT i.account_id, i.event_id FROM inbox_item i
             JOIN someone s ON s.account_id = i.account_id
             WHERE i.tenant_id = $1 AND i.mail_due_at <= $2
             FOR UPDATE OF i SKIP LOCKED
         )
         UPDATE inbox_item i SET mail_due_at = NULL
         FROM theirs
         WHERE i.tenant_id = $1 AND i.account_id = theirs.account_id AND i.event_id = theirs.event_id
         RETURNING i.account_id, i.event_id",
        tx.tenant_id(),
        now
    )
    .fetch_all(tx)
    .await?;
    let Some(first) = rows.first() else { return Ok(None) };
    Ok(Some(Due { account: AccountId(first.account_id), events: rows.iter().map(|row| row.event_id).collect() }))
}

/// Queues the mail of one person: what they have not seen meanwhile, of projects that they reach now.
async fn send(tx: &mut TenantTx, ambient: &Ambient, letterhead: &Letterhead, due: Due) -> Result<(), DbError> {
    let rows = sqlx::query!(
        r#"SELECT e.kind, e.detail, t.title, t.number, t.project_id, p.key, b.name AS "actor?", a.email AS "email!"
           FROM inbox_item i
           JOIN account a ON a.tenant_id = i.tenant_id AND a.id = i.account_id
           JOIN ticket_event e ON e.tenant_id = i.tenant_id AND e.ticket_id = i.ticket_id AND e.id = i.event_id
           JOIN ticket t ON t.tenant_id = i.tenant_id AND t.id = i.ticket_id
           JOIN project p ON p.tenant_id = t.tenant_id AND p.id = t.project_id
           LEFT JOIN account b ON b.tenant_id = e.tenant_id AND b.id = e.actor_id
           WHERE i.tenant_id = $1 AND i.account_id = $2 AND i.event_id = ANY ($3) AND i.read_at IS NULL
             AND a.email IS NOT NULL AND a.state = 'active'
           ORDER BY i.event_id"#,
        tx.tenant_id(),
        due.account.0,
        &due.events
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut reached: Vec<(Uuid, bool)> = Vec::new();
    let (mut news, mut more, mut email) = (Vec::new(), 0, String::new());
    for row in rows {
        let known = reached.iter().find(|(project, _)| *project == row.project_id).map(|(_, is_reached)| *is_reached);
        let is_reached = if let Some(known) = known {
            known
        } else {
            let found = people::among(tx, ProjectId(row.project_id), &[due.account.0]).await?;
            reached.push((row.project_id, !found.is_empty()));
            !found.is_empty()
        };
        if !is_reached {
            continue;
        }
        email = row.email;
        if news.len() == LINES {
            more += 1;
            continue;
        }
        let ticket = TicketKey { project: row.key, number: row.number };
        let what = Kind::read(&row.kind, &row.detail).map_or_else(|| "changed it".to_owned(), |kind| said(&kind));
        news.push(TicketNews {
            ticket: format!("{ticket} {}", row.title),
            what: format!("{} {what}", row.actor.as_deref().unwrap_or("The program")),
            link: letterhead.link(&format!("/tickets/{ticket}")),
        });
    }
    if news.is_empty() {
        return Ok(());
    }
    let token = super::wish::unsubscribe_token(tx, ambient, due.account).await?;
    let unsubscribe = letterhead.link(&format!("/unsubscribe/{token}"));
    let letter = Letter::TicketNews { news, more, link: letterhead.link("/inbox"), off: unsubscribe.clone() };
    mail::queue_notification(tx, ambient, letterhead, &email, &letter, &unsubscribe).await
}
