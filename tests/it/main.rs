//! The integration tests: one binary, a real PostgreSQL, a database of its own for each test.
//!
//! `cargo xtask test` starts what they need; `cargo xtask services` does so for working on them.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::expect_used, reason = "tests fail by panicking")]

mod access_table;
mod account_mail;
mod api;
mod app;
mod attachments;
mod audit;
mod billing;
mod branding;
mod catalog_rules;
mod cluster;
mod command_line;
mod console;
mod database;
mod desk;
mod desk_exchange;
mod desk_list;
mod desk_live;
mod desk_notify;
mod desk_page;
mod desk_plans;
mod desk_projects;
mod devices;
mod doctor;
mod domains;
mod hosts;
mod insight;
mod isolation_matrix;
mod leaving;
mod limits;
mod mail;
mod members;
mod metering;
mod pages;
mod passkeys;
mod plans;
mod policy;
mod pooler;
mod profile;
mod roles;
mod route_walk;
mod second_factor;
mod sign_in;
mod sign_up;
mod sql_lint;
mod sso;
mod two_servers;
