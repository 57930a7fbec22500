//! `/admin/members`: who is in the workspace, who is invited, and what becomes of them.

pub(super) mod choice;
mod detail;
mod detail_view;
mod export;
mod filter;
mod handover;
mod invitations;
mod invite;
mod invite_view;
mod links;
mod list;
pub(super) mod list_view;
mod remove;
mod revoke;

use crate::routes::{Gate, SiteRoutes};
use leptos::prelude::*;
use rowhouse_platform::access::{ManageMembers, ReadMembers};

use crate::context::RequestContext;

/// Adds the pages to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    let (read, manage) = (Gate::of::<ReadMembers>(), Gate::of::<ManageMembers>());
    let confirmed = Gate::confirmed::<ManageMembers>();
    site.get("/admin/members", read, list::show)
        .get("/admin/members/export.csv", read, export::show)
        .get("/admin/members/invite", manage, invite::show)
        .post("/admin/members/invite", manage, invite::submit)
        .get("/admin/members/invitations", read, invitations::show)
        .post("/admin/members/invitations", manage, invitations::submit)
        .get("/admin/members/invitations/{invitation}/revoke", manage, revoke::show_invitation)
        .post("/admin/members/invitations/{invitation}/revoke", manage, revoke::submit_invitation)
        .get("/admin/members/links/new", manage, links::show)
        .post("/admin/members/links/new", manage, links::submit)
        .get("/admin/members/links/{link}/revoke", manage, revoke::show_link)
        .post("/admin/members/links/{link}/revoke", manage, revoke::submit_link)
        .get("/admin/members/{account}", read, detail::show)
        .post("/admin/members/{account}", manage, detail::submit)
        .get("/admin/members/{account}/remove", confirmed, remove::show)
        .post("/admin/members/{account}/remove", confirmed, remove::submit)
}

/// The two halves of the page, of which one is open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tab {
    Members,
    Invitations,
}

fn tabs(context: &RequestContext, open: Tab) -> AnyView {
    let items =
        [(Tab::Members, "Members", "/admin/members"), (Tab::Invitations, "Invitations", "/admin/members/invitations")]
            .into_iter()
            .map(|(tab, label, path)| {
                let current = (tab == open).then_some("page");
                view! { <li><a class="tabs__link" href=context.href(path) aria-current=current>{label}</a></li> }
            })
            .collect_view();
    view! { <nav class="tabs" aria-label="People"><ul class="tabs__list">{items}</ul></nav> }.into_any()
}

/// The way back to the page that this one belongs to.
pub(super) fn back(context: &RequestContext, path: &str, label: &'static str) -> AnyView {
    view! {
        <p class="page__lead">
            <a href=context.href(path)>{label}</a>
        </p>
    }
    .into_any()
}
