//! The people who came through the connection.

use leptos::prelude::*;
use rowhouse_platform::{
    access::{Principal, ReadMembers},
    sso::connected::{Connected, PAGE_SIZE},
};

use super::{super::super::members::list_view::state_badge, view::Shown};
use crate::{
    context::RequestContext,
    ui::{
        Icon,
        form::field_error,
        time::{Ago, number},
    },
};

pub(super) fn section(context: &RequestContext, person: &Principal, shown: &Shown) -> AnyView {
    let body = if shown.people.people.is_empty() {
        let words = if shown.number == 0 {
            "Nobody has come through this connection yet. Whoever does is listed here."
        } else {
            "There is nobody on this page."
        };
        view! { <div class="empty"><Icon name="users" /><p>{words}</p></div> }.into_any()
    } else {
        view! {
            {table(context, person, shown)}
            {pager(context, shown)}
            <p class="field__help">
                "Disconnecting somebody ends their sessions that began here. Their account stays, and their next sign-in at the provider connects it again by their address. To keep somebody out, deactivate them."
            </p>
        }
        .into_any()
    };
    view! {
        <section class="card stack" id="connected" tabindex="-1" aria-labelledby="connected-title">
            <h2 id="connected-title">"People who came through it"</h2>
            {field_error("connected", shown.errors.of("connected"))}
            {body}
        </section>
    }
    .into_any()
}

fn table(context: &RequestContext, person: &Principal, shown: &Shown) -> AnyView {
    let rows = shown.people.people.iter().map(|one| row(context, person, shown, one)).collect_view();
    view! {
        <table class="data-table role-list">
            <caption class="visually-hidden">"People who came through this connection, the last one first"</caption>
            <thead>
                <tr>
                    <th scope="col">"Person"</th>
                    <th scope="col">"At the provider"</th>
                    <th scope="col">"State"</th>
                    <th scope="col">"Connected"</th>
                    <th scope="col">"Last sign-in"</th>
                    <th scope="col" class="is-end"><span class="visually-hidden">"Disconnect"</span></th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(context: &RequestContext, person: &Principal, shown: &Shown, one: &Connected) -> AnyView {
    let now = shown.now;
    let name = if person.may::<ReadMembers>() {
        let href = context.href(&format!("/admin/members/{}", one.account));
        view! { <a href=href>{one.name.clone()}</a> }.into_any()
    } else {
        one.name.clone().into_any()
    };
    // Their own is disconnected under their account, where it is seen to that they can still come in.
    let disconnect = (one.account != person.account).then(|| {
        view! {
            <form action=shown.action(context) method="post">
                <input type="hidden" name="intent" value="disconnect" />
                <input type="hidden" name="account" value=one.account.to_string() />
                <button class="button button--quiet" type="submit">
                    "Disconnect"
                    <span class="visually-hidden">{format!(" {}", one.name)}</span>
                </button>
            </form>
        }
    });
    view! {
        <tr>
            <th scope="row">{name}<div class="muted">{one.email.clone()}</div></th>
            <td><code>{one.subject.clone()}</code></td>
            <td>{state_badge(one.state.word())}</td>
            <td>
                {if one.made_account { "Account made " } else { "Connected " }}
                <Ago at=one.linked_at now=now />
            </td>
            <td data-label="Last sign-in"><Ago at=one.last_sign_in_at now=now /></td>
            <td class="is-end role-list__wide">{disconnect}</td>
        </tr>
    }
    .into_any()
}

fn pager(context: &RequestContext, shown: &Shown) -> AnyView {
    let first = shown.number * PAGE_SIZE + 1;
    let last = first + i64::try_from(shown.people.people.len()).unwrap_or(0) - 1;
    let total = shown.people.total;
    let words = if total <= PAGE_SIZE {
        format!("{total} in all")
    } else {
        format!("{} to {} of {}", number(first), number(last), number(total))
    };
    let href = |number: i64| format!("{}?page={}#connected", shown.action(context), number + 1);
    let previous = (shown.number > 0).then(|| href(shown.number - 1));
    let next = (last < total).then(|| href(shown.number + 1));
    view! {
        <nav class="pager" aria-label="Pages">
            <span>{words}</span>
            <span class="pager__links">
                {previous.map(|href| view! { <a class="button" href=href rel="prev"><Icon name="chevron-left" />"Previous"</a> })}
                {next.map(|href| view! { <a class="button" href=href rel="next">"Next"<Icon name="chevron-right" /></a> })}
            </span>
        </nav>
    }
    .into_any()
}
