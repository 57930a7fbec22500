//! The colours that pages already have, which a tenant's accent must stand out from.
//!
//! They are those of `style/tokens.css`; a test compares the two.

use super::colour::Colour;

/// Light or dark appearance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Dark text on a light ground.
    Light,
    /// Light text on a dark ground.
    Dark,
}

/// The grounds of light pages: `--neutral-1` (`--surface`, `--surface-raised`), `--neutral-2`
/// (`--surface-sunken`), `--neutral-3` (`--surface-hover`) and `--neutral-4` (`--surface-active`).
const LIGHT_GROUNDS: [Colour; 4] = [
    Colour::new(0xff, 0xff, 0xff),
    Colour::new(0xf8, 0xf8, 0xfa),
    Colour::new(0xf3, 0xf4, 0xf6),
    Colour::new(0xee, 0xef, 0xf1),
];

/// The grounds of dark pages: `--neutral-1` (`--surface-sunken`), `--neutral-2` (`--surface`),
/// `--neutral-3` (`--surface-raised`, `--surface-hover`) and `--neutral-4` (`--surface-active`).
const DARK_GROUNDS: [Colour; 4] = [
    Colour::new(0x0e, 0x0f, 0x12),
    Colour::new(0x15, 0x16, 0x19),
    Colour::new(0x1b, 0x1c, 0x20),
    Colour::new(0x21, 0x23, 0x27),
];

/// `--text-muted` (`--neutral-11`), the faintest text that stands on a tinted ground.
const LIGHT_MUTED: Colour = Colour::new(0x5b, 0x5f, 0x68);
const DARK_MUTED: Colour = Colour::new(0xa5, 0xa9, 0xb1);

impl Scheme {
    /// Both, light first.
    pub const BOTH: [Self; 2] = [Self::Light, Self::Dark];

    /// Every colour that a page of this scheme puts under controls and text.
    pub const fn grounds(self) -> &'static [Colour; 4] {
        match self {
            Self::Light => &LIGHT_GROUNDS,
            Self::Dark => &DARK_GROUNDS,
        }
    }

    /// The colour of muted text.
    pub const fn muted_text(self) -> Colour {
        match self {
            Self::Light => LIGHT_MUTED,
            Self::Dark => DARK_MUTED,
        }
    }

    /// The name in the custom properties: `light` or `dark`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::branding::colour::Lch;

    const TOKENS: &str = include_str!("../../../style/tokens.css");

    /// The two colours of `--neutral-<step>: light-dark(oklch(…), oklch(…))`, light first.
    fn neutrals(step: usize) -> [Colour; 2] {
        let (_, rest) = TOKENS.split_once(&format!("--neutral-{step}: light-dark(")).unwrap();
        let (value, _) = rest.split_once(';').unwrap();
        let colours: Vec<Colour> = value
            .split("oklch(")
            .skip(1)
            .map(|colour| {
                let (numbers, _) = colour.split_once(')').unwrap();
                let numbers: Vec<f64> = numbers.split_whitespace().map(|number| number.parse().unwrap()).collect();
                Lch { lightness: numbers[0], chroma: numbers[1], hue: numbers[2] }.to_colour()
            })
            .collect();
        colours.try_into().unwrap()
    }

    #[test]
    fn are_those_of_the_stylesheet() {
        for step in 1..=4 {
            let constants = Scheme::BOTH.map(|scheme| scheme.grounds()[step - 1].to_string());
            assert_eq!(neutrals(step).map(String::from), constants, "--neutral-{step}");
        }
        let constants = Scheme::BOTH.map(|scheme| scheme.muted_text().to_string());
        assert_eq!(neutrals(11).map(String::from), constants, "--neutral-11");
    }
}
