//! `/admin/roles`: the roles of the workspace, what each holds, and who has it.

mod delete;
mod fields;
mod list;
mod page;
mod who;

pub(super) use fields::{Part, in_part};
pub(super) use who::name as name_link;

use leptos::prelude::*;
use rowhouse_platform::access::{ManageRoles, Permit, RoleError};

use crate::{
    access::permit,
    context::RequestContext,
    error::PageError,
    routes::{Gate, SiteRoutes},
    ui::{FieldErrors, time::counted},
};

/// Adds the pages to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    let (manage, confirmed) = (Gate::of::<ManageRoles>(), Gate::confirmed::<ManageRoles>());
    site.get("/admin/roles", manage, list::show)
        .get("/admin/roles/new", manage, page::show_new)
        .post("/admin/roles/new", manage, page::submit_new)
        .get("/admin/roles/{role}", manage, page::show)
        .post("/admin/roles/{role}", manage, page::submit)
        .get("/admin/roles/{role}/delete", confirmed, delete::show)
        .post("/admin/roles/{role}/delete", confirmed, delete::submit)
}

/// The two halves of the page, of which one is open.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Roles,
    Groups,
}

pub(super) fn tabs(context: &RequestContext, open: Tab) -> AnyView {
    let items = [(Tab::Roles, "Roles", "/admin/roles"), (Tab::Groups, "Groups", "/admin/groups")]
        .into_iter()
        .map(|(tab, label, path)| {
            let current = (tab == open).then_some("page");
            view! { <li><a class="tabs__link" href=context.href(path) aria-current=current>{label}</a></li> }
        })
        .collect_view();
    view! { <nav class="tabs" aria-label="Roles and groups"><ul class="tabs__list">{items}</ul></nav> }.into_any()
}

/// A number of people in words.
pub(super) fn people(count: i64) -> String {
    counted(count, "person", "people")
}

/// What a refusal becomes: a message beside the field that it is about (`what` where it is about what is given), in a
/// transaction of its own to show the page in; or an answer without a form.
pub(super) async fn refused(
    context: &RequestContext,
    error: RoleError,
    what: &'static str,
    errors: &mut FieldErrors,
) -> Result<Permit<ManageRoles>, PageError> {
    let field = match &error {
        RoleError::NotFound => return Err(PageError::NotFound),
        RoleError::NotGrantable(_) => return Err(PageError::BadRequest(error.to_string())),
        RoleError::Database(_) => return Err(internal(error)),
        RoleError::NameTaken | RoleError::WrongName => "name",
        RoleError::NoSuchPerson | RoleError::Ambiguous | RoleError::AlreadyIn => "who",
        RoleError::TooMighty
        | RoleError::LockedOut
        | RoleError::Overtaken
        | RoleError::NoSuchRole
        | RoleError::Owner => what,
    };
    errors.add(field, error);
    permit::<ManageRoles>(context).await
}

fn internal(error: RoleError) -> PageError {
    match error {
        RoleError::Database(error) => error.into(),
        other => PageError::internal(other),
    }
}
