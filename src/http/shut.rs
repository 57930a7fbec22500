//! What a workspace still answers that is shut: the ways in, for whoever opens it again.

/// Of one that an owner closed.
pub(super) fn serves_closing(path: &str) -> bool {
    is_way_in(path) || is_below("/closing", path)
}

/// Of one that has not been paid for long: what pays and what leaves.
pub(super) fn serves_unpaid(path: &str) -> bool {
    const PATHS: [&str; 2] = ["/admin/plan", "/admin/settings/close"];
    is_way_in(path) || PATHS.iter().any(|open| is_below(open, path))
}

fn is_way_in(path: &str) -> bool {
    const PATHS: [&str; 6] = ["/confirm", "/sign-out", "/account/second-factor", "/sign-in", "/reset-password", "/sso"];
    path.starts_with("/brand/") || PATHS.iter().any(|open| is_below(open, path))
}

fn is_below(open: &str, path: &str) -> bool {
    path.strip_prefix(open).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_in_are_open_and_what_only_begins_alike_is_not() {
        for open in ["/sign-in", "/sign-in/passkey/begin", "/brand/mark.svg", "/sso/okta/start"] {
            assert!(serves_closing(open) && serves_unpaid(open), "{open}");
        }
        assert!(serves_unpaid("/admin/plan") && !serves_closing("/admin/plan"));
        assert!(serves_closing("/closing") && !serves_unpaid("/closing"));
        for shut in ["/tickets", "/admin/planning", "/sign-ins", "/admin/settings", "/api/fn/desk/search"] {
            assert!(!serves_closing(shut) && !serves_unpaid(shut), "{shut}");
        }
    }
}
