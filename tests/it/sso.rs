//! Single sign-on.

mod people;
mod upkeep;
