//! What all server functions share: the error they answer with, and how they reach the request.
//!
//! A server function stands in the folder of its part of the product. It takes a permission like any page
//! ([`permitted`]), and its path begins with `/api/fn`, which is where the server routes them. Islands call them through
//! [`crate::browser::call`], a tenth of the size of the client that the macro makes.

use leptos::{
    prelude::{FromServerFnError, ServerFnErrorErr},
    server_fn::codec::JsonEncoding,
};
use serde::{Deserialize, Serialize};

/// Why a server function gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FnError {
    /// Nobody is signed in.
    SignedOut,
    /// The person may not.
    Forbidden,
    /// There is nothing of that kind here.
    NotFound,
    /// An argument is wrong; the text says how.
    Invalid(String),
    /// It was asked for too often; the text says how long to wait.
    Throttled(String),
    /// Something broke, here or on the way.
    Failed,
}

impl FromServerFnError for FnError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(text)
            | ServerFnErrorErr::MissingArg(text)
            | ServerFnErrorErr::Deserialization(text) => {
                #[cfg(feature = "ssr")]
                server::set_status(http::StatusCode::BAD_REQUEST);
                Self::Invalid(text)
            }
            _ => Self::Failed,
        }
    }
}

#[cfg(feature = "ssr")]
mod server {
    use leptos::prelude::use_context;
    use leptos_axum::ResponseOptions;
    use rowhouse_platform::access::{Permission, Permit};

    use super::FnError;
    use crate::{access, context::Context, error::PageError, limits::wait_in_words};

    /// Sets the status of the answer.
    pub(super) fn set_status(status: http::StatusCode) {
        if let Some(options) = use_context::<ResponseOptions>() {
            options.set_status(status);
        }
    }

    impl From<PageError> for FnError {
        /// Also sets the status of the answer.
        fn from(error: PageError) -> Self {
            set_status(error.status());
            match error {
                PageError::SignedOut | PageError::SecondFactorNeeded | PageError::NotConfirmed => Self::SignedOut,
                PageError::Forbidden(_)
                | PageError::AddressRefused(_)
                | PageError::ForeignOrigin
                | PageError::Suspended
                | PageError::Closing => Self::Forbidden,
                PageError::NotFound | PageError::UnknownHost | PageError::MethodNotAllowed => Self::NotFound,
                PageError::BadRequest(text) => Self::Invalid(text),
                PageError::Plan(refused) => Self::Invalid(refused.to_string()),
                PageError::Throttled(wait) => Self::Throttled(wait),
                PageError::TooManyRequests(seconds) => Self::Throttled(wait_in_words(seconds)),
                other => {
                    tracing::error!(error = %other, "a server function failed");
                    Self::Failed
                }
            }
        }
    }

    /// The request's context.
    ///
    /// # Errors
    /// [`FnError::Failed`] outside of a request.
    pub fn request() -> Result<Context, FnError> {
        use_context::<Context>().ok_or_else(|| PageError::internal("a server function ran outside of a request").into())
    }

    /// The permission `P` for whoever called.
    ///
    /// # Errors
    /// [`FnError`].
    pub async fn permitted<P: Permission>() -> Result<(Context, Permit<P>), FnError> {
        let context = request()?;
        let permit = access::permit(&context).await?;
        Ok((context, permit))
    }
}

#[cfg(feature = "ssr")]
pub use server::{permitted, request};
