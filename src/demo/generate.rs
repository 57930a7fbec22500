//! Puts the companies together: who works there, and two thousand tickets in order of creation.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use time::OffsetDateTime;

use super::calendar;
use super::people::{ACME, Company, DemoTenant, GLOBEX, INITECH};
use super::story::{self, Book, StoryError};
use super::tickets::{self, DemoTicket, History, Setting};

/// How many tickets each company has.
pub(super) const TICKETS: usize = 2_000;

/// The three demo tenants as they stand at `now`, with the tickets of the 365 days before it.
///
/// The same `now` gives the same tenants. Pass a time truncated to the hour, so that data made in one hour is alike.
///
/// # Errors
/// If a story file has a mistake; the tests tell every story, so a build that passes them has none.
pub fn demo_tenants(now: OffsetDateTime) -> Result<Vec<DemoTenant>, StoryError> {
    [&ACME, &GLOBEX, &INITECH].into_iter().map(|company| tenant(company, now)).collect()
}

fn tenant(company: &Company, now: OffsetDateTime) -> Result<DemoTenant, StoryError> {
    let book = read_book(company)?;
    Ok(DemoTenant {
        slug: company.slug,
        name: company.name,
        accent: company.accent,
        people: company.people(),
        tickets: all_tickets(company, &book, now)?,
    })
}

pub(super) fn read_book(company: &Company) -> Result<Book, StoryError> {
    let mut book = Book::default();
    for (file, source) in company.stories {
        story::read_into(&mut book, file, source)?;
    }
    Ok(book)
}

fn all_tickets(company: &Company, book: &Book, now: OffsetDateTime) -> Result<Vec<DemoTicket>, StoryError> {
    let mut rng = ChaCha8Rng::seed_from_u64(company.seed);
    let mut plan = Vec::with_capacity(TICKETS);
    for (index, story) in book.stories.iter().enumerate() {
        for incident in &story.incidents {
            let times = calendar::burst(&mut rng, now, incident.days_ago, incident.tickets);
            plan.extend(times.into_iter().map(|at| (at, index)));
        }
    }
    let weights: Vec<u32> = book.stories.iter().map(|story| story.weight).collect();
    for at in calendar::arrivals(&mut rng, now, TICKETS.saturating_sub(plan.len())) {
        plan.push((at, calendar::pick(&mut rng, &weights)));
    }
    plan.sort_unstable();

    let mut history = History::default();
    (1..)
        .zip(plan)
        .map(|(number, (created_at, index))| {
            let setting = Setting { now, book, staff: &company.staff, story: &book.stories[index], number, created_at };
            tickets::ticket(&mut rng, &mut history, &setting)
        })
        .collect()
}
