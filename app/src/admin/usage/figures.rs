//! From what was added up to charts: their rows and columns, what is expected, and the sentence that says it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use rowhouse_platform::{
    metering::{
        Meter, Sum,
        series::{Amount, Part, Point},
    },
    plan::{Entitlements, Limit},
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

pub(crate) use super::by::By;
use super::range::{Range, Slot, Span};
use crate::ui::{
    chart::{Cell, Column, Data, Row, Unit, unit},
    locale::Locale,
};

/// The word of the breakdown in addresses; each of the others is its meter's.
pub(crate) const BREAKDOWN: &str = "breakdown";

/// Everything that the page shows.
pub(crate) struct Figures {
    pub(crate) now: OffsetDateTime,
    pub(crate) range: Range,
    pub(crate) by: By,
    pub(crate) slots: Vec<Slot>,
    points: HashMap<(OffsetDateTime, Meter), Amount>,
    parts: Vec<Part>,
    /// What there are of projects that the reader reaches, by id.
    projects: HashMap<Uuid, String>,
    stored: Vec<(Uuid, i64)>,
    stored_now: i64,
    /// The period that is paid for, and what was used in it.
    pub(crate) period: Span,
    used: BTreeMap<Meter, Amount>,
    entitlements: Arc<Entitlements>,
    /// When events were added up last.
    pub(crate) added_up_at: Option<OffsetDateTime>,
}

/// What figures are made from.
pub(crate) struct Sources {
    pub(crate) points: Vec<Point>,
    pub(crate) parts: Vec<Part>,
    /// Of the period, by member.
    pub(crate) of_period: Vec<Part>,
    pub(crate) projects: HashMap<Uuid, String>,
    /// Of each project, the bytes that are stored now.
    pub(crate) stored: Vec<(Uuid, i64)>,
    /// Of the workspace, as its plan limits them.
    pub(crate) stored_now: i64,
    pub(crate) entitlements: Arc<Entitlements>,
    pub(crate) added_up_at: Option<OffsetDateTime>,
}

impl Figures {
    pub(crate) fn new(
        now: OffsetDateTime,
        (range, by): (Range, By),
        period: Span,
        slots: Vec<Slot>,
        sources: Sources,
    ) -> Self {
        let mut used: BTreeMap<Meter, Amount> = BTreeMap::new();
        for part in sources.of_period {
            let amount = used.entry(part.meter).or_default();
            amount.quantity += part.amount.quantity;
            amount.people += i64::from(part.id.is_some());
        }
        Self {
            now,
            range,
            by,
            slots,
            points: sources.points.into_iter().map(|point| ((point.at, point.meter), point.amount)).collect(),
            parts: sources.parts,
            projects: sources.projects,
            stored: sources.stored,
            stored_now: sources.stored_now,
            period,
            used,
            entitlements: sources.entitlements,
            added_up_at: sources.added_up_at,
        }
    }

    /// Whether nothing was counted at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.points.is_empty() && self.used.is_empty()
    }

    /// The slot that is now.
    pub(crate) fn today(&self) -> Option<usize> {
        self.slots.iter().position(|slot| slot.at <= self.now && self.now < slot.until)
    }

    /// The first slot that is to come.
    pub(crate) fn forecast_from(&self) -> Option<usize> {
        self.slots.iter().position(|slot| slot.at > self.now)
    }

    fn measured(&self, meter: Meter, slot: &Slot) -> i64 {
        let amount = self.points.get(&(slot.at, meter)).copied().unwrap_or_default();
        amount.figure(meter, slot.span().hours_until(self.now))
    }

    /// What a slot that is to come is expected to be: the mean of those that are over, or of the present one where none is.
    fn expected(&self, meter: Meter) -> i64 {
        let over: Vec<i64> =
            self.slots.iter().filter(|slot| slot.until <= self.now).map(|slot| self.measured(meter, slot)).collect();
        match i64::try_from(over.len()) {
            Ok(count @ 1..) => over.iter().sum::<i64>() / count,
            _ => self.today().map_or(0, |today| self.measured(meter, &self.slots[today])),
        }
    }

    /// A meter over time.
    pub(crate) fn over_time(&self, meter: Meter) -> Data {
        let expected = self.expected(meter);
        let rows = self.slots.iter().map(|slot| Row {
            key: slot.key.clone(),
            name: slot.name.clone(),
            short: slot.short.clone(),
            cells: vec![Cell::count(if slot.at > self.now { expected } else { self.measured(meter, slot) })],
        });
        Data {
            axis: self.range.axis(),
            columns: vec![Column::new(meter.label(), unit_of(meter))],
            rows: rows.collect(),
        }
    }

    /// The limit of the plan that a meter is held against.
    pub(crate) fn limit(&self, meter: Meter) -> Option<i64> {
        self.entitlements.limit(meter.limit()?)
    }

    /// How many requests programs may send in a minute.
    pub(crate) fn requests_per_minute(&self) -> Option<i64> {
        self.entitlements.limit(Limit::ApiRequestsPerMinute)
    }

    /// What was used in the period, what is expected of all of it, and the limit.
    pub(crate) fn of_period(&self, meter: Meter) -> (i64, Option<i64>, Option<i64>) {
        let hours = self.period.hours_until(self.now).max(1);
        let used = self.used.get(&meter).copied().unwrap_or_default();
        let figure = used.figure(meter, hours);
        let all = (self.period.until - self.period.from).whole_hours();
        let (expected, limit) = match meter.sum() {
            Sum::Total => {
                // In 128 bits: a figure times the hours of two months may not fit otherwise.
                let expected = i128::from(figure) * i128::from(all) / i128::from(hours);
                (Some(i64::try_from(expected).unwrap_or(i64::MAX)), self.limit(meter))
            }
            // No limit is on a mean, which shows late that there is no room any more.
            Sum::HourlyMean => (Some(figure), None),
            // Who comes again is one of them already.
            Sum::People => (None, self.limit(meter)),
        };
        (figure, expected, limit)
    }

    /// The bytes that are stored now, and the limit on them.
    pub(crate) fn stored_now(&self) -> (i64, Option<i64>) {
        (self.stored_now, self.entitlements.limit(Limit::StorageBytes))
    }

    /// What each member, key or project used.
    pub(crate) fn breakdown(&self) -> Data {
        let meters = self.by.meters();
        let width = meters.len() + usize::from(self.by == By::Project);
        let mut rows: BTreeMap<Whose, (String, Vec<i64>)> = BTreeMap::new();
        let mut add = |id: Option<Uuid>, name: Option<&String>, place: usize, more: i64| {
            let (whose, name) = self.whose(id, name);
            let figures = &mut rows.entry(whose).or_insert_with(|| (name, vec![0; width])).1;
            figures[place] = figures[place].saturating_add(more);
        };
        for part in &self.parts {
            let Some(place) = meters.iter().position(|meter| *meter == part.meter) else { continue };
            // What came by no key and in no project is no part of these.
            if part.id.is_none() && self.by != By::Member {
                continue;
            }
            // Of one person these are hours.
            add(part.id, part.name.as_ref(), place, part.amount.quantity);
        }
        if self.by == By::Project {
            for (project, bytes) in &self.stored {
                add(Some(*project), None, meters.len(), *bytes);
            }
        }
        let mut rows: Vec<_> = rows.into_values().collect();
        rows.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
        let rows = rows.into_iter().map(|(name, figures)| Row {
            key: name.clone(),
            short: name.clone(),
            name,
            cells: figures.into_iter().map(Cell::count).collect(),
        });
        let stored = (self.by == By::Project).then(|| Column::new("Files stored now", Unit::Bytes));
        let columns = meters.iter().map(|meter| match meter {
            Meter::ActiveSeat => Column::new("Active hours", Unit::Count),
            meter => Column::new(meter.label(), Unit::Count),
        });
        Data { axis: self.by.label(), columns: columns.chain(stored).collect(), rows: rows.collect() }
    }

    /// In whose row something is, and what that is called.
    fn whose(&self, id: Option<Uuid>, name: Option<&String>) -> (Whose, String) {
        let Some(id) = id else { return (Whose::Workspace, "The workspace itself".to_owned()) };
        if let Some(name) = self.projects.get(&id).or(name) {
            return (Whose::Known(id), name.clone());
        }
        let others = match self.by {
            By::Member => "People who are gone",
            By::Key => "Keys that are gone",
            By::Project => "Other projects",
        };
        (Whose::Others, others.to_owned())
    }

    /// What a meter did, in a sentence.
    pub(crate) fn sentence(&self, meter: Meter, locale: Locale) -> String {
        let over = self.slots.iter().filter(|slot| slot.at <= self.now).map(|slot| self.measured(meter, slot));
        let figures: Vec<i64> = over.collect();
        if figures.iter().all(|figure| *figure == 0) {
            return "None.".to_owned();
        }
        let slot = self.range.axis().to_lowercase();
        let text = |figure: i64| unit_of(meter).text(unit::figure(figure), locale);
        let most = figures.iter().copied().max().unwrap_or(0);
        match meter.sum() {
            Sum::Total => {
                let all = figures.iter().fold(0_i64, |all, figure| all.saturating_add(*figure));
                format!("{} in all, at most {} in one {slot}.", text(all), text(most))
            }
            Sum::People if most == 1 => format!("At most 1 person in one {slot}."),
            Sum::People => format!("At most {} people in one {slot}.", text(most)),
            Sum::HourlyMean => {
                let last = figures.last().copied().unwrap_or(0);
                format!("{} in the last {slot}, at most {} in one.", text(last), text(most))
            }
        }
    }
}

/// Whose a row of the breakdown is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Whose {
    /// The member's, key's or project's that the reader may know of.
    Known(Uuid),
    /// Of all the others: one row, so that nobody learns how many they are.
    Others,
    /// Nobody's.
    Workspace,
}

/// In what a meter is shown.
pub(crate) fn unit_of(meter: Meter) -> Unit {
    if meter == Meter::StoredByteHour { Unit::Bytes } else { Unit::Count }
}

/// How long ago something was that is worth saying.
pub(crate) const WORTH_SAYING: Duration = Duration::minutes(2);

#[cfg(test)]
mod tests {
    use rowhouse_platform::plan::PlanKey;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-06-03 12:30 UTC);

    fn figures(points: Vec<Point>, of_period: Vec<Part>, parts: Vec<Part>, by: By) -> Figures {
        let mut plan = Entitlements::unlimited("free".parse::<PlanKey>().unwrap());
        plan.limits.insert(Limit::Seats, 5);
        plan.limits.insert(Limit::StorageBytes, 1500);
        let period = Span::of_period(&plan, NOW);
        let slots = Range::Period.slots(Range::Period.span(NOW, period), Locale::Britain);
        let sources = Sources {
            points,
            parts,
            of_period,
            projects: HashMap::new(),
            stored: vec![(Uuid::from_u128(7), 2048)],
            stored_now: 2048,
            entitlements: Arc::new(plan),
            added_up_at: None,
        };
        Figures::new(NOW, (Range::Period, by), period, slots, sources)
    }

    fn part(id: Option<Uuid>, name: &str, meter: Meter, quantity: i64) -> Part {
        let name = (!name.is_empty()).then(|| name.to_owned());
        Part { id, name, meter, amount: Amount { quantity, people: i64::from(id.is_some()) } }
    }

    fn point(day: u8, meter: Meter, quantity: i64) -> Point {
        let at = datetime!(2026-06-01 0:00 UTC) + Duration::days(i64::from(day) - 1);
        Point { at, meter, amount: Amount { quantity, people: 2 } }
    }

    #[test]
    fn days_to_come_are_as_those_that_are_over() {
        let calls = vec![point(1, Meter::ApiCall, 10), point(2, Meter::ApiCall, 30), point(3, Meter::ApiCall, 1)];
        let figures = figures(calls, vec![], vec![], By::Member);
        let data = figures.over_time(Meter::ApiCall);
        let shown: Vec<_> = data.rows[..5].iter().map(|row| row.cells[0].value).collect();
        assert_eq!(shown, [10.0, 30.0, 1.0, 20.0, 20.0].map(Some), "today is not over, and does not count");
        assert_eq!((figures.today(), figures.forecast_from()), (Some(2), Some(3)));
        assert_eq!(figures.sentence(Meter::ApiCall, Locale::Britain), "41 in all, at most 30 in one day.");
        for meter in [Meter::Ticket, Meter::ActiveSeat, Meter::StoredByteHour] {
            assert_eq!(figures.sentence(meter, Locale::Britain), "None.");
        }
    }

    #[test]
    fn what_is_stored_is_a_mean_of_hours() {
        let stored = vec![point(1, Meter::StoredByteHour, 24_000), point(3, Meter::StoredByteHour, 13_000)];
        let used = vec![part(None, "", Meter::StoredByteHour, 37_000)];
        let figures = figures(stored, used, vec![], By::Member);
        let data = figures.over_time(Meter::StoredByteHour);
        assert_eq!(data.rows[0].cells[0].value, Some(1000.0));
        assert_eq!(data.rows[2].cells[0].value, Some(1000.0), "13 hours of today have begun");
        assert_eq!(figures.of_period(Meter::StoredByteHour), (606, Some(606), None), "a mean has no limit");
        assert_eq!(figures.stored_now(), (2048, Some(1500)));
    }

    #[test]
    fn the_period_goes_on_as_it_began() {
        let (olga, max) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let used = vec![
            part(Some(olga), "Olga", Meter::ApiCall, 50),
            part(Some(max), "Max", Meter::ApiCall, 11),
            part(Some(olga), "Olga", Meter::ActiveSeat, 30),
            part(Some(max), "Max", Meter::ActiveSeat, 2),
        ];
        let figures = figures(vec![], used, vec![], By::Member);
        // 61 hours of 720 have begun.
        assert_eq!(figures.of_period(Meter::ApiCall), (61, Some(720), None));
        assert_eq!(figures.of_period(Meter::ActiveSeat), (2, None, Some(5)));
        assert_eq!(figures.of_period(Meter::Mail), (0, Some(0), None));
    }

    #[test]
    fn parts_stand_largest_first_and_those_without_a_name_together() {
        let (olga, gone, long_gone) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let parts = || {
            vec![
                part(Some(olga), "Olga", Meter::ApiCall, 5),
                part(Some(olga), "Olga", Meter::ActiveSeat, 3),
                part(Some(gone), "", Meter::ApiCall, 9),
                part(Some(long_gone), "", Meter::ApiCall, 1),
                part(Some(gone), "", Meter::Ticket, 2),
                part(Some(long_gone), "", Meter::Ticket, 3),
                part(None, "", Meter::Mail, 70),
                part(None, "", Meter::ApiCall, 1),
            ]
        };
        let rows = |by| {
            let data = figures(vec![], vec![], parts(), by).breakdown();
            data.rows.into_iter().map(|row| (row.name, row.cells[0].value)).collect::<Vec<_>>()
        };
        assert_eq!(
            rows(By::Member),
            [
                ("People who are gone".to_owned(), Some(10.0)),
                ("Olga".to_owned(), Some(5.0)),
                ("The workspace itself".to_owned(), Some(1.0))
            ]
        );
        assert_eq!(rows(By::Key)[0].0, "Keys that are gone");
        assert_eq!(rows(By::Key).len(), 2);
        // Tickets were opened in two of them, and files are in a third.
        let data = figures(vec![], vec![], parts(), By::Project).breakdown();
        let cells: Vec<_> =
            data.rows.iter().map(|row| (row.name.as_str(), row.cells[0].value, row.cells[2].value)).collect();
        assert_eq!(cells, [("Other projects", Some(5.0), Some(2048.0))]);
        assert_eq!(data.columns.len(), 3);
    }
}
