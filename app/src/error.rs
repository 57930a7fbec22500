//! What can go wrong with a page, and the one place where it becomes an answer.

use std::{fmt, sync::Arc};

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use rowhouse_platform::{
    access::AccessError, db::DbError, identity::totp::TotpFailure, plan::PlanError, storage::StorageError,
};

/// Why a page cannot be shown. The middleware that knows the tenant renders it, in the tenant's branding.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PageError {
    /// There is nothing here, or nothing that this person may know of.
    #[error("not found")]
    NotFound,
    /// The way of asking is not known here.
    #[error("method not allowed")]
    MethodNotAllowed,
    /// Nobody is signed in.
    #[error("not signed in")]
    SignedOut,
    /// The tenant requires a second factor, and this session has shown none.
    #[error("a second factor is required")]
    SecondFactorNeeded,
    /// Credentials have to be shown again before this.
    #[error("not confirmed lately")]
    NotConfirmed,
    /// The tenant lets nobody in from this network address.
    #[error("the address {0} is not allowed")]
    AddressRefused(String),
    /// The person may not.
    #[error("missing permission {0}")]
    Forbidden(&'static str),
    /// The request is wrong; the text says how, for the person.
    #[error("bad request: {0}")]
    BadRequest(String),
    /// A form came from a page of another site.
    #[error("the request came from another site")]
    ForeignOrigin,
    /// The body is larger than allowed.
    #[error("the request is too large")]
    TooLarge,
    /// It took too long.
    #[error("the request took too long")]
    Timeout,
    /// There were too many attempts; the text says how long to wait.
    #[error("too many attempts: {0}")]
    Throttled(String),
    /// More requests came than are answered; for so many seconds.
    #[error("too many requests")]
    TooManyRequests(u32),
    /// Too much of the tenant's work is under way.
    #[error("crowded: {0}")]
    Crowded(Cause),
    /// The database stopped a question that took longer than the plan lets it.
    #[error("too slow: {0}")]
    TooSlow(Cause),
    /// No tenant has this address.
    #[error("no such workspace")]
    UnknownHost,
    /// The plan has no room for it, does not include it, or is not paid.
    #[error("the plan refuses it: {0}")]
    Plan(PlanError),
    /// The tenant is suspended.
    #[error("workspace suspended")]
    Suspended,
    /// An owner closed the tenant.
    #[error("workspace closed")]
    Closing,
    /// Somebody else changed the same things in this moment, and came first.
    #[error("overtaken: {0}")]
    Overtaken(Cause),
    /// The database is away, or the storage of files.
    #[error("unavailable: {0}")]
    Unavailable(Cause),
    /// Something broke that should not.
    #[error("internal error: {0}")]
    Internal(Cause),
}

/// What broke, for the log and never for the browser.
#[derive(Clone)]
pub struct Cause(Arc<dyn fmt::Display + Send + Sync>);

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl PageError {
    /// Something broke.
    pub fn internal(cause: impl fmt::Display + Send + Sync + 'static) -> Self {
        Self::Internal(Cause(Arc::new(cause)))
    }

    /// The status to answer with (RFC 9110, section 15).
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound | Self::UnknownHost => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::SignedOut | Self::SecondFactorNeeded | Self::NotConfirmed => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_)
            | Self::AddressRefused(_)
            | Self::ForeignOrigin
            | Self::Plan(_)
            | Self::Suspended
            | Self::Closing => StatusCode::FORBIDDEN,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Overtaken(_) => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Throttled(_) | Self::TooManyRequests(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Timeout | Self::Unavailable(_) | Self::Crowded(_) | Self::TooSlow(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<DbError> for PageError {
    fn from(error: DbError) -> Self {
        let of = match &error {
            DbError::NoTurn(_) => Self::Crowded,
            error if error.is_overtaken() => Self::Overtaken,
            error if error.is_too_slow() => Self::TooSlow,
            error if error.is_unavailable() => Self::Unavailable,
            _ => Self::Internal,
        };
        of(Cause(Arc::new(error)))
    }
}

impl From<PlanError> for PageError {
    fn from(error: PlanError) -> Self {
        Self::Plan(error)
    }
}

impl From<sqlx::Error> for PageError {
    fn from(error: sqlx::Error) -> Self {
        DbError::from(error).into()
    }
}

impl From<StorageError> for PageError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Missing(_) | StorageError::Altered => Self::internal(error),
            _ => Self::Unavailable(Cause(Arc::new(error))),
        }
    }
}

impl From<AccessError> for PageError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::SignedOut => Self::SignedOut,
            AccessError::AddressRefused(address) => Self::AddressRefused(address),
            AccessError::SecondFactorNeeded => Self::SecondFactorNeeded,
            AccessError::Forbidden { permission, .. } => Self::Forbidden(permission),
            AccessError::Database(error) => error.into(),
        }
    }
}

impl From<TotpFailure> for PageError {
    fn from(error: TotpFailure) -> Self {
        match error {
            TotpFailure::Database(error) => error.into(),
            other => Self::internal(other),
        }
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
