//! Permissions and the roles that hold them.

use serde::{Deserialize, Serialize};

/// What a person is in a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Runs the tenant.
    Owner,
    /// Works in it.
    Member,
}

impl Role {
    /// Every role, the mightiest first.
    pub const ALL: [Self; 2] = [Self::Owner, Self::Member];

    /// The word kept in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Member => "member",
        }
    }

    /// Reads the word kept in the database or typed on the command line.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

/// A permission. Its type is what handlers and queries ask for; parts of the product define their own.
pub trait Permission: Send + Sync + 'static {
    /// Its name in logs and tables, such as `ticket.read`.
    const NAME: &'static str;
    /// The roles that hold it.
    const HELD_BY: &'static [Role];
}

/// May change how the tenant's pages look.
#[derive(Debug)]
pub struct ManageBranding;

impl Permission for ManageBranding {
    const NAME: &'static str = "branding.manage";
    const HELD_BY: &'static [Role] = &[Role::Owner];
}
