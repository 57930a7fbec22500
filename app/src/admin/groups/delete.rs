//! `/admin/groups/{group}/delete`.

use axum::{extract::Path, http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::access::{GroupId, ManageRoles, Permit, custom_role::NAME_LENGTH, group};
use serde::Deserialize;

use super::{
    super::{
        members::back,
        roles::{people, refused},
    },
    read_id,
};
use crate::{
    access::{Confirmed, catalogue},
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other_with,
    ui::{
        FieldErrors, FormBody, Head,
        flash::Flash,
        form::summary,
        frame::{Section, frame},
        page,
        typed_confirmation::{TypedConfirmation, Warning},
    },
};

/// What was typed.
#[derive(Default, Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    name: String,
}

pub(super) async fn show(
    context: Context,
    Path(id): Path<String>,
    Confirmed(permit): Confirmed<ManageRoles>,
) -> Result<Response, PageError> {
    render(&context, permit, read_id(&id)?, &Fields::default(), &FieldErrors::default()).await
}

pub(super) async fn submit(
    context: Context,
    Path(id): Path<String>,
    Confirmed(mut permit): Confirmed<ManageRoles>,
    FormBody(fields): FormBody<Fields>,
) -> Result<Response, PageError> {
    let id = read_id(&id)?;
    match group::delete(&mut permit, &context.scribe(), &catalogue(), id, &fields.name).await {
        Ok(()) => {
            permit.commit().await?;
            Ok(see_other_with(&context.href("/admin/groups"), Flash::GroupDeleted))
        }
        Err(error) => {
            drop(permit);
            let mut errors = FieldErrors::default();
            let permit = refused(&context, error, "name", &mut errors).await?;
            render(&context, permit, id, &fields, &errors).await
        }
    }
}

async fn render(
    context: &RequestContext,
    mut permit: Permit<ManageRoles>,
    id: GroupId,
    fields: &Fields,
    errors: &FieldErrors,
) -> Result<Response, PageError> {
    let group = group::find(&mut permit, id).await?.ok_or(PageError::NotFound)?;
    let person = permit.commit().await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = format!("Delete {}", group.name);
    Ok(page(context, Head::new(title.clone()).with_status(status), || {
        let path = format!("/admin/groups/{id}");
        let delete = format!("{path}/delete");
        let text = if group.role.is_some() {
            format!(
                "In this group: {}. They stay members, and lose the role {}.",
                people(group.people),
                group.role_label
            )
        } else {
            format!("In this group: {}. They stay members.", people(group.people))
        };
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">{title.clone()}</h1>
                {back(context, &path, "Back to the group")}
            </div>
            <div class="stack">
                {summary(errors)}
                <Warning title="This cannot be undone" text=text />
                <TypedConfirmation
                    context=context
                    action=&delete
                    ask=("To confirm, type the name:", group.name.clone())
                    id="name"
                    label="Name of the group"
                    maxlength=NAME_LENGTH
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
