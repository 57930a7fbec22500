//! One ticket: who raises it, what it says and what becomes of it.

use std::collections::{BTreeMap, BTreeSet};

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use time::{Date, Duration, OffsetDateTime};

use super::calendar;
use super::conversation::{choose_thread, play};
use super::people::Staff;
use super::projects::DemoLabel;
use super::story::{Book, Story, StoryError};
use super::template::Template;

/// A ticket with its conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoTicket {
    /// Its project: an index into the tenant's projects.
    pub project: usize,
    /// 1 for the project's first ticket, in order of creation.
    pub number: i64,
    /// At most 120 characters.
    pub title: String,
    /// Markdown.
    pub description: String,
    /// Where the conversation has got to.
    pub status: DemoStatus,
    /// How much it hurts.
    pub priority: DemoPriority,
    /// Who raised it: an index into the tenant's people.
    pub requester: usize,
    /// Who answers it: an index into the tenant's people.
    pub assignee: Option<usize>,
    /// When it was raised.
    pub created_at: OffsetDateTime,
    /// When it last changed; never before the last comment.
    pub updated_at: OffsetDateTime,
    /// The conversation, oldest first.
    pub comments: Vec<DemoComment>,
    /// What else became of it, oldest first.
    pub steps: Vec<DemoStep>,
    /// When it is due.
    pub due_on: Option<Date>,
    /// Indices into the tenant's labels.
    pub labels: Vec<usize>,
    /// Who hears of it: indices into the tenant's people.
    pub watchers: Vec<usize>,
    /// How it stands to earlier tickets: indices into the tenant's tickets.
    pub links: Vec<(DemoRelation, usize)>,
}

/// Something that was done to a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoStep {
    /// When.
    pub at: OffsetDateTime,
    /// Who did it: an index into the tenant's people.
    pub by: usize,
    /// What.
    pub change: DemoChange,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemoChange {
    /// Somebody works on it: an index into the tenant's people.
    Assigned(usize),
    /// It got another status.
    Status(DemoStatus, DemoStatus),
}

/// How a ticket stands to an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemoRelation {
    /// It has to do with it.
    Relates,
    /// It reports the same.
    Duplicates,
    /// It waits for it.
    BlockedBy,
}

/// A comment on a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoComment {
    /// Who wrote it: an index into the tenant's people.
    pub author: usize,
    /// Markdown.
    pub body: String,
    /// When it was written.
    pub created_at: OffsetDateTime,
}

/// Where a ticket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemoStatus {
    /// Waits for the help desk.
    Open,
    /// Waits for the requester or for a third party.
    Pending,
    /// Answered.
    Solved,
    /// Answered and accepted.
    Closed,
}

/// How urgent a ticket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemoPriority {
    /// Whenever there is time.
    Low,
    /// The usual.
    Normal,
    /// Work suffers.
    High,
    /// Work stands still.
    Urgent,
}

pub(super) const TITLE_CHARACTERS: usize = 120;

/// What a ticket is made from.
pub(super) struct Setting<'a> {
    pub(super) now: OffsetDateTime,
    pub(super) book: &'a Book,
    pub(super) staff: &'a [Staff],
    pub(super) story: &'a Story,
    /// The company's labels.
    pub(super) labels: &'a [DemoLabel],
    /// How many tickets there are before it.
    pub(super) index: usize,
    pub(super) project: usize,
    /// The key of the project.
    pub(super) key: &'a str,
    pub(super) number: i64,
    pub(super) created_at: OffsetDateTime,
}

/// What has been told so far.
#[derive(Default)]
pub(super) struct History {
    titles: BTreeSet<String>,
    /// What later tickets refer back to: by story and the value of its key, the last ticket's key and index.
    tickets: BTreeMap<(String, String), (String, usize)>,
}

/// Tells one ticket.
pub(super) fn ticket(
    rng: &mut ChaCha8Rng,
    history: &mut History,
    setting: &Setting<'_>,
) -> Result<DemoTicket, StoryError> {
    let Setting { now, story, created_at, .. } = *setting;
    let requester = draw_person(rng, setting, |staff| shares(staff.asks, &story.asks), None)?;
    let agent = draw_person(rng, setting, |staff| shares(staff.answers, &story.answers), Some(requester))?;
    let mut template = Template {
        rng,
        story: &story.name,
        tables: story.tables.iter().chain(&setting.book.tables).collect(),
        created_at,
        bound: BTreeMap::from([
            ("requester".to_owned(), setting.staff[requester].given_name().to_owned()),
            ("agent".to_owned(), setting.staff[agent].given_name().to_owned()),
        ]),
        case: None,
    };
    let title = title(&mut template, history, setting)?;
    let description = description(&mut template, setting)?;
    let priority = draw_priority(&mut template, story);
    let prev = remember(&mut template, history, setting)?;
    let thread = choose_thread(&mut template, story);
    let played = play(&mut template, setting, thread, priority, (requester, agent))?;

    let last = played.comments.last().map_or(created_at, |comment| comment.created_at);
    let relation = if story.incidents.is_empty() { DemoRelation::Relates } else { DemoRelation::Duplicates };
    let refers = |key: &str| played.comments.iter().any(|comment| comment.body.contains(key));
    let links = prev.iter().filter(|(key, _)| refers(key)).map(|(_, index)| (relation, *index)).collect();
    let mut ticket = DemoTicket {
        project: setting.project,
        number: setting.number,
        title,
        description,
        status: played.status,
        priority,
        requester,
        assignee: Some(agent),
        created_at,
        updated_at: last,
        comments: played.comments,
        steps: played.steps,
        due_on: None,
        labels: (0..setting.labels.len()).filter(|label| setting.labels[*label].is_of(&story.name)).collect(),
        watchers: Vec::new(),
        links,
    };
    // A fresh ticket often has nobody yet, an older one that nobody answered seldom.
    let waiting = if now - created_at < Duration::days(2) { 60 } else { 25 };
    if !played.answered && rng.random_range(0..100) < waiting {
        ticket.assignee = None;
    }
    if ticket.status == DemoStatus::Solved {
        finish(rng, now, agent, &mut ticket);
    }
    assigned(&mut ticket);
    Ok(ticket)
}

/// Whoever works on it takes it with their first answer.
fn assigned(ticket: &mut DemoTicket) {
    let Some(assignee) = ticket.assignee else { return };
    let answer = ticket.comments.iter().find(|comment| comment.author == assignee);
    let first = answer.map(|comment| comment.created_at).into_iter().chain(ticket.steps.iter().map(|step| step.at));
    let at = first.min().unwrap_or(ticket.created_at);
    ticket.steps.insert(0, DemoStep { at, by: assignee, change: DemoChange::Assigned(assignee) });
}

/// Solved tickets are closed some days later, by the requester or by themselves; a few stay as they are.
fn finish(rng: &mut ChaCha8Rng, now: OffsetDateTime, agent: usize, ticket: &mut DemoTicket) {
    // A few were dealt with on the telephone and say nothing.
    if ticket.priority != DemoPriority::Urgent && rng.random_range(0..100) < 3 {
        ticket.comments.clear();
        ticket.links.clear();
        let change = DemoChange::Status(DemoStatus::Open, DemoStatus::Solved);
        ticket.steps = vec![DemoStep { at: ticket.updated_at, by: agent, change }];
    }
    let closed_at = calendar::after(ticket.updated_at, calendar::delay(rng, 30, 615 * 6));
    if closed_at < now && rng.random_range(0..100) < 95 {
        ticket.status = DemoStatus::Closed;
        ticket.updated_at = closed_at;
        let change = DemoChange::Status(DemoStatus::Solved, DemoStatus::Closed);
        ticket.steps.push(DemoStep { at: closed_at, by: ticket.requester, change });
    }
}

fn shares(own: &[&str], wanted: &[String]) -> bool {
    wanted.iter().any(|area| own.contains(&area.as_str()))
}

pub(super) fn draw_person(
    rng: &mut ChaCha8Rng,
    setting: &Setting<'_>,
    fits: impl Fn(&Staff) -> bool,
    not: Option<usize>,
) -> Result<usize, StoryError> {
    let fitting: Vec<usize> =
        (0..setting.staff.len()).filter(|&index| Some(index) != not && fits(&setting.staff[index])).collect();
    if fitting.is_empty() {
        return Err(StoryError {
            place: setting.story.name.clone(),
            problem: "nobody works in these areas".to_owned(),
        });
    }
    // The first who fits does the most.
    let weights: Vec<u32> = (0..fitting.len()).map(|index| if index == 0 { 3 } else { 2 }).collect();
    Ok(fitting[calendar::pick(rng, &weights)])
}

/// Draws a title, a new one if that is easy: tickets do repeat, but not all the time.
fn title(template: &mut Template<'_>, history: &mut History, setting: &Setting<'_>) -> Result<String, StoryError> {
    const ATTEMPTS: u32 = 12;
    let titles = &setting.story.titles;
    let people = template.bound.clone();
    for attempt in 1..=ATTEMPTS {
        template.bound.clone_from(&people);
        template.case = None;
        let Some(draft) = template.choose(titles, |title| &title.cases) else {
            break;
        };
        let title = template.fill(&draft.text, setting.created_at)?;
        let fits = title.chars().count() <= TITLE_CHARACTERS;
        if fits && (attempt > ATTEMPTS / 2 || !history.titles.contains(&title)) {
            history.titles.insert(title.clone());
            return Ok(title);
        }
    }
    Err(StoryError {
        place: setting.story.name.clone(),
        problem: format!("titles are longer than {TITLE_CHARACTERS} characters"),
    })
}

fn description(template: &mut Template<'_>, setting: &Setting<'_>) -> Result<String, StoryError> {
    let mut paragraphs = Vec::new();
    for paragraph in &setting.story.paragraphs {
        if paragraph.optional && template.rng.random_range(0..2) == 0 {
            continue;
        }
        if let Some(wording) = template.choose(&paragraph.wordings, |wording| &wording.cases) {
            paragraphs.push(template.fill(&wording.text, setting.created_at)?);
        }
    }
    Ok(paragraphs.join("\n\n"))
}

fn draw_priority(template: &mut Template<'_>, story: &Story) -> DemoPriority {
    let even = template.choose(&story.priorities, |priorities| &priorities.cases).map_or(&[][..], |row| &row.even);
    match even.len() {
        0 => DemoPriority::Normal,
        count => even[template.rng.random_range(0..count)],
    }
}

/// Looks up the ticket that this one repeats, and leaves this one for those to come.
fn remember(
    template: &mut Template<'_>,
    history: &mut History,
    setting: &Setting<'_>,
) -> Result<Option<(String, usize)>, StoryError> {
    let story = setting.story;
    let value = match &story.key {
        Some(key) => template.fill(&format!("{{{key}}}"), setting.created_at)?,
        None if story.incidents.is_empty() => return Ok(None),
        None => setting.created_at.date().to_string(),
    };
    let entry = (story.name.clone(), value);
    let prev = history.tickets.get(&entry).cloned();
    if let Some((key, _)) = &prev {
        template.bound.insert("prev".to_owned(), key.clone());
    }
    let this = (format!("{}-{}", setting.key, setting.number), setting.index);
    // The later reports of an incident refer to the first one.
    if story.incidents.is_empty() {
        history.tickets.insert(entry, this);
    } else {
        history.tickets.entry(entry).or_insert(this);
    }
    Ok(prev)
}
