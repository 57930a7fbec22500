//! From figures to charts: the rows and columns of each, and the sentence that says what they show.

use std::collections::HashMap;

use rowhouse_platform::id::AccountId;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{
    filter::{By, Choices, Filter, written},
    links::Links,
    measure::{Backlog, Flow, Tally, Waiting},
};
use crate::{
    desk::ticket::{LabelId, Status},
    ui::{
        chart::{Cell, Column, Data, Grain, Row, Slot, Unit},
        locale::Locale,
    },
};

/// A chart of the page, and of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::desk) enum Chart {
    Flow,
    Age,
    FirstResponse,
    Resolution,
    Breakdown,
}

impl Chart {
    pub(super) const ALL: [Self; 5] = [Self::Flow, Self::Age, Self::FirstResponse, Self::Resolution, Self::Breakdown];

    /// Its word in addresses, which is also its id on the page.
    pub(in crate::desk) fn word(self) -> &'static str {
        match self {
            Self::Flow => "created-resolved",
            Self::Age => "open-by-age",
            Self::FirstResponse => "first-response",
            Self::Resolution => "resolution",
            Self::Breakdown => "breakdown",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|chart| chart.word() == word)
    }
}

/// Ages of tickets in words, with the days at which each span begins, the youngest first.
const AGES: [(&str, i64); 6] = [
    ("Less than a day", 0),
    ("1 to 3 days", 1),
    ("3 to 7 days", 3),
    ("7 to 30 days", 7),
    ("30 to 90 days", 30),
    ("More than 90 days", 90),
];

/// The moments between which tickets of each age were opened, in their order.
pub(super) fn age_moments(now: OffsetDateTime) -> Vec<OffsetDateTime> {
    AGES.iter().rev().map(|(_, days)| *days).filter(|days| *days > 0).map(|days| now - Duration::days(days)).collect()
}

/// Everything that was counted.
pub(super) struct Measures {
    pub(super) now: OffsetDateTime,
    pub(super) grain: Grain,
    pub(super) slots: Vec<Slot>,
    pub(super) created: Flow,
    pub(super) resolved: Flow,
    pub(super) backlog: Backlog,
    /// Names of accounts among the parts.
    pub(super) names: HashMap<Uuid, String>,
}

impl Measures {
    /// Whether nothing was counted at all.
    pub(super) fn is_empty(&self) -> bool {
        self.created.all.tickets == 0 && self.resolved.all.tickets == 0 && self.backlog.all == Waiting::default()
    }

    /// The figures of a chart.
    pub(super) fn data(&self, chart: Chart, filter: &Filter, choices: &Choices, links: &Links<'_>) -> Data {
        match chart {
            Chart::Flow => self.flow(links),
            Chart::Age => self.ages(links),
            Chart::FirstResponse => self.times(&self.created.slots, "Answered"),
            Chart::Resolution => self.times(&self.resolved.slots, "Resolved"),
            Chart::Breakdown => self.breakdown(filter, choices, links),
        }
    }

    fn flow(&self, links: &Links<'_>) -> Data {
        let rows = self.by_slot(|place, slot| {
            vec![
                Cell::count(self.created.slots[place].tickets).leading_to(|| Some(links.created_in(slot))),
                Cell::count(self.resolved.slots[place].tickets),
            ]
        });
        let columns = vec![Column::new("Created", Unit::Count), Column::new("Resolved", Unit::Count)];
        Data { axis: self.grain.label(), columns, rows }
    }

    fn times(&self, tallies: &[Tally], counted: &str) -> Data {
        let rows = self.by_slot(|place, _| {
            let tally = tallies[place];
            vec![Cell::of(tally.median), Cell::of(tally.ninetieth), Cell::count(tally.done)]
        });
        let columns = vec![
            Column::new("Median", Unit::Seconds),
            Column::new("90th percentile", Unit::Seconds),
            Column::new(counted, Unit::Count),
        ];
        Data { axis: self.grain.label(), columns, rows }
    }

    fn by_slot(&self, cells: impl Fn(usize, &Slot) -> Vec<Cell>) -> Vec<Row> {
        let row = |(place, slot): (usize, &Slot)| Row {
            key: written(slot.first),
            name: slot.name.clone(),
            short: slot.short.clone(),
            cells: cells(place, slot),
        };
        self.slots.iter().enumerate().map(row).collect()
    }

    fn ages(&self, links: &Links<'_>) -> Data {
        let rows = AGES
            .iter()
            .enumerate()
            .map(|(place, (name, days))| {
                let waiting = self.backlog.ages.iter().rev().nth(place).copied().unwrap_or_default();
                let until = (*days > 0).then(|| self.now - Duration::days(*days));
                let from = AGES.get(place + 1).map(|(_, days)| self.now - Duration::days(*days));
                let cell = |count, statuses: &[Status]| {
                    Cell::count(count).leading_to(|| Some(links.waiting(statuses, from, until, None)))
                };
                Row {
                    key: (*name).to_owned(),
                    name: (*name).to_owned(),
                    short: (*name).to_owned(),
                    cells: vec![
                        cell(waiting.open, &[Status::Open]),
                        cell(waiting.pending, &[Status::Pending]),
                        cell(waiting.open + waiting.pending, &[Status::Open, Status::Pending]),
                    ],
                }
            })
            .collect();
        let columns = ["Open", "Pending", "Both"].map(|name| Column::new(name, Unit::Count)).to_vec();
        Data { axis: "Age", columns, rows }
    }

    fn breakdown(&self, filter: &Filter, choices: &Choices, links: &Links<'_>) -> Data {
        let mut parts: Vec<Option<Uuid>> = self
            .backlog
            .parts
            .keys()
            .chain(self.created.parts.keys())
            .chain(self.resolved.parts.keys())
            .copied()
            .collect();
        parts.sort_unstable();
        parts.dedup();
        let mut rows: Vec<(i64, i64, Row)> = parts
            .into_iter()
            .filter_map(|part| {
                let (name, pair) = self.part(part, filter.by, choices)?;
                let waiting = self.backlog.parts.get(&part).copied().unwrap_or_default();
                let created = self.created.parts.get(&part).copied().unwrap_or_default();
                let resolved = self.resolved.parts.get(&part).copied().unwrap_or_default();
                let open = waiting.open + waiting.pending;
                let cells = vec![
                    Cell::count(open)
                        .leading_to(|| Some(links.waiting(&[Status::Open, Status::Pending], None, None, Some(&pair)))),
                    Cell::count(created.tickets).leading_to(|| {
                        let (first, last) = (self.slots.first()?, self.slots.last()?);
                        let days = links.created(first.first, last.last, first.from, last.until);
                        Some(links.tickets(Some(&pair), days))
                    }),
                    Cell::count(resolved.tickets),
                    Cell::of(created.median),
                    Cell::of(resolved.median),
                ];
                Some((open, created.tickets, Row { key: name.clone(), short: name.clone(), name, cells }))
            })
            .collect();
        rows.sort_by(|left, right| {
            (right.0, right.1).cmp(&(left.0, left.1)).then_with(|| left.2.name.cmp(&right.2.name))
        });
        let columns = vec![
            Column::new("Open now", Unit::Count),
            Column::new("Created", Unit::Count),
            Column::new("Resolved", Unit::Count),
            Column::new("Median first response", Unit::Seconds),
            Column::new("Median resolution", Unit::Seconds),
        ];
        Data { axis: filter.by.label(), columns, rows: rows.into_iter().map(|row| row.2).collect() }
    }

    /// What a part is called, and the pair of the list's address that names it.
    fn part(&self, part: Option<Uuid>, by: By, choices: &Choices) -> Option<(String, (&'static str, String))> {
        match (by, part) {
            (By::Project, part) => {
                let project = choices.reach.all().iter().find(|project| Some(project.id.0) == part)?;
                Some((format!("{} {}", project.key, project.name), ("project", project.key.clone())))
            }
            (By::Assignee, None) => Some(("Unassigned".to_owned(), ("assignee", "none".to_owned()))),
            (By::Assignee, Some(id)) => {
                let name = self.names.get(&id).cloned().unwrap_or_else(|| "Somebody who left".to_owned());
                Some((name, ("assignee", AccountId(id).to_string())))
            }
            (By::Label, part) => {
                let label = choices.labels.iter().find(|label| Some(label.id.0) == part)?;
                Some((label.name.clone(), ("label", LabelId(label.id.0).to_string())))
            }
        }
    }

    /// What a chart shows, in a sentence.
    pub(super) fn sentence(&self, chart: Chart, by: By, locale: Locale) -> String {
        let number = |count: i64| locale.number(count);
        let (created, resolved) = (self.created.all, self.resolved.all);
        match chart {
            Chart::Flow => {
                let told = match created.tickets - resolved.tickets {
                    0 => "as many came in as were resolved".to_owned(),
                    more @ 1.. => format!("{} more came in than were resolved", number(more)),
                    fewer => format!("{} more were resolved than came in", number(-fewer)),
                };
                format!("{} created, {} resolved: {told}.", number(created.tickets), number(resolved.tickets))
            }
            Chart::Age => {
                let all = self.backlog.all.open + self.backlog.all.pending;
                let old = self.backlog.ages.first().copied().unwrap_or_default();
                match (all, old.open + old.pending) {
                    (0, _) => "Nothing is open.".to_owned(),
                    (all, 0) => format!("{}, none for more than 90 days.", are_open(all, locale)),
                    (all, old) => format!("{}, {} of them for more than 90 days.", are_open(all, locale), number(old)),
                }
            }
            Chart::FirstResponse => times("answered", "created", created, locale),
            Chart::Resolution => times("resolved", "resolved", resolved, locale),
            Chart::Breakdown => {
                format!(
                    "How many tickets are open now, by {}; the table says how they went.",
                    by.label().to_lowercase()
                )
            }
        }
    }
}

fn are_open(count: i64, locale: Locale) -> String {
    if count == 1 { "1 ticket is open".to_owned() } else { format!("{} tickets are open", locale.number(count)) }
}

fn times(done: &str, of: &str, tally: Tally, locale: Locale) -> String {
    let (Some(median), Some(ninetieth)) = (tally.median, tally.ninetieth) else {
        return format!("No ticket {of} in these days has been {done}.");
    };
    let text = |seconds| Unit::Seconds.text(seconds, locale);
    format!("Half of the tickets were {done} within {}, nine in ten within {}.", text(median), text(ninetieth))
}
