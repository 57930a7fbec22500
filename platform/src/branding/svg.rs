//! SVG logos: read strictly, written anew, drawn as pixels.
//!
//! An upload is never served and never reaches the painter. It is read into a [`tree`] of shapes that knows nothing
//! else ([`allowed`]); the rules of its style sheets are taken apart into plain attributes ([`sheet`]); what it would
//! cost to draw is counted before it is drawn ([`budget`], [`effort`]); and the painter is given a file written from that
//! tree. It is built without fonts, pictures in pictures and compression, and reads no file and no address.

mod allowed;
mod budget;
mod effort;
mod problem;
mod sheet;
mod tree;

use image::RgbaImage;
use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg,
};

pub use problem::{Problem, SvgError};

/// Largest upload, in bytes.
pub const MAX_BYTES: usize = 256 * 1024;

/// Draws an SVG so that its longer side has `side` pixels.
///
/// # Errors
/// An [`SvgError`] that says what is not taken, in which line, and what to do about it.
pub fn draw(bytes: &[u8], side: u16) -> Result<RgbaImage, SvgError> {
    let text = text_of(bytes)?;
    let root = tree::read(text)?;
    budget::check(text, &root)?;
    paint(&root.to_text(), side)
}

fn text_of(bytes: &[u8]) -> Result<&str, SvgError> {
    if bytes.len() > MAX_BYTES {
        return Err(SvgError::TooManyBytes(bytes.len()));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| SvgError::Encoding)?;
    // A file in UTF-16 can be UTF-8 by accident, with a NUL beside each letter.
    if text.contains('\0') {
        return Err(SvgError::Encoding);
    }
    Ok(text.trim_start_matches('\u{feff}'))
}

fn paint(text: &str, side: u16) -> Result<RgbaImage, SvgError> {
    let drawing = usvg::Tree::from_str(text, &usvg::Options::default()).map_err(|error| match error {
        usvg::Error::InvalidSize => SvgError::Size,
        error => SvgError::Unreadable(error.to_string()),
    })?;
    let (own, side) = (drawing.size(), f32::from(side));
    let square = usvg::Size::from_wh(side, side).ok_or(SvgError::Size)?;
    // At least a pixel each way, however long and thin the picture is, and the picture fills it.
    let pixels = own.scale_to(square).to_int_size();
    let [width, height] = [pixels.width(), pixels.height()].map(|length| u16::try_from(length).map_or(side, f32::from));
    let scale = Transform::from_scale(width / own.width(), height / own.height());
    let mut canvas = Pixmap::new(pixels.width(), pixels.height()).ok_or(SvgError::Size)?;
    effort::check(&drawing, scale, width, height)?;
    resvg::render(&drawing, scale, &mut canvas.as_mut());
    if canvas.pixels().iter().all(|pixel| pixel.alpha() == 0) {
        return Err(SvgError::Nothing);
    }
    let straight = canvas.pixels().iter().flat_map(|pixel| {
        let colour = pixel.demultiply();
        [colour.red(), colour.green(), colour.blue(), colour.alpha()]
    });
    RgbaImage::from_raw(pixels.width(), pixels.height(), straight.collect()).ok_or(SvgError::Size)
}

#[cfg(test)]
mod tests;
