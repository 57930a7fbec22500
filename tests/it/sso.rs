//! Single sign-on.

mod wizard;
