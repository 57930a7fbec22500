//! What succeeded, said on the next page. The cookie holds a word from the list below and no text, so nobody can make
//! a page say something else.

/// The cookie's name.
pub const COOKIE: &str = "__Host-flash";

/// Something that succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flash {
    /// A change of what is paid is on its way to Stripe.
    PaymentChangeAsked,
    /// Stripe's page could not be led to.
    PaymentPageAway,
    /// A workspace was created.
    Welcome,
    /// A ticket was created.
    TicketCreated,
    /// A ticket's status was changed.
    StatusChanged,
    /// A comment was added.
    CommentAdded,
    /// Several tickets were changed together.
    TicketsChanged,
    /// A view was saved.
    ViewSaved,
    /// A view has another name.
    ViewRenamed,
    /// Everybody sees a view.
    ViewShared,
    /// Its owner alone sees a view.
    ViewNotShared,
    /// A view was deleted.
    ViewDeleted,
    /// All of the inbox was marked as read.
    InboxRead,
    /// What is mailed was saved.
    NotificationsSaved,
    /// Files were put on a ticket.
    FilesAttached,
    /// A file was taken off a ticket.
    FileRemoved,
    /// A project was created.
    ProjectCreated,
    /// A project was saved.
    ProjectSaved,
    /// A project was archived.
    ProjectArchived,
    /// A project was restored.
    ProjectRestored,
    /// Somebody came into a project.
    AddedToProject,
    /// Somebody left a project.
    RemovedFromProject,
    /// A part of a ticket was changed.
    TicketSaved,
    /// A comment was changed.
    CommentSaved,
    /// A comment was deleted.
    CommentRemoved,
    /// The person watches a ticket.
    Watching,
    /// The person watches a ticket no longer.
    NotWatching,
    /// Somebody else watches a ticket.
    WatcherAdded,
    /// Somebody else watches a ticket no longer.
    WatcherRemoved,
    /// Two tickets were linked.
    LinkAdded,
    /// Two tickets are linked no longer.
    LinkRemoved,
    /// A label was made.
    LabelAdded,
    /// A label was changed.
    LabelSaved,
    /// A label took the place of another.
    LabelsMerged,
    /// A label was deleted.
    LabelDeleted,
    /// A label is merged or deleted in the background.
    LabelEnding,
    /// Branding was saved.
    BrandingSaved,
    /// The sign-in policy was saved.
    PolicySaved,
    /// A profile was saved.
    ProfileSaved,
    /// Invitations went out.
    InvitationsSent,
    /// An invitation went out again.
    InvitationResent,
    /// An invitation was taken back.
    InvitationRevoked,
    /// A link for invitations was taken back.
    LinkRevoked,
    /// Somebody has another role.
    RoleChanged,
    /// A role was made.
    RoleCreated,
    /// A role was changed.
    RoleSaved,
    /// A role was deleted.
    RoleDeleted,
    /// A group was made.
    GroupCreated,
    /// A group was changed.
    GroupSaved,
    /// A group was deleted.
    GroupDeleted,
    /// Somebody came into a group.
    AddedToGroup,
    /// Somebody left a group.
    RemovedFromGroup,
    /// Somebody was shut out for a time.
    MemberDeactivated,
    /// Somebody may come in again.
    MemberReactivated,
    /// Somebody was removed.
    MemberRemoved,
    /// Somebody accepted an invitation.
    Joined,
    /// Somebody accepted an invitation and has to sign in.
    AccountMade,
    /// Somebody left.
    Left,
    /// The workspace's settings were saved.
    SettingsSaved,
    /// Somebody else owns the workspace.
    OwnershipTransferred,
    /// A closed workspace is open again.
    WorkspaceReopened,
    /// Somebody signed out.
    SignedOut,
    /// A passkey was added.
    PasskeyAdded,
    /// A passkey got another name.
    PasskeyRenamed,
    /// A passkey was removed.
    PasskeyRemoved,
    /// A domain was claimed.
    DomainAdded,
    /// A domain was checked, and is not proven.
    DomainChecked,
    /// A domain was proven.
    DomainVerified,
    /// The main address is another one.
    DomainMadePrimary,
    /// A domain was removed.
    DomainRemoved,
    /// An email domain was proven.
    EmailDomainVerified,
    /// What a provider's groups mean was changed.
    SsoRulesSaved,
    /// An account is not connected with a provider any more.
    SsoDisconnected,
    /// Settings of a connection were saved, and no owner vouches for it any more.
    SsoNoLongerVouched,
    /// A second factor came too late, or too often.
    SignInAgain,
    /// An authenticator app took the place of another.
    TotpReplaced,
    /// An authenticator app was removed.
    TotpRemoved,
    /// A second factor was shown.
    SecondFactorShown,
    /// An address was proven.
    EmailVerified,
    /// The link that proves an address was sent again.
    VerificationSent,
    /// A password was reset.
    PasswordReset,
    /// A password was changed.
    PasswordChanged,
    /// The links of a change of address were sent.
    EmailChangeRequested,
    /// A change of address was cancelled.
    EmailChangeCancelled,
    /// A session was ended from another.
    DeviceSignedOut,
    /// All sessions but this one were ended.
    OtherDevicesSignedOut,
    /// A single sign-on connection was added.
    SsoConnectionAdded,
    /// A single sign-on connection was changed.
    SsoConnectionSaved,
    /// A single sign-on connection was switched on.
    SsoSwitchedOn,
    /// A single sign-on connection was switched off.
    SsoSwitchedOff,
    /// A single sign-on connection was deleted.
    SsoConnectionDeleted,
    /// An API key was revoked.
    ApiKeyRevoked,
    /// An operator gave a tenant a plan.
    PlanGiven,
    /// An operator made something otherwise for a tenant.
    OverrideAdded,
    /// An operator took that back.
    OverrideEnded,
    /// An operator suspended a tenant.
    TenantSuspended,
    /// An operator let a tenant go on.
    TenantResumed,
}

impl Flash {
    const ALL: &[(Self, &'static str, &'static str)] = &[
        (Self::Welcome, "welcome", "Your workspace is ready"),
        (Self::TicketCreated, "ticket-created", "Ticket created"),
        (Self::StatusChanged, "status-changed", "Status changed"),
        (Self::CommentAdded, "comment-added", "Comment added"),
        (Self::TicketsChanged, "tickets-changed", "Tickets changed"),
        (Self::ViewSaved, "view-saved", "View saved"),
        (Self::ViewRenamed, "view-renamed", "View renamed"),
        (Self::ViewShared, "view-shared", "View shared with the workspace"),
        (Self::ViewNotShared, "view-not-shared", "View no longer shared"),
        (Self::ViewDeleted, "view-deleted", "View deleted"),
        (Self::FilesAttached, "files-attached", "Files attached"),
        (Self::FileRemoved, "file-removed", "File removed"),
        (Self::ProjectCreated, "project-created", "Project created"),
        (Self::ProjectSaved, "project-saved", "Project saved"),
        (Self::ProjectArchived, "project-archived", "Project archived"),
        (Self::ProjectRestored, "project-restored", "Project restored"),
        (Self::AddedToProject, "added-to-project", "Added to the project"),
        (Self::RemovedFromProject, "removed-from-project", "Removed from the project"),
        (Self::TicketSaved, "ticket-saved", "Saved"),
        (Self::CommentSaved, "comment-saved", "Comment saved"),
        (Self::CommentRemoved, "comment-removed", "Comment deleted"),
        (Self::Watching, "watching", "You watch this ticket"),
        (Self::NotWatching, "not-watching", "You no longer watch this ticket"),
        (Self::WatcherAdded, "watcher-added", "Watcher added"),
        (Self::WatcherRemoved, "watcher-removed", "Watcher removed"),
        (Self::LinkAdded, "link-added", "Link added"),
        (Self::LinkRemoved, "link-removed", "Link removed"),
        (Self::LabelAdded, "label-added", "Label added"),
        (Self::LabelSaved, "label-saved", "Label saved"),
        (Self::LabelsMerged, "labels-merged", "Labels merged"),
        (Self::LabelDeleted, "label-deleted", "Label deleted"),
        (Self::LabelEnding, "label-ending", "The label is on its way out: many tickets have it"),
        (Self::BrandingSaved, "branding-saved", "Branding saved"),
        (Self::PolicySaved, "policy-saved", "Policy saved"),
        (Self::ProfileSaved, "profile-saved", "Profile saved"),
        (Self::InvitationsSent, "invitations-sent", "Invitations sent"),
        (Self::InvitationResent, "invitation-resent", "Invitation sent again"),
        (Self::InvitationRevoked, "invitation-revoked", "Invitation revoked"),
        (Self::LinkRevoked, "link-revoked", "Link revoked"),
        (Self::RoleChanged, "role-given", "Role changed"),
        (Self::RoleCreated, "role-created", "Role created"),
        (Self::RoleSaved, "role-saved", "Role saved"),
        (Self::RoleDeleted, "role-deleted", "Role deleted"),
        (Self::GroupCreated, "group-created", "Group created"),
        (Self::GroupSaved, "group-saved", "Group saved"),
        (Self::GroupDeleted, "group-deleted", "Group deleted"),
        (Self::AddedToGroup, "added-to-group", "Added to the group"),
        (Self::RemovedFromGroup, "removed-from-group", "Removed from the group"),
        (Self::MemberDeactivated, "member-deactivated", "Member deactivated"),
        (Self::MemberReactivated, "member-reactivated", "Member reactivated"),
        (Self::MemberRemoved, "member-removed", "Member removed"),
        (Self::Joined, "joined", "Welcome to the workspace"),
        (Self::AccountMade, "account-made", "Your account is ready. Sign in."),
        (Self::Left, "left", "You have left the workspace"),
        (Self::InboxRead, "inbox-read", "All marked as read"),
        (Self::NotificationsSaved, "notifications-saved", "Saved"),
        (Self::SettingsSaved, "settings-saved", "Settings saved"),
        (Self::OwnershipTransferred, "ownership-transferred", "Ownership transferred"),
        (Self::WorkspaceReopened, "workspace-reopened", "The workspace is open again"),
        (Self::SignedOut, "signed-out", "You are signed out"),
        (Self::PasskeyAdded, "passkey-added", "Passkey added"),
        (Self::PasskeyRenamed, "passkey-renamed", "Passkey renamed"),
        (Self::PasskeyRemoved, "passkey-removed", "Passkey removed"),
        (Self::DomainAdded, "domain-added", "Domain added: now prove that it is yours"),
        (Self::DomainChecked, "domain-checked", "Domain checked"),
        (Self::DomainVerified, "domain-verified", "Domain proven: it is in service"),
        (Self::DomainMadePrimary, "domain-made-primary", "Main address changed"),
        (Self::DomainRemoved, "domain-removed", "Domain removed"),
        (Self::EmailDomainVerified, "email-domain-verified", "Domain proven: connections can speak for it"),
        (Self::SsoRulesSaved, "sso-rules-saved", "Rules saved"),
        (
            Self::SsoNoLongerVouched,
            "sso-no-longer-vouched",
            "Saved. Owners come in through it again when an owner has switched it on.",
        ),
        (Self::SignInAgain, "sign-in-again", "That took too long or too many attempts. Sign in again."),
        (Self::TotpReplaced, "totp-replaced", "Authenticator app replaced"),
        (Self::TotpRemoved, "totp-removed", "Authenticator app removed"),
        (Self::SecondFactorShown, "second-factor-shown", "Second factor confirmed"),
        (Self::EmailVerified, "email-verified", "Email address confirmed"),
        (Self::VerificationSent, "verification-sent", "The link is on its way to your mailbox"),
        (Self::PasswordReset, "password-reset", "Password saved. Sign in with it."),
        (Self::PasswordChanged, "password-changed", "Password changed"),
        (Self::EmailChangeRequested, "email-change-requested", "The links are on their way to the mailboxes"),
        (Self::EmailChangeCancelled, "email-change-cancelled", "Change of address cancelled"),
        (Self::DeviceSignedOut, "device-signed-out", "Signed out there"),
        (Self::SsoDisconnected, "sso-disconnected", "Account disconnected"),
        (Self::OtherDevicesSignedOut, "other-devices-signed-out", "Signed out everywhere else"),
        (Self::SsoConnectionAdded, "sso-connection-added", "Connection added: now set it up"),
        (Self::SsoConnectionSaved, "sso-connection-saved", "Connection saved"),
        (Self::SsoSwitchedOn, "sso-switched-on", "The connection is on"),
        (Self::SsoSwitchedOff, "sso-switched-off", "The connection is off"),
        (Self::SsoConnectionDeleted, "sso-connection-deleted", "Connection deleted"),
        (Self::PaymentChangeAsked, "payment-change-asked", "Your change is on its way"),
        (
            Self::PaymentPageAway,
            "payment-page-away",
            "The payment page cannot be reached at the moment. Try again in a few minutes.",
        ),
        (Self::ApiKeyRevoked, "api-key-revoked", "API key revoked"),
        (Self::PlanGiven, "plan-given", "Plan changed"),
        (Self::OverrideAdded, "override-added", "Override added"),
        (Self::OverrideEnded, "override-ended", "Override ended"),
        (Self::TenantSuspended, "tenant-suspended", "Workspace suspended"),
        (Self::TenantResumed, "tenant-resumed", "Workspace goes on"),
    ];

    /// The word kept in the cookie.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|row| row.0 == self).map_or("", |row| row.1)
    }

    /// The text shown.
    pub fn text(self) -> &'static str {
        Self::ALL.iter().find(|row| row.0 == self).map_or("", |row| row.2)
    }

    /// Reads the cookie's word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|row| row.1 == word).map(|row| row.0)
    }
}
