//! The search of the sidebar: with JavaScript, matching tickets appear while one types; without, it is a form.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::server_functions::FnError;

/// A ticket that matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketHit {
    /// Its id, as in its address.
    pub id: String,
    /// What people say.
    pub number: i64,
    /// Its title.
    pub title: String,
}

/// The newest tickets with this text in the title; the one of this number first.
///
/// # Errors
/// [`FnError`].
#[server(prefix = "/api/fn", endpoint = "desk/search")]
pub async fn search_tickets(q: String) -> Result<Vec<TicketHit>, FnError> {
    use super::{
        permission::ReadTickets,
        ticket::{self, Cursor, Filter, TicketId},
    };
    use crate::{error::PageError, server_functions::permitted};

    const HITS: usize = 8;
    let (_, mut permit) = permitted::<ReadTickets>().await?;
    let search: String = q.replace(char::is_control, "").trim().chars().take(ticket::TITLE_LENGTH).collect();
    let filter = Filter { status: None, search };
    let mut hits = Vec::new();
    if let Ok(number) = filter.search.trim_start_matches('#').parse() {
        let found = ticket::of_number(&mut permit, number).await.map_err(PageError::from)?;
        hits.extend(found.map(|(id, title)| TicketHit { id: id.to_string(), number, title }));
    }
    let page = ticket::list(&mut permit, &filter, Cursor::Newest, HITS).await.map_err(PageError::from)?;
    permit.commit().await.map_err(PageError::from)?;
    let rows = page.rows.into_iter();
    hits.extend(rows.map(|row| TicketHit { id: TicketId(row.id).to_string(), number: row.number, title: row.title }));
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
            let number = browser::member(hit, "number").as_f64().unwrap_or_default();
            let line = format!("#{number} {}", browser::text(hit, "title"));
            let address = format!("{}/tickets/{}", browser::base_path(), browser::text(hit, "id"));
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
