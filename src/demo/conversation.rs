//! How a ticket's conversation goes, from its creation to the present.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use time::{Duration, OffsetDateTime};

use super::calendar;
use super::story::{Story, StoryError, Thread, Turn, Voice};
use super::template::Template;
use super::tickets::{DemoChange, DemoComment, DemoPriority, DemoStatus, DemoStep, Setting, draw_person};

/// How far the conversation came.
pub(super) struct Played {
    pub(super) comments: Vec<DemoComment>,
    pub(super) status: DemoStatus,
    pub(super) answered: bool,
    /// The changes of the status.
    pub(super) steps: Vec<DemoStep>,
}

impl Played {
    fn turn_to(&mut self, status: DemoStatus, at: OffsetDateTime, by: usize) {
        if status != self.status {
            self.steps.push(DemoStep { at, by, change: DemoChange::Status(self.status, status) });
            self.status = status;
        }
    }
}

fn refers_back(turn: &Turn) -> bool {
    turn.text.contains("{prev}")
}

/// The first report of an incident takes a conversation of its own, the later ones one that refers to the first.
pub(super) fn choose_thread<'a>(template: &mut Template<'_>, story: &'a Story) -> &'a [Turn] {
    let later_report = template.bound.contains_key("prev");
    let fits_report =
        |thread: &&Thread| story.incidents.is_empty() || thread.turns.iter().any(refers_back) == later_report;
    let threads: Vec<_> = story.threads.iter().filter(fits_report).collect();
    template.choose(threads, |thread| &thread.cases).map_or(&[], |thread| &thread.turns)
}

/// Plays the conversation until it ends, stalls or reaches the present.
pub(super) fn play(
    template: &mut Template<'_>,
    setting: &Setting<'_>,
    thread: &[Turn],
    priority: DemoPriority,
    (requester, agent): (usize, usize),
) -> Result<Played, StoryError> {
    let age = setting.now - setting.created_at;
    let stalls = template.rng.random_range(0..1000) < if age < Duration::days(75) { 150 } else { 4 };
    let slow = template.rng.random_range(0..100) < 12;
    let mut played = Played { comments: Vec::new(), status: DemoStatus::Open, answered: false, steps: Vec::new() };
    let mut at = setting.created_at;
    for turn in thread {
        let left_out = turn.optional && template.rng.random_range(0..2) == 0;
        if left_out || !template.fits(&turn.cases) {
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
            played.turn_to(DemoStatus::Solved, at, author);
            break;
        }
        let status = match (turn.voice, played.status) {
            (_, DemoStatus::Solved) | (Voice::Solution, _) => DemoStatus::Solved,
            (Voice::Question, _) => DemoStatus::Pending,
            (Voice::Colleague, status) => status,
            _ => DemoStatus::Open,
        };
        played.turn_to(status, at, author);
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
