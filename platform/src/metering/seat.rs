//! Who was there: everybody once an hour, however much they do in it.

use time::OffsetDateTime;

use super::{Meter, Usage, UsageKey, emit, hour_of};
use crate::{
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::AccountId,
};

/// Whether somebody who was last there then is there in another hour now, or for the first time.
pub(crate) fn is_other_hour(last: Option<OffsetDateTime>, now: OffsetDateTime) -> bool {
    last.is_none_or(|last| hour_of(last) != hour_of(now))
}

/// Notes that somebody is there. It comes before any other row is written: who waits for another request that notes the
/// same holds nothing that one could wait for.
pub(crate) async fn note_seat(tx: &mut TenantTx, ambient: &Ambient, account: AccountId) -> Result<(), DbError> {
    let key = UsageKey::hourly(ambient.now(), account);
    emit(tx, ambient, Usage::one(Meter::ActiveSeat, key).by(account)).await
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn an_hour_is_new_at_its_first_second() {
        let now = datetime!(2026-06-01 12:00 UTC);
        assert!(is_other_hour(None, now));
        assert!(is_other_hour(Some(datetime!(2026-06-01 11:59:59.9 UTC)), now));
        assert!(!is_other_hour(Some(now), datetime!(2026-06-01 12:59:59 UTC)));
        assert!(is_other_hour(Some(datetime!(2026-06-01 13:00 UTC)), now), "a clock that went back");
    }
}
