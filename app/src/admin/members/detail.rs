//! `GET /admin/members/{account}` and what is sent from there: another role, a pause, the return.

use axum::{extract::Path, http::StatusCode, response::Response};
use rowhouse_platform::{
    access::{AssignedRole, ManageMembers, Permit, ReadMembers},
    id::AccountId,
    members::{self, ChangeError},
};
use serde::Deserialize;

use super::detail_view::{Shown, content};
use crate::{
    access::{Allowed, catalogue},
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other_with,
    ui::{
        FieldErrors, FormBody, Head,
        flash::Flash,
        frame::{Section, frame},
        page,
    },
};

/// One form each.
#[derive(Deserialize)]
#[serde(tag = "intent", rename_all = "lowercase")]
pub(super) enum Change {
    Role { role: String },
    Deactivate,
    Reactivate,
}

/// An id that is none answers as a person who does not exist.
pub(super) fn read_id(text: &str) -> Result<AccountId, PageError> {
    text.parse().map_err(|_| PageError::NotFound)
}

pub(super) async fn show(
    context: Context,
    Path(id): Path<String>,
    Allowed(permit): Allowed<ReadMembers>,
) -> Result<Response, PageError> {
    render(&context, permit, read_id(&id)?, FieldErrors::default()).await
}

pub(super) async fn submit(
    context: Context,
    Path(id): Path<String>,
    Allowed(mut permit): Allowed<ManageMembers>,
    FormBody(change): FormBody<Change>,
) -> Result<Response, PageError> {
    let id = read_id(&id)?;
    let (scribe, catalogue) = (context.scribe(), catalogue());
    let (field, done, flash) = match change {
        Change::Role { role } => {
            let role: AssignedRole =
                role.parse().map_err(|_| PageError::BadRequest(format!("“{role}” is no role.")))?;
            let done = members::change_role(&mut permit, &scribe, &catalogue, id, role).await;
            ("role", done, Flash::RoleChanged)
        }
        Change::Deactivate => {
            let done = members::deactivate(&mut permit, &scribe, &catalogue, id).await;
            ("state", done, Flash::MemberDeactivated)
        }
        Change::Reactivate => {
            let done = members::reactivate(&mut permit, &scribe, &catalogue, id).await;
            ("state", done, Flash::MemberReactivated)
        }
    };
    match done {
        Ok(()) => {
            permit.commit().await?;
            Ok(see_other_with(&context.href(&format!("/admin/members/{id}")), flash))
        }
        Err(ChangeError::NotFound) => Err(PageError::NotFound),
        Err(ChangeError::Database(error)) => Err(error.into()),
        Err(refusal) => {
            let mut errors = FieldErrors::default();
            errors.add(field, refusal);
            // Nothing was written; the locks end with the page.
            render(&context, permit.also::<ReadMembers>()?, id, errors).await
        }
    }
}

async fn render(
    context: &RequestContext,
    mut permit: Permit<ReadMembers>,
    id: AccountId,
    errors: FieldErrors,
) -> Result<Response, PageError> {
    let ambient = &context.services.ambient;
    let member = members::find(&mut permit, ambient, id).await?.ok_or(PageError::NotFound)?;
    let (principal, tx) = permit.parts();
    let roles = members::roles_to_give(tx, &principal.grants, &catalogue()).await?;
    let person = permit.commit().await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shown = Shown { member, roles, errors, now: ambient.now() };
    Ok(page(context, Head::new(shown.member.name.clone()).with_status(status), || {
        frame(context, &person, Section::Members, true, content(context, &person, &shown))
    }))
}
