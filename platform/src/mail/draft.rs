//! A letter between its words and its looks.

use super::line::one_line;

/// The most characters of a subject.
const SUBJECT_LENGTH: usize = 200;

/// What a letter says, without looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Draft {
    /// One line, in the list of mail.
    pub subject: String,
    /// What the letter begins with.
    pub heading: String,
    /// What it consists of, in order.
    pub blocks: Vec<Block>,
    /// Why the reader gets it: the end of "You get this mail because …".
    pub because: String,
}

/// A part of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    /// A paragraph.
    Text(String),
    /// A paragraph of lesser weight.
    Note(String),
    /// What somebody else wrote.
    Quote(String),
    /// Something to type elsewhere.
    Code(String),
    /// Facts, each with its name.
    Facts(Vec<(&'static str, String)>),
    /// The one thing to do.
    Button { label: String, link: String },
    /// Text with line breaks of its own, in which addresses are links.
    Plain(String),
}

impl Draft {
    pub(super) fn new(subject: impl AsRef<str>, heading: impl AsRef<str>) -> Self {
        Self {
            subject: one_line(subject.as_ref(), SUBJECT_LENGTH),
            heading: one_line(heading.as_ref(), SUBJECT_LENGTH),
            blocks: Vec::new(),
            because: String::new(),
        }
    }

    pub(super) fn text(self, text: impl AsRef<str>) -> Self {
        self.with(Block::Text(line(text)))
    }

    pub(super) fn note(self, text: impl AsRef<str>) -> Self {
        self.with(Block::Note(line(text)))
    }

    pub(super) fn quote(self, text: &str) -> Self {
        self.with(Block::Quote(text.lines().map(line).collect::<Vec<_>>().join("\n").trim().to_owned()))
    }

    pub(super) fn code(self, code: &str) -> Self {
        self.with(Block::Code(line(code)))
    }

    pub(super) fn facts<const N: usize>(self, facts: [(&'static str, &str); N]) -> Self {
        self.with(Block::Facts(facts.into_iter().map(|(name, value)| (name, line(value))).collect()))
    }

    pub(super) fn button(self, label: &str, link: &str) -> Self {
        self.with(Block::Button { label: line(label), link: link.to_owned() })
    }

    pub(super) fn plain(self, text: &str) -> Self {
        self.with(Block::Plain(text.trim().to_owned()))
    }

    pub(super) fn because(mut self, why: impl AsRef<str>) -> Self {
        self.because = line(why);
        self
    }

    fn with(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }
}

/// Paragraphs are long lines: readers wrap them.
fn line(text: impl AsRef<str>) -> String {
    one_line(text.as_ref(), 4000)
}
