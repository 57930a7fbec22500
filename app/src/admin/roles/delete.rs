//! `/admin/roles/{role}/delete`: a role goes, and what depends on it gets another.

use axum::{extract::Path, http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{
        AssignedRole, ManageRoles, Permit, Role, RoleId,
        custom_role::{self, Dependents},
    },
    members,
};
use serde::Deserialize;

use super::{
    super::members::{back, choice::role_options},
    page::read_own,
    people, refused,
};
use crate::{
    access::{Confirmed, catalogue},
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other_with,
    ui::{
        FieldErrors, FormBody, Head,
        choice::{SelectField, with_none},
        flash::Flash,
        form::summary,
        frame::{Section, frame},
        page,
        time::counted,
        typed_confirmation::{TypedConfirmation, Warning},
    },
};

/// What was typed.
#[derive(Default, Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    role: String,
    #[serde(default)]
    name: String,
}

pub(super) async fn show(
    context: Context,
    Path(role): Path<String>,
    Confirmed(permit): Confirmed<ManageRoles>,
) -> Result<Response, PageError> {
    render(&context, permit, read_own(&role)?, &Fields::default(), &FieldErrors::default()).await
}

pub(super) async fn submit(
    context: Context,
    Path(role): Path<String>,
    Confirmed(mut permit): Confirmed<ManageRoles>,
    FormBody(fields): FormBody<Fields>,
) -> Result<Response, PageError> {
    let id = read_own(&role)?;
    let mut errors = FieldErrors::default();
    let Ok(to) = fields.role.parse::<AssignedRole>() else {
        errors.add("role", "Choose the role that takes its place.");
        return render(&context, permit, id, &fields, &errors).await;
    };
    match custom_role::delete(&mut permit, &context.scribe(), &catalogue(), id, to, &fields.name).await {
        Ok(()) => {
            permit.commit().await?;
            Ok(see_other_with(&context.href("/admin/roles"), Flash::RoleDeleted))
        }
        Err(error) => {
            drop(permit);
            let permit = refused(&context, error, "role", &mut errors).await?;
            render(&context, permit, id, &fields, &errors).await
        }
    }
}

/// What depends on the role, in words.
fn in_words(dependents: &Dependents) -> Vec<String> {
    let of = |count: i64, one: &str, many: &str| (count > 0).then(|| counted(count, one, many));
    [
        (dependents.people > 0).then(|| format!("{} who have it directly", people(dependents.people))),
        of(dependents.groups, "group that gives it", "groups that give it"),
        of(dependents.invitations, "invitation that waits", "invitations that wait"),
        of(dependents.links, "link for invitations", "links for invitations"),
        of(dependents.sso_rules, "rule of single sign-on", "rules of single sign-on"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

async fn render(
    context: &RequestContext,
    mut permit: Permit<ManageRoles>,
    id: RoleId,
    fields: &Fields,
    errors: &FieldErrors,
) -> Result<Response, PageError> {
    let role = custom_role::find(&mut permit, id).await?.ok_or(PageError::NotFound)?;
    let dependents = custom_role::dependents(&mut permit, id).await?;
    let (principal, tx) = permit.parts();
    let mut choices = members::roles_to_give(tx, &principal.grants, &catalogue()).await?;
    choices.retain(|choice| choice.role != AssignedRole::Custom(id) && !choice.role.is(Role::Owner));
    let person = permit.commit().await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = format!("Delete {}", role.name);
    Ok(page(context, Head::new(title.clone()).with_status(status), || {
        let path = format!("/admin/roles/{id}");
        let delete = format!("{path}/delete");
        let options = with_none("Choose a role", role_options(&choices));
        let depending = in_words(&dependents);
        let depending = if depending.is_empty() {
            view! { <p>"Nobody has this role, and nothing gives it."</p> }.into_any()
        } else {
            let items = depending.into_iter().map(|words| view! { <li>{words}</li> }).collect_view();
            view! {
                <p>"These get the role that you choose:"</p>
                <ul class="bullets">{items}</ul>
            }
            .into_any()
        };
        let in_its_place = view! {
            <SelectField id="role" label="Role in its place" options=options value=&fields.role errors=errors />
        };
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">{title.clone()}</h1>
                {back(context, &path, "Back to the role")}
            </div>
            <div class="stack">
                {summary(errors)}
                <Warning
                    title="This cannot be undone"
                    text="It holds from everybody’s next click on. Who may do less then loses the invitations and links that they have sent."
                />
                {depending}
                <TypedConfirmation
                    context=context
                    action=&delete
                    fields=in_its_place.into_any()
                    ask=("To confirm, type the name:", role.name.clone())
                    id="name"
                    label="Name of the role"
                    maxlength=custom_role::NAME_LENGTH
                    value=&fields.name
                    errors=errors
                    button=title
                    cancel=("Cancel", &path)
                />
            </div>
        };
        frame(context, &person, Section::Roles, true, content)
    }))
}
