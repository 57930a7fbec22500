//! The rows of each table, one statement a table.

use std::collections::BTreeSet;

use rowhouse_platform::{
    ambient::Ambient,
    db::{DbError, TenantTx},
};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{Past, PastTicket};
use crate::desk::ticket::{CommentId, event::Kind};

/// Projects, which have given out as many numbers as they have tickets, and their members. Answers their ids.
pub(super) async fn projects(tx: &mut TenantTx, ambient: &Ambient, past: &Past) -> Result<Vec<Uuid>, DbError> {
    let projects = &past.projects;
    let ids: Vec<Uuid> = projects.iter().map(|project| ambient.uuid_at(project.created_at)).collect();
    let numbers = (0..projects.len())
        .map(|index| past.tickets.iter().filter(|ticket| ticket.project == index).map(|ticket| ticket.number).max());
    sqlx::query!(
        "INSERT INTO project (tenant_id, id, key, name, description, is_open, last_number, version, created_at, updated_at)
         SELECT $1, p.id, p.key, p.name, p.description, p.is_open, p.last_number, 1, p.at, p.at
         FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::bigint[], $8::timestamptz[])
             AS p (id, key, name, description, is_open, last_number, at)",
        tx.tenant_id(),
        &ids,
        &projects.iter().map(|project| project.key.clone()).collect::<Vec<_>>(),
        &projects.iter().map(|project| project.name.clone()).collect::<Vec<_>>(),
        &projects.iter().map(|project| project.description.clone()).collect::<Vec<_>>(),
        &projects.iter().map(|project| project.is_open).collect::<Vec<_>>(),
        &numbers.map(Option::unwrap_or_default).collect::<Vec<i64>>(),
        &projects.iter().map(|project| project.created_at).collect::<Vec<_>>()
    )
    .execute(&mut *tx)
    .await?;
    let members = || {
        projects.iter().zip(&ids).flat_map(|(project, id)| project.members.iter().map(move |one| (project, id, one)))
    };
    sqlx::query!(
        "INSERT INTO project_member (tenant_id, project_id, account_id, role, added_at)
         SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[])",
        tx.tenant_id(),
        &members().map(|(_, id, _)| *id).collect::<Vec<_>>(),
        &members().map(|(_, _, (account, _))| account.0).collect::<Vec<_>>(),
        &members().map(|(_, _, (_, level))| level.word().to_owned()).collect::<Vec<_>>(),
        &members().map(|(project, _, _)| project.created_at).collect::<Vec<_>>()
    )
    .execute(tx)
    .await?;
    Ok(ids)
}

/// Labels. Answers their ids.
pub(super) async fn labels(tx: &mut TenantTx, ambient: &Ambient, past: &Past) -> Result<Vec<Uuid>, DbError> {
    let ids: Vec<Uuid> = past.labels.iter().map(|_| ambient.uuid()).collect();
    sqlx::query!(
        "INSERT INTO label (tenant_id, id, name, colour, created_at)
         SELECT $1, l.id, l.name, l.colour, $5
         FROM unnest($2::uuid[], $3::text[], $4::text[]) AS l (id, name, colour)",
        tx.tenant_id(),
        &ids,
        &past.labels.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(),
        &past.labels.iter().map(|(_, colour)| colour.word().to_owned()).collect::<Vec<_>>(),
        ambient.now()
    )
    .execute(tx)
    .await?;
    Ok(ids)
}

/// When somebody else than the requester first commented.
fn first_response(ticket: &PastTicket) -> Option<OffsetDateTime> {
    ticket.comments.iter().find(|(author, _, _)| *author != ticket.requester).map(|(_, _, at)| *at)
}

/// Tickets. Answers their ids.
pub(super) async fn tickets(
    tx: &mut TenantTx,
    ambient: &Ambient,
    past: &Past,
    projects: &[Uuid],
) -> Result<Vec<Uuid>, DbError> {
    let tickets = &past.tickets;
    let ids: Vec<Uuid> = tickets.iter().map(|ticket| ambient.uuid_at(ticket.created_at)).collect();
    let text =
        |value: fn(&PastTicket) -> &str| tickets.iter().map(|ticket| value(ticket).to_owned()).collect::<Vec<_>>();
    let times = |value: fn(&PastTicket) -> OffsetDateTime| tickets.iter().map(value).collect::<Vec<_>>();
    let maybe_times = |value: fn(&PastTicket) -> Option<OffsetDateTime>| tickets.iter().map(value).collect::<Vec<_>>();
    let assignees: Vec<Option<Uuid>> = tickets.iter().map(|ticket| ticket.assignee.map(|id| id.0)).collect();
    let due: Vec<Option<Date>> = tickets.iter().map(|ticket| ticket.due_on).collect();
    sqlx::query!(
        "INSERT INTO ticket (tenant_id, id, project_id, number, title, description, status, priority, requester_id,
                             assignee_id, due_on, created_at, updated_at, first_response_at, resolved_at)
         SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
                                  $9::uuid[], $10::uuid[], $11::date[], $12::timestamptz[], $13::timestamptz[],
                                  $14::timestamptz[], $15::timestamptz[])",
        tx.tenant_id(),
        &ids,
        &tickets.iter().map(|ticket| projects[ticket.project]).collect::<Vec<_>>(),
        &tickets.iter().map(|ticket| ticket.number).collect::<Vec<_>>(),
        &text(|ticket| &ticket.title),
        &text(|ticket| &ticket.description),
        &text(|ticket| ticket.status.word()),
        &text(|ticket| ticket.priority.word()),
        &tickets.iter().map(|ticket| ticket.requester.0).collect::<Vec<_>>(),
        &assignees as &[Option<Uuid>],
        &due as &[Option<Date>],
        &times(|ticket| ticket.created_at),
        &times(|ticket| ticket.updated_at),
        &maybe_times(first_response) as &[Option<OffsetDateTime>],
        &maybe_times(|ticket| ticket.resolved_at) as &[Option<OffsetDateTime>]
    )
    .execute(tx)
    .await?;
    Ok(ids)
}

/// Labels of tickets, watchers, links.
pub(super) async fn beside(tx: &mut TenantTx, past: &Past, tickets: &[Uuid], labels: &[Uuid]) -> Result<(), DbError> {
    let tenant = tx.tenant_id();
    let of_tickets = || past.tickets.iter().zip(tickets);
    let labelled = || of_tickets().flat_map(|(ticket, id)| ticket.labels.iter().map(move |label| (*id, *label)));
    sqlx::query!(
        "INSERT INTO ticket_label (tenant_id, ticket_id, label_id)
         SELECT $1, * FROM unnest($2::uuid[], $3::uuid[])",
        tenant,
        &labelled().map(|(ticket, _)| ticket).collect::<Vec<_>>(),
        &labelled().map(|(_, label)| labels[label]).collect::<Vec<_>>()
    )
    .execute(&mut *tx)
    .await?;
    let watched = || {
        of_tickets()
            .flat_map(|(ticket, id)| ticket.watchers.iter().map(move |account| (*id, *account, ticket.created_at)))
    };
    sqlx::query!(
        "INSERT INTO ticket_watcher (tenant_id, ticket_id, account_id, since)
         SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::timestamptz[])",
        tenant,
        &watched().map(|(ticket, _, _)| ticket).collect::<Vec<_>>(),
        &watched().map(|(_, account, _)| account.0).collect::<Vec<_>>(),
        &watched().map(|(_, _, since)| since).collect::<Vec<_>>()
    )
    .execute(&mut *tx)
    .await?;
    let linked = || {
        of_tickets().flat_map(|(ticket, id)| {
            ticket
                .links
                .iter()
                .map(move |(relation, other)| (relation.row((*id).into(), tickets[*other].into()), ticket.updated_at))
        })
    };
    sqlx::query!(
        "INSERT INTO ticket_link (tenant_id, from_id, to_id, kind, created_at)
         SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[])
         ON CONFLICT DO NOTHING",
        tenant,
        &linked().map(|((_, from, _), _)| from).collect::<Vec<_>>(),
        &linked().map(|((_, _, to), _)| to).collect::<Vec<_>>(),
        &linked().map(|((kind, _, _), _)| kind.to_owned()).collect::<Vec<_>>(),
        &linked().map(|(_, at)| at).collect::<Vec<_>>()
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Comments, and what happened: that a ticket was opened, each comment, and what else is told of.
pub(super) async fn comments_and_events(
    tx: &mut TenantTx,
    ambient: &Ambient,
    past: &Past,
    tickets: &[Uuid],
) -> Result<(), DbError> {
    let comments: Vec<_> = past
        .tickets
        .iter()
        .zip(tickets)
        .flat_map(|(ticket, id)| ticket.comments.iter().map(move |comment| (*id, comment)))
        .map(|(ticket, (author, body, at))| (ticket, ambient.uuid_at(*at), *author, body, *at))
        .collect();
    sqlx::query!(
        "INSERT INTO ticket_comment (tenant_id, ticket_id, id, author_id, body, created_at)
         SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[])",
        tx.tenant_id(),
        &comments.iter().map(|comment| comment.0).collect::<Vec<_>>(),
        &comments.iter().map(|comment| comment.1).collect::<Vec<_>>(),
        &comments.iter().map(|comment| comment.2.0).collect::<Vec<_>>(),
        &comments.iter().map(|comment| comment.3.clone()).collect::<Vec<_>>(),
        &comments.iter().map(|comment| comment.4).collect::<Vec<_>>()
    )
    .execute(&mut *tx)
    .await?;

    let opened = past.tickets.iter().zip(tickets);
    let opened = opened.map(|(ticket, id)| (*id, ticket.requester, Kind::Created {}, ticket.created_at));
    let commented = comments.iter().map(|(ticket, comment, author, _, at)| {
        (*ticket, *author, Kind::Comment { comment: CommentId(*comment) }, *at)
    });
    let happened =
        past.tickets.iter().zip(tickets).flat_map(|(ticket, id)| {
            ticket.events.iter().map(move |(actor, kind, at)| (*id, *actor, kind.clone(), *at))
        });
    let mut events: Vec<_> = opened.chain(commented).chain(happened).collect();
    // Of the same time: first opened, then commented, then the rest.
    events.sort_by_key(|(_, _, _, at)| *at);
    let ids = in_order(ambient, events.iter().map(|(_, _, _, at)| *at));
    let (kinds, details): (Vec<_>, Vec<_>) = events.iter().map(|(_, _, kind, _)| kind.columns()).unzip();
    sqlx::query!(
        "INSERT INTO ticket_event (tenant_id, ticket_id, id, actor_id, via, kind, detail, created_at)
         SELECT $1, e.ticket_id, e.id, e.actor_id, NULL, e.kind, e.detail, e.at
         FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::jsonb[], $7::timestamptz[])
             AS e (ticket_id, id, actor_id, kind, detail, at)",
        tx.tenant_id(),
        &events.iter().map(|event| event.0).collect::<Vec<_>>(),
        &ids,
        &events.iter().map(|event| event.1.0).collect::<Vec<_>>(),
        &kinds,
        &details,
        &events.iter().map(|event| event.3).collect::<Vec<_>>()
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Ids in the order of `times`, which are sorted: those of one millisecond too.
fn in_order(ambient: &Ambient, times: impl Iterator<Item = OffsetDateTime>) -> Vec<Uuid> {
    // The times are in order and an id begins with its time, so sorting changes the order within one time alone.
    let ids: BTreeSet<Uuid> = times.map(|at| ambient.uuid_at(at)).collect();
    ids.into_iter().collect()
}
