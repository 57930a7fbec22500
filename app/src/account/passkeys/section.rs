//! The keys of a person, as a section of their security page.

use leptos::prelude::*;
use rowhouse_platform::identity::passkey::{RelyingParty, keys::Key};

use super::browser::relying_party;
use crate::{
    context::RequestContext,
    ui::{Icon, time::Ago},
};

/// The list, each key with the way to its page, and the way to add one. `may_add`: the workspace lets people sign in
/// with passkeys.
pub(crate) fn section(context: &RequestContext, keys: &[Key], may_add: bool) -> AnyView {
    let here = relying_party(context).ok();
    let here = here.as_ref().map(RelyingParty::id).unwrap_or_default();
    let rows = keys.iter().map(|key| row(context, key, here)).collect_view();
    let list = if keys.is_empty() {
        view! { <p class="passkeys__none">"You have no passkey yet."</p> }.into_any()
    } else {
        view! { <ul class="passkeys" aria-labelledby="passkeys-title">{rows}</ul> }.into_any()
    };
    let add = if may_add {
        view! {
            <div class="button-row">
                <a class="button" href=context.href("/account/passkeys/new")>
                    <Icon name="plus" />
                    "Add a passkey"
                </a>
            </div>
        }
        .into_any()
    } else {
        view! { <p class="passkeys__none">"This workspace does not use passkeys for signing in."</p> }.into_any()
    };
    view! {
        <section class="card stack" id="passkeys" aria-labelledby="passkeys-title">
            <h2 id="passkeys-title">"Passkeys"</h2>
            <p>
                "A passkey signs you in with your fingerprint, your face or the PIN of your device, without a password. It works at the address it was made for."
            </p>
            {list}
            {add}
        </section>
    }
    .into_any()
}

fn row(context: &RequestContext, key: &Key, here: &str) -> AnyView {
    let now = context.services.ambient.now();
    let used = match key.last_used_at {
        Some(at) => view! { <span>"Used " <Ago at=at now=now /></span> }.into_any(),
        None => view! { <span>"Not used yet"</span> }.into_any(),
    };
    let copies = if key.backed_up { "Kept in more than one place" } else { "On one device only" };
    let elsewhere = (key.rp_id != here).then(|| view! { <span>{format!("For {}", key.rp_id)}</span> });
    view! {
        <li class="passkeys__row">
            <div class="passkeys__what">
                <p class="passkeys__name">{key.name.clone()}</p>
                <p class="passkeys__meta">
                    <span>"Added " <Ago at=key.created_at now=now /></span>
                    {used}
                    <span>{copies}</span>
                    {elsewhere}
                </p>
            </div>
            <a class="button button--quiet" href=context.href(&format!("/account/passkeys/{}", key.id))>
                "Manage"
                <span class="visually-hidden">{format!(" “{}”", key.name)}</span>
            </a>
        </li>
    }
    .into_any()
}
