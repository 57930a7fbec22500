//! The audit logs of all tenants, as the operator's connection keeps them: checked, and pruned.

use futures_util::TryStreamExt as _;
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use super::{
    AuditKeys, Scribe,
    chain::Record,
    walk::{Anchor, ChainReport, Head, Walk},
};
use crate::{ambient::Ambient, db::DbError};

/// A connection of the operator's role, and the keys.
#[derive(Debug)]
pub struct Keeper {
    pub(super) connection: PgConnection,
    pub(super) scribe: Scribe,
}

/// A chain there is: of a tenant, or left behind by one.
#[derive(Debug, Clone)]
pub struct Chain {
    /// Whose it is.
    pub tenant_id: Uuid,
    /// The tenant's name in the host; none where there is no such tenant (any more).
    pub slug: Option<String>,
}

impl Chain {
    /// What to call it.
    pub fn name(&self) -> String {
        self.slug.clone().unwrap_or_else(|| format!("{} (no such tenant)", self.tenant_id))
    }
}

impl Keeper {
    /// Connects with the operator's address.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn connect(operator_url: &str, ambient: Ambient, keys: AuditKeys) -> Result<Self, DbError> {
        let connection = PgConnection::connect(operator_url).await?;
        Ok(Self { connection, scribe: Scribe::system(ambient, keys) })
    }

    /// Every chain: of each tenant, whether or not there is anything in it, and of ids that no tenant has.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn chains(&mut self) -> Result<Vec<Chain>, DbError> {
        Ok(sqlx::query_as!(
            Chain,
            r#"SELECT known.tenant_id AS "tenant_id!", t.slug AS "slug?"
               FROM (SELECT id AS tenant_id FROM control.tenant
                     UNION SELECT tenant_id FROM pooled.audit_head
                     UNION SELECT tenant_id FROM pooled.audit_event) known
               LEFT JOIN control.tenant t ON t.id = known.tenant_id
               ORDER BY t.slug, known.tenant_id"#
        )
        .fetch_all(&mut self.connection)
        .await?)
    }

    /// The chain of the tenant with this name in the host.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn chain(&mut self, slug: &str) -> Result<Option<Chain>, DbError> {
        Ok(sqlx::query_as!(
            Chain,
            r#"SELECT id AS tenant_id, slug AS "slug?" FROM control.tenant WHERE slug = $1"#,
            slug
        )
        .fetch_optional(&mut self.connection)
        .await?)
    }

    /// Goes through a chain, record by record, as it stands at one moment. `expected_head` is a head that was noted
    /// elsewhere: it must still be in the chain.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn verify(&mut self, chain: &Chain, expected_head: Option<&Anchor>) -> Result<ChainReport, DbError> {
        // One snapshot: records that are written meanwhile are neither seen nor missed.
        let mut tx = self.connection.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        let head = sqlx::query!(
            "SELECT seq, mac, first_seq, anchor FROM pooled.audit_head WHERE tenant_id = $1",
            chain.tenant_id
        )
        .fetch_optional(&mut *tx)
        .await?
        .map(|row| Head {
            newest: Anchor { seq: row.seq, mac: row.mac },
            first_seq: row.first_seq,
            anchor: row.anchor,
        });
        let mut walk = Walk::new(self.scribe.keys(), head, expected_head);
        let mut records = sqlx::query_as!(
            Record,
            "SELECT tenant_id, seq, id, at, action, actor_kind, actor_id, actor_name, actor_email, target_kind,
                 target_id, target_label, before::text, after::text, reason, address, user_agent, request_id, mac, key_id
             FROM pooled.audit_event WHERE tenant_id = $1 ORDER BY seq",
            chain.tenant_id
        )
        .fetch(&mut *tx);
        while let Some(record) = records.try_next().await? {
            walk.step(&record);
        }
        drop(records);
        tx.rollback().await?;
        Ok(walk.finish())
    }

    /// The heads of all tenants that have a record.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn heads(&mut self) -> Result<Vec<(Chain, Anchor)>, DbError> {
        let rows = sqlx::query!(
            r#"SELECT h.tenant_id, t.slug AS "slug?", h.seq, h.mac
               FROM pooled.audit_head h LEFT JOIN control.tenant t ON t.id = h.tenant_id
               WHERE h.seq > 0 ORDER BY h.tenant_id"#
        )
        .fetch_all(&mut self.connection)
        .await?;
        let row = |tenant_id, slug, seq, mac| (Chain { tenant_id, slug }, Anchor { seq, mac });
        Ok(rows.into_iter().map(|found| row(found.tenant_id, found.slug, found.seq, found.mac)).collect())
    }

    /// Ends the connection.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn close(self) -> Result<(), DbError> {
        Ok(self.connection.close().await?)
    }
}
