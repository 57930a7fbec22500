//! Single sign-on.

mod upkeep;
