//! More about the person, from the userinfo endpoint (`OpenID` Connect Core 1.0, section 5.3).

use openidconnect::http::{
    HeaderValue, Request,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};
use serde_json::{Map, Value};

use super::{OidcClient, discovery, quote::quoted};
use crate::sso::{Reason, Refused, Report};

const CHECK: &str = "Userinfo";

/// What the endpoint says of `subject`, and of nobody else.
pub(super) async fn ask(
    client: &OidcClient,
    endpoint: &str,
    access_token: &str,
    subject: &str,
    report: &mut Report,
) -> Result<Map<String, Value>, Refused> {
    let Ok(mut bearer) = HeaderValue::from_str(&format!("Bearer {access_token}")) else {
        let words = "The access token holds characters that no header may hold.";
        return Err(report.refuse(CHECK, Reason::ProviderAnswer, words));
    };
    bearer.set_sensitive(true);
    let request = Request::get(endpoint).header(ACCEPT, "application/json").header(AUTHORIZATION, bearer);
    let Ok(request) = request.body(Vec::new()) else {
        return Err(report.refuse(CHECK, Reason::ProviderAnswer, "The userinfo_endpoint cannot be read."));
    };
    let answer = match client.fetcher.send(request).await {
        Ok(answer) => answer,
        Err(error) => return Err(discovery::unreachable(CHECK, endpoint, &error, report)),
    };
    if !answer.status().is_success() {
        let words = format!("{endpoint} answered with the status {}, not 200.", answer.status().as_u16());
        return Err(report.refuse(CHECK, Reason::ProviderAnswer, words));
    }
    let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.to_ascii_lowercase().starts_with("application/jwt") {
        let words = "The userinfo endpoint answers with a signed token, which is not read. Choose plain JSON for it at the \
                     provider, or switch userinfo off here.";
        return Err(report.refuse(CHECK, Reason::ProviderAnswer, words));
    }
    let claims = discovery::object(answer.body()).map_err(|why| {
        report.refuse(CHECK, Reason::ProviderAnswer, format!("What {endpoint} answers cannot be read: {why}."))
    })?;
    let found = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
    let right = format!("{endpoint} speaks of the same person.");
    let wrong = format!("It speaks of {}, and the ID token of {} (sub).", quoted(found), quoted(subject));
    report.check(CHECK, found == subject, right, Reason::Subject, wrong)?;
    Ok(claims)
}
