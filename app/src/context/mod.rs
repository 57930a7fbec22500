//! What a request carries: where it is addressed, who sent it, and the parts of the platform it may use.

mod assets;
mod public;

use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};
use rowhouse_platform::{
    access_token::SigningKeys,
    ambient::Ambient,
    audit::{AuditKeys, Origin, Scribe},
    billing::Billing,
    branding::Branding,
    db::{Database, OperatorDatabase},
    fetch::Fetcher,
    id::AccountId,
    identity::{
        Passwords,
        session::{Device, SessionPolicy, SessionToken},
        sign_in::SignInLimits,
        throttle::Limit,
    },
    mail::Letterhead,
    rate_limit::Outcome,
    secrets::SecretKeys,
    sso::oidc::OidcClient,
    storage::{Storage, UploadLimits},
    tenancy::{
        Tenant, TenantDirectory,
        domains::{Dns, DomainSettings},
    },
};

pub use assets::{Assets, AssetsError};
pub use public::PublicAddress;

use crate::{error::PageError, limits::RequestLimits};

/// The parts of the platform that requests use. One a server.
pub struct Services {
    /// The serving role's way into the database.
    pub database: Database,
    /// Time and randomness.
    pub ambient: Ambient,
    /// Hashes and checks passwords.
    pub passwords: Passwords,
    /// Seals what is secret at rest.
    pub secrets: Arc<SecretKeys>,
    /// Authenticate the records of the audit log.
    pub audit_keys: AuditKeys,
    /// Finds tenants.
    pub directory: TenantDirectory,
    /// How long sessions live.
    pub session_policy: SessionPolicy,
    /// How often signing in may be tried.
    pub sign_in_limits: SignInLimits,
    /// How often one address may sign up or ask for workspaces.
    pub apex_limit: Limit,
    /// Where the product is reached.
    pub public: PublicAddress,
    /// Sign access tokens.
    pub signing_keys: SigningKeys,
    /// How often people and programs may ask.
    pub limits: RequestLimits,
    /// Payments, where they are set up.
    pub billing: Option<Billing>,
    /// The way to DNS.
    pub dns: Dns,
    /// What the operator decided about tenants' domains.
    pub domains: DomainSettings,
    /// Fetches addresses that tenants supply.
    pub fetcher: Fetcher,
    /// Figures of large workspaces, kept for a minute.
    pub insight: crate::desk::insight::KeptFigures,
    /// Who listens to live changes.
    pub live: crate::desk::live::Live,
    /// The way to files.
    pub storage: Storage,
    /// How much may be sent at once.
    pub uploads: UploadLimits,
    /// The way to `OpenID` providers.
    pub oidc: OidcClient,
    /// The static files.
    pub assets: Assets,
    /// Whether this is a development server, which shows what would have been mailed.
    pub development: bool,
    /// The operator's address of the database, where the queue of mail is read from.
    pub operator_url: Option<String>,
    /// The operator's role, for the console; without it there is no console.
    pub operators: Option<OperatorDatabase>,
}

/// Which part of the product a request is for.
#[derive(Debug, Clone)]
pub enum Site {
    /// The apex, where companies sign up.
    Apex,
    /// A tenant's home.
    Tenant(Arc<Tenant>),
    /// The operators' console.
    Console,
    /// Nothing: an unknown or reserved host.
    Nowhere,
}

/// What a request carries. Shared by all that answer it.
pub struct RequestContext {
    /// The parts of the platform.
    pub services: Arc<Services>,
    /// Where it is addressed.
    pub site: Site,
    /// Host and port as the browser sees them.
    pub authority: String,
    /// What comes before each path: empty, or `/t/acme` where the tenant is named in the path.
    pub base_path: String,
    /// Names the request in logs and on error pages.
    pub request_id: String,
    /// The browser.
    pub device: Device,
    /// Whether a script fetches this, to take parts of it into the page that is shown.
    pub is_fetched: bool,
    /// The session cookie's token, whether or not it is good.
    pub session: Option<SessionToken>,
    /// The token of a sign-in that is half done, whether or not it is good.
    pub challenge: Option<String>,
    /// The token of a browser that asked for a link by mail, whether or not it is good.
    pub asked_for_link: Option<String>,
    /// Who was found to act, for the log.
    pub actor: std::sync::OnceLock<AccountId>,
    /// How times and numbers are written for who was found to act.
    pub reader: std::sync::OnceLock<crate::ui::time::Reader>,
    /// How much of the product is new to the person, where a page was asked for.
    pub news: std::sync::OnceLock<i64>,
    /// What was counted, for the headers of the answer. A request is counted once, however often it asks who sent it.
    pub counted: std::sync::OnceLock<Outcome>,
    /// What the last page wants said on this one.
    pub flash: Option<crate::ui::flash::Flash>,
}

impl RequestContext {
    /// The tenant.
    ///
    /// # Errors
    /// [`PageError::NotFound`] where there is none: what belongs to a tenant is not at the apex.
    pub fn tenant(&self) -> Result<&Arc<Tenant>, PageError> {
        match &self.site {
            Site::Tenant(tenant) => Ok(tenant),
            Site::Apex | Site::Console | Site::Nowhere => Err(PageError::NotFound),
        }
    }

    /// The branding that the pages of this request wear.
    pub fn branding(&self) -> Option<&Branding> {
        match &self.site {
            Site::Tenant(tenant) => Some(&tenant.branding),
            Site::Apex | Site::Console | Site::Nowhere => None,
        }
    }

    /// A path of this site as a link.
    pub fn href(&self, path: &str) -> String {
        format!("{}{path}", self.base_path)
    }

    /// Where the tenant's pages begin, for links in mail: its main address, where it made a domain of its own that. Else
    /// made from the configuration and from the host as it was resolved, never from what else the request says, so that nobody can have links lead elsewhere.
    ///
    /// # Errors
    /// [`PageError::NotFound`] where there is no tenant.
    pub fn tenant_origin(&self) -> Result<String, PageError> {
        let tenant = self.tenant()?;
        let public = self.public();
        if tenant.primary_host.is_some() {
            return Ok(public.tenant_origin(tenant));
        }
        if !self.base_path.is_empty() {
            return Ok(format!("{}{}", public.apex(), self.base_path));
        }
        let host = self.authority.split(':').next().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
        let own_host = format!("{}.{}", tenant.slug, public.base_domain);
        Ok(if host.is_empty() || host == own_host { public.tenant(&tenant.slug) } else { public.domain(&host) })
    }

    /// The look and address of the tenant's mail.
    ///
    /// # Errors
    /// [`PageError::NotFound`] where there is no tenant.
    pub fn letterhead(&self) -> Result<Letterhead, PageError> {
        Ok(Letterhead::new(self.tenant()?, &self.tenant_origin()?))
    }

    /// The name of the session cookie. Tenants named in the path share a host, so each has its own there.
    pub fn session_cookie(&self) -> String {
        session_cookie(&self.base_path)
    }

    /// How long a browser stays on a host that is not the tenant's main address, once it asked to.
    pub const STAY_SECONDS: u32 = 12 * 60 * 60;

    /// The name of the cookie by which a browser stays on a host that is not the tenant's main address.
    pub fn stay_cookie(&self) -> String {
        match self.base_path.strip_prefix("/t/") {
            Some(slug) => format!("__Host-stay-{slug}"),
            None => "__Host-stay".to_owned(),
        }
    }

    /// Where the request comes from, for records of what is done in it.
    pub fn origin(&self) -> Origin {
        Origin {
            address: self.device.address.clone(),
            user_agent: self.device.user_agent.clone(),
            request_id: self.request_id.clone(),
        }
    }

    /// Writes what is done in this request into the audit log.
    pub fn scribe(&self) -> Scribe {
        Scribe::new(self.services.ambient.clone(), self.services.audit_keys.clone(), self.origin())
    }

    /// The name of the cookie of a sign-in that is half done.
    pub fn challenge_cookie(&self) -> String {
        cookie_beside(&self.session_cookie(), "challenge")
    }

    /// The name of the cookie that tells a browser again.
    pub fn device_cookie(&self) -> String {
        cookie_beside(&self.session_cookie(), "device")
    }

    /// The name of the cookie of a browser that asked for a link by mail.
    pub fn link_cookie(&self) -> String {
        cookie_beside(&self.session_cookie(), "link")
    }

    /// The name of the cookie of a browser that was sent to sign out at its identity provider.
    pub fn leaving_cookie(&self) -> String {
        cookie_beside(&self.session_cookie(), "leaving")
    }

    /// Where the product is reached.
    pub fn public(&self) -> &PublicAddress {
        &self.services.public
    }
}

/// The name of the session cookie under a base path.
pub fn session_cookie(base_path: &str) -> String {
    match base_path.strip_prefix("/t/") {
        Some(slug) => format!("__Host-session-{slug}"),
        None => "__Host-session".to_owned(),
    }
}

/// The name of another cookie of the same tenant: `what` stands where the session cookie says “session”. A tenant's own
/// name may say that too, and stays.
pub fn cookie_beside(session_cookie: &str, what: &str) -> String {
    session_cookie.replacen("session", what, 1)
}

/// The request's context, as an argument of a handler.
#[derive(Clone)]
pub struct Context(pub Arc<RequestContext>);

impl std::ops::Deref for Context {
    type Target = RequestContext;

    fn deref(&self) -> &RequestContext {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for Context {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, PageError> {
        parts
            .extensions
            .get::<Arc<RequestContext>>()
            .cloned()
            .map(Self)
            .ok_or_else(|| PageError::internal("the request has no context"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenants_named_in_the_path_share_no_cookie() {
        let named = |slug: &str, what: &str| cookie_beside(&session_cookie(&format!("/t/{slug}")), what);
        assert_eq!(named("acme", "sso"), "__Host-sso-acme");
        assert_eq!(named("session-x", "sso"), "__Host-sso-session-x");
        assert_ne!(named("session-x", "sso"), named("sso-x", "sso"));
        assert_eq!(cookie_beside(&session_cookie(""), "device"), "__Host-device");
    }
}
