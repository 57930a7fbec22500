//! How the page of views looks.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::access::Principal;

use super::{MOST, NAME_LENGTH, SavedView, ViewId, forms::address};
use crate::{
    context::RequestContext,
    desk::permission::ManageProjects,
    ui::{
        FieldErrors, Head, Icon,
        choice::Checkbox,
        form::{TextField, field_error, summary},
        frame::{Section, frame},
        page,
    },
};

/// What was typed, and what is wrong with it.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) name: String,
    /// Of a view that is to be saved.
    pub(super) filter: Option<String>,
    pub(super) is_shared: bool,
    /// The view whose new name was typed.
    pub(super) renaming: Option<ViewId>,
    pub(super) errors: FieldErrors,
}

pub(super) fn render_page(
    context: &RequestContext,
    person: &Principal,
    status: StatusCode,
    views: &[SavedView],
    draft: &Draft,
) -> Response {
    page(context, Head::new("Saved views").with_status(status), || {
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"Saved views"</h1>
                <p class="page__lead">
                    {format!("A view is a filter of the tickets with a name. You can have {MOST}, and see those that others share.")}
                </p>
            </div>
            <div class="stack">
                {summary(&draft.errors)}
                {draft.filter.as_ref().map(|filter| save_again(context, draft, filter))}
                {table(context, person, views, draft)}
            </div>
        };
        frame(context, person, Section::Tickets, false, content)
    })
}

/// The form of a view that could not be saved.
fn save_again(context: &RequestContext, draft: &Draft, filter: &str) -> AnyView {
    view! {
        <form class="card form" action=context.href("/views") method="post" aria-label="Save view">
            <input type="hidden" name="intent" value="create" />
            <input type="hidden" name="filter" value=filter.to_owned() />
            <TextField id="name" label="Name of the view" value=&draft.name errors=&draft.errors maxlength=NAME_LENGTH />
            <Checkbox
                id="shared".to_owned()
                name="shared"
                value="yes".to_owned()
                label="Share with the workspace".to_owned()
                help="Everybody sees it above their list."
                checked=draft.is_shared
            />
            <div class="button-row">
                <button class="button button--primary" type="submit">"Save view"</button>
                <a class="button button--quiet" href=context.href(&format!("/tickets?{filter}"))>"Cancel"</a>
            </div>
        </form>
    }
    .into_any()
}

fn table(context: &RequestContext, person: &Principal, views: &[SavedView], draft: &Draft) -> AnyView {
    if views.is_empty() {
        return view! {
            <div class="empty">
                <Icon name="filter" />
                <h2>"No saved views yet"</h2>
                <p>"Filter the tickets as you often need them, then choose “Save view”."</p>
                <div class="button-row"><a class="button" href=context.href("/tickets")>"Go to the tickets"</a></div>
            </div>
        }
        .into_any();
    }
    let rows = views.iter().map(|one| row(context, person, one, draft)).collect_view();
    view! {
        <table class="data-table view-list">
            <caption class="visually-hidden">"Saved views, your own first"</caption>
            <thead>
                <tr>
                    <th scope="col">"Name"</th>
                    <th scope="col">"Whose"</th>
                    <th scope="col" class="is-end"><span class="visually-hidden">"Change"</span></th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(context: &RequestContext, person: &Principal, one: &SavedView, draft: &Draft) -> AnyView {
    let may_change = one.may_change(person.account, person.may::<ManageProjects>());
    let whose =
        if one.owner == person.account { "Yours".to_owned() } else { one.owner_name.clone().unwrap_or_default() };
    let shared = one.is_shared.then(|| view! { " " <span class="badge">"Shared"</span> });
    view! {
        <tr>
            <th scope="row"><a href=address(context, one)>{one.name.clone()}</a></th>
            <td>{whose}{shared}</td>
            <td class="is-end">{may_change.then(|| changes(context, person, one, draft))}</td>
        </tr>
    }
    .into_any()
}

fn changes(context: &RequestContext, person: &Principal, one: &SavedView, draft: &Draft) -> AnyView {
    let (id, action) = (one.id.to_string(), context.href("/views"));
    let (word, label) = if one.is_shared { ("no", "Stop sharing") } else { ("yes", "Share") };
    let what = format!("{label}: {}", one.name);
    // Others' views could not be seen any more by who takes them back from the workspace.
    let may_share = one.owner == person.account || one.is_shared;
    let share = may_share.then(|| {
        view! {
            <form action=action.clone() method="post">
                <input type="hidden" name="intent" value="share" />
                <input type="hidden" name="id" value=id.clone() />
                <button class="button" type="submit" name="shared" value=word aria-label=what>{label}</button>
            </form>
        }
    });
    view! {
        <div class="view-list__changes">
            {rename(context, one, draft)}
            {share}
            <form action=action.clone() method="post">
                <input type="hidden" name="intent" value="remove" />
                <input type="hidden" name="id" value=id.clone() />
                <button class="button" type="submit" aria-label=format!("Delete: {}", one.name)>"Delete"</button>
            </form>
        </div>
    }
    .into_any()
}

fn rename(context: &RequestContext, one: &SavedView, draft: &Draft) -> AnyView {
    let is_open = draft.renaming == Some(one.id);
    let error = if is_open { draft.errors.of("rename") } else { None };
    // The summary of problems links to the field that has one.
    let field = if is_open { "rename".to_owned() } else { format!("rename-{}", one.id) };
    let value = if is_open { draft.name.clone() } else { one.name.clone() };
    let described = error.is_some().then_some("rename-error");
    view! {
        <details class="save-view" open=is_open>
            <summary class="button" aria-label=format!("Rename: {}", one.name)>"Rename"</summary>
            <form class="card form save-view__form" action=context.href("/views") method="post">
                <input type="hidden" name="intent" value="rename" />
                <input type="hidden" name="id" value=one.id.to_string() />
                <div class="field">
                    <label class="field__label" for=field.clone()>"New name"</label>
                    <input class="input" id=field name="name" value=value required=true maxlength=NAME_LENGTH autocomplete="off" aria-invalid=error.is_some().then_some("true") aria-describedby=described />
                    {field_error("rename", error)}
                </div>
                <div class="button-row"><button class="button button--primary" type="submit">"Rename view"</button></div>
            </form>
        </details>
    }
    .into_any()
}
