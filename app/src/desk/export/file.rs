//! How a file of tickets is written.

use rowhouse_platform::csv;

use super::rows::Line;

/// The columns of the table, in its order.
const COLUMNS: [&str; 16] = [
    "key",
    "id",
    "project",
    "title",
    "description",
    "status",
    "priority",
    "requester_id",
    "requester",
    "assignee_id",
    "assignee",
    "labels",
    "due",
    "created",
    "updated",
    "resolved",
];

/// What the file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values, for spreadsheets. What would be a formula there is made text.
    Csv,
    /// One JSON object a line.
    JsonLines,
    /// One JSON array.
    Json,
}

impl Format {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Csv, Self::JsonLines, Self::Json];

    /// The word in the address, which is also the ending of the file's name.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
            Self::Json => "json",
        }
    }

    /// What people read.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::JsonLines => "JSON Lines",
            Self::Json => "JSON",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.word() == word)
    }

    /// All words, for messages that say what is allowed.
    #[must_use]
    pub fn words() -> String {
        Self::ALL.map(Self::word).join(", ")
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Csv => crate::ui::download::CSV,
            Self::JsonLines => "application/jsonl",
            Self::Json => "application/json",
        }
    }

    /// What stands before the first ticket.
    pub(super) fn begin(self, out: &mut String) {
        match self {
            Self::Csv => csv::line(out, &COLUMNS.map(Some)),
            Self::JsonLines => {}
            Self::Json => out.push('['),
        }
    }

    pub(super) fn line(self, out: &mut String, line: &Line, is_first: bool) {
        if self == Self::Csv {
            return table_line(out, line);
        }
        if self == Self::Json {
            out.push_str(if is_first { "\n" } else { ",\n" });
        }
        // Texts and numbers: none of it can fail to be JSON.
        out.push_str(&serde_json::to_string(line).unwrap_or_default());
        if self == Self::JsonLines {
            out.push('\n');
        }
    }

    /// What stands behind the last ticket.
    pub(super) fn end(self, out: &mut String) {
        if self == Self::Json {
            out.push_str("\n]\n");
        }
    }
}

fn table_line(out: &mut String, line: &Line) {
    // A name of a label may have a comma in it, never a line break: so it is one that separates.
    let mut labels = line.labels.join("\n");
    if line.labels.len() == 1 && labels.contains([',', ';']) {
        // Of one alone, too, the import has to see that the comma does not separate.
        labels.push('\n');
    }
    csv::line(
        out,
        &[
            Some(line.key.as_str()),
            Some(line.id.as_str()),
            Some(line.project.as_str()),
            Some(line.title.as_str()),
            Some(line.description.as_str()),
            Some(line.status),
            Some(line.priority),
            Some(line.requester_id.as_str()),
            Some(line.requester.as_str()),
            line.assignee_id.as_deref(),
            line.assignee.as_deref(),
            Some(labels.as_str()).filter(|labels| !labels.is_empty()),
            line.due.as_deref(),
            Some(line.created.as_str()),
            Some(line.updated.as_str()),
            line.resolved.as_deref(),
        ],
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket() -> Line {
        Line {
            key: "OPS-1".to_owned(),
            id: "tkt_1".to_owned(),
            project: "OPS".to_owned(),
            title: "=HYPERLINK(\"x\")".to_owned(),
            description: "one\ntwo".to_owned(),
            status: "open",
            priority: "high",
            requester_id: "usr_1".to_owned(),
            requester: "+Ada".to_owned(),
            assignee_id: None,
            assignee: None,
            labels: vec!["a, b".to_owned(), "c".to_owned()],
            due: None,
            created: "2026-05-01T00:00:00Z".to_owned(),
            updated: "2026-05-01T00:00:00Z".to_owned(),
            resolved: None,
        }
    }

    #[test]
    fn a_table_holds_no_formula() {
        let mut out = String::new();
        Format::Csv.begin(&mut out);
        Format::Csv.line(&mut out, &ticket(), true);
        let mut reader = ::csv::Reader::from_reader(out.as_bytes());
        let record = reader.records().next().unwrap().unwrap();
        assert_eq!((record.len(), &record[3], &record[8]), (COLUMNS.len(), "'=HYPERLINK(\"x\")", "'+Ada"));
        assert_eq!((&record[4], &record[9], &record[11]), ("one\ntwo", "", "a, b\nc"));
        for (name, written) in [("a, b", "a, b\n"), ("a; b", "a; b\n"), ("a b", "a b")] {
            let mut out = String::new();
            Format::Csv.line(&mut out, &Line { labels: vec![name.to_owned()], ..ticket() }, true);
            let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(out.as_bytes());
            assert_eq!(&reader.records().next().unwrap().unwrap()[11], written, "{name}");
        }
    }

    #[test]
    fn json_is_read_back() {
        for count in 0..3 {
            let mut out = String::new();
            Format::Json.begin(&mut out);
            for index in 0..count {
                Format::Json.line(&mut out, &ticket(), index == 0);
            }
            Format::Json.end(&mut out);
            let read: Vec<serde_json::Value> = serde_json::from_str(&out).unwrap();
            assert_eq!(read.len(), count);
        }
        let mut out = String::new();
        Format::JsonLines.line(&mut out, &ticket(), true);
        Format::JsonLines.line(&mut out, &ticket(), false);
        let lines: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((lines.len(), lines[1]["title"].as_str()), (2, Some("=HYPERLINK(\"x\")")));
    }

    #[test]
    fn words_are_read_back() {
        for format in Format::ALL {
            assert_eq!(Format::parse(format.word()), Some(format));
        }
    }
}
