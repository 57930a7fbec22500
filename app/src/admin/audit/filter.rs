//! Which records are shown: what the address says, and the form that makes it.

use leptos::prelude::*;
use rowhouse_platform::audit::{Action, ActionGroup, Cursor, Filter};
use serde::Deserialize;
use time::{Date, macros::format_description};

use crate::{
    context::RequestContext,
    error::PageError,
    routes::query_string,
    ui::{
        FieldErrors,
        choice::{Choice, SelectField, with_none},
        form::{described_by, field_error},
    },
};

/// The most characters looked for.
const TEXT_LENGTH: usize = 200;

/// What the address says.
#[derive(Debug, Default, Deserialize)]
pub(in crate::admin) struct AuditQuery {
    #[serde(default)]
    who: String,
    /// An action (`member.invited`) or a group of them (`members`).
    #[serde(default)]
    what: String,
    #[serde(default)]
    target: String,
    #[serde(default)]
    address: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    before: Option<String>,
    after: Option<String>,
}

/// PostgreSQL's text has no NUL, and no record has other control characters where people look for them.
fn plain(text: &str) -> String {
    text.replace(char::is_control, "").trim().chars().take(TEXT_LENGTH).collect()
}

fn day(field: &'static str, text: &str, errors: &mut FieldErrors) -> Option<Date> {
    if text.trim().is_empty() {
        return None;
    }
    let read = Date::parse(text.trim(), format_description!("[year]-[month]-[day]"));
    errors.take(field, read.map_err(|_| "This is no day. Write it like 2026-03-31."))
}

impl AuditQuery {
    /// The filter; days that cannot be read are told of beside their fields.
    pub(super) fn filter(&self, errors: &mut FieldErrors) -> Result<Filter, PageError> {
        let actions = match self.what.as_str() {
            "" => Vec::new(),
            word => match (ActionGroup::parse(word), Action::parse(word)) {
                (Some(group), _) => group.actions().collect(),
                (None, Some(action)) => vec![action],
                (None, None) => {
                    return Err(PageError::BadRequest(format!("“{}” is nothing that is recorded.", plain(word))));
                }
            },
        };
        let (from, to) = (day("from", &self.from, errors), day("to", &self.to, errors));
        if let (Some(from), Some(to)) = (from, to)
            && from > to
        {
            errors.add("to", "The last day is before the first.");
        }
        Ok(Filter {
            who: plain(&self.who),
            actions,
            target: plain(&self.target),
            address: plain(&self.address),
            from,
            to,
        })
    }

    pub(super) fn cursor(&self) -> Result<Cursor, PageError> {
        let read = |text: &str| {
            text.parse().map_err(|_| {
                PageError::BadRequest(
                    "The link to this part of the log is damaged; start with the newest records.".to_owned(),
                )
            })
        };
        match (&self.before, &self.after) {
            (Some(_), Some(_)) => {
                Err(PageError::BadRequest("Ask for records before or after one, not both.".to_owned()))
            }
            (Some(before), None) => Ok(Cursor::OlderThan(read(before)?)),
            (None, Some(after)) => Ok(Cursor::NewerThan(read(after)?)),
            (None, None) => Ok(Cursor::Newest),
        }
    }

    /// The address of `path` under this filter.
    pub(super) fn href(&self, context: &RequestContext, path: &str, cursor: Option<(&str, i64)>) -> String {
        let fields = [
            ("who", &self.who),
            ("what", &self.what),
            ("target", &self.target),
            ("address", &self.address),
            ("from", &self.from),
            ("to", &self.to),
        ];
        let mut pairs: Vec<_> =
            fields.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| (name, text.clone())).collect();
        pairs.extend(cursor.map(|(name, seq)| (name, seq.to_string())));
        context.href(&format!("{path}{}", query_string(&pairs)))
    }

    fn is_empty(&self) -> bool {
        [&self.who, &self.what, &self.target, &self.address, &self.from, &self.to].iter().all(|text| text.is_empty())
    }
}

pub(super) fn form(context: &RequestContext, query: &AuditQuery, errors: &FieldErrors) -> AnyView {
    let actions = ActionGroup::ALL.into_iter().flat_map(|group| {
        let all = Choice::new(group.as_str(), format!("{}: all", group.label()));
        let single = group.actions().map(|action| Choice::new(action.as_str(), action.label()));
        std::iter::once(all).chain(single).map(move |choice| choice.within(group.label()))
    });
    let actions = with_none("Everything", actions);
    let clear = (!query.is_empty())
        .then(|| view! { <a class="button button--quiet" href=context.href("/admin/audit")>"Clear"</a> });
    view! {
        <details class="audit-filter" open=!query.is_empty()>
            <summary>"Filter"</summary>
            <form class="form" action=context.href("/admin/audit") method="get" role="search" aria-label="Records">
                <div class="audit-filter__fields">
                    {field("who", "Who", "text", &query.who, errors)}
                    <SelectField id="what" label="What" options=actions value=&query.what errors=errors />
                    {field("target", "To what or whom", "text", &query.target, errors)}
                    {field("address", "Network address", "text", &query.address, errors)}
                    {field("from", "First day", "date", &query.from, errors)}
                    {field("to", "Last day", "date", &query.to, errors)}
                </div>
                <div class="button-row">
                    <button class="button button--primary" type="submit">"Show"</button>
                    {clear}
                </div>
            </form>
        </details>
    }
    .into_any()
}

/// A field that may stay empty.
pub(crate) fn field(
    id: &'static str,
    label: &'static str,
    kind: &'static str,
    value: &str,
    errors: &FieldErrors,
) -> AnyView {
    let error = errors.of(id);
    view! {
        <div class="field">
            <label class="field__label" for=id>{label}</label>
            <input
                class="input"
                id=id
                name=id
                type=kind
                value=value.to_owned()
                autocomplete="off"
                maxlength=(kind == "text").then_some(TEXT_LENGTH)
                aria-invalid=error.is_some().then_some("true")
                aria-describedby=described_by(id, false, error.is_some())
            />
            {field_error(id, error)}
        </div>
    }
    .into_any()
}
