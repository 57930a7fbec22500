//! The way from a session to what the operator's role sees.

use sqlx::{PgConnection, Postgres, Transaction};

use super::{
    Operator,
    audit::{self, By, Record},
    session,
};
use crate::{
    ambient::Ambient,
    audit::Origin,
    db::{DbError, OperatorDatabase, set_tenant},
    id::TenantId,
    identity::session::SessionToken,
};

/// Somebody who is signed in, and the transaction in which that was found out. By itself it shows nothing of tenants.
#[derive(Debug)]
pub struct SignedIn {
    tx: Transaction<'static, Postgres>,
    operator: Operator,
}

impl SignedIn {
    /// The operator of a token's session, if it is good.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn of(
        database: &OperatorDatabase,
        ambient: &Ambient,
        token: &SessionToken,
    ) -> Result<Option<Self>, DbError> {
        let mut tx = database.begin().await?;
        let operator = session::resume(&mut tx, ambient, token).await?;
        Ok(operator.map(|operator| Self { tx, operator }))
    }

    /// Who it is.
    pub fn operator(&self) -> &Operator {
        &self.operator
    }

    /// Writes down what is about to be read or done.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn record(mut self, ambient: &Ambient, origin: &Origin, record: Record) -> Result<Audited, DbError> {
        audit::write(&mut self.tx, ambient, origin, By::Operator(&self.operator), record).await?;
        Ok(Audited { tx: self.tx, operator: self.operator })
    }

    /// Ends without anything having been read.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn commit(self) -> Result<Operator, DbError> {
        self.tx.commit().await?;
        Ok(self.operator)
    }

    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.tx
    }
}

/// A transaction of the operator's role whose record is written. What is read in it is shown after it is committed, and
/// not before: without its record nothing is shown, and nothing is changed.
#[derive(Debug)]
pub struct Audited {
    tx: Transaction<'static, Postgres>,
    operator: Operator,
}

impl Audited {
    /// Who it is.
    pub fn operator(&self) -> &Operator {
        &self.operator
    }

    /// Makes the record and the changes lasting.
    ///
    /// # Errors
    /// [`DbError`] when PostgreSQL did not confirm.
    pub async fn commit(self) -> Result<Operator, DbError> {
        self.tx.commit().await?;
        Ok(self.operator)
    }

    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.tx
    }
}

/// An [`Audited`] transaction about one tenant: it is set to that tenant, and its record names it.
#[derive(Debug)]
pub struct OfTenant {
    audited: Audited,
    id: TenantId,
    slug: String,
}

impl SignedIn {
    /// Writes down what is about to be read of or done to a tenant. `None` where there is no such tenant.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn about(
        mut self,
        ambient: &Ambient,
        origin: &Origin,
        slug: &str,
        record: Record,
    ) -> Result<Option<OfTenant>, DbError> {
        let id = sqlx::query_scalar!("SELECT id FROM control.tenant WHERE slug = $1", slug)
            .fetch_optional(self.connection())
            .await?;
        let Some(id) = id.map(TenantId) else { return Ok(None) };
        set_tenant(self.connection(), id).await?;
        let audited = self.record(ambient, origin, record.about(id, slug)).await?;
        Ok(Some(OfTenant { audited, id, slug: slug.to_owned() }))
    }
}

impl OfTenant {
    /// Who it is that reads or does it.
    pub fn operator(&self) -> &Operator {
        &self.audited.operator
    }

    /// The tenant.
    pub fn id(&self) -> TenantId {
        self.id
    }

    /// Its name in the host.
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// Makes the record and the changes lasting.
    ///
    /// # Errors
    /// [`DbError`] when PostgreSQL did not confirm.
    pub async fn commit(self) -> Result<Operator, DbError> {
        self.audited.commit().await
    }

    pub(super) fn connection(&mut self) -> &mut PgConnection {
        self.audited.connection()
    }
}
