//! What both protocols do with somebody whom the provider signed in.

use axum::response::Response;
use rowhouse_app::{
    account::sso::{back_to, let_in},
    error::PageError,
    routes::see_other,
};
use rowhouse_platform::{
    access::Principal,
    audit::{self, Action},
    db::{DbError, TenantTx},
    identity::{
        admission::{self, Admission, Entrant},
        policy::Method,
        session::{self, Proof, Resumed},
    },
    sso::{Identity, Purpose, Reason, Refused, SsoLogin, TraceId, connection, people, used_message},
};
use time::{Duration, OffsetDateTime};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::{
    arrival::{Arrival, is_open},
    refuse,
};

/// How many of a tenant are let in at the same time. Records of its audit log are written one after another, so more
/// would only wait for each other, each with a connection in its hand; here they wait without one. Few tenants share a
/// place, so that where one's log is held up, others come in.
static DOORS: [Semaphore; 256] = [const { Semaphore::const_new(4) }; 256];

/// How far the provider's clock and ours may be apart.
const CLOCK_SKEW: Duration = Duration::minutes(2);

const CHANGED: &str = "The connection’s settings were changed during the sign-in. Begin again.";

/// The door of a tenant.
fn door_of(tenant: Uuid) -> &'static Semaphore {
    // Of a UUIDv7, the last byte is random.
    let [.., last] = *tenant.as_bytes();
    &DOORS[usize::from(last)]
}

/// A message that is good once.
pub(super) struct Once {
    pub(super) issuer: String,
    pub(super) id: String,
    pub(super) expires_at: OffsetDateTime,
}

/// What became of it.
enum Outcome {
    /// Somebody comes in.
    In(Admission),
    /// Somebody who is in goes on.
    Back,
    /// A test passed.
    Tested,
}

/// Lets somebody in, or says why not; everything is written in one transaction.
///
/// # Errors
/// What the database said.
pub(super) async fn finish(
    mut arrival: Arrival<'_>,
    identity: Identity,
    once: Option<Once>,
) -> Result<Response, PageError> {
    arrival.is_of(&identity);
    let context = arrival.context;
    let home = &context.tenant()?.home;
    // The semaphore is never closed.
    let door = door_of(home.id().0).acquire().await.ok();
    let mut tx = context.services.database.begin(home).await?;
    let outcome = match settle(&mut tx, &mut arrival, &identity, once).await? {
        Ok(outcome) => outcome,
        Err(refused) => {
            // What was begun for somebody who does not come in is undone.
            drop(tx);
            drop(door);
            return refuse::refuse(arrival, refused).await;
        }
    };
    let trace = refuse::record(&mut tx, &arrival, None).await?;
    tx.commit().await?;
    drop(door);
    arrival.count(None);
    Ok(match outcome {
        Outcome::In(admission) => let_in(context, admission, &arrival.next, &arrival.device),
        Outcome::Back => see_other(&back_to(context, &arrival.next)),
        Outcome::Tested => to_trace(&arrival, trace),
    })
}

async fn settle(
    tx: &mut TenantTx,
    arrival: &mut Arrival<'_>,
    identity: &Identity,
    once: Option<Once>,
) -> Result<Result<Outcome, Refused>, PageError> {
    // As it is now: it may have been changed or switched off while the message was checked.
    let Some(connection) = connection::find(tx, arrival.connection.id).await? else { return Err(PageError::NotFound) };
    let is_same = connection.protocol_changed_at == arrival.connection.protocol_changed_at;
    arrival.connection = connection;
    if let Err(refused) = is_open(arrival) {
        return Ok(Err(refused));
    }
    if !is_same {
        return Ok(Err(arrival.report.refuse("Connection", Reason::Settings, CHANGED)));
    }
    if let Some(Once { issuer, id, expires_at }) = once {
        let is_first = used_message::accept_once(tx, arrival.connection.id, &issuer, &id, expires_at).await?;
        let checked = arrival.report.check(
            "First use",
            is_first,
            "It was not used before.",
            Reason::Replay,
            "It was used before. A message signs somebody in once.",
        );
        if let Err(refused) = checked {
            return Ok(Err(refused));
        }
    }
    match arrival.purpose {
        Purpose::SignIn | Purpose::IdpInitiated => Ok(sign_in(tx, arrival, identity).await?),
        Purpose::Test => Ok(test(tx, arrival, identity).await?),
        Purpose::Confirm => Ok(confirm(tx, arrival, identity).await?),
        Purpose::Link => Ok(link(tx, arrival, identity).await?),
        Purpose::Logout => Err(PageError::internal("a sign-out was to be finished as a sign-in")),
    }
}

async fn sign_in(
    tx: &mut TenantTx,
    arrival: &mut Arrival<'_>,
    identity: &Identity,
) -> Result<Result<Outcome, Refused>, PageError> {
    let (context, scribe) = (arrival.context, arrival.context.scribe());
    let services = &context.services;
    let connection = &arrival.connection;
    let account = match people::arrive(tx, &scribe, connection, identity, &mut arrival.report).await? {
        Ok(account) => account,
        Err(refused) => return Ok(Err(refused)),
    };
    let entrant = Entrant {
        account,
        proof: Proof { method: Method::Sso, second_factor: connection.admitting.trusts_second_factor },
        device: &arrival.device,
        previous: context.session.as_ref(),
        letterhead: context.letterhead()?,
        sso: Some(SsoLogin::new(tx, &services.secrets, &services.ambient, connection.id, identity)),
    };
    Ok(match admission::admit(tx, &scribe, services.session_policy, entrant).await? {
        Ok(admission) => {
            let words = match admission {
                Admission::Session(_) => "A session began.",
                Admission::SecondFactor(_) => {
                    "A second factor is asked for here, because the connection’s is not trusted."
                }
            };
            arrival.report.passed("Sign-in policy", words);
            Ok(Outcome::In(admission))
        }
        Err(refusal) => {
            let words = format!("The workspace’s sign-in policy says no: {refusal}.");
            Err(arrival.report.refuse("Sign-in policy", Reason::Policy, words))
        }
    })
}

async fn test(
    tx: &mut TenantTx,
    arrival: &mut Arrival<'_>,
    identity: &Identity,
) -> Result<Result<Outcome, Refused>, DbError> {
    let scribe = arrival.context.scribe();
    let (connection, report) = (&arrival.connection, &mut arrival.report);
    let previewed = if arrival.flow.as_ref().is_some_and(|flow| flow.setup_link.is_some()) {
        people::preview_for_outsider(tx, connection, identity, report).await?
    } else {
        people::preview(tx, &scribe, connection, identity, report).await?
    };
    if let Err(refused) = previewed {
        return Ok(Err(refused));
    }
    if !connection::note_passed_test(tx, scribe.ambient(), connection).await? {
        return Ok(Err(report.refuse("Connection", Reason::Settings, CHANGED)));
    }
    let act = refuse::by_whoever_began(tx, arrival, Action::SsoConnectionTested)
        .await?
        .on("sso_connection", connection.id.to_string(), &connection.name)
        .change((), serde_json::json!({ "passed": true, "subject": identity.subject }));
    audit::record(tx, &scribe, act).await?;
    Ok(Ok(Outcome::Tested))
}

/// Whoever is signed in in the session that it was begun in.
async fn person(tx: &mut TenantTx, arrival: &mut Arrival<'_>) -> Result<Result<Principal, Refused>, DbError> {
    let services = &arrival.context.services;
    let resumed = match arrival.flow.as_ref().and_then(|flow| flow.session) {
        Some(session) => session::resume_known(tx, &services.ambient, services.session_policy, session).await?,
        None => None,
    };
    Ok(match resumed {
        Some(Resumed { principal, networks }) if networks.allow(&arrival.device.address) => Ok(principal),
        Some(_) => {
            let words = "The workspace cannot be entered from the network that the answer came from.";
            Err(arrival.report.refuse("Sign-in policy", Reason::Policy, words))
        }
        None => {
            let words = "The session in which it was begun has ended.";
            Err(arrival.report.refuse("Session", Reason::UnknownState, words))
        }
    })
}

/// Whether credentials were shown for this, and not for something before it.
fn is_fresh(arrival: &mut Arrival<'_>, identity: &Identity) -> Result<(), Refused> {
    let begun = arrival.flow.as_ref().map(|flow| flow.begun_at);
    let Some((shown, begun)) = identity.authenticated_at.zip(begun) else {
        let words = "The provider does not say when the person showed credentials (auth_time, AuthnInstant).";
        return Err(arrival.report.refuse("Credentials shown again", Reason::Stale, words));
    };
    arrival.report.check(
        "Credentials shown again",
        shown + CLOCK_SKEW >= begun,
        format!("They were shown at {shown}."),
        Reason::Stale,
        format!("They were last shown at {shown}, and asked for at {begun}: the provider did not ask again."),
    )
}

async fn confirm(
    tx: &mut TenantTx,
    arrival: &mut Arrival<'_>,
    identity: &Identity,
) -> Result<Result<Outcome, Refused>, DbError> {
    let principal = match person(tx, arrival).await? {
        Ok(principal) => principal,
        Err(refused) => return Ok(Err(refused)),
    };
    if let Err(refused) = is_fresh(arrival, identity) {
        return Ok(Err(refused));
    }
    let (scribe, connection) = (arrival.context.scribe(), &arrival.connection);
    let confirmed = people::confirmed(tx, &scribe, &principal, connection, identity, &mut arrival.report).await?;
    Ok(confirmed.map(|()| Outcome::Back))
}

async fn link(
    tx: &mut TenantTx,
    arrival: &mut Arrival<'_>,
    identity: &Identity,
) -> Result<Result<Outcome, Refused>, DbError> {
    let principal = match person(tx, arrival).await? {
        Ok(principal) => principal,
        Err(refused) => return Ok(Err(refused)),
    };
    let (scribe, connection) = (arrival.context.scribe(), &arrival.connection);
    let connected = people::connect(tx, &scribe, &principal, connection, identity, &mut arrival.report).await?;
    Ok(connected.map(|()| Outcome::Back))
}

/// Where somebody who tried a connection reads what came of it.
pub(super) fn to_trace(arrival: &Arrival<'_>, trace: TraceId) -> Response {
    let is_by_link = arrival.flow.as_ref().is_some_and(|flow| flow.setup_link.is_some());
    let path = if is_by_link {
        format!("/sso-setup/traces/{trace}")
    } else {
        format!("/admin/sso/{}/traces/{trace}", arrival.connection.id)
    };
    see_other(&arrival.context.href(&path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_tenant_holds_up_no_other() {
        let [acme, globex] = [7, 8].map(Uuid::from_u128);
        let held: Vec<_> = std::iter::from_fn(|| door_of(acme).try_acquire().ok()).collect();
        assert_eq!(held.len(), 4);
        assert!(door_of(globex).try_acquire().is_ok());
    }
}
