//! What became of a tenant's colour, in words for the admin who chose it.

use super::{
    accent::{AccentTokens, CONTROL_CONTRAST, SchemeTokens, TEXT_CONTRAST, least_contrast},
    colour::Colour,
    surfaces::Scheme,
};

/// One thing to know about the colour in one scheme.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The scheme it is about.
    pub scheme: Scheme,
    /// What it is used for.
    pub role: Role,
    /// The colour that the tenant asked for.
    pub given: Colour,
    /// The colour that is used.
    pub used: Colour,
    /// The contrast ratio that `used` has where it has the least: of text on it, or of itself on
    /// the ground.
    pub contrast: f64,
    /// All this as a sentence.
    pub sentence: String,
}

/// What an accent colour is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Background of buttons.
    Buttons,
    /// Links and other text.
    Links,
}

impl AccentTokens {
    /// For each scheme one finding about buttons, which also says when nothing was changed, and one
    /// about links where they differ from buttons.
    pub fn contrast_report(&self) -> Vec<Finding> {
        [&self.light, &self.dark]
            .into_iter()
            .flat_map(|tokens| [Some(buttons(tokens)), links(tokens)])
            .flatten()
            .collect()
    }
}

fn buttons(tokens: &SchemeTokens) -> Finding {
    let SchemeTokens { scheme, given, fill, on, .. } = *tokens;
    let mode = mode(scheme);
    let of_text = on.contrast(fill).min(on.contrast(tokens.hover));
    let of_button = least_contrast(scheme, fill);
    let is_too_faint = least_contrast(scheme, given) < CONTROL_CONTRAST;
    let (contrast, sentence) = if fill == given {
        let ratio = ratio(of_text);
        (of_text, format!("{mode} uses your colour as it is; text on it can be read ({ratio})."))
    } else if is_swapped(given, fill) {
        let (ratio, stand_in) = (ratio(of_button), shade(fill));
        let sentence = format!(
            "{mode} uses {stand_in} instead of your colour, so that buttons stand out from the page ({ratio})."
        );
        (of_button, sentence)
    } else {
        let (change, mode) = (change(given, fill), mode.to_lowercase());
        let (contrast, purpose) = if is_too_faint {
            (of_button, "buttons stand out from the page")
        } else {
            (of_text, "text on it can be read")
        };
        let ratio = ratio(contrast);
        (contrast, format!("Your colour was {change} for {mode}, so that {purpose} ({ratio})."))
    };
    Finding { scheme, role: Role::Buttons, given, used: fill, contrast, sentence }
}

fn links(tokens: &SchemeTokens) -> Option<Finding> {
    let SchemeTokens { scheme, given, text, .. } = *tokens;
    if text == tokens.fill {
        return None;
    }
    let contrast = least_contrast(scheme, text).min(text.contrast(tokens.subtle));
    debug_assert!(contrast >= TEXT_CONTRAST, "accent text is too faint");
    let compared = if text.relative_luminance() < tokens.fill.relative_luminance() { "darker" } else { "lighter" };
    let (mode, ratio) = (mode(scheme).to_lowercase(), ratio(contrast));
    let sentence = format!("Links are {compared} than buttons in {mode}, so that they can be read ({ratio}).");
    Some(Finding { scheme, role: Role::Links, given, used: text, contrast, sentence })
}

/// Whether a light grey became a dark one or the reverse.
fn is_swapped(given: Colour, used: Colour) -> bool {
    let (given, used) = (given.to_lch().lightness, used.to_lch().lightness);
    (given - used).abs() > 0.4 && (given < 0.5) != (used < 0.5)
}

fn shade(colour: Colour) -> &'static str {
    match colour.to_lch().lightness {
        l if l < 0.1 => "black",
        l if l < 0.5 => "a dark grey",
        l if l < 0.97 => "a light grey",
        _ => "white",
    }
}

fn change(given: Colour, used: Colour) -> &'static str {
    if used.relative_luminance() < given.relative_luminance() { "darkened" } else { "lightened" }
}

fn mode(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Light => "Light mode",
        Scheme::Dark => "Dark mode",
    }
}

/// A ratio as people write it. Rounded down, so that it never claims more than there is.
fn ratio(contrast: f64) -> String {
    format!("{:.1}:1", (contrast * 10.0).floor() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentences(colour: &str) -> Vec<String> {
        let tokens = AccentTokens::new(colour.parse().unwrap(), None);
        let report = tokens.contrast_report();
        report.into_iter().map(|finding| finding.sentence).collect()
    }

    #[test]
    fn says_what_was_changed_and_why() {
        for (colour, expected) in [
            (
                "#2563eb",
                &[
                    "Light mode uses your colour as it is; text on it can be read (5.1:1).",
                    "Links are darker than buttons in light mode, so that they can be read (4.5:1).",
                    "Dark mode uses your colour as it is; text on it can be read (4.5:1).",
                    "Links are lighter than buttons in dark mode, so that they can be read (4.5:1).",
                ][..],
            ),
            (
                "#ffff00",
                &[
                    "Your colour was darkened for light mode, so that buttons stand out from the page (3.0:1).",
                    "Links are darker than buttons in light mode, so that they can be read (4.5:1).",
                    "Dark mode uses your colour as it is; text on it can be read (15.8:1).",
                ],
            ),
            (
                "#000000",
                &[
                    "Light mode uses your colour as it is; text on it can be read (18.7:1).",
                    "Dark mode uses white instead of your colour, so that buttons stand out from the page (15.7:1).",
                ],
            ),
            (
                "#777777",
                &[
                    "Your colour was darkened for light mode, so that text on it can be read (4.5:1).",
                    "Links are darker than buttons in light mode, so that they can be read (4.6:1).",
                    "Your colour was darkened for dark mode, so that text on it can be read (4.5:1).",
                    "Links are lighter than buttons in dark mode, so that they can be read (4.5:1).",
                ],
            ),
            (
                "#1e3a5f",
                &[
                    "Light mode uses your colour as it is; text on it can be read (11.5:1).",
                    "Your colour was lightened for dark mode, so that buttons stand out from the page (3.0:1).",
                    "Links are lighter than buttons in dark mode, so that they can be read (4.5:1).",
                ],
            ),
        ] {
            assert_eq!(sentences(colour), expected, "{colour}");
        }
    }

    #[test]
    fn rounds_ratios_down() {
        assert_eq!(ratio(4.59), "4.5:1");
        assert_eq!(ratio(21.0), "21.0:1");
    }
}
