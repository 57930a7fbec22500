//! Colours as tenants type them, and their contrast.

use std::{fmt, str::FromStr};

use palette::{FromColor, Oklch, Srgb, convert::FromColorUnclamped};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An opaque sRGB colour of 8 bits a channel. Written `#rrggbb`; parsing also takes `rrggbb`,
/// `#rgb` and capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Colour {
    red: u8,
    green: u8,
    blue: u8,
}

/// Why a text is not a [`Colour`], in words for the person who typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ColourError {
    /// Nothing was typed.
    #[error("Enter a colour, such as #3366ff.")]
    Empty,
    /// Something else than `#` and six hexadecimal digits.
    #[error("Write the colour as # and six characters from 0 to 9 and a to f, such as #3366ff.")]
    Form,
}

impl Colour {
    /// `#ffffff`.
    pub const WHITE: Self = Self::new(0xff, 0xff, 0xff);
    /// `#000000`.
    pub const BLACK: Self = Self::new(0, 0, 0);

    /// The colour of these channels, 0 to 255 each.
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }

    /// Red, green and blue, 0 to 255 each.
    pub const fn channels(self) -> [u8; 3] {
        [self.red, self.green, self.blue]
    }

    /// Relative luminance, 0 (black) to 1 (white), as WCAG 2.2 defines it.
    pub fn relative_luminance(self) -> f64 {
        let [r, g, b] = self.channels().map(linear);
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// Contrast ratio of two colours, 1 to 21, whichever is the text (WCAG 2.2, success criterion
    /// 1.4.3 and the definition of "contrast ratio").
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.relative_luminance(), other.relative_luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// The colour in OKLCH.
    pub fn to_lch(self) -> Lch {
        let rgb = Srgb::from(self.channels()).into_format::<f64>();
        let oklch = Oklch::from_color(rgb);
        Lch { lightness: oklch.l, chroma: oklch.chroma, hue: oklch.hue.into_degrees() }
    }
}

/// One channel as light, 0 to 1.
fn linear(channel: u8) -> f64 {
    let share = f64::from(channel) / 255.0;
    if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
}

/// A colour in OKLCH, in which a step in lightness looks alike whatever the hue.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lch {
    /// 0 (black) to 1 (white).
    pub lightness: f64,
    /// 0 (grey) to about 0.32 (the strongest that sRGB has).
    pub chroma: f64,
    /// Degrees.
    pub hue: f64,
}

impl Lch {
    /// The same colour at another lightness.
    #[must_use]
    pub fn at(self, lightness: f64) -> Self {
        Self { lightness, ..self }
    }

    /// The nearest sRGB colour of this lightness and hue: chroma is reduced until it fits.
    pub fn to_colour(self) -> Colour {
        if let Some(colour) = self.in_srgb() {
            return colour;
        }
        // Grey of every lightness is in sRGB, so the limit lies between. 2^-12 of the greatest
        // chroma is below what 8 bits can tell apart.
        let (mut inside, mut outside) = (0.0, self.chroma);
        let mut colour = None;
        for _ in 0..12 {
            let chroma = f64::midpoint(inside, outside);
            match (Self { chroma, ..self }).in_srgb() {
                Some(found) => (inside, colour) = (chroma, Some(found)),
                None => outside = chroma,
            }
        }
        colour.unwrap_or_else(|| Colour::clamped(Self { chroma: 0.0, ..self }.to_srgb()))
    }

    fn to_srgb(self) -> Srgb<f64> {
        Srgb::from_color_unclamped(Oklch::new(self.lightness, self.chroma, self.hue))
    }

    /// The colour, where every channel is between 0 and 1 but for a rounding error.
    fn in_srgb(self) -> Option<Colour> {
        let rgb = self.to_srgb();
        let is_inside = [rgb.red, rgb.green, rgb.blue].iter().all(|channel| (-1e-4..=1.0 + 1e-4).contains(channel));
        is_inside.then(|| Colour::clamped(rgb))
    }
}

impl Colour {
    fn clamped(rgb: Srgb<f64>) -> Self {
        // Clamps to 0 and 1 as it converts.
        let rgb: Srgb<u8> = rgb.into_format();
        Self::new(rgb.red, rgb.green, rgb.blue)
    }
}

impl FromStr for Colour {
    type Err = ColourError;

    fn from_str(input: &str) -> Result<Self, ColourError> {
        let text = input.trim();
        if text.is_empty() {
            return Err(ColourError::Empty);
        }
        let digits: Option<Vec<u8>> = text
            .strip_prefix('#')
            .unwrap_or(text)
            .chars()
            .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect();
        match digits.as_deref() {
            Some(&[r, g, b]) => Ok(Self::new(r * 17, g * 17, b * 17)),
            Some(&[r1, r0, g1, g0, b1, b0]) => Ok(Self::new(r1 * 16 + r0, g1 * 16 + g0, b1 * 16 + b0)),
            _ => Err(ColourError::Form),
        }
    }
}

impl TryFrom<String> for Colour {
    type Error = ColourError;

    fn try_from(text: String) -> Result<Self, ColourError> {
        text.parse()
    }
}

impl From<Colour> for String {
    fn from(colour: Colour) -> Self {
        colour.to_string()
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colour(text: &str) -> Colour {
        text.parse().unwrap()
    }

    #[test]
    fn reads_and_writes_hexadecimal() {
        for (input, output) in [
            ("#3366ff", "#3366ff"),
            (" #3366FF ", "#3366ff"),
            ("3366ff", "#3366ff"),
            ("#36f", "#3366ff"),
            ("#000001", "#000001"),
        ] {
            assert_eq!(colour(input).to_string(), output);
        }
        assert_eq!("".parse::<Colour>(), Err(ColourError::Empty));
        for input in [
            "#",
            "#12",
            "#1234",
            "#12345",
            "#1234567",
            "#12345g",
            "##12345",
            "red",
            "#+1+1+1",
            "#é12345",
            "rgb(0,0,0)",
            "#3366ff;}",
        ] {
            assert_eq!(input.parse::<Colour>(), Err(ColourError::Form), "{input}");
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((Colour::WHITE.contrast(Colour::BLACK) - 21.0).abs() < 1e-9);
        assert!((Colour::BLACK.contrast(Colour::BLACK) - 1.0).abs() < 1e-9);
        // The grey just below and just above 4.5:1 on white.
        assert!(colour("#777777").contrast(Colour::WHITE) < 4.5);
        assert!(colour("#767676").contrast(Colour::WHITE) >= 4.5);
        let red = colour("#ff0000");
        assert!((red.contrast(Colour::WHITE) - 3.998).abs() < 0.001);
        assert!((red.contrast(Colour::WHITE) - Colour::WHITE.contrast(red)).abs() < 1e-12);
    }

    #[test]
    fn every_colour_survives_the_way_through_oklch() {
        for red in (0..=255).step_by(15) {
            for green in (0..=255).step_by(15) {
                for blue in (0..=255).step_by(15) {
                    let colour = Colour::new(red, green, blue);
                    assert_eq!(colour.to_lch().to_colour(), colour);
                }
            }
        }
    }

    #[test]
    fn a_colour_outside_srgb_keeps_lightness_and_hue() {
        for hue in (0..360).step_by(10).map(f64::from) {
            let wanted = Lch { lightness: 0.6, chroma: 0.4, hue };
            let found = wanted.to_colour().to_lch();
            assert!((found.lightness - 0.6).abs() < 0.01, "{hue}: {found:?}");
            let turn = (found.hue - hue + 540.0).rem_euclid(360.0) - 180.0;
            assert!(turn.abs() < 3.0, "{hue}: {found:?}");
            assert!(found.chroma > 0.08, "{hue}: {found:?}");
        }
    }
}
