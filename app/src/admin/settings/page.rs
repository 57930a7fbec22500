//! The form of the settings, and what leads away from the workspace.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::access::{OwnWorkspace, Principal};

use super::Fields;
use crate::{
    account::profile_form::{locale_options, option, select, zones},
    context::RequestContext,
    ui::{
        FieldErrors, Head,
        form::summary,
        frame::{Section, frame},
        page,
    },
};

pub(super) fn render(context: &RequestContext, person: &Principal, fields: &Fields, errors: &FieldErrors) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page(context, Head::new("Settings").with_status(status), || {
        let days = [("monday", "Monday"), ("saturday", "Saturday"), ("sunday", "Sunday")]
            .map(|(word, label)| option(word, label.to_owned(), &fields.week_start));
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"Settings"</h1>
                <p class="page__lead">"What holds for everybody here who has not chosen otherwise in their profile."</p>
            </div>
            <div class="stack">
                {summary(errors)}
                <form class="form" action=context.href("/admin/settings") method="post">
                    {select("time_zone", "Time zone", "The clocks by which times are shown.", errors, zones(&fields.time_zone))}
                    {select("locale", "Language", "The pages are in English; this is how dates, times and numbers are written.", errors, locale_options(context, &fields.locale))}
                    {select("week_start", "Week begins on", "In calendars and charts.", errors, days.into_iter().collect_view().into_any())}
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
