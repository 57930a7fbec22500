//! What was agreed with a tenant beside its plan.

use leptos::prelude::*;
use rowhouse_platform::{operator::tenants::OverrideRow, plan::Limit};
use serde_json::Value;

use super::home;
use crate::{
    context::RequestContext,
    ui::time::{day, reader},
};

/// What holds, as people read it.
pub(super) fn value_in_words(key: &str, value: &Value) -> String {
    match value {
        Value::Bool(true) => "included".to_owned(),
        Value::Bool(false) => "not included".to_owned(),
        Value::Null => "no limit".to_owned(),
        value => match (Limit::parse(key), value.as_i64()) {
            (Ok(limit), Some(most)) => limit.amount(most, reader().locale),
            _ => value.to_string(),
        },
    }
}

/// What holds for the tenant in the place of its plan, and what did.
pub(super) fn overrides(context: &RequestContext, slug: &str, overrides: &[OverrideRow]) -> AnyView {
    let add = context.href(&format!("{}/overrides", home(slug)));
    let body = if overrides.is_empty() {
        view! { <p>"Nothing was made otherwise than the plan says."</p> }.into_any()
    } else {
        let rows = overrides.iter().map(|one| override_row(context, slug, one)).collect_view();
        view! {
            <table class="data-table key-list">
                <caption class="visually-hidden">"Overrides, those in force first"</caption>
                <thead>
                    <tr>
                        <th scope="col">"What"</th>
                        <th scope="col">"Reason"</th>
                        <th scope="col">"Made by"</th>
                        <th scope="col">"Until"</th>
                        <th scope="col" class="is-end"><span class="visually-hidden">"End"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any()
    };
    view! {
        <section class="card stack" aria-labelledby="overrides-title">
            <h2 id="overrides-title">"Overrides"</h2>
            {body}
            <div class="button-row"><a class="button" href=add>"Add override"</a></div>
        </section>
    }
    .into_any()
}

fn override_row(context: &RequestContext, slug: &str, one: &OverrideRow) -> AnyView {
    let until = match (one.removed_at, one.ends_at) {
        (Some(at), _) => format!("Ended on {}", day(at)),
        (None, Some(at)) => day(at),
        (None, None) => "It is taken back".to_owned(),
    };
    let end = one.removed_at.is_none().then(|| {
        let href = context.href(&format!("{}/overrides/{}/end", home(slug), one.key));
        view! {
            <a class="button button--quiet" href=href>
                "End" <span class="visually-hidden">{format!(" {}", one.key)}</span>
            </a>
        }
    });
    view! {
        <tr>
            <th scope="row">{format!("{}: {}", one.key, value_in_words(&one.key, &one.value))}</th>
            <td data-label="Reason">{one.reason.clone()}</td>
            <td data-label="Made by">{format!("{}, {}", one.made_by, day(one.created_at))}</td>
            <td data-label="Until">{until}</td>
            <td class="is-end">{end}</td>
        </tr>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn overrides_are_read_by_people() {
        for (key, value, words) in [
            ("seats", json!(12), "12"),
            ("storage_bytes", json!(1_073_741_824), "1 GB"),
            ("projects", json!(null), "no limit"),
            ("sso", json!(true), "included"),
            ("scim", json!(false), "not included"),
            ("rockets", json!(3), "3"),
        ] {
            assert_eq!(value_in_words(key, &value), words, "{key}");
        }
    }
}
