//! `GET /projects`: those that the person reaches.

use axum::{
    extract::{Query, rejection::QueryRejection},
    response::Response,
};
use leptos::prelude::*;
use rowhouse_platform::{access::Principal, plan::Limit};
use serde::Deserialize;

use super::{
    super::{MOST_PROJECTS, OPEN_COUNTED, ProjectRow, Shown, active, list},
    access_words,
};
use crate::{
    access::Allowed,
    admin::plan::room,
    context::{Context, RequestContext},
    desk::permission::{ManageProjects, ReadTickets},
    error::PageError,
    ui::{
        Head, Icon,
        frame::{Section, frame},
        page,
        time::number,
    },
};

/// What the address says.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ListQuery {
    shown: Option<String>,
}

impl ListQuery {
    fn read(&self) -> Result<Shown, PageError> {
        match self.shown.as_deref() {
            None | Some("" | "active") => Ok(Shown::Active),
            Some("archived") => Ok(Shown::Archived),
            Some(other) => Err(PageError::BadRequest(format!(
                "The address asks for projects that are “{other}”; allowed are active and archived."
            ))),
        }
    }
}

pub(super) async fn show(
    context: Context,
    query: Result<Query<ListQuery>, QueryRejection>,
    Allowed(mut permit): Allowed<ReadTickets>,
) -> Result<Response, PageError> {
    let Query(query) = query.map_err(|rejection| PageError::BadRequest(rejection.body_text()))?;
    let shown = query.read()?;
    let projects = list(&mut permit, shown).await?;
    let in_use = active(&mut permit).await?;
    let person = permit.commit().await?;
    Ok(page(&context, Head::new("Projects"), || {
        let body = match (projects.is_empty(), shown) {
            (true, Shown::Active) => no_projects(&context, &person),
            (true, Shown::Archived) => none_archived(&context),
            (false, _) => table(&context, &projects),
        };
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"Projects"</h1>
                {person.may::<ManageProjects>().then(|| view! {
                    <div class="page__actions">
                        <a class="button button--primary" href=context.href("/projects/new")>
                            <Icon name="plus" />
                            "New project"
                        </a>
                    </div>
                })}
                <p class="page__lead">
                    {format!("Every ticket stands in a project. A workspace has at most {MOST_PROJECTS} of them.")}
                </p>
            </div>
            <div class="toolbar">{tabs(&context, shown)}</div>
            {person.may::<ManageProjects>().then(|| room(&context, &person, Limit::Projects, in_use))}
            {body}
        };
        frame(&context, &person, Section::Projects, false, content)
    }))
}

fn tabs(context: &RequestContext, shown: Shown) -> AnyView {
    let items = [(Shown::Active, "Active", "/projects"), (Shown::Archived, "Archived", "/projects?shown=archived")]
        .into_iter()
        .map(|(tab, label, path)| {
            let current = (tab == shown).then_some("page");
            view! { <li><a class="tabs__link" href=context.href(path) aria-current=current>{label}</a></li> }
        })
        .collect_view();
    view! { <nav class="tabs" aria-label="Which projects"><ul class="tabs__list">{items}</ul></nav> }.into_any()
}

fn table(context: &RequestContext, projects: &[ProjectRow]) -> AnyView {
    let rows = projects.iter().map(|project| row(context, project)).collect_view();
    view! {
        <table class="data-table key-list project-list">
            <caption class="visually-hidden">"Projects, by name"</caption>
            <thead>
                <tr>
                    <th scope="col">"Project"</th>
                    <th scope="col">"Key"</th>
                    <th scope="col">"Who is in it"</th>
                    <th scope="col">"Your role"</th>
                    <th scope="col" class="is-end">"Open tickets"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(context: &RequestContext, project: &ProjectRow) -> AnyView {
    let tickets = context.href(&format!("/tickets?project={}", project.key));
    let icon = if project.is_open { "users" } else { "lock" };
    view! {
        <tr>
            <th scope="row">
                <a href=context.href(&format!("/projects/{}", project.key))>{project.name.clone()}</a>
            </th>
            <td class="project-list__key" data-label="Key">{project.key.clone()}</td>
            <td data-label="Who is in it">
                <span class="project-list__access">
                    <Icon name=icon />
                    {access_words(project.is_open)}
                </span>
            </td>
            <td class="muted" data-label="Your role">{project.level.label()}</td>
            <td class="is-end numeric" data-label="Open tickets">
                <a href=tickets>
                    {open_words(project.open_tickets)}
                    <span class="visually-hidden">{format!(" open tickets of {}", project.name)}</span>
                </a>
            </td>
        </tr>
    }
    .into_any()
}

/// How many tickets are open; many are not counted to the end.
fn open_words(count: i64) -> String {
    if count >= OPEN_COUNTED { format!("{}+", number(OPEN_COUNTED - 1)) } else { number(count) }
}

/// What a workspace without a project shows, or one whose projects are all closed to the person.
pub(in crate::desk) fn no_projects(context: &RequestContext, person: &Principal) -> AnyView {
    if person.may::<ManageProjects>() {
        return view! {
            <div class="empty">
                <Icon name="folder" />
                <h2>"No projects yet"</h2>
                <p>"Every ticket stands in a project, such as Support or Operations, whose key begins its number."</p>
                <div class="button-row">
                    <a class="button button--primary" href=context.href("/projects/new")>"Create your first project"</a>
                </div>
            </div>
        }
        .into_any();
    }
    view! {
        <div class="empty">
            <Icon name="folder" />
            <h2>"No project is open to you"</h2>
            <p>"Every ticket stands in a project. Ask an owner or admin of this workspace to add you to one."</p>
        </div>
    }
    .into_any()
}

fn none_archived(context: &RequestContext) -> AnyView {
    view! {
        <div class="empty">
            <Icon name="archive" />
            <h2>"No archived projects"</h2>
            <p>"A project that is done can be archived: its tickets stay readable, and nothing in it changes."</p>
            <div class="button-row"><a class="button" href=context.href("/projects")>"Show active projects"</a></div>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_open_tickets_are_not_counted() {
        assert_eq!(open_words(0), "0");
        assert_eq!(open_words(99), "99");
        assert_eq!(open_words(100), "99+");
    }
}
