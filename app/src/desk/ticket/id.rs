//! The ids of what tickets are made of.

use rowhouse_platform::typed_id;

typed_id!(
    /// A ticket.
    TicketId,
    "tkt"
);
typed_id!(
    /// A comment on a ticket.
    CommentId,
    "cmt"
);
typed_id!(
    /// A label.
    LabelId,
    "lbl"
);
typed_id!(
    /// Something that happened to a ticket.
    EventId,
    "evt"
);
