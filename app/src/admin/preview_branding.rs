//! The live preview of the branding editor: colours as they are typed, made readable by the server.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::server_functions::FnError;

/// What would follow from the colours, or what is wrong with one of them: half-typed colours are no error.
pub type PreviewAnswer = Result<BrandingPreview, String>;

/// What would follow from the colours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrandingPreview {
    /// The custom properties: name and value.
    pub properties: Vec<(String, String)>,
    /// What was changed about the colours and why, in words.
    pub findings: Vec<String>,
}

/// What would follow from these colours; `accent_dark` may be empty.
///
/// # Errors
/// [`FnError`].
#[server(prefix = "/api/fn", endpoint = "admin/preview-branding")]
pub async fn preview_branding(accent: String, accent_dark: String) -> Result<PreviewAnswer, FnError> {
    use crate::{error::PageError, server_functions::permitted};
    use rowhouse_platform::{
        access::ManageBranding,
        branding::{AccentTokens, Colour, ColourError},
    };

    let (_, permit) = permitted::<ManageBranding>().await?;
    permit.commit().await.map_err(PageError::from)?;
    let read = |text: &str| text.trim().parse::<Colour>().map_err(|error: ColourError| error.to_string());
    let dark = if accent_dark.trim().is_empty() { Ok(None) } else { read(&accent_dark).map(Some) };
    let (light, dark) = match (read(&accent), dark) {
        (Ok(light), Ok(dark)) => (light, dark),
        (Err(error), _) | (_, Err(error)) => return Ok(Err(error)),
    };
    let tokens = AccentTokens::new(light, dark);
    let properties = tokens
        .to_css()
        .split(';')
        .filter_map(|declaration| declaration.split_once(':'))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect();
    let findings = tokens.contrast_report().into_iter().map(|finding| finding.sentence).collect();
    Ok(Ok(BrandingPreview { properties, findings }))
}

/// Watches the colour fields of the form and brings the preview up to date. Without JavaScript, the form's button
/// "Preview" does the same.
#[island]
pub fn LivePreview() -> impl IntoView {
    #[cfg(feature = "hydrate")]
    live::watch();
}

#[cfg(feature = "hydrate")]
mod live {
    use leptos::{prelude::document, server_fn::ServerFn as _, web_sys};
    use wasm_bindgen::{JsCast as _, JsValue};

    use super::PreviewBranding;
    use crate::browser;

    pub(super) fn watch() {
        browser::while_typing(&["accent", "accent_dark"], ask, show);
    }

    async fn ask() -> Option<JsValue> {
        let arguments = [("accent", browser::value_of("accent")), ("accent_dark", browser::value_of("accent_dark"))];
        browser::call(PreviewBranding::PATH, &arguments).await
    }

    fn show(answer: Option<JsValue>) {
        let answer = answer.unwrap_or(JsValue::NULL);
        let problem = match browser::member(&answer, "Err").as_string() {
            Some(message) => message,
            None if answer.is_null() => "The preview cannot be loaded. Saving still works.".to_owned(),
            None => String::new(),
        };
        if let Some(line) = browser::element("preview-problem") {
            line.set_hidden(problem.is_empty());
            line.set_text_content(Some(&problem));
        }
        if problem.is_empty() {
            wear(&browser::member(&answer, "Ok"));
        }
    }

    fn wear(preview: &JsValue) {
        for id in ["accent", "accent_dark"] {
            if let Ok(Some(swatch)) = document().query_selector(&format!(".input-group:has(#{id}) rect")) {
                // A value that is no colour paints nothing.
                let _ = swatch.set_attribute("fill", &browser::value_of(id));
            }
        }
        if let Some(list) = browser::element("preview-findings") {
            list.set_inner_html("");
            for finding in browser::items(&browser::member(preview, "findings")) {
                browser::append(&list, "li", &finding.as_string().unwrap_or_default());
            }
        }
        let Ok(scopes) = document().query_selector_all("#branding-preview .brand-scope") else { return };
        for index in 0..scopes.length() {
            let Some(scope) = scopes.item(index).and_then(|node| node.dyn_into::<web_sys::HtmlElement>().ok()) else {
                continue;
            };
            for pair in browser::items(&browser::member(preview, "properties")) {
                let pair = browser::items(&pair);
                if let [Some(name), Some(value)] = [0, 1].map(|at| pair.get(at).and_then(JsValue::as_string)) {
                    // Only a malformed name could fail here, and the server made it.
                    let _ = scope.style().set_property(&name, &value);
                }
            }
        }
    }
}
