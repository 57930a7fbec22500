//! The branding of a tenant as it is kept, read and changed.

use std::sync::Arc;

use super::{accent::AccentTokens, colour::Colour, logo::Logo, mark::Mark};
use crate::{
    access::{ManageBranding, Permit},
    ambient::Ambient,
    db::{DbError, TenantTx},
};

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
    /// The branding that follows from a name and colours.
    pub fn new(name: &str, accent: Option<Colour>, accent_dark: Option<Colour>, logo: Option<LogoRef>) -> Self {
        let tokens = accent.map(|light| AccentTokens::new(light, accent_dark));
        let css = tokens.as_ref().map_or_else(String::new, AccentTokens::to_css);
        Self { accent, accent_dark, tokens, css: css.into(), logo, initials: Mark::new(name).initials().into() }
    }
}

/// Reads the branding of the transaction's tenant; `name` is what the tenant is called.
///
/// # Errors
/// [`DbError`].
pub async fn load(tx: &mut TenantTx, name: &str) -> Result<Branding, DbError> {
    let row = sqlx::query!(
        "SELECT accent, accent_dark, logo_hash, logo_width, logo_height FROM branding WHERE tenant_id = $1",
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
    Ok(Branding::new(name, row.accent.parse().ok(), row.accent_dark.and_then(|colour| colour.parse().ok()), logo))
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

/// What an owner decided about the branding.
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
}

/// Saves the branding. Servers forget what they remembered of the tenant once the transaction is committed.
///
/// # Errors
/// [`DbError`].
pub async fn save(
    permit: &mut Permit<ManageBranding>,
    ambient: &Ambient,
    change: BrandingChange,
) -> Result<(), DbError> {
    save_in(permit, ambient, change).await
}

/// The same without a person who decided: for demonstration data.
///
/// # Errors
/// [`DbError`].
pub async fn save_in(tx: &mut TenantTx, ambient: &Ambient, change: BrandingChange) -> Result<(), DbError> {
    sqlx::query!("SELECT control.rename_tenant($1)", change.name).execute(&mut *tx).await?;
    let (tenant_id, now) = (tx.tenant_id(), ambient.now());
    sqlx::query!(
        "INSERT INTO branding (tenant_id, accent, accent_dark, updated_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant_id) DO UPDATE SET accent = $2, accent_dark = $3, updated_at = $4",
        tenant_id,
        change.accent.to_string(),
        change.accent_dark.map(|colour| colour.to_string()),
        now
    )
    .execute(&mut *tx)
    .await?;
    match change.logo {
        LogoChange::Keep => Ok(()),
        LogoChange::Remove => set_logo(tx, None).await,
        LogoChange::Replace(logo) => set_logo(tx, Some(&logo)).await,
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
    let hash = logo.map(|logo| logo_hash(&logo.png));
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

/// The first 16 hexadecimal digits of the SHA-256: enough to tell the logos of one tenant apart.
fn logo_hash(png: &[u8]) -> String {
    use std::fmt::Write as _;

    use sha2::{Digest as _, Sha256};
    Sha256::digest(png).iter().take(8).fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
