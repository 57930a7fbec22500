//! What sends the queue. Every server may run one: they share the queue and take turns.
//!
//! A message is claimed, handed to the mail server, and marked. A server that ends in between leaves it claimed, and
//! after the lease another tries again: a message may then arrive twice, with the same Message-ID, but is never lost.

use std::{future::Future, time::Duration as Wait};

use futures_util::{StreamExt as _, stream};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use time::{Duration, OffsetDateTime};

use super::{
    message::message,
    outbox::{Claimed, Outbox},
    retry::{self, Verdict},
    smtp::{SenderAddress, SmtpUrl, reason},
};
use crate::{ambient::Ambient, db::DbError, id::TenantId};

/// How often old messages are looked for.
const PRUNE_EVERY: Duration = Duration::HOUR;
/// How long to wait when the queue cannot be read.
const OUTAGE_PAUSE: Wait = Wait::from_secs(3);
/// Steps of one delivery, each of which may take the timeout: connecting, greeting, EHLO, STARTTLS, EHLO again, two of
/// AUTH, MAIL, RCPT, DATA, the message; and some to spare.
const STEPS: u32 = 15;
/// How often it is tried to note that a message was sent.
const NOTE_ATTEMPTS: u32 = 4;

/// How mail is sent.
#[derive(Debug, Clone)]
pub struct SenderSettings {
    /// The operator's address of the database.
    pub operator_url: String,
    /// The mail server.
    pub smtp: SmtpUrl,
    /// Who mail is from.
    pub from: SenderAddress,
    /// Where the product is, as in `https://app.example`.
    pub public_origin: String,
    /// How often a message is tried.
    pub attempts: u32,
    /// How many messages are sent at a time.
    pub parallel: u32,
    /// How often the queue is looked at.
    pub poll_interval: Wait,
    /// How long each step of a delivery may take.
    pub timeout: Wait,
    /// How long messages are kept that were sent or given up.
    pub keep: Duration,
    /// Whether their texts are kept too. They hold links that let people in.
    pub keep_texts: bool,
}

/// Why no sender could be made.
#[derive(Debug, thiserror::Error)]
pub enum SenderError {
    /// The operator's address cannot be read.
    #[error(transparent)]
    Database(#[from] DbError),
    /// The mail server's address cannot be used.
    #[error("mail.smtp_url cannot be used: {0}")]
    Smtp(String),
}

/// What a look at the queue came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Round {
    /// Messages that the mail server took.
    pub sent: usize,
    /// Messages that are tried again later.
    pub postponed: usize,
    /// Messages that were given up.
    pub given_up: usize,
}

impl Round {
    fn claimed(self) -> usize {
        self.sent + self.postponed + self.given_up
    }
}

/// Sends the queue.
pub struct Sender {
    outbox: Outbox,
    transport: AsyncSmtpTransport<Tokio1Executor>,
    ambient: Ambient,
    settings: SenderSettings,
}

impl Sender {
    /// Prepares connections to the queue and the mail server; they are made when they are needed. Needs a runtime.
    ///
    /// # Errors
    /// [`SenderError`].
    pub fn new(ambient: Ambient, settings: SenderSettings) -> Result<Self, SenderError> {
        let outbox = Outbox::open(&settings.operator_url)?;
        let transport = settings
            .smtp
            .transport(settings.parallel, settings.timeout)
            .map_err(|error| SenderError::Smtp(reason(&error)))?;
        Ok(Self { outbox, transport, ambient, settings })
    }

    /// Sends what is due, again and again, until `stop` is there; messages under way are finished first.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        let mut pruned: Option<OffsetDateTime> = None;
        let mut was_away = false;
        loop {
            let now = self.ambient.now();
            let round = async {
                if pruned.is_none_or(|then| now - then >= PRUNE_EVERY) {
                    self.prune().await?;
                    pruned = Some(now);
                }
                self.deliver_due().await
            };
            let pause = match round.await {
                Ok(round) => {
                    was_away = false;
                    let is_full = round.claimed() >= self.batch();
                    if is_full { Wait::ZERO } else { self.settings.poll_interval }
                }
                Err(error) => {
                    // Once an outage, not every few seconds of it.
                    if !was_away {
                        tracing::warn!(%error, "the queue of mail cannot be read");
                    }
                    was_away = true;
                    OUTAGE_PAUSE.max(self.settings.poll_interval)
                }
            };
            tokio::select! {
                () = &mut stop => break,
                () = tokio::time::sleep(pause) => {}
            }
        }
        self.close().await;
    }

    /// Sends what is due now, as many messages as are sent at a time.
    ///
    /// # Errors
    /// [`DbError`] when the queue cannot be read.
    pub async fn deliver_due(&self) -> Result<Round, DbError> {
        let lease = self.settings.timeout.saturating_mul(STEPS);
        let lease = Duration::try_from(lease).unwrap_or(Duration::HOUR);
        let limit = i64::from(self.settings.parallel);
        let claimed = self.outbox.claim(self.ambient.now(), lease, limit).await?;
        let batch = self.batch();
        let outcomes = stream::iter(claimed).map(|mail| self.deliver(mail)).buffer_unordered(batch);
        let add = |mut round: Round, verdict| async move {
            match verdict {
                Verdict::Sent => round.sent += 1,
                Verdict::Later(_) => round.postponed += 1,
                Verdict::Never(_) => round.given_up += 1,
            }
            round
        };
        Ok(outcomes.fold(Round::default(), add).await)
    }

    /// Removes messages that were sent or given up long ago, and answers how many.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn prune(&self) -> Result<u64, DbError> {
        let removed = self.outbox.prune(self.ambient.now() - self.settings.keep).await?;
        if removed > 0 {
            tracing::info!(removed, "old mail was removed from the queue");
        }
        Ok(removed)
    }

    /// Ends all connections.
    pub async fn close(&self) {
        self.transport.shutdown().await;
        self.outbox.close().await;
    }

    fn batch(&self) -> usize {
        usize::try_from(self.settings.parallel).unwrap_or(1).max(1)
    }

    /// Sends one message and notes what came of it.
    async fn deliver(&self, mail: Claimed) -> Verdict {
        let verdict = self.attempt(&mail).await;
        let (id, attempts) = (mail.id, mail.attempts);
        let tenant = mail.tenant_id.map_or_else(|| "-".to_owned(), |tenant| TenantId(tenant).to_string());
        match &verdict {
            Verdict::Sent => tracing::info!(%id, tenant, attempts, "mail was sent"),
            Verdict::Later(why) => tracing::warn!(%id, tenant, attempts, why, "mail is tried again later"),
            Verdict::Never(why) => tracing::error!(%id, tenant, attempts, why, "mail was given up"),
        }
        for left in (0..NOTE_ATTEMPTS).rev() {
            let Err(error) = self.note(&mail, &verdict).await else { break };
            if left == 0 {
                tracing::error!(%id, %error, "what came of mail cannot be noted: it will be tried again");
            } else {
                tokio::time::sleep(Wait::from_secs(1)).await;
            }
        }
        verdict
    }

    async fn attempt(&self, mail: &Claimed) -> Verdict {
        let SenderSettings { from, public_origin, .. } = &self.settings;
        let attempts = u32::try_from(mail.attempts).unwrap_or(u32::MAX);
        if attempts > self.settings.attempts {
            return Verdict::Never("its last attempt was broken off".to_owned());
        }
        let message = match message(mail, from, public_origin, self.ambient.now()) {
            Ok(message) => message,
            Err(error) => return Verdict::Never(reason(&error)),
        };
        match self.transport.send(message).await {
            Ok(_) => Verdict::Sent,
            Err(error) if retry::is_final(&error) => Verdict::Never(reason(&error)),
            Err(error) if attempts == self.settings.attempts => {
                Verdict::Never(format!("after {attempts} attempts: {}", reason(&error)))
            }
            Err(error) => Verdict::Later(reason(&error)),
        }
    }

    async fn note(&self, mail: &Claimed, verdict: &Verdict) -> Result<(), DbError> {
        let now = self.ambient.now();
        match verdict {
            Verdict::Sent => self.outbox.sent(mail, now, self.settings.keep_texts).await,
            Verdict::Later(why) => {
                let until = now + retry::pause(&self.ambient, mail.attempts);
                self.outbox.postpone(mail, until, why).await
            }
            Verdict::Never(why) => self.outbox.give_up(mail, now, why, self.settings.keep_texts).await,
        }
    }
}
