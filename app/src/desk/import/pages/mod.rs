//! `/projects/{project}/imports`: the files that were brought into a project, one more, and each of them.

mod list;
mod new;
mod one;
mod one_view;
mod problems;

use crate::{
    context::RequestContext,
    desk::{permission::WriteTickets, project::Project},
    routes::{Gate, SiteRoutes},
};
use leptos::prelude::*;

/// Adds the pages to a tenant's site. Whether somebody leads the project is known with the project.
pub(in crate::desk) fn routes(site: SiteRoutes) -> SiteRoutes {
    let write = Gate::of::<WriteTickets>();
    site.get("/projects/{project}/imports", write, list::show)
        .get("/projects/{project}/imports/new", write, new::show)
        .post_streamed("/projects/{project}/imports/new", write, new::submit)
        .get("/projects/{project}/imports/{import}", write, one::show)
        .post("/projects/{project}/imports/{import}", write, one::submit)
        .get("/projects/{project}/imports/{import}/problems", write, problems::show)
}

/// The address of a project's imports, or of what is below.
fn href(context: &RequestContext, project: &Project, below: &str) -> String {
    context.href(&format!("/projects/{}/imports{below}", project.key))
}

/// The top of the pages.
fn head(title: String, back: String, words: &'static str, action: Option<(String, &'static str)>) -> AnyView {
    view! {
        <div class="page__head">
            <h1 class="page__title">{title}</h1>
            {action.map(|(href, label)| view! {
                <div class="page__actions"><a class="button button--primary" href=href>{label}</a></div>
            })}
            <p class="page__lead"><a href=back>{words}</a></p>
        </div>
    }
    .into_any()
}
