//! The demo data: three invented companies, their people and a year of their tickets.
//!
//! Everything here is a function of the time it is asked for: the same `now` gives the same data, byte for byte.
//! The texts are in `stories/*.txt`; [`story`] describes their format. To add a kind of ticket, add a story there.

mod attributes;
mod calendar;
mod conversation;
mod generate;
mod logo;
mod operator;
mod past;
mod people;
mod projects;
mod remove;
mod seed;
mod story;
mod template;
mod tickets;

#[cfg(test)]
mod tests;

pub use generate::demo_tenants;
pub use logo::{LogoError, logo_png};
pub use operator::seed as seed_operator;
pub use people::{DemoPerson, DemoRole, DemoTenant};
pub use projects::{DemoLabel, DemoProject};
pub use remove::remove;
pub use seed::seed;
pub use story::StoryError;
pub use tickets::{DemoChange, DemoComment, DemoPriority, DemoRelation, DemoStatus, DemoStep, DemoTicket};
