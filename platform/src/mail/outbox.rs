//! Mail that waits to be sent, as the operator's connection sees it.

use sqlx::{Connection as _, PgConnection};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::db::DbError;

/// A message in the queue.
#[derive(Debug, Clone)]
pub struct QueuedMail {
    /// Its id.
    pub id: Uuid,
    /// Where it goes.
    pub recipient: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub body: String,
    /// When it was queued.
    pub created_at: OffsetDateTime,
    /// When it was handed to the mail server.
    pub sent_at: Option<OffsetDateTime>,
}

/// The queue, reached with the operator's address.
#[derive(Debug)]
pub struct MailQueue {
    connection: PgConnection,
}

impl MailQueue {
    /// Connects.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn connect(operator_url: &str) -> Result<Self, DbError> {
        Ok(Self { connection: PgConnection::connect(operator_url).await? })
    }

    /// The newest messages, sent or not.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn newest(&mut self, limit: i64) -> Result<Vec<QueuedMail>, DbError> {
        Ok(sqlx::query_as!(
            QueuedMail,
            "SELECT id, recipient, subject, body, created_at, sent_at FROM control.mail ORDER BY created_at DESC, id DESC LIMIT $1",
            limit
        )
        .fetch_all(&mut self.connection)
        .await?)
    }

    /// Ends the connection.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn close(self) -> Result<(), DbError> {
        Ok(self.connection.close().await?)
    }
}
