//! `POST /sign-in/sso`: somebody says their address, and its domain says at which connection they sign in.

use axum::response::Response;
use rowhouse_platform::{identity::EmailAddress, sso::connection};
use serde::Deserialize;

use super::{going_on, offer::start};
use crate::{
    account::{sign_in, sign_in_page},
    context::Context,
    error::PageError,
    ui::{FieldErrors, FormBody},
};

#[derive(Deserialize)]
pub(super) struct Fields {
    sso_email: String,
    #[serde(default)]
    next: String,
}

pub(super) async fn submit(context: Context, FormBody(fields): FormBody<Fields>) -> Result<Response, PageError> {
    let mut errors = FieldErrors::default();
    let Some(email) = errors.take("sso_email", EmailAddress::parse(&fields.sso_email)) else {
        return sign_in::show_again(&context, &fields.sso_email, &fields.next, errors).await;
    };
    let mut tx = context.services.database.begin(&context.tenant()?.home).await?;
    let found = connection::of_email_domain(&mut tx, &email.domain().to_ascii_lowercase()).await?;
    tx.commit().await?;
    match found.as_slice() {
        [] => {
            let words =
                format!("Nobody signs in with an address of {} here. Check it, or use another way.", email.domain());
            errors.add("sso_email", words);
            sign_in::show_again(&context, &fields.sso_email, &fields.next, errors).await
        }
        [one] => {
            let next = sign_in::local_path(&fields.next).unwrap_or_default();
            let address = start(&context, one.id, next, email.as_str());
            Ok(going_on::lead(&context, &one.name, &address))
        }
        several => Ok(sign_in_page::choose(&context, several, &fields.next)),
    }
}
