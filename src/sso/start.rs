//! `GET /sso/{connection}/start?next=…`: begins a sign-in and leads to the provider.
//!
//! `purpose` says what for: `sign_in`, which it is without one; `confirm` and `link` for somebody who is signed in; `test`
//! for somebody who may set the connection up, be it by `setup_link`. `again` has the provider ask for credentials, so
//! that whoever is signed in there can sign in as somebody else.
//!
//! `link` asks first, and begins by a form of this site: whoever leads a person here by an address, to a provider that
//! says something else of them, would have connected that with the person's account.

use axum::{
    extract::{Query, rejection::QueryRejection},
    response::Response,
};
use rowhouse_app::{
    access::permit,
    account::{
        sign_in_address,
        sso::{going_on, link, local_path},
    },
    context::{Context, RequestContext},
    error::PageError,
    routes::{query_string, see_other},
    ui::FormBody,
};
use rowhouse_platform::{
    access::{ManageSso, ProveIdentity, SignedIn},
    id::SessionId,
    identity::{admission, policy::Method},
    sso::{
        Connection, ConnectionId, Protocol, Purpose, Reason, Refused, Report, SetupLinkId,
        connection::ConnectionSecrets,
        flow::{self, Begun, Flow, NewFlow},
        saml::{self, Outgoing, request},
        setup_link::{self, Opened},
    },
};
use serde::Deserialize;

use super::{
    Named,
    arrival::{self, Arrival, is_open},
    browser::{self, Browser},
    limits, refuse,
};
use crate::http::primary;

/// What is asked for.
#[derive(Default, Deserialize)]
pub(super) struct Asked {
    purpose: Option<String>,
    next: Option<String>,
    login_hint: Option<String>,
    setup_link: Option<String>,
    /// Whether the provider asks for credentials whoever is signed in there.
    again: Option<String>,
    /// Whether the browser was led to this host for it.
    led: Option<String>,
}

/// What the form of [`link::ask`] says.
#[derive(Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    next: String,
    #[serde(default)]
    again: String,
}

/// What the provider is asked to do.
#[derive(Clone, Copy)]
struct Prompt<'a> {
    /// As whom the person probably signs in.
    login_hint: Option<&'a str>,
    /// Whether to ask for credentials.
    again: bool,
}

/// Who begins it.
#[derive(Default)]
struct Beginner {
    session: Option<SessionId>,
    setup_link: Option<SetupLinkId>,
}

pub(super) async fn show(
    context: Context,
    Named(id): Named,
    query: Result<Query<Asked>, QueryRejection>,
    browser: Browser,
) -> Result<Response, PageError> {
    let Query(asked) = query.map_err(|_| PageError::BadRequest("The address cannot be read.".to_owned()))?;
    let purpose = match asked.purpose.as_deref() {
        None | Some("sign_in") => Purpose::SignIn,
        Some("test") => Purpose::Test,
        Some("confirm") => Purpose::Confirm,
        Some("link") => Purpose::Link,
        Some(_) => return Err(PageError::BadRequest("The address cannot be read.".to_owned())),
    };
    let services = &context.services;
    let mut tx = services.database.begin(&context.tenant()?.home).await?;
    let (connection, secrets) = arrival::connection(&context, &mut tx, id).await?;
    tx.commit().await?;
    if !is_at(&context, &connection) {
        return match asked.led {
            // Here again: the address that it has leads to this one.
            Some(_) => Err(PageError::NotFound),
            None => Ok(lead(&connection, &asked)),
        };
    }
    let mut arrival = Arrival::at(&context, connection, purpose);
    arrival.next = asked.next.as_deref().and_then(local_path).unwrap_or("/tickets").to_owned();
    // A confirmation is worth nothing without.
    let again = purpose == Purpose::Confirm || asked.again.is_some();
    let prompt = Prompt { login_hint: asked.login_hint.as_deref(), again };
    let mut response = match beginner(&context, id, purpose, asked.setup_link.as_deref()).await {
        Ok(_) if purpose == Purpose::Link => link::ask(&context, &arrival.connection, &arrival.next, again),
        Ok(beginner) => begin(arrival, &secrets, beginner, &browser, prompt).await?,
        Err(PageError::SignedOut) => see_other(&sign_in_address(&context, &here(id, &asked))),
        Err(error) => return Err(error),
    };
    if primary::is_elsewhere(&context) {
        // The provider knows this host: what is begun here ends here, and its session is of this host.
        primary::remember_to_stay(&context, &mut response);
    }
    Ok(response)
}

/// The form of [`link::ask`].
pub(super) async fn submit(
    context: Context,
    Named(id): Named,
    browser: Browser,
    FormBody(wanted): FormBody<Wanted>,
) -> Result<Response, PageError> {
    let services = &context.services;
    let mut tx = services.database.begin(&context.tenant()?.home).await?;
    let (connection, secrets) = arrival::connection(&context, &mut tx, id).await?;
    tx.commit().await?;
    let beginner = beginner(&context, id, Purpose::Link, None).await?;
    if !is_at(&context, &connection) {
        return Err(PageError::NotFound);
    }
    let name = connection.name.clone();
    let mut arrival = Arrival::at(&context, connection, Purpose::Link);
    arrival.next = local_path(&wanted.next).unwrap_or("/tickets").to_owned();
    let prompt = Prompt { login_hint: None, again: !wanted.again.is_empty() };
    let response = begin(arrival, &secrets, beginner, &browser, prompt).await?;
    Ok(going_on::after_form(&context, &name, response))
}

/// Whether the request came to where the connection's addresses begin.
fn is_at(context: &RequestContext, connection: &Connection) -> bool {
    let scheme = &context.public().scheme;
    let port = if scheme == "https" { ":443" } else { ":80" };
    let plain = |host: &str| host.to_ascii_lowercase().trim_end_matches(port).trim_end_matches('.').to_owned();
    let base = connection.base_url.split_once("://").map_or("", |(_, rest)| rest);
    let (host, path) = base.split_at(base.find('/').unwrap_or(base.len()));
    plain(host) == plain(&context.authority) && path == context.base_path
}

/// To the same at the connection's own address.
fn lead(connection: &Connection, asked: &Asked) -> Response {
    let pairs = pairs(asked).chain([("led", "1".to_owned())]).collect::<Vec<_>>();
    see_other(&format!("{}{}", connection.endpoint("start"), query_string(&pairs)))
}

/// This address, for coming back to it.
fn here(id: ConnectionId, asked: &Asked) -> String {
    format!("/sso/{id}/start{}", query_string(&pairs(asked).collect::<Vec<_>>()))
}

fn pairs(asked: &Asked) -> impl Iterator<Item = (&'static str, String)> + use<> {
    let named = [
        ("purpose", asked.purpose.clone()),
        ("next", asked.next.clone()),
        ("login_hint", asked.login_hint.clone()),
        ("setup_link", asked.setup_link.clone()),
        ("again", asked.again.clone()),
    ];
    named.into_iter().filter_map(|(name, value)| Some((name, value?)))
}

/// Who begins it, if they may.
async fn beginner(
    context: &RequestContext,
    id: ConnectionId,
    purpose: Purpose,
    setup_link: Option<&str>,
) -> Result<Beginner, PageError> {
    let of = |session| Beginner { session, setup_link: None };
    match (purpose, setup_link) {
        (Purpose::Test, Some(token)) => {
            let tx = context.services.database.begin(&context.tenant()?.home).await?;
            match setup_link::open(tx, &context.scribe(), &context.device.address, token).await? {
                Opened::Good(permit) if permit.connection() == id => {
                    let link = permit.link();
                    permit.commit().await?;
                    Ok(Beginner { session: None, setup_link: Some(link) })
                }
                Opened::Good(_) | Opened::Dead => Err(PageError::NotFound),
                Opened::Throttled(wait) => Err(PageError::Throttled(wait.wait_in_words())),
            }
        }
        (Purpose::Test, None) => {
            let permit = permit::<ManageSso>(context).await?;
            Ok(of(permit.commit().await?.session_id()))
        }
        (Purpose::Confirm, _) => {
            let permit = permit::<ProveIdentity>(context).await?;
            Ok(of(permit.commit().await?.session_id()))
        }
        (Purpose::Link, _) => {
            let permit = permit::<SignedIn>(context).await?;
            Ok(of(permit.commit().await?.session_id()))
        }
        (Purpose::SignIn | Purpose::IdpInitiated | Purpose::Logout, _) => Ok(Beginner::default()),
    }
}

async fn begin(
    mut arrival: Arrival<'_>,
    secrets: &ConnectionSecrets,
    beginner: Beginner,
    browser: &Browser,
    prompt: Prompt<'_>,
) -> Result<Response, PageError> {
    let (context, purpose, id) = (arrival.context, arrival.purpose, arrival.connection.id);
    let services = &context.services;
    if let Err(refused) = is_open(&mut arrival) {
        return refuse::refuse(arrival, refused).await;
    }
    let mut tx = services.database.begin(&context.tenant()?.home).await?;
    let address = context.device.address.as_str();
    if purpose == Purpose::SignIn
        && let Err(refusal) = admission::check(&mut tx, Method::Sso, address).await?
    {
        tx.commit().await?;
        let words = format!("The workspace’s sign-in policy says no: {refusal}.");
        let refused = arrival.report.refuse("Sign-in policy", Reason::Policy, words);
        return refuse::refuse(arrival, refused).await;
    }
    if let Err(throttled) = limits::count(&mut tx, context, "sso start").await? {
        tx.commit().await?;
        return Err(throttled);
    }
    let token = browser.token_or_new(context);
    let Beginner { session, setup_link } = beginner;
    let new = NewFlow { connection: id, purpose, next: arrival.next.clone(), session, setup_link };
    let begun = flow::begin(&mut tx, &services.ambient, &token, new).await?;
    tx.commit().await?;
    // A refusal from here on is one of this flow.
    arrival.flow = Some(of_begun(&begun, &arrival, session, setup_link));
    match ask(&mut arrival, secrets, &begun, prompt).await {
        Ok(outgoing) => {
            let mut response = match outgoing {
                Outgoing::Redirect(address) => see_other(&address),
                Outgoing::Post { to, fields } => going_on::post(context, &arrival.connection.name, &to, &fields),
            };
            browser::bind(&mut response, context, &token);
            Ok(response)
        }
        Err(refused) => refuse::refuse(arrival, refused).await,
    }
}

/// What asks the provider. No database connection is held: `OpenID` Connect's discovery may wait for the provider.
async fn ask(
    arrival: &mut Arrival<'_>,
    secrets: &ConnectionSecrets,
    begun: &Begun,
    Prompt { login_hint, again }: Prompt<'_>,
) -> Result<Outgoing, Refused> {
    let services = &arrival.context.services;
    let Arrival { connection, report, context, .. } = arrival;
    match &connection.protocol {
        Protocol::Oidc(_) => {
            let tenant = arrival::tenant_of(context);
            // Nobody types a longer address.
            let hint = login_hint.filter(|hint| hint.len() <= 254 && !hint.chars().any(char::is_control));
            let address = services.oidc.authorise(tenant, connection, begun, hint, again, report).await?;
            Ok(Outgoing::Redirect(address))
        }
        Protocol::Saml(settings) => {
            let (connection, settings, secrets) = (connection.clone(), settings.clone(), secrets.clone());
            let (begun, now) = (begun.clone(), services.ambient.now());
            let sign = move |report: &mut Report| {
                let asked = request::sign_on(&connection, &settings, &secrets, &begun, again, now);
                asked.map_err(|Refused { reason, words }| report.refuse("Request", reason, words))
            };
            saml::on_worker(arrival::tenant_of(context), report, sign).await
        }
    }
}

fn of_begun(begun: &Begun, arrival: &Arrival<'_>, session: Option<SessionId>, setup_link: Option<SetupLinkId>) -> Flow {
    Flow {
        purpose: arrival.purpose,
        next: arrival.next.clone(),
        session,
        setup_link,
        nonce: begun.nonce.clone(),
        pkce_verifier: begun.pkce_verifier.clone(),
        request_id: begun.request_id.clone(),
        begun_at: arrival.context.services.ambient.now(),
    }
}
