//! `/sso-setup/{token}`: the pages of a set-up link. The token is the proof, asked for anew by each request; what it opens
//! is one connection and nothing else.

use axum::{
    extract::Path,
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use leptos::prelude::*;
use rowhouse_platform::sso::{
    Connection, Reason, TraceId, connection, setup_link,
    trace::{self, Trace},
};

use super::{
    super::traces,
    Change, change,
    door::{Door, Seat, Stop},
    link_frame, metadata,
    metadata::Metadata,
    page,
    page::Typed,
    switching,
    switching::Switch,
};
use crate::{
    context::{Context, RequestContext, cookie_beside},
    error::PageError,
    routes::{Gate, SiteRoutes, see_other, set_cookie},
    ui::{FormBody, Head},
};

/// For how long a browser finds back from a test.
const BACK_SECONDS: u32 = 3600;

/// Adds the pages to a tenant's site. Whoever has a token may open them, so they are open to everybody.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    site.get("/sso-setup/{token}", Gate::Public, show)
        .post("/sso-setup/{token}", Gate::Public, submit)
        .post("/sso-setup/{token}/metadata", Gate::Public, submit_metadata)
        .get("/sso-setup/{token}/switch", Gate::Public, show_switch)
        .post("/sso-setup/{token}/switch", Gate::Public, submit_switch)
        .get("/sso-setup/{token}/traces/{trace}", Gate::Public, show_trace)
        .get("/sso-setup/traces/{trace}", Gate::Public, come_back)
}

/// The door that a token opens, and the connection behind it.
async fn open(context: &RequestContext, token: &str) -> Result<(Door, Connection), Stop> {
    let mut door = Door::by_link(context, token).await?;
    let Door::Link { permit, .. } = &mut door else { return Err(PageError::NotFound.into()) };
    let id = permit.connection();
    let connection = connection::find(permit, id).await?.ok_or(PageError::NotFound)?;
    Ok((door, connection))
}

async fn show(context: Context, Path(token): Path<String>) -> Result<Response, PageError> {
    let shown = async {
        let (door, connection) = open(&context, &token).await?;
        page::render(&context, door, &connection, Typed::default()).await
    };
    let mut response = shown.await.or_else(Stop::answer)?;
    if response.status().is_success() {
        // Providers send people back to an address that everybody shares: the browser remembers by which link it came.
        set_cookie(&mut response, &back_cookie(&context), &token, Some(BACK_SECONDS));
    }
    Ok(unindexed(response))
}

async fn submit(
    context: Context,
    Path(token): Path<String>,
    FormBody(form): FormBody<Change>,
) -> Result<Response, PageError> {
    let done = async {
        let (door, connection) = open(&context, &token).await?;
        change(&context, door, connection, form).await
    };
    done.await.or_else(Stop::answer)
}

async fn submit_metadata(context: Context, Path(token): Path<String>, given: Metadata) -> Result<Response, PageError> {
    let done = async {
        let (door, connection) = open(&context, &token).await?;
        metadata::save(&context, door, connection, given).await
    };
    done.await.or_else(Stop::answer)
}

async fn show_switch(context: Context, Path(token): Path<String>) -> Result<Response, PageError> {
    let shown = async {
        let (door, connection) = open(&context, &token).await?;
        switching::show(&context, door, &connection).await
    };
    shown.await.or_else(Stop::answer)
}

async fn submit_switch(
    context: Context,
    Path(token): Path<String>,
    FormBody(switch): FormBody<Switch>,
) -> Result<Response, PageError> {
    let done = async {
        let (door, connection) = open(&context, &token).await?;
        switching::submit(&context, door, &connection, &switch).await
    };
    done.await.or_else(Stop::answer)
}

/// A test that was made by this link; of others, not even that they exist.
async fn show_trace(context: Context, Path((token, trace)): Path<(String, String)>) -> Result<Response, PageError> {
    let shown = async {
        let id: TraceId = trace.parse().map_err(|_| PageError::NotFound)?;
        let (mut door, connection) = open(&context, &token).await?;
        let link = door.link().ok_or(PageError::NotFound)?;
        let trace = trace::find(door.tx(), id).await?;
        let is_own = |trace: &Trace| trace.connection == connection.id && setup_link::is_of(trace, link);
        let trace = trace.filter(is_own).ok_or(PageError::NotFound)?;
        let seat = door.commit().await?;
        Ok(trace_page(&context, &connection, &seat, &trace))
    };
    shown.await.or_else(Stop::answer)
}

fn trace_page(context: &RequestContext, connection: &Connection, seat: &Seat, trace: &Trace) -> Response {
    page_of(context, || {
        let home = context.href(&seat.home(connection));
        let title = if trace.reason.is_none() { "The test passed" } else { "The test failed" };
        let test = context.href(&seat.test(connection));
        let as_other = trace.reason.is_some_and(Reason::is_about_person).then(|| {
            view! { <a class="button" href=format!("{test}&again=1") rel="nofollow">"Sign in there as somebody else"</a> }
        });
        let content = view! {
            <div class="stack">
                <h2>{title}</h2>
                <div class="button-row">
                    <a class="button button--primary" href=format!("{home}#try")>"Back to the set-up"</a>
                    <a class="button" href=test rel="nofollow">"Test again"</a>
                    {as_other}
                </div>
                {traces::report(trace)}
            </div>
        };
        seat.frame(context, connection, content.into_any())
    })
}

/// Back from a test: to the link by which this browser came.
async fn come_back(context: Context, Path(trace): Path<String>, headers: HeaderMap) -> Result<Response, PageError> {
    context.tenant()?;
    let trace: TraceId = trace.parse().map_err(|_| PageError::NotFound)?;
    if let Some(token) = remembered(&context, &headers) {
        return Ok(see_other(&context.href(&format!("/sso-setup/{token}/traces/{trace}"))));
    }
    Ok(page_of(&context, || {
        let content = view! {
            <div class="card"><p>"The test is done. Open your set-up link again to read what came of it."</p></div>
        };
        link_frame::wide(&context, view! { <h1>"The test is done"</h1> }.into_any(), content.into_any())
    }))
}

fn page_of(context: &RequestContext, body: impl FnOnce() -> AnyView) -> Response {
    crate::ui::page(context, Head::new("Set up single sign-on").without_islands(), body)
}

/// The name of the cookie by which a browser finds back from a test.
fn back_cookie(context: &RequestContext) -> String {
    // Not “sso-setup”: that would be the cookie of single sign-on of a tenant whose name begins with “setup-”.
    cookie_beside(&context.session_cookie(), "setup")
}

/// The token of the link by which the browser came; tokens are hexadecimal digits.
fn remembered(context: &RequestContext, headers: &HeaderMap) -> Option<String> {
    let name = back_cookie(context);
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    pairs
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, value)| {
            *found == name && !value.is_empty() && value.chars().all(|sign| sign.is_ascii_hexdigit())
        })
        .map(|(_, value)| value.to_owned())
}

/// No search engine keeps an address that is a key.
fn unindexed(mut response: Response) -> Response {
    response.headers_mut().insert("x-robots-tag", HeaderValue::from_static("noindex"));
    response
}
