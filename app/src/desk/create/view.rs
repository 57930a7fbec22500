//! The page with the form.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::access::Principal;

use super::fields::Fields;
use crate::{
    context::RequestContext,
    desk::{
        detail::{MarkdownField, day_field, preview_button},
        markdown::TicketLinks,
        person_field::PersonField,
        project::{Reach, Reached, no_projects},
        ticket::{Label, MOST_LABELS, Person, Priority, TITLE_LENGTH},
    },
    ui::{
        FieldErrors, Head,
        choice::{Checkbox, Choice, Select, SelectField, with_none},
        form::{TextField, field_error, summary},
        frame::{Section, frame},
        page,
    },
};

/// The most characters of the names of watchers, where they are typed.
const NAMES_LENGTH: usize = 2000;

/// What the page is made from.
pub(super) struct Form<'a> {
    pub(super) context: &'a RequestContext,
    pub(super) person: &'a Principal,
    pub(super) reach: &'a Reach,
    /// The project that is chosen.
    pub(super) project: Option<&'a Reached>,
    /// Who reaches it; `None` where they are too many for a list.
    pub(super) people: Option<Vec<Person>>,
    pub(super) labels: Vec<Label>,
    pub(super) fields: &'a Fields,
    pub(super) errors: FieldErrors,
}

pub(super) fn render(form: &Form<'_>) -> Response {
    let status = if form.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let head = Head::new("New ticket").with_status(status).with_script("draft.js").with_script("preview.js");
    page(form.context, head, || {
        let has_projects = form.reach.writable().next().is_some();
        let content = view! {
            <div class="page__head"><h1 class="page__title">"New ticket"</h1></div>
            <div class="stack">
                {summary(&form.errors)}
                {if has_projects { the_form(form) } else { none(form) }}
            </div>
        };
        frame(form.context, form.person, Section::Tickets, true, content)
    })
}

/// Nothing that one may open a ticket in.
fn none(form: &Form<'_>) -> AnyView {
    if form.reach.all().is_empty() {
        return no_projects(form.context, form.person);
    }
    view! {
        <div class="empty" id="project">
            <h2>"No project takes tickets from you"</h2>
            <p>"You can read the projects that you see, or they are archived. Ask the lead of one to make you a contributor."</p>
            <div class="button-row">
                <a class="button" href=form.context.href("/projects")>"Show projects"</a>
            </div>
        </div>
    }
    .into_any()
}

fn the_form(form: &Form<'_>) -> AnyView {
    let (context, fields, errors) = (form.context, form.fields, &form.errors);
    let priorities = Priority::ALL.iter().map(|priority| Choice::new(priority.word(), priority.label())).collect();
    let projects: Vec<String> = form.reach.all().iter().map(|project| project.key.clone()).collect();
    let tickets = TicketLinks { base_path: &context.base_path, projects: &projects };
    let description = MarkdownField {
        id: "description",
        name: "description",
        label: view! {
            <label class="field__label" for="description">
                "Description " <span class="field__optional">"(optional)"</span>
            </label>
        }
        .into_any(),
        value: &fields.description,
        errors,
        rows: 8,
        help: "What happened, what you expected, and how to see it again. Markdown: **bold**, `code`, lists, links.",
        optional: true,
        is_previewed: fields.is_preview,
    };
    let assignee = PersonField {
        id: "assignee",
        label: "Assignee",
        people: form.people.as_deref(),
        typed: Some(&fields.assignee),
        now: None,
        nobody: Some("Unassigned"),
        errors,
    };
    view! {
        <form
            class="form"
            action=context.href("/tickets/new")
            method="post"
            data-draft=format!("{}/new", form.person.account)
        >
            {project(form)}
            <TextField
                id="title"
                label="Title"
                value=&fields.title
                errors=errors
                maxlength=TITLE_LENGTH
                help="What is wrong, in one line."
            />
            {description.view(tickets)}
            <div class="field-pair">
                <SelectField id="priority" label="Priority" options=priorities value=&fields.priority errors=errors />
                {assignee.view()}
                {day_field(fields.due.clone(), errors.of("due"), "The day by which it is to be solved, if there is one.")}
            </div>
            {labels(form)}
            {watchers(form)}
            <div class="button-row">
                <button class="button button--primary" type="submit">"Create ticket"</button>
                {preview_button("description", context.href("/preview"))}
                {switch(form)}
                <a class="button button--quiet" href=context.href("/tickets")>"Cancel"</a>
            </div>
        </form>
    }
    .into_any()
}

/// The choice of the project, where there is one. Who can be chosen below depends on it.
fn project(form: &Form<'_>) -> AnyView {
    let mut writable: Vec<Choice> = form
        .reach
        .writable()
        .map(|project| Choice::new(project.key.clone(), format!("{} ({})", project.name, project.key)))
        .collect();
    if let (1, Some(project)) = (writable.len(), form.project) {
        return view! { <input type="hidden" name="project" value=project.key.clone() /> }.into_any();
    }
    let value = form.project.map_or("", |project| project.key.as_str());
    if value.is_empty() {
        writable = with_none("Choose a project", writable);
    }
    view! {
        <div class="field">
            <label class="field__label" for="project">"Project"</label>
            <Select id="project" options=writable value=value />
            <p class="field__help" id="project-help">
                "Assignee and watchers are chosen among those who reach it: “Show its people”, below, brings them."
            </p>
            {field_error("project", form.errors.of("project"))}
        </div>
    }
    .into_any()
}

/// Not beside the choice: the return key presses the first button of a form.
fn switch(form: &Form<'_>) -> AnyView {
    if form.reach.writable().count() < 2 {
        return ().into_any();
    }
    view! {
        <button class="button" type="submit" name="switch" value="on" formnovalidate=true>
            "Show its people"
        </button>
    }
    .into_any()
}

fn labels(form: &Form<'_>) -> AnyView {
    if form.labels.is_empty() {
        return ().into_any();
    }
    let boxes = form.labels.iter().map(|label| {
        let id = label.id.to_string();
        let checked = form.fields.labels.contains(&id);
        view! {
            <Checkbox
                id=format!("label-{id}")
                name="label"
                value=id
                label=label.name.clone()
                help=""
                checked=checked
            />
        }
    });
    let is_open = !form.fields.labels.is_empty() || form.errors.of("labels").is_some();
    view! {
        <details class="disclosure" open=is_open id="labels">
            <summary>"Labels"</summary>
            <fieldset class="field">
                <legend class="visually-hidden">{format!("Labels, at most {MOST_LABELS}")}</legend>
                <div class="choices choices--scroll">{boxes.collect_view()}</div>
                {field_error("labels", form.errors.of("labels"))}
            </fieldset>
        </details>
    }
    .into_any()
}

fn watchers(form: &Form<'_>) -> AnyView {
    let Some(people) = &form.people else {
        let typed = form.fields.watchers.join(", ");
        return view! {
            <TextField
                id="watcher"
                label="Watchers"
                value=&typed
                errors=&form.errors
                maxlength=NAMES_LENGTH
                help="Names or email addresses, with commas between them."
                optional=true
            />
            {field_error("watchers", form.errors.of("watchers"))}
        }
        .into_any();
    };
    if people.is_empty() {
        return ().into_any();
    }
    let boxes = people.iter().map(|person| {
        let id = person.id.to_string();
        let checked = form.fields.watchers.contains(&id);
        view! {
            <Checkbox
                id=format!("watcher-{id}")
                name="watcher"
                value=id
                label=person.name.clone()
                help=""
                checked=checked
            />
        }
    });
    let is_open = !form.fields.watchers.is_empty() || form.errors.of("watchers").is_some();
    view! {
        <details class="disclosure" open=is_open id="watchers">
            <summary>"Watchers"</summary>
            <fieldset class="field">
                <legend class="visually-hidden">"Who hears of what happens to it"</legend>
                <div class="choices choices--scroll">{boxes.collect_view()}</div>
                {field_error("watchers", form.errors.of("watchers"))}
            </fieldset>
        </details>
    }
    .into_any()
}
