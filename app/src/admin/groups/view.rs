//! How the pages of groups look.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{
        Principal,
        custom_role::{DESCRIPTION_LENGTH, NAME_LENGTH},
        group::{Group, GroupPerson, SHOWN},
    },
    members::RoleChoice,
};

use super::{
    super::{
        members::{
            back,
            choice::{about_roles, role_options},
            list_view::state_badge,
        },
        roles::name_link,
    },
    page::Fields,
};
use crate::{
    context::RequestContext,
    ui::{
        FieldErrors, Head, Icon,
        choice::{SelectField, with_none},
        form::{TextField, summary},
        frame::{Section, frame},
        page,
        time::number,
    },
};

/// The most characters of an address or a name.
pub(super) const WHO_LENGTH: usize = 254;

fn status(errors: &FieldErrors) -> StatusCode {
    if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

fn fields(choices: &[RoleChoice], typed: &Fields, errors: &FieldErrors) -> AnyView {
    view! {
        <TextField id="name" label="Name" value=&typed.name errors=errors maxlength=NAME_LENGTH />
        <TextField
            id="description"
            label="What it is for"
            value=&typed.description
            errors=errors
            maxlength=DESCRIPTION_LENGTH
            optional=true
        />
        <SelectField
            id="role"
            label="Role that it gives"
            options=with_none("None", role_options(choices))
            value=&typed.role
            errors=errors
            help="Everybody in the group has it beside their own."
        />
        {about_roles(choices)}
    }
    .into_any()
}

pub(super) fn render_new(
    context: &RequestContext,
    person: &Principal,
    choices: &[RoleChoice],
    typed: &Fields,
    errors: &FieldErrors,
) -> Response {
    page(context, Head::new("New group").with_status(status(errors)), || {
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"New group"</h1>
                {back(context, "/admin/groups", "All groups")}
            </div>
            <div class="stack">
                {summary(errors)}
                <form class="form" action=context.href("/admin/groups/new") method="post">
                    {fields(choices, typed, errors)}
                    <div class="button-row">
                        <button class="button button--primary" type="submit">"Create group"</button>
                        <a class="button" href=context.href("/admin/groups")>"Cancel"</a>
                    </div>
                </form>
            </div>
        };
        frame(context, person, Section::Roles, true, content)
    })
}

/// What the page of a group shows.
pub(super) struct Shown {
    pub(super) group: Group,
    pub(super) people: Vec<GroupPerson>,
    pub(super) choices: Vec<RoleChoice>,
    pub(super) fields: Fields,
    /// Who was to be added.
    pub(super) asked: String,
    pub(super) may_change: bool,
    pub(super) errors: FieldErrors,
}

pub(super) fn render_page(context: &RequestContext, person: &Principal, shown: &Shown) -> Response {
    let head = Head::new(shown.group.name.clone()).with_status(status(&shown.errors));
    page(context, head, || {
        let body = if shown.may_change { form(context, shown) } else { looked_at(&shown.group) };
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">{shown.group.name.clone()}</h1>
                {back(context, "/admin/groups", "All groups")}
            </div>
            <div class="stack">
                {summary(&shown.errors)}
                {body}
                <section class="stack" id="people" tabindex="-1" aria-labelledby="people-title">
                    <h2 id="people-title">"People"</h2>
                    {people(context, person, shown)}
                    {shown.may_change.then(|| add_form(context, shown))}
                </section>
            </div>
        };
        frame(context, person, Section::Roles, true, content)
    })
}

fn looked_at(group: &Group) -> AnyView {
    view! {
        <p>{group.description.clone()}</p>
        <p class="muted">
            {format!("It gives the role {}, which holds permissions that you do not have, so only others can change it.", group.role_label)}
        </p>
    }
    .into_any()
}

fn form(context: &RequestContext, shown: &Shown) -> AnyView {
    let path = format!("/admin/groups/{}", shown.group.id);
    view! {
        <form class="form" action=context.href(&path) method="post">
            <input type="hidden" name="intent" value="save" />
            {fields(&shown.choices, &shown.fields, &shown.errors)}
            <p class="muted">
                "Changes hold from everybody’s next click on. Who may do less by them loses the invitations and links that they have sent."
            </p>
            <div class="button-row">
                <button class="button button--primary" type="submit">"Save group"</button>
                <a class="button button--danger" href=context.href(&format!("{path}/delete"))>
                    <Icon name="trash" />
                    "Delete…"
                </a>
            </div>
        </form>
    }
    .into_any()
}

fn people(context: &RequestContext, person: &Principal, shown: &Shown) -> AnyView {
    if shown.people.is_empty() {
        return view! { <p class="muted">"Nobody is in this group yet."</p> }.into_any();
    }
    let is_cut = shown.people.len() < usize::try_from(shown.group.people).unwrap_or(0);
    let rows = shown
        .people
        .iter()
        .map(|row| {
            view! {
                <tr>
                    <th scope="row">{name_link(context, person, row.account, &row.name)}</th>
                    <td class="muted">{row.email.clone()}</td>
                    <td>{state_badge(row.state.word())}</td>
                    <td class="is-end">{shown.may_change.then(|| remove_form(context, shown, row))}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="data-table role-list">
            <caption class="visually-hidden">"People in this group"</caption>
            <thead>
                <tr>
                    <th scope="col">"Name"</th>
                    <th scope="col">"Email"</th>
                    <th scope="col">"State"</th>
                    <th scope="col" class="is-end"><span class="visually-hidden">"Remove"</span></th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
        {is_cut.then(|| view! {
            <p class="muted">{format!("The first {SHOWN} of {} people.", number(shown.group.people))}</p>
        })}
    }
    .into_any()
}

fn remove_form(context: &RequestContext, shown: &Shown, row: &GroupPerson) -> AnyView {
    view! {
        <form action=context.href(&format!("/admin/groups/{}", shown.group.id)) method="post">
            <input type="hidden" name="intent" value="remove" />
            <input type="hidden" name="account" value=row.account.to_string() />
            <button class="button button--quiet" type="submit">
                "Remove"
                <span class="visually-hidden">{format!(" {}", row.name)}</span>
            </button>
        </form>
    }
    .into_any()
}

fn add_form(context: &RequestContext, shown: &Shown) -> AnyView {
    view! {
        <form class="form" action=context.href(&format!("/admin/groups/{}", shown.group.id)) method="post">
            <input type="hidden" name="intent" value="add" />
            <TextField
                id="who"
                label="Email address or name"
                value=&shown.asked
                errors=&shown.errors
                maxlength=WHO_LENGTH
                help="Of somebody who is a member already. A name does where only one person has it."
            />
            <div class="button-row">
                <button class="button" type="submit">
                    <Icon name="plus" />
                    "Add to the group"
                </button>
            </div>
        </form>
    }
    .into_any()
}
