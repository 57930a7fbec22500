//! What pages of a set-up link stand in: the workspace's branding, and no way to anything else.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;

use crate::{
    context::RequestContext,
    ui::{
        Head,
        frame::{brand_mark, solo},
        page,
    },
};

/// A wide page without a sidebar.
pub(super) fn wide(context: &RequestContext, head: AnyView, content: AnyView) -> AnyView {
    view! {
        <div class="solo">
            <main class="solo__main setup-page" id="main" tabindex="-1">
                <div class="solo__head">
                    <div class="solo__mark">{brand_mark(context)}</div>
                    {head}
                </div>
                {content}
            </main>
        </div>
    }
    .into_any()
}

/// The page for a link that is not good (any more).
pub(super) fn dead(context: &RequestContext) -> Response {
    let head = Head::new("This link does not work any more").without_islands().with_status(StatusCode::GONE);
    page(context, head, || {
        let content = view! {
            <div class="card stack">
                <p>"A link for setting up single sign-on works for some days, until it is revoked, or until the connection is switched on by it."</p>
                <p>"Ask the person who gave it to you for another one."</p>
            </div>
        };
        solo(context, false, view! { <h1>"This link does not work any more"</h1> }, content)
    })
}
