//! How the list of people looks.

use leptos::prelude::*;
use rowhouse_platform::{
    access::{ManageMembers, Principal},
    id::AccountId,
    members::{Filter, MemberGroup, MemberPage, MemberRow, PAGE_SIZE, RoleChoice, Seats, Sort, State},
    plan::Limit,
};
use time::OffsetDateTime;

use super::{
    Tab,
    filter::{export_href, form, href, is_narrow},
    tabs,
};
use crate::{
    context::RequestContext,
    ui::{
        Icon,
        avatar::{self, Avatar},
        time::{Ago, number, reader},
    },
};

/// What the page shows.
pub(super) struct Shown {
    pub(super) filter: Filter,
    /// The number of the page, from 0.
    pub(super) number: i64,
    /// The place of its first person in the whole list, from 1.
    pub(super) first: i64,
    pub(super) list: MemberPage,
    pub(super) seats: Seats,
    pub(super) roles: Vec<RoleChoice>,
    pub(super) groups: Vec<MemberGroup>,
    pub(super) now: OffsetDateTime,
}

pub(super) fn content(context: &RequestContext, person: &Principal, shown: &Shown) -> AnyView {
    let may_manage = person.may::<ManageMembers>();
    let body = if shown.list.rows.is_empty() { nobody(context) } else { table(context, person, shown) };
    let is_alone = shown.seats == Seats { active: 1, deactivated: 0, invited: 0 } && !is_narrow(&shown.filter);
    view! {
        <div class="page__head">
            <h1 class="page__title">"Members"</h1>
            <div class="page__actions">
                <a class="button" href=export_href(context, &shown.filter) download="">"Export as CSV"</a>
                {may_manage.then(|| view! {
                    <a class="button button--primary" href=context.href("/admin/members/invite")>
                        <Icon name="plus" />
                        "Invite people"
                    </a>
                })}
            </div>
            <p class="page__lead">{shown.seats.in_words(reader().locale)}</p>
        </div>
        <div class="toolbar">{tabs(context, Tab::Members)}</div>
        {may_manage.then(|| crate::admin::plan::room(context, person, Limit::Seats, shown.seats.active))}
        {form(context, &shown.filter, &shown.roles, &shown.groups)}
        {body}
        {is_alone.then(|| alone(context, may_manage))}
        {pager(context, shown)}
    }
    .into_any()
}

fn head(context: &RequestContext, shown: &Shown, sort: Sort, label: &'static str) -> AnyView {
    let is_sorted = shown.filter.sort == sort;
    let direction = match sort {
        Sort::Name | Sort::Role => "ascending",
        Sort::LastSeen | Sort::Joined => "descending",
    };
    let class = match sort {
        Sort::Name | Sort::Role => "",
        Sort::LastSeen | Sort::Joined => "is-end",
    };
    let link = href(context, &Filter { sort, ..shown.filter.clone() }, 0);
    view! {
        <th scope="col" class=class aria-sort=is_sorted.then_some(direction)>
            <a class="sort-link" href=link>{label}</a>
        </th>
    }
    .into_any()
}

fn table(context: &RequestContext, person: &Principal, shown: &Shown) -> AnyView {
    let rows = shown.list.rows.iter().map(|row| row_view(context, person, row, shown.now)).collect_view();
    view! {
        <table class="data-table member-list">
            <caption class="visually-hidden">"People of this workspace"</caption>
            <thead>
                <tr>
                    {head(context, shown, Sort::Name, "Name")}
                    {head(context, shown, Sort::Role, "Role")}
                    <th scope="col" class="member-row__groups is-end">"Groups"</th>
                    <th scope="col">"State"</th>
                    {head(context, shown, Sort::LastSeen, "Last seen")}
                    {head(context, shown, Sort::Joined, "Joined")}
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row_view(context: &RequestContext, person: &Principal, row: &MemberRow, now: OffsetDateTime) -> AnyView {
    let id = AccountId(row.id);
    let is_removed = row.state == State::Removed.word();
    let you = (id == person.account).then(|| view! { <span class="badge">"You"</span> });
    let seen = match row.last_seen_at {
        Some(at) => view! { <Ago at=at now=now /> }.into_any(),
        None => view! { <span class="muted">"–"</span> }.into_any(),
    };
    view! {
        <tr class="member-row">
            <td class="member-row__who">
                <Avatar name=&row.name src=avatar::address(context, id, row.avatar_hash.as_deref()) />
                <span class="member-row__name">
                    <a class="member-row__link truncate" href=context.href(&format!("/admin/members/{id}"))>{row.name.clone()}</a>
                    <span class="member-row__email truncate">{address(row)}</span>
                </span>
                {you}
            </td>
            <td class="member-row__role">{if is_removed { String::new() } else { row.role_label() }}</td>
            <td class="member-row__groups is-end numeric">{row.groups}</td>
            <td>{state_badge(&row.state)}</td>
            <td class="member-row__seen is-end">{seen}</td>
            <td class="member-row__joined is-end"><Ago at=row.created_at now=now /></td>
        </tr>
    }
    .into_any()
}

/// The address, and the identity providers by which the person comes.
fn address(row: &MemberRow) -> Option<String> {
    let email = row.email.clone()?;
    Some(match &row.connections {
        Some(connections) => format!("{email} · {connections}"),
        None => email,
    })
}

/// The state of a person, by its word.
pub(in crate::admin) fn state_badge(word: &str) -> AnyView {
    let (class, icon) = match State::parse(word) {
        Some(State::Active) => ("status status--solved", "circle-check"),
        Some(State::Deactivated) => ("status status--pending", "circle-pause"),
        Some(State::Removed) | None => ("status status--closed", "circle-slash"),
    };
    let label = State::parse(word).map_or("", State::label);
    view! {
        <span class=class>
            <Icon name=icon />
            {label}
        </span>
    }
    .into_any()
}

fn pager(context: &RequestContext, shown: &Shown) -> AnyView {
    let count = i64::try_from(shown.list.rows.len()).unwrap_or(0);
    let last = shown.first + count - 1;
    if count == 0 {
        return ().into_any();
    }
    let words = if shown.list.total <= PAGE_SIZE {
        format!("{} shown", shown.list.total)
    } else {
        format!("{} to {} of {}", number(shown.first), number(last), number(shown.list.total))
    };
    let previous = (shown.number > 0).then(|| href(context, &shown.filter, shown.number - 1));
    let next = (last < shown.list.total).then(|| href(context, &shown.filter, shown.number + 1));
    view! {
        <nav class="pager" aria-label="Pages">
            <span>{words}</span>
            <span class="pager__links">
                {previous.map(|href| view! { <a class="button" href=href rel="prev"><Icon name="chevron-left" />"Previous"</a> })}
                {next.map(|href| view! { <a class="button" href=href rel="next">"Next"<Icon name="chevron-right" /></a> })}
            </span>
        </nav>
    }
    .into_any()
}

fn nobody(context: &RequestContext) -> AnyView {
    view! {
        <div class="empty">
            <Icon name="search-x" />
            <h2>"Nobody matches"</h2>
            <p>"No person of this workspace is as asked for."</p>
            <div class="button-row"><a class="button" href=context.href("/admin/members")>"Show all members"</a></div>
        </div>
    }
    .into_any()
}

fn alone(context: &RequestContext, may_manage: bool) -> AnyView {
    view! {
        <div class="empty">
            <Icon name="users" />
            <h2>"You are the only one here"</h2>
            <p>"Colleagues whom you invite stand in this list once they have joined."</p>
            {may_manage.then(|| view! {
                <div class="button-row"><a class="button" href=context.href("/admin/members/invite")>"Invite the first colleague"</a></div>
            })}
        </div>
    }
    .into_any()
}
