//! The page between this site and an identity provider.
//!
//! Browsers hold redirects that answer a form against `form-action`, which allows this site alone. So what answers a
//! form and leads to a provider is a page that goes there by itself, and has a link for where that does not work.

use axum::{http::header, response::Response};
use leptos::prelude::*;

use crate::{
    context::RequestContext,
    ui::{Head, frame::solo, page},
};

/// The script that sends the form of [`post`].
const SCRIPT: &str = "send-form.js";

/// Leads to `address`, which may be of another site; `name` says whose it is.
pub fn lead(context: &RequestContext, name: &str, address: &str) -> Response {
    let title = format!("Going on to {name}");
    let head = Head::new(title.clone()).without_islands().leading_to(address);
    page(context, head, || {
        let content = view! {
            <div class="card stack">
                <p>{format!("You are led to {name}. If nothing happens, go on yourself.")}</p>
                <a class="button button--primary button--wide" href=address.to_owned()>{format!("Continue to {name}")}</a>
            </div>
        };
        solo(context, false, view! { <h1>{title}</h1> }, content)
    })
}

/// What answers a form: a redirect becomes the page of [`lead`], and anything else stays.
pub fn after_form(context: &RequestContext, name: &str, response: Response) -> Response {
    let Some(location) = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok()) else {
        return response;
    };
    let mut page = lead(context, name, location);
    for cookie in response.headers().get_all(header::SET_COOKIE) {
        page.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    page
}

/// Sends `fields` to `to`, a form of SAML's HTTP POST binding (SAML 2.0 Bindings, section 3.5), with one press of a
/// button where scripts do not run.
pub fn post(context: &RequestContext, name: &str, to: &str, fields: &[(&'static str, String)]) -> Response {
    let title = format!("Going on to {name}");
    // Only while developing is there a provider without TLS.
    let targets =
        if context.services.development && to.starts_with("http://") { "'self' https: http:" } else { "https:" };
    let head = Head::new(title.clone()).without_islands().with_script(SCRIPT).with_form_targets(targets);
    page(context, head, || {
        let fields = fields
            .iter()
            .map(|(field, value)| view! { <input type="hidden" name=*field value=value.clone() /> })
            .collect_view();
        let content = view! {
            <form class="card stack" action=to.to_owned() method="post" data-send="">
                {fields}
                <p>{format!("You are led to {name}. If nothing happens, go on yourself.")}</p>
                <button class="button button--primary button--wide" type="submit">{format!("Continue to {name}")}</button>
            </form>
        };
        solo(context, false, view! { <h1>{title}</h1> }, content)
    })
}
