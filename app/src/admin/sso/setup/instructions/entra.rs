//! The Microsoft Entra admin center.

use super::{Step, Value, step};

pub(super) const OIDC: &[Step] = &[
    step(
        "In the Microsoft Entra admin center, open |Entra ID › App registrations| and choose |New registration|.",
        &[],
    ),
    step(
        "Give it a name. Under |Supported account types|, take |Accounts in this organizational directory only|. Under |Redirect URI|, choose |Web| and put in this address. Then |Register|.",
        &[Value::Callback],
    ),
    step(
        "From |Overview|, copy the |Application (client) ID| into step 2. The issuer is https://login.microsoftonline.com/, then the |Directory (tenant) ID|, then /v2.0.",
        &[],
    ),
    step(
        "Open |Certificates & secrets|, choose |New client secret|, and copy its |Value| (not the |Secret ID|) into step 2. It is shown once, and ends on the day that you choose: put that day into your calendar.",
        &[],
    ),
    step(
        "Open |Token configuration|, choose |Add optional claim|, take |ID|, tick email, family_name and given_name, then |Add|; let it turn on the permission that it asks for. To give roles by groups, choose |Add groups claim| and |Groups assigned to the application|. Groups come as object IDs.",
        &[],
    ),
    step(
        "To say who may sign in: open |Entra ID › Enterprise apps|, choose the app, set |Properties › Assignment required?| to |Yes|, and add people under |Users and groups|, yourself included.",
        &[],
    ),
];

pub(super) const SAML: &[Step] = &[
    step(
        "In the Microsoft Entra admin center, open |Entra ID › Enterprise apps|, choose |New application|, then |Create your own application|. Give it a name and take |Integrate any other application you don’t find in the gallery (Non-gallery)|.",
        &[],
    ),
    step("Under |Users and groups|, add who may sign in, yourself included.", &[]),
    step(
        "Open |Single sign-on| and choose |SAML|. In |Basic SAML Configuration|, choose |Edit|. Put this under |Identifier (Entity ID)|.",
        &[Value::EntityId],
    ),
    step("Put this under |Reply URL (Assertion Consumer Service URL)|.", &[Value::Acs]),
    step("Put this under |Logout Url|, then |Save|. Leave |Sign on URL| and |Relay State| empty.", &[Value::Logout]),
    step(
        "|Attributes & Claims| can stay as it is. To give roles by groups, choose |Add a group claim| there, then |Groups assigned to the application|. Groups come as object IDs.",
        &[],
    ),
    step(
        "Under |SAML Certificates|, see that |Signing Option| signs the assertion and |Signing Algorithm| is |SHA-256|, and copy |App Federation Metadata Url| into step 2.",
        &[],
    ),
];
