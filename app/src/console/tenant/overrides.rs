//! `/tenants/{slug}/overrides`: a limit or feature is made otherwise for one tenant; and its end.

use axum::{extract::Path, http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    operator::{
        Operator, act,
        audit::{Action, Record},
    },
    plan::{Feature, Limit, Overridden, change::ChangeError},
};
use serde::Deserialize;
use time::{Date, OffsetDateTime, macros::format_description};

use super::{
    super::{
        Staff,
        frame::{Section, frame},
        staff,
    },
    REASON_LENGTH, about, about_form, home, reason,
};
use crate::{
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other_with,
    ui::{
        FieldErrors, FormBody, Head,
        choice::{Choice, SelectField, with_none},
        flash::Flash,
        form::{TextField, summary},
        page,
    },
};

/// What was chosen and typed.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Fields {
    /// `limit:seats` or `feature:sso`: of own domains there are both.
    #[serde(default)]
    what: String,
    #[serde(default)]
    value: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    reason: String,
}

impl Fields {
    fn overridden(&self, errors: &mut FieldErrors) -> Option<Overridden> {
        let value = self.value.trim();
        match self.what.split_once(':') {
            Some(("limit", word)) => {
                let limit = errors.take("what", Limit::parse(word))?;
                if value.eq_ignore_ascii_case("none") {
                    return Some(Overridden::Limit(limit, None));
                }
                let most = value.parse::<i64>().ok().filter(|most| *most >= 0);
                if most.is_none() {
                    errors.add(
                        "value",
                        "A limit is a whole number, 0 or more, or “none” for no limit. Storage is in bytes.",
                    );
                }
                Some(Overridden::Limit(limit, Some(most?)))
            }
            Some(("feature", word)) => {
                let feature = errors.take("what", Feature::parse(word))?;
                match value.to_ascii_lowercase().as_str() {
                    "yes" => Some(Overridden::Feature(feature, true)),
                    "no" => Some(Overridden::Feature(feature, false)),
                    _ => {
                        errors.add("value", "A feature is given by “yes” and taken by “no”.");
                        None
                    }
                }
            }
            _ => {
                errors.add("what", "Choose a limit or a feature.");
                None
            }
        }
    }

    /// The end of the day that was typed, in UTC; none where the field was left empty.
    fn ends_at(&self, errors: &mut FieldErrors) -> Option<OffsetDateTime> {
        let typed = self.until.trim();
        if typed.is_empty() {
            return None;
        }
        let read = Date::parse(typed, format_description!("[year]-[month]-[day]")).ok().and_then(Date::next_day);
        if read.is_none() {
            errors.add("until", "This is no day. Write it like 2026-03-31.");
        }
        read.map(|day| day.midnight().assume_utc())
    }
}

fn key_of(what: Overridden) -> &'static str {
    match what {
        Overridden::Limit(limit, _) => limit.word(),
        Overridden::Feature(feature, _) => feature.word(),
    }
}

pub(super) async fn show(context: Context, Path(slug): Path<String>, staff: Staff) -> Result<Response, PageError> {
    let operator = about_form(&context, staff, &slug, "override").await?.commit().await?;
    Ok(render(&context, &operator, &slug, &Fields::default(), &FieldErrors::default()))
}

pub(super) async fn submit(
    context: Context,
    Path(slug): Path<String>,
    who: Staff,
    FormBody(fields): FormBody<Fields>,
) -> Result<Response, PageError> {
    let mut errors = FieldErrors::default();
    let what = fields.overridden(&mut errors);
    let ends_at = fields.ends_at(&mut errors);
    let reason = reason(&mut errors, &fields.reason);
    let Some(what) = what.filter(|_| errors.is_empty()) else {
        let operator = about_form(&context, who, &slug, "override").await?.commit().await?;
        return Ok(render(&context, &operator, &slug, &fields, &errors));
    };
    let until = ends_at.map(|_| format!(", until {}", fields.until.trim())).unwrap_or_default();
    let detail = format!("{}: {}{until}", key_of(what), fields.value.trim());
    let record = Record::of(Action::OverrideAdded).detail(detail).because(reason.clone());
    let mut of = about(&context, who, &slug, record).await?;
    match act::set_override(&mut of, &context.services.ambient, what, ends_at, &reason).await {
        Ok(()) => {
            let tenant = of.id();
            of.commit().await?;
            // The news reaches this server a moment later; the next page must not be the old one.
            context.services.directory.forget(tenant);
            Ok(see_other_with(&context.href(&home(&slug)), Flash::OverrideAdded))
        }
        Err(ChangeError::Database(error)) => Err(error.into()),
        Err(error) => {
            // What did not happen is not recorded.
            drop(of);
            let field = match error {
                ChangeError::Ended => "until",
                ChangeError::OutOfRange(_) => "value",
                _ => "what",
            };
            errors.add(field, error);
            let operator = about_form(&context, staff(&context).await?, &slug, "override").await?.commit().await?;
            Ok(render(&context, &operator, &slug, &fields, &errors))
        }
    }
}

fn render(
    context: &RequestContext,
    operator: &Operator,
    slug: &str,
    fields: &Fields,
    errors: &FieldErrors,
) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = format!("Add an override for {slug}");
    page(context, Head::new(title.clone()).without_islands().with_status(status), || {
        let limits = Limit::ALL.map(|one| Choice::new(format!("limit:{}", one.word()), one.label()).within("Limits"));
        let features =
            Feature::ALL.map(|one| Choice::new(format!("feature:{}", one.word()), one.label()).within("Features"));
        let options = with_none("Choose…", limits.into_iter().chain(features));
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">{title.clone()}</h1>
                <p class="page__lead">"It holds in the place of what the plan says, and of an override of the same before it."</p>
            </div>
            <div class="stack">
                {summary(errors)}
                <form class="form" action=context.href(&format!("{}/overrides", home(slug))) method="post">
                    <SelectField id="what" label="What" options=options value=&fields.what errors=errors />
                    <TextField
                        id="value"
                        label="Value"
                        value=&fields.value
                        errors=errors
                        maxlength=20
                        help="A limit: a number, or none. A feature: yes or no. For own domains give the limit, which includes them."
                    />
                    <TextField
                        id="until"
                        label="Last day"
                        kind="date"
                        value=&fields.until
                        errors=errors
                        optional=true
                        help="In UTC. Left empty, it holds until it is ended."
                    />
                    <TextField
                        id="reason"
                        label="Reason"
                        value=&fields.reason
                        errors=errors
                        maxlength=REASON_LENGTH
                        help="It stands in the history and in the audit log."
                    />
                    <div class="button-row">
                        <button class="button button--primary" type="submit">"Add override"</button>
                        <a class="button" href=context.href(&home(slug))>"Cancel"</a>
                    </div>
                </form>
            </div>
        };
        frame(context, operator, Section::Tenants, true, content)
    })
}

/// What was typed to end one.
#[derive(Debug, Default, Deserialize)]
pub(super) struct EndFields {
    #[serde(default)]
    reason: String,
}

/// Anything but the word of a limit or feature is none.
fn read_key(key: &str) -> Result<&str, PageError> {
    let is_known = Limit::parse(key).is_ok() || Feature::parse(key).is_ok();
    is_known.then_some(key).ok_or(PageError::NotFound)
}

pub(super) async fn show_end(
    context: Context,
    Path((slug, key)): Path<(String, String)>,
    staff: Staff,
) -> Result<Response, PageError> {
    let key = read_key(&key)?;
    let operator = about_form(&context, staff, &slug, "end of an override").await?.commit().await?;
    Ok(render_end(&context, &operator, (&slug, key), &EndFields::default(), &FieldErrors::default()))
}

pub(super) async fn submit_end(
    context: Context,
    Path((slug, key)): Path<(String, String)>,
    who: Staff,
    FormBody(fields): FormBody<EndFields>,
) -> Result<Response, PageError> {
    let key = read_key(&key)?;
    let mut errors = FieldErrors::default();
    let reason = reason(&mut errors, &fields.reason);
    if !errors.is_empty() {
        let operator = about_form(&context, who, &slug, "end of an override").await?.commit().await?;
        return Ok(render_end(&context, &operator, (&slug, key), &fields, &errors));
    }
    let record = Record::of(Action::OverrideEnded).detail(key).because(reason.clone());
    let mut of = about(&context, who, &slug, record).await?;
    match act::end_override(&mut of, context.services.ambient.now(), key, &reason).await {
        Ok(()) => {
            let tenant = of.id();
            of.commit().await?;
            context.services.directory.forget(tenant);
            Ok(see_other_with(&context.href(&home(&slug)), Flash::OverrideEnded))
        }
        Err(ChangeError::Database(error)) => Err(error.into()),
        Err(error) => {
            drop(of);
            errors.add("reason", error);
            let shown = about_form(&context, staff(&context).await?, &slug, "end of an override").await?;
            let operator = shown.commit().await?;
            Ok(render_end(&context, &operator, (&slug, key), &fields, &errors))
        }
    }
}

fn render_end(
    context: &RequestContext,
    operator: &Operator,
    (slug, key): (&str, &str),
    fields: &EndFields,
    errors: &FieldErrors,
) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = format!("End the override of {key} for {slug}");
    page(context, Head::new(title.clone()).without_islands().with_status(status), || {
        let content = view! {
            <div class="page__head"><h1 class="page__title">{title.clone()}</h1></div>
            <div class="stack">
                {summary(errors)}
                <p>"What the plan says holds again, at once. Nothing is deleted that is over it then."</p>
                <form class="form" action=context.href(&format!("{}/overrides/{key}/end", home(slug))) method="post">
                    <TextField id="reason" label="Reason" value=&fields.reason errors=errors maxlength=REASON_LENGTH />
                    <div class="button-row">
                        <button class="button button--primary" type="submit">"End override"</button>
                        <a class="button" href=context.href(&home(slug))>"Cancel"</a>
                    </div>
                </form>
            </div>
        };
        frame(context, operator, Section::Tenants, true, content)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(what: &str, value: &str) -> Option<Overridden> {
        let mut errors = FieldErrors::default();
        let fields = Fields { what: what.to_owned(), value: value.to_owned(), ..Fields::default() };
        let read = fields.overridden(&mut errors);
        assert_eq!(read.is_some(), errors.is_empty(), "{what} {value}");
        read
    }

    #[test]
    fn overrides_are_read() {
        assert_eq!(read("limit:seats", " 12 "), Some(Overridden::Limit(Limit::Seats, Some(12))));
        assert_eq!(read("limit:projects", "None"), Some(Overridden::Limit(Limit::Projects, None)));
        assert_eq!(read("limit:custom_domains", "3"), Some(Overridden::Limit(Limit::CustomDomains, Some(3))));
        assert_eq!(read("feature:custom_domains", "yes"), Some(Overridden::Feature(Feature::CustomDomains, true)));
        assert_eq!(read("feature:sso", "NO"), Some(Overridden::Feature(Feature::Sso, false)));
        for (what, value) in [
            ("", "1"),
            ("limit:rockets", "1"),
            ("limit:seats", "-1"),
            ("limit:seats", "yes"),
            ("feature:sso", "1"),
            ("seats", "1"),
        ] {
            assert_eq!(read(what, value), None, "{what} {value}");
        }
    }

    #[test]
    fn the_last_day_is_in_it() {
        let ends = |until: &str| {
            let mut errors = FieldErrors::default();
            let ends = Fields { until: until.to_owned(), ..Fields::default() }.ends_at(&mut errors);
            (ends, errors.is_empty())
        };
        assert_eq!(ends("2026-03-31"), (Some(time::macros::datetime!(2026-04-01 0:00 UTC)), true));
        assert_eq!(ends(" "), (None, true));
        assert_eq!(ends("soon"), (None, false));
    }
}
