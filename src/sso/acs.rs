//! `POST /sso/{connection}/acs`: where a SAML provider has the browser post its response to (SAML 2.0 Profiles, section
//! 4.1).

use axum::response::Response;
use rowhouse_app::{account::sso::local_path, context::Context, error::PageError};
use rowhouse_platform::sso::{
    Protocol, Purpose, Reason, Refused, Report, SamlSettings,
    connection::ConnectionSecrets,
    saml::{self, Asserted, Expected},
};

use super::{
    Named,
    arrival::{self, Arrival},
    browser::Browser,
    fields::Fields,
    finish::{Once, finish},
    limits,
    refuse::refuse,
};

/// What was posted.
struct Posted<'a> {
    response: &'a str,
    relay_state: Option<&'a str>,
}

impl<'a> Posted<'a> {
    fn read(fields: &'a Fields) -> Result<Self, Refused> {
        let missing = || Refused::new(Reason::Malformed, "The form has no field SAMLResponse.");
        Ok(Self {
            response: fields.one("SAMLResponse")?.filter(|text| !text.is_empty()).ok_or_else(missing)?,
            relay_state: fields.one("RelayState")?.filter(|text| !text.is_empty()),
        })
    }

    /// The state of the sign-in that it says to belong to. Ours are 64 hexadecimal digits; what else a provider sends
    /// is an address to go to.
    fn state(&self) -> Option<&'a str> {
        self.relay_state.filter(|text| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
    }
}

pub(super) async fn submit(
    context: Context,
    Named(id): Named,
    browser: Browser,
    fields: Fields,
) -> Result<Response, PageError> {
    let posted = Posted::read(&fields);
    let state = posted.as_ref().ok().and_then(Posted::state);
    let (mut arrival, secrets, verdict) = arrival::came_back(&context, &browser, id, state).await?;
    let Protocol::Saml(settings) = arrival.connection.protocol.clone() else { return Err(PageError::NotFound) };
    if verdict.is_ok() && arrival.flow.is_none() {
        limits::message(&context).await?;
    }
    let posted = posted.map_err(|Refused { reason, words }| arrival.report.refuse("Form", reason, words));
    let checked = match verdict.and(posted) {
        Ok(posted) => asserted(&mut arrival, settings, &secrets, &posted).await,
        Err(refused) => Err(refused),
    };
    match checked {
        Ok(Asserted { identity, issuer, assertion_id, expires_at, .. }) => {
            finish(arrival, identity, Some(Once { issuer, id: assertion_id, expires_at })).await
        }
        Err(refused) => refuse(arrival, refused).await,
    }
}

/// Checks the response on a thread for computing: no database connection is held meanwhile.
async fn asserted(
    arrival: &mut Arrival<'_>,
    settings: SamlSettings,
    secrets: &ConnectionSecrets,
    posted: &Posted<'_>,
) -> Result<Asserted, Refused> {
    let request_id = request_answered(arrival, &settings, posted).await?;
    let connection = &arrival.connection;
    let (entity_id, acs) = (connection.endpoint("metadata"), connection.endpoint("acs"));
    let (private_key, now) = (secrets.private_key.clone(), arrival.context.services.ambient.now());
    let encoded = posted.response.to_owned();
    saml::on_worker(arrival.tenant(), &mut arrival.report, move |report| {
        let expected = Expected {
            entity_id: &entity_id,
            acs: &acs,
            request_id: request_id.as_deref(),
            now,
            private_key: &private_key,
        };
        saml::read_response(&encoded, &settings, &expected, report)
    })
    .await
}

/// The request that the response has to answer; none: it has to answer none, because the provider began.
async fn request_answered(
    arrival: &mut Arrival<'_>,
    settings: &SamlSettings,
    posted: &Posted<'_>,
) -> Result<Option<String>, Refused> {
    // Not verified yet: it only says which of two checks the response is held against.
    let encoded = posted.response.to_owned();
    let peek = move |_: &mut Report| Ok(saml::peek_in_response_to(&encoded).is_some());
    let names_request = saml::on_worker(arrival.tenant(), &mut arrival.report, peek).await?;
    if let Some(flow) = &arrival.flow {
        // Some providers never name the request. Where they may begin by themselves, that is no less than this.
        let is_left_open = !names_request && settings.allows_idp_initiated;
        return Ok((!is_left_open).then(|| flow.request_id.clone()));
    }
    if names_request {
        let words = "The response answers a request, but RelayState does not name the sign-in that sent it. The provider \
                     has to send RelayState back as it came.";
        return Err(arrival.report.refuse("Sign-in under way", Reason::UnknownState, words));
    }
    arrival.report.check(
        "Begun by the provider",
        settings.allows_idp_initiated,
        "The provider began by itself, which the connection allows.",
        Reason::Unsolicited,
        "The provider began by itself, which is switched off for this connection. People begin at the sign-in page; or \
         allow it in the set-up.",
    )?;
    arrival.purpose = Purpose::IdpInitiated;
    if let Some(path) = posted.relay_state.and_then(local_path) {
        path.clone_into(&mut arrival.next);
    }
    Ok(None)
}
