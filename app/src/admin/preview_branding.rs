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
pub fn LivePreview(
    /// What the server said about the colours it rendered.
    findings: Vec<String>,
) -> impl IntoView {
    let findings = RwSignal::new(findings);
    let problem = RwSignal::new(None::<String>);
    #[cfg(feature = "hydrate")]
    browser::watch(findings, problem);
    view! {
        <ul class="bullets" aria-live="polite">
            {move || findings.get().into_iter().map(|finding| view! { <li>{finding}</li> }).collect_view()}
        </ul>
        <p class="field__error" role="status" hidden=move || problem.with(Option::is_none)>
            {move || problem.get().unwrap_or_default()}
        </p>
    }
}

#[cfg(feature = "hydrate")]
mod browser {
    use std::time::Duration;

    use leptos::{ev, prelude::*, wasm_bindgen::JsCast as _, web_sys};

    use super::preview_branding;

    fn value_of(id: &str) -> String {
        document()
            .get_element_by_id(id)
            .and_then(|element| element.dyn_into::<web_sys::HtmlInputElement>().ok())
            .map(|input| input.value())
            .unwrap_or_default()
    }

    fn wear(properties: &[(String, String)]) {
        let previews = document().query_selector_all("#branding-preview .brand-scope");
        let Ok(previews) = previews else { return };
        for index in 0..previews.length() {
            let Some(preview) = previews.item(index).and_then(|node| node.dyn_into::<web_sys::HtmlElement>().ok())
            else {
                continue;
            };
            for (name, value) in properties {
                // Only a malformed name could fail here, and the server made it.
                let _ = preview.style().set_property(name, value);
            }
        }
    }

    /// The swatch beside a colour's field.
    fn paint_swatch(id: &str, colour: &str) {
        let swatch = document().query_selector(&format!(".input-group:has(#{id}) rect"));
        if let Ok(Some(swatch)) = swatch {
            // A value that is no colour paints nothing.
            let _ = swatch.set_attribute("fill", colour);
        }
    }

    pub(super) fn watch(findings: RwSignal<Vec<String>>, problem: RwSignal<Option<String>>) {
        let ask = move |()| {
            leptos::task::spawn_local(async move {
                match preview_branding(value_of("accent"), value_of("accent_dark")).await {
                    Ok(Ok(preview)) => {
                        paint_swatch("accent", &value_of("accent"));
                        paint_swatch("accent_dark", &value_of("accent_dark"));
                        wear(&preview.properties);
                        findings.set(preview.findings);
                        problem.set(None);
                    }
                    Ok(Err(message)) => problem.set(Some(message)),
                    Err(_) => problem.set(Some("The preview cannot be loaded. Saving still works.".to_owned())),
                }
            });
        };
        let ask = std::cell::RefCell::new(debounce(Duration::from_millis(200), ask));
        let handle = window_event_listener(ev::input, move |event| {
            let target = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlElement>().ok());
            if target.is_some_and(|element| element.id().starts_with("accent")) {
                ask.borrow_mut()(());
            }
        });
        on_cleanup(move || handle.remove());
    }
}
