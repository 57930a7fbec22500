//! Saying no: to the person in plain words, to the admins in a trace, to the auditors in the log.

use axum::response::Response;
use rowhouse_app::{
    account::sso::{Attempt, refused as refused_page},
    error::PageError,
    routes::query_string,
};
use rowhouse_platform::{
    audit::{self, Act, Action},
    db::{DbError, TenantTx},
    identity::{
        session,
        throttle::{self, Limit},
    },
    sso::{Purpose, Reason, Refused, TraceId, setup_link, trace},
};
use time::Duration;

use super::arrival::Arrival;

/// How many refusals of what nobody began here are written down, of one network address at one connection. The number of
/// all others is that of sign-ins that were begun, which has a limit of its own.
const WRITTEN: Limit = Limit { attempts: 300, window: Duration::hours(1) };
/// The same of all network addresses: whoever has many of them fills the tables no faster.
const WRITTEN_IN_ALL: Limit = Limit { attempts: 2000, window: Duration::hours(1) };

/// Answers a refusal, which is written down.
///
/// # Errors
/// What the database said.
pub(super) async fn refuse(arrival: Arrival<'_>, refused: Refused) -> Result<Response, PageError> {
    let trace = write(&arrival, &refused).await?;
    let context = arrival.context;
    if arrival.purpose == Purpose::Test
        && let Some(trace) = trace
    {
        return Ok(super::finish::to_trace(&arrival, trace));
    }
    let reference = trace.map_or_else(|| context.request_id.clone(), |trace| trace.to_string());
    let attempt = Attempt {
        name: &arrival.connection.name,
        purpose: arrival.purpose,
        reason: refused.reason,
        reference: &reference,
        again: again(&arrival, refused.reason),
        next: &arrival.next,
    };
    refused_page(context, attempt).await
}

/// Where the same is begun again.
fn again(arrival: &Arrival<'_>, reason: Reason) -> Option<String> {
    if !arrival.connection.is_on() || arrival.purpose == Purpose::Logout {
        return None;
    }
    let mut pairs = vec![("next", arrival.next.clone())];
    if matches!(arrival.purpose, Purpose::Confirm | Purpose::Link) {
        pairs.push(("purpose", arrival.purpose.as_str().to_owned()));
    }
    if reason.is_about_person() {
        // The session at the provider would answer at once, with the same person.
        pairs.push(("again", "1".to_owned()));
    }
    let path = format!("/sso/{}/start{}", arrival.connection.id, query_string(&pairs));
    Some(arrival.context.href(&path))
}

/// Writes the trace and the audit record; none: there were too many.
///
/// # Errors
/// [`DbError`].
pub(super) async fn write(arrival: &Arrival<'_>, refused: &Refused) -> Result<Option<TraceId>, PageError> {
    arrival.count(Some(refused));
    let context = arrival.context;
    let (scribe, connection) = (context.scribe(), &arrival.connection);
    tracing::info!(
        request_id = context.request_id,
        connection = %connection.id,
        purpose = arrival.purpose.as_str(),
        reason = refused.reason.as_str(),
        "single sign-on was refused"
    );
    let mut tx = context.services.database.begin(&context.tenant()?.home).await?;
    if arrival.flow.is_none() {
        let (id, ambient) = (connection.id.to_string(), &context.services.ambient);
        let mut counted =
            throttle::count(&mut tx, ambient, &["sso refused", &id, &context.device.address], WRITTEN).await?;
        if counted.is_ok() {
            counted = throttle::count(&mut tx, ambient, &["sso refused", &id], WRITTEN_IN_ALL).await?;
        }
        if counted.is_err() {
            tx.commit().await?;
            return Ok(None);
        }
    }
    let trace = record(&mut tx, arrival, Some(refused)).await?;
    if let Some(act) = act(&mut tx, arrival, refused).await? {
        let act = act.on("sso_connection", connection.id.to_string(), &connection.name);
        let why = format!("{} Trace {trace}.", refused.words);
        audit::record(&mut tx, &scribe, act.because(why)).await?;
    }
    tx.commit().await?;
    Ok(Some(trace))
}

/// What the audit log says of it.
async fn act(tx: &mut TenantTx, arrival: &Arrival<'_>, refused: &Refused) -> Result<Option<Act>, DbError> {
    let action = match arrival.purpose {
        Purpose::SignIn | Purpose::IdpInitiated => {
            let who = [arrival.email.as_str(), arrival.subject.as_str()].into_iter().find(|text| !text.is_empty());
            let shown = serde_json::json!({ "method": "sso", "reason": refused.reason.as_str(), "who": who });
            return Ok(Some(Act::by_nobody(Action::SignInRefused).change((), shown)));
        }
        Purpose::Test => Action::SsoConnectionTested,
        Purpose::Confirm => Action::StepUpRefused,
        Purpose::Link => Action::SignInRefused,
        Purpose::Logout => return Ok(None),
    };
    let shown = serde_json::json!({ "purpose": arrival.purpose.as_str(), "reason": refused.reason.as_str() });
    Ok(Some(by_whoever_began(tx, arrival, action).await?.change((), shown)))
}

/// An act of whoever began it: somebody who is signed in, or who came by a set-up link.
pub(super) async fn by_whoever_began(tx: &mut TenantTx, arrival: &Arrival<'_>, action: Action) -> Result<Act, DbError> {
    let resumed = match arrival.flow.as_ref().and_then(|flow| flow.session) {
        Some(session) => {
            let services = &arrival.context.services;
            session::resume_known(tx, &services.ambient, services.session_policy, session).await?
        }
        None => None,
    };
    Ok(resumed.map_or_else(|| Act::by_nobody(action), |resumed| Act::by(&resumed.principal, action)))
}

/// Writes the trace.
///
/// # Errors
/// [`DbError`].
pub(super) async fn record(
    tx: &mut TenantTx,
    arrival: &Arrival<'_>,
    refused: Option<&Refused>,
) -> Result<TraceId, DbError> {
    let context = arrival.context;
    let mut report = arrival.report.clone();
    if let Some(link) = arrival.flow.as_ref().and_then(|flow| flow.setup_link) {
        setup_link::note(&mut report, link);
    }
    let new = trace::NewTrace {
        connection: arrival.connection.id,
        purpose: arrival.purpose,
        refused,
        subject: &arrival.subject,
        email: &arrival.email,
        report: &report,
        request_id: &context.request_id,
    };
    trace::record(tx, &context.services.ambient, new).await
}
