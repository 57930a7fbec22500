//! What people may do in Desk.

use rowhouse_platform::access::{Permission, Role};

/// May read tickets and comments.
#[derive(Debug)]
pub struct ReadTickets;

impl Permission for ReadTickets {
    const NAME: &'static str = "ticket.read";
    const HELD_BY: &'static [Role] = &[Role::Owner, Role::Member];
}

/// May create tickets, change their status and comment on them.
#[derive(Debug)]
pub struct WriteTickets;

impl Permission for WriteTickets {
    const NAME: &'static str = "ticket.write";
    const HELD_BY: &'static [Role] = &[Role::Owner, Role::Member];
}
