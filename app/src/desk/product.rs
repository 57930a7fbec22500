//! What Desk gives to the house.

use rowhouse_platform::{
    access::{Permission, PermissionInfo, Permit, Principal},
    db::{DbError, TenantTx},
    plan::count::ProductUse,
};

use super::{
    notify::inbox,
    permission::{self, ReadTickets},
    project,
};
use crate::{
    product::Product,
    ui::{
        frame::Section,
        nav::{Badge, Entry},
    },
};

/// The help desk.
pub struct Desk;

impl ProductUse for Desk {
    async fn projects(tx: &mut TenantTx) -> Result<i64, DbError> {
        project::active(tx).await
    }

    async fn projects_over(tx: &mut TenantTx, most: i64) -> Result<Vec<String>, DbError> {
        project::over_plan(tx, most).await
    }
}

impl Product for Desk {
    const PERMISSIONS: &'static [PermissionInfo] = permission::CATALOGUE;

    async fn news<P: Permission>(permit: &mut Permit<P>) -> Result<i64, DbError> {
        if !permit.principal().may::<ReadTickets>() {
            return Ok(0);
        }
        inbox::unread(permit).await
    }

    fn entries(person: &Principal, news: i64) -> Vec<Entry> {
        let mut entries = vec![Entry::new(Section::Tickets, "Tickets", "inbox", "/tickets")];
        if person.may::<ReadTickets>() {
            let badge = Badge::counted(news, inbox::MOST_COUNTED, "unread");
            entries.push(Entry { badge, ..Entry::new(Section::Inbox, "Inbox", "bell", "/inbox") });
        }
        entries.extend([
            Entry::new(Section::Projects, "Projects", "folder", "/projects"),
            Entry::new(Section::Labels, "Labels", "tag", "/labels"),
            Entry::new(Section::Insight, "Insight", "chart", "/insight"),
        ]);
        entries
    }
}
