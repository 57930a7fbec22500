//! What asks a provider: no transaction waits for it, and nobody has us ask again and again.

use rowhouse_platform::{
    identity::throttle::{self, Limit},
    sso::Connection,
};
use time::Duration;

use super::door::{Door, Seat, Stop};
use crate::{context::RequestContext, error::PageError};

/// How often a provider may be asked for one connection.
const QUESTIONS: Limit = Limit { attempts: 30, window: Duration::minutes(10) };

/// Counts a question and ends the transaction.
pub(super) async fn leave(context: &RequestContext, mut door: Door, connection: &Connection) -> Result<Seat, Stop> {
    let id = connection.id.to_string();
    let counted = throttle::count(door.tx(), &context.services.ambient, &["sso set-up", &id], QUESTIONS).await?;
    let seat = door.commit().await?;
    match counted {
        Ok(()) => Ok(seat),
        Err(throttled) => Err(PageError::Throttled(throttled.wait_in_words()).into()),
    }
}
