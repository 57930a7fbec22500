//! What a tenant makes its own: accent colours, logo and the mark that stands in for one.
//!
//! [`colour`] reads what an admin types, [`accent`] derives from it every colour that pages use, with
//! the contrast that WCAG 2.2 AA asks for against the [`surfaces`] of both schemes, and [`report`]
//! tells the admin what was changed and why. [`logo`] takes an uploaded picture, [`mark`] draws a
//! tenant's initials. [`store`] keeps all of it.

pub mod accent;
pub mod colour;
pub mod logo;
pub mod mark;
pub mod report;
pub mod store;
pub mod surfaces;

pub use accent::AccentTokens;
pub use colour::{Colour, ColourError};
pub use logo::{Logo, LogoError};
pub use mark::Mark;
pub use store::{
    Branding, BrandingChange, LogoChange, LogoRef, favicon_png, load, logo_png, remove_all, save, save_in,
};
