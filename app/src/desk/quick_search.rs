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

/// The field, and what it finds.
#[island]
pub fn QuickSearch(
    /// What comes before each path of this site.
    base_path: String,
) -> impl IntoView {
    let hits = RwSignal::new(Vec::<TicketHit>::new());
    // Answers may overtake each other: only the one to the last question counts.
    let asked = RwSignal::new(0_u32);
    let ask = move |text: String| {
        let question = asked.get_untracked().wrapping_add(1);
        asked.set(question);
        if text.trim().is_empty() {
            hits.set(Vec::new());
            return;
        }
        leptos::task::spawn_local(async move {
            let found = search_tickets(text).await.unwrap_or_default();
            if asked.get_untracked() == question {
                hits.set(found);
            }
        });
    };
    let mut ask = debounce(std::time::Duration::from_millis(150), ask);
    let link = move |hit: TicketHit| {
        view! {
            <li>
                <a class="quick-search__hit" href=format!("{base_path}/tickets/{}", hit.id)>
                    <span class="muted numeric">{format!("#{}", hit.number)}</span>
                    " "
                    {hit.title}
                </a>
            </li>
        }
    };
    view! {
        <input
            class="input"
            id="sidebar-search"
            name="q"
            type="search"
            placeholder="Search"
            autocomplete="off"
            on:input:target=move |event| {
                ask(event.target().value());
            }
        />
        <ul class="quick-search" aria-label="Tickets found" hidden=move || hits.with(Vec::is_empty)>
            {move || hits.get().into_iter().map(link.clone()).collect_view()}
        </ul>
    }
}
