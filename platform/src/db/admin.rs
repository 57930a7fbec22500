//! A direct connection with the rights of the operator or the administrator, for the command line.

use sqlx::{Connection as _, PgConnection};

use super::{DbError, connect_options};
use crate::{
    ambient::Ambient,
    operator::act::{self, StateError},
};

/// One connection of the operator's role, which reads and changes the control plane and reads all tenants' data.
#[derive(Debug)]
pub struct Admin {
    connection: PgConnection,
}

/// Why an act of the operator failed.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// There is no such tenant.
    #[error("there is no tenant “{0}”")]
    NoTenant(String),
    /// The tenant's owner closed it.
    #[error("“{0}” is closing: its owner closed it, so it is neither suspended nor resumed")]
    Closing(String),
    /// The tenant is in the state that was asked for.
    #[error("“{0}” is {1} already")]
    Already(String, String),
    /// PostgreSQL refused or failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<sqlx::Error> for AdminError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

/// A tenant as the operator sees it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct TenantRow {
    /// Its id.
    pub id: uuid::Uuid,
    /// Its name in the host.
    pub slug: String,
    /// What it is called.
    pub name: String,
    /// `active` or `suspended`.
    pub state: String,
    /// Why it was suspended, in the operator's words.
    pub state_reason: Option<String>,
    /// Where its data lives.
    pub placement: String,
    /// Whether it is a demonstration tenant.
    pub is_demo: bool,
    /// When it was created.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: time::OffsetDateTime,
    /// How many people have an account.
    pub accounts: i64,
}

impl Admin {
    /// Connects.
    ///
    /// # Errors
    /// [`DbError`] when the address cannot be read or PostgreSQL cannot be reached.
    pub async fn connect(url: &str) -> Result<Self, DbError> {
        Ok(Self { connection: PgConnection::connect_with(&connect_options(url)?).await? })
    }

    /// All tenants, by name in the host.
    ///
    /// # Errors
    /// [`AdminError::Database`].
    pub async fn tenants(&mut self) -> Result<Vec<TenantRow>, AdminError> {
        Ok(sqlx::query_as!(
            TenantRow,
            r#"SELECT t.id, t.slug, t.name, t.state, t.state_reason, t.placement, t.is_demo, t.created_at,
                      (SELECT count(*) FROM pooled.account a WHERE a.tenant_id = t.id) AS "accounts!"
               FROM control.tenant t ORDER BY t.slug"#
        )
        .fetch_all(&mut self.connection)
        .await?)
    }

    /// One tenant.
    ///
    /// # Errors
    /// [`AdminError::NoTenant`], [`AdminError::Database`].
    pub async fn tenant(&mut self, slug: &str) -> Result<TenantRow, AdminError> {
        let all = self.tenants().await?;
        all.into_iter().find(|row| row.slug == slug).ok_or_else(|| AdminError::NoTenant(slug.to_owned()))
    }

    /// Removes a tenant from the control plane. Its data must be gone before; its domains go with it.
    ///
    /// # Errors
    /// [`AdminError::NoTenant`], [`AdminError::Database`].
    pub async fn remove_tenant(&mut self, slug: &str) -> Result<(), AdminError> {
        let done =
            sqlx::query!("DELETE FROM control.tenant WHERE slug = $1", slug).execute(&mut self.connection).await?;
        if done.rows_affected() == 0 { Err(AdminError::NoTenant(slug.to_owned())) } else { Ok(()) }
    }

    /// Suspends a tenant (with a reason that only the operator sees) or lets it go on. The operators' audit log has it.
    ///
    /// # Errors
    /// [`AdminError`].
    pub async fn set_suspended(
        &mut self,
        ambient: &Ambient,
        slug: &str,
        reason: Option<&str>,
    ) -> Result<(), AdminError> {
        let mut tx = self.connection.begin().await?;
        let done = act::set_suspended(&mut tx, ambient, slug, reason).await;
        match done {
            Ok(true) => Ok(tx.commit().await?),
            Ok(false) => Err(AdminError::NoTenant(slug.to_owned())),
            Err(StateError::Otherwise(state)) if state == "closing" => Err(AdminError::Closing(slug.to_owned())),
            Err(StateError::Otherwise(state)) => Err(AdminError::Already(slug.to_owned(), state)),
            Err(StateError::Database(error)) => Err(error.into()),
        }
    }
}
