//! Permissions, the catalogue of them, and what a person holds.

use super::Role;

/// A permission. Its type is what handlers and queries ask for; parts of the product define their own.
pub trait Permission: Send + Sync + 'static {
    /// Its name in roles, logs and tables, such as `ticket.read`.
    const NAME: &'static str;
    /// What people read where they put a role together: "Read tickets".
    const LABEL: &'static str;
    /// What it allows, in a sentence.
    const ABOUT: &'static str;
    /// The built-in roles that hold it.
    const HELD_BY: &'static [Role];
    /// Whether a role of the tenant's own may hold it.
    const GRANTABLE: bool = true;
    /// Whether a tenant that requires a second factor requires it here. The pages on which one is set up do not.
    const NEEDS_SECOND_FACTOR: bool = true;
    /// Whether an API key may hold it. `false` unless it is said: a key lies in files and shows no second factor, so what
    /// would let it make itself mightier or outlast its owner (people, roles, keys, sign-in, the workspace itself) stays
    /// with people, and a new permission is theirs alone until somebody has thought about it.
    const FOR_KEYS: bool = false;
    /// Whether changes may be made with it while the workspace is read-only, because it is not paid. `false` unless it is
    /// said: what protects people and the workspace, and what leads out of that state, goes on.
    const WHEN_READ_ONLY: bool = false;
}

/// A row of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PermissionInfo {
    /// As [`Permission::NAME`].
    pub name: &'static str,
    /// As [`Permission::LABEL`].
    pub label: &'static str,
    /// As [`Permission::ABOUT`].
    pub about: &'static str,
    /// As [`Permission::HELD_BY`].
    pub held_by: &'static [Role],
    /// As [`Permission::GRANTABLE`].
    pub grantable: bool,
    /// As [`Permission::FOR_KEYS`].
    pub for_keys: bool,
}

impl PermissionInfo {
    /// The row of a permission.
    pub const fn of<P: Permission>() -> Self {
        Self {
            name: P::NAME,
            label: P::LABEL,
            about: P::ABOUT,
            held_by: P::HELD_BY,
            grantable: P::GRANTABLE,
            for_keys: P::FOR_KEYS,
        }
    }

    /// Whether everybody holds it, and no role needs to give it: the own account, the own key.
    pub fn is_everybodys(&self) -> bool {
        !self.grantable && Role::ALL.iter().all(|role| self.held_by.contains(role))
    }
}

/// What a person holds: by the built-in roles, and by name from roles of the tenant's own; directly or by groups. Or what
/// a key of theirs does, which is never more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    roles: Vec<Role>,
    names: Vec<String>,
    /// For a key: the names of what it may hold at most.
    limit: Option<Vec<String>>,
}

impl Grants {
    /// The grants of these built-in roles and these names from the tenant's own.
    pub fn new(roles: Vec<Role>, names: Vec<String>) -> Self {
        Self { roles, names, limit: None }
    }

    /// What an account holds, as the columns have it: its role, the permissions of that role where it is the tenant's
    /// own, the built-in roles that its groups give, and the permissions of the tenant's own roles that they give.
    pub(crate) fn from_columns(
        role: &str,
        permissions: Option<Vec<String>>,
        group_roles: &[String],
        group_permissions: Vec<String>,
    ) -> Self {
        // The word for a role of the tenant's own is that of no built-in one.
        let roles = std::iter::once(role).chain(group_roles.iter().map(String::as_str)).filter_map(Role::parse);
        let names = permissions.into_iter().flatten().chain(group_permissions);
        Self { roles: roles.collect(), names: names.collect(), limit: None }
    }

    /// The part of them that a key may use: what it was given by name, of what keys may hold at all.
    #[must_use]
    pub fn limited_to(mut self, names: Vec<String>) -> Self {
        self.limit = Some(match self.limit {
            Some(before) => names.into_iter().filter(|name| before.contains(name)).collect(),
            None => names,
        });
        self
    }

    /// Whether they hold a permission of the catalogue.
    pub fn hold(&self, permission: &PermissionInfo) -> bool {
        let is_within = self.limit.as_ref().is_none_or(|names| {
            let is_named = names.iter().any(|name| name == permission.name);
            permission.for_keys && (is_named || permission.is_everybodys())
        });
        is_within && self.hold_unlimited(permission)
    }

    fn hold_unlimited(&self, permission: &PermissionInfo) -> bool {
        permission.is_everybodys()
            || permission.held_by.iter().any(|role| self.roles.contains(role))
            || (permission.grantable && self.names.iter().any(|name| name == permission.name))
    }

    /// Whether the names from roles of the tenant's own that `other` has are all here too.
    pub(crate) fn names_cover(&self, other: &Self) -> bool {
        other.names.iter().all(|name| self.names.contains(name))
    }

    /// Whether every permission of the catalogue that `other` holds is held here too: nobody gives more than they have.
    pub fn cover(&self, other: &Self, catalogue: &[PermissionInfo]) -> bool {
        catalogue.iter().all(|permission| !other.hold(permission) || self.hold(permission))
    }
}

/// Defines permissions: `permission!(/// May read. Read, "thing.read", "Read things", "Sees …", [Owner, Admin]);`
#[macro_export]
macro_rules! permission {
    ($(#[$doc:meta])* $name:ident, $word:literal, $label:literal, $about:literal, [$($role:ident),*] $(, $key:ident = $value:literal)*) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name;

        impl $crate::access::Permission for $name {
            const NAME: &'static str = $word;
            const LABEL: &'static str = $label;
            const ABOUT: &'static str = $about;
            const HELD_BY: &'static [$crate::access::Role] = &[$($crate::access::Role::$role),*];
            $(const $key: bool = $value;)*
        }
    };
}

permission!(
    /// May be here at all: everybody who is signed in, for their own account.
    SignedIn, "account.own", "Use the own account", "Sees and changes the own profile, keys and devices.",
    [Owner, Admin, Agent, Viewer], GRANTABLE = false, WHEN_READ_ONLY = true
);
permission!(
    /// May prove who they are: the pages on which a second factor is shown or set up.
    ProveIdentity, "account.prove", "Prove the own identity", "Shows or sets up a second factor.",
    [Owner, Admin, Agent, Viewer], GRANTABLE = false, NEEDS_SECOND_FACTOR = false, WHEN_READ_ONLY = true
);
permission!(
    /// May ask over the API which key this is and what it may do. Every key holds it.
    UseApi, "api.use", "Use the API", "Asks over the API which key this is, and what it may do.",
    [Owner, Admin, Agent, Viewer], GRANTABLE = false, FOR_KEYS = true
);
permission!(
    /// May see who is in the workspace.
    ReadMembers, "member.read", "See members", "Sees the list of members, their roles and groups.",
    [Owner, Admin], FOR_KEYS = true
);
permission!(
    /// May say who is in the workspace. While it is read-only, nobody comes in; who is to be shut out still is.
    ManageMembers, "member.manage", "Manage members", "Invites, deactivates and removes people, and gives them roles.",
    [Owner, Admin], WHEN_READ_ONLY = true
);
permission!(
    /// May say what roles and groups there are.
    ManageRoles, "role.manage", "Manage roles", "Creates and changes roles and groups.",
    [Owner, Admin]
);
permission!(
    /// May say how people sign in.
    ManageSecurity, "security.manage", "Manage sign-in", "Says how people sign in, from where, and for how long.",
    [Owner, Admin], WHEN_READ_ONLY = true
);
permission!(
    /// May connect the tenant with its identity providers. Whoever says who is who can be anybody but an owner, so a role
    /// with this alone would be as much as an admin.
    ManageSso, "sso.manage", "Manage single sign-on",
    "Connects the workspace with its identity providers. Whoever says who is who can be anybody but an owner, so no role of the workspace’s own gives this.",
    [Owner, Admin], GRANTABLE = false
);
permission!(
    /// May change how the tenant's pages look.
    ManageBranding, "branding.manage", "Manage branding", "Changes name, logo and colours of the workspace.",
    [Owner, Admin]
);
permission!(
    /// May say at which domains the tenant is reached.
    ManageDomains, "domain.manage", "Manage domains", "Adds and removes domains of the workspace's own.",
    [Owner, Admin]
);
permission!(
    /// May say which API keys there are.
    ManageApiKeys, "api_key.manage", "Manage API keys", "Makes API keys that act for oneself, and sees and revokes those of everybody.",
    [Owner, Admin], WHEN_READ_ONLY = true
);
permission!(
    /// May read and export the audit log.
    ReadAudit, "audit.read", "Read the audit log", "Reads and exports who did what.",
    [Owner, Admin]
);
permission!(
    /// May change the tenant's settings.
    ManageSettings, "settings.manage", "Manage settings", "Changes time zone, language and week of the workspace.",
    [Owner, Admin]
);
permission!(
    /// May say what the workspace may use and pays for.
    ManagePlan, "plan.manage", "Manage the plan", "Sees the plan and what is used of it, changes and cancels it.",
    [Owner, Admin], WHEN_READ_ONLY = true
);
permission!(
    /// May give the tenant away or close it.
    OwnWorkspace, "workspace.own", "Own the workspace", "Makes owners, transfers the ownership, closes the workspace.",
    [Owner], GRANTABLE = false, WHEN_READ_ONLY = true
);

/// The platform's own permissions, in the order in which people read them. Parts of the product add theirs.
pub const CATALOGUE: &[PermissionInfo] = &[
    PermissionInfo::of::<SignedIn>(),
    PermissionInfo::of::<ProveIdentity>(),
    PermissionInfo::of::<UseApi>(),
    PermissionInfo::of::<ReadMembers>(),
    PermissionInfo::of::<ManageMembers>(),
    PermissionInfo::of::<ManageRoles>(),
    PermissionInfo::of::<ManageSecurity>(),
    PermissionInfo::of::<ManageSso>(),
    PermissionInfo::of::<ManageBranding>(),
    PermissionInfo::of::<ManageDomains>(),
    PermissionInfo::of::<ManageApiKeys>(),
    PermissionInfo::of::<ManageSettings>(),
    PermissionInfo::of::<ReadAudit>(),
    PermissionInfo::of::<ManagePlan>(),
    PermissionInfo::of::<OwnWorkspace>(),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_grant_only_what_may_be_granted() {
        let grants = Grants::new(vec![], vec!["audit.read".to_owned(), "workspace.own".to_owned()]);
        assert!(grants.hold(&PermissionInfo::of::<ReadAudit>()));
        assert!(!grants.hold(&PermissionInfo::of::<OwnWorkspace>()));
        assert!(!grants.hold(&PermissionInfo::of::<ManageRoles>()));
        assert!(grants.hold(&PermissionInfo::of::<SignedIn>()), "the own account is everybody's");
    }

    #[test]
    fn an_account_holds_what_its_role_and_its_groups_give() {
        let group_roles = ["agent".to_owned()];
        let built_in = Grants::from_columns("viewer", None, &group_roles, vec!["audit.read".to_owned()]);
        assert_eq!(built_in, Grants::new(vec![Role::Viewer, Role::Agent], vec!["audit.read".to_owned()]));
        let own = Grants::from_columns("custom", Some(vec!["role.manage".to_owned()]), &[], vec![]);
        assert_eq!(own, Grants::new(vec![], vec!["role.manage".to_owned()]));
    }

    #[test]
    fn a_key_holds_what_it_was_given_and_its_owner_has_and_keys_may() {
        let names = ["member.read", "audit.read", "role.manage", "workspace.own"].map(str::to_owned).to_vec();
        let key = Grants::new(vec![Role::Owner], vec![]).limited_to(names.clone());
        assert!(key.hold(&PermissionInfo::of::<ReadMembers>()));
        assert!(key.hold(&PermissionInfo::of::<UseApi>()), "every key may ask who it is");
        for beyond in CATALOGUE.iter().filter(|info| !info.for_keys) {
            assert!(!key.hold(beyond), "{}", beyond.name);
        }
        let of_an_agent = Grants::new(vec![Role::Agent], vec![]).limited_to(names);
        assert!(!of_an_agent.hold(&PermissionInfo::of::<ReadMembers>()), "the owner of the key does not hold it");
        let narrower = key.limited_to(vec!["audit.read".to_owned()]);
        assert!(!narrower.hold(&PermissionInfo::of::<ReadMembers>()), "a limit only ever narrows");
    }

    #[test]
    fn what_makes_mightier_is_not_for_keys() {
        let for_keys: Vec<_> = CATALOGUE.iter().filter(|info| info.for_keys).map(|info| info.name).collect();
        assert_eq!(for_keys, ["api.use", "member.read"]);
    }

    #[test]
    fn nobody_covers_more_than_they_hold() {
        let of = |role| Grants::new(vec![role], vec![]);
        assert!(of(Role::Owner).cover(&of(Role::Admin), CATALOGUE));
        assert!(!of(Role::Admin).cover(&of(Role::Owner), CATALOGUE));
        assert!(of(Role::Agent).cover(&Grants::default(), CATALOGUE));
        let auditor = Grants::new(vec![], vec!["audit.read".to_owned()]);
        assert!(of(Role::Admin).cover(&auditor, CATALOGUE));
        assert!(!of(Role::Agent).cover(&auditor, CATALOGUE));
    }
}
