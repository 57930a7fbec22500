//! A demo company in Desk's own words.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use rowhouse_app::desk::{
    bulk::{Past, PastProject, PastTicket},
    project::Level,
    ticket::{
        Colour, Priority, Relation, Status,
        event::{Kind, Named},
    },
};
use rowhouse_platform::id::AccountId;
use time::{Duration, OffsetDateTime};

use super::{DemoChange, DemoPriority, DemoRelation, DemoStatus, DemoTenant, DemoTicket};

/// How long before the first ticket the projects were made.
const PROJECTS_BEFORE: Duration = Duration::days(7);

/// What the company has in Desk; `accounts` are those of its people.
pub(super) fn past(tenant: &DemoTenant, accounts: &[AccountId]) -> Result<Past> {
    let first = tenant.tickets.first().map_or(OffsetDateTime::UNIX_EPOCH, |ticket| ticket.created_at);
    let projects = (0..tenant.projects.len()).map(|index| {
        let project = &tenant.projects[index];
        Ok(PastProject {
            key: project.key.to_owned(),
            name: project.name.to_owned(),
            description: project.description.to_owned(),
            is_open: project.is_open,
            created_at: first - PROJECTS_BEFORE,
            members: members(tenant, index, accounts)?,
        })
    });
    let labels = tenant.labels.iter().map(|label| {
        Ok((label.name.to_owned(), Colour::parse(label.colour).context("a label has a colour that there is not")?))
    });
    Ok(Past {
        projects: projects.collect::<Result<_>>()?,
        labels: labels.collect::<Result<_>>()?,
        tickets: tenant.tickets.iter().map(|ticket| past_ticket(tenant, ticket, accounts)).collect(),
    })
}

/// The lead; and, where the project is not open to all, everybody who has to do with its tickets.
fn members(tenant: &DemoTenant, index: usize, accounts: &[AccountId]) -> Result<Vec<(AccountId, Level)>> {
    let project = &tenant.projects[index];
    let mailbox = format!("{}@", project.lead);
    let lead = tenant.people.iter().position(|person| person.email.starts_with(&mailbox));
    let lead = lead.with_context(|| format!("nobody leads {}", project.key))?;
    let mut members = BTreeSet::new();
    if !project.is_open {
        for ticket in tenant.tickets.iter().filter(|ticket| ticket.project == index) {
            members.extend(ticket.comments.iter().map(|comment| comment.author));
            members.extend(ticket.watchers.iter().copied().chain(ticket.assignee).chain([ticket.requester]));
        }
    }
    members.remove(&lead);
    let others = members.into_iter().map(|person| (accounts[person], Level::Contributor));
    Ok(std::iter::once((accounts[lead], Level::Lead)).chain(others).collect())
}

fn past_ticket(tenant: &DemoTenant, ticket: &DemoTicket, accounts: &[AccountId]) -> PastTicket {
    let named = |person: usize| Named { id: accounts[person], name: tenant.people[person].name.to_owned() };
    let events = ticket.steps.iter().map(|step| {
        let kind = match step.change {
            DemoChange::Assigned(person) => Kind::Assignee { from: None, to: Some(named(person)) },
            DemoChange::Status(from, to) => Kind::Status { from: status(from), to: status(to) },
        };
        (accounts[step.by], kind, step.at)
    });
    let is_resolved = |status| matches!(status, DemoStatus::Solved | DemoStatus::Closed);
    // The last time that it was solved: closing it later does not change that.
    let resolved_at = ticket.steps.iter().rev().find_map(|step| match step.change {
        DemoChange::Status(from, to) if is_resolved(to) && !is_resolved(from) => Some(step.at),
        _ => None,
    });
    PastTicket {
        project: ticket.project,
        number: ticket.number,
        title: ticket.title.clone(),
        description: ticket.description.clone(),
        status: status(ticket.status),
        priority: match ticket.priority {
            DemoPriority::Low => Priority::Low,
            DemoPriority::Normal => Priority::Normal,
            DemoPriority::High => Priority::High,
            DemoPriority::Urgent => Priority::Urgent,
        },
        requester: accounts[ticket.requester],
        assignee: ticket.assignee.map(|person| accounts[person]),
        due_on: ticket.due_on,
        created_at: ticket.created_at,
        updated_at: ticket.updated_at,
        resolved_at: resolved_at.filter(|_| is_resolved(ticket.status)),
        labels: ticket.labels.clone(),
        watchers: ticket.watchers.iter().map(|person| accounts[*person]).collect(),
        links: ticket.links.iter().map(|(relation, other)| (self::relation(*relation), *other)).collect(),
        comments: ticket
            .comments
            .iter()
            .map(|comment| (accounts[comment.author], comment.body.clone(), comment.created_at))
            .collect(),
        events: events.collect(),
    }
}

fn status(status: DemoStatus) -> Status {
    match status {
        DemoStatus::Open => Status::Open,
        DemoStatus::Pending => Status::Pending,
        DemoStatus::Solved => Status::Solved,
        DemoStatus::Closed => Status::Closed,
    }
}

fn relation(relation: DemoRelation) -> Relation {
    match relation {
        DemoRelation::Relates => Relation::Relates,
        DemoRelation::Duplicates => Relation::Duplicates,
        DemoRelation::BlockedBy => Relation::BlockedBy,
    }
}
