//! Okta's Admin Console.

use super::{Step, Value, step};

pub(super) const OIDC: &[Step] = &[
    step(
        "In the Admin Console, open |Applications › Applications| and choose |Create App Integration|. Take |OIDC - OpenID Connect| and |Web Application|, then |Next|.",
        &[],
    ),
    step(
        "Give it a name. Under |Grant type|, leave |Authorization Code| alone ticked. Put these two addresses under |Sign-in redirect URIs| and |Sign-out redirect URIs|, in the place of what stands there.",
        &[Value::Callback, Value::SignedOut],
    ),
    step(
        "Under |Assignments|, choose who may sign in. To try it first, take |Limit access to selected groups|, with a group that you are in. Then |Save|.",
        &[],
    ),
    step(
        "On the tab |General|, under |Client Credentials|, copy |Client ID| and the secret below |CLIENT SECRETS| into the form in step 2. The issuer is your Okta address, such as https://your-company.okta.com, without “-admin” and without a path.",
        &[],
    ),
    step(
        "To give roles by groups: on the tab |Sign On|, section |OpenID Connect ID Token|, choose |Edit|, set |Groups claim type| to |Filter|, name the claim groups, and let it |Matches regex| .* or fewer.",
        &[],
    ),
];

pub(super) const SAML: &[Step] = &[
    step(
        "In the Admin Console, open |Applications › Applications| and choose |Create App Integration|. Take |SAML 2.0|, then |Next|. Give it a name, then |Next|.",
        &[],
    ),
    step(
        "Put this address under |Single sign-on URL|, and leave |Use this for Recipient URL and Destination URL| ticked.",
        &[Value::Acs],
    ),
    step("Put this under |Audience URI (SP Entity ID)|, and leave |Default RelayState| empty.", &[Value::EntityId]),
    step(
        "Set |Name ID format| to |Persistent| and |Application username| to |Okta username|. Leave |Response| and |Assertion Signature| at |Signed|.",
        &[],
    ),
    step(
        "Under |Attribute Statements|, add email with the value user.email, firstName with user.firstName and lastName with user.lastName. To give roles by groups, add groups under |Group Attribute Statements| with |Matches regex| .* or fewer.",
        &[],
    ),
    step(
        "For signing out at Okta too: under |Show Advanced Settings|, upload our certificate as |Signature Certificate|, tick |Allow application to initiate Single Logout|, and put this under |Single Logout URL| and the entity ID from above under |SP Issuer|.",
        &[Value::Certificate, Value::Logout],
    ),
    step(
        "Choose |Next| and |Finish|. On the tab |Sign On|, copy the |Metadata URL| into step 2. On the tab |Assignments|, choose who may sign in, yourself included.",
        &[],
    ),
];
