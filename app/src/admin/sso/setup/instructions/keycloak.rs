//! Keycloak's admin console.

use super::{Step, Value, step};

pub(super) const OIDC: &[Step] = &[
    step(
        "In the admin console, choose your realm, open |Clients| and choose |Create client|. Leave |Client type| at |OpenID Connect|, make up a |Client ID|, then |Next|.",
        &[],
    ),
    step(
        "Turn |Client authentication| on. Under |Authentication flow|, leave |Standard flow| alone ticked, then |Next|.",
        &[],
    ),
    step(
        "Put these two addresses under |Valid redirect URIs| and |Valid post logout redirect URIs|, then |Save|.",
        &[Value::Callback, Value::SignedOut],
    ),
    step(
        "On the tab |Settings|, under |Logout settings|, turn |Front channel logout| off and put this under |Backchannel logout URL|. Leave |Backchannel logout session required| on, then |Save|.",
        &[Value::BackChannelLogout],
    ),
    step(
        "On the tab |Credentials|, copy the |Client Secret| into step 2. To use no secret, set |Client Authenticator| to |Signed Jwt|, and on the tab |Keys| turn |Use JWKS URL| on with this address.",
        &[Value::Keys],
    ),
    step(
        "The issuer is the address of your server, then /realms/ and the name of the realm, such as https://login.example.com/realms/staff. It stands under |Realm settings › General › OpenID Endpoint Configuration| as issuer.",
        &[],
    ),
    step(
        "To give roles by groups: on the tab |Client scopes|, open the scope that ends in -dedicated, choose |Add mapper › By configuration › Group Membership|, set |Token Claim Name| to groups, and leave |Add to ID token| on.",
        &[],
    ),
];

pub(super) const SAML: &[Step] = &[
    step(
        "Download our metadata. In the admin console, choose your realm, open |Clients|, choose |Import client|, and take the file as |Resource file|. Then |Save|. That fills in what the next two steps say.",
        &[Value::Metadata],
    ),
    step(
        "On the tab |Settings|, see that |Client ID| is our entity ID, and that |Valid redirect URIs| holds this address.",
        &[Value::Acs],
    ),
    step(
        "Under |Name ID format|, take |persistent| and turn |Force name ID format| on. Under |Signature and Encryption|, see that |Sign assertions| is on and |Signature algorithm| is |RSA_SHA256|.",
        &[],
    ),
    step(
        "On the tab |Keys|, |Client signature required| may stay on: requests are signed where “Sign requests” is ticked in step 2. On the tab |Advanced|, put this under |Logout Service POST Binding URL| and |Logout Service Redirect Binding URL|.",
        &[Value::Logout],
    ),
    step(
        "On the tab |Client scopes|, open the scope that ends in -dedicated and choose |Add mapper › By configuration › User Property|: once for email, once for firstName and once for lastName, each with that as |Property| and as |SAML Attribute Name|. To give roles by groups, add |Group list| with the attribute groups.",
        &[],
    ),
    step(
        "Put the address of the realm’s metadata into step 2: the address of your server, then /realms/, the name of the realm, and /protocol/saml/descriptor. It stands under |Realm settings › General › SAML 2.0 Identity Provider Metadata|.",
        &[],
    ),
];
