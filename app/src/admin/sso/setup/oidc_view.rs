//! Step 2 for `OpenID` Connect: how it looks.

use leptos::prelude::*;
use rowhouse_platform::sso::{Connection, OidcSettings};

use super::{
    attributes,
    oidc::{AUTHENTICATIONS, CLIENT_LENGTH, ISSUER_LENGTH, OidcFields, SCOPES_LENGTH},
    page::Typed,
};
use crate::{
    context::RequestContext,
    ui::{
        FieldErrors,
        choice::{Checkbox, Choice, SelectField},
        form::{TextField, described_by, field_error, field_help},
    },
};

pub(super) fn form(
    context: &RequestContext,
    home: &str,
    connection: &Connection,
    settings: &OidcSettings,
    typed: &Typed,
) -> AnyView {
    let saved = OidcFields::of(settings);
    let fields = typed.oidc.as_ref().unwrap_or(&saved);
    let errors = &typed.errors;
    let ways = AUTHENTICATIONS.iter().map(|(_, word, label)| Choice::new(*word, *label)).collect();
    view! {
        <form class="form" action=context.href(home) method="post" autocomplete="off">
            <input type="hidden" name="intent" value="oidc" />
            <TextField
                id="issuer"
                label="Issuer"
                kind="url"
                value=&fields.issuer
                errors=errors
                maxlength=ISSUER_LENGTH
                help="Exactly as the provider writes it. The rest of its addresses is found from there; when you save, we look."
            />
            <TextField id="client_id" label="Client ID" value=&fields.client_id errors=errors maxlength=CLIENT_LENGTH />
            <SelectField
                id="client_authentication"
                label="Client authentication"
                options=ways
                value=&fields.client_authentication
                errors=errors
                help="How we show the provider that it is us."
            />
            {secret(connection, errors)}
            <TextField
                id="scopes"
                label="Scopes"
                value=&fields.scopes
                errors=errors
                maxlength=SCOPES_LENGTH
                optional=true
                help="What is asked for beside openid, with spaces between: usually profile email."
            />
            <Checkbox
                id="trusts_addresses".to_owned()
                name="trusts_addresses"
                value="on".to_owned()
                label="Addresses are verified where the provider does not say".to_owned()
                help="Tick this only if people cannot choose their address there by themselves. An address that the provider calls unverified never counts."
                checked=!fields.trusts_addresses.is_empty()
            />
            <Checkbox
                id="asks_userinfo".to_owned()
                name="asks_userinfo"
                value="on".to_owned()
                label="Ask the userinfo endpoint too".to_owned()
                help="Where the provider has one. Some say name and address only there."
                checked=!fields.asks_userinfo.is_empty()
            />
            {attributes::fields(&connection.protocol, &fields.map, errors)}
            <div class="button-row">
                <button class="button button--primary" type="submit">"Check and save"</button>
            </div>
        </form>
    }
    .into_any()
}

/// The secret is never shown again; where one is kept, the field stands behind “Replace”.
fn secret(connection: &Connection, errors: &FieldErrors) -> AnyView {
    const ID: &str = "client_secret";
    let error = errors.of(ID);
    let has_error = error.is_some();
    let field = |help: &'static str| {
        view! {
            <div class="field">
                <label class="field__label" for=ID>"Client secret"</label>
                <input
                    class="input"
                    id=ID
                    name=ID
                    type="password"
                    autocomplete="new-password"
                    maxlength=CLIENT_LENGTH
                    aria-describedby=described_by(ID, true, has_error)
                    aria-invalid=has_error.then_some("true")
                />
                {field_help(ID, help)}
                {field_error(ID, error.clone())}
            </div>
        }
        .into_any()
    };
    if !connection.has_client_secret {
        return field("It is sealed, and shown to nobody again. Not needed with our own key.");
    }
    view! {
        <div>
            <p class="field__label">"Client secret"</p>
            <p class="field__help">"One is kept. It is not shown."</p>
            <details class="disclosure" open=has_error>
                <summary>"Replace the client secret"</summary>
                {field("Left empty, the one that is kept stays.")}
            </details>
        </div>
    }
    .into_any()
}
