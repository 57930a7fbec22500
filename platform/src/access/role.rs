//! Roles: the built-in ones, and those of a tenant's own making.

use std::fmt;

use crate::typed_id;

typed_id!(
    /// A role of a tenant's own making.
    RoleId,
    "rol"
);
typed_id!(
    /// A group of people.
    GroupId,
    "grp"
);

/// A built-in role. What it holds stands with each permission, so that a new permission comes to it with the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Runs the tenant, and may give it away or close it.
    Owner,
    /// Runs the tenant.
    Admin,
    /// Works in it.
    Agent,
    /// Looks on.
    Viewer,
}

impl Role {
    /// Every built-in role, the mightiest first.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Admin, Self::Agent, Self::Viewer];

    /// The word kept in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Agent => "agent",
            Self::Viewer => "viewer",
        }
    }

    /// Reads the word kept in the database or typed on the command line.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Admin => "Admin",
            Self::Agent => "Agent",
            Self::Viewer => "Viewer",
        }
    }

    /// What it is for, in a sentence.
    pub fn about(self) -> &'static str {
        match self {
            Self::Owner => "May do everything, also transfer the ownership and close the workspace.",
            Self::Admin => "May manage people, roles, sign-in, branding and domains, and work on tickets.",
            Self::Agent => "May work on tickets.",
            Self::Viewer => "May read tickets.",
        }
    }
}

/// The role that somebody has, or a group gives: built in, or the tenant's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AssignedRole {
    /// A built-in role.
    BuiltIn(Role),
    /// A role of the tenant's own.
    Custom(RoleId),
}

impl AssignedRole {
    /// From the two columns that every table with a role has.
    pub fn from_columns(role: &str, custom_role_id: Option<uuid::Uuid>) -> Option<Self> {
        match custom_role_id {
            Some(id) => Some(Self::Custom(RoleId(id))),
            None => Role::parse(role).map(Self::BuiltIn),
        }
    }

    /// The first of the two columns.
    pub fn word(self) -> &'static str {
        match self {
            Self::BuiltIn(role) => role.as_str(),
            Self::Custom(_) => "custom",
        }
    }

    /// The second of the two columns.
    pub fn custom_role_id(self) -> Option<uuid::Uuid> {
        match self {
            Self::BuiltIn(_) => None,
            Self::Custom(id) => Some(id.0),
        }
    }

    /// Whether it is the built-in role `role`.
    pub fn is(self, role: Role) -> bool {
        self == Self::BuiltIn(role)
    }
}

impl fmt::Display for AssignedRole {
    /// What forms and addresses carry: `agent`, or `rol_…`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(role) => f.write_str(role.as_str()),
            Self::Custom(id) => id.fmt(f),
        }
    }
}

impl std::str::FromStr for AssignedRole {
    type Err = crate::id::IdError;

    /// Reads what `Display` writes. Whether a role of that id exists is for the database to say.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match Role::parse(text) {
            Some(role) => Ok(Self::BuiltIn(role)),
            None => text.parse().map(Self::Custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assigned_roles_travel_as_text() {
        for role in [AssignedRole::BuiltIn(Role::Agent), AssignedRole::Custom(RoleId(uuid::Uuid::from_u128(7)))] {
            assert_eq!(role.to_string().parse::<AssignedRole>().unwrap(), role);
            assert_eq!(AssignedRole::from_columns(role.word(), role.custom_role_id()), Some(role));
        }
        assert!("god".parse::<AssignedRole>().is_err());
        assert_eq!(AssignedRole::from_columns("custom", None), None);
    }
}
