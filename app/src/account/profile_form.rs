//! The form of a person's profile.

use leptos::prelude::*;
use rowhouse_platform::{
    access::Principal,
    identity::profile::{NAME_LENGTH, Notification},
};

use super::profile::{Fields, NOTIFICATIONS, is_fixed};
use crate::{
    context::RequestContext,
    ui::{
        FieldErrors, Icon,
        avatar::{self, Avatar},
        choice::{Checkbox, SelectField, with_none},
        form::{TextField, described_by, field_error, field_help},
        regional, time,
    },
};

pub(super) fn form(context: &RequestContext, person: &Principal, fields: &Fields, errors: &FieldErrors) -> AnyView {
    view! {
        <form class="form" action=context.href("/account/profile") method="post" enctype="multipart/form-data">
            // The return key presses the first button of a form.
            <button class="visually-hidden" type="submit" name="intent" value="save" tabindex="-1" aria-hidden="true">
                "Save profile"
            </button>
            {you(context, person, fields, errors)}
            {formats(context, fields, errors)}
            <fieldset class="fieldset">
                <legend>"Mail"</legend>
                <p class="fieldset__about">{format!("To {}. What you ask for yourself, such as a new password, is always sent.", person.email)}</p>
                {NOTIFICATIONS.iter().map(|mail| notification(mail, person, fields)).collect_view()}
                <p><a href=context.href("/inbox/mail")>"Mail about tickets"</a></p>
            </fieldset>
            <div class="button-row">
                <button class="button button--primary" type="submit" name="intent" value="save">"Save profile"</button>
                <a class="button button--quiet" href=context.href("/account/leave")>"Leave this workspace"</a>
            </div>
        </form>
    }
    .into_any()
}

fn you(context: &RequestContext, person: &Principal, fields: &Fields, errors: &FieldErrors) -> AnyView {
    let error = errors.of("avatar");
    let described = described_by("avatar", true, error.is_some());
    let src = avatar::address(context, person.account, person.avatar_hash.as_deref());
    let remove = src.is_some().then(|| {
        view! {
            <div class="button-row">
                <button class="button" type="submit" name="intent" value="remove-avatar" formnovalidate=true>
                    <Icon name="trash" />
                    "Remove picture"
                </button>
            </div>
        }
    });
    view! {
        <fieldset class="fieldset">
            <legend>"You"</legend>
            <TextField id="name" label="Name" value=&fields.name errors=errors autocomplete="name" maxlength=NAME_LENGTH />
            <div class="field">
                <label class="field__label" for="avatar">"Picture " <span class="field__optional">"(optional)"</span></label>
                <div class="upload upload--avatar">
                    <Avatar name=&person.name src=src />
                    <input
                        class="input"
                        id="avatar"
                        name="avatar"
                        type="file"
                        accept="image/png,image/jpeg,image/webp"
                        aria-describedby=described
                        aria-invalid=error.is_some().then_some("true")
                    />
                </div>
                {field_help("avatar", "PNG, JPEG or WebP, at most 2 MB. The square in its middle is shown; without one, your initials are.")}
                {field_error("avatar", error)}
            </div>
            {remove}
        </fieldset>
    }
    .into_any()
}

fn formats(context: &RequestContext, fields: &Fields, errors: &FieldErrors) -> AnyView {
    let now = context.services.ambient.now();
    let reader = time::reader();
    view! {
        <fieldset class="fieldset">
            <legend>"Language and time"</legend>
            <p class="fieldset__about">{format!("For you it is now {}.", reader.moment(now))}</p>
            <SelectField
                id="locale"
                label="Language"
                options=with_none("As the workspace has it", regional::locales(context))
                value=&fields.locale
                errors=errors
                help="The pages are in English; this is how dates, times and numbers are written."
            />
            <SelectField
                id="time_zone"
                label="Time zone"
                options=with_none("As the workspace has it", regional::zones())
                value=&fields.time_zone
                errors=errors
                help="All times that you see are those of its clocks."
            />
        </fieldset>
    }
    .into_any()
}

fn notification(mail: &Notification, person: &Principal, fields: &Fields) -> AnyView {
    let is_fixed = is_fixed(mail, person);
    let help = if is_fixed { format!("{} Owners always get it.", mail.about) } else { mail.about.to_owned() };
    let checked = is_fixed || fields.notifications.iter().any(|name| name == mail.name);
    view! {
        <Checkbox
            id=format!("notification-{}", mail.name)
            name="notifications"
            value=mail.name.to_owned()
            label=mail.label.to_owned()
            help=help
            checked=checked
            disabled=is_fixed
        />
    }
    .into_any()
}
