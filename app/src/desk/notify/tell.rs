//! Who hears of what happened: written in the transaction in which it happens.

use std::collections::{BTreeMap, BTreeSet};

use rowhouse_platform::{
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::AccountId,
    time_zone::TimeZone,
};
use time::{Date, OffsetDateTime, Time};
use uuid::Uuid;

use super::wish::{When, Wishes};
use crate::desk::{
    project::ProjectId,
    ticket::{TicketId, people},
};

/// What people hear of, by the word of the event. The rest stands in the ticket's timeline alone.
const TOLD: [&str; 8] = ["created", "status", "priority", "assignee", "requester", "due", "comment", "attached"];
/// When the mail of a day is due, by the person's own clock.
const MORNING: Time = time::macros::time!(8:00);

/// Something that happened to a ticket and was written.
#[derive(Debug, Clone, Copy)]
pub(in crate::desk) struct Happened<'a> {
    /// The ticket.
    pub ticket: TicketId,
    /// The event.
    pub event: Uuid,
    /// Its word.
    pub kind: &'a str,
}

/// Tells the requester, the assignee and the watchers, other than who did it, as far as they reach the project now.
///
/// # Errors
/// [`DbError`].
pub(in crate::desk) async fn tell(
    tx: &mut TenantTx,
    ambient: &Ambient,
    actor: Option<AccountId>,
    happened: &[Happened<'_>],
) -> Result<(), DbError> {
    let told: Vec<_> = happened.iter().filter(|one| TOLD.contains(&one.kind)).collect();
    if told.is_empty() {
        return Ok(());
    }
    let tickets: BTreeSet<Uuid> = told.iter().map(|one| one.ticket.0).collect();
    let tickets: Vec<Uuid> = tickets.into_iter().collect();
    let mut hearers = hearers(tx, actor, &tickets).await?;
    keep_who_reaches(tx, &mut hearers).await?;
    let now = ambient.now();
    let mut rows = Rows::default();
    for one in told {
        for hearer in hearers.iter().filter(|hearer| hearer.ticket == one.ticket.0) {
            rows.accounts.push(hearer.account);
            rows.events.push(one.event);
            rows.tickets.push(hearer.ticket);
            rows.reasons.push(if hearer.is_assigned { "assigned" } else { "watching" }.to_owned());
            rows.due.push(hearer.mail_due(now));
        }
    }
    if rows.accounts.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "INSERT INTO inbox_item (tenant_id, account_id, event_id, ticket_id, reason, created_at, mail_due_at)
         SELECT $1, i.account_id, i.event_id, i.ticket_id, i.reason, $2, i.due
         FROM unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::timestamptz[])
             AS i (account_id, event_id, ticket_id, reason, due)",
        tx.tenant_id(),
        now,
        &rows.accounts,
        &rows.events,
        &rows.tickets,
        &rows.reasons,
        &rows.due as &[Option<OffsetDateTime>]
    )
    .execute(tx)
    .await?;
    Ok(())
}

#[derive(Default)]
struct Rows {
    accounts: Vec<Uuid>,
    events: Vec<Uuid>,
    tickets: Vec<Uuid>,
    reasons: Vec<String>,
    due: Vec<Option<OffsetDateTime>>,
}

/// Somebody to whom a ticket matters.
struct Hearer {
    ticket: Uuid,
    project: Uuid,
    account: Uuid,
    is_assigned: bool,
    wishes: Wishes,
    zone: TimeZone,
}

impl Hearer {
    fn mail_due(&self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        match if self.is_assigned { self.wishes.assigned } else { self.wishes.watching } {
            When::AtOnce => Some(now),
            When::Daily => Some(next_morning(&self.zone, now)),
            When::Never => None,
        }
    }
}

async fn hearers(tx: &mut TenantTx, actor: Option<AccountId>, tickets: &[Uuid]) -> Result<Vec<Hearer>, DbError> {
    let usual = Wishes::default();
    let rows = sqlx::query!(
        r#"SELECT x.ticket_id AS "ticket!", x.project_id AS "project!", x.account_id AS "account!",
                  x.is_assigned AS "is_assigned!", n.assigned AS "assigned?", n.watching AS "watching?",
                  coalesce(a.time_zone, s.time_zone) AS "zone?"
           FROM (
               SELECT t.id AS ticket_id, t.project_id, c.account_id, bool_or(c.is_assigned) AS is_assigned
               FROM ticket t
               CROSS JOIN LATERAL (
                   SELECT t.requester_id AS account_id, false AS is_assigned
                   UNION ALL SELECT t.assignee_id, true WHERE t.assignee_id IS NOT NULL
                   UNION ALL
                   SELECT w.account_id, false FROM ticket_watcher w WHERE w.tenant_id = $1 AND w.ticket_id = t.id
               ) c
               WHERE t.tenant_id = $1 AND t.id = ANY ($2) AND c.account_id IS DISTINCT FROM $3::uuid
               GROUP BY t.id, t.project_id, c.account_id
           ) x
           JOIN account a ON a.tenant_id = $1 AND a.id = x.account_id AND a.state = 'active'
           LEFT JOIN notification_preference n ON n.tenant_id = $1 AND n.account_id = a.id
           LEFT JOIN workspace_settings s ON s.tenant_id = $1"#,
        tx.tenant_id(),
        tickets,
        actor.map(|actor| actor.0)
    )
    .fetch_all(tx)
    .await?;
    let hearers = rows.into_iter().map(|row| Hearer {
        ticket: row.ticket,
        project: row.project,
        account: row.account,
        is_assigned: row.is_assigned,
        wishes: Wishes {
            assigned: row.assigned.as_deref().and_then(When::parse).unwrap_or(usual.assigned),
            watching: row.watching.as_deref().and_then(When::parse).unwrap_or(usual.watching),
        },
        zone: row.zone.as_deref().and_then(TimeZone::parse).unwrap_or_default(),
    });
    Ok(hearers.collect())
}

/// One question a project: the rule of who reaches it stands in one place.
async fn keep_who_reaches(tx: &mut TenantTx, hearers: &mut Vec<Hearer>) -> Result<(), DbError> {
    let mut of_projects: BTreeMap<Uuid, BTreeSet<Uuid>> = BTreeMap::new();
    for hearer in hearers.iter() {
        of_projects.entry(hearer.project).or_default().insert(hearer.account);
    }
    let mut reached = BTreeSet::new();
    for (project, accounts) in of_projects {
        let accounts: Vec<Uuid> = accounts.into_iter().collect();
        let there = people::among(tx, ProjectId(project), &accounts).await?;
        reached.extend(there.into_iter().map(|person| (project, person.id.0)));
    }
    hearers.retain(|hearer| reached.contains(&(hearer.project, hearer.account)));
    Ok(())
}

/// The next time that it is morning there.
fn next_morning(zone: &TimeZone, now: OffsetDateTime) -> OffsetDateTime {
    let today = zone.local(now).date();
    let of_day = |day: Date| {
        // Where clocks were changed that night, another hour than eight o'clock.
        let about = zone.start_of(day) + (MORNING - Time::MIDNIGHT);
        about + (MORNING - zone.local(about).time())
    };
    let morning = of_day(today);
    if morning > now { morning } else { today.next_day().map_or(morning, of_day) }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn mornings_are_those_of_the_place() {
        let berlin = TimeZone::parse("Europe/Berlin").unwrap();
        assert_eq!(next_morning(&berlin, datetime!(2026-11-21 06:59 UTC)), datetime!(2026-11-21 07:00 UTC));
        assert_eq!(next_morning(&berlin, datetime!(2026-11-21 07:00 UTC)), datetime!(2026-11-22 07:00 UTC));
        // The night before, clocks were set forward.
        assert_eq!(next_morning(&berlin, datetime!(2026-03-28 23:30 UTC)), datetime!(2026-03-29 06:00 UTC));
        let auckland = TimeZone::parse("Pacific/Auckland").unwrap();
        assert_eq!(next_morning(&auckland, datetime!(2026-11-20 20:00 UTC)), datetime!(2026-11-21 19:00 UTC));
    }
}
