//! Reads the story files.
//!
//! A story is one kind of ticket: who raises it, who answers it, how it is worded and how the conversation goes.
//! A file is read line by line; a line that starts with two spaces continues the one before it on a new line.
//!
//! ```text
//! // a note for the editor
//! @site Ostwick plant | Brenford plant        a list that texts draw from with {site}
//! @model,fault HP-250; E-214 | CV-3; B-07     several names drawn together
//! == press-alarm                              begins a story; lists below it belong to it alone
//! asks service sales                          areas of the people who raise it
//! answers support                             areas of the people who answer it
//! weight 3                                    how often, against the other stories (1 when left out)
//! priority normal high high                   drawn evenly from these words
//! key model                                   {prev} is the last ticket of this story with the same {model}
//! incident 47 12                              instead of a weight: 12 tickets, 47 days before now
//! T title                                     one of the titles is drawn
//! D paragraph, D/ another wording of it, D? a paragraph left out half of the time
//! --                                          begins a conversation; one of them is drawn
//! A agent, Q agent who then waits for an answer, R requester, O a colleague, S agent who solves it
//! R? a turn left out half of the time, S~5 a turn about five working days after the one before
//! ```
//!
//! A story may have cases, so that title, description and conversation are about the same thing: `T:a`, `D?:ab`,
//! `--:b`, `A:a`, `priority:b` are used in these cases only, and so are wordings within a text, `[a:broken|b:missing|ab:gone]`.
//! The first such choice in a ticket decides its case.
//!
//! The placeholders in texts are described in [`super::template`].

use std::fmt;

use super::tickets::DemoPriority;

/// A mistake in a story file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryError {
    /// The file or the story that the mistake is in, with the line where one is known.
    pub place: String,
    /// What is wrong there.
    pub problem: String,
}

impl fmt::Display for StoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "demo story {}: {}", self.place, self.problem)
    }
}

impl std::error::Error for StoryError {}

/// The stories of a tenant and the lists that all of them draw from.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) tables: Vec<Table>,
    pub(super) stories: Vec<Story>,
}

/// Rows of values that are drawn together, each column under its name.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) names: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

/// One kind of ticket.
#[derive(Debug)]
pub(super) struct Story {
    pub(super) name: String,
    pub(super) asks: Vec<String>,
    pub(super) answers: Vec<String>,
    pub(super) weight: u32,
    pub(super) priorities: Vec<Priorities>,
    pub(super) key: Option<String>,
    pub(super) incidents: Vec<Incident>,
    pub(super) tables: Vec<Table>,
    pub(super) titles: Vec<Wording>,
    pub(super) paragraphs: Vec<Paragraph>,
    pub(super) threads: Vec<Thread>,
}

/// What a ticket's priority is drawn from.
#[derive(Debug)]
pub(super) struct Priorities {
    pub(super) cases: String,
    pub(super) even: Vec<DemoPriority>,
}

/// Many tickets about one thing on one day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Incident {
    pub(super) days_ago: i64,
    pub(super) tickets: usize,
}

/// A text that fits some cases of the story, or all of them where none is named.
#[derive(Debug)]
pub(super) struct Wording {
    pub(super) cases: String,
    pub(super) text: String,
}

/// A conversation.
#[derive(Debug)]
pub(super) struct Thread {
    pub(super) cases: String,
    pub(super) turns: Vec<Turn>,
}

/// A paragraph of the description, in one or more wordings.
#[derive(Debug)]
pub(super) struct Paragraph {
    pub(super) wordings: Vec<Wording>,
    pub(super) optional: bool,
}

/// One comment of a conversation.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) cases: String,
    pub(super) voice: Voice,
    pub(super) optional: bool,
    /// About how many working days pass before this turn, where the story says so.
    pub(super) days: Option<u32>,
    pub(super) text: String,
}

/// Who speaks in a turn, and what it does to the ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Voice {
    Agent,
    /// The agent, after which the ticket waits for the requester.
    Question,
    Requester,
    Colleague,
    /// The agent, after which the ticket is solved.
    Solution,
}

/// Adds the lists and stories of a file to a book.
pub(super) fn read_into(book: &mut Book, file: &str, source: &str) -> Result<(), StoryError> {
    let first_story = book.stories.len();
    for (number, line) in logical_lines(source) {
        read_line(book, first_story, &line)
            .map_err(|problem| StoryError { place: format!("{file}:{number}"), problem })?;
    }
    book.stories[first_story..].iter().try_for_each(|story| check(story, file))
}

/// Joins continued lines; drops notes and empty lines. Line numbers start at 1.
fn logical_lines(source: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (index, line) in source.lines().enumerate() {
        match (line.strip_prefix("  "), lines.last_mut()) {
            (Some(rest), Some((_, text))) => {
                text.push('\n');
                text.push_str(rest);
            }
            _ if line.trim().is_empty() || line.starts_with("//") => {}
            _ => lines.push((index + 1, line.to_owned())),
        }
    }
    lines
}

fn read_line(book: &mut Book, first_story: usize, line: &str) -> Result<(), String> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    if let Some(names) = word.strip_prefix('@') {
        let table = read_table(names, rest)?;
        match book.stories[first_story..].last_mut() {
            Some(story) => story.tables.push(table),
            None => book.tables.push(table),
        }
        return Ok(());
    }
    if word == "==" {
        book.stories.push(Story {
            name: rest.to_owned(),
            asks: Vec::new(),
            answers: Vec::new(),
            weight: 1,
            priorities: Vec::new(),
            key: None,
            incidents: Vec::new(),
            tables: Vec::new(),
            titles: Vec::new(),
            paragraphs: Vec::new(),
            threads: Vec::new(),
        });
        return Ok(());
    }
    let story = book.stories[first_story..].last_mut().ok_or("text before the first story")?;
    let (word, cases) = word.split_once(':').unwrap_or((word, ""));
    let cases = cases.to_owned();
    let words = || rest.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    match word {
        "asks" => story.asks = words(),
        "answers" => story.answers = words(),
        "weight" => story.weight = number(rest)?,
        "priority" => {
            let even = words().iter().map(|word| priority(word)).collect::<Result<_, _>>()?;
            story.priorities.push(Priorities { cases, even });
        }
        "key" => story.key = Some(rest.to_owned()),
        "incident" => {
            let (days, tickets) = rest.split_once(' ').ok_or("an incident needs days and a count")?;
            story.weight = 0;
            story.incidents.push(Incident { days_ago: number(days)?, tickets: number(tickets)? });
        }
        "T" => story.titles.push(Wording { cases, text: rest.to_owned() }),
        "D" | "D?" => story
            .paragraphs
            .push(Paragraph { wordings: vec![Wording { cases, text: rest.to_owned() }], optional: word == "D?" }),
        "D/" => {
            let paragraph = story.paragraphs.last_mut().ok_or("D/ without a D before it")?;
            paragraph.wordings.push(Wording { cases, text: rest.to_owned() });
        }
        "--" => story.threads.push(Thread { cases, turns: Vec::new() }),
        _ => {
            let turn = read_turn(word, cases, rest)?;
            story.threads.last_mut().ok_or("a turn before --")?.turns.push(turn);
        }
    }
    Ok(())
}

fn read_turn(word: &str, cases: String, text: &str) -> Result<Turn, String> {
    let (word, days) = match word.split_once('~') {
        Some((word, days)) => (word, Some(number(days)?)),
        None => (word, None),
    };
    let (letter, optional) = match word.strip_suffix('?') {
        Some(letter) => (letter, true),
        None => (word, false),
    };
    let voice = match letter {
        "A" => Voice::Agent,
        "Q" => Voice::Question,
        "R" => Voice::Requester,
        "O" => Voice::Colleague,
        "S" => Voice::Solution,
        other => return Err(format!("unknown word {other:?}")),
    };
    Ok(Turn { cases, voice, optional, days, text: text.to_owned() })
}

fn read_table(names: &str, rest: &str) -> Result<Table, String> {
    let names: Vec<String> = names.split(',').map(str::to_owned).collect();
    let rows: Vec<Vec<String>> = split_outside_brackets(rest)
        .into_iter()
        .map(|row| match names.len() {
            1 => vec![row.trim().to_owned()],
            _ => row.split(';').map(|value| value.trim().to_owned()).collect(),
        })
        .collect();
    match rows.iter().find(|row| row.len() != names.len()) {
        Some(row) => Err(format!("{} values for {} names: {row:?}", row.len(), names.len())),
        None => Ok(Table { names, rows }),
    }
}

/// The cases that a wording within a text is for, and the wording.
pub(super) fn split_cases(wording: &str) -> (&str, &str) {
    match wording.split_once(':') {
        Some((cases, text)) if !text.starts_with(' ') && is_cases(cases) => (cases, text),
        _ => ("", wording),
    }
}

fn is_cases(text: &str) -> bool {
    (1..=6).contains(&text.len()) && text.bytes().all(|byte| (b'a'..=b'h').contains(&byte))
}

/// Splits on `|`, but not within square brackets, where it separates wordings.
pub(super) fn split_outside_brackets(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_u32);
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'[' => depth += 1,
            b']' => depth = depth.saturating_sub(1),
            b'|' if depth == 0 => {
                parts.push(&text[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn number<N: std::str::FromStr>(text: &str) -> Result<N, String> {
    text.trim().parse().map_err(|_| format!("{text:?} is not a number"))
}

fn priority(word: &str) -> Result<DemoPriority, String> {
    match word {
        "low" => Ok(DemoPriority::Low),
        "normal" => Ok(DemoPriority::Normal),
        "high" => Ok(DemoPriority::High),
        "urgent" => Ok(DemoPriority::Urgent),
        other => Err(format!("unknown priority {other:?}")),
    }
}

/// A story can be told only if it is whole; saying so here keeps the rest free of special cases.
fn check(story: &Story, file: &str) -> Result<(), StoryError> {
    let solved_once = |thread: &Thread| {
        let mut solutions = thread.turns.iter().filter(|turn| turn.voice == Voice::Solution);
        solutions.next().is_some_and(|turn| !turn.optional) && solutions.next().is_none()
    };
    let problem = if story.asks.is_empty() || story.answers.is_empty() {
        "nobody asks or nobody answers"
    } else if story.titles.is_empty() || story.paragraphs.is_empty() || story.threads.is_empty() {
        "no title, no description or no conversation"
    } else if story.priorities.is_empty() {
        "no priority"
    } else if !story.threads.iter().all(solved_once) {
        "a conversation needs exactly one solution"
    } else {
        return Ok(());
    };
    Err(StoryError { place: format!("{file}, {}", story.name), problem: problem.to_owned() })
}
