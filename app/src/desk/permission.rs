//! What people may do in Desk.

use rowhouse_platform::{access::PermissionInfo, permission};

permission!(
    /// May read tickets and comments.
    ReadTickets, "ticket.read", "Read tickets", "Reads tickets and their comments.",
    [Owner, Admin, Agent, Viewer], FOR_KEYS = true
);
permission!(
    /// May create tickets, change their status and comment on them.
    WriteTickets, "ticket.write", "Work on tickets", "Creates tickets, changes their status, and comments.",
    [Owner, Admin, Agent], FOR_KEYS = true
);
permission!(
    /// May make projects, and leads every project. Keys may hold it: it gives nobody more in the workspace itself, and a
    /// key holds it no longer than its owner does.
    ManageProjects, "project.manage", "Manage projects",
    "Creates projects, renames and deletes labels, and reaches every project, those of members only too. With “Work on tickets”: also changes every project and its members.",
    [Owner, Admin], FOR_KEYS = true
);

/// Desk's part of the catalogue.
pub const CATALOGUE: &[PermissionInfo] = &[
    PermissionInfo::of::<ReadTickets>(),
    PermissionInfo::of::<WriteTickets>(),
    PermissionInfo::of::<ManageProjects>(),
];
