//! The branding of a tenant as it is kept, read and changed.

use std::sync::Arc;

use serde::Serialize;

use super::{
    accent::AccentTokens,
    background::{Background, BackgroundPicture},
    colour::Colour,
    logo::Logo,
    mark::Mark,
};
use crate::{
    access::{ManageBranding, Permit},
    ambient::Ambient,
    audit::{self, Act, Action, Scribe},
    db::{DbError, TenantTx},
    picture,
};

/// The most characters of the title over the sign-in form.
pub const SIGN_IN_TITLE_LENGTH: usize = 80;
/// The most characters of the text over the sign-in form.
pub const SIGN_IN_TEXT_LENGTH: usize = 500;
/// The most characters of the name that mail comes from.
pub const SENDER_NAME_LENGTH: usize = 60;

/// The branding of a tenant, as every page of it needs it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Branding {
    /// The colour as chosen; none: the product's own look.
    pub accent: Option<Colour>,
    /// The colour for dark pages, where another was chosen.
    pub accent_dark: Option<Colour>,
    /// What follows from the colours, readable in both schemes.
    pub tokens: Option<AccentTokens>,
    /// The tokens as declarations of custom properties, ready for a `:root` block. Empty: the product's own look.
    pub css: Arc<str>,
    /// The logo, where one was given.
    pub logo: Option<LogoRef>,
    /// The letters that stand for the logo where there is none.
    pub initials: Arc<str>,
    /// The title over the sign-in form.
    pub sign_in_title: Option<Arc<str>>,
    /// The text over the sign-in form, its line ends kept.
    pub sign_in_text: Option<Arc<str>>,
    /// What stands behind the sign-in form.
    pub background: Background,
    /// The name that mail comes from; none: the tenant's.
    pub sender_name: Option<Arc<str>>,
}

/// Where a logo is and how large. Its bytes are fetched by [`logo_png`] or [`favicon_png`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoRef {
    /// Names the bytes, so that addresses of them never change their meaning.
    pub hash: Arc<str>,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

impl Branding {
    /// The branding that follows from a name and colours, with nothing said about the sign-in page and mail.
    pub fn new(name: &str, accent: Option<Colour>, accent_dark: Option<Colour>, logo: Option<LogoRef>) -> Self {
        let tokens = accent.map(|light| AccentTokens::new(light, accent_dark));
        let css = tokens.as_ref().map_or_else(String::new, AccentTokens::to_css);
        Self {
            accent,
            accent_dark,
            tokens,
            css: css.into(),
            logo,
            initials: Mark::new(name).initials().into(),
            sign_in_title: None,
            sign_in_text: None,
            background: Background::None,
            sender_name: None,
        }
    }
}

/// Reads the branding of the transaction's tenant; `name` is what the tenant is called.
///
/// # Errors
/// [`DbError`].
pub async fn load(tx: &mut TenantTx, name: &str) -> Result<Branding, DbError> {
    let row = sqlx::query!(
        "SELECT accent, accent_dark, logo_hash, logo_width, logo_height, sign_in_title, sign_in_text, background,
                background_hash, sender_name
         FROM branding WHERE tenant_id = $1",
        tx.tenant_id()
    )
    .fetch_optional(tx)
    .await?;
    let Some(row) = row else { return Ok(Branding::new(name, None, None, None)) };
    let pixels = |value: Option<i32>| value.and_then(|value| u32::try_from(value).ok());
    let logo = match (row.logo_hash, pixels(row.logo_width), pixels(row.logo_height)) {
        (Some(hash), Some(width), Some(height)) => Some(LogoRef { hash: hash.into(), width, height }),
        _ => None,
    };
    let dark = row.accent_dark.and_then(|colour| colour.parse().ok());
    Ok(Branding {
        sign_in_title: row.sign_in_title.map(Into::into),
        sign_in_text: row.sign_in_text.map(Into::into),
        background: match (row.background.as_str(), row.background_hash) {
            ("picture", Some(hash)) => Background::Picture(hash.into()),
            ("tint", _) => Background::Tint,
            _ => Background::None,
        },
        sender_name: row.sender_name.map(Into::into),
        ..Branding::new(name, row.accent.parse().ok(), dark, logo)
    })
}

/// The logo of this hash as PNG, if it is the tenant's.
///
/// # Errors
/// [`DbError`].
pub async fn logo_png(tx: &mut TenantTx, hash: &str) -> Result<Option<Vec<u8>>, DbError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT logo AS "logo!" FROM branding WHERE tenant_id = $1 AND logo_hash = $2"#,
        tx.tenant_id(),
        hash
    )
    .fetch_optional(tx)
    .await?)
}

/// The favicon made of the logo of this hash as PNG, if it is the tenant's.
///
/// # Errors
/// [`DbError`].
pub async fn favicon_png(tx: &mut TenantTx, hash: &str) -> Result<Option<Vec<u8>>, DbError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT favicon AS "favicon!" FROM branding WHERE tenant_id = $1 AND logo_hash = $2"#,
        tx.tenant_id(),
        hash
    )
    .fetch_optional(tx)
    .await?)
}

/// The picture of this hash behind the sign-in page as JPEG, if it is the tenant's.
///
/// # Errors
/// [`DbError`].
pub async fn background_jpeg(tx: &mut TenantTx, hash: &str) -> Result<Option<Vec<u8>>, DbError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT background_picture AS "picture!" FROM branding WHERE tenant_id = $1 AND background_hash = $2"#,
        tx.tenant_id(),
        hash
    )
    .fetch_optional(tx)
    .await?)
}

/// What to do about the logo when branding is saved.
#[derive(Debug)]
pub enum LogoChange {
    /// Leave it.
    Keep,
    /// Take it away: the initials stand in.
    Remove,
    /// Put this one in its place.
    Replace(Box<Logo>),
}

/// What to do about the ground of the sign-in page when branding is saved.
#[derive(Debug)]
pub enum BackgroundChange {
    /// Leave it.
    Keep,
    /// The plain ground of all pages.
    None,
    /// A breath of the accent.
    Tint,
    /// This picture.
    Picture(Box<BackgroundPicture>),
}

/// What an owner decided about the branding. The texts are checked.
#[derive(Debug)]
pub struct BrandingChange {
    /// What the tenant is called.
    pub name: String,
    /// Its colour.
    pub accent: Colour,
    /// Its colour on dark pages, where it is another.
    pub accent_dark: Option<Colour>,
    /// Its logo.
    pub logo: LogoChange,
    /// The title over the sign-in form.
    pub sign_in_title: Option<String>,
    /// The text over the sign-in form.
    pub sign_in_text: Option<String>,
    /// What stands behind the sign-in form.
    pub background: BackgroundChange,
    /// The name that mail comes from.
    pub sender_name: Option<String>,
}

impl BrandingChange {
    /// A name and a colour; the pictures stay, and the rest is as it is without anybody's doing.
    pub fn new(name: String, accent: Colour) -> Self {
        Self {
            name,
            accent,
            accent_dark: None,
            logo: LogoChange::Keep,
            sign_in_title: None,
            sign_in_text: None,
            background: BackgroundChange::Keep,
            sender_name: None,
        }
    }
}

/// The branding as the audit log keeps it: pictures by their hashes.
#[derive(Debug, Serialize)]
struct BrandingRecord {
    name: String,
    accent: Option<String>,
    accent_dark: Option<String>,
    logo: Option<String>,
    sign_in_title: Option<String>,
    sign_in_text: Option<String>,
    background: String,
    background_picture: Option<String>,
    sender_name: Option<String>,
}

impl BrandingRecord {
    fn new(name: &str, branding: &Branding) -> Self {
        let owned = |text: &Option<Arc<str>>| text.as_deref().map(ToOwned::to_owned);
        Self {
            name: name.to_owned(),
            accent: branding.accent.map(|colour| colour.to_string()),
            accent_dark: branding.accent_dark.map(|colour| colour.to_string()),
            logo: branding.logo.as_ref().map(|logo| logo.hash.as_ref().to_owned()),
            sign_in_title: owned(&branding.sign_in_title),
            sign_in_text: owned(&branding.sign_in_text),
            background: branding.background.word().to_owned(),
            background_picture: match &branding.background {
                Background::Picture(hash) => Some(hash.as_ref().to_owned()),
                Background::None | Background::Tint => None,
            },
            sender_name: owned(&branding.sender_name),
        }
    }
}

/// Saves the branding, and records who did so; `name` is what the tenant was called until now. Servers forget what they
/// remembered of the tenant once the transaction is committed.
///
/// # Errors
/// [`DbError`].
pub async fn save(
    permit: &mut Permit<ManageBranding>,
    scribe: &Scribe,
    name: &str,
    change: BrandingChange,
) -> Result<(), DbError> {
    let before = BrandingRecord::new(name, &load(permit, name).await?);
    let name = change.name.clone();
    save_in(permit, scribe.ambient(), change).await?;
    let after = BrandingRecord::new(&name, &load(permit, &name).await?);
    let act = Act::by(permit.principal(), Action::BrandingChanged).change(before, after);
    audit::record(permit, scribe, act).await
}

/// The same without a person who decided: for demonstration data.
///
/// # Errors
/// [`DbError`].
pub async fn save_in(tx: &mut TenantTx, ambient: &Ambient, change: BrandingChange) -> Result<(), DbError> {
    sqlx::query!("SELECT control.rename_tenant($1)", change.name).execute(&mut *tx).await?;
    let (tenant_id, now) = (tx.tenant_id(), ambient.now());
    sqlx::query!(
        "INSERT INTO branding (tenant_id, accent, accent_dark, sign_in_title, sign_in_text, sender_name, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (tenant_id) DO UPDATE
         SET accent = $2, accent_dark = $3, sign_in_title = $4, sign_in_text = $5, sender_name = $6, updated_at = $7",
        tenant_id,
        change.accent.to_string(),
        change.accent_dark.map(|colour| colour.to_string()),
        change.sign_in_title,
        change.sign_in_text,
        change.sender_name,
        now
    )
    .execute(&mut *tx)
    .await?;
    match change.logo {
        LogoChange::Keep => {}
        LogoChange::Remove => set_logo(tx, None).await?,
        LogoChange::Replace(logo) => set_logo(tx, Some(&logo)).await?,
    }
    match change.background {
        BackgroundChange::Keep => Ok(()),
        BackgroundChange::None => set_background(tx, "none", None).await,
        BackgroundChange::Tint => set_background(tx, "tint", None).await,
        BackgroundChange::Picture(picture) => set_background(tx, "picture", Some(&picture)).await,
    }
}

/// Removes the branding of the tenant: its pages wear the product's own look again.
///
/// # Errors
/// [`DbError`].
pub async fn remove_all(tx: &mut TenantTx) -> Result<(), DbError> {
    sqlx::query!("DELETE FROM branding WHERE tenant_id = $1", tx.tenant_id()).execute(tx).await?;
    Ok(())
}

async fn set_logo(tx: &mut TenantTx, logo: Option<&Logo>) -> Result<(), DbError> {
    let pixels = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
    let hash = logo.map(|logo| picture::hash(&logo.png));
    sqlx::query!(
        "UPDATE branding SET logo = $2, favicon = $3, logo_hash = $4, logo_width = $5, logo_height = $6
         WHERE tenant_id = $1",
        tx.tenant_id(),
        logo.map(|logo| logo.png.as_slice()),
        logo.map(|logo| logo.favicon.as_slice()),
        hash,
        logo.map(|logo| pixels(logo.width)),
        logo.map(|logo| pixels(logo.height))
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn set_background(tx: &mut TenantTx, word: &str, picture: Option<&BackgroundPicture>) -> Result<(), DbError> {
    sqlx::query!(
        "UPDATE branding SET background = $2, background_picture = $3, background_hash = $4 WHERE tenant_id = $1",
        tx.tenant_id(),
        word,
        picture.map(|picture| picture.jpeg.as_slice()),
        picture.map(|picture| picture.hash.as_ref())
    )
    .execute(tx)
    .await?;
    Ok(())
}
