//! One record: a line that opens to all that is known of it.

use leptos::prelude::*;
use rowhouse_platform::audit::Entry;
use time::{UtcOffset, format_description::well_known::Rfc3339, macros::format_description};

use super::diff;

pub(super) fn view(entry: &Entry) -> AnyView {
    let at = entry.at.to_offset(UtcOffset::UTC);
    let exact = at.format(&Rfc3339).unwrap_or_default();
    let shown = at
        .format(format_description!("[day padding:none] [month repr:short] [year], [hour]:[minute]:[second]"))
        .unwrap_or_default();
    let target = entry.target_label.clone().filter(|label| !label.is_empty()).or_else(|| entry.target_id.clone());
    view! {
        <li>
            <details class="audit-entry">
                <summary class="audit-entry__line">
                    <time class="audit-entry__at" datetime=exact>{shown}</time>
                    <span class="audit-entry__who">{who(entry)}</span>
                    <span class="audit-entry__what">{entry.label().to_owned()}</span>
                    <span class="audit-entry__target">{target}</span>
                </summary>
                <div class="audit-entry__more">{facts(entry)} {diff::view(entry)}</div>
            </details>
        </li>
    }
    .into_any()
}

fn who(entry: &Entry) -> String {
    match (entry.actor_kind.as_str(), &entry.actor_name) {
        (_, Some(name)) if !name.is_empty() => name.clone(),
        ("system", _) => "Rowhouse".to_owned(),
        ("nobody", _) => "Not signed in".to_owned(),
        _ => entry.actor_email.clone().unwrap_or_else(|| "Unknown".to_owned()),
    }
}

fn facts(entry: &Entry) -> AnyView {
    let target = entry.target_kind.as_ref().map(|kind| {
        let id = entry.target_id.as_deref().unwrap_or_default();
        match entry.target_label.as_deref().filter(|label| *label != id) {
            Some(label) => format!("{kind}: {label} ({id})"),
            None => format!("{kind}: {id}"),
        }
    });
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let facts = [
        ("Reason", entry.reason.clone()),
        ("Email of the person", entry.actor_email.clone()),
        ("Done to", target),
        ("Network address", given(&entry.address)),
        ("Device", given(&entry.user_agent)),
        ("Request", given(&entry.request_id)),
        ("Record", Some(format!("{} · {}", entry.seq, entry.action))),
    ];
    let rows = facts
        .into_iter()
        .filter_map(|(name, text)| Some((name, text?)))
        .map(|(name, text)| view! { <div><dt>{name}</dt><dd>{text}</dd></div> })
        .collect_view();
    view! { <dl class="audit-facts">{rows}</dl> }.into_any()
}
