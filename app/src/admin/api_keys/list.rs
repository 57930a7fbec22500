//! `GET /admin/api-keys`.

use axum::response::Response;
use leptos::prelude::*;
use rowhouse_platform::access::{
    ManageApiKeys,
    api_key::{self, ApiKey},
};
use time::OffsetDateTime;

use super::HOME;
use crate::{
    access::{Allowed, catalogue},
    context::{Context, RequestContext},
    error::PageError,
    ui::{
        Head, Icon,
        frame::{Section, frame},
        page,
        time::{Ago, day},
    },
};

pub(super) async fn show(context: Context, Allowed(mut permit): Allowed<ManageApiKeys>) -> Result<Response, PageError> {
    let keys = api_key::list(&mut permit).await?;
    let person = permit.commit().await?;
    Ok(page(&context, Head::new("API keys"), || {
        let body = if keys.is_empty() { none(&context) } else { table(&context, &keys) };
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"API keys"</h1>
                <div class="page__actions">
                    <a class="button button--primary" href=context.href(&format!("{HOME}/new"))>
                        <Icon name="plus" />
                        "New key"
                    </a>
                </div>
                <p class="page__lead">
                    "Programs come in with a key. It acts for whoever made it, with the permissions that it was given, for as long as that person has them too."
                </p>
            </div>
            {crate::admin::plan::requests(&context, &person)}
            {body}
        };
        frame(&context, &person, Section::ApiKeys, false, content)
    }))
}

fn none(context: &RequestContext) -> AnyView {
    view! {
        <div class="empty">
            <Icon name="terminal" />
            <h2>"No API keys yet"</h2>
            <p>"With a key, a program reads and writes over the API what you could read and write here."</p>
            <div class="button-row">
                <a class="button" href=context.href(&format!("{HOME}/new"))>"Make the first key"</a>
            </div>
        </div>
    }
    .into_any()
}

fn table(context: &RequestContext, keys: &[ApiKey]) -> AnyView {
    let now = context.services.ambient.now();
    let rows = keys.iter().map(|key| row(context, key, now)).collect_view();
    view! {
        <table class="data-table key-list">
            <caption class="visually-hidden">"API keys of this workspace"</caption>
            <thead>
                <tr>
                    <th scope="col">"Key"</th>
                    <th scope="col">"Permissions"</th>
                    <th scope="col">"Acts for"</th>
                    <th scope="col">"Last used"</th>
                    <th scope="col">"Ends"</th>
                    <th scope="col" class="is-end"><span class="visually-hidden">"Revoke"</span></th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(context: &RequestContext, key: &ApiKey, now: OffsetDateTime) -> AnyView {
    let used = match key.last_used_at {
        Some(at) => view! { <Ago at=at now=now /> }.into_any(),
        None => "Never".into_any(),
    };
    let ends = match key.expires_at {
        Some(end) if end <= now => {
            view! { <span class="status status--pill status--closed"><Icon name="circle-slash" />"Ended"</span> }
                .into_any()
        }
        Some(end) => day(end).into_any(),
        None => "Not by itself".into_any(),
    };
    let refused = (!key.owner_is_active)
        .then(|| view! { <span class="key-list__note">"May not come in, so the key is refused"</span> });
    view! {
        <tr>
            <th scope="row">
                {key.name.clone()}
                <code class="key-list__note">{format!("rhk_…_{}…", key.prefix)}</code>
            </th>
            <td data-label="Permissions">{labels(&key.permissions)}</td>
            <td data-label="Acts for">{key.owner_name.clone()} {refused}</td>
            <td data-label="Last used">{used}</td>
            <td data-label="Ends">{ends}</td>
            <td class="is-end">
                <a class="button button--quiet" href=context.href(&format!("{HOME}/{}/revoke", key.id))>
                    "Revoke"
                    <span class="visually-hidden">{format!(" {}", key.name)}</span>
                </a>
            </td>
        </tr>
    }
    .into_any()
}

/// Permissions as people read them.
pub(super) fn labels(names: &[String]) -> String {
    let catalogue = catalogue();
    let label = |name: &String| {
        catalogue.iter().find(|info| info.name == name.as_str()).map_or(name.clone(), |info| info.label.to_owned())
    };
    names.iter().map(label).collect::<Vec<_>>().join(", ")
}
