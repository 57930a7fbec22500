//! `GET /admin/members/invite` and `POST /admin/members/invite`.

use axum::{http::StatusCode, response::Response};
use rowhouse_platform::{
    access::{AssignedRole, ManageMembers, Permit, Role},
    members::{self, BATCH, InvitationId, Invite, MESSAGE_LENGTH, Obstacle, RoleChoice, Sent},
};
use serde::Deserialize;

use super::invite_view::render;
use crate::{
    access::{Allowed, catalogue},
    context::Context,
    error::PageError,
    routes::see_other_with,
    ui::{FieldErrors, FormBody, flash::Flash, time::number},
};

/// What was typed.
#[derive(Default, Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    pub(super) emails: String,
    #[serde(default)]
    pub(super) role: String,
    #[serde(default)]
    pub(super) message: String,
}

/// What is wrong with one of the addresses.
pub(super) struct Problem {
    /// As it was typed.
    pub(super) typed: String,
    /// Why nobody is invited at it.
    pub(super) message: String,
    /// The invitation that it has.
    pub(super) invitation: Option<InvitationId>,
}

/// What came of the last attempt.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) status: StatusCode,
    pub(super) errors: FieldErrors,
    pub(super) problems: Vec<Problem>,
    /// How many addresses there are.
    pub(super) count: usize,
}

/// The roles that the person may give.
pub(super) async fn choices(permit: &mut Permit<ManageMembers>) -> Result<Vec<RoleChoice>, PageError> {
    let (principal, tx) = permit.parts();
    Ok(members::roles_to_give(tx, &principal.grants, &catalogue()).await?)
}

/// The role of a word, if it is among the choices.
pub(super) fn chosen<'a>(choices: &'a [RoleChoice], word: &str, errors: &mut FieldErrors) -> Option<&'a RoleChoice> {
    let role = word.parse::<AssignedRole>().ok();
    let choice = role.and_then(|role| choices.iter().find(|choice| choice.role == role));
    if choice.is_none() {
        errors.add("role", "Choose a role from the list.");
    }
    choice
}

/// What is chosen before anybody chooses: the role for those who work here, or the weakest there is.
pub(super) fn first_choice(choices: &[RoleChoice]) -> String {
    let agent = choices.iter().find(|choice| choice.role.is(Role::Agent));
    agent.or(choices.last()).map(|choice| choice.role.to_string()).unwrap_or_default()
}

pub(super) async fn show(context: Context, Allowed(mut permit): Allowed<ManageMembers>) -> Result<Response, PageError> {
    let choices = choices(&mut permit).await?;
    let person = permit.commit().await?;
    let fields = Fields { role: first_choice(&choices), ..Fields::default() };
    Ok(render(&context, &person, &choices, &fields, &Outcome::default()))
}

pub(super) async fn submit(
    context: Context,
    Allowed(mut permit): Allowed<ManageMembers>,
    FormBody(fields): FormBody<Fields>,
) -> Result<Response, PageError> {
    let choices = choices(&mut permit).await?;
    let entries = members::read_addresses(&fields.emails);
    let mut outcome = Outcome { status: StatusCode::UNPROCESSABLE_ENTITY, count: entries.len(), ..Outcome::default() };
    if entries.is_empty() {
        outcome.errors.add("emails", "Enter at least one email address.");
    } else if entries.len() > BATCH {
        let count = number(i64::try_from(entries.len()).unwrap_or(i64::MAX));
        outcome.errors.add("emails", format!("These are {count} addresses; {BATCH} can be invited at once."));
    }
    let role = chosen(&choices, &fields.role, &mut outcome.errors);
    let message = outcome.errors.lines("message", "The message", &fields.message, MESSAGE_LENGTH);
    let mut addresses = Vec::new();
    // Of far too many, none is looked at.
    for entry in entries.iter().take(BATCH) {
        match &entry.address {
            Ok(address) => addresses.push(address.clone()),
            Err(error) => outcome.problems.push(Problem {
                typed: entry.typed.clone(),
                message: error.to_string(),
                invitation: None,
            }),
        }
    }
    let is_good = outcome.errors.is_empty() && outcome.problems.is_empty();
    let sent = match role.filter(|_| is_good) {
        Some(role) => {
            let invite = Invite { addresses: &addresses, role, message: &message };
            members::send(&mut permit, &context.scribe(), &context.letterhead()?, invite).await?
        }
        // All that is wrong is said at once.
        None => Sent::Obstacles(members::check(&mut permit, &context.services.ambient, &addresses).await?),
    };
    let person = permit.principal().clone();
    match sent {
        Sent::All => {
            permit.commit().await?;
            return Ok(see_other_with(&context.href("/admin/members/invitations"), Flash::InvitationsSent));
        }
        Sent::RoleGone => outcome.errors.add("role", "This role has just been deleted. Choose another."),
        Sent::NoSeats(refused) => outcome.errors.add("emails", refused),
        Sent::Throttled(wait) => {
            permit.commit().await?;
            outcome.status = StatusCode::TOO_MANY_REQUESTS;
            let wait = wait.wait_in_words();
            outcome.errors.add("emails", format!("This workspace has sent many invitations. Try again in {wait}."));
        }
        Sent::Obstacles(obstacles) => {
            let of = |(place, obstacle): (usize, Obstacle)| problem(addresses[place].as_str(), obstacle);
            outcome.problems.extend(obstacles.into_iter().map(of));
        }
    }
    for problem in &outcome.problems {
        outcome.errors.add("emails", format!("{}: {}", problem.typed, problem.message));
    }
    Ok(render(&context, &person, &choices, &fields, &outcome))
}

fn problem(typed: &str, obstacle: Obstacle) -> Problem {
    let mut invitation = None;
    let message = match obstacle {
        Obstacle::Member => "This person is a member already.".to_owned(),
        Obstacle::Deactivated => "This person is deactivated. Reactivate them in the list of members.".to_owned(),
        Obstacle::Invited(id) => {
            invitation = Some(id);
            "This person is invited already.".to_owned()
        }
        Obstacle::Domain(domain) => {
            format!("This workspace does not invite to addresses of {domain}; its sign-in policy says which it takes.")
        }
    };
    Problem { typed: typed.to_owned(), message, invitation }
}
