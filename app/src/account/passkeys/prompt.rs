//! The button that asks for a key, on the pages where one proves who one is.

use leptos::prelude::*;

use crate::{context::RequestContext, ui::Icon};

/// The script that brings such buttons to life; without it they stay hidden.
pub(crate) const SCRIPT: &str = "passkey.js";

/// What a key is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prompt {
    /// To sign in, by it alone. The browser also offers keys in the field for the address, which therefore has
    /// `autocomplete="username webauthn"`.
    SignIn,
    /// After the password.
    SecondFactor,
    /// Before something dangerous.
    Confirm,
}

impl Prompt {
    fn path(self) -> &'static str {
        match self {
            Self::SignIn => "/sign-in/passkey",
            Self::SecondFactor => "/sign-in/second-factor/passkey",
            Self::Confirm => "/confirm/passkey",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::SignIn => "Sign in with a passkey",
            Self::SecondFactor | Self::Confirm => "Use a passkey",
        }
    }
}

/// The button, which leads to `next` afterwards. The page is rendered with [`SCRIPT`].
pub(crate) fn prompt(context: &RequestContext, prompt: Prompt, next: &str) -> AnyView {
    view! {
        <form
            class="passkey"
            data-passkey="get"
            data-begin=context.href(&format!("{}/begin", prompt.path()))
            data-finish=context.href(&format!("{}/finish", prompt.path()))
            data-autofill=(prompt == Prompt::SignIn).then_some("")
            hidden=true
        >
            <input type="hidden" name="next" value=next.to_owned() />
            <button class="button button--wide" type="submit">
                <Icon name="key" />
                {prompt.words()}
            </button>
            <p class="passkey__message" aria-live="assertive"></p>
        </form>
    }
    .into_any()
}
