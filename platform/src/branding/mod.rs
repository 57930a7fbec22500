//! What a tenant makes its own: accent colours, logo and the mark that stands in for one.
//!
//! [`colour`] reads what an admin types, [`accent`] derives from it every colour that pages use, with
//! the contrast that WCAG 2.2 AA asks for against the [`surfaces`] of both schemes, and [`report`]
//! tells the admin what was changed and why. [`logo`] takes an uploaded picture, [`svg`] one that is drawn, [`mark`] draws
//! a tenant's initials. [`background`] is what stands behind the sign-in page. [`store`] keeps all of it.

pub mod accent;
pub mod background;
pub mod colour;
pub mod logo;
pub mod mark;
pub mod report;
pub mod store;
pub mod surfaces;
pub mod svg;

pub use accent::AccentTokens;
pub use background::{Background, BackgroundPicture};
pub use colour::{Colour, ColourError};
pub use logo::{Logo, LogoError};
pub use mark::Mark;
pub use store::{
    BackgroundChange, Branding, BrandingChange, LogoChange, LogoRef, background_jpeg, favicon_png, load, logo_png,
    remove_all, save, save_in,
};
