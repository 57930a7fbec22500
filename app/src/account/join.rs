//! `GET /join?token=…` and `POST /join`: accepting an invitation. Asking for the page changes nothing, so programs that
//! open links in mail use nothing up.

use axum::{extract::Query, http::StatusCode, response::Response};
use rowhouse_platform::{
    access::Principal,
    db::TenantTx,
    identity::{
        admission,
        password::{self, PasswordRules},
        policy::{self, Method},
        session::{self, Proof},
    },
    members::{self, Accepted, Closed, NAME_LENGTH, Newcomer, OpenInvitation},
};
use serde::Deserialize;

use super::{
    join_view::{closed_page, form_page, refused_page},
    sign_in::{entrant, let_in},
};
use crate::{
    context::{Context, RequestContext},
    error::PageError,
    routes::{see_other_with, set_cookie},
    ui::{
        FieldErrors, FormBody,
        flash::{self, Flash},
    },
};

/// What the address says.
#[derive(Deserialize)]
pub(super) struct Arrival {
    #[serde(default)]
    pub(super) token: String,
}

/// What was typed.
#[derive(Default, Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    pub(super) token: String,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) password: String,
}

/// How a newcomer comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// With a password that they choose here.
    Password,
    /// By the mail that brought them, as the tenant lets people in by mail.
    Mail,
    /// By the mail that brought them, this once, to add the passkey that they come in with from then on.
    Key,
    /// In another way, after they have an account.
    Later,
}

/// Somebody at the door, with an invitation.
pub(super) struct Door {
    pub(super) invitation: OpenInvitation,
    pub(super) way: Way,
    /// What a password must be here.
    pub(super) rules: PasswordRules,
    /// Who is signed in here already.
    pub(super) signed_in: Option<Principal>,
}

/// Why somebody with a token cannot come in.
enum Shut {
    Invitation(Closed),
    Network,
}

/// Looks at a token. Nothing is changed.
async fn look(
    context: &RequestContext,
    tx: &mut TenantTx,
    token: &str,
) -> Result<(Result<Door, Shut>, Option<Principal>), PageError> {
    let services = &context.services;
    let signed_in = match &context.session {
        Some(session) => session::resume(tx, &services.ambient, services.session_policy, session).await?,
        None => None,
    }
    .map(|resumed| resumed.principal);
    let invitation = match members::look(tx, &services.ambient, token).await? {
        Ok(invitation) => invitation,
        Err(closed) => return Ok((Err(Shut::Invitation(closed)), signed_in)),
    };
    let policy = policy::load(tx).await?;
    if !policy.networks.allow(&context.device.address) {
        return Ok((Err(Shut::Network), signed_in));
    }
    let way = if policy.sso_required {
        Way::Later
    } else if policy.allows(Method::Password) {
        Way::Password
    } else if policy.allows(Method::MagicLink) {
        Way::Mail
    } else if policy.allows(Method::Passkey) {
        Way::Key
    } else {
        Way::Later
    };
    let door = Door { invitation, way, rules: policy.password_rules(), signed_in: signed_in.clone() };
    Ok((Ok(door), signed_in))
}

fn shut(context: &RequestContext, shut: &Shut, signed_in: Option<&Principal>) -> Response {
    match shut {
        Shut::Invitation(closed) => closed_page(context, *closed, signed_in),
        Shut::Network => refused_page(context),
    }
}

pub(super) async fn show(context: Context, Query(arrival): Query<Arrival>) -> Result<Response, PageError> {
    let mut tx = context.services.database.begin(&context.tenant()?.home).await?;
    let (door, signed_in) = look(&context, &mut tx, &arrival.token).await?;
    tx.commit().await?;
    Ok(match door {
        Ok(door) => {
            let fields = Fields { name: door.invitation.name.clone(), token: arrival.token, ..Fields::default() };
            form_page(&context, &door, &fields, &FieldErrors::default())
        }
        Err(why) => shut(&context, &why, signed_in.as_ref()),
    })
}

pub(super) async fn submit(context: Context, FormBody(fields): FormBody<Fields>) -> Result<Response, PageError> {
    let (services, home) = (&context.services, &context.tenant()?.home);
    let mut tx = services.database.begin(home).await?;
    let (door, signed_in) = look(&context, &mut tx, &fields.token).await?;
    tx.commit().await?;
    let door = match door {
        Ok(door) => door,
        Err(why) => return Ok(shut(&context, &why, signed_in.as_ref())),
    };
    let mut errors = FieldErrors::default();
    let name = errors.required_line("name", "Your name", &fields.name, NAME_LENGTH);
    if door.way == Way::Password {
        let about = [name.as_str(), door.invitation.email.as_str(), context.tenant()?.name.as_str()];
        errors.take("password", password::check_choice(&fields.password, door.rules, &about));
    }
    if !errors.is_empty() {
        return Ok(form_page(&context, &door, &fields, &errors));
    }
    // Hashed outside of any transaction: it takes a while.
    let password_hash = match door.way {
        Way::Password => Some(
            services.passwords.hash(&services.ambient, fields.password.clone()).await.map_err(PageError::internal)?,
        ),
        Way::Mail | Way::Key | Way::Later => None,
    };
    let mut tx = services.database.begin(home).await?;
    let scribe = context.scribe();
    let account = match members::accept(&mut tx, &scribe, &fields.token, Newcomer { name, password_hash }).await? {
        Accepted::Joined(account) => account,
        Accepted::Not(closed) => return Ok(closed_page(&context, closed, signed_in.as_ref())),
    };
    let (method, next) = match door.way {
        Way::Password => (Method::Password, ""),
        Way::Mail => (Method::MagicLink, ""),
        // Nobody can add a passkey without a session, and the tenant allows none but those of passkeys.
        Way::Key => (Method::Passkey, "/account/passkeys/new"),
        Way::Later => {
            tx.commit().await?;
            return Ok(see_other_with(&context.href("/sign-in"), Flash::AccountMade));
        }
    };
    let entrant = entrant(&context, account, Proof::first(method))?;
    match admission::admit(&mut tx, &scribe, services.session_policy, entrant).await? {
        Ok(admission) => {
            tx.commit().await?;
            let mut response = let_in(&context, admission, next);
            set_cookie(&mut response, flash::COOKIE, Flash::Joined.word(), Some(60));
            Ok(response)
        }
        // The policy changed since it was looked at: nothing is used up.
        Err(_) => Ok(refused_page(&context)),
    }
}

/// The status of the page that says why.
pub(super) fn status_of(closed: Closed) -> StatusCode {
    match closed {
        Closed::Unknown => StatusCode::NOT_FOUND,
        Closed::Domain | Closed::Deactivated | Closed::NoSeat => StatusCode::FORBIDDEN,
        Closed::Accepted | Closed::Revoked | Closed::Expired | Closed::LinkSpent | Closed::Member => StatusCode::GONE,
    }
}
