//! The search of the sidebar: with JavaScript, matching tickets appear while one types; without, it is a form.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::server_functions::FnError;

/// A ticket that matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketHit {
    /// What people call it, as in its address.
    pub key: String,
    /// Its title.
    pub title: String,
}

/// The tickets that fit best to what was typed; the one that is called so first.
///
/// # Errors
/// [`FnError`].
#[server(prefix = "/api/fn", endpoint = "desk/search")]
pub async fn search_tickets(q: String) -> Result<Vec<TicketHit>, FnError> {
    use super::{permission::ReadTickets, project::reach, search, ticket::find};
    use crate::{error::PageError, server_functions::permitted};

    const HITS: usize = 8;
    let (_, mut permit) = permitted::<ReadTickets>().await?;
    let reach = reach::of(&mut permit).await.map_err(PageError::from)?;
    let mut hits = Vec::new();
    if let Ok(key) = q.trim().parse() {
        let found = find::of_key(&mut permit, &reach, &key).await.map_err(PageError::from)?;
        hits.extend(found.map(|ticket| TicketHit { key: ticket.key.to_string(), title: ticket.title }));
    }
    let most = i64::try_from(HITS).unwrap_or(i64::MAX);
    let best = search::best(&mut permit, &reach, &q, most).await.map_err(PageError::from)?;
    permit.commit().await.map_err(PageError::from)?;
    for hit in best {
        let key = hit.key.to_string();
        if hits.iter().all(|other| other.key != key) {
            hits.push(TicketHit { key, title: hit.title });
        }
    }
    hits.truncate(HITS);
    Ok(hits)
}

/// Shows what the sidebar's search finds while one types.
#[island]
pub fn LiveQuickSearch() -> impl IntoView {
    #[cfg(feature = "hydrate")]
    live::watch();
}

#[cfg(feature = "hydrate")]
mod live {
    use leptos::server_fn::ServerFn as _;
    use wasm_bindgen::JsValue;

    use super::SearchTickets;
    use crate::browser;

    pub(super) fn watch() {
        browser::while_typing(&["sidebar-search"], ask, show);
    }

    async fn ask() -> Option<JsValue> {
        let typed = browser::value_of("sidebar-search");
        if typed.trim().is_empty() {
            return None;
        }
        browser::call(SearchTickets::PATH, &[("q", typed)]).await
    }

    fn show(found: Option<JsValue>) {
        let Some(list) = browser::element("quick-search") else { return };
        list.set_inner_html("");
        let hits = browser::items(&found.unwrap_or(JsValue::NULL));
        for hit in &hits {
            let key = browser::text(hit, "key");
            let line = format!("{key} {}", browser::text(hit, "title"));
            let address = format!("{}/tickets/{key}", browser::base_path());
            let link = browser::append(&list, "li", "").and_then(|item| browser::append(&item, "a", &line));
            if let Some(link) = link {
                // Both names are valid, which is all that could fail.
                let _ = link.set_attribute("href", &address);
                let _ = link.set_attribute("class", "quick-search__hit");
            }
        }
        list.set_hidden(hits.is_empty());
    }
}
