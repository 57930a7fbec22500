//! What the endpoints of `/api/v1` are made of.
//!
//! # How to write an endpoint
//!
//! ```ignore
//! async fn show(mut api: Api<ReadTickets>, Path(key): Path<String>) -> Result<Response, Problem> {
//!     let reach = reach::of(&mut api).await?;
//!     let ticket = find::of_key(&mut api, &reach, &key.parse()?).await?.ok_or(Problem::not_found())?;
//!     let etag = ETag::version(ticket.version);
//!     api.answer((etag, Json(ticket))).await
//! }
//! ```
//!
//! - The first argument is [`Api<P>`]: the permission, found out in the transaction in which the work is then done. A
//!   handler without it is no [`Endpoint`], and [`ApiRoutes`] does not take it.
//! - What came is read with [`Input`] (JSON) and [`Parameters`] (the query), which say in a [`Problem`] what is wrong.
//! - [`Api::answer`] makes the changes lasting. An answer to a `POST` is kept in the same transaction, where the request
//!   had an `Idempotency-Key`. A handler that returns an error changes nothing.
//! - A body is JSON of at most [`BODY_LIMIT`], read before the handler runs. An upload is added with [`ApiRoutes::upload`],
//!   takes an [`Upload`], and reads it after [`Api::release`], so that no database connection waits for it.
//! - What makes more of something that the plan limits answers with [`near()`], so that the program hears of it before it
//!   is refused.
//! - Queries are those of the pages. An endpoint has none of its own.

mod body;
mod call;
mod entity_tag;
mod example;
mod guard;
mod idempotency;
mod input;
mod near;
mod paging;
mod problem;
mod reference;
mod routes;
mod upload;

pub use axum::Json;

pub use body::BODY_LIMIT;
pub use call::Call;
pub use entity_tag::{ETag, IfMatch, IfNoneMatch};
pub use example::Samples;
pub use guard::{Api, Refused, Released, over_quota, too_many};
pub use idempotency::{HEADER as IDEMPOTENCY_KEY, REPLAYED};
pub use input::{Input, Nothing, Parameters};
pub use near::{HEADER as PLAN_LIMIT_NEAR, near};
pub use paging::{Listed, Paging, decode_cursor, encode_cursor};
pub use problem::{FieldError, Kind, Problem, ProblemBody};
pub use reference::reference;
pub use routes::{ApiRoute, ApiRoutes, Endpoint};
pub use upload::Upload;
