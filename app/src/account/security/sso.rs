//! `/account/security/sso/…`: with which of the workspace's identity providers the person's account is connected.

use axum::{extract::Path, http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{Permit, Principal, SignedIn},
    db::{DbError, TenantTx},
    id::AccountId,
    identity::policy::{self, Method},
    sso::{
        ConnectionId,
        people::{self, AtHand, Linked},
    },
};

use super::{HOME, in_frame, must_show};
use crate::{
    access::Confirmed,
    account::{CONFIRM, leading_back},
    context::{Context, RequestContext},
    error::PageError,
    routes::{query_string, see_other_with},
    ui::{FieldErrors, Head, Icon, flash::Flash, form::summary, time::Ago},
};

/// Where an account is disconnected.
pub(super) const DISCONNECT: &str = "/account/security/sso/{connection}/disconnect";

/// What the section shows.
pub(super) struct Shown {
    linked: Vec<Linked>,
    at_hand: Vec<AtHand>,
}

/// What the account is connected with, and can be.
pub(super) async fn load(tx: &mut TenantTx, account: AccountId) -> Result<Shown, DbError> {
    let linked = people::of_account(tx, account).await?;
    let allowed = policy::load(tx).await?.allows(Method::Sso);
    let at_hand = if allowed { people::at_hand(tx, account).await? } else { Vec::new() };
    Ok(Shown { linked, at_hand })
}

/// The section of the security page; nothing where the workspace has no connection.
pub(super) fn section(context: &RequestContext, person: &Principal, shown: &Shown) -> AnyView {
    if shown.linked.is_empty() && shown.at_hand.is_empty() {
        return ().into_any();
    }
    let rows = shown.linked.iter().map(|linked| row(context, linked)).collect_view();
    let list = if shown.linked.is_empty() {
        view! { <p class="passkeys__none">"Your account is connected with no identity provider yet."</p> }.into_any()
    } else {
        view! { <ul class="passkeys" aria-labelledby="sso-title">{rows}</ul> }.into_any()
    };
    let add = shown.at_hand.iter().map(|at_hand| connect_link(context, person, at_hand)).collect_view();
    view! {
        <section class="card stack" id="sso" aria-labelledby="sso-title">
            <h2 id="sso-title">"Single sign-on"</h2>
            <p>"Sign in at your company’s identity provider. What your account is connected with brings you to this account, whatever your address is there."</p>
            {list}
            {(!shown.at_hand.is_empty()).then(|| view! { <div class="button-row">{add}</div> })}
        </section>
    }
    .into_any()
}

/// To the provider, where the person says who they are; before that, they confirm here that it is them.
fn connect_link(context: &RequestContext, person: &Principal, at_hand: &AtHand) -> AnyView {
    let query = query_string(&[("purpose", "link".to_owned()), ("next", HOME.to_owned())]);
    let start = format!("/sso/{}/start{query}", at_hand.connection);
    let href = if person.is_confirmed(context.services.ambient.now()) {
        context.href(&start)
    } else {
        leading_back(context, CONFIRM, &start)
    };
    view! {
        <a class="button" href=href>
            <Icon name="plus" />
            {format!("Connect with {}", at_hand.name)}
        </a>
    }
    .into_any()
}

/// To the providers that the account is connected with, which ask for credentials again.
pub(in crate::account) fn confirm_links(context: &RequestContext, connections: &[Linked], next: &str) -> AnyView {
    let link = |linked: &Linked| {
        let query = query_string(&[("purpose", "confirm".to_owned()), ("next", next.to_owned())]);
        let href = context.href(&format!("/sso/{}/start{query}", linked.connection));
        view! { <a class="button button--wide" href=href>{format!("Confirm at {}", linked.name)}</a> }
    };
    connections.iter().map(link).collect_view().into_any()
}

fn row(context: &RequestContext, linked: &Linked) -> AnyView {
    let now = context.services.ambient.now();
    let how = if linked.made_account { "Made your account" } else { "Connected" };
    let href = context.href(&format!("/account/security/sso/{}/disconnect", linked.connection));
    view! {
        <li class="passkeys__row">
            <div class="passkeys__what">
                <p class="passkeys__name">{linked.name.clone()}</p>
                <p class="passkeys__meta">
                    <span>{how} " " <Ago at=linked.linked_at now=now /></span>
                    <span>"Last sign-in there " <Ago at=linked.last_sign_in_at now=now /></span>
                    {(!linked.is_on).then(|| view! { <span>"Switched off"</span> })}
                </p>
            </div>
            <a class="button button--quiet" href=href>
                "Disconnect"
                <span class="visually-hidden">{format!(" from {}", linked.name)}</span>
            </a>
        </li>
    }
    .into_any()
}

/// `GET /account/security/sso/{connection}/disconnect`.
pub(super) async fn show(
    context: Context,
    Path(id): Path<String>,
    Confirmed(mut permit): Confirmed<SignedIn>,
) -> Result<Response, PageError> {
    let id = parse(&id)?;
    if let Some(elsewhere) = must_show(&mut permit, &context, HOME).await? {
        return Ok(elsewhere);
    }
    render(&context, permit, id, &FieldErrors::default()).await
}

/// `POST /account/security/sso/{connection}/disconnect`.
pub(super) async fn submit(
    context: Context,
    Path(id): Path<String>,
    Confirmed(mut permit): Confirmed<SignedIn>,
) -> Result<Response, PageError> {
    let id = parse(&id)?;
    if let Some(elsewhere) = must_show(&mut permit, &context, HOME).await? {
        return Ok(elsewhere);
    }
    let (person, tx) = permit.parts();
    match people::disconnect(tx, &context.scribe(), person, id).await? {
        Ok(_) => {}
        Err(people::NotDisconnected::NotConnected) => return Err(PageError::NotFound),
        Err(refusal @ people::NotDisconnected::LastWay) => {
            let mut errors = FieldErrors::default();
            errors.add("disconnect", refusal);
            return render(&context, permit, id, &errors).await;
        }
    }
    permit.commit().await?;
    Ok(see_other_with(&context.href(HOME), Flash::SsoDisconnected))
}

/// An id that is none answers as a connection that does not exist.
fn parse(id: &str) -> Result<ConnectionId, PageError> {
    id.parse().map_err(|_| PageError::NotFound)
}

async fn render(
    context: &RequestContext,
    mut permit: Permit<SignedIn>,
    id: ConnectionId,
    errors: &FieldErrors,
) -> Result<Response, PageError> {
    let account = permit.principal().account;
    let all = people::of_account(&mut permit, account).await?;
    let linked = all.into_iter().find(|linked| linked.connection == id).ok_or(PageError::NotFound)?;
    let person = permit.commit().await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let head = Head::new(format!("Disconnect from {}?", linked.name)).with_status(status);
    Ok(in_frame(context, &person, head, || {
        view! {
            {summary(errors)}
            <p>
                {format!(
                    "{} no longer brings you to this account. Where it vouches for your email address, your next sign-in there connects you again.",
                    linked.name,
                )}
            </p>
            <form
                class="button-row"
                action=context.href(&format!("/account/security/sso/{id}/disconnect"))
                method="post"
            >
                <button class="button button--danger" id="disconnect" type="submit">
                    {format!("Disconnect from {}", linked.name)}
                </button>
                <a class="button button--quiet" href=context.href(HOME)>"Cancel"</a>
            </form>
        }
        .into_any()
    }))
}
