//! `/admin/roles/new` and `/admin/roles/{role}`.

use axum::{extract::Path, http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{
        AssignedRole, ManageRoles, Permit, Principal, RoleId,
        custom_role::{self, RoleDraft},
        role_use::{self, Holder},
    },
    members::{self, RoleChoice},
};

use super::{
    super::members::back,
    fields::{check, fields, held, read},
    refused,
    who::who,
};
use crate::{
    access::{Allowed, catalogue},
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other_with,
    ui::{
        FieldErrors, FormBody, Head, Icon,
        flash::Flash,
        form::summary,
        frame::{Section, frame},
        page,
    },
};

pub(super) async fn show_new(context: Context, Allowed(permit): Allowed<ManageRoles>) -> Result<Response, PageError> {
    let person = permit.commit().await?;
    Ok(render_new(&context, &person, &RoleDraft::default(), &FieldErrors::default()))
}

pub(super) async fn submit_new(
    context: Context,
    Allowed(mut permit): Allowed<ManageRoles>,
    FormBody(pairs): FormBody<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let draft = read(pairs);
    let mut errors = FieldErrors::default();
    let checked = check(&draft, &mut errors);
    if !errors.is_empty() {
        let person = permit.commit().await?;
        return Ok(render_new(&context, &person, &draft, &errors));
    }
    match custom_role::create(&mut permit, &context.scribe(), &catalogue(), checked).await {
        Ok(id) => {
            permit.commit().await?;
            Ok(see_other_with(&context.href(&format!("/admin/roles/{id}")), Flash::RoleCreated))
        }
        Err(error) => {
            drop(permit);
            let person = refused(&context, error, "permissions", &mut errors).await?.commit().await?;
            Ok(render_new(&context, &person, &draft, &errors))
        }
    }
}

fn render_new(context: &RequestContext, person: &Principal, draft: &RoleDraft, errors: &FieldErrors) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page(context, Head::new("New role").with_status(status), || {
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"New role"</h1>
                {back(context, "/admin/roles", "All roles")}
            </div>
            <div class="stack">
                {summary(errors)}
                <form class="form" action=context.href("/admin/roles/new") method="post">
                    {fields(person, draft, errors)}
                    <div class="button-row">
                        <button class="button button--primary" type="submit">"Create role"</button>
                        <a class="button" href=context.href("/admin/roles")>"Cancel"</a>
                    </div>
                </form>
            </div>
        };
        frame(context, person, Section::Roles, true, content)
    })
}

/// The role of an address. What is none answers as a role that does not exist.
fn read_role(text: &str) -> Result<AssignedRole, PageError> {
    text.parse().map_err(|_| PageError::NotFound)
}

/// The id in an address of a role of the tenant's own. The built-in ones are not changed.
pub(super) fn read_own(text: &str) -> Result<RoleId, PageError> {
    match read_role(text)? {
        AssignedRole::Custom(id) => Ok(id),
        AssignedRole::BuiltIn(_) => Err(PageError::BadRequest("A built-in role stays as it is.".to_owned())),
    }
}

pub(super) async fn show(
    context: Context,
    Path(role): Path<String>,
    Allowed(permit): Allowed<ManageRoles>,
) -> Result<Response, PageError> {
    render(&context, permit, read_role(&role)?, None, &FieldErrors::default()).await
}

pub(super) async fn submit(
    context: Context,
    Path(role): Path<String>,
    Allowed(mut permit): Allowed<ManageRoles>,
    FormBody(pairs): FormBody<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let id = read_own(&role)?;
    let draft = read(pairs);
    let mut errors = FieldErrors::default();
    let checked = check(&draft, &mut errors);
    let role = AssignedRole::Custom(id);
    if !errors.is_empty() {
        return render(&context, permit, role, Some(draft), &errors).await;
    }
    match custom_role::change(&mut permit, &context.scribe(), &catalogue(), id, checked).await {
        Ok(()) => {
            permit.commit().await?;
            Ok(see_other_with(&context.href(&format!("/admin/roles/{id}")), Flash::RoleSaved))
        }
        Err(error) => {
            drop(permit);
            let permit = refused(&context, error, "permissions", &mut errors).await?;
            render(&context, permit, role, Some(draft), &errors).await
        }
    }
}

/// What the page shows.
struct Shown {
    role: RoleChoice,
    /// What the form holds; none: the role is only looked at.
    draft: Option<RoleDraft>,
    holders: Vec<Holder>,
}

async fn render(
    context: &RequestContext,
    mut permit: Permit<ManageRoles>,
    role: AssignedRole,
    typed: Option<RoleDraft>,
    errors: &FieldErrors,
) -> Result<Response, PageError> {
    let kept = match role {
        AssignedRole::BuiltIn(_) => None,
        AssignedRole::Custom(id) => Some(custom_role::find(&mut permit, id).await?.ok_or(PageError::NotFound)?),
    };
    let roles = members::all_roles(&mut permit).await?;
    let role = roles.into_iter().find(|choice| choice.role == role).ok_or(PageError::NotFound)?;
    let holders = role_use::holders(&mut permit, role.role).await?;
    let person = permit.commit().await?;
    let may_change = kept.is_some() && person.grants.cover(&role.grants, &catalogue());
    let draft = if may_change { typed.or(kept) } else { None };
    let shown = Shown { role, draft, holders };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(page(context, Head::new(shown.role.label.clone()).with_status(status), || {
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">{shown.role.label.clone()}</h1>
                {back(context, "/admin/roles", "All roles")}
            </div>
            <div class="stack">
                {summary(errors)}
                {match &shown.draft {
                    Some(draft) => form(context, &person, &shown.role, draft, errors),
                    None => looked_at(&shown.role),
                }}
                {who(context, &person, shown.role.role, &shown.holders)}
            </div>
        };
        frame(context, &person, Section::Roles, true, content)
    }))
}

fn form(
    context: &RequestContext,
    person: &Principal,
    role: &RoleChoice,
    draft: &RoleDraft,
    errors: &FieldErrors,
) -> AnyView {
    let path = format!("/admin/roles/{}", role.role);
    view! {
        <form class="form" action=context.href(&path) method="post">
            {fields(person, draft, errors)}
            <p class="muted">
                "Changes hold from everybody’s next click on. Who may do less by them loses the invitations and links that they have sent."
            </p>
            <div class="button-row">
                <button class="button button--primary" type="submit">"Save role"</button>
                <a class="button button--danger" href=context.href(&format!("{path}/delete"))>
                    <Icon name="trash" />
                    "Delete…"
                </a>
            </div>
        </form>
    }
    .into_any()
}

fn looked_at(role: &RoleChoice) -> AnyView {
    let why = match role.role {
        AssignedRole::BuiltIn(_) => {
            "This role is built in and stays as it is. New permissions come to it with updates."
        }
        AssignedRole::Custom(_) => {
            "This role holds permissions that you do not have yourself, so only others can change it."
        }
    };
    view! {
        <p>{role.about.clone()}</p>
        <p class="muted">{why}</p>
        {held(&role.grants)}
    }
    .into_any()
}
