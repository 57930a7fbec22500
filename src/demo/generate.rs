//! Puts the companies together: who works there, and two thousand tickets in order of creation.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use time::OffsetDateTime;

use super::people::{ACME, Company, DemoTenant, GLOBEX, INITECH};
use super::story::{self, Book, Story, StoryError};
use super::tickets::{self, DemoTicket, History, Setting};
use super::{attributes, calendar};

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
    let mut tickets = all_tickets(company, &book, now)?;
    let escalated = company.labels.len().saturating_sub(1);
    attributes::put_on(&mut tickets, company.seed, company.staff.len(), escalated, now);
    Ok(DemoTenant {
        slug: company.slug,
        name: company.name,
        accent: company.accent,
        people: company.people(),
        projects: company.projects,
        labels: company.labels,
        tickets,
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

    let of_story = book.stories.iter().map(|story| project_of(company, story)).collect::<Result<Vec<_>, _>>()?;
    let mut numbers = vec![0; company.projects.len()];
    let mut history = History::default();
    plan.into_iter()
        .enumerate()
        .map(|(index, (created_at, story))| {
            let project = of_story[story];
            numbers[project] += 1;
            let setting = Setting {
                now,
                book,
                staff: &company.staff,
                story: &book.stories[story],
                labels: company.labels,
                index,
                project,
                key: company.projects[project].key,
                number: numbers[project],
                created_at,
            };
            tickets::ticket(&mut rng, &mut history, &setting)
        })
        .collect()
}

/// The project in which the first area that answers a story is.
fn project_of(company: &Company, story: &Story) -> Result<usize, StoryError> {
    let area = story.answers.first().map_or("", String::as_str);
    company.projects.iter().position(|project| project.areas.contains(&area)).ok_or_else(|| StoryError {
        place: story.name.clone(),
        problem: format!("no project of {} answers in the area {area:?}", company.name),
    })
}
