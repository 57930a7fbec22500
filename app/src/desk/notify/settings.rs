//! `GET /inbox/mail` and `POST /inbox/mail`: what is mailed to somebody of what they are told.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::access::{Permit, SignedIn};
use serde::Deserialize;

use super::wish::{self, When, Wishes};
use crate::{
    access::Allowed,
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other_with,
    ui::{
        FieldErrors, FormBody, Head,
        choice::{Choice, SelectField},
        flash::Flash,
        form::summary,
        frame::{Section, frame},
        page,
    },
};

#[derive(Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    assigned: String,
    #[serde(default)]
    watching: String,
}

impl From<Wishes> for Fields {
    fn from(wishes: Wishes) -> Self {
        Self { assigned: wishes.assigned.word().to_owned(), watching: wishes.watching.word().to_owned() }
    }
}

pub(super) async fn show(context: Context, Allowed(mut permit): Allowed<SignedIn>) -> Result<Response, PageError> {
    let fields = Fields::from(wish::own(&mut permit).await?);
    render(&context, permit, &fields, &FieldErrors::default()).await
}

pub(super) async fn submit(
    context: Context,
    Allowed(mut permit): Allowed<SignedIn>,
    FormBody(fields): FormBody<Fields>,
) -> Result<Response, PageError> {
    let mut errors = FieldErrors::default();
    let mut read =
        |name: &'static str, word: &str| errors.take(name, When::parse(word).ok_or("Choose one of the list."));
    let wishes = read("assigned", &fields.assigned).zip(read("watching", &fields.watching));
    let Some((assigned, watching)) = wishes else {
        return render(&context, permit, &fields, &errors).await;
    };
    wish::save(&mut permit, &context.services.ambient, Wishes { assigned, watching }).await?;
    permit.commit().await?;
    Ok(see_other_with(&context.href("/inbox/mail"), Flash::NotificationsSaved))
}

async fn render(
    context: &RequestContext,
    permit: Permit<SignedIn>,
    fields: &Fields,
    errors: &FieldErrors,
) -> Result<Response, PageError> {
    let person = permit.commit().await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let choices = || When::ALL.map(|when| Choice::new(when.word(), when.label())).to_vec();
    Ok(page(context, Head::new("Mail about tickets").with_status(status), || {
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"Mail about tickets"</h1>
                <p class="page__lead">"Your inbox here has everything, whatever you choose."</p>
            </div>
            <div class="stack">
                {summary(errors)}
                <form class="form" action=context.href("/inbox/mail") method="post">
                    <SelectField
                        id="assigned"
                        label="Tickets assigned to you"
                        options=choices()
                        value=&fields.assigned
                        errors=errors
                    />
                    <SelectField
                        id="watching"
                        label="Tickets that you asked for or watch"
                        options=choices()
                        value=&fields.watching
                        errors=errors
                    />
                    <div class="button-row">
                        <button class="button button--primary" type="submit">"Save"</button>
                        <a class="button button--quiet" href=context.href("/account/profile")>"Profile"</a>
                    </div>
                </form>
            </div>
        };
        frame(context, &person, Section::Profile, true, content)
    }))
}
