//! The people of a workspace: who is in, how they come in, and what becomes of them.
//!
//! Roles are given by people, so every change here is held against what the person who makes it holds themselves
//! ([`crate::access::Grants::cover`]): nobody gives or takes away more than they have. And a workspace always has an
//! active owner: changes that could end that wait for each other (`change`).
//!
//! People come in by an invitation to their address (`invite`), which they accept with the token mailed to it (`join`).
//! A link (`link`) only asks for an address and sends such an invitation there.

mod addresses;
mod by_rules;
mod change;
mod invite;
mod join;
mod link;
mod list;
mod remove;
mod roles;
mod settle;
mod transfer;

use crate::typed_id;

pub use addresses::{Entry, read_addresses};
pub use change::{ChangeError, change_role, deactivate, reactivate};
pub use invite::{
    BATCH, Invitation, Invite, MESSAGE_LENGTH, Obstacle, PendingPage, Resent, Sent, VALID_DAYS, check, find_pending,
    pending, resend, revoke, send,
};
pub use join::{Accepted, Closed, NAME_LENGTH, Newcomer, OpenInvitation, accept, look};
pub use link::{
    InviteLink, LINK_DAYS, LINK_USES, LinkClosed, NewLink, OpenLink, ask, create as create_link, find as find_link,
    links, look as look_at_link, revoke as revoke_link,
};
pub use list::{
    Filter, Member, MemberGroup, MemberPage, MemberRow, PAGE_SIZE, Seats, Sort, State, export, find, list, others,
    seats,
};
pub use remove::{leave, remove};
pub use roles::{RoleChoice, all_groups, all_roles, roles_to_give};
pub use transfer::{NewOwner, transfer_ownership};
pub(crate) use {
    by_rules::{Assigned, assign_by_rules, role_to_give},
    join::{settle_for, waiting_for},
    list::role_label,
    roles::{grants_of, role},
    settle::revoke_of,
};

typed_id!(
    /// An invitation.
    InvitationId,
    "inv"
);
typed_id!(
    /// A link by which people ask for an invitation.
    InviteLinkId,
    "lnk"
);

/// Whether the tenant invites to addresses of this domain; with none named, to all.
fn takes(domains: &[String], domain: &str) -> bool {
    domains.is_empty() || domains.iter().any(|allowed| allowed.eq_ignore_ascii_case(domain))
}
