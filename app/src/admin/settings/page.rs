//! The form of the settings, and what leads away from the workspace.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::access::{OwnWorkspace, Principal};

use super::Fields;
use crate::{
    context::RequestContext,
    ui::{
        FieldErrors, Head,
        choice::{Choice, SelectField},
        form::summary,
        frame::{Section, frame},
        page, regional,
    },
};

pub(super) fn render(context: &RequestContext, person: &Principal, fields: &Fields, errors: &FieldErrors) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page(context, Head::new("Settings").with_status(status), || {
        let days = [("monday", "Monday"), ("saturday", "Saturday"), ("sunday", "Sunday")]
            .map(|(word, label)| Choice::new(word, label))
            .to_vec();
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"Settings"</h1>
                <p class="page__lead">"What holds for everybody here who has not chosen otherwise in their profile."</p>
            </div>
            <div class="stack">
                {summary(errors)}
                <form class="form" action=context.href("/admin/settings") method="post">
                    <SelectField
                        id="time_zone"
                        label="Time zone"
                        options=regional::zones()
                        value=&fields.time_zone
                        errors=errors
                        help="The clocks by which times are shown."
                    />
                    <SelectField
                        id="locale"
                        label="Language"
                        options=regional::locales(context)
                        value=&fields.locale
                        errors=errors
                        help="The pages are in English; this is how dates, times and numbers are written."
                    />
                    <SelectField
                        id="week_start"
                        label="Week begins on"
                        options=days
                        value=&fields.week_start
                        errors=errors
                        help="In calendars and charts."
                    />
                    <div class="button-row">
                        <button class="button button--primary" type="submit">"Save settings"</button>
                    </div>
                </form>
                {person.may::<OwnWorkspace>().then(|| endings(context))}
            </div>
        };
        frame(context, person, Section::Settings, true, content)
    })
}

/// For owners: giving the workspace away, and closing it.
fn endings(context: &RequestContext) -> AnyView {
    view! {
        <section class="card stack" aria-labelledby="endings">
            <h2 id="endings">"Ownership and closing"</h2>
            <div class="stack">
                <p>"Hand the workspace over to somebody else in it. They become its owner, and you an admin."</p>
                <div class="button-row">
                    <a class="button" href=context.href("/admin/settings/transfer")>"Transfer ownership"</a>
                </div>
            </div>
            <div class="stack">
                <p>"Close the workspace for everybody. For 30 days an owner can open it again; then it is deleted with everything in it."</p>
                <div class="button-row">
                    <a class="button button--danger" href=context.href("/admin/settings/close")>"Close workspace"</a>
                </div>
            </div>
        </section>
    }
    .into_any()
}
