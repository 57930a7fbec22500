//! What pages are made of.

mod admin_nav;
pub mod avatar;
pub mod chart;
pub mod choice;
pub mod copy_field;
pub mod document;
pub mod download;
pub mod error_page;
pub mod file_size;
pub mod flash;
pub mod form;
pub mod frame;
pub mod icon;
pub mod multipart;
pub mod nav;
pub mod query;
pub mod regional;
pub mod signs;
pub mod time;
pub mod typed_confirmation;
pub mod welcome;

pub use document::{Head, page};
pub use download::download;
pub use form::{FieldErrors, FormBody};
pub use icon::Icon;
pub use multipart::FormParts;
pub use query::QueryFields;
pub use rowhouse_platform::locale;
