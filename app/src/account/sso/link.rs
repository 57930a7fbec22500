//! Asks somebody who is in whether their account is to be connected with a provider.

use axum::response::Response;
use leptos::prelude::*;
use rowhouse_platform::sso::Connection;

use super::back_to;
use crate::{
    context::RequestContext,
    ui::{Head, frame::solo, page},
};

/// The question; its form begins the way to the provider, which asks for credentials `again` where that is wanted, and
/// leads to `next` in the end.
pub fn ask(context: &RequestContext, connection: &Connection, next: &str, again: bool) -> Response {
    let title = format!("Connect your account with {}?", connection.name);
    page(context, Head::new(title.clone()).without_islands(), || {
        let name = &connection.name;
        let action = context.href(&format!("/sso/{}/start", connection.id));
        let content = view! {
            <form class="card stack" action=action method="post">
                <input type="hidden" name="next" value=next.to_owned() />
                {again.then(|| view! { <input type="hidden" name="again" value="1" /> })}
                <p>{format!("You are led to {name}. Whoever signs in there as the person that you sign in as comes into your account here from then on.")}</p>
                <button class="button button--primary button--wide" type="submit">{format!("Connect with {name}")}</button>
                <a class="button button--wide" href=back_to(context, next)>"Cancel"</a>
            </form>
        };
        solo(context, false, view! { <h1>{title}</h1> }, content)
    })
}
