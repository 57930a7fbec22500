//! Who has a role, and why.

use leptos::prelude::*;
use rowhouse_platform::{
    access::{
        AssignedRole, Principal, ReadMembers,
        role_use::{Holder, SHOWN},
    },
    members::State,
};

use crate::{admin::members::list_view::state_badge, context::RequestContext, ui::Icon};

/// The people who have a role: directly, and by which group.
pub(super) fn who(context: &RequestContext, person: &Principal, role: AssignedRole, holders: &[Holder]) -> AnyView {
    if holders.is_empty() {
        return view! {
            <section class="stack" aria-labelledby="who">
                <h2 id="who">"Who has it"</h2>
                <div class="empty">
                    <Icon name="users" />
                    <p>"Nobody yet. It is given on the page of a person, with an invitation, or by a group."</p>
                </div>
            </section>
        }
        .into_any();
    }
    let (direct, by_group): (Vec<_>, Vec<_>) = holders.iter().partition(|holder| holder.group.is_none());
    let shown = usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let more = (direct.len() >= shown).then(|| {
        let href = context.href(&format!("/admin/members?role={role}"));
        view! { <p><a href=href>"All who have it directly"</a></p> }
    });
    view! {
        <section class="stack" aria-labelledby="who">
            <h2 id="who">"Who has it"</h2>
            {part(context, person, "Directly", &direct)}
            {more}
            {part(context, person, "By a group", &by_group)}
            {(by_group.len() >= shown).then(|| view! { <p class="muted">"There are more; the pages of the groups list them."</p> })}
        </section>
    }
    .into_any()
}

fn part(context: &RequestContext, person: &Principal, title: &'static str, holders: &[&Holder]) -> AnyView {
    if holders.is_empty() {
        return ().into_any();
    }
    let items = holders.iter().map(|holder| row(context, person, holder)).collect_view();
    view! {
        <h3>{title}</h3>
        <ul class="role-people">{items}</ul>
    }
    .into_any()
}

fn row(context: &RequestContext, person: &Principal, holder: &Holder) -> AnyView {
    let is_out = holder.state != State::Active;
    let group = holder.group.as_ref().map(|(id, name)| {
        let href = context.href(&format!("/admin/groups/{id}"));
        view! { <span class="muted">"by the group " <a href=href>{name.clone()}</a></span> }
    });
    view! {
        <li>
            {name(context, person, holder.account, &holder.name)}
            {is_out.then(|| state_badge(holder.state.word()))}
            {group}
        </li>
    }
    .into_any()
}

/// A person's name, leading to their page for who may open it.
pub(in crate::admin) fn name(
    context: &RequestContext,
    person: &Principal,
    account: rowhouse_platform::id::AccountId,
    name: &str,
) -> AnyView {
    if person.may::<ReadMembers>() {
        view! { <a href=context.href(&format!("/admin/members/{account}"))>{name.to_owned()}</a> }.into_any()
    } else {
        view! { <span>{name.to_owned()}</span> }.into_any()
    }
}
