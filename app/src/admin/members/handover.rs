//! What becomes of the work of somebody who goes. This is the one place where the admin area knows the product: another
//! product asks for other things here, or for nothing.

use leptos::prelude::*;
use rowhouse_platform::{
    access::{Permission, Permit},
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::AccountId,
};

use crate::{
    desk::handover,
    error::PageError,
    ui::{
        FieldErrors,
        choice::{Choice, SelectField},
        time::counted,
    },
};

/// Who takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heir {
    /// Nobody: the tickets stay assigned as they are.
    Nobody,
    /// The tickets are assigned to nobody.
    Unassigned,
    /// This person.
    Person(AccountId),
}

impl Heir {
    /// Reads what the form sent.
    pub(super) fn read(word: &str) -> Result<Self, PageError> {
        match word {
            "" => Ok(Self::Nobody),
            "nobody" => Ok(Self::Unassigned),
            id => id.parse().map(Self::Person).map_err(|_| PageError::BadRequest(format!("“{id}” is nobody."))),
        }
    }
}

/// How many open tickets somebody works on.
pub(super) async fn count(tx: &mut TenantTx, from: AccountId) -> Result<i64, DbError> {
    handover::open_tickets(tx, from).await
}

/// Hands the open tickets of somebody over who is removed, and takes them out of what they were in.
pub(super) async fn hand_over<P: Permission>(
    permit: &mut Permit<P>,
    ambient: &Ambient,
    from: AccountId,
    heir: Heir,
) -> Result<(), DbError> {
    let (principal, tx) = permit.parts();
    handover::forget(tx, from).await?;
    let to = match heir {
        Heir::Nobody => return Ok(()),
        Heir::Unassigned => None,
        Heir::Person(to) => Some(to),
    };
    handover::reassign(tx, ambient, principal, from, to).await?;
    Ok(())
}

/// The choice, where there is something to hand over.
pub(super) fn field(
    name: &str,
    open: i64,
    others: &[(AccountId, String)],
    chosen: &str,
    errors: &FieldErrors,
) -> AnyView {
    if open == 0 {
        return ().into_any();
    }
    let tickets = counted(open, "open ticket", "open tickets");
    let fixed = [
        Choice::new("", format!("Leave {tickets} with {name}")),
        Choice::new("nobody", format!("Leave {tickets} unassigned")),
    ];
    let people = others.iter().map(|(id, other)| Choice::new(id.to_string(), format!("Give {tickets} to {other}")));
    let options = fixed.into_iter().chain(people).collect();
    view! { <SelectField id="heir" label="Open tickets" options=options value=chosen errors=errors /> }.into_any()
}
