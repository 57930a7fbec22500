//! Single sign-on.

mod people;
