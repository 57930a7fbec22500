//! The queue as the operator's connection sees it: what waits, what was sent, what was given up.

use sqlx::{PgPool, postgres::PgPoolOptions};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::db::DbError;

/// A message in the queue, as developers see it.
#[derive(Debug, Clone)]
pub struct QueuedMail {
    /// Its id.
    pub id: Uuid,
    /// Where it goes.
    pub recipient: String,
    /// The name before the sender's address, where it is not the product's.
    pub from_name: Option<String>,
    /// Its subject.
    pub subject: String,
    /// Its text; empty once it was removed.
    pub body: String,
    /// Its HTML, where it was queued with one.
    pub html: Option<String>,
    /// When it was queued.
    pub created_at: OffsetDateTime,
    /// When the mail server took it.
    pub sent_at: Option<OffsetDateTime>,
    /// When it was given up.
    pub failed_at: Option<OffsetDateTime>,
    /// When it is tried again, at the earliest.
    pub next_attempt_at: Option<OffsetDateTime>,
    /// How often it was tried.
    pub attempts: i32,
    /// What went wrong the last time.
    pub last_error: Option<String>,
}

/// A message that this server is to send now.
#[derive(Debug, Clone)]
pub(super) struct Claimed {
    pub id: Uuid,
    pub tenant_id: Option<Uuid>,
    pub recipient: String,
    pub from_name: Option<String>,
    pub subject: String,
    pub body: String,
    pub html: Option<String>,
    pub unsubscribe_link: Option<String>,
    /// This attempt included.
    pub attempts: i32,
}

/// The queue, reached with the operator's address. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Outbox {
    pool: PgPool,
}

impl Outbox {
    /// Prepares at most two connections, which are made when they are needed.
    ///
    /// # Errors
    /// [`DbError`] when the address cannot be read.
    pub fn open(operator_url: &str) -> Result<Self, DbError> {
        let pool = PgPoolOptions::new()
            .max_connections(2)
            .acquire_timeout(std::time::Duration::from_secs(5))
            .connect_lazy(operator_url)?;
        Ok(Self { pool })
    }

    /// The newest messages, those to one address alone where it is given; `before` is the last one of the page before.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn newest(
        &self,
        recipient: Option<&str>,
        before: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<QueuedMail>, DbError> {
        // Ids sort by their time.
        Ok(sqlx::query_as!(
            QueuedMail,
            "SELECT id, recipient, from_name, subject, body, html, created_at, sent_at, failed_at, next_attempt_at,
                    attempts, last_error
             FROM control.mail
             WHERE ($1::text IS NULL OR lower(recipient) = lower($1)) AND ($2::uuid IS NULL OR id < $2)
             ORDER BY id DESC LIMIT $3",
            recipient,
            before,
            limit
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// The message of this id.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn find(&self, id: Uuid) -> Result<Option<QueuedMail>, DbError> {
        Ok(sqlx::query_as!(
            QueuedMail,
            "SELECT id, recipient, from_name, subject, body, html, created_at, sent_at, failed_at, next_attempt_at,
                    attempts, last_error
             FROM control.mail WHERE id = $1",
            id
        )
        .fetch_optional(&self.pool)
        .await?)
    }

    /// Ends the connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Takes messages that are due. Other servers skip them until `lease` is over: then this one is taken for dead.
    pub(super) async fn claim(
        &self,
        now: OffsetDateTime,
        lease: Duration,
        limit: i64,
    ) -> Result<Vec<Claimed>, DbError> {
        Ok(sqlx::query_as!(
            Claimed,
            "WITH due AS MATERIALIZED (
                 SELECT id FROM control.mail
                 WHERE sent_at IS NULL AND failed_at IS NULL AND coalesce(next_attempt_at, created_at) <= $1
                 ORDER BY coalesce(next_attempt_at, created_at), id
                 LIMIT $3
                 FOR UPDATE SKIP LOCKED
             )
             UPDATE control.mail m SET attempts = m.attempts + 1, next_attempt_at = $2
             FROM due WHERE m.id = due.id
             RETURNING m.id, m.tenant_id, m.recipient, m.from_name, m.subject, m.body, m.html,
                       m.unsubscribe_link, m.attempts",
            now,
            now + lease,
            limit
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// The mail server took it, so it is sent, whoever else may have claimed it meanwhile.
    pub(super) async fn sent(&self, mail: &Claimed, now: OffsetDateTime, keep_text: bool) -> Result<(), DbError> {
        sqlx::query!(
            "UPDATE control.mail
             SET sent_at = $2, failed_at = NULL, next_attempt_at = NULL, last_error = NULL,
                 body = CASE WHEN $3 THEN body ELSE '' END, html = CASE WHEN $3 THEN html END
             WHERE id = $1 AND sent_at IS NULL",
            mail.id,
            now,
            keep_text
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// It is tried again later, unless another server has it meanwhile.
    pub(super) async fn postpone(&self, mail: &Claimed, until: OffsetDateTime, why: &str) -> Result<(), DbError> {
        sqlx::query!(
            "UPDATE control.mail SET next_attempt_at = $3, last_error = $4
             WHERE id = $1 AND attempts = $2 AND sent_at IS NULL AND failed_at IS NULL",
            mail.id,
            mail.attempts,
            until,
            why
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// It will not be tried again, unless another server has it meanwhile.
    pub(super) async fn give_up(
        &self,
        mail: &Claimed,
        now: OffsetDateTime,
        why: &str,
        keep_text: bool,
    ) -> Result<(), DbError> {
        sqlx::query!(
            "UPDATE control.mail
             SET failed_at = $3, next_attempt_at = NULL, last_error = $4,
                 body = CASE WHEN $5 THEN body ELSE '' END, html = CASE WHEN $5 THEN html END
             WHERE id = $1 AND attempts = $2 AND sent_at IS NULL AND failed_at IS NULL",
            mail.id,
            mail.attempts,
            now,
            why,
            keep_text
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Removes what was sent or given up before then, and answers how many those were.
    pub(super) async fn prune(&self, before: OffsetDateTime) -> Result<u64, DbError> {
        let done = sqlx::query!("DELETE FROM control.mail WHERE coalesce(sent_at, failed_at) < $1", before)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected())
    }
}
