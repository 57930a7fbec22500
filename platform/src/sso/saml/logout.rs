//! Signing out at both ends: `LogoutRequest` and `LogoutResponse` (SAML 2.0 Core, section 3.7), by HTTP Redirect and by
//! HTTP POST. What we send is always signed, and what we take has to be.

mod open;
mod read;
mod write;

pub use open::Incoming;
pub use read::{LogoutExpected, LogoutRequest, LogoutResponse, read_request, read_response};
pub use write::{LogoutStatus, request, response};

#[cfg(test)]
mod tests;
