//! What a person says about themselves: name, picture, how times are written for them, which mail they want.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    access::{Permit, SignedIn},
    audit::{self, Act, Action, Scribe},
    db::{DbError, TenantTx},
    id::AccountId,
    picture::{self, Accept, PictureError},
};

/// The most characters of a person's name.
pub const NAME_LENGTH: usize = 120;
/// Each side of a stored picture, in pixels.
pub const AVATAR_SIDE: u32 = 256;

/// Mail that is sent because something happened, and that a person may have a say in.
///
/// A part of the product defines its own, and asks [`wants`] before it sends one; the list of them all is in the app,
/// in `account/profile.rs`.
#[derive(Debug, PartialEq, Eq)]
pub struct Notification {
    /// Its name in the database.
    pub name: &'static str,
    /// What the person is asked.
    pub label: &'static str,
    /// When it is sent, in a sentence.
    pub about: &'static str,
    /// Whether it is sent to who never chose.
    pub by_default: bool,
    /// Whether owners get it whatever they chose.
    pub owners_always: bool,
}

/// Somebody signed in on a device that the account was not used on before.
pub const NEW_DEVICE: Notification = Notification {
    name: "new_device",
    label: "Mail me when somebody signs in to my account on a new device",
    about: "So that you learn of it if it was not you.",
    by_default: true,
    owners_always: true,
};

/// What a person chose, by the name of the notification.
pub type Choices = BTreeMap<String, bool>;

/// A person's profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// What they are called.
    pub name: String,
    /// How dates and numbers are written for them; none: as the product writes them.
    pub locale: Option<String>,
    /// Their time zone; none: the tenant's.
    pub time_zone: Option<String>,
    /// Names their picture.
    pub avatar_hash: Option<String>,
    /// Which mail they want.
    pub notifications: Choices,
}

/// A picture of a person that is safe to serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvatarPicture {
    png: Vec<u8>,
    hash: String,
}

impl AvatarPicture {
    /// Reads an upload and cuts the square out of its middle. Takes up to about a second of processor time and 200 MiB,
    /// so call it through [`picture::apart`].
    ///
    /// # Errors
    /// A [`PictureError`] that says what is wrong with the upload and what would be right.
    pub fn from_upload(bytes: &[u8]) -> Result<Self, PictureError> {
        let png = picture::png(&picture::square(&picture::decode(bytes, Accept::Pixels)?, AVATAR_SIDE))?;
        let hash = picture::hash(&png);
        Ok(Self { png, hash })
    }
}

/// What to do about the picture when a profile is saved.
#[derive(Debug)]
pub enum AvatarChange {
    /// Leave it.
    Keep,
    /// Take it away: the initials stand in.
    Remove,
    /// Put this one in its place.
    Replace(Box<AvatarPicture>),
}

/// What a person decided about their profile. The texts are checked.
#[derive(Debug)]
pub struct ProfileChange {
    /// What they are called.
    pub name: String,
    /// How dates and numbers are written for them.
    pub locale: Option<String>,
    /// Their time zone.
    pub time_zone: Option<String>,
    /// Their picture.
    pub avatar: AvatarChange,
    /// Which mail they want.
    pub notifications: Choices,
}

/// The profile as the audit log keeps it: the picture by its hash.
#[derive(Serialize)]
struct ProfileRecord<'a> {
    name: &'a str,
    locale: Option<&'a str>,
    time_zone: Option<&'a str>,
    avatar: Option<&'a str>,
    notifications: &'a Choices,
}

impl<'a> From<&'a Profile> for ProfileRecord<'a> {
    fn from(profile: &'a Profile) -> Self {
        Self {
            name: &profile.name,
            locale: profile.locale.as_deref(),
            time_zone: profile.time_zone.as_deref(),
            avatar: profile.avatar_hash.as_deref(),
            notifications: &profile.notifications,
        }
    }
}

/// The principal's own profile.
///
/// # Errors
/// [`DbError`].
pub async fn own(permit: &mut Permit<SignedIn>) -> Result<Profile, DbError> {
    let account = permit.principal().account;
    let row = sqlx::query!(
        "SELECT name, locale, time_zone, avatar_hash, notifications FROM account WHERE tenant_id = $1 AND id = $2",
        permit.tenant_id(),
        account.0
    )
    .fetch_one(&mut **permit)
    .await?;
    Ok(Profile {
        name: row.name,
        locale: row.locale,
        time_zone: row.time_zone,
        avatar_hash: row.avatar_hash,
        // What is no choice counts as none.
        notifications: serde_json::from_value(row.notifications).unwrap_or_default(),
    })
}

/// Saves the principal's own profile, and records it.
///
/// # Errors
/// [`DbError`].
pub async fn save(permit: &mut Permit<SignedIn>, scribe: &Scribe, change: ProfileChange) -> Result<(), DbError> {
    let before = own(permit).await?;
    let account = permit.principal().account;
    let notifications = serde_json::to_value(&change.notifications).unwrap_or_else(|_| serde_json::json!({}));
    sqlx::query!(
        "UPDATE account SET name = $3, locale = $4, time_zone = $5, notifications = $6 WHERE tenant_id = $1 AND id = $2",
        permit.tenant_id(),
        account.0,
        change.name,
        change.locale,
        change.time_zone,
        notifications
    )
    .execute(&mut **permit)
    .await?;
    match &change.avatar {
        AvatarChange::Keep => {}
        AvatarChange::Remove => set_avatar(permit, account, None).await?,
        AvatarChange::Replace(avatar) => set_avatar(permit, account, Some(avatar)).await?,
    }
    let after = own(permit).await?;
    if before == after {
        return Ok(());
    }
    let act = Act::by(permit.principal(), Action::ProfileChanged)
        .on("account", account.to_string(), after.name.clone())
        .change(ProfileRecord::from(&before), ProfileRecord::from(&after));
    audit::record(permit, scribe, act).await
}

async fn set_avatar(tx: &mut TenantTx, account: AccountId, avatar: Option<&AvatarPicture>) -> Result<(), DbError> {
    sqlx::query!(
        "UPDATE account SET avatar = $3, avatar_hash = $4 WHERE tenant_id = $1 AND id = $2",
        tx.tenant_id(),
        account.0,
        avatar.map(|avatar| avatar.png.as_slice()),
        avatar.map(|avatar| avatar.hash.as_str())
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The picture of this hash as PNG, if it is the account's and the account is the tenant's.
///
/// # Errors
/// [`DbError`].
pub async fn avatar_png(
    permit: &mut Permit<SignedIn>,
    account: AccountId,
    hash: &str,
) -> Result<Option<Vec<u8>>, DbError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT avatar AS "avatar!" FROM account WHERE tenant_id = $1 AND id = $2 AND avatar_hash = $3"#,
        permit.tenant_id(),
        account.0,
        hash
    )
    .fetch_optional(&mut **permit)
    .await?)
}

/// Whether an account is to get this mail.
///
/// # Errors
/// [`DbError`].
pub async fn wants(tx: &mut TenantTx, account: AccountId, notification: &Notification) -> Result<bool, DbError> {
    let row = sqlx::query!(
        r#"SELECT role, notifications -> $3 = 'true' AS "chosen?" FROM account
           WHERE tenant_id = $1 AND id = $2 AND state = 'active'"#,
        tx.tenant_id(),
        account.0,
        notification.name
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.is_some_and(|row| {
        (notification.owners_always && row.role == "owner") || row.chosen.unwrap_or(notification.by_default)
    }))
}
