//! What holds in a workspace for everybody who has not chosen otherwise.

use serde::Serialize;

use crate::{
    access::{ManageSettings, Permit},
    ambient::Ambient,
    db::{DbError, TenantTx},
};

/// The first day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WeekStart {
    /// As ISO 8601 has it.
    Monday,
    /// As in much of the Arab world.
    Saturday,
    /// As in North America.
    Sunday,
}

impl WeekStart {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Monday, Self::Saturday, Self::Sunday];

    /// The word kept in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Monday => "monday",
            Self::Saturday => "saturday",
            Self::Sunday => "sunday",
        }
    }

    /// Reads the word kept in the database.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|day| day.as_str() == word)
    }
}

/// The settings of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WorkspaceSettings {
    /// A name of the IANA time zone database.
    pub time_zone: String,
    /// A language tag (BCP 47), which says how dates and numbers are written.
    pub locale: String,
    /// The first day of the week.
    pub week_start: WeekStart,
}

impl Default for WorkspaceSettings {
    fn default() -> Self {
        Self { time_zone: "UTC".to_owned(), locale: "en-GB".to_owned(), week_start: WeekStart::Monday }
    }
}

/// The settings of the transaction's tenant.
///
/// # Errors
/// [`DbError`].
pub async fn load(tx: &mut TenantTx) -> Result<WorkspaceSettings, DbError> {
    let row = sqlx::query!(
        "SELECT time_zone, locale, week_start FROM workspace_settings WHERE tenant_id = $1",
        tx.tenant_id()
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map_or_else(WorkspaceSettings::default, |row| WorkspaceSettings {
        time_zone: row.time_zone,
        locale: row.locale,
        week_start: WeekStart::parse(&row.week_start).unwrap_or(WeekStart::Monday),
    }))
}

/// Saves them. They hold from each person's next request on.
///
/// # Errors
/// [`DbError`].
pub async fn save(
    permit: &mut Permit<ManageSettings>,
    ambient: &Ambient,
    settings: &WorkspaceSettings,
) -> Result<(), DbError> {
    let tenant_id = permit.tenant_id();
    sqlx::query!(
        "INSERT INTO workspace_settings (tenant_id, time_zone, locale, week_start, updated_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant_id) DO UPDATE SET time_zone = $2, locale = $3, week_start = $4, updated_at = $5",
        tenant_id,
        settings.time_zone,
        settings.locale,
        settings.week_start.as_str(),
        ambient.now()
    )
    .execute(&mut **permit)
    .await?;
    Ok(())
}
