//! What went wrong, for programs (RFC 9457), and the one place where errors become it.

use std::borrow::Cow;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rowhouse_platform::{access::AccessError, db::DbError, plan::PlanError};
use serde::Serialize;
use utoipa::ToSchema;

use super::ETag;
use crate::error::{Cause, PageError};

/// What kinds of problems there are. One row a kind: its word in the `type`, its status, its title, what to do.
macro_rules! kinds {
    ($($name:ident $word:literal $status:ident $title:literal $about:literal;)*) => {
        /// A kind of problem.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Kind {
            $(#[doc = $title] $name,)*
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The last part of the `type`.
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// The status (RFC 9110, section 15; RFC 6585).
            pub fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// What it is called.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// What it means, and what to do.
            pub fn about(self) -> &'static str {
                match self { $(Self::$name => $about,)* }
            }
        }
    };
}

kinds! {
    BadRequest "bad-request" BAD_REQUEST "The request cannot be read"
        "Something about the request itself is wrong: its JSON, a header, a parameter. The same request will fail again.";
    Unauthorized "unauthorized" UNAUTHORIZED "No good token"
        "There is no token, it is not good (any more), or it is not of the workspace that the request is addressed to. Why exactly is not told.";
    Forbidden "forbidden" FORBIDDEN "The permission is missing"
        "The key was not given this permission, or its owner does not hold it any more.";
    AddressRefused "address-refused" FORBIDDEN "Not from this network"
        "The workspace takes requests from certain networks only.";
    LimitReached "limit-reached" FORBIDDEN "The plan has no room for more"
        "The detail says what is limited, how much is used, and what to do. Nothing of the request was done.";
    NotInPlan "not-in-plan" FORBIDDEN "The plan does not include this"
        "A larger plan does.";
    ReadOnly "read-only" FORBIDDEN "The workspace is read-only"
        "A payment is missing, or the operator made it so. Everything can be read, and nothing can be changed.";
    Suspended "suspended" FORBIDDEN "The workspace is not open"
        "It is suspended, a payment has been missing for long, or an owner closed it. Nothing is deleted yet.";
    NotFound "not-found" NOT_FOUND "There is nothing here"
        "The thing does not exist, or the key does not reach it.";
    MethodNotAllowed "method-not-allowed" METHOD_NOT_ALLOWED "The method is not known here"
        "The header Allow says which methods are.";
    Conflict "conflict" CONFLICT "It does not fit with what there is"
        "The request is understood, and what exists stands against it; or it names what does not exist.";
    InProgress "request-in-progress" CONFLICT "The same request is being done"
        "A request with this Idempotency-Key is under way. Wait a moment and send it again: you will get its answer.";
    Overtaken "overtaken" CONFLICT "Something else was quicker"
        "The same things were changed at the same time, and nothing of this request was done. Send it again.";
    PreconditionFailed "precondition-failed" PRECONDITION_FAILED "It was changed since"
        "If-Match names another version than the present one. Read it again, and decide again.";
    TooLarge "too-large" PAYLOAD_TOO_LARGE "The body is too large"
        "A JSON body may have 1 MB, and a file as much as detail says. Split the request.";
    UnsupportedMediaType "unsupported-media-type" UNSUPPORTED_MEDIA_TYPE "The body is of the wrong type"
        "Send JSON, with Content-Type: application/json; where files are sent, a form, with Content-Type: multipart/form-data.";
    RangeNotSatisfiable "range-not-satisfiable" RANGE_NOT_SATISFIABLE "There is no such part"
        "Range asks for what lies behind the end. Content-Range says how much there is.";
    Invalid "invalid" UNPROCESSABLE_ENTITY "Something in the request is not allowed"
        "errors says what is wrong, and where.";
    IdempotencyMismatch "idempotency-mismatch" UNPROCESSABLE_ENTITY "The Idempotency-Key was used for something else"
        "A key stands for one request, to the letter. Use a new one for a new request.";
    PreconditionRequired "precondition-required" PRECONDITION_REQUIRED "If-Match is required"
        "Say with If-Match which version you mean to change, so that nobody else's change is lost.";
    TooManyRequests "too-many-requests" TOO_MANY_REQUESTS "Too many requests"
        "Wait as many seconds as Retry-After says.";
    Internal "internal" INTERNAL_SERVER_ERROR "Something went wrong"
        "The fault is ours, and it has been recorded under the request's id.";
    Unavailable "unavailable" SERVICE_UNAVAILABLE "Not available at the moment"
        "Send the request again later, with the same Idempotency-Key where it had one.";
}

/// What is wrong with one part of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Where in the body: a JSON pointer (RFC 6901).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/due_on")]
    pub pointer: Option<String>,
    /// Which parameter of the query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// What is wrong with it, in a sentence.
    #[schema(example = "Must be a date such as 2026-06-30.")]
    pub detail: String,
}

impl FieldError {
    /// About a part of the body.
    pub fn at(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: Some(pointer.into()), parameter: None, detail: detail.into() }
    }

    /// About a parameter of the query.
    pub fn parameter(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: None, parameter: Some(name.into()), detail: detail.into() }
    }
}

/// What went wrong. Whoever knows the request's id makes the answer of it.
#[derive(Debug, Clone)]
pub struct Problem {
    /// Its kind.
    pub kind: Kind,
    /// What happened this time, in a sentence, for people.
    pub detail: Cow<'static, str>,
    /// What is wrong, and where.
    pub errors: Vec<FieldError>,
    /// After how many seconds it may be tried again.
    pub retry_after: Option<u32>,
    /// The permission that would have been needed.
    pub scope: Option<&'static str>,
    /// The present version, where another was expected.
    pub etag: Option<ETag>,
    /// What broke, for the log and never for the answer.
    pub cause: Option<Cause>,
}

impl Problem {
    /// A problem with what its kind says of itself.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            detail: Cow::Borrowed(kind.about()),
            errors: Vec::new(),
            retry_after: None,
            scope: None,
            etag: None,
            cause: None,
        }
    }

    /// A problem, with what happened this time.
    pub fn saying(kind: Kind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { detail: detail.into(), ..Self::new(kind) }
    }

    /// There is no such thing, or not for this key: the same answer.
    pub fn not_found() -> Self {
        Self::new(Kind::NotFound)
    }

    /// Something that exists stands against it.
    pub fn conflict(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::saying(Kind::Conflict, detail)
    }

    /// One part of the body names what does not exist, or not for this key: the body itself is as it should be.
    pub fn unknown(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { errors: vec![FieldError::at(pointer, detail)], ..Self::new(Kind::Conflict) }
    }

    /// One parameter of the query names what does not exist, or not for this key.
    pub fn nowhere(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { errors: vec![FieldError::parameter(name, detail)], ..Self::not_found() }
    }

    /// There is no page that begins there: the cursor is none of this list.
    pub fn no_page() -> Self {
        Self::nowhere("cursor", "Is none that this list gave. Begin without one.")
    }

    /// The request itself is wrong.
    pub fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::saying(Kind::BadRequest, detail)
    }

    /// These parts of the request are wrong.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        Self { errors, ..Self::new(Kind::Invalid) }
    }

    /// One part of the body is wrong.
    pub fn field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError::at(pointer, detail)])
    }

    /// One parameter of the query is wrong.
    pub fn parameter(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError::parameter(name, detail)])
    }

    /// Another version than the present one was expected.
    pub fn changed(present: ETag) -> Self {
        Self { etag: Some(present), ..Self::new(Kind::PreconditionFailed) }
    }

    /// Something broke.
    pub fn internal(cause: impl std::fmt::Display + Send + Sync + 'static) -> Self {
        PageError::internal(cause).into()
    }

    /// As it is sent. `types` is the address that `type`s begin with.
    pub fn body(&self, types: &str, request_id: &str) -> ProblemBody {
        ProblemBody {
            kind: format!("{types}/{}", self.kind.word()),
            title: self.kind.title(),
            status: self.kind.status().as_u16(),
            detail: self.detail.clone().into_owned(),
            instance: format!("urn:uuid:{request_id}"),
            request_id: request_id.to_owned(),
            errors: self.errors.clone(),
        }
    }
}

/// A problem (RFC 9457), as `application/problem+json`.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// What kind of problem it is: the address of its description.
    #[serde(rename = "type")]
    #[schema(format = "uri")]
    kind: String,
    /// What that kind is called.
    title: &'static str,
    /// The status of the answer.
    status: u16,
    /// What happened this time.
    detail: String,
    /// This one occurrence.
    #[schema(format = "uri")]
    instance: String,
    /// The request, as the server's log names it.
    request_id: String,
    /// What is wrong, and where.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
}

impl From<PageError> for Problem {
    fn from(error: PageError) -> Self {
        let unavailable = || Self { retry_after: Some(5), ..Self::new(Kind::Unavailable) };
        match error {
            PageError::NotFound | PageError::UnknownHost => Self::not_found(),
            PageError::MethodNotAllowed => Self::new(Kind::MethodNotAllowed),
            PageError::SignedOut => Self::new(Kind::Unauthorized),
            PageError::SecondFactorNeeded | PageError::NotConfirmed | PageError::ForeignOrigin => {
                Self::saying(Kind::Forbidden, "This is done by people, in a browser.")
            }
            PageError::AddressRefused(_) => Self::new(Kind::AddressRefused),
            PageError::Forbidden(permission) => Self {
                scope: Some(permission),
                ..Self::saying(
                    Kind::Forbidden,
                    format!("This takes the permission {permission}. {}", Kind::Forbidden.about()),
                )
            },
            PageError::BadRequest(message) => Self::bad_request(message),
            PageError::TooLarge => Self::new(Kind::TooLarge),
            PageError::Throttled(wait) => {
                Self::saying(Kind::TooManyRequests, format!("There were too many attempts. Try again in {wait}."))
            }
            PageError::TooManyRequests(seconds) => super::too_many(seconds),
            PageError::Plan(error) => error.into(),
            PageError::Suspended | PageError::Closing => Self::new(Kind::Suspended),
            PageError::Overtaken(cause) => Self { cause: Some(cause), ..Self::new(Kind::Overtaken) },
            PageError::Timeout => unavailable(),
            PageError::Unavailable(cause) => Self { cause: Some(cause), ..unavailable() },
            PageError::Crowded(cause) => Self {
                cause: Some(cause),
                retry_after: Some(1),
                ..Self::saying(
                    Kind::Unavailable,
                    "Too many requests of this workspace are under way at once. Send fewer at a time.",
                )
            },
            PageError::TooSlow(cause) => Self {
                cause: Some(cause),
                ..Self::saying(
                    Kind::Unavailable,
                    "This took longer than the workspace's plan lets it. Ask for less at once.",
                )
            },
            PageError::Internal(cause) => Self { cause: Some(cause), ..Self::new(Kind::Internal) },
        }
    }
}

impl From<PlanError> for Problem {
    fn from(error: PlanError) -> Self {
        let kind = match error {
            PlanError::LimitReached { .. } => Kind::LimitReached,
            PlanError::NotInPlan(_) => Kind::NotInPlan,
            PlanError::ReadOnly { .. } => Kind::ReadOnly,
            PlanError::Suspended => Kind::Suspended,
        };
        Self::saying(kind, error.to_string())
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        PageError::from(error).into()
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        PageError::from(error).into()
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        PageError::from(error).into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.kind.status().into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(etag) = &self.etag {
            response.headers_mut().insert(header::ETAG, etag.value());
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_word_of_its_own() {
        let mut words: Vec<_> = Kind::ALL.iter().map(|kind| kind.word()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Kind::ALL.len());
        assert!(Kind::ALL.iter().all(|kind| kind.status().is_client_error() || kind.status().is_server_error()));
    }

    #[test]
    fn a_problem_shows_what_it_says_and_no_cause() {
        let problem =
            Problem { errors: vec![FieldError::at("/title", "Too long.")], ..Problem::internal("disk on fire") };
        let text = serde_json::to_string(&problem.body("https://app.example/api/v1/problems", "r-1")).unwrap();
        assert_eq!(
            text,
            r#"{"type":"https://app.example/api/v1/problems/internal","title":"Something went wrong","status":500,"detail":"The fault is ours, and it has been recorded under the request's id.","instance":"urn:uuid:r-1","request_id":"r-1","errors":[{"pointer":"/title","detail":"Too long."}]}"#
        );
    }
}
