//! What can be wrong with the address of the list.

use super::filter::MOST_LABELS;

/// Every name of the language, for the message about one that is none.
const NAMES: &str = "q, project, status, priority, assignee, requester, label, watcher, due, due_from, due_to, \
    created_from, created_to, updated_from, updated_to, resolved_from, resolved_to, sort";

/// What is wrong with an address. The messages are for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// Bytes that are no text.
    #[error("What stands behind the question mark of the address is not UTF-8.")]
    Unreadable,
    /// A name that the language does not have.
    #[error("“{0}” is nothing that tickets can be filtered by; known are {NAMES}.")]
    Unknown(String),
    /// A value that is none of those allowed.
    #[error("“{value}” is no {what}; allowed are {allowed}.")]
    NotAllowed {
        /// Which name of the language it was given for.
        name: String,
        /// What was typed.
        value: String,
        /// What it should have been.
        what: &'static str,
        /// What is allowed.
        allowed: String,
    },
    /// A name that takes one value has two.
    #[error("“{0}” is given twice and takes one value.")]
    Twice(&'static str),
    /// Words that are too long.
    #[error("“q” has {length} characters; {most} are allowed.")]
    TooLong {
        /// How many characters they have.
        length: usize,
        /// How many they may have.
        most: usize,
    },
    /// Words that are no text.
    #[error("“q” contains a control character; remove it.")]
    Control,
    /// With labels and without any.
    #[error("“label=none” asks for tickets without a label: give it alone, or labels.")]
    LabelledAndNot,
    /// Too many labels.
    #[error("There are {0} labels; {MOST_LABELS} can be asked for at once.")]
    TooManyLabels(usize),
    /// Ends before it begins.
    #[error("“{0}_from” is later than “{0}_to”.")]
    Reversed(&'static str),
    /// Due in two ways.
    #[error("Give either “due” or “due_from” and “due_to”, not both.")]
    DueTwice,
    /// Sorted by how well they match, and nothing to match.
    #[error("Sorting by relevance needs words to look for: give “q” too.")]
    NothingRelevant,
    /// A project that does not exist, or that who asks does not reach.
    #[error("There is no project “{0}”.")]
    NoProject(String),
}

impl FilterError {
    pub(super) fn not_allowed(value: &str, what: &'static str, allowed: impl Into<String>) -> Self {
        let value = value.chars().filter(|sign| !sign.is_control()).take(60).collect();
        Self::NotAllowed { name: String::new(), value, what, allowed: allowed.into() }
    }

    /// The same, of a value that was given for this name.
    pub(super) fn given_for(mut self, given: &str) -> Self {
        if let Self::NotAllowed { name, .. } = &mut self {
            given.clone_into(name);
        }
        self
    }
}
