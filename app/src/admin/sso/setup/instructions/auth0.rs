//! Auth0's dashboard.

use super::{Step, Value, step};

pub(super) const OIDC: &[Step] = &[
    step(
        "In the dashboard, open |Applications › Applications|, choose |Create Application|, give it a name, take |Regular Web Applications|, then |Create|.",
        &[],
    ),
    step(
        "On the tab |Settings|, under |Application URIs|, put these two addresses under |Allowed Callback URLs| and |Allowed Logout URLs|.",
        &[Value::Callback, Value::SignedOut],
    ),
    step(
        "Under |OpenID Connect Back-Channel Logout|, put this under |Back-Channel Logout URI|, where your plan has it. Then |Save|.",
        &[Value::BackChannelLogout],
    ),
    step(
        "On the same tab, under |Basic Information|, copy |Client ID| and |Client Secret| into step 2. The issuer is https://, then the |Domain|, then a slash. On the tab |Credentials|, leave |Authentication Method| at |Client Secret (Basic)| or |(Post)|, and choose the same in step 2.",
        &[],
    ),
    step("On the tab |Connections|, leave only those on whose people may sign in.", &[]),
    step(
        "To give roles: add an |Action| to the |post-login| trigger that sets a claim of a name of your own with api.idToken.setCustomClaim, and put that name under “Groups” in step 2.",
        &[],
    ),
];

pub(super) const SAML: &[Step] = &[
    step(
        "In the dashboard, open |Applications › Applications|, choose |Create Application|, give it a name, take |Regular Web Applications|, then |Create|.",
        &[],
    ),
    step(
        "On the tab |Addons|, turn |SAML2 Web App| on. On its tab |Settings|, put this under |Application Callback URL|.",
        &[Value::Acs],
    ),
    step(
        "Below, in |Settings|, take away the slashes before \"audience\" and put this as its value, so that the answer is meant for this workspace. Add \"signatureAlgorithm\": \"rsa-sha256\" and \"digestAlgorithm\": \"sha256\".",
        &[Value::EntityId],
    ),
    step(
        "For signing out at Auth0 too, set \"logout\" to an object with \"slo_enabled\": true and this address as \"callback\". Then |Save| or |Enable|.",
        &[Value::Logout],
    ),
    step(
        "On the addon’s tab |Usage|, copy the address of the link |Download| beside |Identity Provider Metadata| into step 2.",
        &[],
    ),
    step("On the application’s tab |Connections|, leave only those on whose people may sign in.", &[]),
];
