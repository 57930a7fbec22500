//! The headers that say how much is left (draft-ietf-httpapi-ratelimit-headers).

use axum::http::{HeaderName, HeaderValue};
use rowhouse_platform::rate_limit::{Outcome, Verdict};

/// `RateLimit-Policy` and `RateLimit`, with an item for each subject that was counted. Nothing where none was.
pub fn headers(outcome: &Outcome) -> Vec<(HeaderName, HeaderValue)> {
    if outcome.verdicts.is_empty() {
        return Vec::new();
    }
    let each = |item: &dyn Fn(&(&'static str, Verdict)) -> String| {
        outcome.verdicts.iter().map(item).collect::<Vec<_>>().join(", ")
    };
    let policy = each(&|(scope, verdict)| {
        let quota = verdict.quota;
        format!(r#""{scope}";q={};w={}"#, quota.most, quota.window.whole_seconds())
    });
    let left = each(&|(scope, verdict)| format!(r#""{scope}";r={};t={}"#, verdict.remaining, verdict.seconds()));
    [("ratelimit-policy", policy), ("ratelimit", left)]
        .into_iter()
        .filter_map(|(name, value)| Some((HeaderName::from_static(name), HeaderValue::from_str(&value).ok()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use rowhouse_platform::rate_limit::Quota;
    use time::Duration;

    use super::*;

    #[test]
    fn each_subject_is_an_item() {
        let verdict = |most, remaining| Verdict {
            quota: Quota::per_minute(most).with_burst(20),
            is_refused: remaining == 0,
            used: most - remaining,
            remaining,
            reset: Duration::seconds(41),
        };
        let outcome = Outcome { verdicts: vec![("key", verdict(100, 99)), ("workspace", verdict(1000, 0))] };
        let headers: Vec<_> =
            headers(&outcome).into_iter().map(|(_, value)| value.to_str().unwrap().to_owned()).collect();
        assert_eq!(
            headers,
            [r#""key";q=100;w=60, "workspace";q=1000;w=60"#, r#""key";r=99;t=41, "workspace";r=0;t=41"#]
        );
        assert!(super::headers(&Outcome::default()).is_empty());
    }
}
