//! Step 3: a test sign-in, and what came of the last ones.

use leptos::prelude::*;
use rowhouse_platform::sso::{Connection, trace::TraceLine};
use time::OffsetDateTime;

use super::{super::presets::is_complete, door::Seat};
use crate::{
    context::RequestContext,
    ui::{Icon, time::Ago},
};

pub(super) fn section(
    context: &RequestContext,
    connection: &Connection,
    seat: &Seat,
    domains: &[String],
    tests: &[TraceLine],
) -> AnyView {
    let now = context.services.ambient.now();
    let begin = if is_complete(&connection.protocol) {
        view! {
            <div class="button-row">
                <a class="button button--primary" href=context.href(&seat.test(connection)) rel="nofollow">"Test sign-in"</a>
            </div>
        }
        .into_any()
    } else {
        view! {
            <p class="muted" id="try-why">"Step 2 is not complete yet."</p>
            <div class="button-row">
                <button class="button button--primary" type="button" disabled=true aria-describedby="try-why">"Test sign-in"</button>
            </div>
        }
        .into_any()
    };
    view! {
        <section class="card wizard__step" id="try" aria-labelledby="try-title">
            <h2 id="try-title">"3. Try it"</h2>
            <p>
                "You go to the provider, sign in there with your own account, and come back to a page that shows what was received, each check, and in words what went wrong, if anything did. Nobody gets an account by it, and you stay who you are here."
            </p>
            {domains.is_empty().then(|| if seat.is_admin() { untied(context, "it") } else { untied_by_others() })}
            {begin}
            {state(connection, now)}
            {list(context, connection, seat, tests, now)}
        </section>
    }
    .into_any()
}

/// Says beforehand that a test cannot pass, and where that is mended. `connection` is what the sentence calls it.
pub(super) fn untied(context: &RequestContext, connection: &str) -> AnyView {
    let words =
        format!("No proven email domain is tied to {connection} yet, and without one no test of a new person passes. ");
    view! {
        <div class="notice notice--warning">
            <Icon name="triangle-alert" />
            <p>{words}<a href=context.href("/admin/sso/domains")>"Email domains"</a></p>
        </div>
    }
    .into_any()
}

/// The same for somebody with a set-up link, who cannot mend it.
fn untied_by_others() -> AnyView {
    view! {
        <div class="notice notice--warning">
            <Icon name="triangle-alert" />
            <p>
                "The workspace has not tied an email domain to this connection yet. Ask the person who gave you this link to do that first: without it no test passes."
            </p>
        </div>
    }
    .into_any()
}

/// Whether a test counts.
fn state(connection: &Connection, now: OffsetDateTime) -> AnyView {
    match connection.tested_at {
        Some(at) if connection.is_tested() => view! {
            <p class="wizard__done">
                <Icon name="circle-check" />
                <span>"A test passed " <Ago at=at now=now /> " with the settings as they are now."</span>
            </p>
        }
        .into_any(),
        Some(at) => view! {
            <p class="muted">"A test passed " <Ago at=at now=now /> ", before the settings were last changed. Test again."</p>
        }
        .into_any(),
        None => view! { <p class="muted">"No test has passed yet."</p> }.into_any(),
    }
}

fn list(
    context: &RequestContext,
    connection: &Connection,
    seat: &Seat,
    tests: &[TraceLine],
    now: OffsetDateTime,
) -> AnyView {
    if tests.is_empty() {
        return ().into_any();
    }
    let home = seat.home(connection);
    let items = tests
        .iter()
        .map(|test| {
            let href = context.href(&format!("{home}/traces/{}", test.id));
            let (class, icon, words) = match (test.passed, test.reason) {
                (true, _) => ("status status--solved", "circle-check", "Passed"),
                (false, Some(reason)) => ("status status--pending", "triangle-alert", reason.label()),
                (false, None) => ("status status--pending", "triangle-alert", "Refused"),
            };
            view! {
                <li class="wizard__test">
                    <span class=class><Icon name=icon /><a href=href>{words}</a></span>
                    <span class="muted">{test.email.clone()}</span>
                    <span class="muted"><Ago at=test.at now=now /></span>
                </li>
            }
        })
        .collect_view();
    view! {
        <h3>"The last tests"</h3>
        <ul class="wizard__tests">{items}</ul>
    }
    .into_any()
}
