//! What the branding editor sends: text fields, and perhaps pictures.

use axum::extract::{FromRequest, Request};
use rowhouse_platform::{
    branding::{
        self, Background, BackgroundChange, BackgroundPicture, Branding, BrandingChange, Colour, LogoChange,
        store::{SENDER_NAME_LENGTH, SIGN_IN_TEXT_LENGTH, SIGN_IN_TITLE_LENGTH},
    },
    picture,
    tenancy::Tenant,
};

use crate::{
    error::PageError,
    ui::{FieldErrors, FormParts},
};

/// The most characters of a workspace's name.
pub(super) const NAME_LENGTH: usize = 80;

/// What was typed and chosen.
#[derive(Debug, Default, Clone)]
pub(super) struct Fields {
    pub(super) name: String,
    pub(super) accent: String,
    pub(super) accent_dark: String,
    pub(super) sign_in_title: String,
    pub(super) sign_in_text: String,
    pub(super) background: String,
    pub(super) sender_name: String,
}

impl Fields {
    /// The fields as they are saved.
    pub(super) fn of(tenant: &Tenant, first_colour: &str) -> Self {
        let branding = &tenant.branding;
        let text = |text: &Option<std::sync::Arc<str>>| text.as_deref().unwrap_or_default().to_owned();
        Self {
            name: tenant.name.clone(),
            accent: branding.accent.map_or_else(|| first_colour.to_owned(), |colour| colour.to_string()),
            accent_dark: branding.accent_dark.map(|colour| colour.to_string()).unwrap_or_default(),
            sign_in_title: text(&branding.sign_in_title),
            sign_in_text: text(&branding.sign_in_text),
            background: branding.background.word().to_owned(),
            sender_name: text(&branding.sender_name),
        }
    }

    /// How it would look, as far as the fields can be read; pictures are those that are saved.
    pub(super) fn preview(&self, saved: &Branding) -> Branding {
        let text = |text: &str, length: usize| {
            let text: String = text.trim().replace("\r\n", "\n").chars().take(length).collect();
            (!text.is_empty()).then(|| text.into())
        };
        Branding {
            sign_in_title: text(&self.sign_in_title, SIGN_IN_TITLE_LENGTH),
            sign_in_text: text(&self.sign_in_text, SIGN_IN_TEXT_LENGTH),
            background: match (self.background.as_str(), &saved.background) {
                ("tint", _) => Background::Tint,
                ("picture", picture @ Background::Picture(_)) => picture.clone(),
                _ => Background::None,
            },
            ..Branding::new(
                &self.name,
                self.accent.trim().parse().ok().or(saved.accent),
                self.accent_dark.trim().parse().ok(),
                saved.logo.clone(),
            )
        }
    }
}

/// Which button was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Intent {
    #[default]
    Save,
    Preview,
    RemoveLogo,
    RemoveBackground,
}

/// The whole form.
#[derive(Debug, Default)]
pub(super) struct Submission {
    pub(super) fields: Fields,
    pub(super) intent: Intent,
    logo: Option<Vec<u8>>,
    background: Option<Vec<u8>>,
}

impl Submission {
    /// What is to be saved; none where something is wrong, which `errors` then says.
    pub(super) async fn check(
        &mut self,
        saved: &Branding,
        errors: &mut FieldErrors,
    ) -> Result<Option<BrandingChange>, PageError> {
        let fields = &self.fields;
        let name = errors.required_line("name", "The name", &fields.name, NAME_LENGTH);
        let accent = errors.take("accent", fields.accent.trim().parse::<Colour>());
        let accent_dark = match fields.accent_dark.trim() {
            "" => None,
            text => errors.take("accent_dark", text.parse::<Colour>()),
        };
        let title = errors.line("sign_in_title", "The title", &fields.sign_in_title, SIGN_IN_TITLE_LENGTH);
        let text = errors.lines("sign_in_text", "The text", &fields.sign_in_text, SIGN_IN_TEXT_LENGTH);
        let sender = errors.line("sender_name", "The sender’s name", &fields.sender_name, SENDER_NAME_LENGTH);
        if sender.contains(misleads) {
            errors.add(
                "sender_name",
                "The sender’s name contains @, <, > or a sign that turns the direction of writing, with which mail can \
                 be made to look like another’s. Leave it out.",
            );
        }
        let logo = self.logo(errors).await?;
        let background = self.background(saved, errors).await?;
        let Some(accent) = accent.filter(|_| errors.is_empty()) else { return Ok(None) };
        let some = |text: String| (!text.is_empty()).then_some(text);
        Ok(Some(BrandingChange {
            name,
            accent,
            accent_dark,
            logo,
            sign_in_title: some(title),
            sign_in_text: some(text),
            background,
            sender_name: some(sender),
        }))
    }

    async fn logo(&mut self, errors: &mut FieldErrors) -> Result<LogoChange, PageError> {
        if self.intent == Intent::RemoveLogo {
            return Ok(LogoChange::Remove);
        }
        let Some(bytes) = self.logo.take() else { return Ok(LogoChange::Keep) };
        let drawn = picture::apart(move || branding::Logo::from_upload(&bytes)).await.map_err(PageError::internal)?;
        Ok(errors.take("logo", drawn).map_or(LogoChange::Keep, |logo| LogoChange::Replace(Box::new(logo))))
    }

    async fn background(&mut self, saved: &Branding, errors: &mut FieldErrors) -> Result<BackgroundChange, PageError> {
        if self.intent == Intent::RemoveBackground {
            Background::None.word().clone_into(&mut self.fields.background);
            return Ok(BackgroundChange::None);
        }
        // Who chooses a file wants to see it.
        if let Some(bytes) = self.background.take() {
            "picture".clone_into(&mut self.fields.background);
            let drawn = picture::apart(move || BackgroundPicture::from_upload(&bytes)).await;
            let drawn = errors.take("background_picture", drawn.map_err(PageError::internal)?);
            return Ok(drawn.map_or(BackgroundChange::Keep, |picture| BackgroundChange::Picture(Box::new(picture))));
        }
        match (self.fields.background.as_str(), &saved.background) {
            ("tint", _) => Ok(BackgroundChange::Tint),
            ("picture", Background::Picture(_)) => Ok(BackgroundChange::Keep),
            ("picture", _) => {
                errors.add("background_picture", "Choose a picture: a PNG, JPEG or WebP file.");
                Ok(BackgroundChange::Keep)
            }
            ("none" | "", _) => Ok(BackgroundChange::None),
            (other, _) => Err(PageError::BadRequest(format!(
                "“{}” is no background; there are none, tint and picture.",
                other.replace(char::is_control, "")
            ))),
        }
    }
}

/// Signs with which a sender's name passes for an address, or for what it is not.
fn misleads(sign: char) -> bool {
    matches!(sign, '@' | '<' | '>' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl<S: Send + Sync> FromRequest<S> for Submission {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let mut form = FormParts::from_request(request, state).await?;
        let mut submission = Self::default();
        while let Some(part) = form.next().await? {
            let fields = &mut submission.fields;
            match part.name() {
                "logo" => submission.logo = part.upload().await?,
                "background_picture" => submission.background = part.upload().await?,
                "name" => fields.name = part.text().await?,
                "accent" => fields.accent = part.text().await?,
                "accent_dark" => fields.accent_dark = part.text().await?,
                "sign_in_title" => fields.sign_in_title = part.text().await?,
                "sign_in_text" => fields.sign_in_text = part.text().await?,
                "background" => fields.background = part.text().await?,
                "sender_name" => fields.sender_name = part.text().await?,
                "intent" => {
                    submission.intent = match part.text().await?.as_str() {
                        "preview" => Intent::Preview,
                        "remove-logo" => Intent::RemoveLogo,
                        "remove-background" => Intent::RemoveBackground,
                        _ => Intent::Save,
                    }
                }
                _ => {}
            }
        }
        Ok(submission)
    }
}
