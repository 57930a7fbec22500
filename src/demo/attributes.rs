//! What is put on tickets beside their conversation: when they are due, who watches them, which are escalated.
//!
//! Drawn after everything else and from a generator of its own, so that the conversations do not depend on it.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use time::{Duration, OffsetDateTime};

use super::{
    calendar,
    tickets::{DemoPriority, DemoRelation, DemoStatus, DemoTicket},
};

/// How many days before now links by people's own hand begin: the tickets that one works on are linked most.
const LINKED_DAYS: i64 = 60;

/// Puts due dates, watchers, the label `escalated` and links on the tickets of a company of `people` people.
pub(super) fn put_on(tickets: &mut [DemoTicket], seed: u64, people: usize, escalated: usize, now: OffsetDateTime) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x61_74_74_72);
    for index in 0..tickets.len() {
        let ticket = &mut tickets[index];
        due(&mut rng, ticket);
        watched(&mut rng, ticket, people);
        if matches!(ticket.priority, DemoPriority::High | DemoPriority::Urgent) && rng.random_range(0..100) < 14 {
            ticket.labels.push(escalated);
        }
        linked(&mut rng, tickets, index, now);
    }
}

fn due(rng: &mut ChaCha8Rng, ticket: &mut DemoTicket) {
    let (likely, days) = match ticket.priority {
        DemoPriority::Urgent => (55, 1..=3),
        DemoPriority::High => (45, 2..=9),
        DemoPriority::Normal => (14, 5..=25),
        DemoPriority::Low => (6, 14..=60),
    };
    if rng.random_range(0..100) < likely {
        let day = ticket.created_at.date() + Duration::days(rng.random_range(days));
        ticket.due_on = Some(calendar::working_day(day, false));
    }
}

fn watched(rng: &mut ChaCha8Rng, ticket: &mut DemoTicket, people: usize) {
    let count = match rng.random_range(0..100) {
        0..=4 => 3,
        5..=11 => 2,
        12..=29 => 1,
        _ => 0,
    };
    for _ in 0..count {
        let person = rng.random_range(0..people);
        let has_part = person == ticket.requester || Some(person) == ticket.assignee;
        if !has_part && !ticket.watchers.contains(&person) {
            ticket.watchers.push(person);
        }
    }
}

/// A ticket that is not done waits for an earlier one of the same project that is not done either.
fn linked(rng: &mut ChaCha8Rng, tickets: &mut [DemoTicket], index: usize, now: OffsetDateTime) {
    let is_left = |ticket: &DemoTicket| matches!(ticket.status, DemoStatus::Open | DemoStatus::Pending);
    let ticket = &tickets[index];
    if !is_left(ticket) || now - ticket.created_at > Duration::days(LINKED_DAYS) || rng.random_range(0..100) >= 18 {
        return;
    }
    let earlier = tickets[..index].iter().rposition(|other| is_left(other) && other.project == ticket.project);
    if let Some(earlier) = earlier
        && ticket.links.iter().all(|(_, other)| *other != earlier)
    {
        tickets[index].links.push((DemoRelation::BlockedBy, earlier));
    }
}
