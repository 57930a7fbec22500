//! `/projects`: the projects of the workspace, and what there is to say of each.

mod archive;
mod fields;
mod list;
mod members;
mod members_view;
mod merge;
mod new;
mod settings;
mod settings_view;

pub(in crate::desk) use list::no_projects;

use leptos::prelude::*;

use super::Project;
use crate::{
    context::RequestContext,
    desk::permission::{ManageProjects, ReadTickets, WriteTickets},
    routes::{Gate, SiteRoutes},
    ui::Icon,
};

/// Adds the pages to a tenant's site. Who may write somewhere at all gets as far as the query, which knows whether they
/// lead the project.
pub(in crate::desk) fn routes(site: SiteRoutes) -> SiteRoutes {
    let (read, write, manage) = (Gate::of::<ReadTickets>(), Gate::of::<WriteTickets>(), Gate::of::<ManageProjects>());
    site.get("/projects", read, list::show)
        .get("/projects/new", manage, new::show)
        .post("/projects/new", manage, new::submit)
        .get("/projects/{project}", read, settings::show)
        .post("/projects/{project}", write, settings::submit)
        .get("/projects/{project}/members", read, members::show)
        .post("/projects/{project}/members", write, members::submit)
        .get("/projects/{project}/archive", write, archive::show)
        .post("/projects/{project}/archive", write, archive::submit)
        .post("/projects/{project}/restore", write, archive::restore)
}

/// The pages of a project, of which one is open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tab {
    Settings,
    Members,
}

/// The top of a project's pages: its name, the way to its tickets, and its pages.
fn head(context: &RequestContext, project: &Project, open: Tab) -> AnyView {
    let home = format!("/projects/{}", project.key);
    let tickets = format!("/tickets?project={}", project.key);
    let items = [(Tab::Settings, "Settings", home.clone()), (Tab::Members, "Members", format!("{home}/members"))]
        .into_iter()
        .map(|(tab, label, path)| {
            let current = (tab == open).then_some("page");
            view! { <li><a class="tabs__link" href=context.href(&path) aria-current=current>{label}</a></li> }
        })
        .collect_view();
    view! {
        <div class="page__head">
            <h1 class="page__title">{project.name.clone()}</h1>
            <div class="page__actions">
                <a class="button" href=context.href(&tickets)>
                    <Icon name="inbox" />
                    "Tickets"
                </a>
            </div>
            <p class="page__lead"><a href=context.href("/projects")>"All projects"</a></p>
        </div>
        <div class="toolbar">
            <nav class="tabs" aria-label="Project"><ul class="tabs__list">{items}</ul></nav>
        </div>
    }
    .into_any()
}

/// What an archived project says on its pages; who leads it can restore it.
fn archived(context: &RequestContext, project: &Project, leads: bool) -> AnyView {
    let Some(at) = project.archived_at else { return ().into_any() };
    let restore = context.href(&format!("/projects/{}/restore", project.key));
    view! {
        <div class="notice notice--warning">
            <Icon name="archive" />
            <p class="notice__title">"This project is archived"</p>
            <p>{format!("Since {}, its tickets can be read and nothing in it changes.", crate::ui::time::day(at))}</p>
            {leads.then(|| view! {
                <form action=restore method="post">
                    <button class="button" type="submit">"Restore project"</button>
                </form>
            })}
        </div>
    }
    .into_any()
}

/// Who is in a project, in a few words.
fn access_words(is_open: bool) -> &'static str {
    if is_open { "Open to the workspace" } else { "Members only" }
}
