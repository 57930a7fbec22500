//! API keys: how programs come in.
//!
//! A key acts as the account that made it, with the permissions that it was given, as far as that account still holds
//! them: see [`resume`]. It never holds what would let it make itself mightier: see
//! [`Permission::FOR_KEYS`](super::Permission::FOR_KEYS).

mod busy;
mod list;
mod make;
mod revoke;
mod token;
mod upkeep;
mod using;

pub use list::{ApiKey, find, list};
pub use make::{KeyError, Made, NewKey, make, offered};
pub use revoke::revoke;
pub(crate) use revoke::revoke_all_of;
pub use token::KeyToken;
pub use upkeep::KeyChore;
pub(super) use using::resume;
pub use using::{Bearer, Client, client};

crate::typed_id!(
    /// An API key.
    ApiKeyId,
    "key"
);

/// Most characters of a key's name.
pub const NAME_LENGTH: usize = 80;
/// For how many days a key may be good, where it ends by itself.
pub const DAYS: [u16; 3] = [30, 90, 365];
/// Keys of one account that are in use, at most.
pub const MOST: i64 = 50;
