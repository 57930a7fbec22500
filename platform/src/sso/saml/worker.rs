//! Where messages are read: on threads of their own, so many at a time as there are processors, of one tenant half of them
//! at most.
//!
//! Verifying is computing in a C library. On a thread that serves requests it would hold up every other request.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError, Weak},
    thread::available_parallelism,
    time::Duration,
};

use tokio::{
    sync::{AcquireError, OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
    time::timeout,
};
use uuid::Uuid;

use crate::sso::report::{Reason, Refused, Report};

/// How long a message may wait for its turn.
const WAIT: Duration = Duration::from_secs(15);
/// How long reading one may take. It takes some milliseconds.
const LIMIT: Duration = Duration::from_secs(5);

/// Lets so many messages be read at a time.
#[derive(Debug, Clone)]
pub struct Gate {
    permits: Arc<Semaphore>,
    /// How many of them one tenant may have.
    share: usize,
    /// Those of the tenants whose messages are read or wait.
    shares: Arc<Mutex<HashMap<Uuid, Weak<Semaphore>>>>,
    wait: Duration,
    limit: Duration,
}

impl Gate {
    /// A gate for `at_once` messages at a time, each of which waits and takes so long at most.
    pub fn new(at_once: usize, wait: Duration, limit: Duration) -> Self {
        let share = (at_once / 2).max(1);
        Self { permits: Arc::new(Semaphore::new(at_once)), share, shares: Arc::default(), wait, limit }
    }

    /// The share of a tenant.
    fn share_of(&self, tenant: Uuid) -> Arc<Semaphore> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = shares.get(&tenant).and_then(Weak::upgrade) {
            return share;
        }
        shares.retain(|_, share| share.strong_count() > 0);
        let share = Arc::new(Semaphore::new(self.share));
        shares.insert(tenant, Arc::downgrade(&share));
        share
    }

    /// A place among those of the tenant, then one of all: a tenant whose messages wait keeps no other waiting.
    async fn enter(&self, tenant: Uuid) -> Result<[OwnedSemaphorePermit; 2], AcquireError> {
        let own = self.share_of(tenant).acquire_owned().await?;
        Ok([own, Arc::clone(&self.permits).acquire_owned().await?])
    }

    /// Runs `work` for a tenant on a thread for computing. A panic in it is logged and refuses the message; what `report` held
    /// before stays in it.
    ///
    /// # Errors
    /// The refusal of `work`, or that it took too long or broke off.
    pub async fn run<T: Send + 'static>(
        &self,
        tenant: Uuid,
        report: &mut Report,
        work: impl FnOnce(&mut Report) -> Result<T, Refused> + Send + 'static,
    ) -> Result<T, Refused> {
        let Ok(Ok(places)) = timeout(self.wait, self.enter(tenant)).await else {
            return Err(report.refuse(
                "Message",
                Reason::Expired,
                "Too many messages were received at once for this one to be read. Signing in again helps.",
            ));
        };
        let mut own = report.clone();
        let task = spawn_blocking(move || {
            // Held until the work is done, even when nobody waits for it any more.
            let _places = places;
            let result = work(&mut own);
            (result, own)
        });
        match timeout(self.limit, task).await {
            Ok(Ok((result, own))) => {
                *report = own;
                result
            }
            Ok(Err(broken)) => {
                tracing::error!(error = %broken, "reading a SAML message broke off");
                Err(report.refuse("Message", Reason::Malformed, "The message could not be read to its end."))
            }
            Err(_) => {
                tracing::error!("reading a SAML message took longer than {:?}", self.limit);
                Err(report.refuse("Message", Reason::Malformed, "Reading the message took too long."))
            }
        }
    }
}

/// Runs `work` for a tenant through the gate of the whole server.
///
/// # Errors
/// The refusal of `work`, or that it took too long or broke off.
pub async fn on_worker<T: Send + 'static>(
    tenant: Uuid,
    report: &mut Report,
    work: impl FnOnce(&mut Report) -> Result<T, Refused> + Send + 'static,
) -> Result<T, Refused> {
    static GATE: OnceLock<Gate> = OnceLock::new();
    let gate = GATE.get_or_init(|| Gate::new(available_parallelism().map_or(2, usize::from), WAIT, LIMIT));
    gate.run(tenant, report, work).await
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACME: Uuid = Uuid::from_u128(1);
    const GLOBEX: Uuid = Uuid::from_u128(2);

    fn gate() -> Gate {
        Gate::new(1, Duration::from_millis(50), Duration::from_millis(200))
    }

    #[tokio::test]
    async fn what_was_noted_comes_back() {
        let mut report = Report::default();
        report.passed("Before", "");
        let result = gate()
            .run(ACME, &mut report, |report| {
                report.passed("Within", "");
                Ok(7)
            })
            .await;
        assert_eq!(result, Ok(7));
        assert_eq!(report.steps.len(), 2);
    }

    #[tokio::test]
    async fn a_panic_is_a_refusal() {
        let mut report = Report::default();
        report.passed("Before", "");
        let result = gate().run(ACME, &mut report, |_| -> Result<(), Refused> { panic!("as in a test") }).await;
        assert_eq!(result.unwrap_err().reason, Reason::Malformed);
        assert_eq!(report.steps.len(), 2);
    }

    #[tokio::test]
    async fn what_takes_too_long_is_refused_and_keeps_its_place() {
        let gate = gate();
        let mut report = Report::default();
        let slow = gate
            .run(ACME, &mut report, |_| {
                std::thread::sleep(Duration::from_millis(600));
                Ok(())
            })
            .await;
        assert_eq!(slow.unwrap_err().reason, Reason::Malformed);
        let next = gate.run(GLOBEX, &mut Report::default(), |_| Ok(())).await;
        assert_eq!(next.unwrap_err().reason, Reason::Expired);
    }

    #[tokio::test]
    async fn a_tenant_has_half_of_the_places() {
        let gate = Gate::new(2, Duration::from_millis(200), Duration::from_secs(5));
        let (release, held) = std::sync::mpsc::channel::<()>();
        let busy = tokio::spawn({
            let gate = gate.clone();
            async move { gate.run(ACME, &mut Report::default(), move |_| Ok(held.recv().is_ok())).await }
        });
        while gate.permits.available_permits() == 2 {
            tokio::task::yield_now().await;
        }
        let second = gate.run(ACME, &mut Report::default(), |_| Ok(())).await;
        assert_eq!(second.unwrap_err().reason, Reason::Expired);
        assert_eq!(gate.run(GLOBEX, &mut Report::default(), |_| Ok(())).await, Ok(()));
        release.send(()).unwrap();
        assert_eq!(busy.await.unwrap(), Ok(true));
        assert_eq!(gate.run(ACME, &mut Report::default(), |_| Ok(())).await, Ok(()));
        gate.share_of(Uuid::nil());
        assert_eq!(gate.shares.lock().unwrap().len(), 1, "shares of tenants that wait for nothing are let go of");
    }
}
