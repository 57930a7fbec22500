//! From a tenant's colour to every accent colour that pages use.
//!
//! A tenant gives one colour, or one a scheme. In each scheme a token keeps that colour's hue, and as
//! much of its lightness and chroma as the contrast of WCAG 2.2 allows: the nearest lightness that
//! satisfies everything is taken, and chroma is reduced until sRGB has the colour.

use std::fmt::Write;

use super::{
    colour::{Colour, Lch},
    surfaces::Scheme,
};

/// Least contrast of text (WCAG 2.2, success criterion 1.4.3).
pub const TEXT_CONTRAST: f64 = 4.5;
/// Least contrast of controls and focus marks (WCAG 2.2, success criterion 1.4.11).
pub const CONTROL_CONTRAST: f64 = 3.0;

/// Dark text on a light accent: the darkest ground of the dark scheme.
const INK: Colour = Colour::new(0x0e, 0x0f, 0x12);
/// Contrast between a control and the same control under the pointer, so that the change is seen.
const HOVER_CONTRAST: f64 = 1.12;
/// Chroma below which a colour has no hue to keep.
const NEUTRAL_CHROMA: f64 = 0.03;
/// How finely lightness is searched; two steps of the grey scale lie farther apart.
const LIGHTNESS_STEP: f64 = 0.004;

/// The accent colours of a tenant for both schemes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccentTokens {
    /// Those of light pages.
    pub light: SchemeTokens,
    /// Those of dark pages.
    pub dark: SchemeTokens,
}

/// The accent colours of one scheme. "The grounds" are [`Scheme::grounds`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SchemeTokens {
    /// The scheme these are for.
    pub scheme: Scheme,
    /// What the tenant asked for.
    pub given: Colour,
    /// Background of controls: 3:1 on the grounds.
    pub fill: Colour,
    /// That background under the pointer: 3:1 on the grounds.
    pub hover: Colour,
    /// Text on `fill` and on `hover`, 4.5:1 on both: white or near black.
    pub on: Colour,
    /// Tinted background, on which muted text reaches 4.5:1.
    pub subtle: Colour,
    /// Links and other text in the accent: 4.5:1 on the grounds and on `subtle`.
    pub text: Colour,
    /// Edges of controls: 3:1 on the grounds and on `subtle`.
    pub border: Colour,
    /// Focus ring: 3:1 on the grounds and on `subtle`.
    pub ring: Colour,
}

/// The tokens of the ink that workspaces without a colour wear.
impl Default for AccentTokens {
    fn default() -> Self {
        Self::new(Colour::new(0x26, 0x29, 0x30), None)
    }
}

impl AccentTokens {
    /// Derives the tokens from `colour`, and for dark pages from `dark` where it is given.
    pub fn new(colour: Colour, dark: Option<Colour>) -> Self {
        Self {
            light: SchemeTokens::new(Scheme::Light, colour),
            dark: SchemeTokens::new(Scheme::Dark, dark.unwrap_or(colour)),
        }
    }

    /// The declarations for a `:root` (or `.brand-scope`) block, one a line, as in
    /// `--accent-light: #3366ff;`. They consist of fixed names and hexadecimal colours alone.
    pub fn to_css(&self) -> String {
        let mut css = String::with_capacity(512);
        for tokens in [&self.light, &self.dark] {
            let scheme = tokens.scheme.name();
            for (name, colour) in tokens.named() {
                // Writing to a String does not fail.
                let _ = writeln!(css, "--{name}-{scheme}: {colour};");
            }
        }
        css
    }
}

impl SchemeTokens {
    fn new(scheme: Scheme, given: Colour) -> Self {
        let seed = seed(scheme, given);
        let button = Button::nearest(scheme, &seed);
        let subtle = subtle(scheme, given.to_lch());
        let stands_out =
            |colour: Colour, least: f64| least_contrast(scheme, colour) >= least && colour.contrast(subtle) >= least;
        let edge = |from: &Seed| from.nearest(|colour| stands_out(colour, CONTROL_CONTRAST).then_some(colour));
        Self {
            scheme,
            given,
            fill: button.fill,
            hover: button.hover,
            on: button.on,
            subtle,
            text: seed.nearest(|colour| stands_out(colour, TEXT_CONTRAST).then_some(colour)),
            border: edge(&Seed::of(button.fill)),
            ring: edge(&seed),
        }
    }

    /// The custom properties, without `--` and scheme, as `style/tokens.css` names them.
    fn named(&self) -> [(&'static str, Colour); 7] {
        [
            ("accent", self.fill),
            ("accent-hover", self.hover),
            ("accent-on", self.on),
            ("accent-text", self.text),
            ("accent-subtle", self.subtle),
            ("accent-border", self.border),
            ("accent-ring", self.ring),
        ]
    }
}

/// The least contrast of a colour with the grounds of a scheme.
pub(super) fn least_contrast(scheme: Scheme, colour: Colour) -> f64 {
    let contrasts = scheme.grounds().iter().map(|ground| colour.contrast(*ground));
    contrasts.fold(f64::INFINITY, f64::min)
}

/// Where a search for a colour begins.
struct Seed {
    exact: Colour,
    lch: Lch,
}

/// The tenant's colour; or, for a grey that would drown in the ground, the grey on the other side:
/// "black on white" is the brand then, and becomes white on black.
fn seed(scheme: Scheme, given: Colour) -> Seed {
    let lch = given.to_lch();
    let drowns = match scheme {
        Scheme::Light => lch.lightness > 0.75,
        Scheme::Dark => lch.lightness < 0.35,
    };
    if drowns && lch.chroma < NEUTRAL_CHROMA {
        Seed::of(lch.at(1.0 - lch.lightness).to_colour())
    } else {
        Seed::of(given)
    }
}

impl Seed {
    fn of(colour: Colour) -> Self {
        Self { exact: colour, lch: colour.to_lch() }
    }

    /// The first that `accept` makes something of: the colour itself, then ever lighter and darker
    /// ones.
    #[expect(
        clippy::expect_used,
        reason = "the tests try every kind of colour, and the search reaches black and white"
    )]
    fn nearest<T>(&self, accept: impl Fn(Colour) -> Option<T>) -> T {
        let start = self.lch.lightness;
        let away = (1_u16..=250).map(|step| f64::from(step) * LIGHTNESS_STEP);
        let others = away
            .flat_map(|distance| [start - distance, start + distance])
            .filter(|lightness| (0.0..=1.0).contains(lightness))
            .map(|lightness| self.lch.at(lightness).to_colour());
        std::iter::once(self.exact)
            .chain(others)
            .chain([Colour::BLACK, Colour::WHITE])
            .find_map(accept)
            .expect("black or white reaches every contrast")
    }
}

/// The colours of a filled control, which depend on each other.
struct Button {
    fill: Colour,
    hover: Colour,
    on: Colour,
}

impl Button {
    fn nearest(scheme: Scheme, seed: &Seed) -> Self {
        seed.nearest(|fill| Self::with_fill(scheme, fill))
    }

    fn with_fill(scheme: Scheme, fill: Colour) -> Option<Self> {
        if least_contrast(scheme, fill) < CONTROL_CONTRAST {
            return None;
        }
        [Colour::WHITE, INK].into_iter().filter(|on| on.contrast(fill) >= TEXT_CONTRAST).find_map(|on| {
            let hover = hover(scheme, fill, on)?;
            Some(Self { fill, hover, on })
        })
    }
}

/// The nearest colour that differs visibly from `fill`, preferably away from the text's, and keeps
/// what `fill` guarantees.
fn hover(scheme: Scheme, fill: Colour, on: Colour) -> Option<Colour> {
    let lch = fill.to_lch();
    let towards = if on == Colour::WHITE { -1.0 } else { 1.0 };
    (3_u8..=30)
        .map(|hundredths| f64::from(hundredths) / 100.0)
        .flat_map(|distance| [distance * towards, -distance * towards])
        .map(|change| lch.lightness + change)
        .filter(|lightness| (0.0..=1.0).contains(lightness))
        .map(|lightness| lch.at(lightness).to_colour())
        .find(|hover| {
            hover.contrast(fill) >= HOVER_CONTRAST
                && hover.contrast(on) >= TEXT_CONTRAST
                && least_contrast(scheme, *hover) >= CONTROL_CONTRAST
        })
}

/// A ground with a breath of the tenant's hue.
fn subtle(scheme: Scheme, given: Lch) -> Colour {
    let (lightness, chroma) = match scheme {
        Scheme::Light => (0.955, 0.03),
        Scheme::Dark => (0.27, 0.045),
    };
    let tint = Lch { lightness, chroma: given.chroma.min(chroma), ..given };
    Seed::of(tint.to_colour())
        .nearest(|colour| (colour.contrast(scheme.muted_text()) >= TEXT_CONTRAST).then_some(colour))
}

#[cfg(test)]
mod tests;
