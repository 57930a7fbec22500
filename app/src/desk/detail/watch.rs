//! `POST /tickets/{key}/watch`: the person hears of the ticket from now on, or no longer. Who reads it may, whether or
//! not they may change it.

use axum::{extract::Path, response::Response};
use serde::Deserialize;

use super::show::{Named, named};
use crate::{
    access::Allowed,
    context::Context,
    desk::{
        permission::ReadTickets,
        project::reach,
        ticket::{ChangeError, find, watch},
    },
    error::PageError,
    routes::see_other_with,
    ui::{FormBody, flash::Flash},
};

#[derive(Deserialize)]
pub(super) struct Fields {
    intent: Intent,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Intent {
    Watch,
    Unwatch,
}

pub(super) async fn submit(
    context: Context,
    Path(name): Path<String>,
    Allowed(mut permit): Allowed<ReadTickets>,
    FormBody(Fields { intent }): FormBody<Fields>,
) -> Result<Response, PageError> {
    let reach = reach::of(&mut permit).await?;
    let (Named::Here(key) | Named::Elsewhere(key)) = named(&mut permit, &reach, &name).await?;
    let ticket = find::id_of_key(&mut permit, &reach, &key).await?.ok_or(PageError::NotFound)?;
    let (watches, flash) = match intent {
        Intent::Watch => (true, Flash::Watching),
        Intent::Unwatch => (false, Flash::NotWatching),
    };
    match watch::set_own(&mut permit, &context.services.ambient, &reach, ticket, watches).await? {
        Ok(()) => {
            permit.commit().await?;
            Ok(see_other_with(&context.href(&format!("/tickets/{key}#fact-watchers")), flash))
        }
        Err(ChangeError::NotFound) => Err(PageError::NotFound),
        Err(refused) => Err(PageError::BadRequest(refused.to_string())),
    }
}
