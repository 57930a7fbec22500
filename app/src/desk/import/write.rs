//! What a batch of rows does: it is checked against the workspace, and becomes tickets.

use std::collections::{BTreeSet, HashMap};

use rowhouse_platform::{
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::AccountId,
    metering::{self, Meter, Usage, UsageKey},
};
use uuid::Uuid;

use super::{
    columns::Field,
    row::{Draft, Problem},
    store::Import,
};
use crate::desk::{
    project::ProjectId,
    ticket::{TicketId, event::Kind, people},
};

/// Those whom rows name, and the labels.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// By address, in lower case, and by id: the people who reach the project.
    people: HashMap<String, Uuid>,
    /// By name, in lower case.
    labels: HashMap<String, Uuid>,
}

impl Known {
    /// Looks up all that the rows name, in one query for each kind.
    pub(super) async fn of(
        tx: &mut TenantTx,
        project: ProjectId,
        rows: &[(Draft, Vec<Problem>)],
    ) -> Result<Self, DbError> {
        let (mut addresses, mut labels): (BTreeSet<&String>, BTreeSet<&String>) = (BTreeSet::new(), BTreeSet::new());
        for (draft, _) in rows {
            addresses.extend(draft.requester.iter().chain(&draft.assignee));
            labels.extend(&draft.labels);
        }
        let addresses: Vec<String> = addresses.into_iter().cloned().collect();
        let labels: Vec<String> = labels.into_iter().cloned().collect();
        let mut known = Self::default();
        if !addresses.is_empty() {
            let ids = addresses.iter().filter_map(|word| word.parse::<AccountId>().ok());
            let ids: Vec<Uuid> = ids.map(|id| id.0).collect();
            let found = sqlx::query!(
                "SELECT id, email_key FROM account WHERE tenant_id = $1 AND (email_key = ANY($2) OR id = ANY($3))",
                tx.tenant_id(),
                &addresses,
                &ids
            )
            .fetch_all(&mut *tx)
            .await?;
            let ids: Vec<Uuid> = found.iter().map(|row| row.id).collect();
            let reaching: BTreeSet<Uuid> =
                people::among(tx, project, &ids).await?.into_iter().map(|person| person.id.0).collect();
            for row in found.into_iter().filter(|row| reaching.contains(&row.id)) {
                known.people.insert(AccountId(row.id).to_string(), row.id);
                if let Some(address) = row.email_key {
                    known.people.insert(address, row.id);
                }
            }
        }
        if !labels.is_empty() {
            // Held, in the order in which merging locks them.
            let found = sqlx::query!(
                r#"SELECT id, lower(name) AS "name!" FROM label
                   WHERE tenant_id = $1 AND lower(name) = ANY($2) AND ending_since IS NULL
                   ORDER BY id FOR KEY SHARE"#,
                tx.tenant_id(),
                &labels
            )
            .fetch_all(tx)
            .await?;
            known.labels = found.into_iter().map(|row| (row.name, row.id)).collect();
        }
        Ok(known)
    }

    /// What a row names that is not there.
    pub(super) fn problems(&self, draft: &Draft) -> Vec<Problem> {
        let problem = |field, message| Problem { line: draft.line, field: Some(field), message };
        let people = [(Field::Requester, &draft.requester), (Field::Assignee, &draft.assignee)];
        let people = people.into_iter().filter_map(|(field, address)| {
            let address = address.as_ref().filter(|address| !self.people.contains_key(*address))?;
            Some(problem(field, format!("Nobody who reaches this project has the address {address}.")))
        });
        let labels = draft.labels.iter().filter(|name| !self.labels.contains_key(*name)).map(|name| {
            let name: String = name.chars().take(60).collect();
            problem(Field::Labels, format!("There is no label “{name}”. Create it first."))
        });
        people.chain(labels).collect()
    }
}

/// Makes tickets of rows that are right. `false`: the project is archived.
pub(super) async fn make(
    tx: &mut TenantTx,
    ambient: &Ambient,
    import: &Import,
    known: &Known,
    drafts: &[Draft],
) -> Result<bool, DbError> {
    let count = i64::try_from(drafts.len()).unwrap_or(i64::MAX);
    if count == 0 {
        return Ok(true);
    }
    let now = ambient.now();
    // Ids are in the order of the file: chance would order those of one millisecond.
    let mut ids: Vec<Uuid> = drafts.iter().map(|_| ambient.uuid()).collect();
    ids.sort_unstable();
    let last = sqlx::query_scalar!(
        "UPDATE project SET last_number = last_number + $3 WHERE tenant_id = $1 AND id = $2 AND archived_at IS NULL
         RETURNING last_number",
        tx.tenant_id(),
        import.project.0,
        count
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(last) = last else { return Ok(false) };
    let person = |address: Option<&String>| address.and_then(|address| known.people.get(address)).copied();
    let requester = |draft: &Draft| person(draft.requester.as_ref()).unwrap_or(import.account.0);
    let requesters: Vec<Uuid> = drafts.iter().map(requester).collect();
    let assignees: Vec<Option<Uuid>> = drafts.iter().map(|draft| person(draft.assignee.as_ref())).collect();
    let due: Vec<Option<time::Date>> = drafts.iter().map(|draft| draft.due_on).collect();
    let text = |of: fn(&Draft) -> &str| drafts.iter().map(|draft| of(draft).to_owned()).collect::<Vec<_>>();
    sqlx::query!(
        "INSERT INTO ticket (tenant_id, id, project_id, number, title, description, status, priority, requester_id,
                             assignee_id, due_on, created_at, updated_at, resolved_at, import_id)
         SELECT $1, r.id, $2, $3 + r.nth, r.title, r.description, r.status, r.priority, r.requester, r.assignee, r.due,
                $4, $4, CASE WHEN r.status IN ('solved', 'closed') THEN $4::timestamptz END, $5
         FROM unnest($6::uuid[], $7::text[], $8::text[], $9::text[], $10::text[], $11::uuid[], $12::uuid[], $13::date[])
              WITH ORDINALITY AS r (id, title, description, status, priority, requester, assignee, due, nth)",
        tx.tenant_id(),
        import.project.0,
        last - count,
        now,
        import.id.0,
        &ids,
        &text(|draft| &draft.title),
        &text(|draft| &draft.description),
        &text(|draft| draft.status.word()),
        &text(|draft| draft.priority.word()),
        &requesters,
        &assignees as &[Option<Uuid>],
        &due as &[Option<time::Date>]
    )
    .execute(&mut *tx)
    .await?;
    // As search::words writes them, while there are no comments.
    sqlx::query!(
        "INSERT INTO ticket_words (tenant_id, ticket_id, words)
         SELECT t.tenant_id, t.id, tenant_words(setweight(to_tsvector('simple', t.title), 'A')
                                                || setweight(to_tsvector('simple', t.description), 'B'))
         FROM ticket t WHERE t.tenant_id = $1 AND t.id = ANY($2)",
        tx.tenant_id(),
        &ids
    )
    .execute(&mut *tx)
    .await?;
    label(tx, known, &ids, drafts).await?;
    tell(tx, ambient, import, &ids).await?;
    let usage = |id: &Uuid| Usage {
        project: Some(import.project.0),
        ..Usage::one(Meter::Ticket, UsageKey::once(TicketId(*id))).by(import.account)
    };
    metering::emit_all(tx, ambient, &ids.iter().map(usage).collect::<Vec<_>>()).await?;
    Ok(true)
}

async fn label(tx: &mut TenantTx, known: &Known, ids: &[Uuid], drafts: &[Draft]) -> Result<(), DbError> {
    let (mut tickets, mut labels) = (Vec::new(), Vec::new());
    for (id, draft) in ids.iter().zip(drafts) {
        for label in draft.labels.iter().filter_map(|name| known.labels.get(name)) {
            tickets.push(*id);
            labels.push(*label);
        }
    }
    sqlx::query!(
        "INSERT INTO ticket_label (tenant_id, ticket_id, label_id)
         SELECT $1, x.ticket_id, x.label_id FROM unnest($2::uuid[], $3::uuid[]) AS x (ticket_id, label_id)",
        tx.tenant_id(),
        &tickets,
        &labels
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Each timeline begins with who brought the ticket in.
async fn tell(tx: &mut TenantTx, ambient: &Ambient, import: &Import, ids: &[Uuid]) -> Result<(), DbError> {
    let (kind, detail) = Kind::Created {}.columns();
    let events: Vec<Uuid> = ids.iter().map(|_| ambient.uuid()).collect();
    sqlx::query!(
        "INSERT INTO ticket_event (tenant_id, ticket_id, id, actor_id, kind, detail, created_at, recorded_in)
         SELECT $1, e.ticket_id, e.id, $2, $3, $4, $5, NULL FROM unnest($6::uuid[], $7::uuid[]) AS e (ticket_id, id)",
        tx.tenant_id(),
        import.account.0,
        kind,
        detail,
        ambient.now(),
        ids,
        &events
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether nothing in the project may change.
pub(super) async fn is_archived(tx: &mut TenantTx, project: ProjectId) -> Result<bool, DbError> {
    let is_archived = sqlx::query_scalar!(
        r#"SELECT archived_at IS NOT NULL AS "is_archived!" FROM project WHERE tenant_id = $1 AND id = $2"#,
        tx.tenant_id(),
        project.0
    )
    .fetch_one(tx)
    .await?;
    Ok(is_archived)
}

/// Whether who brought the file in is still active here.
pub(super) async fn is_active(tx: &mut TenantTx, import: &Import) -> Result<bool, DbError> {
    let state = sqlx::query_scalar!(
        "SELECT state FROM account WHERE tenant_id = $1 AND id = $2",
        tx.tenant_id(),
        import.account.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(state.as_deref() == Some("active"))
}
