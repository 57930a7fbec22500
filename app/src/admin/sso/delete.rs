//! `GET /admin/sso/{connection}/delete` and `POST`.

use axum::{extract::Path, http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{ManageSso, Permit},
    sso::{
        Connection,
        connection::{ConnectionError, NAME_LENGTH},
        removal::{self, Dependents},
    },
};
use serde::Deserialize;

use super::{
    super::members::back,
    find,
    in_words::{is_required, people},
};
use crate::{
    access::Confirmed,
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other_with,
    ui::{
        FieldErrors, FormBody, Head,
        flash::Flash,
        form::summary,
        frame::{Section, frame},
        page,
        time::number,
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
    Confirmed(mut permit): Confirmed<ManageSso>,
) -> Result<Response, PageError> {
    let connection = find(&mut permit, &id).await?;
    render(&context, permit, &connection, &Fields::default(), &FieldErrors::default()).await
}

pub(super) async fn submit(
    context: Context,
    Path(id): Path<String>,
    Confirmed(mut permit): Confirmed<ManageSso>,
    FormBody(fields): FormBody<Fields>,
) -> Result<Response, PageError> {
    let connection = find(&mut permit, &id).await?;
    if fields.name.trim() != connection.name {
        let mut errors = FieldErrors::default();
        errors.add("name", format!("This is not the connection’s name. Type “{}”.", connection.name));
        return render(&context, permit, &connection, &fields, &errors).await;
    }
    match removal::remove(&mut permit, &context.scribe(), connection.id).await {
        Ok(()) => {
            permit.commit().await?;
            Ok(see_other_with(&context.href("/admin/sso"), Flash::SsoConnectionDeleted))
        }
        Err(error @ ConnectionError::Required) => {
            let mut errors = FieldErrors::default();
            errors.add("name", error);
            render(&context, permit, &connection, &fields, &errors).await
        }
        Err(error) => Err(error.into()),
    }
}

fn consequence(dependents: Dependents) -> String {
    let who = match (dependents.people, dependents.only_here) {
        (0, _) => "Nobody has signed in by it.".to_owned(),
        (count, 0) => format!("{} signed in by it. All of them have another way to sign in.", people(count)),
        (count, only) => format!(
            "{} signed in by it; {} of them {} neither a password nor a passkey nor another connection here, and can \
             sign in then only with a link by mail, where your sign-in policy allows it.",
            people(count),
            number(only),
            if only == 1 { "has" } else { "have" }
        ),
    };
    format!(
        "{who} Who they are at the provider, its rules, its set-up links and its traces are deleted; accounts stay. \
         Should you make the connection anew, the provider has to be told new addresses."
    )
}

async fn render(
    context: &RequestContext,
    mut permit: Permit<ManageSso>,
    connection: &Connection,
    fields: &Fields,
    errors: &FieldErrors,
) -> Result<Response, PageError> {
    let dependents = removal::dependents(&mut permit, connection.id).await?;
    let person = permit.commit().await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = format!("Delete {}", connection.name);
    Ok(page(context, Head::new(title.clone()).with_status(status), || {
        let home = format!("/admin/sso/{}", connection.id);
        let delete = format!("{home}/delete");
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">{title.clone()}</h1>
                {back(context, &home, "Back to the connection")}
            </div>
            <div class="stack">
                {summary(errors)}
                <Warning title="This cannot be undone" text=consequence(dependents) />
                {is_required(context, dependents)}
                <TypedConfirmation
                    context=context
                    action=&delete
                    ask=("To confirm, type the name:", connection.name.clone())
                    id="name"
                    label="Name of the connection"
                    maxlength=NAME_LENGTH
                    value=&fields.name
                    errors=errors
                    button=title
                    cancel=("Cancel", &home)
                />
            </div>
        };
        frame(context, &person, Section::Sso, true, content)
    }))
}
