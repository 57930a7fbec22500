//! `/admin/groups/new` and `/admin/groups/{group}`.

use axum::{extract::Path, response::Response};
use rowhouse_platform::{
    access::{
        AssignedRole, GroupId, ManageRoles, Permit, Role,
        custom_role::{DESCRIPTION_LENGTH, NAME_LENGTH},
        group::{self, GroupDraft},
    },
    id::AccountId,
    members::{self, RoleChoice},
};
use serde::Deserialize;

use super::{
    super::roles::refused,
    read_id,
    view::{Shown, WHO_LENGTH, render_new, render_page},
};
use crate::{
    access::{Allowed, catalogue},
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other_with,
    ui::{FieldErrors, FormBody, flash::Flash},
};

/// What was typed.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) description: String,
    /// Empty: the group gives none.
    #[serde(default)]
    pub(super) role: String,
}

impl Fields {
    fn check(&self, errors: &mut FieldErrors) -> GroupDraft {
        let role = if self.role.is_empty() { None } else { self.role.parse::<AssignedRole>().ok() };
        if !self.role.is_empty() && role.is_none() {
            errors.add("role", "Choose a role from the list.");
        }
        GroupDraft {
            name: errors.required_line("name", "The name", &self.name, NAME_LENGTH),
            description: errors.line("description", "The description", &self.description, DESCRIPTION_LENGTH),
            role,
        }
    }
}

/// The roles that a group of this person's may give: never owner.
async fn choices(permit: &mut Permit<ManageRoles>) -> Result<Vec<RoleChoice>, PageError> {
    let (principal, tx) = permit.parts();
    let mut choices = members::roles_to_give(tx, &principal.grants, &catalogue()).await?;
    choices.retain(|choice| !choice.role.is(Role::Owner));
    Ok(choices)
}

pub(super) async fn show_new(context: Context, Allowed(permit): Allowed<ManageRoles>) -> Result<Response, PageError> {
    again(&context, permit, &Fields::default(), &FieldErrors::default()).await
}

pub(super) async fn submit_new(
    context: Context,
    Allowed(mut permit): Allowed<ManageRoles>,
    FormBody(fields): FormBody<Fields>,
) -> Result<Response, PageError> {
    let mut errors = FieldErrors::default();
    let draft = fields.check(&mut errors);
    if !errors.is_empty() {
        return again(&context, permit, &fields, &errors).await;
    }
    match group::create(&mut permit, &context.scribe(), &catalogue(), draft).await {
        Ok(id) => {
            permit.commit().await?;
            Ok(see_other_with(&context.href(&format!("/admin/groups/{id}")), Flash::GroupCreated))
        }
        Err(error) => {
            drop(permit);
            let permit = refused(&context, error, "role", &mut errors).await?;
            again(&context, permit, &fields, &errors).await
        }
    }
}

async fn again(
    context: &RequestContext,
    mut permit: Permit<ManageRoles>,
    fields: &Fields,
    errors: &FieldErrors,
) -> Result<Response, PageError> {
    let choices = choices(&mut permit).await?;
    let person = permit.commit().await?;
    Ok(render_new(context, &person, &choices, fields, errors))
}

/// One form each.
#[derive(Deserialize)]
#[serde(tag = "intent", rename_all = "lowercase")]
pub(super) enum Change {
    Save(Fields),
    Add {
        #[serde(default)]
        who: String,
    },
    Remove {
        account: String,
    },
}

pub(super) async fn show(
    context: Context,
    Path(id): Path<String>,
    Allowed(permit): Allowed<ManageRoles>,
) -> Result<Response, PageError> {
    render(&context, permit, read_id(&id)?, None, "", FieldErrors::default()).await
}

pub(super) async fn submit(
    context: Context,
    Path(id): Path<String>,
    Allowed(mut permit): Allowed<ManageRoles>,
    FormBody(change): FormBody<Change>,
) -> Result<Response, PageError> {
    let id = read_id(&id)?;
    let (scribe, catalogue) = (context.scribe(), catalogue());
    let mut errors = FieldErrors::default();
    let (mut typed, mut asked) = (None, String::new());
    let (done, flash, field) = match change {
        Change::Save(fields) => {
            let draft = fields.check(&mut errors);
            typed = Some(fields);
            if !errors.is_empty() {
                return render(&context, permit, id, typed, "", errors).await;
            }
            (group::change(&mut permit, &scribe, &catalogue, id, draft).await, Flash::GroupSaved, "role")
        }
        Change::Add { who } => {
            let checked = errors.required_line("who", "The email address or name", &who, WHO_LENGTH);
            asked = who;
            if !errors.is_empty() {
                return render(&context, permit, id, None, &asked, errors).await;
            }
            (group::add(&mut permit, &scribe, &catalogue, id, &checked).await, Flash::AddedToGroup, "who")
        }
        Change::Remove { account } => {
            let account: AccountId = account.parse().map_err(|_| PageError::NotFound)?;
            (group::remove(&mut permit, &scribe, &catalogue, id, account).await, Flash::RemovedFromGroup, "people")
        }
    };
    match done {
        Ok(()) => {
            permit.commit().await?;
            Ok(see_other_with(&context.href(&format!("/admin/groups/{id}")), flash))
        }
        Err(error) => {
            drop(permit);
            let permit = refused(&context, error, field, &mut errors).await?;
            render(&context, permit, id, typed, &asked, errors).await
        }
    }
}

async fn render(
    context: &RequestContext,
    mut permit: Permit<ManageRoles>,
    id: GroupId,
    typed: Option<Fields>,
    asked: &str,
    errors: FieldErrors,
) -> Result<Response, PageError> {
    let group = group::find(&mut permit, id).await?.ok_or(PageError::NotFound)?;
    let people = group::people(&mut permit, id).await?;
    let choices = choices(&mut permit).await?;
    let person = permit.commit().await?;
    let fields = typed.unwrap_or_else(|| Fields {
        name: group.name.clone(),
        description: group.description.clone(),
        role: group.role.map(|role| role.to_string()).unwrap_or_default(),
    });
    let may_change = group.role.is_none_or(|role| choices.iter().any(|choice| choice.role == role));
    let shown = Shown { group, people, choices, fields, asked: asked.to_owned(), may_change, errors };
    Ok(render_page(context, &person, &shown))
}
