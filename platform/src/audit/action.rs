//! What can be done that a tenant's audit log knows of.

/// What actions are about, to look for them by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActionGroup {
    /// Signing in and out, sessions, proving who one is.
    SignIn,
    /// Doing what one may not.
    Refusal,
    /// One's own password, address, second factor, profile.
    Account,
    /// People and how they come in.
    Members,
    /// Roles and groups.
    Roles,
    /// What is allowed at all.
    Policy,
    /// Programs, and what they come in with.
    ApiKeys,
    /// How the pages look.
    Branding,
    /// Connections to identity providers.
    Sso,
    /// Domains of one's own.
    Domains,
    /// Projects and who is in them.
    Projects,
    /// The workspace itself.
    Workspace,
    /// The audit log.
    Audit,
}

impl ActionGroup {
    /// Every group, in the order of the filter.
    pub const ALL: [Self; 13] = [
        Self::SignIn,
        Self::Refusal,
        Self::Account,
        Self::Members,
        Self::Roles,
        Self::Policy,
        Self::Sso,
        Self::ApiKeys,
        Self::Branding,
        Self::Domains,
        Self::Projects,
        Self::Workspace,
        Self::Audit,
    ];

    /// The word in an address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Refusal => "refusals",
            Self::Account => "accounts",
            Self::Members => "members",
            Self::Roles => "roles",
            Self::Policy => "policies",
            Self::Sso => "sso",
            Self::ApiKeys => "api-keys",
            Self::Branding => "branding",
            Self::Domains => "domains",
            Self::Projects => "projects",
            Self::Workspace => "workspace",
            Self::Audit => "audit",
        }
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::SignIn => "Signing in and out",
            Self::Refusal => "Refused access",
            Self::Account => "Passwords, factors, profiles",
            Self::Members => "Members and invitations",
            Self::Roles => "Roles and groups",
            Self::Policy => "Policies",
            Self::Sso => "Single sign-on",
            Self::ApiKeys => "API keys",
            Self::Branding => "Branding",
            Self::Domains => "Domains",
            Self::Projects => "Projects",
            Self::Workspace => "Workspace and settings",
            Self::Audit => "Audit log",
        }
    }

    /// Reads the word of an address.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.as_str() == word)
    }

    /// The actions of the group.
    pub fn actions(self) -> impl Iterator<Item = Action> {
        Action::ALL.iter().copied().filter(move |action| action.group() == self)
    }
}

/// One row an action: its name, the word in the database, its group, what people read. A new action is a new row; a
/// word that was ever written is never changed.
macro_rules! actions {
    ($($name:ident $word:literal $group:ident $label:literal;)*) => {
        /// What was done, tried or refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Action {
            $(#[doc = $label] $name,)*
        }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The word kept in the database, such as `member.invited`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            /// What people read, such as “Invited a member”.
            pub fn label(self) -> &'static str {
                match self {
                    $(Self::$name => $label,)*
                }
            }

            /// What it is about.
            pub fn group(self) -> ActionGroup {
                match self {
                    $(Self::$name => ActionGroup::$group,)*
                }
            }
        }
    };
}

actions! {
    SignInSucceeded "sign_in.succeeded" SignIn "Signed in";
    SignInRefused "sign_in.refused" SignIn "Was refused at sign-in";
    SignOutDone "sign_out.done" SignIn "Signed out";
    SessionEnded "session.ended" SignIn "Ended a session";
    StepUpPassed "step_up.passed" SignIn "Confirmed their identity";
    StepUpRefused "step_up.refused" SignIn "Failed to confirm their identity";
    MagicLinkSent "magic_link.sent" SignIn "Asked for a sign-in link";
    AccessRefused "access.refused" Refusal "Was refused access";
    AccountEmailVerified "account.email_verified" Account "Verified their email address";
    AccountEmailChangeRequested "account.email_change_requested" Account "Asked to change their email address";
    AccountEmailChanged "account.email_changed" Account "Changed their email address";
    PasswordResetRequested "password.reset_requested" Account "Asked to reset their password";
    PasswordReset "password.reset" Account "Reset their password";
    PasswordChanged "password.changed" Account "Changed their password";
    TotpEnabled "totp.enabled" Account "Turned on one-time codes";
    TotpDisabled "totp.disabled" Account "Turned off one-time codes";
    RecoveryCodesRenewed "recovery_codes.renewed" Account "Renewed their recovery codes";
    RecoveryCodeUsed "recovery_code.used" Account "Used a recovery code";
    PasskeyAdded "passkey.added" Account "Added a passkey";
    PasskeyRenamed "passkey.renamed" Account "Renamed a passkey";
    PasskeyRemoved "passkey.removed" Account "Removed a passkey";
    ProfileChanged "profile.changed" Account "Changed their profile";
    MemberInvited "member.invited" Members "Invited a member";
    MemberJoined "member.joined" Members "Joined the workspace";
    MemberRoleChanged "member.role_changed" Members "Changed a member’s role";
    MemberDeactivated "member.deactivated" Members "Deactivated a member";
    MemberReactivated "member.reactivated" Members "Reactivated a member";
    MemberRemoved "member.removed" Members "Removed a member";
    MembersExported "member.exported" Members "Exported the list of members";
    InvitationResent "invitation.resent" Members "Sent an invitation again";
    InvitationRevoked "invitation.revoked" Members "Revoked an invitation";
    InviteLinkCreated "invite_link.created" Members "Created an invitation link";
    InviteLinkRevoked "invite_link.revoked" Members "Revoked an invitation link";
    RoleCreated "role.created" Roles "Created a role";
    RoleChanged "role.changed" Roles "Changed a role";
    RoleDeleted "role.deleted" Roles "Deleted a role";
    GroupCreated "group.created" Roles "Created a group";
    GroupChanged "group.changed" Roles "Changed a group";
    GroupDeleted "group.deleted" Roles "Deleted a group";
    PolicyChanged "policy.changed" Policy "Changed the sign-in policy";
    SsoConnectionCreated "sso_connection.created" Sso "Added a single sign-on connection";
    SsoConnectionChanged "sso_connection.changed" Sso "Changed a single sign-on connection";
    SsoConnectionSwitchedOn "sso_connection.switched_on" Sso "Switched a single sign-on connection on";
    SsoConnectionSwitchedOff "sso_connection.switched_off" Sso "Switched a single sign-on connection off";
    SsoConnectionDeleted "sso_connection.deleted" Sso "Deleted a single sign-on connection";
    SsoConnectionTested "sso_connection.tested" Sso "Tested a single sign-on connection";
    SsoMetadataRefreshed "sso_connection.metadata_refreshed" Sso "Took over changed metadata of an identity provider";
    SsoRulesChanged "sso_connection.rules_changed" Sso "Changed what an identity provider’s groups mean";
    SsoIdentityLinked "sso_identity.linked" Sso "Connected an account with an identity provider";
    SsoIdentityUnlinked "sso_identity.unlinked" Sso "Disconnected an account from an identity provider";
    SsoSetupLinkCreated "sso_setup_link.created" Sso "Created a link for setting up single sign-on";
    SsoSetupLinkOpened "sso_setup_link.opened" Sso "Opened a link for setting up single sign-on";
    SsoSetupLinkRevoked "sso_setup_link.revoked" Sso "Revoked a link for setting up single sign-on";
    EmailDomainAdded "email_domain.added" Sso "Added an email domain";
    EmailDomainVerified "email_domain.verified" Sso "Verified an email domain";
    EmailDomainRemoved "email_domain.removed" Sso "Removed an email domain";
    EmailDomainLost "email_domain.lost" Sso "Lost an email domain";
    ApiKeyCreated "api_key.created" ApiKeys "Made an API key";
    ApiKeyRevoked "api_key.revoked" ApiKeys "Revoked an API key";
    BrandingChanged "branding.changed" Branding "Changed the branding";
    DomainAdded "domain.added" Domains "Added a domain";
    DomainVerified "domain.verified" Domains "Verified a domain";
    DomainMadePrimary "domain.made_primary" Domains "Made a domain the primary one";
    DomainRemoved "domain.removed" Domains "Removed a domain";
    DomainLost "domain.lost" Domains "Lost a domain";
    ProjectCreated "project.created" Projects "Created a project";
    ProjectChanged "project.changed" Projects "Changed a project";
    ProjectArchived "project.archived" Projects "Archived a project";
    ProjectRestored "project.restored" Projects "Restored a project";
    ProjectMemberAdded "project_member.added" Projects "Added somebody to a project";
    ProjectMemberRoleChanged "project_member.role_changed" Projects "Changed somebody’s role in a project";
    ProjectMemberRemoved "project_member.removed" Projects "Removed somebody from a project";
    ImportStarted "import.started" Projects "Began to import tickets";
    ImportCancelled "import.cancelled" Projects "Cancelled an import of tickets";
    ImportUndone "import.undone" Projects "Began to undo an import of tickets";
    TicketsExported "ticket.exported" Projects "Exported tickets";
    SettingsChanged "settings.changed" Workspace "Changed the settings";
    OwnershipTransferred "ownership.transferred" Workspace "Transferred the ownership";
    WorkspaceCreated "workspace.created" Workspace "Created the workspace";
    WorkspaceClosing "workspace.closing" Workspace "Began to close the workspace";
    WorkspaceReopened "workspace.reopened" Workspace "Reopened the workspace";
    AuditExported "audit.exported" Audit "Exported the audit log";
    AuditPruned "audit.pruned" Audit "Removed records that were past their time";
}

impl Action {
    /// Reads the word kept in the database.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_means_one_action() {
        for action in Action::ALL {
            let word = action.as_str();
            assert_eq!(Action::parse(word), Some(*action), "{word}");
            let good =
                |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            let (subject, verb) = word.split_once('.').unwrap();
            assert!(good(subject) && good(verb) && word.len() <= 60, "{word}");
        }
        assert_eq!(Action::parse("member.eaten"), None);
    }

    #[test]
    fn each_action_is_found_in_its_group() {
        let found: usize = ActionGroup::ALL.into_iter().map(|group| group.actions().count()).sum();
        assert_eq!(found, Action::ALL.len());
        assert_eq!(ActionGroup::parse("members"), Some(ActionGroup::Members));
    }
}
