//! The page: the period in figures, a chart of each meter, and who used what.

use leptos::prelude::*;
use rowhouse_platform::{access::Principal, metering::Meter};

use super::{
    figures::{BREAKDOWN, By, Figures, WORTH_SAYING, unit_of},
    range::Range,
};
use crate::{
    context::RequestContext,
    routes::query_string,
    ui::{
        Icon,
        chart::{Bars, Figure, Limit, Shape, TimeSeries, Unit, unit},
        frame::{Section, frame},
        time::{Ago, Reader, reader},
    },
};

/// The most bars of the breakdown.
const MOST_BARS: usize = 12;

/// The address of the page, or of one of its files.
fn address(context: &RequestContext, path: &str, (range, by): (Range, By), chart: Option<&str>) -> String {
    let mut pairs = Vec::new();
    if range != Range::default() {
        pairs.push(("range", range.word().to_owned()));
    }
    if by != By::default() {
        pairs.push(("by", by.word().to_owned()));
    }
    pairs.extend(chart.map(|chart| ("chart", chart.to_owned())));
    context.href(&format!("{path}{}", query_string(&pairs)))
}

fn page_address(context: &RequestContext, range: Range, by: By) -> String {
    address(context, "/admin/usage", (range, by), None)
}

pub(super) fn view(context: &RequestContext, person: &Principal, figures: &Figures) -> AnyView {
    let body = if figures.is_empty() {
        nothing(context)
    } else {
        view! {
            {period(figures)}
            <div class="insight">
                {Meter::ALL.map(|meter| meter_chart(context, figures, meter)).collect_view()}
                {breakdown(context, figures)}
            </div>
        }
        .into_any()
    };
    let added_up = figures.added_up_at.filter(|at| figures.now - *at >= WORTH_SAYING).map(|at| {
        view! { <p class="insight__counted">"Something new was last added up " <Ago at=at now=figures.now /> "."</p> }
    });
    let content = view! {
        <div class="page__head">
            <h1 class="page__title">"Usage"</h1>
            <p class="page__lead">
                "What this workspace used. Hours, days and months are in UTC; servers add up what is new about once a minute."
            </p>
        </div>
        {crate::admin::plan::requests(context, person)}
        {ranges(context, figures)}
        {body}
        {added_up}
    };
    frame(context, person, Section::Usage, false, content)
}

/// Links to the same page for other times.
fn ranges(context: &RequestContext, figures: &Figures) -> AnyView {
    let tabs = Range::ALL
        .map(|range| {
            let current = (range == figures.range).then_some("page");
            let href = page_address(context, range, figures.by);
            view! { <li><a class="tabs__link" href=href aria-current=current>{range.label()}</a></li> }
        })
        .collect_view();
    view! { <nav class="tabs insight__ranges" aria-label="Time"><ul class="tabs__list">{tabs}</ul></nav> }.into_any()
}

/// What was used in the period that is paid for, what is to be expected, and the limits.
pub(crate) fn period(figures: &Figures) -> AnyView {
    let Reader { locale, .. } = reader();
    let last = figures.period.until - time::Duration::DAY;
    let days = format!("{} to {}", locale.short_date(figures.period.from), locale.short_date(last));
    let rows = Meter::ALL
        .map(|meter| {
            // What is stored has no limit over time, and one on what there is now.
            let now = (meter == Meter::StoredByteHour).then(|| {
                let (used, limit) = figures.stored_now();
                period_row("Files stored now", unit_of(meter), (used, None, limit))
            });
            let what = if now.is_some() { "Stored files, on average" } else { meter.label() };
            let over_time = period_row(what, unit_of(meter), figures.of_period(meter));
            view! { {over_time} {now} }.into_any()
        })
        .collect_view();
    let per_minute = figures.requests_per_minute().map(|most| {
        let most = locale.number(most);
        view! { <p class="chart__note">{format!("The plan lets programs send {most} requests a minute.")}</p> }
    });
    view! {
        <section class="card stack" aria-labelledby="period-title">
            <h2 id="period-title">{format!("This period, {days}")}</h2>
            <div class="chart__scroll" role="region" tabindex="0" aria-label="Use in this period, as a table">
                <table class="data-table">
                    <caption class="visually-hidden">"What was used in this period, and what is to be expected"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"What"</th>
                            <th scope="col" class="is-end">"Used so far"</th>
                            <th scope="col" class="is-end">"Expected at the end"</th>
                            <th scope="col" class="is-end">"Limit"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <p class="chart__note">
                "What is expected goes on as it went so far. Stored files are the mean of all hours, and the plan limits what is stored now; active people are those who were there at least once."
            </p>
            {per_minute}
        </section>
    }
    .into_any()
}

fn period_row(what: &'static str, written_in: Unit, figures: (i64, Option<i64>, Option<i64>)) -> AnyView {
    let (used, expected, limit) = figures;
    let locale = reader().locale;
    let text = |figure: i64| written_in.text(unit::figure(figure), locale);
    let or_none = |figure: Option<i64>| figure.map_or_else(|| "–".to_owned(), text);
    let over = limit.filter(|limit| used > *limit || expected.is_some_and(|expected| expected > *limit));
    let warning = over.map(|_| view! { " " <span class="badge">"Over the limit"</span> });
    view! {
        <tr>
            <th scope="row">{what} {warning}</th>
            <td class="is-end">{text(used)}</td>
            <td class="is-end">{or_none(expected)}</td>
            <td class="is-end">{or_none(limit)}</td>
        </tr>
    }
    .into_any()
}

fn meter_chart(context: &RequestContext, figures: &Figures, meter: Meter) -> AnyView {
    let export = address(context, "/admin/usage/export.csv", (figures.range, figures.by), Some(meter.word()));
    chart_of(figures, meter, Some(export))
}

/// The chart of a meter, with the address of its file.
pub(crate) fn chart_of(figures: &Figures, meter: Meter, export: Option<String>) -> AnyView {
    let Reader { locale, .. } = reader();
    let note = match meter {
        Meter::ApiCall => Some(
            "Requests of programs that were answered with success; one that is sent again under its Idempotency-Key counts once.",
        ),
        Meter::ActiveSeat => Some("People who did something, in the browser or by a key of theirs."),
        Meter::StoredByteHour => Some("The mean of the hours, each with what was stored when it began."),
        Meter::Mail => Some("Letters of this workspace, those about single tickets included."),
        Meter::Export => Some("Files of tickets, members and the audit log."),
        Meter::Ticket => None,
    };
    let figure = Figure {
        id: meter.word(),
        title: meter.label().to_owned(),
        sentence: figures.sentence(meter, locale),
        note: note.map(ToOwned::to_owned),
        export,
        is_open: false,
    };
    let limit = figures.limit(meter).map(|most| Limit {
        value: unit::figure(most),
        label: format!("In the plan: {}", unit_of(meter).text(unit::figure(most), locale)),
    });
    let drawn = TimeSeries {
        limit,
        today: figures.today(),
        present: figures.range.present(),
        forecast_from: figures.forecast_from(),
        ..TimeSeries::new(Shape::Bars, [0])
    };
    figure.over_time(&figures.over_time(meter), &drawn)
}

fn breakdown(context: &RequestContext, figures: &Figures) -> AnyView {
    let tabs = By::ALL
        .map(|by| {
            let current = (by == figures.by).then_some("true");
            let href = format!("{}#{BREAKDOWN}", page_address(context, figures.range, by));
            view! { <li><a class="tabs__link" href=href aria-current=current>{by.label()}</a></li> }
        })
        .collect_view();
    let data = figures.breakdown();
    let drawn = data.columns.first().map(|column| column.name.clone()).unwrap_or_default();
    let figure = Figure {
        id: BREAKDOWN,
        title: format!("By {}", lower(figures.by)),
        sentence: format!("{drawn} by {}; the table says the rest.", lower(figures.by)),
        note: Some(figures.by.rest().to_owned()),
        export: Some(address(context, "/admin/usage/export.csv", (figures.range, figures.by), Some(BREAKDOWN))),
        is_open: true,
    };
    view! {
        <section class="insight__breakdown" aria-label="Broken down">
            <nav class="tabs" aria-label="Broken down by"><ul class="tabs__list">{tabs}</ul></nav>
            {figure.by_name(&data, &Bars::new([0]).of_first(MOST_BARS))}
        </section>
    }
    .into_any()
}

/// As it stands within a sentence.
fn lower(by: By) -> &'static str {
    match by {
        By::Member => "member",
        By::Key => "API key",
        By::Project => "project",
    }
}

fn nothing(context: &RequestContext) -> AnyView {
    view! {
        <div class="empty">
            <Icon name="chart" />
            <h2>"Nothing is counted yet"</h2>
            <p>"What people and programs do here is added up about once a minute, and will stand here."</p>
            <div class="button-row"><a class="button" href=context.href("/tickets")>"Go to the tickets"</a></div>
        </div>
    }
    .into_any()
}
