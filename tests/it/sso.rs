//! Single sign-on.

mod email_domains;
mod managed;
mod rules;
mod traces;
mod wizard;
