//! `/projects/{project}/imports`: the files that were brought into a project, one more, and each of them.

mod list;
mod new;
mod one;
mod one_view;

use leptos::prelude::*;
use rowhouse_platform::access::{Permission as _, Permit};

use crate::{
    context::RequestContext,
    desk::{
        permission::{ManageProjects, WriteTickets},
        project::{Level, Project, of_key, reach},
    },
    error::PageError,
    routes::{Gate, SiteRoutes},
};

/// Adds the pages to a tenant's site. Whether somebody leads the project is known with the project.
pub(in crate::desk) fn routes(site: SiteRoutes) -> SiteRoutes {
    let write = Gate::of::<WriteTickets>();
    site.get("/projects/{project}/imports", write, list::show)
        .get("/projects/{project}/imports/new", write, new::show)
        .post_streamed("/projects/{project}/imports/new", write, new::submit)
        .get("/projects/{project}/imports/{import}", write, one::show)
        .post("/projects/{project}/imports/{import}", write, one::submit)
}

/// The project of this key, which the principal leads.
async fn led(permit: &mut Permit<WriteTickets>, key: &str) -> Result<Project, PageError> {
    let (project, level) = of_key(permit, key).await?.ok_or(PageError::NotFound)?;
    if level < Level::Lead {
        return Err(PageError::Forbidden(ManageProjects::NAME));
    }
    Ok(project)
}

/// The same, and it is not archived.
async fn led_to_change(permit: &mut Permit<WriteTickets>, key: &str) -> Result<Project, PageError> {
    let project = led(permit, key).await?;
    if project.is_archived() {
        return Err(PageError::BadRequest("This project is archived. Restore it to bring tickets in.".to_owned()));
    }
    if reach::of(permit).await?.of_id(project.id).is_some_and(|reached| reached.is_over_plan) {
        let words = "The plan has no room for this project, so it can only be read. Archive another one first.";
        return Err(PageError::BadRequest(words.to_owned()));
    }
    Ok(project)
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
