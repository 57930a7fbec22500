//! What the page that sets up an authenticator app shows: before, and while the app waits for its first code.

use leptos::prelude::*;
use rowhouse_platform::identity::{qr_code::qr_path, totp::Enrolment};

use super::{HOME, TOTP};
use crate::{
    context::RequestContext,
    ui::{
        FieldErrors, Icon,
        form::{TextField, summary},
    },
};

/// Before: what it is, and the button that begins.
pub(super) fn start(context: &RequestContext, replaces: bool, errors: &FieldErrors) -> AnyView {
    let what = if replaces {
        "Set up another app or phone. The one you have works until the new one has shown that it does."
    } else {
        "An authenticator app on your phone shows six digits that change every half minute. You enter them after your password."
    };
    // A secret that was shown more than an hour ago is gone, and a code of it comes too late.
    let too_late = (!errors.is_empty()).then(|| {
        view! {
            <div class="notice notice--warning" role="alert" id="errors" tabindex="-1">
                <Icon name="hourglass" />
                <h2 class="notice__title">"That took too long"</h2>
                <p>"Begin again: you get a new QR code."</p>
            </div>
        }
    });
    view! {
        {too_late}
        <p>{what}</p>
        <p>"Any app for one-time codes (TOTP) will do, as most password managers have one too."</p>
        <form class="button-row" action=context.href(TOTP) method="post">
            <button class="button button--primary" type="submit" name="intent" value="start">
                "Show the QR code"
            </button>
            <a class="button button--quiet" href=context.href(HOME)>"Cancel"</a>
        </form>
    }
    .into_any()
}

/// While it waits: the secret in both forms, and the field for the first code.
pub(super) fn content(context: &RequestContext, enrolment: &Enrolment, errors: &FieldErrors) -> AnyView {
    let cancel = view! {
        <button class="button button--quiet" type="submit" name="intent" value="cancel" formnovalidate=true>
            "Cancel"
        </button>
    };
    steps(context.href(TOTP), enrolment, errors, Some(cancel.into_any()))
}

/// The same, sent to `action`, with what leads away.
pub(crate) fn steps(action: String, enrolment: &Enrolment, errors: &FieldErrors, cancel: Option<AnyView>) -> AnyView {
    view! {
        {summary(errors)}
        <ol class="steps">
            <li>
                <h2>"Scan this with the app"</h2>
                {qr(&enrolment.uri)}
                <p class="field__help">
                    "On this device already? "
                    <a href=enrolment.uri.clone()>"Open the app"</a>
                    ". Or enter this key in it, as a time-based one:"
                </p>
                <p class="secret-key" id="secret-key">{enrolment.groups.clone()}</p>
            </li>
            <li>
                <h2>"Enter the code that it shows"</h2>
                <form class="form" action=action method="post">
                    <TextField
                        id="code"
                        label="Code"
                        value=""
                        errors=errors
                        autocomplete="one-time-code"
                        inputmode="numeric"
                        maxlength=12
                        help="Six digits."
                    />
                    <div class="button-row">
                        <button class="button button--primary" type="submit" name="intent" value="confirm">
                            "Confirm"
                        </button>
                        {cancel}
                    </div>
                </form>
            </li>
        </ol>
    }
    .into_any()
}

/// Dark on light in both schemes: many cameras do not read it the other way round.
fn qr(uri: &str) -> AnyView {
    let Some(path) = qr_path(uri) else { return ().into_any() };
    view! {
        <svg
            class="qr-code"
            viewBox=format!("0 0 {0} {0}", path.side)
            role="img"
            aria-label="QR code with the key for the app; the key stands below as text"
        >
            <rect width="100%" height="100%" fill="#ffffff"></rect>
            <path d=path.outline fill="#000000"></path>
        </svg>
    }
    .into_any()
}
