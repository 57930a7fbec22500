//! What is known of the ticket, at the side of the page.

use leptos::prelude::*;
use time::Date;

use super::{
    event_words::day_of,
    fact::{fact, fact_form},
    sent::Part,
    view::Shown,
};
use crate::{
    desk::{
        person_field::PersonField,
        ticket::{MOST_LABELS, Person, Priority, Status},
        ticket_view::{label_badge, priority_badge},
    },
    ui::{
        choice::{Checkbox, Choice, Select, SelectField},
        form::{described_by, field_error},
        time::{Ago, reader},
    },
};

pub(super) fn facts(shown: &Shown<'_>) -> AnyView {
    let ticket = &shown.loaded.ticket;
    view! {
        {shown.may_write().then(|| status_form(shown))}
        <div class="facts-list">
            {priority(shown)}
            {assignee(shown)}
            {requester(shown)}
            {due(shown)}
            {labels(shown)}
            <div class="fact">
                <div class="fact__line">
                    <span class="fact__name">"Opened"</span>
                    <div class="fact__value"><Ago at=ticket.created_at now=shown.now /></div>
                </div>
            </div>
            <div class="fact">
                <div class="fact__line">
                    <span class="fact__name">"Updated"</span>
                    <div class="fact__value"><Ago at=ticket.updated_at now=shown.now /></div>
                </div>
            </div>
        </div>
    }
    .into_any()
}

/// What changes most has its form open at all times.
fn status_form(shown: &Shown<'_>) -> AnyView {
    let options = Status::ALL.iter().map(|status| Choice::new(status.word(), status.label())).collect();
    let status = shown.face.typed(Part::Status, "status").unwrap_or(shown.loaded.ticket.status.word());
    view! {
        <form class="field" action=shown.action.clone() method="post">
            {shown.hidden("status")}
            <label class="field__label" for="status">"Status"</label>
            <div class="input-row">
                <Select id="status" options=options value=status />
                <button class="button" type="submit">"Set status"</button>
            </div>
        </form>
    }
    .into_any()
}

fn priority(shown: &Shown<'_>) -> AnyView {
    let now = shown.loaded.ticket.priority;
    fact(shown, Part::Priority, "Priority", priority_badge(now.word()), || {
        let options = Priority::ALL.iter().map(|one| Choice::new(one.word(), one.label())).collect();
        let value = shown.face.typed(Part::Priority, "priority").unwrap_or(now.word());
        let field = view! {
            <SelectField id="priority" label="Priority" options=options value=value errors=&shown.face.errors />
        };
        fact_form(shown, Part::Priority, "priority", "Save", field.into_any())
    })
}

fn assignee(shown: &Shown<'_>) -> AnyView {
    let now = shown.loaded.ticket.assignee.as_ref();
    let value = match now {
        Some(person) => shown.somebody(person),
        None => view! { <span class="muted">"Unassigned"</span> }.into_any(),
    };
    let value = view! { {value} {take(shown)} }.into_any();
    fact(shown, Part::Assignee, "Assignee", value, || {
        let field = person(shown, Part::Assignee, "assignee", "Assignee", now, Some("Unassigned"));
        fact_form(shown, Part::Assignee, "assignee", "Save", field)
    })
}

/// A button that makes the ticket the reader's, where it is not theirs already.
fn take(shown: &Shown<'_>) -> Option<AnyView> {
    let me = shown.person.account;
    let is_mine = shown.loaded.ticket.assignee.as_ref().is_some_and(|person| person.id == me);
    if is_mine || !shown.may_write() {
        return None;
    }
    Some(
        view! {
            <form action=shown.action.clone() method="post">
                {shown.hidden("assignee")}
                <input type="hidden" name="assignee" value=me.to_string() />
                <button class="button button--quiet" type="submit" data-take="">"Assign to me"</button>
            </form>
        }
        .into_any(),
    )
}

fn requester(shown: &Shown<'_>) -> AnyView {
    let now = &shown.loaded.ticket.requester;
    fact(shown, Part::Requester, "Requester", shown.somebody(now), || {
        let field = person(shown, Part::Requester, "requester", "Requester", Some(now), None);
        fact_form(shown, Part::Requester, "requester", "Save", field)
    })
}

/// A field for somebody who reaches the project.
pub(super) fn person(
    shown: &Shown<'_>,
    part: Part,
    id: &'static str,
    label: &'static str,
    now: Option<&Person>,
    nobody: Option<&'static str>,
) -> AnyView {
    let people = shown.loaded.people.as_deref();
    let typed = shown.face.typed(part, id);
    PersonField { id, label, people, typed, now, nobody, errors: &shown.face.errors }.view()
}

fn due(shown: &Shown<'_>) -> AnyView {
    let ticket = &shown.loaded.ticket;
    let value = match ticket.due_on {
        None => view! { <span class="muted">"None"</span> }.into_any(),
        Some(day) => {
            let today = reader().zone.local(shown.now).date();
            let is_late = day < today && !ticket.status.is_resolved();
            let late = is_late.then_some("is-late");
            let words = if is_late { format!("{} (late)", day_of(day)) } else { day_of(day) };
            view! { <time class=late datetime=day.to_string()>{words}</time> }.into_any()
        }
    };
    fact(shown, Part::Due, "Due", value, || {
        let typed = shown.face.typed(Part::Due, "due").map(ToOwned::to_owned);
        let value = typed.unwrap_or_else(|| ticket.due_on.map(|day: Date| day.to_string()).unwrap_or_default());
        fact_form(shown, Part::Due, "due", "Save", day_field(value, shown.face.errors.of("due"), "Empty: no due date."))
    })
}

/// A field for a day.
pub(in crate::desk) fn day_field(value: String, error: Option<String>, help: &'static str) -> AnyView {
    let described = described_by("due", true, error.is_some());
    view! {
        <div class="field">
            <label class="field__label" for="due">"Due date"</label>
            <input
                class="input"
                id="due"
                name="due"
                type="date"
                value=value
                aria-describedby=described
                aria-invalid=error.is_some().then_some("true")
            />
            <p class="field__help" id="due-help">{help}</p>
            {field_error("due", error)}
        </div>
    }
    .into_any()
}

fn labels(shown: &Shown<'_>) -> AnyView {
    let now = &shown.loaded.ticket.labels;
    let value = if now.is_empty() {
        view! { <span class="muted">"None"</span> }.into_any()
    } else {
        let badges = now.iter().map(|label| view! { <li>{label_badge(label)}</li> }).collect_view();
        view! { <ul class="label-list">{badges}</ul> }.into_any()
    };
    fact(shown, Part::Labels, "Labels", value, || {
        let sent = shown.face.sent_for(Part::Labels);
        let is_ticked = |id: String| match sent {
            Some(sent) => sent.all("label").any(|sent| sent == id),
            None => now.iter().any(|label| label.id.to_string() == id),
        };
        let boxes = shown.loaded.labels.iter().map(|label| {
            let id = label.id.to_string();
            view! {
                <Checkbox
                    id=format!("label-{id}")
                    name="label"
                    value=id.clone()
                    label=label.name.clone()
                    help=""
                    checked=is_ticked(id)
                />
            }
        });
        let all = shown.context.href("/labels");
        let boxes = if shown.loaded.labels.is_empty() {
            view! { <p class="muted">"This workspace has no labels yet."</p> }.into_any()
        } else {
            let boxes = boxes.collect_view();
            view! { <div class="choices choices--scroll">{boxes}</div> }.into_any()
        };
        let fields = view! {
            <fieldset class="field" id="labels">
                <legend class="visually-hidden">{format!("Labels, at most {MOST_LABELS}")}</legend>
                {boxes}
                {field_error("labels", shown.face.errors.of("labels"))}
            </fieldset>
            <p class="field__help"><a href=all>"Add or change labels"</a></p>
        };
        fact_form(shown, Part::Labels, "labels", "Save labels", fields.into_any())
    })
}
