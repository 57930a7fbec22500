//! `GET /admin/sso/{connection}/traces/{trace}`: one sign-in, check by check.

use axum::{extract::Path, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::ManageSso,
    sso::{
        Connection, Purpose, Reason, TraceId,
        report::{Received, Step},
        trace::{self, Trace},
    },
};
use time::OffsetDateTime;

use super::{
    super::{
        find,
        tabs::{Tab, connection_head},
    },
    list_view::outcome,
};
use crate::{
    access::Allowed,
    context::{Context, RequestContext},
    error::PageError,
    ui::{
        Head, Icon,
        frame::{Section, frame},
        page,
        time::Ago,
    },
};

pub(super) async fn show(
    context: Context,
    Path((id, trace)): Path<(String, String)>,
    Allowed(mut permit): Allowed<ManageSso>,
) -> Result<Response, PageError> {
    let connection = find(&mut permit, &id).await?;
    let trace: TraceId = trace.parse().map_err(|_| PageError::NotFound)?;
    let found = trace::find(&mut permit, trace).await?;
    let found = found.filter(|found| found.connection == connection.id).ok_or(PageError::NotFound)?;
    let person = permit.commit().await?;
    let now = context.services.ambient.now();
    Ok(page(&context, Head::new(format!("Trace {trace}")), || {
        let content = view! {
            {connection_head(&context, &connection, Tab::Traces)}
            <div class="stack">
                <p><a href=context.href(&format!("/admin/sso/{}/traces", connection.id))>"All traces"</a></p>
                <h2>{format!("Trace {trace}")}</h2>
                {facts(&found, now)}
                {again(&context, &connection, &found)}
                {report(&found)}
            </div>
        };
        frame(&context, &person, Section::Sso, false, content)
    }))
}

fn facts(trace: &Trace, now: OffsetDateTime) -> AnyView {
    let known = |text: &str| if text.is_empty() { "Not known".to_owned() } else { text.to_owned() };
    let fact = |label: &'static str, value: AnyView| view! { <div><dt>{label}</dt><dd>{value}</dd></div> };
    view! {
        <dl class="member-facts">
            {fact("Outcome", outcome(!is_refused(trace)))}
            {trace.reason.map(|reason| fact("Reason", reason.label().into_any()))}
            {fact("What for", trace.purpose.label().into_any())}
            {fact("When", view! { <Ago at=trace.at now=now /> }.into_any())}
            {fact("At the provider", known(&trace.subject).into_any())}
            {fact("Email", known(&trace.email).into_any())}
            {fact("Request", view! { <code>{trace.request_id.clone()}</code> }.into_any())}
        </dl>
    }
    .into_any()
}

/// Also where the reason is a word that only a later version knows: a check failed.
fn is_refused(trace: &Trace) -> bool {
    trace.reason.is_some() || trace.report.steps.iter().any(|step| !step.passed)
}

/// The way to try a test once more.
fn again(context: &RequestContext, connection: &Connection, trace: &Trace) -> AnyView {
    if trace.purpose != Purpose::Test {
        return ().into_any();
    }
    let href = context.href(&format!("/sso/{}/start?purpose=test", connection.id));
    let as_other = trace.reason.is_some_and(Reason::is_about_person).then(|| {
        view! { <a class="button" href=format!("{href}&again=1")>"Sign in there as somebody else"</a> }
    });
    let set_up = context.href(&format!("/admin/sso/{}", connection.id));
    view! {
        <div class="button-row">
            <a class="button button--primary" href=href>"Try again"</a>
            {as_other}
            <a class="button" href=set_up>"Back to the set-up"</a>
        </div>
    }
    .into_any()
}

/// What was checked, in order, and what was received.
pub(in crate::admin::sso) fn report(trace: &Trace) -> AnyView {
    let steps = &trace.report.steps;
    let failed = steps.iter().rev().find(|step| !step.passed).map(|step| {
        view! {
            <div class="notice notice--danger">
                <Icon name="circle-alert" />
                <h3 class="notice__title">{step.check.clone()}</h3>
                <p>{step.words.clone()}</p>
            </div>
        }
    });
    let checks = if steps.is_empty() {
        view! { <p>"It was refused before anything could be checked."</p> }.into_any()
    } else {
        view! { <ol class="trace">{steps.iter().map(step_view).collect_view()}</ol> }.into_any()
    };
    let received = &trace.report.received;
    let received = if received.is_empty() {
        view! { <p>"Nothing was received that could be kept."</p> }.into_any()
    } else {
        received.iter().enumerate().map(|(at, one)| received_view(at, one)).collect_view().into_any()
    };
    view! {
        {failed}
        <section class="card stack" aria-labelledby="checks">
            <h3 id="checks">"What was checked"</h3>
            {checks}
        </section>
        <section class="card stack" aria-labelledby="received">
            <h3 id="received">"What was received"</h3>
            <p class="field__help">"As it came, without tokens, codes and keys."</p>
            {received}
        </section>
    }
    .into_any()
}

fn step_view(step: &Step) -> AnyView {
    let (class, icon, word) = if step.passed {
        ("trace__step", "circle-check", "Passed")
    } else {
        ("trace__step trace__step--failed", "circle-alert", "Failed")
    };
    view! {
        <li class=class>
            <Icon name=icon />
            <div>
                <p class="trace__check"><span class="visually-hidden">{format!("{word}: ")}</span>{step.check.clone()}</p>
                <p class="trace__words">{step.words.clone()}</p>
            </div>
        </li>
    }
    .into_any()
}

fn received_view(at: usize, received: &Received) -> AnyView {
    let id = format!("received-{at}");
    view! {
        <h4 id=id.clone()>{received.what.clone()}</h4>
        // It scrolls by itself, so the keyboard has to reach it.
        <pre class="trace__received" tabindex="0" role="region" aria-labelledby=id>{received.text.clone()}</pre>
    }
    .into_any()
}
