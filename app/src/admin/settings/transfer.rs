//! `/admin/settings/transfer`: an owner hands the workspace over.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{OwnWorkspace, Permit},
    id::AccountId,
    mail::{self, Letter},
    members::{self, ChangeError},
};
use serde::Deserialize;

use crate::{
    access::{Confirmed, catalogue},
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other_with,
    ui::{
        FieldErrors, FormBody, Head, Icon,
        choice::{Choice, SelectField, with_none},
        flash::Flash,
        form::summary,
        frame::{Section, frame},
        page,
        typed_confirmation::{TypedConfirmation, Warning},
    },
};

/// What was chosen and typed.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    to: String,
    #[serde(default)]
    slug: String,
}

pub(super) async fn show(context: Context, Confirmed(permit): Confirmed<OwnWorkspace>) -> Result<Response, PageError> {
    render(&context, permit, &Fields::default(), &FieldErrors::default()).await
}

pub(super) async fn submit(
    context: Context,
    Confirmed(mut permit): Confirmed<OwnWorkspace>,
    FormBody(fields): FormBody<Fields>,
) -> Result<Response, PageError> {
    let tenant = context.tenant()?;
    let mut errors = FieldErrors::default();
    let to = errors.take("to", fields.to.parse::<AccountId>().map_err(|_| "Choose who is to own the workspace."));
    if fields.slug.trim() != tenant.slug {
        errors.add("slug", format!("Type {} to confirm.", tenant.slug));
    }
    let Some(to) = to.filter(|_| errors.is_empty()) else {
        return render(&context, permit, &fields, &errors).await;
    };
    match members::transfer_ownership(&mut permit, &context.scribe(), &catalogue(), to).await {
        Ok(owner) => {
            let person = permit.principal().clone();
            let letter = Letter::OwnershipTransferred { from: person.name, to: owner.name };
            let letterhead = context.letterhead()?;
            for recipient in [&owner.email, &person.email] {
                mail::queue(&mut permit, &context.services.ambient, &letterhead, recipient, &letter).await?;
            }
            permit.commit().await?;
            Ok(see_other_with(&context.href("/admin/members"), Flash::OwnershipTransferred))
        }
        Err(ChangeError::Database(error)) => Err(error.into()),
        Err(refusal) => {
            // What was begun is undone with the transaction; the page is shown in one of its own.
            drop(permit);
            let message = match refusal {
                ChangeError::NotFound => "This person is not an active member. Choose another.".to_owned(),
                other => other.to_string(),
            };
            errors.add("to", message);
            let permit = crate::access::permit::<OwnWorkspace>(&context).await?;
            render(&context, permit, &fields, &errors).await
        }
    }
}

async fn render(
    context: &RequestContext,
    mut permit: Permit<OwnWorkspace>,
    fields: &Fields,
    errors: &FieldErrors,
) -> Result<Response, PageError> {
    let account = permit.principal().account;
    let others = members::others(&mut permit, account).await?;
    let person = permit.commit().await?;
    let slug = context.tenant()?.slug.clone();
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(page(context, Head::new("Transfer ownership").with_status(status), || {
        let body = if others.is_empty() { nobody(context) } else { form(context, &others, &slug, fields, errors) };
        let content = view! {
            <div class="page__head"><h1 class="page__title">"Transfer ownership"</h1></div>
            <div class="stack">{summary(errors)} {body}</div>
        };
        frame(context, &person, Section::Settings, true, content)
    }))
}

fn nobody(context: &RequestContext) -> AnyView {
    view! {
        <div class="empty">
            <Icon name="users" />
            <h2>"Nobody to hand it to"</h2>
            <p>"You are the only active person in this workspace."</p>
            <div class="button-row"><a class="button" href=context.href("/admin/members/invite")>"Invite people"</a></div>
        </div>
    }
    .into_any()
}

fn form(
    context: &RequestContext,
    others: &[(AccountId, String)],
    slug: &str,
    fields: &Fields,
    errors: &FieldErrors,
) -> AnyView {
    let people = others.iter().map(|(id, name)| Choice::new(id.to_string(), name));
    let people = with_none("Choose a person", people);
    let new_owner = view! {
        <SelectField
            id="to"
            label="New owner"
            options=people
            value=&fields.to
            errors=errors
            help="Both of you get a mail about it."
        />
    };
    view! {
        <Warning
            title="You cannot take it back yourself"
            text="You become an admin. Only the new owner can make you an owner again."
        />
        <TypedConfirmation
            context=context
            action="/admin/settings/transfer"
            fields=new_owner.into_any()
            ask=("To confirm, type the name of the workspace’s address:", slug.to_owned())
            id="slug"
            label="Name of the workspace’s address"
            maxlength=60
            value=&fields.slug
            errors=errors
            button="Transfer ownership"
            cancel=("Keep it", "/admin/settings")
        />
    }
    .into_any()
}
