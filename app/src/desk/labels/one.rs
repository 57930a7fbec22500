//! `GET /labels/{label}` and `POST /labels/{label}`: another name, another colour.

use axum::{extract::Path, http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::access::Permit;

use super::{
    beside,
    fields::{Fields, fields},
    find,
};
use crate::{
    access::{Allowed, permit},
    context::{Context, RequestContext},
    desk::{
        permission::ManageProjects,
        ticket::{Label, label},
        ticket_view::label_badge,
    },
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

pub(super) async fn show(
    context: Context,
    Path(id): Path<String>,
    Allowed(mut permit): Allowed<ManageProjects>,
) -> Result<Response, PageError> {
    let (label, _) = find(&mut permit, &id).await?;
    let typed = Fields::of(&label);
    render(&context, permit, &label, &typed, &FieldErrors::default()).await
}

pub(super) async fn submit(
    context: Context,
    Path(id): Path<String>,
    Allowed(mut managing): Allowed<ManageProjects>,
    FormBody(typed): FormBody<Fields>,
) -> Result<Response, PageError> {
    let (found, _) = find(&mut managing, &id).await?;
    let mut errors = FieldErrors::default();
    let (name, colour) = typed.check(&mut errors)?;
    if errors.is_empty() {
        match label::change(&mut managing, found.id, Some(&name), Some(colour)).await {
            Ok(()) => {
                managing.commit().await?;
                return Ok(see_other_with(&context.href("/labels"), Flash::LabelSaved));
            }
            Err(error) => beside(error, &mut errors)?,
        }
    }
    // PostgreSQL does nothing more in a transaction in which a constraint has refused something.
    drop(managing);
    render(&context, permit(&context).await?, &found, &typed, &errors).await
}

async fn render(
    context: &RequestContext,
    permit: Permit<ManageProjects>,
    label: &Label,
    typed: &Fields,
    errors: &FieldErrors,
) -> Result<Response, PageError> {
    let person = permit.commit().await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = format!("Edit label {}", label.name);
    Ok(page(context, Head::new(title).with_status(status), || {
        let path = context.href(&format!("/labels/{}", label.id));
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"Edit label"</h1>
                <p class="page__lead">{label_badge(label)}</p>
            </div>
            <div class="stack">
                {summary(errors)}
                <form class="form" action=path.clone() method="post">
                    {fields(typed, errors)}
                    <div class="button-row">
                        <button class="button button--primary" type="submit">"Save label"</button>
                        <a class="button button--quiet" href=context.href("/labels")>"Cancel"</a>
                    </div>
                </form>
                <p>
                    <a href=format!("{path}/delete")>
                        <Icon name="trash" />
                        " Merge into another label, or delete"
                    </a>
                </p>
            </div>
        };
        frame(context, &person, Section::Labels, true, content)
    }))
}
