//! `GET /unsubscribe/{token}` and `POST /unsubscribe/{token}`: turns mail about tickets off, without signing in.
//!
//! Mail programs post here by themselves when somebody presses their button (RFC 8058); what they send is
//! `List-Unsubscribe=One-Click`, without a cookie. Looking at the page changes nothing: filters of mail follow links.

use axum::{extract::Path, response::Response};
use leptos::prelude::*;

use super::wish;
use crate::{
    context::Context,
    error::PageError,
    ui::{Head, frame::solo, page},
};

pub(super) async fn show(context: Context, Path(token): Path<String>) -> Result<Response, PageError> {
    context.tenant()?;
    let action = context.href(&format!("/unsubscribe/{}", checked(&token)?));
    // Whether there is such a token is not said here.
    Ok(page(&context, Head::new("Turn mail off").without_islands(), || {
        let content = view! {
            <form class="card stack" action=action method="post">
                <p>"You then get no more mail about tickets of this workspace. Your inbox there stays as it is."</p>
                <button class="button button--primary button--wide" type="submit">"Turn mail off"</button>
            </form>
        };
        solo(&context, false, view! { <h1>"Turn mail about tickets off?"</h1> }, content)
    }))
}

pub(super) async fn submit(context: Context, Path(token): Path<String>) -> Result<Response, PageError> {
    let token = checked(&token)?;
    let mut tx = context.services.database.begin(&context.tenant()?.home).await?;
    if !wish::turn_off(&mut tx, token).await? {
        return Err(PageError::NotFound);
    }
    tx.commit().await?;
    let again = context.href("/inbox/mail");
    Ok(page(&context, Head::new("Mail is off").without_islands(), || {
        let content = view! {
            <div class="card stack">
                <p>"You get no more mail about tickets of this workspace."</p>
                <a href=again>"Choose what is mailed to you"</a>
            </div>
        };
        solo(&context, false, view! { <h1>"Mail is off"</h1> }, content)
    }))
}

/// A token as they are made; another one is of nobody.
fn checked(token: &str) -> Result<&str, PageError> {
    let is_one = token.len() == 40 && token.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if is_one { Ok(token) } else { Err(PageError::NotFound) }
}
