//! Step 2 for SAML: how it looks.

use leptos::prelude::*;
use rowhouse_platform::sso::{Connection, SamlSettings, saml::certificate::CertificateInfo};
use time::OffsetDateTime;

use super::{
    super::in_words::{certificates, end_of},
    metadata::{ADDRESS_LENGTH, Metadata},
    options,
    page::Typed,
    provider::ProviderFields,
};
use crate::{
    context::RequestContext,
    ui::{
        FieldErrors, Icon,
        choice::Checkbox,
        form::{TextArea, TextField, described_by, field_error},
        time::Ago,
    },
};

/// The most characters that are pasted as metadata.
const METADATA_LENGTH: usize = 1_048_576;
/// The most characters that are pasted as a certificate.
const CERTIFICATE_LENGTH: usize = 20_000;

pub(super) fn forms(
    context: &RequestContext,
    home: &str,
    connection: &Connection,
    settings: &SamlSettings,
    typed: &Typed,
) -> AnyView {
    let now = context.services.ambient.now();
    view! {
        <h3>"The provider’s metadata"</h3>
        {metadata_form(context, home, settings, typed)}
        {known(connection, settings, now)}
        {by_hand(context, home, settings, typed)}
        {certificate_list(context, home, settings, typed, now)}
        <h3>"How it is asked"</h3>
        {options::form(context, home, connection, settings, typed)}
    }
    .into_any()
}

fn metadata_form(context: &RequestContext, home: &str, settings: &SamlSettings, typed: &Typed) -> AnyView {
    let saved = Metadata::of(settings);
    let fields = typed.metadata.as_ref().unwrap_or(&saved);
    let errors = &typed.errors;
    let file_error = errors.of("metadata_file");
    let is_pasted = !fields.xml.is_empty() || errors.of("metadata_xml").is_some();
    let paste_label = view! {
        <label class="field__label" for="metadata_xml">
            "Metadata, pasted "
            <span class="field__optional">"(optional)"</span>
        </label>
    };
    view! {
        <form class="form" action=context.href(&format!("{home}/metadata")) method="post" enctype="multipart/form-data">
            {question(typed)}
            <TextField
                id="metadata_url"
                label="Address of the metadata"
                kind="url"
                value=&fields.url
                errors=errors
                maxlength=ADDRESS_LENGTH
                optional=true
                help="The best way: it is fetched again by itself, so that new certificates are known in time."
            />
            <div class="field">
                <label class="field__label" for="metadata_file">"Or a file " <span class="field__optional">"(optional)"</span></label>
                <input
                    class="input"
                    id="metadata_file"
                    name="metadata_file"
                    type="file"
                    accept=".xml,application/xml,text/xml,application/samlmetadata+xml"
                    aria-describedby=described_by("metadata_file", false, file_error.is_some())
                    aria-invalid=file_error.is_some().then_some("true")
                />
                {field_error("metadata_file", file_error)}
            </div>
            <details class="disclosure" open=is_pasted>
                <summary>"Or paste it"</summary>
                <div class="form">
                    <TextArea id="metadata_xml" label=paste_label.into_any() value=&fields.xml errors=errors rows=8 maxlength=METADATA_LENGTH optional=true />
                </div>
            </details>
            <details class="disclosure" open=!fields.entity.is_empty()>
                <summary>"It describes several providers"</summary>
                <div class="form">
                    <TextField
                        id="metadata_entity"
                        label="Entity ID of yours"
                        value=&fields.entity
                        errors=errors
                        maxlength=ADDRESS_LENGTH
                        optional=true
                        help="As in the metadata of a federation."
                    />
                </div>
            </details>
            <div class="button-row"><button class="button button--primary" type="submit">"Read metadata"</button></div>
        </form>
    }
    .into_any()
}

/// Metadata of another provider lets other people in: that is asked, never taken over in silence.
fn question(typed: &Typed) -> AnyView {
    let Some(other) = &typed.other_provider else { return ().into_any() };
    view! {
        <div class="notice notice--warning">
            <Icon name="triangle-alert" />
            <p class="notice__title">"This metadata is of another provider"</p>
            <p>
                "Until now: " <code class="wizard__value">{other.before.clone()}</code>
            </p>
            <p>
                "In the metadata: " <code class="wizard__value">{other.now.clone()}</code>
            </p>
            <p>"If you take it over, whoever that provider vouches for signs in by this connection."</p>
            <Checkbox
                id="other_provider".to_owned()
                name="other_provider"
                value="yes".to_owned()
                label="The connection belongs to that provider now".to_owned()
                help=""
                checked=false
            />
            {field_error("other_provider", typed.errors.of("other_provider"))}
        </div>
    }
    .into_any()
}

/// What was read.
fn known(connection: &Connection, settings: &SamlSettings, now: OffsetDateTime) -> AnyView {
    if settings.entity_id.is_empty() {
        return view! { <p class="muted">"Nothing is known of the provider yet."</p> }.into_any();
    }
    let or_none = |text: Option<&String>| match text {
        Some(text) => view! { <code class="wizard__value">{text.clone()}</code> }.into_any(),
        None => view! { <span class="muted">"None"</span> }.into_any(),
    };
    let fetched = settings.metadata_url.as_ref().map(|_| {
        let when = match connection.refreshed_at {
            Some(at) => view! { "Last fetched " <Ago at=at now=now /> "." }.into_any(),
            None => "It is fetched again within a day.".into_any(),
        };
        view! { <p class="muted">{when}</p> }
    });
    let failed = connection.refresh_error.clone().map(|words| {
        view! {
            <div class="notice notice--warning">
                <Icon name="triangle-alert" />
                <p class="notice__title">"The metadata could not be fetched again"</p>
                <p>{words}</p>
            </div>
        }
    });
    view! {
        <dl class="wizard__facts">
            <dt>"Entity ID"</dt>
            <dd><code class="wizard__value">{settings.entity_id.clone()}</code></dd>
            <dt>"Sign-in, HTTP Redirect"</dt>
            <dd>{or_none(settings.sign_on_redirect.as_ref())}</dd>
            <dt>"Sign-in, HTTP POST"</dt>
            <dd>{or_none(settings.sign_on_post.as_ref())}</dd>
            <dt>"Sign-out"</dt>
            <dd>{or_none(settings.logout_redirect.as_ref().or(settings.logout_post.as_ref()))}</dd>
        </dl>
        {fetched}
        {failed}
    }
    .into_any()
}

fn by_hand(context: &RequestContext, home: &str, settings: &SamlSettings, typed: &Typed) -> AnyView {
    let saved = ProviderFields::of(settings);
    let fields = typed.provider.as_ref().unwrap_or(&saved);
    let errors = &typed.errors;
    let fetched = settings.metadata_url.as_ref().map(|_| {
        view! { <p class="field__help">"Once you save this by hand, the metadata is not fetched any more."</p> }
    });
    let address = |id: &'static str, label: &'static str, value: &str| {
        view! { <TextField id=id label=label kind="url" value=value errors=errors maxlength=ADDRESS_LENGTH optional=true /> }
            .into_any()
    };
    view! {
        <details class="disclosure" open=typed.provider.is_some()>
            <summary>"Without metadata: by hand"</summary>
            <form class="form" action=context.href(home) method="post">
                <input type="hidden" name="intent" value="provider" />
                <TextField id="entity_id" label="Entity ID of the provider" value=&fields.entity_id errors=errors maxlength=ADDRESS_LENGTH />
                {address("sign_on_redirect", "Sign-in address, HTTP Redirect", &fields.sign_on_redirect)}
                {address("sign_on_post", "Sign-in address, HTTP POST", &fields.sign_on_post)}
                {address("logout_redirect", "Sign-out address, HTTP Redirect", &fields.logout_redirect)}
                {address("logout_response", "Sign-out address for responses, if another", &fields.logout_response)}
                {address("logout_post", "Sign-out address, HTTP POST", &fields.logout_post)}
                {fetched}
                <div class="button-row"><button class="button" type="submit">"Save addresses"</button></div>
            </form>
        </details>
    }
    .into_any()
}

fn certificate_list(
    context: &RequestContext,
    home: &str,
    settings: &SamlSettings,
    typed: &Typed,
    now: OffsetDateTime,
) -> AnyView {
    let errors = &typed.errors;
    let items = certificates(&settings.certificates)
        .iter()
        .map(|certificate| certificate_item(context, home, certificate, now))
        .collect_view();
    let none = settings.certificates.is_empty().then(
        || view! { <p class="muted">"None yet. Without one, nothing that the provider says can be checked."</p> },
    );
    view! {
        <section class="stack" id="certificates" tabindex="-1" aria-labelledby="certificates-title">
            <h3 id="certificates-title">"Signing certificates of the provider"</h3>
            <p class="field__help">"Each of them may have signed. While the provider changes its certificate, have both here: the old one and the new one."</p>
            {none}
            <ul class="wizard__certificates">{items}</ul>
            {field_error("certificates", errors.of("certificates"))}
            {add_certificate(context, home, &typed.certificate, errors)}
        </section>
    }
    .into_any()
}

fn certificate_item(
    context: &RequestContext,
    home: &str,
    certificate: &CertificateInfo,
    now: OffsetDateTime,
) -> AnyView {
    let fingerprint = certificate.fingerprint_text();
    view! {
        <li class="wizard__certificate">
            <div class="wizard__certificate-what">
                <p class="wizard__certificate-name">{certificate.subject.clone()}</p>
                <p>{end_of(certificate, now)}</p>
                <p class="wizard__fingerprint">{format!("SHA-256 {fingerprint}")}</p>
            </div>
            <form action=context.href(home) method="post">
                <input type="hidden" name="intent" value="remove-certificate" />
                <input type="hidden" name="fingerprint" value=fingerprint.clone() />
                <button class="button button--quiet" type="submit">
                    "Remove"
                    <span class="visually-hidden">{format!(" the certificate {}", certificate.subject)}</span>
                </button>
            </form>
        </li>
    }
    .into_any()
}

fn add_certificate(context: &RequestContext, home: &str, typed: &str, errors: &FieldErrors) -> AnyView {
    let label = view! { <label class="field__label" for="certificate">"Certificate"</label> }.into_any();
    view! {
        <details class="disclosure" open=errors.of("certificate").is_some()>
            <summary>"Add a certificate"</summary>
            <form class="form" action=context.href(home) method="post">
                <input type="hidden" name="intent" value="add-certificate" />
                <TextArea
                    id="certificate"
                    label=label
                    value=typed
                    errors=errors
                    rows=6
                    maxlength=CERTIFICATE_LENGTH
                    help="The text of a .pem, .cer or .crt file: it begins with -----BEGIN CERTIFICATE-----."
                />
                <div class="button-row"><button class="button" type="submit">"Add certificate"</button></div>
            </form>
        </details>
    }
    .into_any()
}
