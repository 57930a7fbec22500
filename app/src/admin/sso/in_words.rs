//! What several pages say in the same words.

use leptos::prelude::*;
use rowhouse_platform::sso::{
    removal::Dependents,
    saml::certificate::{self, CertificateInfo},
};
use time::{Duration, OffsetDateTime};

use crate::{
    context::RequestContext,
    ui::{
        Icon,
        time::{counted, day},
    },
};

/// From how long before its end on a certificate is pointed out.
const SOON: Duration = Duration::days(30);

/// A number of people.
pub(super) fn people(count: i64) -> String {
    counted(count, "person", "people")
}

/// That a connection cannot go, where people have to come through one and there is no other.
pub(super) fn is_required(context: &RequestContext, dependents: Dependents) -> AnyView {
    if !dependents.is_last_of_required {
        return ().into_any();
    }
    view! {
        <div class="notice notice--danger">
            <Icon name="lock" />
            <p class="notice__title">"This workspace requires single sign-on, and no other connection is on"</p>
            <p>
                "So it can be neither switched off nor deleted. Switch another connection on first, or change the "
                <a href=context.href("/admin/security")>"sign-in policy"</a>
                "."
            </p>
        </div>
    }
    .into_any()
}

/// The certificates of a connection's provider that can be read.
pub(super) fn certificates(kept: &[String]) -> Vec<CertificateInfo> {
    kept.iter().filter_map(|text| certificate::parse(text).ok()).collect()
}

/// When a certificate ends, with a warning where that is soon.
pub(super) fn end_of(certificate: &CertificateInfo, now: OffsetDateTime) -> AnyView {
    let end = day(certificate.not_after);
    let left = certificate.not_after - now;
    if left <= Duration::ZERO {
        return warning(format!("Ended on {end}"));
    }
    if left <= SOON {
        let days = left.whole_days();
        let days = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
        return warning(format!("Ends in {days}, on {end}"));
    }
    if certificate.not_before > now {
        return warning(format!("Good only from {} on", day(certificate.not_before)));
    }
    view! { <span>{format!("Ends on {end}")}</span> }.into_any()
}

fn warning(words: String) -> AnyView {
    view! { <span class="status status--pill status--pending"><Icon name="triangle-alert" />{words}</span> }.into_any()
}
