//! How the page of a person looks.

use leptos::prelude::*;
use rowhouse_platform::{
    access::{GroupId, ManageMembers, Principal},
    members::{Member, RoleChoice, State},
};
use time::OffsetDateTime;

use super::{
    back,
    choice::{about_roles, role_options},
    list_view::state_badge,
};
use crate::{
    context::RequestContext,
    ui::{
        FieldErrors, Icon,
        avatar::{self, Avatar},
        choice::SelectField,
        form::summary,
        time::Ago,
    },
};

/// What the page shows.
pub(super) struct Shown {
    pub(super) member: Member,
    /// The roles that the person who looks may give.
    pub(super) roles: Vec<RoleChoice>,
    pub(super) errors: FieldErrors,
    pub(super) now: OffsetDateTime,
}

pub(super) fn content(context: &RequestContext, person: &Principal, shown: &Shown) -> AnyView {
    let member = &shown.member;
    let is_you = member.id == person.account;
    let may_manage = person.may::<ManageMembers>() && member.state != State::Removed;
    view! {
        <div class="page__head">
            <div class="member-title">
                <Avatar name=&member.name src=avatar::address(context, member.id, member.avatar_hash.as_deref()) />
                <h1 class="page__title">{member.name.clone()}</h1>
                {is_you.then(|| view! { <span class="badge">"You"</span> })}
            </div>
            {back(context, "/admin/members", "All members")}
        </div>
        <div class="stack">
            {summary(&shown.errors)}
            {facts(member, shown.now)}
            {why(context, member)}
            {may_manage.then(|| role_form(context, shown))}
            {may_manage.then(|| state_forms(context, member, is_you))}
        </div>
    }
    .into_any()
}

fn facts(member: &Member, now: OffsetDateTime) -> AnyView {
    let since = member.state_changed_at.filter(|_| member.state != State::Active);
    let seen = match member.last_seen_at {
        Some(at) => view! { <Ago at=at now=now /> }.into_any(),
        None => "No session is left".into_any(),
    };
    let sessions = match member.sessions {
        0 => "Not signed in".to_owned(),
        1 => "Signed in on 1 device".to_owned(),
        count => format!("Signed in on {count} devices"),
    };
    let factor = match (member.has_app, member.has_passkey) {
        (true, true) => "Authenticator app and passkey",
        (true, false) => "Authenticator app",
        (false, true) => "Passkey",
        (false, false) => "None",
    };
    let email = member.email.clone().unwrap_or_else(|| "No longer kept".to_owned());
    view! {
        <dl class="member-facts card">
            <div><dt>"Email"</dt><dd>{email}</dd></div>
            <div>
                <dt>"State"</dt>
                <dd>
                    {state_badge(member.state.word())}
                    {since.map(|at| view! { <span class="muted">"since " <Ago at=at now=now /></span> })}
                </dd>
            </div>
            <div><dt>"Joined"</dt><dd><Ago at=member.joined_at now=now /></dd></div>
            <div><dt>"Last seen"</dt><dd>{seen}</dd></div>
            <div><dt>"Devices"</dt><dd>{sessions}</dd></div>
            <div><dt>"Second factor"</dt><dd>{factor}</dd></div>
            {connections(member, now)}
        </dl>
    }
    .into_any()
}

/// The identity providers that made the account, or are connected with it.
fn connections(member: &Member, now: OffsetDateTime) -> AnyView {
    if member.connections.is_empty() {
        return ().into_any();
    }
    let rows = member
        .connections
        .iter()
        .map(|linked| {
            let how = if linked.made_account { "Made by" } else { "Connected with" };
            view! {
                <dd>
                    {format!("{how} {}", linked.name)}
                    <span class="muted">", last sign-in there " <Ago at=linked.last_sign_in_at now=now /></span>
                </dd>
            }
        })
        .collect_view();
    view! { <div><dt>"Single sign-on"</dt>{rows}</div> }.into_any()
}

/// The roles that the person has, and where each comes from.
fn why(context: &RequestContext, member: &Member) -> AnyView {
    if member.state == State::Removed {
        return ().into_any();
    }
    let groups = member
        .groups
        .iter()
        .map(|group| {
            let label = group.role_label();
            let role = if label.is_empty() { "No role".to_owned() } else { label };
            let href = context.href(&format!("/admin/members?group={}", GroupId(group.id)));
            view! {
                <li>
                    <strong>{role}</strong>
                    ", by the group "
                    <a href=href>{group.name.clone()}</a>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="stack" aria-labelledby="roles-title">
            <h2 id="roles-title">"Roles"</h2>
            <ul class="bullets">
                <li>
                    <strong>{member.role_label.clone()}</strong>
                    ", given directly"
                </li>
                {groups}
            </ul>
        </section>
    }
    .into_any()
}

fn role_form(context: &RequestContext, shown: &Shown) -> AnyView {
    let member = &shown.member;
    if !shown.roles.iter().any(|choice| choice.role == member.role) {
        return view! {
            <p class="muted">
                {format!("The role {} holds permissions that you do not have, so only others can change it.", member.role_label)}
            </p>
        }
        .into_any();
    }
    let current = member.role.to_string();
    view! {
        <form class="form" action=context.href(&format!("/admin/members/{}", member.id)) method="post">
            <input type="hidden" name="intent" value="role" />
            <SelectField
                id="role"
                label="Role given directly"
                options=role_options(&shown.roles)
                value=&current
                errors=&shown.errors
                help="It holds from their next click on. Who gets a lesser role loses the invitations and links that they have sent."
            />
            {about_roles(&shown.roles)}
            <div class="button-row"><button class="button" type="submit">"Change role"</button></div>
        </form>
    }
    .into_any()
}

fn state_forms(context: &RequestContext, member: &Member, is_you: bool) -> AnyView {
    if is_you {
        return view! {
            <section class="stack" aria-labelledby="state">
                <h2 id="state">"Access"</h2>
                <p class="muted">"You cannot deactivate or remove yourself. You can leave."</p>
                <div class="button-row"><a class="button" href=context.href("/account/leave")>"Leave this workspace"</a></div>
            </section>
        }
        .into_any();
    }
    let (intent, text, button) = if member.state == State::Deactivated {
        ("reactivate", "They can sign in again as they did before, with the same role and groups.", "Reactivate")
    } else {
        (
            "deactivate",
            "They are signed out everywhere at once and cannot sign in. Their tickets, role and groups stay; invitations and links that they have sent are revoked.",
            "Deactivate",
        )
    };
    let path = format!("/admin/members/{}", member.id);
    view! {
        <section class="stack" aria-labelledby="state">
            <h2 id="state">"Access"</h2>
            <form class="stack" action=context.href(&path) method="post">
                <input type="hidden" name="intent" value=intent />
                <p class="muted">{text}</p>
                <div class="button-row">
                    <button class="button" type="submit">{format!("{button} {}", member.name)}</button>
                    <a class="button button--danger" href=context.href(&format!("{path}/remove"))>
                        <Icon name="trash" />
                        "Remove…"
                    </a>
                </div>
            </form>
        </section>
    }
    .into_any()
}
