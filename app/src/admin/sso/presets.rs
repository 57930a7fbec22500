//! What a new connection begins with: what is usual at its provider.

use rowhouse_platform::sso::{
    AttributeMap, ClientAuthentication, NameIdFormat, OidcSettings, Protocol, Provider, RequestBinding, SamlSettings,
};

/// The words of the two protocols in forms.
pub(super) const PROTOCOLS: [(&str, &str); 2] = [("oidc", "OpenID Connect"), ("saml", "SAML 2.0")];

/// The settings of a new connection; none: there is no such protocol.
pub(super) fn protocol(provider: Provider, word: &str) -> Option<Protocol> {
    match word {
        "oidc" => Some(Protocol::Oidc(oidc(provider))),
        "saml" => Some(Protocol::Saml(saml(provider))),
        _ => None,
    }
}

fn oidc(provider: Provider) -> OidcSettings {
    let mut scopes = vec!["profile".to_owned(), "email".to_owned()];
    if provider == Provider::Okta {
        // Okta sends groups to those alone who ask.
        scopes.push("groups".to_owned());
    }
    OidcSettings {
        issuer: if provider == Provider::Google { "https://accounts.google.com".to_owned() } else { String::new() },
        client_id: String::new(),
        client_authentication: ClientAuthentication::Basic,
        scopes,
        // Entra ID never says whether an address is verified; in one directory, its admins give the addresses.
        trusts_addresses: provider == Provider::Entra,
        asks_userinfo: true,
        attributes: AttributeMap::default(),
    }
}

fn saml(provider: Provider) -> SamlSettings {
    // At Entra ID the NameID is an address unless somebody changes it, and the object's ID stays for good.
    let subject = match provider {
        Provider::Entra => "http://schemas.microsoft.com/identity/claims/objectidentifier",
        _ => "",
    };
    SamlSettings {
        entity_id: String::new(),
        metadata_url: None,
        sign_on_redirect: None,
        sign_on_post: None,
        logout_redirect: None,
        logout_response: None,
        logout_post: None,
        certificates: Vec::new(),
        request_binding: RequestBinding::Redirect,
        // Keycloak expects it of a client that it made from our metadata.
        signs_requests: provider == Provider::Keycloak,
        signs_metadata: false,
        requires_encryption: false,
        allows_idp_initiated: false,
        name_id_format: match provider {
            Provider::Keycloak => NameIdFormat::Persistent,
            _ => NameIdFormat::Unspecified,
        },
        attributes: AttributeMap { subject: subject.to_owned(), ..AttributeMap::default() },
    }
}

/// Whether a connection knows enough of its provider to try it.
pub(super) fn is_complete(protocol: &Protocol) -> bool {
    match protocol {
        Protocol::Oidc(settings) => !settings.issuer.is_empty() && !settings.client_id.is_empty(),
        Protocol::Saml(settings) => {
            let has_address = settings.sign_on_redirect.is_some() || settings.sign_on_post.is_some();
            !settings.entity_id.is_empty() && has_address && !settings.certificates.is_empty()
        }
    }
}
