//! `POST /tickets`: changes the selected tickets.

use axum::response::Response;

use super::{BulkChange, MOST, apply, form::too_many};
use crate::{
    access::Allowed,
    context::Context,
    desk::{
        list::{self, Asked},
        permission::{ReadTickets, WriteTickets},
        project::reach,
        ticket::{Priority, Status, TicketId},
    },
    error::PageError,
    routes::see_other_with,
    ui::{FormBody, flash::Flash},
};

/// What the form sends: `ticket` once for each that is selected.
pub(in crate::desk) async fn submit(
    context: Context,
    Allowed(mut permit): Allowed<WriteTickets>,
    FormBody(pairs): FormBody<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let me = permit.principal().account;
    let sent = Sent::read(&pairs, me)?;
    let asked = Asked::read(&sent.back)?;
    if sent.tickets.len() > MOST {
        return Err(PageError::BadRequest(too_many(sent.tickets.len())));
    }
    if sent.tickets.is_empty() || sent.change.is_empty() {
        let what = if sent.tickets.is_empty() { "Select tickets first." } else { "Choose what is to be different." };
        return Err(PageError::BadRequest(what.to_owned()));
    }
    let reach = reach::of(&mut permit).await?;
    let outcome = apply(&mut permit, &context.services.ambient, &reach, &sent.tickets, &sent.change).await?;
    if outcome.0.iter().all(|row| row.2 == super::Became::Changed) {
        permit.commit().await?;
        return Ok(see_other_with(&asked.href(&context), Flash::TicketsChanged));
    }
    permit.commit().await?;
    // What was changed stays so; the list is shown in a transaction of its own, with what could not be changed.
    let permit = crate::access::permit::<ReadTickets>(&context).await?;
    list::render(&context, permit, &asked, Some(&outcome)).await
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Sent {
    tickets: Vec<TicketId>,
    change: BulkChange,
    back: String,
}

impl Sent {
    fn read(pairs: &[(String, String)], me: rowhouse_platform::id::AccountId) -> Result<Self, PageError> {
        let wrong = |what: &str, value: &str| PageError::BadRequest(format!("“{value}” is no {what}."));
        let mut sent = Self::default();
        for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
            let change = &mut sent.change;
            match name.as_str() {
                "ticket" => sent.tickets.push(value.parse().map_err(|_| wrong("ticket", value))?),
                "status" => {
                    change.status = Some(Status::parse(value).ok_or_else(|| wrong("status of a ticket", value))?);
                }
                "priority" => {
                    change.priority = Some(Priority::parse(value).ok_or_else(|| wrong("priority of a ticket", value))?);
                }
                "assignee" => {
                    change.assignee = Some(match value.as_str() {
                        "none" => None,
                        "me" => Some(me),
                        id => Some(id.parse().map_err(|_| wrong("assignee", value))?),
                    });
                }
                "add" => change.add.push(value.parse().map_err(|_| wrong("label", value))?),
                "remove" => change.remove.push(value.parse().map_err(|_| wrong("label", value))?),
                "back" => sent.back.clone_from(value),
                // A field that browsers or their extensions add.
                _ => {}
            }
        }
        Ok(sent)
    }
}

#[cfg(test)]
mod tests {
    use rowhouse_platform::id::AccountId;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn fields_that_were_left_alone_change_nothing() {
        let pairs = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>()
        };
        let me = AccountId(Uuid::from_u128(7));
        let ticket = TicketId(Uuid::from_u128(1)).to_string();
        let sent =
            Sent::read(&pairs(&[("ticket", &ticket), ("status", ""), ("add", ""), ("back", "q=a")]), me).unwrap();
        assert!(sent.change.is_empty() && sent.tickets.len() == 1 && sent.back == "q=a");
        let sent = Sent::read(&pairs(&[("assignee", "me")]), me).unwrap();
        assert_eq!(sent.change.assignee, Some(Some(me)));
        assert_eq!(Sent::read(&pairs(&[("assignee", "none")]), me).unwrap().change.assignee, Some(None));
        for bad in [("ticket", "OPS-1"), ("status", "lost"), ("priority", "x"), ("assignee", "max"), ("add", "bug")] {
            assert!(matches!(Sent::read(&pairs(&[bad]), me), Err(PageError::BadRequest(_))), "{bad:?}");
        }
    }
}
