//! Transactions that are bound to what they were opened for.

use std::sync::Arc;

use futures_util::{future::BoxFuture, stream::BoxStream};
use sqlx::{
    Describe, Either, Error, Execute, Executor, Postgres, SqlStr, Transaction,
    postgres::{PgArguments, PgQueryResult, PgRow, PgStatement, PgTypeInfo},
};

use super::{DbError, fair::Turn};
use crate::{plan::Entitlements, tenancy::TenantHome};

/// A transaction of one tenant. Queries run on `&mut` of it; dropped without [`commit`](Self::commit), it is undone.
#[derive(Debug)]
pub struct TenantTx {
    scoped: Scoped,
    home: TenantHome,
}

impl TenantTx {
    pub(super) fn new(
        transaction: Transaction<'static, Postgres>,
        turn: Turn,
        home: TenantHome,
        unnamed: bool,
    ) -> Self {
        Self { scoped: Scoped { transaction, unnamed, _turn: turn }, home }
    }

    /// The tenant that the transaction is of.
    pub fn home(&self) -> &TenantHome {
        &self.home
    }

    /// What the tenant may use.
    pub fn entitlements(&self) -> &Arc<Entitlements> {
        self.home.entitlements()
    }

    /// The id to compare `tenant_id` with: queries say it too, as a second wall beside row-level security.
    pub fn tenant_id(&self) -> uuid::Uuid {
        self.home.id().0
    }

    /// Makes the changes lasting.
    ///
    /// # Errors
    /// [`DbError::Sql`] when PostgreSQL did not confirm; the changes are then not made, or it is unknown.
    pub async fn commit(self) -> Result<(), DbError> {
        Ok(self.scoped.transaction.commit().await?)
    }
}

/// A transaction without a tenant, for the functions of the control plane.
#[derive(Debug)]
pub struct ControlTx {
    scoped: Scoped,
}

impl ControlTx {
    pub(super) fn new(transaction: Transaction<'static, Postgres>, turn: Turn, unnamed: bool) -> Self {
        Self { scoped: Scoped { transaction, unnamed, _turn: turn } }
    }

    /// Makes the changes lasting.
    ///
    /// # Errors
    /// [`DbError::Sql`] when PostgreSQL did not confirm.
    pub async fn commit(self) -> Result<(), DbError> {
        Ok(self.scoped.transaction.commit().await?)
    }
}

#[derive(Debug)]
struct Scoped {
    transaction: Transaction<'static, Postgres>,
    unnamed: bool,
    /// The right to the connection. After the transaction, so that it is given back after it.
    _turn: Turn,
}

/// A query that is sent without a name for its prepared statement, whatever it asked for itself.
struct Unnamed<E>(E);

impl<'q, E: Execute<'q, Postgres>> Execute<'q, Postgres> for Unnamed<E> {
    fn sql(self) -> SqlStr {
        self.0.sql()
    }

    fn statement(&self) -> Option<&PgStatement> {
        self.0.statement()
    }

    fn take_arguments(&mut self) -> Result<Option<PgArguments>, sqlx::error::BoxDynError> {
        self.0.take_arguments()
    }

    fn persistent(&self) -> bool {
        false
    }
}

macro_rules! executor {
    ($name:ty) => {
        impl<'c> Executor<'c> for &'c mut $name {
            type Database = Postgres;

            fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Either<PgQueryResult, PgRow>, Error>>
            where
                'c: 'e,
                E: 'q + Execute<'q, Postgres>,
            {
                let unnamed = self.scoped.unnamed;
                let connection = &mut *self.scoped.transaction;
                if unnamed { connection.fetch_many(Unnamed(query)) } else { connection.fetch_many(query) }
            }

            fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, Error>>
            where
                'c: 'e,
                E: 'q + Execute<'q, Postgres>,
            {
                let unnamed = self.scoped.unnamed;
                let connection = &mut *self.scoped.transaction;
                if unnamed { connection.fetch_optional(Unnamed(query)) } else { connection.fetch_optional(query) }
            }

            fn prepare_with<'e>(
                self,
                sql: SqlStr,
                parameters: &'e [PgTypeInfo],
            ) -> BoxFuture<'e, Result<PgStatement, Error>>
            where
                'c: 'e,
            {
                (&mut *self.scoped.transaction).prepare_with(sql, parameters)
            }

            fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Postgres>, Error>>
            where
                'c: 'e,
            {
                (&mut *self.scoped.transaction).describe(sql)
            }
        }
    };
}

executor!(TenantTx);
executor!(ControlTx);
