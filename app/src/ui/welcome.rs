//! What a workspace makes of its sign-in page: words of welcome, and what stands behind them.

use leptos::prelude::*;
use rowhouse_platform::branding::{Background, Branding};

use crate::context::RequestContext;

/// The class of a page of one card.
pub fn class(context: &RequestContext) -> &'static str {
    match context.branding().map(|branding| &branding.background) {
        Some(Background::Tint) => "solo solo--tint",
        Some(Background::Picture(_)) => "solo solo--picture",
        Some(Background::None) | None => "solo",
    }
}

/// The picture behind a page of one card. What is to be read stands on a ground of its own, whatever the picture shows.
pub fn background(context: &RequestContext) -> AnyView {
    let Some(src) = context.branding().and_then(|branding| picture(branding, &context.base_path)) else {
        return ().into_any();
    };
    view! { <img class="solo__ground" src=src alt="" /> }.into_any()
}

/// The address of the picture, where there is one.
pub fn picture(branding: &Branding, base_path: &str) -> Option<String> {
    match &branding.background {
        Background::Picture(hash) => Some(format!("{base_path}/brand/background/{hash}.jpg")),
        Background::None | Background::Tint => None,
    }
}

/// The words of welcome below "Sign in to".
pub fn words(context: &RequestContext) -> AnyView {
    context.branding().map(words_of).into_any()
}

/// The same of any branding, for its preview.
pub fn words_of(branding: &Branding) -> AnyView {
    let title = branding.sign_in_title.as_deref().map(ToOwned::to_owned);
    let text = branding.sign_in_text.as_deref().map(ToOwned::to_owned);
    view! {
        {title.map(|title| view! { <p class="welcome__title">{title}</p> })}
        {text.map(|text| view! { <p class="welcome__text">{text}</p> })}
    }
    .into_any()
}
