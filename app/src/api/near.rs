//! What an answer says of a limit of the plan that has little room left.

use axum::http::{HeaderName, HeaderValue};
use rowhouse_platform::plan::{Allowance, Entitlements, Limit};

/// The header that says so.
pub const HEADER: HeaderName = HeaderName::from_static("plan-limit-near");

/// The greatest number that a header of this form can hold (RFC 9651, section 3.3.1).
const GREATEST: i64 = 999_999_999_999_999;

/// `Plan-Limit-Near`, of what is used now: from four fifths of the limit on, as on pages.
pub fn near(own: &Entitlements, limit: Limit, used: i64) -> Option<[(HeaderName, HeaderValue); 1]> {
    let (used, most) = match own.check(limit, used, 0) {
        Allowance::Within => return None,
        Allowance::Near { used, most } | Allowance::Reached { used, most } => (used, most),
    };
    let (word, used, most) = (limit.word(), used.min(GREATEST), most.min(GREATEST));
    let value = HeaderValue::from_str(&format!(r#""{word}";used={used};limit={most}"#)).ok()?;
    Some([(HEADER, value)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_from_four_fifths_on() {
        let mut own = Entitlements::unlimited("free".parse().unwrap());
        let said = |own: &Entitlements, used| {
            near(own, Limit::Projects, used).map(|[(_, value)]| value.to_str().unwrap().to_owned())
        };
        assert_eq!(said(&own, 1_000), None, "no limit");
        own.limits.insert(Limit::Projects, 10);
        assert_eq!(said(&own, 7), None);
        assert_eq!(said(&own, 8).as_deref(), Some(r#""projects";used=8;limit=10"#));
        assert_eq!(said(&own, 12).as_deref(), Some(r#""projects";used=12;limit=10"#));
        own.limits.insert(Limit::Projects, i64::MAX);
        assert_eq!(said(&own, i64::MAX).map(|text| text.len()), Some(r#""projects";used=;limit="#.len() + 30));
    }
}
