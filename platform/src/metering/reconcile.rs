//! Reconciling: whether events, what they were added up to, what was billed, what the payment provider took, and what it
//! invoiced are the same.

use std::{collections::BTreeMap, fmt};

use sqlx::{Connection as _, PgConnection};
use time::{Date, Duration, OffsetDateTime, UtcOffset};
use uuid::Uuid;

use super::{
    MONTHS_KEPT, Meter, Sum,
    billed::{self, Billed, Invoiced},
    month_of, roll_up,
};
use crate::{
    ambient::Ambient,
    billing::{
        BilledMeter,
        usage::{self, Billable},
    },
    db::{Database, DbError},
    tenancy::TenantHome,
};

/// What is counted of a meter in a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// The quantities together.
    pub quantity: i64,
    /// How many events.
    pub events: i64,
    /// How many people they are of.
    pub people: i64,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Of which meter.
    pub meter: String,
    /// On which day.
    pub day: Date,
    /// Between what.
    pub between: Between,
    /// What the first says.
    pub first: i64,
    /// What the second says.
    pub second: i64,
}

/// What differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Between {
    /// The quantities of events, and of hours.
    EventsAndHours,
    /// The quantities of events, and of days.
    EventsAndDays,
    /// The quantities of hours, and of days, where events are no longer kept.
    HoursAndDays,
    /// How many events there are, and how many were added up.
    EventsCounted,
    /// What was used while a subscription lasted, and what was billed.
    UsedAndBilled,
    /// What was billed, and what the payment provider took. What is on its way for less than a day is taken for granted.
    BilledAndTaken,
    /// What the payment provider took for a time that ended on that day, and what its invoice says.
    TakenAndInvoiced,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { meter, day, first, second, .. } = self;
        let (one, other) = match self.between {
            Between::EventsAndHours => ("events say", "hours say"),
            Between::EventsAndDays => ("events say", "days say"),
            Between::HoursAndDays => ("hours say", "days say"),
            Between::EventsCounted => ("events there are", "events added up"),
            Between::UsedAndBilled => ("used", "billed"),
            Between::BilledAndTaken => ("billed", "Stripe took"),
            Between::TakenAndInvoiced => ("Stripe took for the time until then", "invoiced"),
        };
        write!(f, "{day} {meter}: {one} {first}, {other} {second}")
    }
}

/// What was compared, and what differs.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// How many events were read.
    pub events: i64,
    /// What each meter came to, of all days.
    pub totals: BTreeMap<String, Tally>,
    /// How many days of meters were billed.
    pub billed: usize,
    /// How many lines of invoices were compared with what the payment provider took.
    pub invoiced: usize,
    /// What differs, by day.
    pub differences: Vec<Difference>,
}

type Days = BTreeMap<(Date, String), Tally>;

/// Compares the days from `first` to `last`, both included. What is new is added up before, so that nothing differs for
/// being new; then everything is read with the operator's rights, which see what was billed. `meters` are those that are
/// billed.
///
/// # Errors
/// [`DbError`].
pub async fn reconcile(
    database: &Database,
    operator_url: &str,
    ambient: &Ambient,
    home: &TenantHome,
    meters: &[BilledMeter],
    (first, last): (Date, Date),
) -> Result<Report, DbError> {
    let (from, until) = (first.midnight().assume_utc(), last.midnight().assume_utc() + Duration::DAY);
    let mut tx = database.begin(home).await?;
    roll_up::roll_up(&mut tx, ambient).await?;
    tx.commit().await?;
    let tenant = home.id().0;
    let mut operator = PgConnection::connect(operator_url).await?;
    let found = read(&mut operator, tenant, from, until).await?;
    let now = ambient.now();
    let mut bills = Bills { billed: billed::of(&mut operator, tenant, (first, last), now).await?, ..Bills::default() };
    let mut words: Vec<&str> = meters.iter().map(|meter| meter.meter.as_str()).collect();
    words.extend(bills.billed.iter().map(|row| row.meter.as_str()));
    words.sort_unstable();
    words.dedup();
    for word in words {
        for day in usage::of_tenant(&mut operator, tenant, word, (from, until), now).await? {
            bills.billable.insert((day.day, word.to_owned()), day);
        }
    }
    for meter in meters {
        let found = billed::invoices(&mut operator, tenant, &meter.meter, &meter.prices, (from, until)).await?;
        bills.invoiced.extend(found.into_iter().map(|line| (meter.meter.clone(), line)));
    }
    operator.close().await?;
    // Of older days the events are gone, or some of them.
    let kept = month_of(now, MONTHS_KEPT - 1).date();
    let mut report = compare(&found, kept);
    compare_bills(&mut report, bills, meters, &found.days, kept);
    report.differences.sort_by(|one, other| (one.day, &one.meter).cmp(&(other.day, &other.meter)));
    Ok(report)
}

/// What was billed, with what it should be.
#[derive(Default)]
struct Bills {
    billed: Vec<Billed>,
    billable: BTreeMap<(Date, String), Billable>,
    invoiced: Vec<(String, Invoiced)>,
}

fn compare_bills(report: &mut Report, bills: Bills, meters: &[BilledMeter], days: &Days, kept: Date) {
    let Bills { billed, mut billable, invoiced } = bills;
    report.billed = billed.len();
    report.invoiced = invoiced.len();
    let mut differ = |day, meter: &str, between, first, second| {
        if first != second {
            report.differences.push(Difference { meter: meter.to_owned(), day, between, first, second });
        }
    };
    for row in billed {
        let at = (row.day, row.meter.clone());
        // What was billed without a subscription that is known is held against the whole day.
        let whole = figure(&row.meter, days.get(&at).copied().unwrap_or_default());
        let of_day = billable.remove(&at);
        // Of a day that was cut short the events say what counts, and these are gone after a time.
        if !of_day.as_ref().is_some_and(|day| day.is_last && row.day < kept) {
            let used = of_day.map_or(whole, |day| day.used);
            differ(row.day, &row.meter, Between::UsedAndBilled, used, row.quantity);
        }
        differ(row.day, &row.meter, Between::BilledAndTaken, row.quantity, row.taken);
    }
    // What is left was never billed.
    for ((day, meter), of_day) in billable {
        if of_day.is_due && meters.iter().any(|billed| billed.meter == meter) {
            differ(day, &meter, Between::UsedAndBilled, of_day.used, 0);
        }
    }
    for (meter, line) in invoiced {
        let day = line.until.to_offset(UtcOffset::UTC).date();
        differ(day, &meter, Between::TakenAndInvoiced, line.taken, line.quantity);
    }
}

/// What a day of a meter is billed as: people, or quantities together.
#[must_use]
pub fn figure(meter: &str, tally: Tally) -> i64 {
    match Meter::parse(meter).map(Meter::sum) {
        Some(Sum::People) => tally.people,
        Some(Sum::Total | Sum::HourlyMean) | None => tally.quantity,
    }
}

struct Found {
    events: Days,
    hours: Days,
    days: Days,
}

/// All three in one statement, so that they are of one moment. The cursor is the same for all: events that it has not
/// passed are left out.
async fn read(
    operator: &mut PgConnection,
    tenant: Uuid,
    from: OffsetDateTime,
    until: OffsetDateTime,
) -> Result<Found, DbError> {
    let rows = sqlx::query!(
        r#"WITH counted AS (
               SELECT 'events' AS place, e.at, e.meter, e.quantity, 1::bigint AS events, e.account_id AS person
               FROM pooled.usage_event e
               WHERE e.tenant_id = $1 AND e.at >= $2 AND e.at < $3
                   AND e.recorded_in < (SELECT c.seen FROM pooled.usage_cursor c WHERE c.tenant_id = $1)
               UNION ALL
               SELECT 'hours', h.at, h.meter, h.quantity, h.events,
                      nullif(h.account_id, '00000000-0000-0000-0000-000000000000'::uuid)
               FROM pooled.usage_hour h WHERE h.tenant_id = $1 AND h.at >= $2 AND h.at < $3
               UNION ALL
               SELECT 'days', d.at, d.meter, d.quantity, d.events,
                      nullif(d.account_id, '00000000-0000-0000-0000-000000000000'::uuid)
               FROM pooled.usage_day d WHERE d.tenant_id = $1 AND d.at >= $2 AND d.at < $3
           )
           SELECT place AS "place!", date_trunc('day', at, 'UTC') AS "day!", meter AS "meter!",
                  sum(quantity)::bigint AS "quantity!", sum(events)::bigint AS "events!",
                  count(DISTINCT person) AS "people!"
           FROM counted GROUP BY 1, 2, 3"#,
        tenant,
        from,
        until
    )
    .fetch_all(operator)
    .await?;
    let mut found = Found { events: Days::new(), hours: Days::new(), days: Days::new() };
    for row in rows {
        let tally = Tally { quantity: row.quantity, events: row.events, people: row.people };
        let days = match row.place.as_str() {
            "events" => &mut found.events,
            "hours" => &mut found.hours,
            _ => &mut found.days,
        };
        days.insert((row.day.date(), row.meter), tally);
    }
    Ok(found)
}

fn compare(found: &Found, kept: Date) -> Report {
    let mut report = Report::default();
    let mut all: Vec<&(Date, String)> =
        found.events.keys().chain(found.hours.keys()).chain(found.days.keys()).collect();
    all.sort_unstable();
    all.dedup();
    for at in all {
        let of = |days: &Days| days.get(at).copied().unwrap_or_default();
        let (events, hours, days) = (of(&found.events), of(&found.hours), of(&found.days));
        let mut differ = |between, first, second| {
            if first != second {
                let (day, meter) = at.clone();
                report.differences.push(Difference { meter, day, between, first, second });
            }
        };
        if at.0 >= kept {
            differ(Between::EventsAndHours, events.quantity, hours.quantity);
            differ(Between::EventsAndDays, events.quantity, days.quantity);
            differ(Between::EventsCounted, events.events, days.events);
        } else {
            differ(Between::HoursAndDays, hours.quantity, days.quantity);
        }
        report.events += events.events;
        let total = report.totals.entry(at.1.clone()).or_default();
        total.quantity += days.quantity;
        total.events += days.events;
        // Of all days together these are days of people, not people.
        total.people += days.people;
    }
    report
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    fn days(quantity: i64, events: i64) -> Days {
        Days::from([((date!(2026 - 06 - 01), "api_call".to_owned()), Tally { quantity, events, people: 1 })])
    }

    fn differences(events: Days, hours: Days, days: Days) -> Vec<String> {
        let report = compare(&Found { events, hours, days }, date!(2026 - 01 - 01));
        report.differences.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_difference_is_named() {
        assert_eq!(differences(days(5, 5), days(5, 5), days(5, 5)), Vec::<String>::new());
        assert_eq!(differences(days(5, 5), days(4, 4), days(5, 5)), ["2026-06-01 api_call: events say 5, hours say 4"]);
        assert_eq!(
            differences(days(5, 5), Days::new(), Days::new()),
            [
                "2026-06-01 api_call: events say 5, hours say 0",
                "2026-06-01 api_call: events say 5, days say 0",
                "2026-06-01 api_call: events there are 5, events added up 0"
            ]
        );
        // The same sum from another number of events is a difference too.
        assert_eq!(
            differences(days(5, 5), days(5, 4), days(5, 4)),
            ["2026-06-01 api_call: events there are 5, events added up 4"]
        );
    }

    #[test]
    fn where_events_are_gone_hours_and_days_are_compared() {
        let found = Found { events: Days::new(), hours: days(5, 5), days: days(6, 5) };
        let report = compare(&found, date!(2026 - 06 - 02));
        assert_eq!(report.differences.len(), 1);
        assert_eq!(report.differences[0].between, Between::HoursAndDays);
    }

    #[test]
    fn seats_are_people_and_the_rest_are_quantities() {
        let tally = Tally { quantity: 70, events: 9, people: 3 };
        assert_eq!(figure("active_seat", tally), 3);
        assert_eq!(figure("api_call", tally), 70);
        assert_eq!(figure("stored_byte_hour", tally), 70);
    }
}
