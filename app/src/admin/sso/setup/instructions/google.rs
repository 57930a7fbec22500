//! Google's Admin console, and Google Cloud for `OpenID` Connect.

use super::{Step, Value, step};

pub(super) const OIDC: &[Step] = &[
    step(
        "In the Google Cloud console, choose a project of your organisation or make one, and open |Google Auth Platform|. If it is new, choose |Get started| and take |Internal| under |Audience|: then only people of your organisation can sign in.",
        &[],
    ),
    step(
        "Open |Clients|, choose |Create client| and take |Web application|. Give it a name, and put this address under |Authorized redirect URIs|. Then |Create|.",
        &[Value::Callback],
    ),
    step(
        "Copy |Client ID| and |Client secret| into step 2. The secret is shown once. The issuer is https://accounts.google.com for everybody.",
        &[],
    ),
    step(
        "Google tells no groups this way, and does not end sessions elsewhere. To give roles by groups, add a connection by SAML instead.",
        &[],
    ),
];

pub(super) const SAML: &[Step] = &[
    step(
        "In the Google Admin console, open |Apps › Web and mobile apps|, choose |Add app| and then |Add custom SAML app|. Give it a name, then |Continue|.",
        &[],
    ),
    step("Under |Option 1|, choose |Download metadata|, keep the file for step 2, then |Continue|.", &[]),
    step("Put this under |ACS URL|.", &[Value::Acs]),
    step(
        "Put this under |Entity ID|. Leave |Start URL| empty and tick |Signed response|. Leave |Name ID| at |Basic Information > Primary email|, then |Continue|.",
        &[Value::EntityId],
    ),
    step(
        "Under |Attributes|, map |Primary email| to email, |First name| to firstName and |Last name| to lastName. To give roles by groups, add them under |Group membership (optional)| with the app attribute groups. Then |Finish|.",
        &[],
    ),
    step(
        "In the app, open |User access| and turn it |ON for everyone|, or for an organisational unit that you are in. It may take some minutes, and up to 24 hours, until Google knows.",
        &[],
    ),
    step("Google has no single logout: signing out here leaves people signed in at Google.", &[]),
];
