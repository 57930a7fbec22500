//! What happened, in a few words that fit a line of the inbox and a line of a mail.

use crate::desk::ticket::event::Kind;

/// What follows the name of who did it.
pub(super) fn said(kind: &Kind) -> String {
    match kind {
        Kind::Created {} => "created it".to_owned(),
        Kind::Status { to, .. } => format!("set the status to {}", to.label()),
        Kind::Priority { to, .. } => format!("set the priority to {}", to.label()),
        Kind::Assignee { to: Some(to), .. } => format!("assigned it to {}", to.name),
        Kind::Assignee { to: None, .. } => "removed the assignee".to_owned(),
        Kind::Requester { to, .. } => format!("made {} the requester", to.name),
        Kind::Due { to: Some(to), .. } => format!("set the due date to {to}"),
        Kind::Due { to: None, .. } => "removed the due date".to_owned(),
        Kind::Comment { .. } => "commented".to_owned(),
        Kind::Attached { name } => format!("attached “{name}”"),
        _ => "changed it".to_owned(),
    }
}
