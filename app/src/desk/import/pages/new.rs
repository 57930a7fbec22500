//! One more import: the file is received, and its first line is read.

use axum::{extract::Path, http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::Permit,
    plan::{Limit, count},
};

use super::{super::lead::led_to_change, head, href};
use crate::{
    access::{Allowed, permit},
    admin::plan::room,
    context::{Context, RequestContext},
    desk::{
        import::{
            ImportId,
            receive::{FIELD, File, discard, keep, receive},
        },
        permission::WriteTickets,
    },
    error::PageError,
    routes::see_other,
    ui::{
        FieldErrors, FormParts, Head,
        form::{described_by, field_error, field_help, summary},
        frame::{Section, frame},
        page,
    },
};

pub(super) async fn show(
    context: Context,
    Path(key): Path<String>,
    Allowed(permit): Allowed<WriteTickets>,
) -> Result<Response, PageError> {
    render(&context, permit, &key, &FieldErrors::default()).await
}

pub(super) async fn submit(
    context: Context,
    Path(key): Path<String>,
    Allowed(mut allowed): Allowed<WriteTickets>,
    mut form: FormParts,
) -> Result<Response, PageError> {
    led_to_change(&mut allowed, &key).await?;
    // Nothing of the database is held while the file comes in.
    allowed.commit().await?;
    let mut errors = FieldErrors::default();
    match receive(&context, &mut form).await? {
        Ok(file) => match keep_as_person(&context, &key, &file).await {
            Ok(import) => return Ok(see_other(&context.href(&format!("/projects/{key}/imports/{import}")))),
            Err(error) => {
                discard(&context, file.received.id).await?;
                return Err(error);
            }
        },
        Err(error) => errors.add(FIELD, error),
    }
    render(&context, permit::<WriteTickets>(&context).await?, &key, &errors).await
}

async fn keep_as_person(context: &RequestContext, key: &str, file: &File) -> Result<ImportId, PageError> {
    let mut permit = permit::<WriteTickets>(context).await?;
    let id = keep(&mut permit, &context.services.ambient, key, file).await?.ok_or(PageError::Timeout)?;
    permit.commit().await?;
    Ok(id)
}

async fn render(
    context: &RequestContext,
    mut permit: Permit<WriteTickets>,
    key: &str,
    errors: &FieldErrors,
) -> Result<Response, PageError> {
    let project = led_to_change(&mut permit, key).await?;
    let is_limited = permit.entitlements().limit(Limit::StorageBytes).is_some();
    let stored = if is_limited { Some(count::storage(&mut permit).await?) } else { None };
    let person = permit.commit().await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = format!("Import into {}", project.name);
    Ok(page(context, Head::new(title.clone()).with_status(status), || {
        let error = errors.of(FIELD);
        let described = described_by(FIELD, true, error.is_some());
        let is_invalid = error.is_some().then_some("true");
        let content = view! {
            {head(title, href(context, &project, ""), "All imports", None)}
            <div class="stack">
                {summary(errors)}
                {stored.and_then(|stored| room(context, &person, Limit::StorageBytes, stored))}
                <form class="form" action=href(context, &project, "/new") method="post" enctype="multipart/form-data">
                    <div class="field">
                        <label class="field__label" for=FIELD>"CSV file"</label>
                        <input class="input" id=FIELD name=FIELD type="file" accept=".csv,text/csv" required aria-describedby=described aria-invalid=is_invalid />
                        {field_help(FIELD, "UTF-8, at most 100 MB and 500,000 rows. The first line names the columns; commas, semicolons or tabs separate them.")}
                        {field_error(FIELD, error)}
                    </div>
                    <div class="button-row">
                        <button class="button button--primary" type="submit">"Upload file"</button>
                    </div>
                </form>
            </div>
        };
        frame(context, &person, Section::Projects, true, content)
    }))
}
