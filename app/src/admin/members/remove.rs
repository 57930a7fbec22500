//! `GET /admin/members/{account}/remove` and `POST`: somebody goes for good.

use axum::{extract::Path, http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{ManageMembers, Permit},
    id::AccountId,
    members::{self, ChangeError, State},
};
use serde::Deserialize;

use super::{
    back,
    detail::read_id,
    handover::{self, Heir},
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
    email: String,
    #[serde(default)]
    heir: String,
}

pub(super) async fn show(
    context: Context,
    Path(id): Path<String>,
    Confirmed(permit): Confirmed<ManageMembers>,
) -> Result<Response, PageError> {
    render(&context, permit, read_id(&id)?, &Fields::default(), FieldErrors::default()).await
}

pub(super) async fn submit(
    context: Context,
    Path(id): Path<String>,
    Confirmed(mut permit): Confirmed<ManageMembers>,
    FormBody(fields): FormBody<Fields>,
) -> Result<Response, PageError> {
    let id = read_id(&id)?;
    let heir = Heir::read(&fields.heir)?;
    let mut errors = FieldErrors::default();
    let ambient = &context.services.ambient;
    if let Heir::Person(to) = heir {
        let found = members::find(&mut permit, ambient, to).await?;
        if to == id || !found.is_some_and(|person| person.state == State::Active) {
            errors.add("heir", "Choose somebody from the list; this person cannot take over.");
            return render(&context, permit, id, &fields, errors).await;
        }
    }
    match members::remove(&mut permit, &context.scribe(), &catalogue(), id, &fields.email).await {
        Ok(()) => {
            handover::hand_over(&mut permit, ambient, id, heir).await?;
            permit.commit().await?;
            Ok(see_other_with(&context.href("/admin/members"), Flash::MemberRemoved))
        }
        Err(ChangeError::NotFound) => Err(PageError::NotFound),
        Err(ChangeError::Database(error)) => Err(error.into()),
        Err(refusal) => {
            errors.add("email", refusal);
            render(&context, permit, id, &fields, errors).await
        }
    }
}

async fn render(
    context: &RequestContext,
    mut permit: Permit<ManageMembers>,
    id: AccountId,
    fields: &Fields,
    errors: FieldErrors,
) -> Result<Response, PageError> {
    let member = members::find(&mut permit, &context.services.ambient, id).await?;
    let member = member.filter(|member| member.state != State::Removed).ok_or(PageError::NotFound)?;
    let open = handover::count(&mut permit, id).await?;
    let others = members::others(&mut permit, id).await?;
    let person = permit.commit().await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = format!("Remove {}", member.name);
    Ok(page(context, Head::new(title.clone()).with_status(status), || {
        let path = format!("/admin/members/{id}");
        let remove = format!("{path}/remove");
        let email = member.email.clone().unwrap_or_default();
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">{title}</h1>
                {back(context, &path, "Back to the person")}
            </div>
            <div class="stack">
                {summary(&errors)}
                <Warning
                    title="This cannot be undone"
                    text="They are signed out everywhere, and their address, password, keys and groups are deleted. Their name stays on what they did. Invitations and links that they have sent are revoked. To shut somebody out for a time, deactivate them instead."
                />
                <TypedConfirmation
                    context=context
                    action=&remove
                    fields=handover::field(&member.name, open, &others, &fields.heir, &errors)
                    ask=("To confirm, type their address:", email)
                    id="email"
                    label="Email of the person"
                    kind="email"
                    maxlength=254
                    value=&fields.email
                    errors=&errors
                    button=format!("Remove {}", member.name)
                    cancel=("Cancel", &path)
                />
            </div>
        };
        frame(context, &person, Section::Members, true, content)
    }))
}
