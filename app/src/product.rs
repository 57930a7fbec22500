//! The product in the house, as the rest of the app sees it. Whoever replaces Desk names their own here.

use rowhouse_platform::{
    access::{Permission, PermissionInfo, Permit, Principal},
    db::DbError,
    plan::count::ProductUse,
};

use crate::ui::nav::Entry;

/// The one that is in it.
pub type Installed = crate::desk::Desk;

/// What a product gives to the house.
pub trait Product: ProductUse {
    /// What people may do in it.
    const PERMISSIONS: &'static [PermissionInfo];

    /// How much of it is new to the principal. Counted for every page, so it is to be cheap.
    fn news<P: Permission>(permit: &mut Permit<P>) -> impl Future<Output = Result<i64, DbError>> + Send;

    /// Its part of the sidebar, for a person to whom so much is new.
    fn entries(person: &Principal, news: i64) -> Vec<Entry>;
}
