//! What is stored, hour by hour.

use time::{Duration, OffsetDateTime};

use super::{Meter, Usage, UsageKey, emit_all, hour_of};
use crate::{
    ambient::Ambient,
    db::{DbError, TenantTx},
};

/// How many hours are made up for at most, where no server looked.
const MOST_HOURS: i64 = 31 * 24;

/// Counts what the tenant stores, for every whole hour since it was counted last, up to the present one. An hour counts
/// with what is stored at the first look after it began, and once, however many servers look.
///
/// # Errors
/// [`DbError`].
pub async fn note_stored(tx: &mut TenantTx, ambient: &Ambient) -> Result<(), DbError> {
    let now = hour_of(ambient.now());
    let bytes = sqlx::query_scalar!("SELECT bytes FROM storage_use WHERE tenant_id = $1", tx.tenant_id())
        .fetch_optional(&mut *tx)
        .await?;
    // Keys begin with their hour, so the last key is that of the last hour.
    let last = sqlx::query!(
        "SELECT at, quantity FROM usage_event WHERE tenant_id = $1 AND meter = $2 AND at > $3
         ORDER BY key DESC LIMIT 1",
        tx.tenant_id(),
        Meter::StoredByteHour.word(),
        now - Duration::hours(MOST_HOURS)
    )
    .fetch_optional(&mut *tx)
    .await?;
    let bytes = u64::try_from(bytes.unwrap_or(0)).unwrap_or(0);
    let hours = due(last.map(|last| (last.at, last.quantity > 0)), bytes > 0, now);
    let one = |hour| Usage { quantity: bytes, ..Usage::one(Meter::StoredByteHour, UsageKey::hourly(hour, "stored")) };
    emit_all(tx, ambient, &hours.into_iter().map(one).collect::<Vec<_>>()).await
}

/// The hours that are to be counted: after the last that was counted, where something was stored in it. That nothing is
/// stored is counted once, so that a gap is known for one.
fn due(last: Option<(OffsetDateTime, bool)>, is_stored: bool, now: OffsetDateTime) -> Vec<OffsetDateTime> {
    let first = match last {
        Some((at, _)) if at >= now => return Vec::new(),
        Some((at, true)) if is_stored => at + Duration::HOUR,
        Some((_, false)) | None if !is_stored => return Vec::new(),
        _ => now,
    };
    std::iter::successors(Some(first), |hour| Some(*hour + Duration::HOUR)).take_while(|hour| *hour <= now).collect()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn hours_without_a_look_are_made_up_for_and_gaps_are_not() {
        let now = datetime!(2026-06-01 12:00 UTC);
        let ago = |hours| now - Duration::hours(hours);
        assert_eq!(due(None, true, now), [now]);
        assert!(due(None, false, now).is_empty());
        assert!(due(Some((now, true)), true, now).is_empty());
        assert_eq!(due(Some((ago(1), true)), true, now), [now]);
        assert_eq!(due(Some((ago(3), true)), true, now), [ago(2), ago(1), now]);
        assert_eq!(due(Some((ago(3), false)), true, now), [now], "nothing was stored meanwhile");
        assert_eq!(due(Some((ago(3), true)), false, now), [now], "that there is nothing any more");
        assert!(due(Some((ago(1), false)), false, now).is_empty());
        assert!(due(Some((ago(-1), true)), true, now).is_empty(), "a clock that went back");
    }
}
