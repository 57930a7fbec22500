//! What is said after signing out at the provider too.

use axum::response::Response;
use leptos::prelude::*;

use crate::{
    context::RequestContext,
    ui::{Head, frame::solo, page},
};

/// The page; `name` is what the connection is called. Where `there` is not, nobody can tell whether the provider's own
/// session has ended.
pub fn signed_out(context: &RequestContext, name: &str, there: bool) -> Response {
    let words = if there {
        format!("You are signed out here and at {name}. Other sites that you entered through it may still be open.")
    } else {
        format!(
            "You are signed out here. {name} did not confirm that you are signed out there too: on a computer that \
             others use, sign out there yourself, or close the browser."
        )
    };
    page(context, Head::new("Signed out").without_islands(), || {
        let content = view! {
            <div class="card stack">
                <p>{words}</p>
                <a class="button button--primary button--wide" href=context.href("/sign-in")>"Sign in again"</a>
            </div>
        };
        solo(context, false, view! { <h1>"You are signed out"</h1> }, content)
    })
}
