//! One more import: the file is received, and its first line is read.

use axum::{extract::Path, http::StatusCode, response::Response};
use futures_util::TryStreamExt as _;
use leptos::prelude::*;
use rowhouse_platform::{
    access::Permit,
    storage::{ObjectId, PutError, Received, object},
};

use super::{head, href, led_to_change};
use crate::{
    access::{Allowed, permit},
    context::{Context, RequestContext},
    desk::{
        import::{
            ImportId, MOST_BYTES, store,
            window::{self, Header, WINDOW},
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

const FIELD: &str = "file";

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
    let home = context.tenant()?.home.clone();
    let services = &context.services;
    let mut tx = services.database.begin(&home).await?;
    let id = object::announce(&mut tx, &services.ambient, "import").await?;
    tx.commit().await?;
    let taken = match receive(&context, id, &mut form).await {
        Ok(Ok((name, received, header))) => keep(&context, &key, &name, &received, &header).await.map(Ok),
        Ok(Err(message)) => Ok(Err(message)),
        Err(error) => Err(error),
    };
    if let Ok(Ok(import)) = &taken {
        return Ok(see_other(&context.href(&format!("/projects/{key}/imports/{import}"))));
    }
    // What fails here is left to the upkeep, which finds the row.
    if services.storage.remove(&home, id).await.is_ok() {
        let mut tx = services.database.begin(&home).await?;
        object::forget(&mut tx, &[id]).await?;
        tx.commit().await?;
    }
    let mut errors = FieldErrors::default();
    if let Err(message) = taken? {
        errors.add(FIELD, message);
    }
    render(&context, permit::<WriteTickets>(&context).await?, &key, &errors).await
}

type Taken = Result<(String, Received, Header), String>;

/// Stores the file and reads its first line; within, what is wrong with it.
async fn receive(context: &RequestContext, id: ObjectId, form: &mut FormParts) -> Result<Taken, PageError> {
    let services = &context.services;
    let home = &context.tenant()?.home;
    while let Some(mut part) = form.next().await? {
        let name: String = match (part.name(), part.file_name()) {
            (FIELD, Some(name)) if !name.is_empty() => {
                name.chars().filter(|sign| !sign.is_control()).take(255).collect()
            }
            _ => continue,
        };
        let name = if name.trim().is_empty() { "tickets.csv".to_owned() } else { name };
        let received = match services.storage.put(home, id, &mut part, MOST_BYTES).await {
            Ok(received) => received,
            Err(PutError::TooLarge { .. }) => {
                // Browsers show no answer before they have sent all.
                while part.try_next().await?.is_some() {}
                return Ok(Err("The file is larger than 100 MB. Bring it in as several files.".to_owned()));
            }
            Err(PutError::Source(error)) => return Err(error),
            Err(PutError::Storage(error)) => return Err(error.into()),
        };
        let end = received.bytes.min(WINDOW);
        let mut first = Vec::new();
        if end > 0 {
            let mut chunks = services.storage.get(home, id, 0..end).await?;
            while let Some(chunk) = chunks.try_next().await? {
                first.extend_from_slice(&chunk);
            }
        }
        return Ok(match window::header(&first, end == received.bytes) {
            Ok(header) => Ok((name, received, header)),
            Err(error) => Err(error.to_string()),
        });
    }
    Ok(Err("Choose a CSV file.".to_owned()))
}

async fn keep(
    context: &RequestContext,
    key: &str,
    name: &str,
    received: &Received,
    header: &Header,
) -> Result<ImportId, PageError> {
    // Meanwhile, rights may have gone, or the project.
    let mut permit = permit::<WriteTickets>(context).await?;
    let project = led_to_change(&mut permit, key).await?;
    let ambient = &context.services.ambient;
    let id = store::add(&mut permit, ambient, project.id, name, received, header).await??.ok_or(PageError::Timeout)?;
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
