//! The language of the list's address: which tickets, in which order. Pages, saved views and programs all speak it.
//!
//! ```text
//! q=printer  project=OPS  status=open  status=pending  priority=urgent  assignee=me  requester=usr_…  label=lbl_…
//! label=none  watcher=me  due=overdue  due_from=2026-11-01  due_to=2026-11-30  created_from=…  created_to=…
//! updated_from=…  updated_to=…  resolved_from=…  resolved_to=…  sort=-updated
//! ```
//!
//! `status` and `priority` may be given more than once and mean any of them; `label` may too and means all of them. A
//! value that is empty is not there, for that is how forms send a field that was left alone. Whatever else is wrong is
//! an error that names it.

mod values;

use rowhouse_platform::id::AccountId;
use time::Date;

pub(in crate::desk) use self::values::sought;

use self::values::one;
use super::{
    day::{self, Moment, Span},
    error::FilterError,
    order::Sort,
};
use crate::{
    desk::ticket::{LabelId, Priority, Status},
    ui::query::pairs,
};

/// The most characters looked for.
pub const TEXT_LENGTH: usize = 200;
/// The most labels asked for at once.
pub const MOST_LABELS: usize = 20;

/// Somebody, as the address names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Somebody {
    /// Who asks.
    Me,
    /// This account.
    Account(AccountId),
}

/// Who works on a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assignee {
    /// Nobody.
    Nobody,
    /// Somebody.
    Somebody(Somebody),
}

/// When a ticket is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Before today, and not done.
    Overdue,
    /// Today.
    Today,
    /// Today or within the six days after.
    Week,
    /// At no time.
    Without,
    /// Not before the one day and not after the other; at least one is given.
    Between(Option<Date>, Option<Date>),
}

impl Due {
    /// Those that are a word, with what people read.
    pub const WORDS: [(Self, &'static str, &'static str); 4] = [
        (Self::Overdue, "overdue", "Overdue"),
        (Self::Today, "today", "Today"),
        (Self::Week, "week", "Within a week"),
        (Self::Without, "none", "No due date"),
    ];

    /// The word in the address; `None`: it is two days.
    #[must_use]
    pub fn word(self) -> Option<&'static str> {
        Self::WORDS.iter().find(|row| row.0 == self).map(|row| row.1)
    }

    fn parse(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|row| row.1 == word).map(|row| row.0)
    }
}

/// Which tickets are wanted, and in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// With these words in title, description or comments; empty: with any.
    pub text: String,
    /// Of the project with this key, in upper case.
    pub project: Option<String>,
    /// Of one of these statuses, in the order of [`Status::ALL`]; none: of any.
    pub statuses: Vec<Status>,
    /// Of one of these priorities, in the order of [`Priority::ALL`]; none: of any.
    pub priorities: Vec<Priority>,
    /// That this person works on.
    pub assignee: Option<Assignee>,
    /// That this person asked for.
    pub requester: Option<Somebody>,
    /// With all of these labels.
    pub labels: Vec<LabelId>,
    /// Without a label.
    pub is_unlabelled: bool,
    /// That this person watches.
    pub watcher: Option<Somebody>,
    /// Due then.
    pub due: Option<Due>,
    /// Opened then.
    pub created: Span,
    /// Last changed then.
    pub updated: Span,
    /// Solved or closed then, the last time.
    pub resolved: Span,
    /// In this order; none: in the one that fits, see [`Filter::order`].
    pub sort: Option<Sort>,
}

impl Filter {
    /// Reads the address's pairs.
    ///
    /// # Errors
    /// [`FilterError`], of the first pair that is wrong.
    pub fn read<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, FilterError> {
        let mut filter = Self::default();
        let (mut words, mut due_days) = (None, (None, None));
        for (name, value) in pairs {
            if value.is_empty() {
                continue;
            }
            let taken = filter.take((name, value), &mut words, &mut due_days);
            taken.map_err(|error| error.given_for(name))?;
        }
        filter.text = words.unwrap_or_default();
        filter.settled(due_days)
    }

    /// Takes one pair. Words and days that are due are settled when all are there.
    fn take(
        &mut self,
        (name, value): (&str, &str),
        words: &mut Option<String>,
        due_days: &mut (Option<Date>, Option<Date>),
    ) -> Result<(), FilterError> {
        match name {
            "q" => one(words, "q", sought(value, TEXT_LENGTH)?.to_owned())?,
            "project" => one(&mut self.project, "project", values::project(value)?)?,
            "status" => self.statuses.push(values::status(value)?),
            "priority" => self.priorities.push(values::priority(value)?),
            "assignee" => one(&mut self.assignee, "assignee", values::assignee(value)?)?,
            "requester" => one(&mut self.requester, "requester", values::somebody(value, "requester")?)?,
            "label" if value == "none" => self.is_unlabelled = true,
            "label" => self.labels.push(values::label(value)?),
            "watcher" => one(&mut self.watcher, "watcher", values::somebody(value, "watcher")?)?,
            "due" => one(&mut self.due, "due", values::due(value)?)?,
            "due_from" => one(&mut due_days.0, "due_from", day::read_day(value)?)?,
            "due_to" => one(&mut due_days.1, "due_to", day::read_day(value)?)?,
            "created_from" => one(&mut self.created.from, "created_from", Moment::read(value)?)?,
            "created_to" => one(&mut self.created.to, "created_to", Moment::read(value)?)?,
            "updated_from" => one(&mut self.updated.from, "updated_from", Moment::read(value)?)?,
            "updated_to" => one(&mut self.updated.to, "updated_to", Moment::read(value)?)?,
            "resolved_from" => one(&mut self.resolved.from, "resolved_from", Moment::read(value)?)?,
            "resolved_to" => one(&mut self.resolved.to, "resolved_to", Moment::read(value)?)?,
            "sort" => one(&mut self.sort, "sort", Sort::read(value)?)?,
            other => {
                return Err(FilterError::Unknown(other.chars().filter(|sign| !sign.is_control()).take(60).collect()));
            }
        }
        Ok(())
    }

    /// Checks what concerns more than one pair, and brings the filter into its one form.
    fn settled(mut self, due_days: (Option<Date>, Option<Date>)) -> Result<Self, FilterError> {
        self.statuses.sort_unstable();
        self.statuses.dedup();
        self.priorities.sort_unstable();
        self.priorities.dedup();
        self.labels.sort_unstable();
        self.labels.dedup();
        if self.is_unlabelled && !self.labels.is_empty() {
            return Err(FilterError::LabelledAndNot);
        }
        if self.labels.len() > MOST_LABELS {
            return Err(FilterError::TooManyLabels(self.labels.len()));
        }
        match (self.due, due_days) {
            (_, (None, None)) => {}
            (Some(_), _) => return Err(FilterError::DueTwice),
            (None, (Some(from), Some(to))) if from > to => return Err(FilterError::Reversed("due")),
            (None, (from, to)) => self.due = Some(Due::Between(from, to)),
        }
        for (span, name) in [(self.created, "created"), (self.updated, "updated"), (self.resolved, "resolved")] {
            if span.is_reversed() {
                return Err(FilterError::Reversed(name));
            }
        }
        if self.text.is_empty() && self.sort.is_some_and(Sort::is_relevance) {
            return Err(FilterError::NothingRelevant);
        }
        if self.sort == Some(Sort::default_of(!self.text.is_empty())) {
            self.sort = None;
        }
        Ok(self)
    }

    /// Reads a query as it stands in an address or in a saved view.
    ///
    /// # Errors
    /// [`FilterError`].
    pub fn parse(query: &str) -> Result<Self, FilterError> {
        let pairs = pairs(query).ok_or(FilterError::Unreadable)?;
        Self::read(pairs.iter().map(|(name, value)| (&**name, &**value)))
    }

    /// The pairs that [`read`](Self::read) reads, in one order.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        let mut add = |name: &'static str, value: Option<String>| pairs.extend(value.map(|value| (name, value)));
        add("q", (!self.text.is_empty()).then(|| self.text.clone()));
        add("project", self.project.clone());
        for status in &self.statuses {
            add("status", Some(status.word().to_owned()));
        }
        for priority in &self.priorities {
            add("priority", Some(priority.word().to_owned()));
        }
        add("assignee", self.assignee.map(Assignee::word));
        add("requester", self.requester.map(Somebody::word));
        for label in &self.labels {
            add("label", Some(label.to_string()));
        }
        add("label", self.is_unlabelled.then(|| "none".to_owned()));
        add("watcher", self.watcher.map(Somebody::word));
        match self.due {
            Some(Due::Between(from, to)) => {
                add("due_from", from.map(day::written));
                add("due_to", to.map(day::written));
            }
            word => add("due", word.and_then(Due::word).map(ToOwned::to_owned)),
        }
        add("created_from", self.created.from.map(Moment::written));
        add("created_to", self.created.to.map(Moment::written));
        add("updated_from", self.updated.from.map(Moment::written));
        add("updated_to", self.updated.to.map(Moment::written));
        add("resolved_from", self.resolved.from.map(Moment::written));
        add("resolved_to", self.resolved.to.map(Moment::written));
        add("sort", self.sort.map(Sort::word));
        pairs
    }

    /// The pairs as the query of an address, without the question mark.
    #[must_use]
    pub fn query(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(self.pairs()).finish()
    }

    /// The order: the one asked for, or the best match first where words are looked for, or else the newest first.
    #[must_use]
    pub fn order(&self) -> Sort {
        self.sort.unwrap_or(Sort::default_of(!self.text.is_empty()))
    }

    /// The same tickets in another order.
    #[must_use]
    pub fn sorted(&self, sort: Sort) -> Self {
        let is_default = sort == Sort::default_of(!self.text.is_empty());
        Self { sort: (!is_default).then_some(sort), ..self.clone() }
    }

    /// The accounts that it names.
    pub(super) fn accounts(&self) -> impl Iterator<Item = AccountId> {
        let assignee = match self.assignee {
            Some(Assignee::Somebody(who)) => Some(who),
            Some(Assignee::Nobody) | None => None,
        };
        [assignee, self.requester, self.watcher].into_iter().flatten().filter_map(|who| match who {
            Somebody::Me => None,
            Somebody::Account(id) => Some(id),
        })
    }

    /// Whether it leaves every ticket, in whatever order.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        Self { sort: None, ..self.clone() } == Self::default()
    }
}

impl Somebody {
    /// The word in the address.
    #[must_use]
    pub fn word(self) -> String {
        match self {
            Self::Me => "me".to_owned(),
            Self::Account(id) => id.to_string(),
        }
    }
}

impl Assignee {
    /// The word in the address.
    #[must_use]
    pub fn word(self) -> String {
        match self {
            Self::Nobody => "none".to_owned(),
            Self::Somebody(somebody) => somebody.word(),
        }
    }
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
