//! Fills in the texts of a story, the same way throughout one ticket.
//!
//! | written | becomes |
//! |---|---|
//! | `[x\|y\|z]` | one of the wordings, drawn anew each time |
//! | `[a:x\|b:y]` | the wording for the case that the ticket is about |
//! | `{site}` | a value of the list `site`, the same in the whole ticket |
//! | `{site~2}` | another value of that list |
//! | `{3..9}`, `{50..400/10}` | a number, here in steps of 10 |
//! | `{n=3..9}`, then `{n}` | a number that the ticket keeps |
//! | `{requester}`, `{agent}` | their given names |
//! | `{prev}` | the key of an earlier ticket of the kind; a wording with it is used only if there is one |
//! | `{date}`, `{date+4}`, `{weekday-1}` | a working day, counted from the text's own time |
//! | `{month}`, `{lastmonth}`, `{week}` | of the ticket's creation |
//! | `{clock}` | a time of day shortly before the ticket was created |
//! | `{^x}` | `{x}` with a capital letter |
//! | `\[` | the character itself |
//!
//! In the values of lists, `#` is a digit and `%` a digit other than 0.

use std::collections::BTreeMap;

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use time::{Duration, OffsetDateTime};

use super::calendar;
use super::story::{StoryError, Table, split_cases, split_outside_brackets};

/// The values that one ticket has drawn so far.
pub(super) struct Template<'a> {
    pub(super) rng: &'a mut ChaCha8Rng,
    /// The name of the story, for messages.
    pub(super) story: &'a str,
    /// The lists, the most specific first.
    pub(super) tables: Vec<&'a Table>,
    pub(super) created_at: OffsetDateTime,
    pub(super) bound: BTreeMap<String, String>,
    /// The case of the story that the ticket is about, once that is decided.
    pub(super) case: Option<char>,
}

impl Template<'_> {
    /// The text with every placeholder filled in, as written at `at`.
    pub(super) fn fill(&mut self, text: &str, at: OffsetDateTime) -> Result<String, StoryError> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(index) = rest.find(['[', '{', '\\']) {
            out.push_str(&rest[..index]);
            let tail = &rest[index + 1..];
            match rest.as_bytes()[index] {
                b'[' => {
                    let end = closing(tail).ok_or_else(|| self.error(format!("[ without ] in {text:?}")))?;
                    let known = self.bound.contains_key("prev");
                    let wordings = split_outside_brackets(&tail[..end])
                        .into_iter()
                        .filter(|wording| known || !wording.contains("{prev}"))
                        .map(split_cases);
                    let (_, wording) = self
                        .choose(wordings, |(cases, _)| cases)
                        .ok_or_else(|| self.error(format!("no wording for case {:?} in {text:?}", self.case)))?;
                    out.push_str(&self.fill(wording, at)?);
                    rest = &tail[end + 1..];
                }
                b'{' => {
                    let end = tail.find('}').ok_or_else(|| self.error(format!("{{ without }} in {text:?}")))?;
                    out.push_str(&self.value(&tail[..end], at)?);
                    rest = &tail[end + 1..];
                }
                _ => {
                    let length = tail.chars().next().map_or(0, char::len_utf8);
                    out.push_str(&tail[..length]);
                    rest = &tail[length..];
                }
            }
        }
        out.push_str(rest);
        Ok(out)
    }

    /// Draws one of what fits the ticket's case; if that was still open, the choice decides it.
    pub(super) fn choose<T>(&mut self, all: impl IntoIterator<Item = T>, cases: impl Fn(&T) -> &str) -> Option<T> {
        let mut fitting: Vec<T> = all.into_iter().filter(|one| self.fits(cases(one))).collect();
        if fitting.is_empty() {
            return None;
        }
        let chosen = fitting.swap_remove(self.rng.random_range(0..fitting.len()));
        let letters: Vec<char> = cases(&chosen).chars().collect();
        if self.case.is_none() && !letters.is_empty() {
            self.case = Some(letters[self.rng.random_range(0..letters.len())]);
        }
        Some(chosen)
    }

    /// Whether a text for these cases can be used in this ticket.
    pub(super) fn fits(&self, cases: &str) -> bool {
        cases.is_empty() || self.case.is_none_or(|case| cases.contains(case))
    }

    fn value(&mut self, name: &str, at: OffsetDateTime) -> Result<String, StoryError> {
        if let Some(name) = name.strip_prefix('^') {
            return self.value(name, at).map(|value| capitalised(&value));
        }
        if let Some(value) = self.bound.get(name) {
            return Ok(value.clone());
        }
        if let Some(value) = self.moment(name, at) {
            return Ok(value);
        }
        if let Some((name, range)) = name.split_once('=') {
            if let Some(value) = self.bound.get(name) {
                return Ok(value.clone());
            }
            let value = self.in_range(range)?;
            self.bound.insert(name.to_owned(), value.clone());
            return Ok(value);
        }
        if name.contains("..") {
            return self.in_range(name);
        }
        self.draw(name, at)
    }

    /// Placeholders for times. Those of the creation are the same in every text of the ticket.
    fn moment(&mut self, name: &str, at: OffsetDateTime) -> Option<String> {
        let created = self.created_at;
        match name {
            "month" => return Some(created.month().to_string()),
            "lastmonth" => return Some(created.month().previous().to_string()),
            "week" => return Some(created.iso_week().to_string()),
            "clock" => {
                let before = created - Duration::minutes(self.rng.random_range(8..70));
                let value = format!("{:02}:{:02}", before.hour(), before.minute() / 5 * 5);
                self.bound.insert(name.to_owned(), value.clone());
                return Some(value);
            }
            _ => {}
        }
        let split = name.find(['+', '-']).unwrap_or(name.len());
        let days = if split == name.len() { 0 } else { name[split..].parse().ok()? };
        let day = calendar::working_day(at.date() + Duration::days(days), days < 0);
        match &name[..split] {
            "date" => Some(format!("{} {}", day.day(), day.month())),
            "weekday" => Some(day.weekday().to_string()),
            _ => None,
        }
    }

    fn in_range(&mut self, range: &str) -> Result<String, StoryError> {
        let (range, step) = range.split_once('/').unwrap_or((range, "1"));
        let numbers = range
            .split_once("..")
            .and_then(|(low, high)| Some((low.parse().ok()?, high.parse().ok()?, step.parse().ok()?)));
        let (low, high, step): (u32, u32, u32) = numbers
            .filter(|&(low, high, step)| low <= high && step > 0)
            .ok_or_else(|| self.error(format!("bad range {range:?}")))?;
        Ok((low + self.rng.random_range(0..=(high - low) / step) * step).to_string())
    }

    /// Draws a row of the list that has this name, and keeps all of its columns.
    fn draw(&mut self, name: &str, at: OffsetDateTime) -> Result<String, StoryError> {
        let (list, again) = name.split_once('~').map_or((name, false), |(list, _)| (list, true));
        let table = self
            .tables
            .iter()
            .copied()
            .find(|table| table.names.iter().any(|own| own == list))
            .ok_or_else(|| self.error(format!("no list {list:?}")))?;
        let taken = if again { Some(self.value(list, at)?) } else { None };
        let mut row = self.rng.random_range(0..table.rows.len());
        let column = table.names.iter().position(|own| own == list).unwrap_or(0);
        if taken.as_ref() == Some(&table.rows[row][column]) {
            row = (row + 1) % table.rows.len();
        }
        for (own, value) in table.names.iter().zip(&table.rows[row]) {
            let value = self.digits(value);
            let value = self.fill(&value, at)?;
            let own = if again { name.replace(list, own) } else { own.clone() };
            self.bound.insert(own, value);
        }
        self.bound.get(name).cloned().ok_or_else(|| self.error(format!("no value for {name:?}")))
    }

    fn digits(&mut self, value: &str) -> String {
        let mut escaped = false;
        value
            .chars()
            .map(|c| {
                let plain = escaped;
                escaped = c == '\\' && !plain;
                match c {
                    '#' if !plain => char::from(b'0' + self.rng.random_range(0..10_u8)),
                    '%' if !plain => char::from(b'1' + self.rng.random_range(0..9_u8)),
                    other => other,
                }
            })
            .collect()
    }

    fn error(&self, problem: String) -> StoryError {
        StoryError { place: self.story.to_owned(), problem }
    }
}

/// Where the bracket that was opened just before `text` closes.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_u32;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'[' => depth += 1,
            b']' if depth == 0 => return Some(index),
            b']' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
