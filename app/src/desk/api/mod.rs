//! Desk for programs: `/api/v1`. One file a resource; every query is one that the pages ask too.

mod activity;
mod attachments;
mod batch;
mod bulk;
mod comments;
mod counts;
mod error;
mod export;
mod imports;
mod inbox;
mod insight;
mod labels;
mod links;
mod members;
mod people;
mod projects;
mod room;
mod samples;
mod search;
mod ticket_changes;
mod tickets;
mod views;
mod watchers;
mod wire;

use utoipa::{
    OpenApi,
    openapi::{RefOr, path::Parameter},
};

use crate::api::{ApiRoutes, ProblemBody};

pub use samples::samples;

/// Adds Desk's endpoints.
pub fn routes(api: ApiRoutes) -> ApiRoutes {
    of_imports(of_projects(of_tickets(api)))
        .get("/api/v1/labels", labels::list)
        .post("/api/v1/labels", labels::create)
        .patch("/api/v1/labels/{label}", labels::patch)
        .delete("/api/v1/labels/{label}", labels::delete)
        .post("/api/v1/labels/{label}/merge", labels::merge)
        .get("/api/v1/views", views::list)
        .post("/api/v1/views", views::create)
        .patch("/api/v1/views/{view}", views::patch)
        .delete("/api/v1/views/{view}", views::delete)
        .get("/api/v1/attachments/{attachment}", attachments::get)
        .delete("/api/v1/attachments/{attachment}", attachments::delete)
        .get("/api/v1/search", search::find)
        .get("/api/v1/insight", insight::get)
        .get("/api/v1/inbox", inbox::list)
        .patch("/api/v1/inbox/{item}", inbox::patch)
        .post("/api/v1/inbox/read", inbox::read_all)
        .get("/api/v1/inbox/preferences", inbox::preferences)
        .put("/api/v1/inbox/preferences", inbox::set_preferences)
}

fn of_tickets(api: ApiRoutes) -> ApiRoutes {
    api.get("/api/v1/tickets", tickets::list)
        .post("/api/v1/tickets", ticket_changes::create)
        .patch("/api/v1/tickets", bulk::patch)
        .post("/api/v1/tickets/batch", batch::create)
        .get("/api/v1/tickets/counts", counts::get)
        .get("/api/v1/tickets/export", export::get)
        .get("/api/v1/tickets/{key}", tickets::get)
        .patch("/api/v1/tickets/{key}", ticket_changes::patch)
        .get("/api/v1/tickets/{key}/comments", comments::list)
        .post("/api/v1/tickets/{key}/comments", comments::create)
        .patch("/api/v1/tickets/{key}/comments/{comment}", comments::patch)
        .delete("/api/v1/tickets/{key}/comments/{comment}", comments::delete)
        .get("/api/v1/tickets/{key}/activity", activity::list)
        .get("/api/v1/tickets/{key}/watchers", watchers::list)
        .put("/api/v1/tickets/{key}/watchers/{account}", watchers::put)
        .delete("/api/v1/tickets/{key}/watchers/{account}", watchers::delete)
        .get("/api/v1/tickets/{key}/links", links::list)
        .put("/api/v1/tickets/{key}/links/{relation}/{other}", links::put)
        .delete("/api/v1/tickets/{key}/links/{relation}/{other}", links::delete)
        .get("/api/v1/tickets/{key}/attachments", attachments::list)
        .upload("/api/v1/tickets/{key}/attachments", attachments::create)
}

fn of_imports(api: ApiRoutes) -> ApiRoutes {
    api.get("/api/v1/projects/{project}/imports", imports::list)
        .upload("/api/v1/projects/{project}/imports", imports::create)
        .get("/api/v1/projects/{project}/imports/{import}", imports::get)
        .get("/api/v1/projects/{project}/imports/{import}/problems", imports::problems)
        .get("/api/v1/projects/{project}/imports/{import}/tickets", imports::left)
        .post("/api/v1/projects/{project}/imports/{import}/check", imports::check)
        .post("/api/v1/projects/{project}/imports/{import}/run", imports::run)
        .post("/api/v1/projects/{project}/imports/{import}/cancel", imports::cancel)
        .post("/api/v1/projects/{project}/imports/{import}/undo", imports::undo)
}

fn of_projects(api: ApiRoutes) -> ApiRoutes {
    api.get("/api/v1/projects", projects::list)
        .post("/api/v1/projects", projects::create)
        .get("/api/v1/projects/{project}", projects::get)
        .patch("/api/v1/projects/{project}", projects::patch)
        .post("/api/v1/projects/{project}/archive", projects::archive)
        .post("/api/v1/projects/{project}/restore", projects::restore)
        .get("/api/v1/projects/{project}/members", members::list)
        .post("/api/v1/projects/{project}/members", members::create)
        .patch("/api/v1/projects/{project}/members/{account}", members::patch)
        .delete("/api/v1/projects/{project}/members/{account}", members::delete)
        .get("/api/v1/projects/{project}/people", people::list)
}

#[derive(OpenApi)]
#[openapi(
    paths(
        tickets::list,
        ticket_changes::create,
        bulk::patch,
        batch::create,
        counts::get,
        export::get,
        tickets::get,
        ticket_changes::patch,
        comments::list,
        comments::create,
        comments::patch,
        comments::delete,
        activity::list,
        watchers::list,
        watchers::put,
        watchers::delete,
        links::list,
        links::put,
        links::delete,
        attachments::list,
        attachments::create,
        attachments::get,
        attachments::delete,
        search::find,
        insight::get,
        inbox::list,
        inbox::patch,
        inbox::read_all,
        inbox::preferences,
        inbox::set_preferences,
        labels::list,
        labels::create,
        labels::patch,
        labels::delete,
        labels::merge,
        views::list,
        views::create,
        views::patch,
        views::delete,
        projects::list,
        projects::create,
        projects::get,
        projects::patch,
        projects::archive,
        projects::restore,
        members::list,
        members::create,
        members::patch,
        members::delete,
        people::list,
        imports::list,
        imports::create,
        imports::get,
        imports::problems,
        imports::left,
        imports::check,
        imports::run,
        imports::cancel,
        imports::undo,
    ),
    components(schemas(ProblemBody))
)]
struct Described;

/// Desk's part of the `OpenAPI` document.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = Described::openapi();
    let paths = &mut document.paths.paths;
    let of_list = paths.get("/api/v1/tickets").and_then(|item| item.get.as_ref()?.parameters.clone());
    // What is exported and counted is what the list has: its filter stands in one place.
    for path in ["/api/v1/tickets/export", "/api/v1/tickets/counts"] {
        if let Some(operation) = paths.get_mut(path).and_then(|item| item.get.as_mut()) {
            let is_filter = |parameter: &RefOr<Parameter>| match parameter {
                RefOr::T(parameter) => !["limit", "cursor", "sort"].contains(&parameter.name.as_str()),
                RefOr::Ref(_) => false,
            };
            let filter = of_list.clone().into_iter().flatten().filter(is_filter);
            operation.parameters.get_or_insert_default().extend(filter);
        }
    }
    document
}
