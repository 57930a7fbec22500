//! `GET /admin/groups`.

use axum::response::Response;
use leptos::prelude::*;
use rowhouse_platform::access::{
    ManageRoles,
    group::{self, Group},
};

use super::super::roles::{Tab, people, tabs};
use crate::{
    access::Allowed,
    context::{Context, RequestContext},
    error::PageError,
    ui::{
        Head, Icon,
        frame::{Section, frame},
        page,
    },
};

pub(super) async fn show(context: Context, Allowed(mut permit): Allowed<ManageRoles>) -> Result<Response, PageError> {
    let groups = group::list(&mut permit).await?;
    let person = permit.commit().await?;
    Ok(page(&context, Head::new("Groups"), || {
        let body = if groups.is_empty() { none(&context) } else { table(&context, &groups) };
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"Groups"</h1>
                <div class="page__actions">
                    <a class="button button--primary" href=context.href("/admin/groups/new")>
                        <Icon name="plus" />
                        "New group"
                    </a>
                </div>
                <p class="page__lead">"People in a group have its role beside their own."</p>
            </div>
            <div class="toolbar">{tabs(&context, Tab::Groups)}</div>
            {body}
        };
        frame(&context, &person, Section::Roles, false, content)
    }))
}

fn none(context: &RequestContext) -> AnyView {
    view! {
        <div class="empty">
            <Icon name="users" />
            <h2>"No groups yet"</h2>
            <p>"A group gives a role to everybody in it, for as long as they are in it."</p>
            <div class="button-row"><a class="button" href=context.href("/admin/groups/new")>"Create the first group"</a></div>
        </div>
    }
    .into_any()
}

fn table(context: &RequestContext, groups: &[Group]) -> AnyView {
    let rows = groups
        .iter()
        .map(|group| {
            let role = if group.role.is_some() { group.role_label.clone() } else { "No role".to_owned() };
            view! {
                <tr>
                    <th scope="row"><a href=context.href(&format!("/admin/groups/{}", group.id))>{group.name.clone()}</a></th>
                    <td class="role-list__wide muted">{group.description.clone()}</td>
                    <td>{role}</td>
                    <td class="is-end numeric">{people(group.people)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="data-table role-list">
            <caption class="visually-hidden">"Groups of this workspace"</caption>
            <thead>
                <tr>
                    <th scope="col">"Group"</th>
                    <th scope="col">"What it is for"</th>
                    <th scope="col">"Role that it gives"</th>
                    <th scope="col" class="is-end">"People"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}
