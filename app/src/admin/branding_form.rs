//! The form of the branding editor, a section a concern.

use leptos::prelude::*;
use rowhouse_platform::branding::{
    Background, Branding, Colour,
    store::{SENDER_NAME_LENGTH, SIGN_IN_TEXT_LENGTH, SIGN_IN_TITLE_LENGTH},
};

use super::branding_submission::{Fields, NAME_LENGTH};
use crate::{
    context::RequestContext,
    ui::{
        FieldErrors, Icon,
        document::Mark,
        form::{TextArea, TextField, described_by, field_error, field_help},
        welcome,
    },
};

pub(super) fn form(context: &RequestContext, saved: &Branding, fields: &Fields, errors: &FieldErrors) -> AnyView {
    view! {
        <form class="form" id="branding-form" action=context.href("/admin/branding") method="post" enctype="multipart/form-data">
            // The return key presses the first button of a form.
            <button class="visually-hidden" type="submit" name="intent" value="save" tabindex="-1" aria-hidden="true">
                "Save branding"
            </button>
            {name_and_mark(context, saved, fields, errors)}
            {colours(fields, errors)}
            {sign_in_page(context, saved, fields, errors)}
            {mail(fields, errors)}
            <div class="button-row">
                <button class="button button--primary" type="submit" name="intent" value="save">"Save branding"</button>
                <button class="button" type="submit" name="intent" value="preview">"Preview"</button>
            </div>
        </form>
    }
    .into_any()
}

fn name_and_mark(context: &RequestContext, saved: &Branding, fields: &Fields, errors: &FieldErrors) -> AnyView {
    let mark = view! { <Mark branding=saved.clone() base_path=context.base_path.clone() large=true /> }.into_any();
    let remove = saved.logo.is_some().then(|| remove("remove-logo", "Remove mark"));
    view! {
        <fieldset class="fieldset">
            <legend>"Name and mark"</legend>
            <p class="fieldset__about">"They stand in the sidebar, in tabs of the browser, on the sign-in page and in mail."</p>
            <TextField id="name" label="Name" value=&fields.name errors=errors autocomplete="organization" maxlength=NAME_LENGTH />
            {upload(
                "logo",
                "Mark",
                "image/png,image/jpeg,image/webp,image/svg+xml,.svg",
                "PNG, JPEG or WebP of at most 2 MB, or SVG of at most 256 KB. Without one, the initials stand on the accent.",
                mark,
                errors,
            )}
            {remove.map(|button| view! { <div class="button-row">{button}</div> })}
        </fieldset>
    }
    .into_any()
}

fn colours(fields: &Fields, errors: &FieldErrors) -> AnyView {
    view! {
        <fieldset class="fieldset">
            <legend>"Colours"</legend>
            <p class="fieldset__about">
                "For buttons, links and what is selected. They are made lighter or darker where they could not be read; the preview says so."
            </p>
            <div class="field-pair">
                {colour_field("accent", "Accent", &fields.accent, errors, "Six hex digits, such as #e34234.", true)}
                {colour_field("accent_dark", "Accent in dark", &fields.accent_dark, errors, "Left empty, it is derived from the other.", false)}
            </div>
        </fieldset>
    }
    .into_any()
}

fn sign_in_page(context: &RequestContext, saved: &Branding, fields: &Fields, errors: &FieldErrors) -> AnyView {
    let label = view! {
        <label class="field__label" for="sign_in_text">"Text " <span class="field__optional">"(optional)"</span></label>
    }
    .into_any();
    let picture = welcome::picture(saved, &context.base_path)
        .map(|src| view! { <img class="upload__picture" src=src alt="" width="96" height="64" /> })
        .into_any();
    let remove =
        matches!(saved.background, Background::Picture(_)).then(|| remove("remove-background", "Remove picture"));
    view! {
        <fieldset class="fieldset">
            <legend>"Sign-in page"</legend>
            <p class="fieldset__about">"Everybody who has the address of this workspace can see it."</p>
            <TextField
                id="sign_in_title"
                label="Title"
                value=&fields.sign_in_title
                errors=errors
                maxlength=SIGN_IN_TITLE_LENGTH
                help="A line above the form, such as “Welcome to support”."
                optional=true
            />
            <TextArea
                id="sign_in_text"
                label=label
                value=&fields.sign_in_text
                errors=errors
                rows=3
                maxlength=SIGN_IN_TEXT_LENGTH
                help="Plain text; line breaks are kept. At most 500 characters."
                optional=true
            />
            <fieldset class="choices">
                <legend class="field__label">"Background"</legend>
                {background("none", "Plain", "The ground of all pages.", fields)}
                {background("tint", "Tint", "A breath of the accent.", fields)}
                {background("picture", "Picture", "What is to be read stands on a plain card before it.", fields)}
            </fieldset>
            {upload(
                "background_picture",
                "Picture",
                "image/png,image/jpeg,image/webp",
                "PNG, JPEG or WebP, at most 2 MB. It fills the window; its edges may be cut off.",
                picture,
                errors,
            )}
            {remove.map(|button| view! { <div class="button-row">{button}</div> })}
        </fieldset>
    }
    .into_any()
}

fn mail(fields: &Fields, errors: &FieldErrors) -> AnyView {
    view! {
        <fieldset class="fieldset">
            <legend>"Mail"</legend>
            <p class="fieldset__about">"Mail of this workspace wears its mark and colours."</p>
            <TextField
                id="sender_name"
                label="Name of the sender"
                value=&fields.sender_name
                errors=errors
                maxlength=SENDER_NAME_LENGTH
                help="Stands before the address that mail comes from. Left empty, it is the name of the workspace."
                optional=true
            />
        </fieldset>
    }
    .into_any()
}

fn background(value: &'static str, label: &'static str, help: &'static str, fields: &Fields) -> AnyView {
    let id = format!("background-{value}");
    view! {
        <div class="choice">
            <input
                class="choice__box"
                type="radio"
                id=id.clone()
                name="background"
                value=value
                checked=fields.background == value
                aria-describedby=format!("{id}-help")
            />
            <label class="choice__label" for=id.clone()>{label}</label>
            <p class="choice__help" id=format!("{id}-help")>{help}</p>
        </div>
    }
    .into_any()
}

fn upload(
    id: &'static str,
    label: &'static str,
    accept: &'static str,
    help: &'static str,
    now: AnyView,
    errors: &FieldErrors,
) -> AnyView {
    let error = errors.of(id);
    let described = described_by(id, true, error.is_some());
    view! {
        <div class="field">
            <label class="field__label" for=id>{label} " " <span class="field__optional">"(optional)"</span></label>
            <div class="upload">
                {now}
                <input
                    class="input"
                    id=id
                    name=id
                    type="file"
                    accept=accept
                    aria-describedby=described
                    aria-invalid=error.is_some().then_some("true")
                />
            </div>
            {field_help(id, help)}
            {field_error(id, error)}
        </div>
    }
    .into_any()
}

fn remove(intent: &'static str, label: &'static str) -> AnyView {
    view! {
        <button class="button" type="submit" name="intent" value=intent formnovalidate=true>
            <Icon name="trash" />
            {label}
        </button>
    }
    .into_any()
}

fn colour_field(
    id: &'static str,
    label: &'static str,
    value: &str,
    errors: &FieldErrors,
    help: &'static str,
    required: bool,
) -> AnyView {
    let error = errors.of(id);
    let described = described_by(id, true, error.is_some());
    let swatch = value.trim().parse::<Colour>().ok().map(|colour| {
        view! {
            <svg class="swatch" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
                <rect width="1" height="1" fill=colour.to_string()></rect>
            </svg>
        }
    });
    view! {
        <div class="field">
            <label class="field__label" for=id>
                {label}
                {(!required).then(|| view! { " " <span class="field__optional">"(optional)"</span> })}
            </label>
            <div class="input-group">
                {swatch}
                <input
                    class="input input--code"
                    id=id
                    name=id
                    type="text"
                    value=value.to_owned()
                    required=required
                    maxlength="7"
                    spellcheck="false"
                    autocomplete="off"
                    aria-describedby=described
                    aria-invalid=error.is_some().then_some("true")
                />
            </div>
            {field_help(id, help)}
            {field_error(id, error)}
        </div>
    }
    .into_any()
}
