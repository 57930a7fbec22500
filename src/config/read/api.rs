//! `[api]`.

use super::{super::Api, Reader};

pub(in crate::config) fn api(reader: &mut Reader<'_>) -> Option<Api> {
    let requests_per_minute = reader.integer("api.requests_per_minute", 1..=1_000_000);
    let signing_key_days: Option<u16> = reader.integer("api.signing_key_days", 1..=3650);
    Some(Api {
        requests_per_minute: requests_per_minute?,
        signing_key_age: time::Duration::days(signing_key_days?.into()),
    })
}
