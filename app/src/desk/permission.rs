//! What people may do in Desk.

use rowhouse_platform::{access::PermissionInfo, permission};

permission!(
    /// May read tickets and comments.
    ReadTickets, "ticket.read", "Read tickets", "Reads tickets and their comments.",
    [Owner, Admin, Agent, Viewer]
);
permission!(
    /// May create tickets, change their status and comment on them.
    WriteTickets, "ticket.write", "Work on tickets", "Creates tickets, changes their status, and comments.",
    [Owner, Admin, Agent]
);
permission!(
    /// May make projects, and leads every project.
    ManageProjects, "project.manage", "Manage projects",
    "Creates projects, and reaches every project. With “Work on tickets”: also changes every project and its members.",
    [Owner, Admin]
);

/// Desk's part of the catalogue.
pub const CATALOGUE: &[PermissionInfo] = &[
    PermissionInfo::of::<ReadTickets>(),
    PermissionInfo::of::<WriteTickets>(),
    PermissionInfo::of::<ManageProjects>(),
];
