//! Counted in Redis, for all servers: one script, one round trip, nothing in between.

use std::{
    fmt,
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

use redis::{AsyncConnectionConfig, Client, RedisError, Script, aio::MultiplexedConnection};
use time::OffsetDateTime;

use super::{
    Subject,
    window::{Counted, Moment, Verdict, milliseconds},
};

/// How long Redis is left alone after it failed: not every request is to wait for it.
const PAUSE: Duration = Duration::from_secs(1);
/// How long it may take to connect. No request waits for that: it is done beside them.
const CONNECT: Duration = Duration::from_secs(5);
/// Begins every key.
const PREFIX: &str = "rowhouse:limit";

/// Why Redis did not count.
#[derive(Debug, thiserror::Error)]
pub(super) enum SharedError {
    #[error("Redis: {0}")]
    Redis(#[from] RedisError),
    #[error("Redis did not answer within {} ms", .0.as_millis())]
    TimedOut(Duration),
    #[error("Redis failed a moment ago")]
    Paused,
    #[error("Redis answered something else than counts")]
    Answer,
    #[error("connecting to Redis broke: {0}")]
    Broken(#[from] tokio::task::JoinError),
}

/// The way to Redis.
pub(super) struct Shared {
    client: Client,
    connection: Arc<tokio::sync::Mutex<Option<MultiplexedConnection>>>,
    script: Script,
    timeout: Duration,
    /// Whether windows go by the clock of Redis, which is the same for all servers.
    own_clock: bool,
    failed: std::sync::Mutex<Option<Instant>>,
}

impl fmt::Debug for Shared {
    /// Without the address, which may hold a password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Shared").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

impl Shared {
    /// Connects when it is first needed.
    pub(super) fn new(url: &str, timeout: Duration, own_clock: bool) -> Result<Self, RedisError> {
        Ok(Self {
            client: Client::open(url)?,
            connection: Arc::default(),
            script: Script::new(include_str!("take.lua")),
            timeout,
            own_clock,
            failed: std::sync::Mutex::default(),
        })
    }

    /// Counts one time for each subject, or for none where one has no room.
    pub(super) async fn take(
        &self,
        group: &str,
        subjects: &[Subject],
        now: OffsetDateTime,
    ) -> Result<Vec<Verdict>, SharedError> {
        if self.is_paused() {
            return Err(SharedError::Paused);
        }
        let counted = match tokio::time::timeout(self.timeout, self.ask(group, subjects, now)).await {
            Ok(counted) => counted,
            Err(_) => Err(SharedError::TimedOut(self.timeout)),
        };
        if counted.is_err() {
            *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
        verdicts(&counted?, subjects).ok_or(SharedError::Answer)
    }

    fn is_paused(&self) -> bool {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.is_some_and(|failed| failed.elapsed() < PAUSE)
    }

    async fn ask(&self, group: &str, subjects: &[Subject], now: OffsetDateTime) -> Result<Vec<i64>, SharedError> {
        let mut call = self.script.prepare_invoke();
        if self.own_clock {
            call.arg("");
        } else {
            call.arg(milliseconds(now));
        }
        for Subject { scope, who, quota } in subjects {
            let (most, burst) = quota.whole();
            // What stands in braces says where in a cluster the keys are: those of one call stand together.
            call.key(format!("{PREFIX}:{{{group}}}:{scope}:{who}")).arg(most).arg(burst).arg(quota.length());
        }
        let (mut connection, is_new) = self.connect().await?;
        match call.invoke_async(&mut connection).await {
            Ok(counted) => Ok(counted),
            // It was closed since it was last used: Redis was started again.
            Err(error) if !is_new && error.is_io_error() => {
                *self.connection.lock().await = None;
                let (mut connection, _) = self.connect().await?;
                Ok(call.invoke_async(&mut connection).await?)
            }
            Err(error) => {
                *self.connection.lock().await = None;
                Err(error.into())
            }
        }
    }

    /// The connection that all calls share, and whether it was made just now. Who loses patience meanwhile leaves it to
    /// those who come later.
    async fn connect(&self) -> Result<(MultiplexedConnection, bool), SharedError> {
        if let Some(connection) = &*self.connection.lock().await {
            return Ok((connection.clone(), false));
        }
        let (client, place) = (self.client.clone(), Arc::clone(&self.connection));
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECT)).set_response_timeout(Some(self.timeout));
        let connected = tokio::spawn(async move {
            let mut kept = place.lock().await;
            if let Some(connection) = &*kept {
                return Ok(connection.clone());
            }
            let connection = client.get_multiplexed_async_connection_with_config(&config).await?;
            *kept = Some(connection.clone());
            Ok::<_, RedisError>(connection)
        });
        Ok((connected.await??, true))
    }
}

/// What the script's answer means. None where it is none of the script's.
fn verdicts(answer: &[i64], subjects: &[Subject]) -> Option<Vec<Verdict>> {
    let [is_taken, time, counts @ ..] = answer else { return None };
    if counts.len() != subjects.len() * 3 {
        return None;
    }
    let verdicts = counts.chunks_exact(3).zip(subjects).map(|(count, Subject { quota, .. })| {
        let moment = Moment::of_milliseconds(*quota, *time);
        let counted = Counted { window: count[0], before: count[1], now: count[2] };
        if *is_taken == 1 {
            moment.judge_taken(Counted { now: counted.now + 1, ..counted }, *quota)
        } else {
            moment.judge(counted, *quota)
        }
    });
    Some(verdicts.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rate_limit::Quota;

    #[test]
    fn an_answer_of_something_else_is_none() {
        let quota = Quota::per_minute(10);
        let subject = Subject { scope: "key", who: "a".to_owned(), quota };
        let now = time::macros::datetime!(2026-06-01 12:00 UTC);
        let window = Moment::of(quota, now).window;
        let time = milliseconds(now);
        for answer in [&[][..], &[1], &[1, time], &[1, time, window, 0], &[1, time, window, 0, 0, 7]] {
            assert_eq!(verdicts(answer, std::slice::from_ref(&subject)), None, "{answer:?}");
        }
        let taken = verdicts(&[1, time, window, 0, 9], std::slice::from_ref(&subject)).unwrap();
        assert!(!taken[0].is_refused && taken[0].remaining == 0);
        let refused = verdicts(&[0, time, window, 0, 10], std::slice::from_ref(&subject)).unwrap();
        assert!(refused[0].is_refused);
    }

    #[tokio::test]
    async fn who_does_not_answer_is_left_alone_for_a_while() {
        // Nobody listens there.
        let shared = Shared::new("redis://127.0.0.1:1/", Duration::from_millis(200), true).unwrap();
        let subject = Subject { scope: "key", who: "a".to_owned(), quota: Quota::per_minute(1) };
        let now = time::macros::datetime!(2026-06-01 12:00 UTC);
        let first = shared.take("t", std::slice::from_ref(&subject), now).await;
        assert!(matches!(first, Err(SharedError::Redis(_) | SharedError::TimedOut(_))), "{first:?}");
        let second = shared.take("t", std::slice::from_ref(&subject), now).await;
        assert!(matches!(second, Err(SharedError::Paused)), "{second:?}");
    }

    #[test]
    fn the_address_is_not_shown() {
        let shared = Shared::new("redis://:hunter2@redis.example/", Duration::from_millis(50), true).unwrap();
        assert!(!format!("{shared:?}").contains("hunter2"));
    }
}
