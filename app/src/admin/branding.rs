//! `GET /admin/branding` and `POST /admin/branding`: how the workspace looks.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{ManageBranding, Principal},
    audit::{self, Act, Action},
    branding::{self, AccentTokens, Branding, BrandingChange, Colour, LogoChange},
};

use super::{
    branding_form::{Fields, Intent, Submission},
    preview_branding::LivePreview,
};
use crate::{
    access::Allowed,
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other_with,
    ui::{
        FieldErrors, Head, Icon,
        document::Mark,
        flash::Flash,
        form::{TextField, described_by, field_error, field_help, summary},
        frame::{Section, frame},
        page,
    },
};

/// The colour that a workspace without one is shown.
const FIRST_COLOUR: &str = "#3b5bdb";
/// The most characters of a workspace's name.
const NAME_LENGTH: usize = 80;

pub(super) async fn show(context: Context, Allowed(permit): Allowed<ManageBranding>) -> Result<Response, PageError> {
    let person = permit.commit().await?;
    let fields = Fields::of(context.tenant()?, FIRST_COLOUR);
    Ok(render(&context, &person, &fields, &FieldErrors::default()))
}

pub(super) async fn submit(
    context: Context,
    Allowed(mut permit): Allowed<ManageBranding>,
    submission: Submission,
) -> Result<Response, PageError> {
    let Submission { fields, intent, upload } = submission;
    let mut errors = FieldErrors::default();
    let name = errors.required_line("name", "The name", &fields.name, NAME_LENGTH);
    let accent = errors.take("accent", fields.accent.trim().parse::<Colour>());
    let accent_dark = match fields.accent_dark.trim() {
        "" => None,
        text => errors.take("accent_dark", text.parse::<Colour>()),
    };
    let logo = match (intent, upload) {
        (Intent::RemoveLogo, _) => LogoChange::Remove,
        (_, Some(bytes)) => {
            // Decoding a picture takes a core for its time.
            let decoded = tokio::task::spawn_blocking(move || branding::Logo::from_upload(&bytes))
                .await
                .map_err(PageError::internal)?;
            match errors.take("logo", decoded) {
                Some(logo) => LogoChange::Replace(Box::new(logo)),
                None => LogoChange::Keep,
            }
        }
        (_, None) => LogoChange::Keep,
    };
    if let (true, Intent::Save | Intent::RemoveLogo, Some(accent)) = (errors.is_empty(), intent, accent) {
        let saved = context.tenant()?;
        let text = |text: &Option<std::sync::Arc<str>>| text.as_deref().map(ToOwned::to_owned);
        let change = BrandingChange {
            accent_dark,
            logo,
            sign_in_title: text(&saved.branding.sign_in_title),
            sign_in_text: text(&saved.branding.sign_in_text),
            sender_name: text(&saved.branding.sender_name),
            ..BrandingChange::new(name, accent)
        };
        let (before, after) =
            branding::save(&mut permit, &context.services.ambient, &saved.name, change).await?;
        let act = Act::by(permit.principal(), Action::BrandingChanged).change(before, after);
        audit::record(&mut permit, &context.scribe(), act).await?;
        let tenant = permit.home().id();
        permit.commit().await?;
        // The news reaches this server a moment later; the next page must not be the old one.
        context.services.directory.forget(tenant);
        return Ok(see_other_with(&context.href("/admin/branding"), Flash::BrandingSaved));
    }
    let person = permit.commit().await?;
    Ok(render(&context, &person, &fields, &errors))
}

fn render(context: &RequestContext, person: &Principal, fields: &Fields, errors: &FieldErrors) -> Response {
    let Ok(tenant) = context.tenant() else {
        return crate::ui::error_page::error_page(context, &PageError::NotFound);
    };
    let saved = &tenant.branding;
    let shown = Branding::new(
        &fields.name,
        fields.accent.trim().parse().ok().or(saved.accent),
        fields.accent_dark.trim().parse().ok(),
        saved.logo.clone(),
    );
    let tokens = shown.tokens.clone().unwrap_or_default();
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let head = Head::new("Branding").with_status(status).with_css(format!(".brand-scope{{{}}}", tokens.to_css()));
    page(context, head, || {
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"Branding"</h1>
                <p class="page__lead">"Name, mark and colour of this workspace, on every page of it."</p>
            </div>
            <div class="branding">
                <div class="stack">{summary(errors)} {form(context, saved, fields, errors)}</div>
                <div class="stack">{preview(context, &shown, &fields.name, &tokens)}</div>
            </div>
        };
        frame(context, person, Section::Branding, false, content)
    })
}

fn form(context: &RequestContext, saved: &Branding, fields: &Fields, errors: &FieldErrors) -> AnyView {
    let logo_error = errors.of("logo");
    let described = described_by("logo", true, logo_error.is_some());
    let remove = saved.logo.is_some().then(|| {
        view! {
            <button class="button" type="submit" name="intent" value="remove-logo" formnovalidate=true>
                <Icon name="trash" />
                "Remove mark"
            </button>
        }
    });
    view! {
        <form class="form" id="branding-form" action=context.href("/admin/branding") method="post" enctype="multipart/form-data">
            <TextField id="name" label="Name" value=&fields.name errors=errors autocomplete="organization" maxlength=NAME_LENGTH />
            <div class="field-pair">
                {colour_field("accent", "Accent", &fields.accent, errors, "Six hex digits, such as #e34234.", true)}
                {colour_field("accent_dark", "Accent in dark", &fields.accent_dark, errors, "Left empty, it is derived from the other.", false)}
            </div>
            <div class="field">
                <label class="field__label" for="logo">"Mark " <span class="field__optional">"(optional)"</span></label>
                <div class="upload">
                    <Mark branding=saved.clone() base_path=context.base_path.clone() large=true />
                    <input
                        class="input"
                        id="logo"
                        name="logo"
                        type="file"
                        accept="image/png,image/jpeg,image/webp"
                        aria-describedby=described
                        aria-invalid=logo_error.is_some().then_some("true")
                    />
                </div>
                {field_help("logo", "PNG, JPEG or WebP, at most 2 MB. Without one, the initials stand on the accent.")}
                {field_error("logo", logo_error)}
            </div>
            <div class="button-row">
                <button class="button button--primary" type="submit" name="intent" value="save">"Save branding"</button>
                <button class="button" type="submit" name="intent" value="preview">"Preview"</button>
                {remove}
            </div>
        </form>
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

fn preview(context: &RequestContext, shown: &Branding, name: &str, tokens: &AccentTokens) -> AnyView {
    let findings =
        tokens.contrast_report().into_iter().map(|finding| view! { <li>{finding.sentence}</li> }).collect_view();
    let one = |class: &'static str, label: &'static str| {
        view! {
            <div class=class role="img" aria-label=label>
                <span class="preview__name">
                    <Mark branding=shown.clone() base_path=context.base_path.clone() />
                    <span class="truncate">{name.to_owned()}</span>
                </span>
                <span class="preview__selected">"Selected row"</span>
                <span class="preview__link">"A link"</span>
                <span class="button button--primary">"New ticket"</span>
                <span class="button preview__focus">"With focus"</span>
            </div>
        }
    };
    view! {
        <section class="stack" aria-labelledby="preview-title">
            <h2 id="preview-title">"Preview"</h2>
            <div class="preview-pair" id="branding-preview">
                {one("preview brand-scope scheme-light", "How it looks in light: mark and name, a selected row, a link and buttons")}
                {one("preview brand-scope scheme-dark", "How it looks in dark: mark and name, a selected row, a link and buttons")}
            </div>
            <ul class="bullets" id="preview-findings" aria-live="polite">{findings}</ul>
            <p class="field__error" id="preview-problem" role="status" hidden=true></p>
            <LivePreview />
        </section>
    }
    .into_any()
}
