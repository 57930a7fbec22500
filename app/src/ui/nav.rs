//! Lists of the sidebar.

use leptos::prelude::*;

use super::{Icon, frame::Section};
use crate::context::RequestContext;

/// An entry of a list.
#[derive(Debug)]
pub struct Entry {
    /// What is open when it is marked.
    pub section: Section,
    /// Its name.
    pub label: &'static str,
    /// The symbol's name.
    pub icon: &'static str,
    /// Where it leads.
    pub path: &'static str,
    /// What stands behind the name.
    pub badge: Option<Badge>,
}

impl Entry {
    /// One without a badge.
    #[must_use]
    pub fn new(section: Section, label: &'static str, icon: &'static str, path: &'static str) -> Self {
        Self { section, label, icon, path, badge: None }
    }
}

/// How many of something there are.
#[derive(Debug)]
pub struct Badge {
    shown: String,
    what: &'static str,
}

impl Badge {
    /// So many, or more than `most`; nothing where there is none. `what` is read aloud after the number.
    #[must_use]
    pub fn counted(count: i64, most: i64, what: &'static str) -> Option<Self> {
        let shown = if count > most { format!("{most}+") } else { count.to_string() };
        (count > 0).then_some(Self { shown, what })
    }
}

/// The items of a list.
pub(super) fn items(context: &RequestContext, entries: Vec<Entry>, open: Section) -> AnyView {
    let item = |entry: Entry| {
        let badge = entry.badge.map(|badge| {
            view! {
                <span class="badge">{badge.shown}<span class="visually-hidden">{format!(" {}", badge.what)}</span></span>
            }
        });
        view! {
            <li>
                <a class="nav-item" href=context.href(entry.path) aria-current=(entry.section == open).then_some("page")>
                    <Icon name=entry.icon />
                    {entry.label}
                    {badge}
                </a>
            </li>
        }
    };
    entries.into_iter().map(item).collect_view().into_any()
}
