//! Asks the database what happened, once a second for each tenant that somebody listens to.

use std::{sync::Arc, time::Duration as StdDuration};

use rowhouse_platform::{
    ambient::Ambient,
    db::{Database, DbError},
    tenancy::TenantHome,
};
use time::Duration;

use super::{
    hub::{Live, News},
    news::{self, Found, Snapshot},
};

const EVERY: StdDuration = StdDuration::from_secs(1);
const AFTER_A_FAILURE: StdDuration = StdDuration::from_secs(5);
/// Looks between one word that much changed and the next, while much goes on to.
const BETWEEN_RELOADS: u32 = 15;
/// In a database that was restored elsewhere transactions have other numbers, and old events would come up as new ones. No
/// transaction takes that long.
const NEWS: Duration = Duration::days(1);

/// Sends what is committed after `seen`, until nobody listens.
pub(super) async fn run(live: Live, database: Database, ambient: Ambient, home: TenantHome, mut seen: Snapshot) {
    let tenant = home.id().0;
    let mut reloads = Reloads::default();
    while let Some(sender) = live.sender(tenant) {
        match look(&database, &ambient, &home, &mut seen).await {
            Ok(found) => {
                let is_much = matches!(found, Found::Much);
                let changes = if let Found::Changes(changes) = found { changes } else { Vec::new() };
                for change in changes {
                    // An error means that the last one has just left.
                    let _ = sender.send(Arc::new(News::Changed(change)));
                }
                if reloads.is_due(is_much) {
                    let _ = sender.send(Arc::new(News::Much));
                }
                tokio::time::sleep(EVERY).await;
            }
            Err(error) => {
                tracing::warn!(%error, %tenant, "live changes could not be read; trying again in five seconds");
                tokio::time::sleep(AFTER_A_FAILURE).await;
            }
        }
    }
}

async fn look(
    database: &Database,
    ambient: &Ambient,
    home: &TenantHome,
    seen: &mut Snapshot,
) -> Result<Found, DbError> {
    let mut tx = database.begin(home).await?;
    let now = news::snapshot(&mut tx).await?;
    let found = if now == *seen {
        Found::Changes(Vec::new())
    } else {
        news::between(&mut tx, seen, &now, ambient.now() - NEWS).await?
    };
    tx.commit().await?;
    *seen = now;
    Ok(found)
}

/// When it is said that much changed: at once, and while much goes on to change, now and then. What is held back is said
/// later, so whoever read the page anew in between hears of it too.
#[derive(Default)]
struct Reloads {
    is_owed: bool,
    wait: u32,
}

impl Reloads {
    fn is_due(&mut self, is_much: bool) -> bool {
        self.is_owed |= is_much;
        self.wait = self.wait.saturating_sub(1);
        if self.wait > 0 || !self.is_owed {
            return false;
        }
        *self = Self { is_owed: false, wait: BETWEEN_RELOADS };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn much_is_said_at_once_and_then_now_and_then() {
        let mut reloads = Reloads::default();
        assert!(!reloads.is_due(false));
        let said = |reloads: &mut Reloads, is_much: bool| (0..30).filter(|_| reloads.is_due(is_much)).count();
        assert!(reloads.is_due(true));
        assert_eq!(said(&mut reloads, true), 2);
        assert!(!reloads.is_due(true));
        assert_eq!(said(&mut reloads, false), 1, "what was held back");
        assert_eq!(said(&mut reloads, false), 0);
    }
}
