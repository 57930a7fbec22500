//! How the settings of a project look: a form for who leads it, facts for everybody else.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::access::Principal;

use super::{
    super::{Level, Project, ProjectDraft},
    Tab, access_words, archived,
    fields::{self, Fields},
    head,
    merge::Theirs,
};
use crate::{
    context::RequestContext,
    ui::{
        FieldErrors, Head, Icon,
        form::summary,
        frame::{Section, frame},
        page,
    },
};

/// What the page shows.
pub(super) struct Shown {
    pub(super) project: Project,
    pub(super) level: Level,
    pub(super) typed: Fields,
    pub(super) errors: FieldErrors,
    pub(super) theirs: Vec<Theirs>,
    pub(super) is_overtaken: bool,
}

pub(super) fn render_page(context: &RequestContext, person: &Principal, status: StatusCode, shown: &Shown) -> Response {
    let project = &shown.project;
    page(context, Head::new(project.name.clone()).with_status(status), || {
        let leads = shown.level == Level::Lead;
        let body = if leads && !project.is_archived() { form(context, shown) } else { facts(shown) };
        let content = view! {
            {head(context, project, Tab::Settings)}
            <div class="stack">
                {summary(&shown.errors)}
                {overtaken(shown)}
                {archived(context, project, leads)}
                {body}
                {leads.then(|| view! {
                    <p><a href=context.href(&format!("/projects/{}/imports", project.key))>"Import tickets from a file"</a></p>
                })}
            </div>
        };
        frame(context, person, Section::Projects, true, content)
    })
}

/// What somebody else did meanwhile.
fn overtaken(shown: &Shown) -> AnyView {
    if !shown.is_overtaken {
        return ().into_any();
    }
    let items = shown
        .theirs
        .iter()
        .map(|theirs| {
            let now = match (theirs.what, theirs.now.as_str()) {
                ("Who is in it", word) => access_words(word == fields::access_word(true)).to_owned(),
                (_, "") => "empty".to_owned(),
                (_, text) => format!("“{text}”"),
            };
            view! { <li class="project-theirs">{format!("{}: {now}", theirs.what)}</li> }
        })
        .collect_view();
    view! {
        <div class="notice notice--warning" role="alert">
            <Icon name="triangle-alert" />
            <h2 class="notice__title">"Somebody else changed this project in the meantime"</h2>
            <p>"Nothing of yours is saved yet, and nothing is lost: the form has your changes and theirs. Look at it and save again."</p>
            {(!shown.theirs.is_empty()).then(|| view! {
                <p>"It is now:"</p>
                <ul>{items}</ul>
            })}
        </div>
    }
    .into_any()
}

fn key_fact(project: &Project) -> AnyView {
    view! {
        <div class="field">
            <p class="field__label">"Key"</p>
            <p class="project-key">{project.key.clone()}</p>
            <p class="field__help">
                {format!(
                    "Its tickets are called {key}-1, {key}-2 and so on. The key cannot be changed: mail, links and notes that name a ticket would no longer lead to it.",
                    key = project.key,
                )}
            </p>
        </div>
    }
    .into_any()
}

fn form(context: &RequestContext, shown: &Shown) -> AnyView {
    let project = &shown.project;
    let path = format!("/projects/{}", project.key);
    let was = Fields::of(&ProjectDraft::of(project));
    view! {
        <form class="form" action=context.href(&path) method="post">
            <input type="hidden" name="version" value=project.version.to_string() />
            <input type="hidden" name="was_name" value=was.name />
            <input type="hidden" name="was_description" value=was.description />
            <input type="hidden" name="was_access" value=was.access />
            {fields::name(&shown.typed, &shown.errors)}
            {key_fact(project)}
            {fields::others(&shown.typed, &shown.errors)}
            <div class="button-row">
                <button class="button button--primary" type="submit">"Save project"</button>
                <a class="button" href=context.href(&format!("{path}/archive"))>
                    <Icon name="archive" />
                    "Archive…"
                </a>
            </div>
        </form>
    }
    .into_any()
}

fn facts(shown: &Shown) -> AnyView {
    let project = &shown.project;
    let description = (!project.description.is_empty()).then(|| {
        view! { <p class="project-description">{project.description.clone()}</p> }
    });
    let facts = [
        ("Key", project.key.clone()),
        ("Who is in it", access_words(project.is_open).to_owned()),
        ("Your role", format!("{}. {}", shown.level.label(), shown.level.about())),
    ];
    let facts =
        facts.into_iter().map(|(what, words)| view! { <div><dt>{what}</dt><dd>{words}</dd></div> }).collect_view();
    view! {
        {description}
        <dl class="member-facts card">{facts}</dl>
    }
    .into_any()
}
