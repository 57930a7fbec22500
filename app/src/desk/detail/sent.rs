//! What a form of the page sends.

use crate::{
    desk::ticket::{CommentId, EventId},
    error::PageError,
};

/// A part of the page that can be edited. It stands in the address while it is: `?edit=title`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Title,
    Description,
    Status,
    Priority,
    Assignee,
    Requester,
    Due,
    Labels,
    Watchers,
    Links,
    /// The comment that is being written.
    Comment,
    /// One that was written before.
    Written(CommentId),
}

impl Part {
    const WORDS: &[(&'static str, Self)] = &[
        ("title", Self::Title),
        ("description", Self::Description),
        ("status", Self::Status),
        ("priority", Self::Priority),
        ("assignee", Self::Assignee),
        ("requester", Self::Requester),
        ("due", Self::Due),
        ("labels", Self::Labels),
        ("watchers", Self::Watchers),
        ("links", Self::Links),
        ("comment", Self::Comment),
    ];

    /// Reads what the address says; a word that is none opens nothing.
    pub(super) fn parse(word: &str) -> Option<Self> {
        let part = Self::WORDS.iter().find(|(known, _)| *known == word).map(|(_, part)| *part);
        part.or_else(|| word.parse().ok().map(Self::Written))
    }

    /// What the address says.
    pub(super) fn word(self) -> String {
        match self {
            Self::Written(comment) => comment.to_string(),
            part => Self::WORDS.iter().find(|(_, known)| *known == part).map_or("", |(word, _)| *word).to_owned(),
        }
    }

    /// The field that messages about it stand beside.
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Description => "description",
            Self::Status => "status",
            Self::Priority => "priority",
            Self::Assignee => "assignee",
            Self::Requester => "requester",
            Self::Due => "due",
            Self::Labels => "labels",
            Self::Watchers => "watcher",
            Self::Links => "link",
            Self::Comment => "comment",
            Self::Written(_) => "written",
        }
    }
}

/// What a form is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Intent {
    /// The part is to be what the form says.
    Set(Part),
    /// Somebody is to hear of the ticket.
    AddWatcher,
    /// Or no longer.
    RemoveWatcher,
    /// Another ticket is to be linked.
    Link,
    /// Or no longer.
    Unlink,
    /// A comment is to be added.
    Comment,
    /// One of the person's own is to be changed.
    EditComment(CommentId),
    /// Or deleted.
    RemoveComment(CommentId),
}

impl Intent {
    fn read(word: &str, pairs: &[(String, String)]) -> Option<Self> {
        let comment = || value(pairs, "comment").and_then(|id| id.parse().ok());
        Some(match word {
            "add-watcher" => Self::AddWatcher,
            "remove-watcher" => Self::RemoveWatcher,
            "link" => Self::Link,
            "unlink" => Self::Unlink,
            "comment" => Self::Comment,
            "edit-comment" => Self::EditComment(comment()?),
            "remove-comment" => Self::RemoveComment(comment()?),
            word => match Part::parse(word)? {
                Part::Watchers | Part::Links | Part::Comment | Part::Written(_) => return None,
                part => Self::Set(part),
            },
        })
    }

    /// Where it stands on the page.
    pub(super) fn part(self) -> Part {
        match self {
            Self::Set(part) => part,
            Self::AddWatcher | Self::RemoveWatcher => Part::Watchers,
            Self::Link | Self::Unlink => Part::Links,
            Self::Comment => Part::Comment,
            Self::EditComment(comment) | Self::RemoveComment(comment) => Part::Written(comment),
        }
    }
}

/// A form that was sent. Some fields are sent more than once, so it is kept as pairs.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) intent: Intent,
    /// The version that was looked at. Every form of the page says it.
    pub(super) version: Option<i64>,
    /// The last event that was shown then.
    pub(super) seen: Option<EventId>,
    pairs: Vec<(String, String)>,
}

impl Sent {
    pub(super) fn read(pairs: Vec<(String, String)>) -> Result<Self, PageError> {
        let bad = |what: &str| PageError::BadRequest(format!("The form has no “{what}” that this page knows."));
        let word = value(&pairs, "intent").ok_or_else(|| bad("intent"))?;
        let intent = Intent::read(word, &pairs).ok_or_else(|| bad("intent"))?;
        let version = match value(&pairs, "version") {
            None => None,
            Some(version) => Some(version.parse().map_err(|_| bad("version"))?),
        };
        let seen = value(&pairs, "seen").and_then(|seen| seen.parse().ok());
        Ok(Self { intent, version, seen, pairs })
    }

    /// A field, which the form has.
    pub(super) fn text(&self, name: &str) -> Result<&str, PageError> {
        self.get(name).ok_or_else(|| PageError::BadRequest(format!("The form has no field “{name}”.")))
    }

    /// A field, if it was sent.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        value(&self.pairs, name)
    }

    /// All values of a field.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// Whether the button was pressed that only shows what a text will look like.
    pub(super) fn is_preview(&self) -> bool {
        self.get("preview").is_some()
    }
}

fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Sent, PageError> {
        Sent::read(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn forms_are_read() {
        let sent = read(&[("intent", "labels"), ("version", "3"), ("label", "a"), ("label", "b")]).unwrap();
        assert_eq!((sent.intent, sent.version, sent.seen), (Intent::Set(Part::Labels), Some(3), None));
        assert_eq!(sent.all("label").collect::<Vec<_>>(), ["a", "b"]);
        assert!(!sent.is_preview() && sent.text("title").is_err());
        let comment = CommentId(uuid::Uuid::from_u128(7));
        let sent = read(&[("intent", "edit-comment"), ("comment", &comment.to_string())]).unwrap();
        assert_eq!(sent.intent.part(), Part::Written(comment));
    }

    #[test]
    fn what_no_form_of_the_page_sends_is_refused() {
        for pairs in [
            &[][..],
            &[("status", "open")],
            &[("intent", "delete")],
            &[("intent", "watchers")],
            &[("intent", "cmt_00000000000000000000000000")],
            &[("intent", "edit-comment")],
            &[("intent", "edit-comment"), ("comment", "x")],
            &[("intent", "status"), ("version", "x")],
        ] {
            assert!(read(pairs).is_err(), "{pairs:?}");
        }
    }

    #[test]
    fn parts_are_read_back() {
        for (word, part) in Part::WORDS {
            assert_eq!(Part::parse(word), Some(*part));
            assert_eq!(part.word(), *word);
        }
        assert_eq!(Part::parse("intent"), None);
    }
}
