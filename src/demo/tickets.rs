//! One ticket: who raises it, what it says, and how the conversation goes from there to the present.

use std::collections::{BTreeMap, BTreeSet};

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use time::{Duration, OffsetDateTime};

use super::calendar;
use super::people::Staff;
use super::story::{Book, Story, StoryError, Thread, Turn, Voice};
use super::template::Template;

/// A ticket with its conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoTicket {
    /// 1 for the tenant's first ticket, in order of creation.
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
    pub(super) number: i64,
    pub(super) created_at: OffsetDateTime,
}

/// What has been told so far.
#[derive(Default)]
pub(super) struct History {
    titles: BTreeSet<String>,
    /// What later tickets refer back to: by story and the value of its key, the last ticket's number.
    numbers: BTreeMap<(String, String), i64>,
}

/// How far the conversation came.
struct Played {
    comments: Vec<DemoComment>,
    status: DemoStatus,
    answered: bool,
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
    let priority = story.priorities[rng.random_range(0..story.priorities.len())];
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
    remember(&mut template, history, setting)?;
    let thread = choose_thread(&mut template, story);
    let played = play(&mut template, setting, thread, priority, (requester, agent))?;

    let last = played.comments.last().map_or(created_at, |comment| comment.created_at);
    let mut ticket = DemoTicket {
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
    };
    // A fresh ticket often has nobody yet, an older one that nobody answered seldom.
    let waiting = if now - created_at < Duration::days(2) { 60 } else { 25 };
    if !played.answered && rng.random_range(0..100) < waiting {
        ticket.assignee = None;
    }
    if ticket.status == DemoStatus::Solved {
        finish(rng, now, &mut ticket);
    }
    Ok(ticket)
}

/// Solved tickets are closed some days later, by the requester or by themselves; a few stay as they are.
fn finish(rng: &mut ChaCha8Rng, now: OffsetDateTime, ticket: &mut DemoTicket) {
    // A few were dealt with on the telephone and say nothing.
    if ticket.priority != DemoPriority::Urgent && rng.random_range(0..100) < 3 {
        ticket.comments.clear();
    }
    let closed_at = calendar::after(ticket.updated_at, calendar::delay(rng, 30, 615 * 6));
    if closed_at < now && rng.random_range(0..100) < 95 {
        ticket.status = DemoStatus::Closed;
        ticket.updated_at = closed_at;
    }
}

fn shares(own: &[&str], wanted: &[String]) -> bool {
    wanted.iter().any(|area| own.contains(&area.as_str()))
}

fn draw_person(
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

/// Looks up the ticket that this one repeats, and leaves this one for those to come.
fn remember(template: &mut Template<'_>, history: &mut History, setting: &Setting<'_>) -> Result<(), StoryError> {
    let story = setting.story;
    let value = match &story.key {
        Some(key) => template.fill(&format!("{{{key}}}"), setting.created_at)?,
        None if story.incidents.is_empty() => return Ok(()),
        None => setting.created_at.date().to_string(),
    };
    let entry = (story.name.clone(), value);
    if let Some(number) = history.numbers.get(&entry) {
        template.bound.insert("prev".to_owned(), number.to_string());
    }
    // The later reports of an incident refer to the first one.
    if story.incidents.is_empty() {
        history.numbers.insert(entry, setting.number);
    } else {
        history.numbers.entry(entry).or_insert(setting.number);
    }
    Ok(())
}

fn refers_back(turn: &Turn) -> bool {
    turn.text.contains("{prev}")
}

/// Later reports of an incident take a conversation that refers to the first report, if there is one.
fn choose_thread<'a>(template: &mut Template<'_>, story: &'a Story) -> &'a [Turn] {
    let repeats = template.bound.contains_key("prev");
    let later_report = repeats && !story.incidents.is_empty();
    let needs_earlier = |thread: &&Thread| thread.turns.iter().any(|turn| !turn.optional && refers_back(turn));
    let (mut wanted, others): (Vec<_>, Vec<_>) =
        story.threads.iter().partition(|thread| needs_earlier(thread) == later_report);
    if wanted.is_empty() {
        wanted = others;
    }
    template.choose(wanted, |thread| &thread.cases).map_or(&[], |thread| &thread.turns)
}

/// Plays the conversation until it ends, stalls or reaches the present.
fn play(
    template: &mut Template<'_>,
    setting: &Setting<'_>,
    thread: &[Turn],
    priority: DemoPriority,
    (requester, agent): (usize, usize),
) -> Result<Played, StoryError> {
    let age = setting.now - setting.created_at;
    let stalls = template.rng.random_range(0..1000) < if age < Duration::days(75) { 150 } else { 4 };
    let slow = template.rng.random_range(0..100) < 12;
    let mut played = Played { comments: Vec::new(), status: DemoStatus::Open, answered: false };
    let mut at = setting.created_at;
    for turn in thread {
        let left_out = turn.optional && template.rng.random_range(0..2) == 0;
        if left_out || !template.fits(&turn.cases) || (refers_back(turn) && !template.bound.contains_key("prev")) {
            continue;
        }
        let likely = if played.status == DemoStatus::Pending { 60 } else { 20 };
        if stalls && (turn.voice == Voice::Solution || template.rng.random_range(0..100) < likely) {
            break;
        }
        let silent = played.status == DemoStatus::Pending
            && turn.voice == Voice::Requester
            && template.rng.random_range(0..100) < 6;
        at = next_time(template.rng, at, turn, priority, slow, silent);
        if at >= setting.now {
            break;
        }
        let author = match turn.voice {
            Voice::Requester if !silent => requester,
            Voice::Colleague => draw_person(template.rng, setting, |_| true, Some(requester))?,
            _ => agent,
        };
        let text = if silent { "{silence}" } else { &turn.text };
        let body = template.fill(text, at)?;
        played.comments.push(DemoComment { author, body, created_at: at });
        played.answered |= author == agent;
        if silent {
            played.status = DemoStatus::Solved;
            break;
        }
        played.status = match (turn.voice, played.status) {
            (_, DemoStatus::Solved) | (Voice::Solution, _) => DemoStatus::Solved,
            (Voice::Question, _) => DemoStatus::Pending,
            (Voice::Colleague, status) => status,
            _ => DemoStatus::Open,
        };
    }
    if played.status == DemoStatus::Open && template.rng.random_range(0..2) == 0 {
        chase(template, setting, requester, at, &mut played)?;
    }
    Ok(played)
}

/// A requester who has waited for more than a week asks how it is going.
fn chase(
    template: &mut Template<'_>,
    setting: &Setting<'_>,
    requester: usize,
    last: OffsetDateTime,
    played: &mut Played,
) -> Result<(), StoryError> {
    let waited = calendar::delay(template.rng, 60 * 40, 60 * 90);
    let last =
        played.comments.last().map_or(setting.created_at, |comment| comment.created_at).max(last.min(setting.now));
    let at = calendar::after(last, waited);
    if at < setting.now {
        let body = template.fill("{chase}", at)?;
        played.comments.push(DemoComment { author: requester, body, created_at: at });
    }
    Ok(())
}

/// When the turn is written, after one at `at`.
fn next_time(
    rng: &mut ChaCha8Rng,
    at: OffsetDateTime,
    turn: &Turn,
    priority: DemoPriority,
    slow: bool,
    silent: bool,
) -> OffsetDateTime {
    const DAY: u32 = 615; // minutes from opening to closing
    if silent {
        return calendar::after(at, calendar::delay(rng, 6 * DAY, 9 * DAY));
    }
    if let Some(days) = turn.days {
        return calendar::after(at, calendar::delay(rng, days * DAY * 3 / 4, days * DAY * 3 / 2));
    }
    let (low, high) = match (turn.voice, priority) {
        (Voice::Solution, DemoPriority::Urgent) => (20, 240),
        (Voice::Solution, DemoPriority::High) => (40, DAY * 2),
        (Voice::Solution, _) => (90, DAY * 5),
        (_, DemoPriority::Urgent) => (3, 45),
        (_, DemoPriority::High) => (10, 300),
        (Voice::Requester | Voice::Colleague, _) => (8, DAY * 3),
        (_, DemoPriority::Normal) => (30, DAY * 2),
        (_, DemoPriority::Low) => (60, DAY * 4),
    };
    let stretch = if slow && priority != DemoPriority::Urgent { 4 } else { 1 };
    let delay = calendar::delay(rng, low * stretch, high * stretch);
    // What is urgent is answered at night as well.
    if priority == DemoPriority::Urgent { at + delay } else { calendar::after(at, delay) }
}
