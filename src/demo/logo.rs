//! Draws the marks of the demo companies.

use std::fmt;
use std::io::Cursor;

use image::{ImageFormat, Rgba, RgbaImage};

use super::people::{ACME, GLOBEX, INITECH};

/// Width and height in pixels.
const SIZE: u32 = 256;
/// Samples a pixel, along each axis, for smooth edges.
const SAMPLES: u32 = 8;

/// Why there is no logo.
#[derive(Debug)]
pub enum LogoError {
    /// No demo company has this slug.
    UnknownCompany,
    /// The picture could not be encoded.
    Encode(image::ImageError),
}

impl fmt::Display for LogoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownCompany => f.write_str("no demo company has this slug"),
            Self::Encode(_) => f.write_str("the logo could not be encoded"),
        }
    }
}

impl std::error::Error for LogoError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::UnknownCompany => None,
            Self::Encode(error) => Some(error),
        }
    }
}

/// The logo of the demo company with this slug: a PNG of 256 × 256 pixels in its brand colour, transparent around it.
///
/// # Errors
/// If no demo company has this slug, or if the picture cannot be encoded.
pub fn logo_png(slug: &str) -> Result<Vec<u8>, LogoError> {
    type Mark = fn(f32, f32) -> bool;
    let marks: [(_, Mark); 3] = [(ACME, anvil), (GLOBEX, globe), (INITECH, bars)];
    let (company, mark) =
        marks.into_iter().find(|(company, _)| company.slug == slug).ok_or(LogoError::UnknownCompany)?;
    let mut png = Cursor::new(Vec::new());
    draw(colour(company.accent), mark).write_to(&mut png, ImageFormat::Png).map_err(LogoError::Encode)?;
    Ok(png.into_inner())
}

fn draw([red, green, blue]: [u8; 3], mark: fn(f32, f32) -> bool) -> RgbaImage {
    let at = |pixel: u32, sample: u32| {
        let steps = u16::try_from(pixel * SAMPLES + sample).map_or(0.0, f32::from);
        (steps + 0.5) / f32::from(SIZE_IN_SAMPLES)
    };
    RgbaImage::from_fn(SIZE, SIZE, |x, y| {
        let hits =
            (0..SAMPLES * SAMPLES).filter(|sample| mark(at(x, sample % SAMPLES), at(y, sample / SAMPLES))).count();
        let alpha = hits * 255 / (SAMPLES * SAMPLES) as usize;
        Rgba([red, green, blue, u8::try_from(alpha).unwrap_or(u8::MAX)])
    })
}

const SIZE_IN_SAMPLES: u16 = 2048;
const _: () = assert!(SIZE * SAMPLES == SIZE_IN_SAMPLES as u32, "the samples must cover the picture");

/// The channels of a colour written as `#rrggbb`; black where it is not one.
fn colour(hex: &str) -> [u8; 3] {
    [1, 3, 5].map(|start| {
        let channel = hex.get(start..start + 2).unwrap_or_default();
        u8::from_str_radix(channel, 16).unwrap_or_default()
    })
}

// The marks, in a square from 0 to 1 with y pointing down. All of them keep to the middle 88 per cent.

/// A broad A whose foot is an anvil: a triangle with a notch below and a gap across.
fn anvil(x: f32, y: f32) -> bool {
    let from_axis = (x - 0.5).abs();
    let triangle = (0.09..=0.91).contains(&y) && from_axis <= 0.075 + (y - 0.09) * 0.445;
    let gap = (0.585..=0.655).contains(&y);
    let notch = y > 0.655 && from_axis < 0.045 + (y - 0.655) * 0.56;
    let hole = y < 0.585 && y > 0.33 && from_axis < (y - 0.33) * 0.36;
    triangle && !gap && !notch && !hole
}

/// A globe: a ring, an equator, and a meridian that shows as an ellipse.
fn globe(x: f32, y: f32) -> bool {
    const LINE: f32 = 0.062;
    let (dx, dy) = (x - 0.5, y - 0.5);
    let radius = dx.hypot(dy);
    if radius > 0.44 {
        return false;
    }
    let ellipse = |half_width: f32, half_height: f32| (dx / half_width).powi(2) + (dy / half_height).powi(2) <= 1.0;
    let ring = radius > 0.44 - LINE;
    let meridian = ellipse(0.2 + LINE / 2.0, 0.44) && !ellipse(0.2 - LINE / 2.0, 0.44 - LINE);
    let axis = dx.abs() < LINE / 2.0;
    let parallels = [0.0_f32, 0.21, -0.21].iter().any(|line| (dy - line).abs() < LINE / 2.0);
    ring || meridian || axis || parallels
}

/// Four bars with round ends, each shifted against the one above.
fn bars(x: f32, y: f32) -> bool {
    const HALF: f32 = 0.085;
    let rows = [(0.165, 0.30, 0.94), (0.388, 0.06, 0.70), (0.612, 0.30, 0.94), (0.835, 0.06, 0.70)];
    rows.iter().any(|&(middle, left, right): &(f32, f32, f32)| {
        let nearest = x.clamp(left + HALF, right - HALF);
        (x - nearest).hypot(y - middle) <= HALF
    })
}
