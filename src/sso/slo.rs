//! `GET` and `POST /sso/{connection}/slo`: single logout of SAML (SAML 2.0 Profiles, section 4.4). The provider asks for
//! somebody to be signed out here, or answers that it did so there.

use axum::{http::Uri, response::Response};
use rowhouse_app::{
    account::sso::{going_on, signed_out},
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other,
};
use rowhouse_platform::{
    audit::{self, Act, Action},
    sso::{
        ConnectionId, Protocol, Purpose, Reason, Refused, SamlSettings,
        connection::ConnectionSecrets,
        saml::{
            self, Outgoing,
            logout::{self, Incoming, LogoutExpected, LogoutRequest, LogoutStatus},
        },
        session, used_message,
    },
};

use super::{
    Named,
    arrival::{self, Arrival},
    browser::Browser,
    fields::Fields,
    limits,
    refuse::{self, refuse},
};

const REQUEST: &str = "SAMLRequest";
const RESPONSE: &str = "SAMLResponse";

/// What came, by either binding.
enum Message {
    /// The query, exactly as it was received: its bytes are what is signed.
    Redirect(String),
    Post {
        message: String,
        relay_state: Option<String>,
    },
}

impl Message {
    fn incoming(&self) -> Incoming<'_> {
        match self {
            Self::Redirect(query) => Incoming::Redirect { query },
            Self::Post { message, relay_state } => Incoming::Post { message, relay_state: relay_state.as_deref() },
        }
    }
}

/// What it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Request,
    Response,
}

/// Which of the two stands there; both, none, or one of them twice is neither.
fn kind(fields: &Fields) -> Result<(Kind, String), Refused> {
    match (fields.one(REQUEST)?, fields.one(RESPONSE)?) {
        (Some(message), None) => Ok((Kind::Request, message.to_owned())),
        (None, Some(message)) => Ok((Kind::Response, message.to_owned())),
        _ => Err(Refused::new(Reason::Malformed, "There is not exactly one field SAMLRequest or SAMLResponse.")),
    }
}

pub(super) async fn show(
    context: Context,
    Named(id): Named,
    browser: Browser,
    uri: Uri,
    fields: Fields,
) -> Result<Response, PageError> {
    let query = uri.query().unwrap_or_default().to_owned();
    let message = kind(&fields).map(|(kind, _)| (kind, Message::Redirect(query)));
    answer(&context, id, &browser, message).await
}

pub(super) async fn submit(
    context: Context,
    Named(id): Named,
    browser: Browser,
    fields: Fields,
) -> Result<Response, PageError> {
    let relay_state = fields.one("RelayState").map(|state| state.map(ToOwned::to_owned));
    let message = kind(&fields).and_then(|(kind, message)| {
        let relay_state = relay_state?;
        Ok((kind, Message::Post { message, relay_state }))
    });
    answer(&context, id, &browser, message).await
}

async fn answer(
    context: &RequestContext,
    id: ConnectionId,
    browser: &Browser,
    message: Result<(Kind, Message), Refused>,
) -> Result<Response, PageError> {
    let mut tx = context.services.database.begin(&context.tenant()?.home).await?;
    let (connection, secrets) = arrival::connection(context, &mut tx, id).await?;
    tx.commit().await?;
    let Protocol::Saml(settings) = connection.protocol.clone() else { return Err(PageError::NotFound) };
    limits::message(context).await?;
    let mut arrival = Arrival::at(context, connection, Purpose::Logout);
    match message {
        Ok((Kind::Request, message)) => asked(arrival, settings, &secrets, message).await,
        Ok((Kind::Response, message)) => answered(arrival, settings, browser, message).await,
        Err(Refused { reason, words }) => {
            let refused = arrival.report.refuse("Message", reason, words);
            refuse(arrival, refused).await
        }
    }
}

/// The provider asks.
async fn asked(
    mut arrival: Arrival<'_>,
    settings: SamlSettings,
    secrets: &ConnectionSecrets,
    message: Message,
) -> Result<Response, PageError> {
    let context = arrival.context;
    let now = context.services.ambient.now();
    let (slo, known) = (arrival.connection.endpoint("slo"), settings.clone());
    let read = saml::on_worker(arrival.tenant(), &mut arrival.report, move |report| {
        logout::read_request(message.incoming(), &known, LogoutExpected { slo: &slo, now }, report)
    })
    .await;
    let ended = match read {
        Ok(request) => {
            arrival.subject.clone_from(&request.name_id.value);
            end(&mut arrival, &request).await?.map(|()| request)
        }
        Err(refused) => Err(refused),
    };
    let request = match ended {
        Ok(request) => request,
        Err(refused) => return refuse(arrival, refused).await,
    };
    let (own, secrets, signing) =
        (saml::new_id(&context.services.ambient), secrets.clone(), arrival.connection.clone());
    let answer = saml::on_worker(arrival.tenant(), &mut arrival.report, move |_| {
        let (status, relay_state) = (LogoutStatus::Success, request.relay_state.as_deref());
        logout::response(&signing, &settings, &secrets, &request.id, status, &own, relay_state, now)
    });
    let answer = answer.await;
    let connection = &arrival.connection;
    Ok(match answer {
        Ok(Outgoing::Redirect(address)) => see_other(&address),
        Ok(Outgoing::Post { to, fields }) => going_on::post(context, &connection.name, &to, &fields),
        Err(refused) => {
            // The person is signed out; that the provider does not learn of it is for its admins.
            tracing::warn!(connection = %connection.id, %refused, "a sign-out could not be answered");
            signed_out(context, &connection.name, false)
        }
    })
}

/// Ends the sessions that a request names, once.
async fn end(arrival: &mut Arrival<'_>, request: &LogoutRequest) -> Result<Result<(), Refused>, PageError> {
    let context = arrival.context;
    let id = arrival.connection.id;
    let mut tx = context.services.database.begin(&context.tenant()?.home).await?;
    let is_first = used_message::accept_once(&mut tx, id, &request.issuer, &request.id, request.expires_at).await?;
    let checked = arrival.report.check(
        "First use",
        is_first,
        "It was not used before.",
        Reason::Replay,
        "It was used before. A request is answered once.",
    );
    if let Err(refused) = checked {
        return Ok(Err(refused));
    }
    let ended = session::end_of_name_id(&mut tx, id, &request.name_id.value, &request.session_index).await?;
    write_down(&mut tx, arrival, ended).await?;
    tx.commit().await?;
    Ok(Ok(()))
}

/// Writes the trace of sessions that a provider ended, and the audit record where there were any.
pub(super) async fn write_down(
    tx: &mut rowhouse_platform::db::TenantTx,
    arrival: &mut Arrival<'_>,
    ended: u64,
) -> Result<(), PageError> {
    let words = match ended {
        0 => "Nobody of that name is signed in here.".to_owned(),
        1 => "One session ended.".to_owned(),
        ended => format!("{ended} sessions ended."),
    };
    arrival.report.passed("Sessions", words);
    arrival.count(None);
    let trace = refuse::record(tx, arrival, None).await?;
    if ended > 0 {
        let connection = &arrival.connection;
        let act = Act::by_nobody(Action::SessionEnded)
            .on("sso_connection", connection.id.to_string(), &connection.name)
            .change((), serde_json::json!({ "sessions": ended, "subject": arrival.subject }))
            .because(format!("The identity provider signed the person out. Trace {trace}."));
        audit::record(tx, &arrival.context.scribe(), act).await?;
    }
    Ok(())
}

/// The provider answers what we asked when somebody signed out here. Their session ended before that.
async fn answered(
    mut arrival: Arrival<'_>,
    settings: SamlSettings,
    browser: &Browser,
    message: Message,
) -> Result<Response, PageError> {
    let context = arrival.context;
    let now = context.services.ambient.now();
    let slo = arrival.connection.endpoint("slo");
    let Some(request_id) = browser.leaving().map(ToOwned::to_owned) else {
        let words = "This browser was not sent to the provider to sign out, or more than ten minutes ago.";
        let refused = arrival.report.refuse("Sign-out under way", Reason::UnknownState, words);
        refuse::write(&arrival, &refused).await?;
        return Ok(signed_out(context, &arrival.connection.name, false));
    };
    let read = saml::on_worker(arrival.tenant(), &mut arrival.report, move |report| {
        logout::read_response(message.incoming(), &settings, LogoutExpected { slo: &slo, now }, &request_id, report)
    })
    .await;
    let there = match read {
        Ok(response) => !response.is_partial,
        Err(refused) => {
            refuse::write(&arrival, &refused).await?;
            false
        }
    };
    Ok(signed_out(context, &arrival.connection.name, there))
}
