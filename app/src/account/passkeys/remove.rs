//! `GET /account/passkeys/{passkey}/remove` and `POST` to it: the end of a key.

use axum::{extract::Path, http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{Permit, SignedIn},
    identity::passkey::keys::{self, Key, Removal},
};

use super::{LIST, must_show, other_ways, own, parse, record};
use crate::{
    access::Confirmed,
    account::security::in_frame,
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other_with,
    ui::{FieldErrors, Head, Icon, flash::Flash, form::summary},
};

pub(super) async fn show(
    context: Context,
    Path(id): Path<String>,
    Confirmed(mut permit): Confirmed<SignedIn>,
) -> Result<Response, PageError> {
    must_show(&mut permit, &context).await?;
    let key = own(&mut permit, &id).await?;
    render(&context, permit, &key, FieldErrors::default()).await
}

pub(super) async fn submit(
    context: Context,
    Path(id): Path<String>,
    Confirmed(mut permit): Confirmed<SignedIn>,
) -> Result<Response, PageError> {
    must_show(&mut permit, &context).await?;
    let ways = {
        let account = permit.principal().account;
        other_ways(&mut permit, account).await?
    };
    let (person, tx) = permit.parts();
    let key = match keys::remove(tx, person.account, parse(&id)?, ways).await? {
        Removal::Done(key) => key,
        Removal::Unknown => return Err(PageError::NotFound),
        Removal::LastWayIn(key) => {
            let mut errors = FieldErrors::default();
            errors.add("remove", "This passkey is your only way to sign in. Add another one before you remove it.");
            return render(&context, permit, &key, errors).await;
        }
    };
    record::removed(permit.parts(), &context, &key).await?;
    permit.commit().await?;
    Ok(see_other_with(&context.href(LIST), Flash::PasskeyRemoved))
}

async fn render(
    context: &RequestContext,
    permit: Permit<SignedIn>,
    key: &Key,
    errors: FieldErrors,
) -> Result<Response, PageError> {
    let person = permit.commit().await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let head = Head::new(format!("Remove “{}”?", key.name)).with_status(status);
    Ok(in_frame(context, &person, head, || content(context, key, &errors)))
}

fn content(context: &RequestContext, key: &Key, errors: &FieldErrors) -> AnyView {
    let path = context.href(&format!("/account/passkeys/{}", key.id));
    let here = format!("{path}/remove");
    view! {
        <div class="stack">
            {summary(errors)}
            <p>
                {format!(
                    "Nobody can sign in at {} with this passkey afterwards. Your device or password manager keeps its half until you delete it there.",
                    key.rp_id,
                )}
            </p>
            <form class="button-row" action=here method="post">
                <button class="button button--danger" id="remove" type="submit">
                    <Icon name="trash" />
                    {format!("Remove “{}”", key.name)}
                </button>
                <a class="button button--quiet" href=path>"Cancel"</a>
            </form>
        </div>
    }
    .into_any()
}
