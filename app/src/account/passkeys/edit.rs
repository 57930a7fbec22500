//! `GET /account/passkeys/{passkey}` and `POST` to it: one key, and another name for it.

use axum::{extract::Path, http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{Permit, SignedIn},
    identity::passkey::keys::{self, Key, NAME_LENGTH},
};
use serde::Deserialize;

use super::{LIST, own, record};
use crate::{
    access::Allowed,
    account::security::in_frame,
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other_with,
    ui::{
        FieldErrors, FormBody, Head, Icon,
        flash::Flash,
        form::{TextField, summary},
        time::Ago,
    },
};

/// Its new name.
#[derive(Deserialize)]
pub(super) struct Rename {
    name: String,
}

pub(super) async fn show(
    context: Context,
    Path(id): Path<String>,
    Allowed(mut permit): Allowed<SignedIn>,
) -> Result<Response, PageError> {
    let key = own(&mut permit, &id).await?;
    let name = key.name.clone();
    render(&context, permit, &key, &name, FieldErrors::default()).await
}

pub(super) async fn submit(
    context: Context,
    Path(id): Path<String>,
    Allowed(mut permit): Allowed<SignedIn>,
    FormBody(typed): FormBody<Rename>,
) -> Result<Response, PageError> {
    let key = own(&mut permit, &id).await?;
    let mut errors = FieldErrors::default();
    let name = errors.required_line("name", "The name", &typed.name, NAME_LENGTH);
    if !errors.is_empty() {
        return render(&context, permit, &key, &typed.name, errors).await;
    }
    if name != key.name {
        let (person, tx) = permit.parts();
        keys::rename(tx, person.account, key.id, &name).await?;
        record::renamed(permit.parts(), &context, &key, &name).await?;
    }
    permit.commit().await?;
    Ok(see_other_with(&context.href(LIST), Flash::PasskeyRenamed))
}

async fn render(
    context: &RequestContext,
    permit: Permit<SignedIn>,
    key: &Key,
    typed: &str,
    errors: FieldErrors,
) -> Result<Response, PageError> {
    let person = permit.commit().await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let head = Head::new(format!("Passkey “{}”", key.name)).with_status(status);
    Ok(in_frame(context, &person, head, || content(context, key, typed, &errors)))
}

fn content(context: &RequestContext, key: &Key, typed: &str, errors: &FieldErrors) -> AnyView {
    let here = context.href(&format!("/account/passkeys/{}", key.id));
    let now = context.services.ambient.now();
    let used = match key.last_used_at {
        Some(at) => view! { <Ago at=at now=now /> }.into_any(),
        None => "never".into_any(),
    };
    view! {
        <div class="stack">
            {summary(errors)}
            <dl class="facts">
                <div>
                    <dt>"Works at"</dt>
                    <dd>{key.rp_id.clone()}</dd>
                </div>
                <div>
                    <dt>"Added"</dt>
                    <dd><Ago at=key.created_at now=now /></dd>
                </div>
                <div>
                    <dt>"Last used"</dt>
                    <dd>{used}</dd>
                </div>
            </dl>
            <form class="form" action=here.clone() method="post">
                <TextField id="name" label="Name" value=typed errors=errors autocomplete="off" maxlength=NAME_LENGTH />
                <div class="button-row">
                    <button class="button button--primary" type="submit">"Save name"</button>
                    <a class="button button--quiet" href=format!("{here}/remove")>
                        <Icon name="trash" />
                        "Remove this passkey"
                    </a>
                    <a class="button button--quiet" href=context.href(LIST)>"Cancel"</a>
                </div>
            </form>
        </div>
    }
    .into_any()
}
