//! What a filter means for who asks: their projects, their account, their clocks.

use rowhouse_platform::{access::Principal, id::AccountId, time_zone::TimeZone};
use serde_json::{Value, json};
use time::{Date, Duration, OffsetDateTime};
use uuid::Uuid;

use super::{
    day::Span,
    filter::{Assignee, Due, Filter, FilterError, Somebody},
};
use crate::desk::{
    project::Reach,
    search,
    ticket::{Priority, Status, TicketKey},
};

/// Who asks, and when.
#[derive(Debug, Clone)]
pub struct Asker<'a> {
    /// Their account.
    pub account: AccountId,
    /// What they reach.
    pub reach: &'a Reach,
    /// Their time zone.
    pub zone: TimeZone,
    /// Now.
    pub now: OffsetDateTime,
}

impl<'a> Asker<'a> {
    /// The principal.
    #[must_use]
    pub fn new(principal: &Principal, reach: &'a Reach, now: OffsetDateTime) -> Self {
        let zone = principal.time_zone.as_deref().and_then(TimeZone::parse).unwrap_or_default();
        Self { account: principal.account, reach, zone, now }
    }

    /// The day that it is for them.
    #[must_use]
    pub fn today(&self) -> Date {
        self.zone.local(self.now).date()
    }
}

/// Which words a ticket must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Words {
    /// Any.
    Any,
    /// Those of this text search query.
    Query(String),
    /// None: it is the ticket of this number in this project.
    Key(Uuid, i64),
    /// Nothing that a ticket could have.
    Impossible,
}

/// Who works on a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Worker {
    Anybody,
    Nobody,
    Account(Uuid),
}

/// When a ticket is due, in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DueOn {
    /// Whenever.
    Any,
    /// At no time.
    Never,
    /// Between two days, both included.
    Between(Option<Date>, Option<Date>),
}

/// A filter in what the database keeps. What it narrows to is always within what the asker reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Narrow {
    /// Of these projects; `None`: of any, for the asker reaches all there are.
    pub(super) projects: Option<Vec<Uuid>>,
    /// The words of these statuses; none: any.
    pub(super) statuses: Vec<&'static str>,
    /// Of these urgencies; none: any.
    pub(super) urgencies: Vec<i16>,
    pub(super) assignee: Worker,
    pub(super) requester: Option<Uuid>,
    pub(super) labels: Vec<Uuid>,
    pub(super) watcher: Option<Uuid>,
    pub(super) due: DueOn,
    /// Neither solved nor closed.
    pub(super) is_unresolved: bool,
    /// From this id on, and before that: ids are in the order of creation.
    pub(super) ids: (Option<Uuid>, Option<Uuid>),
    /// From this time on, and before that.
    pub(super) updated: (Option<OffsetDateTime>, Option<OffsetDateTime>),
    /// The same of when it was resolved.
    pub(super) resolved: (Option<OffsetDateTime>, Option<OffsetDateTime>),
    pub(super) words: Words,
}

impl Narrow {
    /// What the filter means for the asker.
    ///
    /// # Errors
    /// [`FilterError::NoProject`]: the project does not exist, or the asker does not reach it.
    pub fn new(filter: &Filter, asker: &Asker<'_>) -> Result<Self, FilterError> {
        let somebody = |somebody| match somebody {
            Somebody::Me => asker.account.0,
            Somebody::Account(id) => id.0,
        };
        let today = asker.today();
        let due = match filter.due {
            None => DueOn::Any,
            Some(Due::Without) => DueOn::Never,
            Some(Due::Overdue) => DueOn::Between(None, today.previous_day()),
            Some(Due::Today) => DueOn::Between(Some(today), Some(today)),
            Some(Due::Week) => DueOn::Between(Some(today), today.checked_add(Duration::days(6))),
            Some(Due::Between(from, to)) => DueOn::Between(from, to),
        };
        let times =
            |span: Span| (span.from.map(|from| from.begins(&asker.zone)), span.to.map(|to| to.ends(&asker.zone)));
        let created = times(filter.created);
        Ok(Self {
            projects: projects(filter, asker.reach)?,
            statuses: filter.statuses.iter().map(|status| status.word()).collect(),
            urgencies: filter.priorities.iter().copied().map(urgency).collect(),
            assignee: match filter.assignee {
                None => Worker::Anybody,
                Some(Assignee::Nobody) => Worker::Nobody,
                Some(Assignee::Somebody(who)) => Worker::Account(somebody(who)),
            },
            requester: filter.requester.map(somebody),
            labels: filter.labels.iter().map(|label| label.0).collect(),
            watcher: filter.is_watched.then_some(asker.account.0),
            due,
            is_unresolved: filter.due == Some(Due::Overdue),
            ids: (created.0.map(first_id), created.1.map(first_id)),
            updated: times(filter.updated),
            resolved: times(filter.resolved),
            words: words(&filter.text, asker.reach),
        })
    }

    /// The same, of one status alone.
    #[must_use]
    pub(in crate::desk) fn with_status(&self, status: Status) -> Self {
        Self { statuses: vec![status.word()], ..self.clone() }
    }

    /// The same, of whatever status.
    #[must_use]
    pub(super) fn with_any_status(&self) -> Self {
        Self { statuses: Vec::new(), ..self.clone() }
    }

    /// The same, of what stands behind a ticket in the order of creation.
    #[must_use]
    pub(super) fn created_behind(&self, id: Uuid, is_descending: bool) -> Self {
        let (from, before) = self.ids;
        let ids = if is_descending {
            (from, Some(before.map_or(id, |before| before.min(id))))
        } else {
            let next = Uuid::from_u128(id.as_u128().saturating_add(1));
            (Some(from.map_or(next, |from| from.max(next))), before)
        };
        Self { ids, ..self.clone() }
    }

    /// All of it but the words, as `find_ticket_words` takes it. What is null there narrows nothing.
    #[must_use]
    pub(super) fn beside_words(&self) -> Value {
        let (is_unassigned, assignee) = match self.assignee {
            Worker::Anybody => (false, None),
            Worker::Nobody => (true, None),
            Worker::Account(account) => (false, Some(account)),
        };
        let (is_without_due, due_from, due_to) = match self.due {
            DueOn::Any => (false, None, None),
            DueOn::Never => (true, None, None),
            DueOn::Between(from, to) => (false, from, to),
        };
        let day = |day: Option<Date>| day.map(|day| day.to_string());
        let time = |time: Option<OffsetDateTime>| time.map(|time| time.to_string());
        json!({
            "from_id": self.ids.0,
            "before_id": self.ids.1,
            "projects": self.projects,
            "statuses": some(&self.statuses),
            "urgencies": some(&self.urgencies),
            "is_unassigned": is_unassigned,
            "assignee": assignee,
            "requester": self.requester,
            "labels": some(&self.labels),
            "watcher": self.watcher,
            "is_without_due": is_without_due,
            "due_from": day(due_from),
            "due_to": day(due_to),
            "is_unresolved": self.is_unresolved,
            "updated_from": time(self.updated.0),
            "updated_before": time(self.updated.1),
            "resolved_from": time(self.resolved.0),
            "resolved_before": time(self.resolved.1),
        })
    }

    /// Whether there is no condition but the tenant.
    pub(super) fn is_plain(&self) -> bool {
        *self
            == Self {
                projects: None,
                statuses: Vec::new(),
                urgencies: Vec::new(),
                assignee: Worker::Anybody,
                requester: None,
                labels: Vec::new(),
                watcher: None,
                due: DueOn::Any,
                is_unresolved: false,
                ids: (None, None),
                updated: (None, None),
                resolved: (None, None),
                words: Words::Any,
            }
    }
}

/// The project asked for, or all that the asker reaches.
fn projects(filter: &Filter, reach: &Reach) -> Result<Option<Vec<Uuid>>, FilterError> {
    match &filter.project {
        Some(key) => match reach.of_key(key) {
            Some(project) => Ok(Some(vec![project.id.0])),
            None => Err(FilterError::NoProject(key.clone())),
        },
        None if reach.is_whole() => Ok(None),
        None => Ok(Some(reach.ids())),
    }
}

/// A list that asks for something.
fn some<T>(list: &[T]) -> Option<&[T]> {
    (!list.is_empty()).then_some(list)
}

/// What is typed may be the key of a ticket; else it is words.
fn words(text: &str, reach: &Reach) -> Words {
    if text.is_empty() {
        return Words::Any;
    }
    if let Ok(key) = text.parse::<TicketKey>()
        && let Some(project) = reach.of_key(&key.project)
    {
        return Words::Key(project.id.0, key.number);
    }
    search::query::parse(text).map_or(Words::Impossible, Words::Query)
}

/// The priority as the column `urgency` has it.
fn urgency(priority: Priority) -> i16 {
    match priority {
        Priority::Low => 1,
        Priority::Normal => 2,
        Priority::High => 3,
        Priority::Urgent => 4,
    }
}

/// The least id that a ticket opened at this time can have: a `UUIDv7` begins with the milliseconds since 1970.
fn first_id(at: OffsetDateTime) -> Uuid {
    let milliseconds = u128::try_from(at.unix_timestamp_nanos().div_euclid(1_000_000)).unwrap_or(0);
    Uuid::from_u128((milliseconds & 0xffff_ffff_ffff) << 80)
}

#[cfg(test)]
mod tests {
    use rowhouse_platform::ambient::{Ambient, FixedClock, SystemEntropy};
    use time::macros::{date, datetime};

    use super::*;

    fn narrow(query: &str, now: OffsetDateTime) -> Narrow {
        let reach = Reach::default();
        let zone = TimeZone::parse("Pacific/Auckland").unwrap();
        let asker = Asker { account: AccountId(Uuid::from_u128(7)), reach: &reach, zone, now };
        Narrow::new(&Filter::parse(query).unwrap(), &asker).unwrap()
    }

    #[test]
    fn days_are_those_of_who_asks() {
        // In Auckland it is the day after.
        let now = datetime!(2026-11-21 14:00 UTC);
        let (yesterday, today, saturday) = (date!(2026 - 11 - 21), date!(2026 - 11 - 22), date!(2026 - 11 - 28));
        let overdue = narrow("due=overdue", now);
        assert_eq!((overdue.due, overdue.is_unresolved), (DueOn::Between(None, Some(yesterday)), true));
        assert_eq!(narrow("due=today", now).due, DueOn::Between(Some(today), Some(today)));
        assert_eq!(narrow("due=week", now).due, DueOn::Between(Some(today), Some(saturday)));
        assert_eq!(narrow("due=none", now).due, DueOn::Never);
        let updated = narrow("updated_from=2026-11-22&updated_to=2026-11-22", now).updated;
        assert_eq!(updated, (Some(datetime!(2026-11-21 11:00 UTC)), Some(datetime!(2026-11-22 11:00 UTC))));
    }

    #[test]
    fn ids_tell_when_tickets_were_opened() {
        let at = datetime!(2026-11-21 14:30:00.123 UTC);
        let id = |at| Ambient::new(FixedClock::new(at), SystemEntropy).uuid();
        assert!(first_id(at) <= id(at));
        assert!(first_id(at) > id(at - Duration::MILLISECOND));
        assert_eq!(first_id(OffsetDateTime::UNIX_EPOCH - Duration::DAY), Uuid::nil());
    }

    #[test]
    fn behind_a_ticket_is_within_what_was_asked_for() {
        let now = datetime!(2026-11-21 14:00 UTC);
        let id = Uuid::from_u128;
        let asked = Narrow { ids: (Some(id(10)), Some(id(20))), ..narrow("", now) };
        assert_eq!(asked.created_behind(id(15), true).ids, (Some(id(10)), Some(id(15))));
        assert_eq!(asked.created_behind(id(25), true).ids, (Some(id(10)), Some(id(20))));
        assert_eq!(asked.created_behind(id(15), false).ids, (Some(id(16)), Some(id(20))));
        assert_eq!(asked.created_behind(id(5), false).ids, (Some(id(10)), Some(id(20))));
        assert_eq!(narrow("", now).created_behind(id(5), false).ids, (Some(id(6)), None));
    }

    #[test]
    fn me_is_who_asks() {
        let now = datetime!(2026-11-21 14:00 UTC);
        let mine = narrow("assignee=me&requester=me&watcher=me", now);
        let me = Uuid::from_u128(7);
        assert_eq!((mine.assignee, mine.requester, mine.watcher), (Worker::Account(me), Some(me), Some(me)));
        assert_eq!(narrow("assignee=none", now).assignee, Worker::Nobody);
        assert_eq!(narrow("", now).projects, Some(Vec::new()), "who reaches nothing is shown nothing");
    }

    #[test]
    fn projects_out_of_reach_are_none() {
        let reach = Reach::default();
        let account = AccountId(Uuid::from_u128(7));
        let asker = Asker { account, reach: &reach, zone: TimeZone::utc(), now: OffsetDateTime::UNIX_EPOCH };
        let error = Narrow::new(&Filter::parse("project=OPS").unwrap(), &asker).unwrap_err();
        assert_eq!(error.to_string(), "There is no project “OPS”.");
    }
}
