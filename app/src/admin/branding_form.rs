//! What the branding editor sends: text fields, and perhaps a picture.

use axum::extract::{FromRequest, Multipart, Request, multipart::MultipartError};
use rowhouse_platform::tenancy::Tenant;

use crate::error::PageError;

/// What was typed.
#[derive(Debug, Default, Clone)]
pub(super) struct Fields {
    pub(super) name: String,
    pub(super) accent: String,
    pub(super) accent_dark: String,
}

impl Fields {
    /// The fields as they are saved.
    pub(super) fn of(tenant: &Tenant, first_colour: &str) -> Self {
        let branding = &tenant.branding;
        Self {
            name: tenant.name.clone(),
            accent: branding.accent.map_or_else(|| first_colour.to_owned(), |colour| colour.to_string()),
            accent_dark: branding.accent_dark.map(|colour| colour.to_string()).unwrap_or_default(),
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
}

/// The whole form.
#[derive(Debug, Default)]
pub(super) struct Submission {
    pub(super) fields: Fields,
    pub(super) intent: Intent,
    pub(super) upload: Option<Vec<u8>>,
}

impl<S: Send + Sync> FromRequest<S> for Submission {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let unreadable = |error: MultipartError| match error.status().as_u16() {
            413 => PageError::TooLarge,
            _ => PageError::BadRequest(format!("The form cannot be read: {}.", error.body_text())),
        };
        let mut form = Multipart::from_request(request, state)
            .await
            .map_err(|_| PageError::BadRequest("This form is sent as multipart/form-data.".to_owned()))?;
        let mut submission = Self::default();
        while let Some(field) = form.next_field().await.map_err(unreadable)? {
            let name = field.name().unwrap_or_default().to_owned();
            if name == "logo" {
                let bytes = field.bytes().await.map_err(unreadable)?;
                submission.upload = (!bytes.is_empty()).then(|| bytes.to_vec());
                continue;
            }
            let text = field.text().await.map_err(unreadable)?;
            match name.as_str() {
                "name" => submission.fields.name = text,
                "accent" => submission.fields.accent = text,
                "accent_dark" => submission.fields.accent_dark = text,
                "intent" => {
                    submission.intent = match text.as_str() {
                        "preview" => Intent::Preview,
                        "remove-logo" => Intent::RemoveLogo,
                        _ => Intent::Save,
                    }
                }
                _ => {}
            }
        }
        Ok(submission)
    }
}
