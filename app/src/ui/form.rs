//! Forms: what was typed stays, each message stands beside its field and in a summary on top that links to it.

use axum::{
    Form,
    extract::{FromRequest, Request, rejection::FormRejection},
};
use leptos::prelude::*;
use serde::de::DeserializeOwned;

use super::{
    Icon,
    signs::{is_blank, overrides},
    time::number,
};
use crate::error::PageError;

/// A form's fields. Fields that are missing or of the wrong type are a bad request: no page of ours sends such a form.
pub struct FormBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for FormBody<T> {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        match Form::<T>::from_request(request, state).await {
            Ok(Form(form)) => Ok(Self(form)),
            Err(FormRejection::InvalidFormContentType(_)) => {
                Err(PageError::BadRequest("A form is sent as application/x-www-form-urlencoded.".to_owned()))
            }
            Err(FormRejection::BytesRejection(_)) => Err(PageError::TooLarge),
            Err(rejection) => {
                Err(PageError::BadRequest(format!("The form cannot be read: {}.", rejection.body_text())))
            }
        }
    }
}

/// The messages of a form, each with the id of its field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldErrors(Vec<(&'static str, String)>);

impl FieldErrors {
    /// Adds a message.
    pub fn add(&mut self, field: &'static str, message: impl ToString) {
        self.0.push((field, message.to_string()));
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first message of a field.
    pub fn of(&self, field: &str) -> Option<String> {
        self.0.iter().find(|(id, _)| *id == field).map(|(_, message)| message.clone())
    }

    /// All messages of a field.
    pub fn all_of<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(id, _)| *id == field).map(|(_, message)| message.as_str())
    }

    /// All messages.
    pub fn messages(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, message)| message.as_str())
    }

    /// Takes a value out of a check, or its error as the field's message.
    pub fn take<T, E: ToString>(&mut self, field: &'static str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.add(field, error)).ok()
    }

    /// Reads one line of text: trimmed, `label` in the messages, at most `max` characters.
    pub fn line(&mut self, field: &'static str, label: &str, text: &str, max: usize) -> String {
        self.text(field, label, text, max, char::is_control)
    }

    /// Reads text of several lines. Browsers send line ends as CRLF; they are kept as LF.
    pub fn lines(&mut self, field: &'static str, label: &str, text: &str, max: usize) -> String {
        let text = text.replace("\r\n", "\n");
        self.text(field, label, &text, max, |sign| sign.is_control() && sign != '\n' && sign != '\t')
    }

    fn text(&mut self, field: &'static str, label: &str, text: &str, max: usize, bad: fn(char) -> bool) -> String {
        let text = text.trim();
        let length = text.chars().count();
        if text.contains(char::REPLACEMENT_CHARACTER) {
            self.add(
                field,
                format!("{label} contains a character that could not be read. Type it again; the page takes UTF-8."),
            );
        } else if text.chars().any(bad) {
            self.add(field, format!("{label} contains a control character. Remove it; it may have come with a paste."));
        } else if length > max {
            let [length, max] = [length, max].map(|count| number(i64::try_from(count).unwrap_or(i64::MAX)));
            self.add(field, format!("{label} has {length} characters; {max} are allowed."));
        }
        text.to_owned()
    }

    /// As [`line`](Self::line), and there must be something to see of it: it is what people read and click. It does not
    /// turn the direction of what stands beside it either.
    pub fn required_line(&mut self, field: &'static str, label: &str, text: &str, max: usize) -> String {
        if is_blank(text) {
            self.add(field, format!("{label} is missing."));
            return String::new();
        }
        self.text(field, label, text, max, |sign| sign.is_control() || overrides(sign))
    }

    /// As [`lines`](Self::lines), and there must be something to see of it.
    pub fn required_lines(&mut self, field: &'static str, label: &str, text: &str, max: usize) -> String {
        if is_blank(text) {
            self.add(field, format!("{label} is missing."));
        }
        self.lines(field, label, text, max)
    }
}

/// The summary on top of a form that failed.
pub fn summary(errors: &FieldErrors) -> AnyView {
    if errors.is_empty() {
        return ().into_any();
    }
    let title = match errors.0.len() {
        1 => "There is a problem".to_owned(),
        count => format!("There are {count} problems"),
    };
    let items = errors
        .0
        .iter()
        .map(|(field, message)| view! { <li><a href=format!("#{field}")>{message.clone()}</a></li> })
        .collect_view();
    view! {
        <div class="notice notice--danger" id="errors" role="alert" tabindex="-1">
            <Icon name="circle-alert" />
            <h2 class="notice__title">{title}</h2>
            <ul>{items}</ul>
        </div>
    }
    .into_any()
}

/// The ids that describe a field: its help and its message, where there are such.
pub fn described_by(id: &str, has_help: bool, has_error: bool) -> Option<String> {
    let help = has_help.then(|| format!("{id}-help"));
    let error = has_error.then(|| format!("{id}-error"));
    let ids: Vec<_> = help.into_iter().chain(error).collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

/// The message beside a field.
pub fn field_error(id: &str, message: Option<String>) -> AnyView {
    message
        .map(|message| {
            view! {
                <p class="field__error" id=format!("{id}-error")>
                    <Icon name="circle-alert" />
                    {message}
                </p>
            }
        })
        .into_any()
}

/// The help below a field.
pub fn field_help(id: &str, help: &'static str) -> AnyView {
    if help.is_empty() {
        return ().into_any();
    }
    view! { <p class="field__help" id=format!("{id}-help")>{help}</p> }.into_any()
}

/// A line of text.
#[component]
pub fn TextField<'a>(
    /// Id and name of the field.
    id: &'static str,
    /// What is asked for.
    label: &'static str,
    /// What was typed.
    value: &'a str,
    /// The form's messages.
    errors: &'a FieldErrors,
    /// The kind of input.
    #[prop(default = "text")]
    kind: &'static str,
    /// What browsers may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// A sentence that helps.
    #[prop(default = "")]
    help: &'static str,
    /// The most characters.
    #[prop(default = 200)]
    maxlength: usize,
    /// The fewest.
    #[prop(optional)]
    minlength: Option<usize>,
    /// Whether the cursor starts here.
    #[prop(optional)]
    autofocus: bool,
    /// The keyboard that phones show, such as `numeric`.
    #[prop(optional)]
    inputmode: Option<&'static str>,
    /// Whether it may stay empty.
    #[prop(optional)]
    optional: bool,
) -> impl IntoView {
    let error = errors.of(id);
    let described = described_by(id, !help.is_empty(), error.is_some());
    // A password is never sent back.
    let value = if kind == "password" { None } else { Some(value.to_owned()) };
    view! {
        <div class="field">
            <label class="field__label" for=id>
                {label}
                {optional.then(|| view! { " " <span class="field__optional">"(optional)"</span> })}
            </label>
            <input
                class="input"
                id=id
                name=id
                type=kind
                value=value
                autocomplete=autocomplete
                inputmode=inputmode
                required=!optional
                maxlength=maxlength
                minlength=minlength
                autofocus=autofocus
                aria-describedby=described
                aria-invalid=error.is_some().then_some("true")
            />
            {field_help(id, help)}
            {field_error(id, error)}
        </div>
    }
}

/// Text as the content of a `<textarea>`, for its `inner_html`: Leptos writes the children of one as they are, so that
/// typed text could end it and go on as markup.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// Text of several lines.
#[component]
pub fn TextArea<'a>(
    /// Id of the field.
    id: &'static str,
    /// Its name, where it is not the id.
    #[prop(optional)]
    name: Option<&'static str>,
    /// What is asked for.
    label: AnyView,
    /// What was typed.
    value: &'a str,
    /// The form's messages.
    errors: &'a FieldErrors,
    /// How high it is.
    rows: usize,
    /// The most characters.
    maxlength: usize,
    /// A sentence that helps.
    #[prop(default = "")]
    help: &'static str,
    /// Whether it may stay empty.
    #[prop(optional)]
    optional: bool,
) -> impl IntoView {
    let error = errors.of(id);
    let described = described_by(id, !help.is_empty(), error.is_some());
    // Browsers drop the first line end of a text area.
    let value = escaped(&format!("\n{value}"));
    view! {
        <div class="field">
            {label}
            <textarea
                class="input"
                id=id
                name=name.unwrap_or(id)
                rows=rows
                maxlength=maxlength
                required=!optional
                aria-describedby=described
                aria-invalid=error.is_some().then_some("true")
                inner_html=value
            ></textarea>
            {field_help(id, help)}
            {field_error(id, error)}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_text_does_not_end_its_field() {
        let errors = FieldErrors::default();
        let typed = "a</textarea><b>&amp;\nc";
        let html = Owner::new().with(|| {
            view! { <TextArea id="x" label=().into_any() value=typed errors=&errors rows=2 maxlength=9 /> }.to_html()
        });
        assert!(html.contains(">\na&lt;/textarea>&lt;b>&amp;amp;\nc</textarea>"), "{html}");
    }

    #[test]
    fn text_is_checked_and_named() {
        let mut errors = FieldErrors::default();
        assert_eq!(errors.required_line("title", "The title", "  Printer \n", 10), "Printer");
        assert!(errors.is_empty());
        errors.required_line("title", "The title", " ", 10);
        errors.line("title", "The title", "a\u{0}b", 10);
        errors.line("title", "The title", "eleven char", 10);
        assert_eq!(errors.0.len(), 3);
        assert_eq!(errors.of("title").unwrap(), "The title is missing.");
        for (text, message) in [
            ("\u{200b}", "The title is missing."),
            ("\u{feff} \u{202e}", "The title is missing."),
            ("\u{202e}abc", "The title contains a control character."),
        ] {
            let mut errors = FieldErrors::default();
            errors.required_line("title", "The title", text, 10);
            assert!(errors.0.len() == 1 && errors.of("title").unwrap().starts_with(message), "{text:?}: {errors:?}");
        }
        let mut errors = FieldErrors::default();
        assert_eq!(errors.required_line("title", "The title", "👩\u{200d}💻", 10), "👩\u{200d}💻");
        assert_eq!(errors.lines("body", "The comment", "a\r\n\tb", 10), "a\n\tb");
        assert!(errors.is_empty());
    }
}
