//! A tenant's logo, from the bytes that an admin uploads.

use image::{RgbaImage, imageops};
use thiserror::Error;

use super::svg::{self, SvgError};
use crate::picture::{self, Accept, PictureError};

/// Longest side of the stored logo, in pixels.
pub const LOGO_SIDE: u32 = 512;
/// The same, of an SVG, which has no pixels of its own: it is drawn as large as a logo may be.
const SVG_SIDE: u16 = 512;
/// Each side of the favicon, in pixels.
pub const FAVICON_SIDE: u32 = 64;

/// A logo that is safe to serve, with the favicon made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    /// The logo as PNG, at most [`LOGO_SIDE`] pixels a side, aspect kept.
    pub png: Vec<u8>,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// The logo in the middle of a transparent square of [`FAVICON_SIDE`] pixels, as PNG.
    pub favicon: Vec<u8>,
}

/// Why an upload is not a logo, in words for the person who uploaded it.
#[derive(Debug, Error)]
pub enum LogoError {
    /// A picture of pixels that is not taken, or no picture.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// An SVG that is not taken.
    #[error(transparent)]
    Svg(#[from] SvgError),
}

impl Logo {
    /// Reads an upload and draws the logo and the favicon. The kind of file is told by its bytes, not
    /// by its name. Takes up to about a second of processor time and 200 MiB, so call it through
    /// [`picture::apart`].
    ///
    /// # Errors
    /// A [`LogoError`] that says what is wrong with the upload and what would be right.
    pub fn from_upload(bytes: &[u8]) -> Result<Self, LogoError> {
        let picture = if picture::looks_like_svg(bytes) {
            svg::draw(bytes, SVG_SIDE)?
        } else {
            picture::decode(bytes, Accept::PixelsAndSvg)?
        };
        let logo = picture::fit(picture, LOGO_SIDE);
        let (width, height) = logo.dimensions();
        let icon = picture::fit(logo.clone(), FAVICON_SIDE);
        let mut favicon = RgbaImage::new(FAVICON_SIDE, FAVICON_SIDE);
        let [left, top] = [icon.width(), icon.height()].map(|side| (FAVICON_SIDE - side) / 2);
        imageops::replace(&mut favicon, &icon, left.into(), top.into());
        Ok(Self { png: picture::png(&logo)?, width, height, favicon: picture::png(&favicon)? })
    }
}

#[cfg(test)]
mod tests;
