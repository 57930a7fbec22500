//! Who acts, and by what they were let in.

use time::{Duration, OffsetDateTime};

use super::{AssignedRole, Grants, Permission, PermissionInfo, api_key::ApiKeyId};
use crate::{
    id::{AccountId, SessionId},
    identity::policy::{Method, SecondFactor},
};

/// For how long credentials that were shown count as fresh, for acts that cannot be undone.
const CONFIRMED_FOR: Duration = Duration::minutes(15);

/// Who acts: a person, by a session of theirs or by an API key.
#[derive(Debug, Clone)]
pub struct Principal {
    /// The account.
    pub account: AccountId,
    /// By what it was let in.
    pub credential: Credential,
    /// What the person is called.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Whether the address was proven to be theirs.
    pub email_verified: bool,
    /// Names their picture, where they gave one.
    pub avatar_hash: Option<String>,
    /// How dates and numbers are written for them, such as `en-GB`, where they chose.
    pub locale: Option<String>,
    /// Their time zone, where they chose.
    pub time_zone: Option<String>,
    /// The role they have directly.
    pub role: AssignedRole,
    /// What they hold, by that role and by their groups; by a key, no more than the key may.
    pub grants: Grants,
    /// Whether the tenant asks for a second factor that was not shown. A key owes none: it was made by somebody who had
    /// just shown who they are.
    pub second_factor: SecondFactor,
}

/// By what somebody was let in.
#[derive(Debug, Clone)]
pub enum Credential {
    /// A session of a browser.
    Session(SessionUse),
    /// An API key, or an access token that was got with one.
    Key(KeyUse),
}

/// A session, as it is used.
#[derive(Debug, Clone, Copy)]
pub struct SessionUse {
    /// Which one.
    pub id: SessionId,
    /// How it began.
    pub method: Method,
    /// When credentials were last shown in it.
    pub authenticated_at: OffsetDateTime,
    /// When a second factor was last shown in it.
    pub second_factor_at: Option<OffsetDateTime>,
}

/// An API key, as it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUse {
    /// Which one.
    pub id: ApiKeyId,
    /// What its owner calls it.
    pub name: String,
    /// When it ends by itself.
    pub expires_at: Option<OffsetDateTime>,
}

impl Principal {
    /// Whether the principal holds a permission, for showing or hiding what leads to it. Doing it takes a
    /// [`Permit`](super::Permit).
    pub fn may<P: Permission>(&self) -> bool {
        self.grants.hold(&PermissionInfo::of::<P>())
    }

    /// The session, where it is not a key that acts.
    pub fn session(&self) -> Option<&SessionUse> {
        match &self.credential {
            Credential::Session(session) => Some(session),
            Credential::Key(_) => None,
        }
    }

    /// The id of the session, where it is not a key that acts.
    pub fn session_id(&self) -> Option<SessionId> {
        self.session().map(|session| session.id)
    }

    /// The key that the person acts through; none in a browser.
    pub fn via(&self) -> Option<&KeyUse> {
        match &self.credential {
            Credential::Session(_) => None,
            Credential::Key(key) => Some(key),
        }
    }

    /// Whether credentials were shown lately enough for acts that cannot be undone. Never of a key: nobody sits before it.
    pub fn is_confirmed(&self, now: OffsetDateTime) -> bool {
        self.session().is_some_and(|session| session.authenticated_at + CONFIRMED_FOR > now)
    }
}
