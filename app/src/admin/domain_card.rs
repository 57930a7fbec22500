//! What the pages of domains have in common, be it hosts or what stands behind the @ of addresses: the card of one, and
//! the page on which it goes.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::access::Principal;
use time::OffsetDateTime;

use crate::{
    context::RequestContext,
    ui::{
        FieldErrors, Head, Icon,
        form::summary,
        frame::{Section, frame},
        page,
        time::Ago,
        typed_confirmation::TypedConfirmation,
    },
};

/// How far a domain is.
#[derive(Clone, Copy)]
pub(super) enum Standing {
    /// All is well.
    Good,
    /// It waits, or its proof is missing.
    Waiting,
}

/// The card of a domain: its name, as people write it too, how far it is in words, a badge, and what follows.
pub(super) fn card(
    name: &str,
    in_unicode: Option<String>,
    (standing, state): (Standing, &'static str),
    badge: Option<&'static str>,
    body: AnyView,
) -> AnyView {
    let title = format!("{name}-title");
    let (class, icon) = match standing {
        Standing::Good => ("status status--pill status--solved", "circle-check"),
        Standing::Waiting => ("status status--pill status--pending", "hourglass"),
    };
    view! {
        <section class="card domain" id=name.to_owned() aria-labelledby=title.clone()>
            <div class="domain__head">
                <h2 class="domain__name" id=title.clone()>{name.to_owned()}</h2>
                <span class=class><Icon name=icon />{state}</span>
                {badge.map(|badge| view! { <span class="badge">{badge}</span> })}
            </div>
            {in_unicode.map(|unicode| view! { <p class="domain__meta">{unicode}</p> })}
            {body}
        </section>
    }
    .into_any()
}

/// What the last check found wrong with the proof: in words, since when, and what that leads to.
pub(super) fn problem(
    words: Option<String>,
    failing_since: Option<OffsetDateTime>,
    [gone, consequence]: [&'static str; 2],
    now: OffsetDateTime,
) -> AnyView {
    let Some(words) = words else { return ().into_any() };
    let consequence = failing_since.map(|since| view! { <p>{gone} <Ago at=since now=now /> {consequence}</p> });
    view! {
        <div class="notice notice--warning" role="status">
            <Icon name="triangle-alert" />
            <p>{words}</p>
            {consequence}
        </div>
    }
    .into_any()
}

/// Where a domain goes, and what that means.
pub(super) struct Removal<'a> {
    /// The part of the admin area.
    pub(super) section: Section,
    /// The list of domains; the form is sent to `remove` under it.
    pub(super) path: &'static str,
    /// The form's field that names the domain.
    pub(super) field: &'static str,
    /// The domain.
    pub(super) name: &'a str,
    /// What happens when it goes.
    pub(super) consequence: String,
}

/// The page on which a domain is removed, once its name was typed.
pub(super) fn removal_page(
    context: &RequestContext,
    person: &Principal,
    removal: &Removal<'_>,
    typed: &str,
    errors: &FieldErrors,
) -> Response {
    let Removal { section, path, field, name, consequence } = removal;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (title, action) = (format!("Remove {name}"), format!("{path}/remove"));
    page(context, Head::new(title.clone()).with_status(status), || {
        let content = view! {
            <div class="page__head"><h1 class="page__title">{title.clone()}</h1></div>
            <div class="stack">
                {summary(errors)}
                <p>{consequence.clone()}</p>
                <TypedConfirmation
                    context=context
                    action=&action
                    fields=view! { <input type="hidden" name=*field value=(*name).to_owned() /> }.into_any()
                    id="typed"
                    label="Domain"
                    help="Type the domain’s name, so that no other goes by mistake."
                    maxlength=300
                    value=typed
                    errors=errors
                    button=title.clone()
                    cancel=("Keep it", path)
                />
            </div>
        };
        frame(context, person, *section, true, content)
    })
}
