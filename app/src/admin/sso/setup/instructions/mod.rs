//! What to do at each provider, in the words of its menus. Between bars stands what the provider's pages say.

mod auth0;
mod entra;
mod generic;
mod google;
mod keycloak;
mod okta;

use leptos::prelude::*;
use rowhouse_platform::sso::{Connection, Protocol, Provider};

use super::values::{Value, copied};

/// Something to do, and what has to be copied for it.
pub(super) struct Step {
    words: &'static str,
    values: &'static [Value],
}

const fn step(words: &'static str, values: &'static [Value]) -> Step {
    Step { words, values }
}

fn steps(provider: Provider, protocol: &Protocol) -> &'static [Step] {
    match (provider, protocol) {
        (Provider::Okta, Protocol::Oidc(_)) => okta::OIDC,
        (Provider::Okta, Protocol::Saml(_)) => okta::SAML,
        (Provider::Entra, Protocol::Oidc(_)) => entra::OIDC,
        (Provider::Entra, Protocol::Saml(_)) => entra::SAML,
        (Provider::Google, Protocol::Oidc(_)) => google::OIDC,
        (Provider::Google, Protocol::Saml(_)) => google::SAML,
        (Provider::Keycloak, Protocol::Oidc(_)) => keycloak::OIDC,
        (Provider::Keycloak, Protocol::Saml(_)) => keycloak::SAML,
        (Provider::Auth0, Protocol::Oidc(_)) => auth0::OIDC,
        (Provider::Auth0, Protocol::Saml(_)) => auth0::SAML,
        (Provider::Generic, Protocol::Oidc(_)) => generic::OIDC,
        (Provider::Generic, Protocol::Saml(_)) => generic::SAML,
    }
}

/// What people call the provider in a heading.
pub(super) fn place(provider: Provider) -> &'static str {
    match provider {
        Provider::Generic => "your identity provider",
        known => known.label(),
    }
}

/// The instructions for a connection.
pub(super) fn list(connection: &Connection) -> AnyView {
    let items = steps(connection.provider, &connection.protocol)
        .iter()
        .map(|step| {
            let values = step.values.iter().map(|value| copied(connection, *value, "told")).collect_view();
            view! { <li><p>{marked(step.words)}</p> {values}</li> }
        })
        .collect_view();
    view! { <ol class="wizard__instructions">{items}</ol> }.into_any()
}

/// Text with what stands between bars set apart.
fn marked(words: &'static str) -> AnyView {
    words
        .split('|')
        .enumerate()
        .map(|(place, part)| if place % 2 == 1 { view! { <b>{part}</b> }.into_any() } else { part.into_any() })
        .collect_view()
        .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::sso::presets::protocol;

    #[test]
    fn each_provider_is_told_what_it_needs_once() {
        for provider in Provider::ALL {
            for (word, needed) in [("oidc", &[Value::Callback][..]), ("saml", &[Value::Acs, Value::EntityId])] {
                let steps = steps(provider, &protocol(provider, word).unwrap());
                let told: Vec<_> = steps.iter().flat_map(|step| step.values).copied().collect();
                for (place, value) in told.iter().enumerate() {
                    assert!(!told[..place].contains(value), "{provider:?} {word}: {value:?} twice");
                }
                let is_told = needed.iter().all(|value| told.contains(value));
                assert!(is_told || told.contains(&Value::Metadata), "{provider:?} {word}: {told:?}");
                for step in steps {
                    assert_eq!(step.words.matches('|').count() % 2, 0, "{}", step.words);
                }
            }
        }
    }
}
