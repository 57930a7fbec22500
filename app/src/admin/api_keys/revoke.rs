//! `/admin/api-keys/{key}/revoke`.

use axum::{extract::Path, response::Response};
use leptos::prelude::*;
use rowhouse_platform::access::{
    ManageApiKeys,
    api_key::{self, ApiKeyId},
};

use super::{super::members::back, HOME, list::labels};
use crate::{
    access::Allowed,
    context::Context,
    error::PageError,
    routes::see_other_with,
    ui::{
        Head,
        flash::Flash,
        frame::{Section, frame},
        page,
        time::Ago,
        typed_confirmation::Warning,
    },
};

/// An id that is none answers as a key that does not exist.
fn read_id(text: &str) -> Result<ApiKeyId, PageError> {
    text.parse().map_err(|_| PageError::NotFound)
}

pub(super) async fn show(
    context: Context,
    Path(id): Path<String>,
    Allowed(mut permit): Allowed<ManageApiKeys>,
) -> Result<Response, PageError> {
    let key = api_key::find(&mut permit, read_id(&id)?).await?.ok_or(PageError::NotFound)?;
    let person = permit.commit().await?;
    let title = format!("Revoke {}", key.name);
    Ok(page(&context, Head::new(title.clone()), || {
        let now = context.services.ambient.now();
        let used = match key.last_used_at {
            Some(at) => view! { "Last used " <Ago at=at now=now /> }.into_any(),
            None => "Never used".into_any(),
        };
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">{title.clone()}</h1>
                {back(&context, HOME, "Back to the API keys")}
            </div>
            <div class="stack">
                <Warning
                    title="This cannot be undone"
                    text="Programs that use the key are refused from the next request on. A new key has to be given to them."
                />
                <p>{format!("It acts for {}: {}.", key.owner_name, labels(&key.permissions))}</p>
                <p class="muted">{used}</p>
                <form class="button-row" action=context.href(&format!("{HOME}/{}/revoke", key.id)) method="post">
                    <button class="button button--danger" type="submit">"Revoke key"</button>
                    <a class="button" href=context.href(HOME)>"Cancel"</a>
                </form>
            </div>
        };
        frame(&context, &person, Section::ApiKeys, true, content)
    }))
}

pub(super) async fn submit(
    context: Context,
    Path(id): Path<String>,
    Allowed(mut permit): Allowed<ManageApiKeys>,
) -> Result<Response, PageError> {
    if !api_key::revoke(&mut permit, &context.scribe(), read_id(&id)?).await? {
        return Err(PageError::NotFound);
    }
    permit.commit().await?;
    Ok(see_other_with(&context.href(HOME), Flash::ApiKeyRevoked))
}
