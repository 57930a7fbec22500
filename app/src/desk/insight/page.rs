//! The page: the days and tickets to look at, what matters in figures, and the charts.

use std::sync::Arc;

use leptos::prelude::*;
use rowhouse_platform::access::Principal;

use super::{
    charts::{Chart, Measures},
    filter::{By, Choices, Filter, InsightQuery, Range, written},
    links::Links,
};
use crate::{
    context::RequestContext,
    ui::{
        FieldErrors, Icon,
        chart::{Bars, Calendar, Figure, Shape, TimeSeries, Unit},
        choice::{Choice, SelectField, with_none},
        form::{described_by, field_error, summary},
        frame::{Section, frame},
        time::{Ago, Reader, reader},
    },
};

/// The most bars of the breakdown.
const MOST_BARS: usize = 12;

/// What the page is made from.
pub(super) struct Asked<'a> {
    pub(super) context: &'a RequestContext,
    pub(super) query: &'a InsightQuery,
    pub(super) filter: &'a Filter,
    pub(super) choices: &'a Choices,
    pub(super) calendar: &'a Calendar,
    pub(super) errors: &'a FieldErrors,
}

/// What there is to show.
pub(super) enum Shown {
    /// There is not one ticket.
    NoTickets,
    /// The address is wrong.
    Nothing,
    /// Figures.
    Figures(Arc<Measures>),
}

pub(super) fn view(asked: &Asked<'_>, person: &Principal, shown: &Shown) -> AnyView {
    let Asked { context, errors, .. } = asked;
    let body = match shown {
        Shown::NoTickets => no_tickets(context),
        Shown::Nothing => view! { {ranges(asked)} {form(asked)} }.into_any(),
        Shown::Figures(measures) if measures.is_empty() => {
            view! { {ranges(asked)} {form(asked)} {nothing(asked)} }.into_any()
        }
        Shown::Figures(measures) => view! { {ranges(asked)} {form(asked)} {figures(asked, measures)} }.into_any(),
    };
    let days = asked.calendar.span(asked.filter.first, asked.filter.last);
    let lead = format!("How the team is doing, {days}. Days are those of the workspace’s time zone.");
    let content = view! {
        <div class="page__head">
            <h1 class="page__title">"Insight"</h1>
            <p class="page__lead">{lead}</p>
        </div>
        {summary(errors)}
        {body}
    };
    frame(context, person, Section::Insight, false, content)
}

fn figures(asked: &Asked<'_>, measures: &Measures) -> AnyView {
    let links = Links::new(asked.context, asked.filter, asked.calendar, &reader());
    let now = asked.context.services.ambient.now();
    let counted = (now - measures.now >= time::Duration::SECOND).then(|| {
        view! { <p class="insight__counted">"Counted " <Ago at=measures.now now=now /> ". Figures are counted anew after a minute."</p> }
    });
    let charts = Chart::ALL.map(|chart| figure(asked, measures, &links, chart)).collect_view();
    view! {
        {tiles(measures, &links)}
        <div class="insight">{charts}</div>
        {counted}
    }
    .into_any()
}

/// What matters, in five figures.
fn tiles(measures: &Measures, links: &Links<'_>) -> AnyView {
    use crate::desk::ticket::Status::{Open, Pending};
    let Reader { locale, .. } = reader();
    let (created, resolved) = (measures.created.all, measures.resolved.all);
    let open = measures.backlog.all.open + measures.backlog.all.pending;
    let took = |seconds: Option<f64>| seconds.map_or_else(|| "–".to_owned(), |it| Unit::Seconds.text(it, locale));
    let days = measures.slots.first().zip(measures.slots.last());
    let opened =
        days.map(|(first, last)| links.tickets(None, links.created(first.first, last.last, first.from, last.until)));
    let tiles = [
        ("Open now", locale.number(open), Some(links.waiting(&[Open, Pending], None, None, None)).filter(|_| open > 0)),
        ("Created", locale.number(created.tickets), opened.filter(|_| created.tickets > 0)),
        ("Resolved", locale.number(resolved.tickets), None),
        ("Median first response", took(created.median), None),
        ("Median resolution", took(resolved.median), None),
    ];
    let tiles = tiles.map(|(name, figure, href)| {
        let figure = match href {
            Some(href) => view! { <a href=href>{figure}</a> }.into_any(),
            None => figure.into_any(),
        };
        view! {
            <div class="tile">
                <dt class="tile__name">{name}</dt>
                <dd class="tile__figure">{figure}</dd>
            </div>
        }
    });
    view! { <dl class="tiles">{tiles.collect_view()}</dl> }.into_any()
}

fn figure(asked: &Asked<'_>, measures: &Measures, links: &Links<'_>, chart: Chart) -> AnyView {
    let filter = asked.filter;
    let data = measures.data(chart, filter, asked.choices, links);
    let (title, note) = match chart {
        Chart::Flow => ("Created and resolved", None),
        Chart::Age => ("Open tickets by age", None),
        Chart::FirstResponse => (
            "First response",
            Some(
                "From when a ticket was created to the first comment of somebody else than its requester, by when it was created. Tickets without one are left out.",
            ),
        ),
        Chart::Resolution => {
            ("Resolution", Some("From when a ticket was created to when it was solved or closed, by when that was."))
        }
        Chart::Breakdown => (
            match filter.by {
                By::Project => "By project",
                By::Assignee => "By assignee",
                By::Label => "By label",
            },
            (filter.by == By::Label).then_some("A ticket counts with each of its labels."),
        ),
    };
    let figure = Figure {
        id: chart.word(),
        title: title.to_owned(),
        sentence: measures.sentence(chart, filter.by, reader().locale),
        note: note.map(ToOwned::to_owned),
        export: Some(asked.context.href(&filter.export_address(chart.word()))),
        is_open: chart == Chart::Breakdown,
    };
    let today = Calendar::place_of(&measures.slots, measures.now);
    let over_time = |columns: [usize; 2]| TimeSeries { today, ..TimeSeries::new(Shape::Lines, columns) };
    match chart {
        Chart::Flow | Chart::FirstResponse | Chart::Resolution => figure.over_time(&data, &over_time([0, 1])),
        Chart::Age => figure.by_name(&data, &Bars::new([0, 1])),
        Chart::Breakdown => view! {
            <section class="insight__breakdown" aria-label="Broken down">
                {breakdowns(asked)}
                {figure.by_name(&data, &Bars::new([0]).of_first(MOST_BARS))}
            </section>
        }
        .into_any(),
    }
}

/// Links to the same page, broken down otherwise.
fn breakdowns(asked: &Asked<'_>) -> AnyView {
    let tabs = By::ALL
        .map(|by| {
            let current = (by == asked.filter.by).then_some("true");
            let there = Filter { by, ..asked.filter.clone() };
            let href = asked.context.href(&format!("{}#breakdown", there.address()));
            view! { <li><a class="tabs__link" href=href aria-current=current>{by.label()}</a></li> }
        })
        .collect_view();
    view! { <nav class="tabs" aria-label="Broken down by"><ul class="tabs__list">{tabs}</ul></nav> }.into_any()
}

/// Links to the same page for other days.
fn ranges(asked: &Asked<'_>) -> AnyView {
    let tabs = Range::ALL
        .map(|range| {
            let current = (range == asked.filter.range).then_some("page");
            let there = Filter { range, ..asked.filter.clone() };
            let href = asked.context.href(&there.address());
            view! { <li><a class="tabs__link" href=href aria-current=current>{range.label()}</a></li> }
        })
        .collect_view();
    view! { <nav class="tabs insight__ranges" aria-label="Days"><ul class="tabs__list">{tabs}</ul></nav> }.into_any()
}

fn form(asked: &Asked<'_>) -> AnyView {
    let Asked { context, query, filter, choices, errors, .. } = asked;
    let projects = choices.reach.all().iter().map(|it| Choice::new(&it.key, format!("{} {}", it.key, it.name)));
    let people = choices.people.iter().map(|person| Choice::new(person.id.to_string(), &person.name));
    let people = std::iter::once(Choice::new("none", "Unassigned")).chain(people);
    let labels = choices.labels.iter().map(|label| Choice::new(label.id.to_string(), &label.name));
    let range = (filter.range != Range::default())
        .then(|| view! { <input type="hidden" name="range" value=filter.range.word() /> });
    let by = (filter.by != By::default()).then(|| view! { <input type="hidden" name="by" value=filter.by.word() /> });
    let days = (filter.range == Range::Custom).then(|| {
        let typed = |text: &str, day| if text.is_empty() && errors.is_empty() { written(day) } else { text.to_owned() };
        view! {
            {day("from", "First day", typed(&query.from, filter.first), errors)}
            {day("to", "Last day", typed(&query.to, filter.last), errors)}
        }
    });
    let clear = filter.is_narrowed().then(|| {
        let all = Filter { project: None, assignee: None, label: None, ..(*filter).clone() };
        view! { <a class="button button--quiet" href=context.href(&all.address())>"Show all tickets"</a> }
    });
    view! {
        <form class="insight__filter" action=context.href("/insight") method="get" role="search" aria-label="Figures">
            {range}
            {by}
            {days}
            <SelectField
                id="project"
                label="Project"
                options=with_none("All projects", projects)
                value=&query.project
                errors=errors
            />
            <SelectField
                id="assignee"
                label="Assignee"
                options=with_none("Everybody", people)
                value=&query.assignee
                errors=errors
            />
            <SelectField id="label" label="Label" options=with_none("All labels", labels) value=&query.label errors=errors />
            <div class="button-row">
                <button class="button button--primary" type="submit">"Show"</button>
                {clear}
            </div>
        </form>
    }
    .into_any()
}

fn day(id: &'static str, label: &'static str, value: String, errors: &FieldErrors) -> AnyView {
    let error = errors.of(id);
    view! {
        <div class="field">
            <label class="field__label" for=id>{label}</label>
            <input
                class="input"
                id=id
                name=id
                type="date"
                value=value
                autocomplete="off"
                aria-invalid=error.is_some().then_some("true")
                aria-describedby=described_by(id, false, error.is_some())
            />
            {field_error(id, error)}
        </div>
    }
    .into_any()
}

fn no_tickets(context: &RequestContext) -> AnyView {
    view! {
        <div class="empty">
            <Icon name="chart" />
            <h2>"No figures yet"</h2>
            <p>"How many tickets come in, how old they get and how quickly they are answered will stand here."</p>
            <div class="button-row"><a class="button" href=context.href("/tickets")>"Go to the tickets"</a></div>
        </div>
    }
    .into_any()
}

fn nothing(asked: &Asked<'_>) -> AnyView {
    view! {
        <div class="empty">
            <Icon name="search-x" />
            <h2>"Nothing to count"</h2>
            <p>"None of these tickets is open, and none was created or resolved in these days."</p>
            <div class="button-row"><a class="button" href=asked.context.href("/insight")>"Show all tickets"</a></div>
        </div>
    }
    .into_any()
}
