//! Single sign-on.

mod email_domains;
mod managed;
mod people;
mod rules;
mod traces;
mod wizard;
