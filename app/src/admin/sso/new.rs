//! `GET /admin/sso/new` and `POST`: a connection that is not set up yet.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{ManageSso, Permit, Principal},
    plan::Feature,
    sso::{
        Editor, Provider,
        connection::{self, ConnectionError, NewConnection},
        keys,
    },
};
use serde::Deserialize;

use super::{
    super::members::back,
    main_address,
    naming::{self, Naming},
    presets::{self, PROTOCOLS},
};
use crate::{
    access::{Allowed, permit},
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other_with,
    ui::{
        FieldErrors, FormBody, Head,
        choice::{Choice, SelectField, with_none},
        flash::Flash,
        form::summary,
        frame::{Section, frame},
        page,
    },
};

/// What was typed.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    provider: String,
    #[serde(default)]
    protocol: String,
    #[serde(flatten)]
    naming: Naming,
}

pub(super) async fn show(context: Context, Allowed(permit): Allowed<ManageSso>) -> Result<Response, PageError> {
    context.tenant()?.entitlements.require(Feature::Sso)?;
    let person = permit.commit().await?;
    let fields = Fields { protocol: PROTOCOLS[0].0.to_owned(), ..Fields::default() };
    Ok(render(&context, &person, &fields, &FieldErrors::default()))
}

pub(super) async fn submit(
    context: Context,
    Allowed(mut first): Allowed<ManageSso>,
    FormBody(fields): FormBody<Fields>,
) -> Result<Response, PageError> {
    let mut errors = FieldErrors::default();
    let provider = Provider::parse(&fields.provider);
    if provider.is_none() {
        errors.add("provider", "Choose the identity provider from the list.");
    }
    let protocol = provider.and_then(|provider| presets::protocol(provider, &fields.protocol));
    if provider.is_some() && protocol.is_none() {
        errors.add("protocol", "Choose the protocol from the list.");
    }
    let (name, hint) = fields.naming.check(&mut first, None, &mut errors).await?;
    let (Some(provider), Some(protocol), true) = (provider, protocol, errors.is_empty()) else {
        let person = first.commit().await?;
        return Ok(render(&context, &person, &fields, &errors));
    };
    first.commit().await?;

    // A key takes a tenth of a second: no thread that answers others, and no transaction, waits for it.
    let (now, tenant) = (context.services.ambient.now(), context.tenant()?.name.clone());
    let pair = tokio::task::spawn_blocking(move || keys::generate(&tenant, now)).await;
    let pair = pair.map_err(PageError::internal)?.map_err(PageError::internal)?;
    let mut second: Permit<ManageSso> = permit(&context).await?;
    let base_url = main_address(&context)?;
    let new = NewConnection { provider, name, hint, protocol, client_secret: None, base_url };
    let (scribe, secrets) = (context.scribe(), &context.services.secrets);
    match connection::create(&mut Editor::Admin(&mut second), &scribe, secrets, new, pair).await {
        Ok(id) => {
            second.commit().await?;
            Ok(see_other_with(&context.href(&format!("/admin/sso/{id}")), Flash::SsoConnectionAdded))
        }
        Err(error @ (ConnectionError::HintTaken | ConnectionError::Full)) => {
            let field = if matches!(error, ConnectionError::Full) { "name" } else { "hint" };
            errors.add(field, error);
            drop(second);
            let person = permit::<ManageSso>(&context).await?.commit().await?;
            Ok(render(&context, &person, &fields, &errors))
        }
        Err(error) => Err(error.into()),
    }
}

fn render(context: &RequestContext, person: &Principal, fields: &Fields, errors: &FieldErrors) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page(context, Head::new("Add a connection").with_status(status), || {
        let providers =
            with_none("Choose one", Provider::ALL.map(|provider| Choice::new(provider.as_str(), provider.label())));
        let protocols = PROTOCOLS.map(|(word, label)| Choice::new(word, label)).to_vec();
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"Add a connection"</h1>
                {back(context, "/admin/sso", "All connections")}
            </div>
            <div class="stack">
                {summary(errors)}
                <form class="form" action=context.href("/admin/sso/new") method="post">
                    <SelectField
                        id="provider"
                        label="Identity provider"
                        options=providers
                        value=&fields.provider
                        errors=errors
                        help="Where your people have their accounts. The set-up shows what to do there."
                    />
                    <SelectField
                        id="protocol"
                        label="Protocol"
                        options=protocols
                        value=&fields.protocol
                        errors=errors
                        help="All of these providers speak both. OpenID Connect is quicker to set up. With Google Workspace, SAML alone tells groups."
                    />
                    {naming::fields(&fields.naming, errors)}
                    <p class="muted">"Nobody can sign in by the connection until you have tested it and switched it on."</p>
                    <div class="button-row">
                        <button class="button button--primary" type="submit">"Add connection"</button>
                        <a class="button" href=context.href("/admin/sso")>"Cancel"</a>
                    </div>
                </form>
            </div>
        };
        frame(context, person, Section::Sso, true, content)
    })
}
