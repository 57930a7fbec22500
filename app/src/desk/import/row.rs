//! What a row says, checked as a form is: all that can be told without the database.

use csv::ByteRecord;
use rowhouse_platform::csv::unescaped;
use time::{Date, macros::format_description};

use super::columns::Field;
use crate::{
    desk::{
        person_field::WHO_LENGTH,
        ticket::{MOST_LABELS, Priority, Status, TEXT_LENGTH, TITLE_LENGTH, label},
    },
    ui::{
        signs::{is_blank, overrides},
        time::number,
    },
};

/// A ticket as a row has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The line in which the row begins.
    pub line: u64,
    /// Its title.
    pub title: String,
    /// Its description.
    pub description: String,
    /// How far it is.
    pub status: Status,
    /// How urgent it is.
    pub priority: Priority,
    /// The address or the id of who asked, in lower case.
    pub requester: Option<String>,
    /// The address or the id of who works on it, in lower case.
    pub assignee: Option<String>,
    /// The names of its labels, in lower case.
    pub labels: Vec<String>,
    /// The day by which it is due.
    pub due_on: Option<Date>,
}

/// Something wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line in which the row begins.
    pub line: u64,
    /// The field that it is about; none: the whole row.
    pub field: Option<Field>,
    /// What is wrong, for people.
    pub message: String,
}

/// Reads a row: the ticket that it would become, and everything that is wrong with it. People and labels that cannot be read
/// are not in the ticket, so that what is in it can be looked up.
pub fn read(line: u64, fields: &ByteRecord, mapping: &[Option<Field>]) -> (Draft, Vec<Problem>) {
    let mut reader = Reader { line, fields, mapping, problems: Vec::new() };
    if fields.len() > mapping.len() {
        reader.add(None, format!("The row has {} fields, and the first line names {}.", fields.len(), mapping.len()));
    }
    let title = reader.text(Field::Title, TITLE_LENGTH, false);
    if is_blank(&title) && reader.problems.is_empty() {
        reader.add(Some(Field::Title), "The title is missing.".to_owned());
    }
    let mut draft = Draft {
        line,
        title,
        description: reader.text(Field::Description, TEXT_LENGTH, true),
        status: reader.choice(Field::Status, Status::Open, Status::ALL, Status::word, Status::label),
        priority: reader.choice(Field::Priority, Priority::Normal, Priority::ALL, Priority::word, Priority::label),
        requester: reader.address(Field::Requester),
        assignee: reader.address(Field::Assignee),
        labels: reader.labels(),
        due_on: reader.day(),
    };
    let is_wrong = |field| reader.problems.iter().any(|problem| problem.field == Some(field));
    draft.requester.take_if(|_| is_wrong(Field::Requester));
    draft.assignee.take_if(|_| is_wrong(Field::Assignee));
    if is_wrong(Field::Labels) {
        draft.labels.clear();
    }
    (draft, reader.problems)
}

struct Reader<'a> {
    line: u64,
    fields: &'a ByteRecord,
    mapping: &'a [Option<Field>],
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    fn add(&mut self, field: Option<Field>, message: String) {
        self.problems.push(Problem { line: self.line, field, message });
    }

    /// A field, as it is written.
    fn bytes(&self, field: Field) -> &'a [u8] {
        let place = self.mapping.iter().position(|mapped| *mapped == Some(field));
        let fields = self.fields;
        place.and_then(|place| fields.get(place)).unwrap_or_default()
    }

    fn text(&mut self, field: Field, most: usize, has_lines: bool) -> String {
        let Ok(text) = std::str::from_utf8(self.bytes(field)) else {
            self.add(Some(field), "This is not UTF-8. Save the file as CSV in UTF-8.".to_owned());
            return String::new();
        };
        let text = unescaped(text).trim().replace("\r\n", "\n");
        let is_bad = |sign: char| {
            (sign.is_control() && !(has_lines && matches!(sign, '\n' | '\t')))
                || (field == Field::Title && overrides(sign))
        };
        let length = text.chars().count();
        if text.chars().any(is_bad) {
            let what = if has_lines { "a control character" } else { "a control character or a line break" };
            self.add(Some(field), format!("This contains {what}."));
        } else if length > most {
            let [length, most] = [length, most].map(|count| number(i64::try_from(count).unwrap_or(i64::MAX)));
            self.add(Some(field), format!("This has {length} characters; {most} are allowed."));
        }
        text
    }

    fn choice<T: Copy>(
        &mut self,
        field: Field,
        none: T,
        all: &[T],
        word: fn(T) -> &'static str,
        label: fn(T) -> &'static str,
    ) -> T {
        let text = self.text(field, TITLE_LENGTH, false);
        if text.is_empty() {
            return none;
        }
        let is_meant =
            |value: &&T| word(**value).eq_ignore_ascii_case(&text) || label(**value).eq_ignore_ascii_case(&text);
        if let Some(value) = all.iter().find(is_meant) {
            return *value;
        }
        let words = all.iter().map(|value| word(*value)).collect::<Vec<_>>().join(", ");
        let text: String = text.chars().take(60).collect();
        self.add(Some(field), format!("“{text}” is not known; allowed are {words}."));
        none
    }

    fn address(&mut self, field: Field) -> Option<String> {
        let text = self.text(field, WHO_LENGTH, false);
        (!text.is_empty()).then(|| text.to_lowercase())
    }

    fn labels(&mut self) -> Vec<String> {
        let text = self.text(Field::Labels, MOST_LABELS * (label::NAME_LENGTH + 2), true);
        // A file of Desk's own separates by line breaks, for names may have commas in them. It has one behind a single
        // name, too, which is trimmed off the text.
        let separators: &[char] = if self.bytes(Field::Labels).contains(&b'\n') { &['\n'] } else { &[',', ';'] };
        let mut names: Vec<String> = text.split(separators).map(|name| name.trim().to_lowercase()).collect();
        names.retain(|name| !name.is_empty());
        names.sort_unstable();
        names.dedup();
        if names.len() > MOST_LABELS {
            self.add(Some(Field::Labels), format!("These are {} labels; {MOST_LABELS} are allowed.", names.len()));
        }
        names
    }

    fn day(&mut self) -> Option<Date> {
        let text = self.text(Field::Due, TITLE_LENGTH, false);
        if text.is_empty() {
            return None;
        }
        let day = Date::parse(&text, format_description!("[year]-[month]-[day]"));
        let day = day.ok().filter(|day| (1900..=9999).contains(&day.year()));
        if day.is_none() {
            self.add(Some(Field::Due), "This is no day; write it as 2026-11-30.".to_owned());
        }
        day
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(fields: &[&str], mapping: &[Option<Field>]) -> (Draft, Vec<Problem>) {
        read(7, &ByteRecord::from(fields.to_vec()), mapping)
    }

    fn problems(fields: &[&str], mapping: &[Option<Field>]) -> Vec<Problem> {
        read_all(fields, mapping).1
    }

    #[test]
    fn a_row_becomes_a_ticket() {
        let all = Field::ALL.map(Some);
        let row = ["'=1+1", "one\r\ntwo", "Solved", "HIGH", "Ada@Acme.Test", "", "bug, Later", "2026-11-30"];
        let (draft, wrong) = read_all(&row, &all);
        assert_eq!(wrong, []);
        assert_eq!((draft.title.as_str(), draft.description.as_str()), ("=1+1", "one\ntwo"));
        assert_eq!((draft.status, draft.priority), (Status::Solved, Priority::High));
        assert_eq!((draft.requester.as_deref(), draft.assignee), (Some("ada@acme.test"), None));
        assert_eq!((draft.labels, draft.due_on.unwrap().day()), (vec!["bug".to_owned(), "later".to_owned()], 30));
    }

    #[test]
    fn labels_are_separated_by_what_the_file_separates_with() {
        let mapping = [Some(Field::Title), Some(Field::Labels)];
        for (written, names) in [
            ("a, b", vec!["a", "b"]),
            ("a; b", vec!["a", "b"]),
            ("a, b\n", vec!["a, b"]),
            ("'=a; b\r\n", vec!["=a; b"]),
            ("a, b\nc", vec!["a, b", "c"]),
            ("a\n", vec!["a"]),
        ] {
            let (draft, wrong) = read_all(&["x", written], &mapping);
            assert_eq!((draft.labels, wrong.len()), (names.into_iter().map(String::from).collect(), 0), "{written:?}");
        }
    }

    #[test]
    fn everything_that_is_wrong_is_said() {
        let mapping = [Some(Field::Title), Some(Field::Status), Some(Field::Due)];
        let found = problems(&["a\u{1}", "lost", "tomorrow", "more"], &mapping);
        let fields: Vec<_> = found.iter().map(|problem| problem.field).collect();
        assert_eq!(fields, [None, Some(Field::Title), Some(Field::Status), Some(Field::Due)]);
        assert!(found.iter().all(|problem| problem.line == 7));
        for blank in [" ", "\u{200b}", "\u{feff}"] {
            assert_eq!(problems(&[blank], &mapping)[0].message, "The title is missing.", "{blank:?}");
        }
        assert_eq!(problems(&["\u{202e}abc"], &mapping).len(), 1);
        assert_eq!(problems(&["a".repeat(201).as_str()], &mapping).len(), 1);
        assert_eq!(read(1, &ByteRecord::from(vec![b"\xff".as_slice()]), &mapping).1.len(), 1);
    }

    #[test]
    fn who_cannot_be_read_is_not_looked_up() {
        let mapping = [Some(Field::Title), Some(Field::Requester), Some(Field::Assignee), Some(Field::Labels)];
        let (draft, wrong) = read_all(&["", "ada\u{0}@acme.test", "bo@acme.test", "bug\u{0}"], &mapping);
        assert_eq!(
            (draft.requester, draft.assignee.as_deref(), draft.labels),
            (None, Some("bo@acme.test"), Vec::new())
        );
        let fields: Vec<_> = wrong.iter().map(|problem| problem.field).collect();
        assert_eq!(fields, [Some(Field::Title), Some(Field::Requester), Some(Field::Labels)]);
    }
}
