//! The form that invites people.

use axum::response::Response;
use leptos::prelude::*;
use rowhouse_platform::{
    access::Principal,
    members::{BATCH, MESSAGE_LENGTH, RoleChoice},
};

use super::{
    back,
    choice::{about_roles, role_options},
    invite::{Fields, Outcome, Problem},
};
use crate::{
    context::RequestContext,
    ui::{
        Head, Icon,
        choice::SelectField,
        form::{TextArea, summary},
        frame::{Section, frame},
        page,
        time::number,
    },
};

/// More than 100 addresses of the greatest length, with names beside them.
const EMAILS_LENGTH: usize = 50_000;

pub(super) fn render(
    context: &RequestContext,
    person: &Principal,
    choices: &[RoleChoice],
    fields: &Fields,
    outcome: &Outcome,
) -> Response {
    let head = Head::new("Invite people").with_status(outcome.status);
    page(context, head, || {
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"Invite people"</h1>
                {back(context, "/admin/members", "All members")}
            </div>
            <div class="stack">{summary(&outcome.errors)} {form(context, choices, fields, outcome)}</div>
        };
        frame(context, person, Section::Members, true, content)
    })
}

fn form(context: &RequestContext, choices: &[RoleChoice], fields: &Fields, outcome: &Outcome) -> AnyView {
    let emails = view! { <label class="field__label" for="emails">"Email addresses"</label> }.into_any();
    let message = view! {
        <label class="field__label" for="message">"Message " <span class="field__optional">"(optional)"</span></label>
    }
    .into_any();
    let button = match outcome.count {
        0 => "Send invitations".to_owned(),
        1 => "Send 1 invitation".to_owned(),
        count => format!("Send {} invitations", number(i64::try_from(count).unwrap_or(i64::MAX))),
    };
    view! {
        <form class="form" action=context.href("/admin/members/invite") method="post">
            <TextArea
                id="emails"
                label=emails
                value=&fields.emails
                errors=&outcome.errors
                rows=5
                maxlength=EMAILS_LENGTH
                help="One or many, with commas, semicolons, spaces or line ends between them. “Name <address>” is fine too."
            />
            {problems(context, &outcome.problems)}
            <SelectField
                id="role"
                label="Role"
                options=role_options(choices)
                value=&fields.role
                errors=&outcome.errors
                help="What they may do once they have joined."
            />
            {about_roles(choices)}
            <TextArea
                id="message"
                label=message
                value=&fields.message
                errors=&outcome.errors
                rows=3
                maxlength=MESSAGE_LENGTH
                help="It stands in the mail."
                optional=true
            />
            <p class="muted">
                {format!("Each person gets a mail with a link that is good for 7 days, and for them alone. At most {BATCH} at once.")}
            </p>
            <div class="button-row">
                <button class="button button--primary" type="submit">
                    <Icon name="mail" />
                    {button}
                </button>
                <a class="button" href=context.href("/admin/members/links/new")>"Create a link instead"</a>
            </div>
        </form>
    }
    .into_any()
}

/// The addresses that stand in the way, each with what can be done about it.
fn problems(context: &RequestContext, problems: &[Problem]) -> AnyView {
    if problems.is_empty() {
        return ().into_any();
    }
    let items = problems
        .iter()
        .map(|problem| {
            let resend = problem.invitation.map(|id| {
                let href = context.href(&format!("/admin/members/invitations#{id}"));
                view! { " " <a href=href>"Send it again"</a> }
            });
            view! {
                <li>
                    <strong>{problem.typed.clone()}</strong>
                    {format!(" {}", problem.message)}
                    {resend}
                </li>
            }
        })
        .collect_view();
    view! {
        <div class="notice notice--warning">
            <Icon name="triangle-alert" />
            <p class="notice__title">"Nobody was invited yet. Take these out, or mend them:"</p>
            <ul>{items}</ul>
        </div>
    }
    .into_any()
}
