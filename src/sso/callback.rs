//! `GET /sso/{connection}/callback`: where an `OpenID` provider sends the browser back to.

use axum::response::Response;
use rowhouse_app::{
    context::{Context, RequestContext},
    error::PageError,
};
use rowhouse_platform::sso::{
    Identity, NameId, Protocol, Reason, Refused, connection::ConnectionSecrets, oidc::CallbackParams,
};

use super::{
    Named,
    arrival::{self, Arrival},
    browser::Browser,
    fields::Fields,
    finish::finish,
    refuse::refuse,
};

pub(super) async fn show(
    context: Context,
    Named(id): Named,
    browser: Browser,
    fields: Fields,
) -> Result<Response, PageError> {
    let params = params(&fields);
    let state = params.as_ref().ok().and_then(|params| params.state.clone());
    let (mut arrival, secrets, verdict) = arrival::came_back(&context, &browser, id, state.as_deref()).await?;
    if !matches!(arrival.connection.protocol, Protocol::Oidc(_)) {
        return Err(PageError::NotFound);
    }
    let params = params.map_err(|Refused { reason, words }| arrival.report.refuse("Answer", reason, words));
    let checked = match verdict.and(params) {
        Ok(params) => identity(&context, &mut arrival, &secrets, &params).await,
        Err(refused) => Err(refused),
    };
    match checked {
        Ok(identity) => finish(arrival, identity, None).await,
        Err(refused) => refuse(arrival, refused).await,
    }
}

/// What the provider sent. A parameter that stands there twice is read by nobody.
fn params(fields: &Fields) -> Result<CallbackParams, Refused> {
    let text = |name| fields.one(name).map(|value| value.map(ToOwned::to_owned));
    Ok(CallbackParams {
        state: text("state")?,
        code: text("code")?,
        iss: text("iss")?,
        error: text("error")?,
        error_description: text("error_description")?,
    })
}

/// Gets and checks the tokens: no database connection is held meanwhile.
async fn identity(
    context: &RequestContext,
    arrival: &mut Arrival<'_>,
    secrets: &ConnectionSecrets,
    params: &CallbackParams,
) -> Result<Identity, Refused> {
    let Some(flow) = &arrival.flow else {
        let words = "The answer has no state, so it belongs to no sign-in that was begun here.";
        return Err(arrival.report.refuse("Sign-in under way", Reason::UnknownState, words));
    };
    let Ok(tenant) = context.tenant() else {
        return Err(Refused::new(Reason::UnknownState, "There is no workspace here."));
    };
    let (tenant, oidc) = (tenant.home.id().0, &context.services.oidc);
    let mut identity = oidc.finish(tenant, &arrival.connection, secrets, flow, params, &mut arrival.report).await?;
    // The provider says by `sub` whose session ended there, whichever claim says here who it is.
    let sub = identity.attributes.get("sub").and_then(|values| values.first());
    identity.logout.name_id = sub.map(|sub| NameId { value: sub.clone(), ..NameId::default() });
    Ok(identity)
}
