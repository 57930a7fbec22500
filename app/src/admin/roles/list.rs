//! `GET /admin/roles`.

use axum::response::Response;
use leptos::prelude::*;
use rowhouse_platform::access::{
    AssignedRole, ManageRoles,
    role_use::{self, RoleUse},
};

use super::{Tab, people, tabs};
use crate::{
    access::Allowed,
    context::{Context, RequestContext},
    error::PageError,
    ui::{
        Head, Icon,
        frame::{Section, frame},
        page,
        time::number,
    },
};

pub(super) async fn show(context: Context, Allowed(mut permit): Allowed<ManageRoles>) -> Result<Response, PageError> {
    let roles = role_use::overview(&mut permit).await?;
    let person = permit.commit().await?;
    Ok(page(&context, Head::new("Roles"), || {
        let rows = roles.iter().map(|role| row(&context, role)).collect_view();
        let has_own = roles.iter().any(|role| matches!(role.role.role, AssignedRole::Custom(_)));
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"Roles"</h1>
                <div class="page__actions">
                    <a class="button button--primary" href=context.href("/admin/roles/new")>
                        <Icon name="plus" />
                        "New role"
                    </a>
                </div>
                <p class="page__lead">"What people may do. Each person has one role directly, and those of their groups."</p>
            </div>
            <div class="toolbar">{tabs(&context, Tab::Roles)}</div>
            <table class="data-table role-list">
                <caption class="visually-hidden">"Roles of this workspace"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Role"</th>
                        <th scope="col">"What it is for"</th>
                        <th scope="col" class="is-end">"Directly"</th>
                        <th scope="col" class="is-end">"By groups"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            {(!has_own).then(|| view! {
                <p class="muted">"These four are built in. Create a role where they do not fit."</p>
            })}
        };
        frame(&context, &person, Section::Roles, false, content)
    }))
}

fn row(context: &RequestContext, used: &RoleUse) -> AnyView {
    let role = &used.role;
    let built_in = matches!(role.role, AssignedRole::BuiltIn(_));
    view! {
        <tr>
            <th scope="row">
                <a href=context.href(&format!("/admin/roles/{}", role.role))>{role.label.clone()}</a>
                {built_in.then(|| view! { " " <span class="badge">"Built in"</span> })}
            </th>
            <td class="role-list__wide muted">{role.about.clone()}</td>
            <td class="is-end numeric">{people(used.direct)}</td>
            <td class="is-end numeric muted">{format!("{} by groups", number(used.by_group))}</td>
        </tr>
    }
    .into_any()
}
