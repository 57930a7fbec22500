//! The row of views above the list, and the form that saves one.

use leptos::prelude::*;

use super::{NAME_LENGTH, SavedView};
use crate::{
    context::RequestContext,
    ui::{Icon, choice::Checkbox},
};

/// Links to the views; the one that is open is marked. Nothing where there is none.
pub(in crate::desk) fn row(context: &RequestContext, views: &[SavedView], here: &str) -> AnyView {
    if views.is_empty() {
        return ().into_any();
    }
    let links = views
        .iter()
        .map(|view| {
            let current = (view.filter == here).then_some("page");
            let shared = view.is_shared.then(|| view! { <Icon name="users" /><span class="visually-hidden">" (shared)"</span> });
            view! {
                <li>
                    <a class="tabs__link" href=address(context, view) aria-current=current>{view.name.clone()}{shared}</a>
                </li>
            }
        })
        .collect_view();
    view! {
        <nav class="tabs views" aria-label="Saved views">
            <ul class="tabs__list">
                {links}
                <li><a class="tabs__link" href=context.href("/views")>"Manage views"</a></li>
            </ul>
        </nav>
    }
    .into_any()
}

/// Where a view leads.
pub(super) fn address(context: &RequestContext, view: &SavedView) -> String {
    let mark = if view.filter.is_empty() { "" } else { "?" };
    context.href(&format!("/tickets{mark}{}", view.filter))
}

/// The form that saves what the list shows, behind a summary. Its problems are told on the page of views.
pub(in crate::desk) fn save_form(context: &RequestContext, here: &str) -> AnyView {
    view! {
        <details class="save-view">
            <summary class="filter__summary"><Icon name="plus" />"Save view"</summary>
            <form class="card form save-view__form" action=context.href("/views") method="post">
                <input type="hidden" name="intent" value="create" />
                <input type="hidden" name="filter" value=here.to_owned() />
                <div class="field">
                    <label class="field__label" for="view-name">"Name of the view"</label>
                    <input class="input" id="view-name" name="name" required=true maxlength=NAME_LENGTH autocomplete="off" />
                </div>
                <Checkbox
                    id="view-shared".to_owned()
                    name="shared"
                    value="yes".to_owned()
                    label="Share with the workspace".to_owned()
                    help="Everybody sees it above their list."
                    checked=false
                />
                <div class="button-row"><button class="button button--primary" type="submit">"Save view"</button></div>
            </form>
        </details>
    }
    .into_any()
}
