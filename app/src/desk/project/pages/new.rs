//! `/projects/new`.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::access::Principal;
use serde::Deserialize;

use super::{
    super::{KEY_LENGTH, NewProject, create, parse_key},
    fields::{self, Fields, access_word},
};
use crate::{
    access::{Allowed, permit},
    context::{Context, RequestContext},
    desk::permission::ManageProjects,
    error::PageError,
    routes::see_other_with,
    ui::{
        FieldErrors, FormBody, Head,
        flash::Flash,
        form::{TextField, summary},
        frame::{Section, frame},
        page,
    },
};

/// What was typed. Its fields stand here one by one: those of a form cannot be flattened into others.
#[derive(Deserialize)]
pub(super) struct NewFields {
    #[serde(default)]
    key: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    access: String,
}

pub(super) async fn show(context: Context, Allowed(permit): Allowed<ManageProjects>) -> Result<Response, PageError> {
    let person = permit.commit().await?;
    let fields = Fields { access: access_word(true).to_owned(), ..Fields::default() };
    Ok(render(&context, &person, "", &fields, &FieldErrors::default()))
}

pub(super) async fn submit(
    context: Context,
    Allowed(mut allowed): Allowed<ManageProjects>,
    FormBody(typed): FormBody<NewFields>,
) -> Result<Response, PageError> {
    let NewFields { key: typed_key, name, description, access } = typed;
    let fields = Fields { name, description, access };
    let mut errors = FieldErrors::default();
    let draft = fields.check(&mut errors);
    let key = if typed_key.trim().is_empty() { None } else { errors.take("key", parse_key(&typed_key)) };
    if !errors.is_empty() {
        let person = allowed.commit().await?;
        return Ok(render(&context, &person, &typed_key, &fields, &errors));
    }
    match create(&mut allowed, &context.scribe(), NewProject { key, draft }).await {
        Ok(key) => {
            allowed.commit().await?;
            Ok(see_other_with(&context.href(&format!("/projects/{key}")), Flash::ProjectCreated))
        }
        Err(error) => {
            drop(allowed);
            error.beside(&mut errors)?;
            let person = permit::<ManageProjects>(&context).await?.commit().await?;
            Ok(render(&context, &person, &typed_key, &fields, &errors))
        }
    }
}

fn render(context: &RequestContext, person: &Principal, key: &str, typed: &Fields, errors: &FieldErrors) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page(context, Head::new("New project").with_status(status), || {
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"New project"</h1>
                <p class="page__lead"><a href=context.href("/projects")>"All projects"</a></p>
            </div>
            <div class="stack">
                {summary(errors)}
                <form class="form" action=context.href("/projects/new") method="post">
                    {fields::name(typed, errors)}
                    <TextField
                        id="key"
                        label="Key"
                        value=key
                        errors=errors
                        maxlength=KEY_LENGTH
                        help="What the numbers of its tickets begin with, as in OPS-142. Left empty, it is made from the name. It cannot be changed later."
                        optional=true
                    />
                    {fields::others(typed, errors)}
                    <p class="muted">"You become its lead."</p>
                    <div class="button-row">
                        <button class="button button--primary" type="submit">"Create project"</button>
                        <a class="button button--quiet" href=context.href("/projects")>"Cancel"</a>
                    </div>
                </form>
            </div>
        };
        frame(context, person, Section::Projects, true, content)
    })
}
