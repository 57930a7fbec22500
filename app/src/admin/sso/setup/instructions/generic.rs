//! Any other provider, in the words of the standards.

use super::{Step, Value, step};

pub(super) const OIDC: &[Step] = &[
    step(
        "Register a confidential (web) client for the authorization code flow. PKCE with S256 is used; refresh tokens are not.",
        &[],
    ),
    step("Allow this redirect URI, exactly as it is.", &[Value::Callback]),
    step(
        "If the provider knows RP-initiated logout, allow this post-logout redirect URI; if it knows back-channel logout, give it this address.",
        &[Value::SignedOut, Value::BackChannelLogout],
    ),
    step(
        "Choose how the client shows who it is: client_secret_basic, client_secret_post, or private_key_jwt (RS256) with our key set.",
        &[Value::Keys],
    ),
    step(
        "Have the provider send email, email_verified and name, and for roles by groups a claim such as groups, in the ID token or at its userinfo endpoint.",
        &[],
    ),
    step(
        "Put issuer, client ID and secret into step 2. Discovery (/.well-known/openid-configuration) finds the rest.",
        &[],
    ),
];

pub(super) const SAML: &[Step] = &[
    step(
        "Give the provider our metadata, as an address or as a file. If it takes neither, enter the values below by hand.",
        &[Value::Metadata],
    ),
    step("Assertion consumer service, HTTP POST:", &[Value::Acs]),
    step("Entity ID, which is also the audience:", &[Value::EntityId]),
    step("Single logout, HTTP Redirect and HTTP POST:", &[Value::Logout]),
    step(
        "The provider has to sign the response, the assertion or both, with SHA-256 or better. It may encrypt assertions for our certificate.",
        &[Value::Certificate],
    ),
    step(
        "Have it send a NameID that stays with a person for good, an attribute email, and if you like firstName, lastName and groups.",
        &[],
    ),
    step("Put its metadata into step 2.", &[]),
];
