use super::*;
use crate::branding::colour::Lch;

fn colour(text: &str) -> Colour {
    text.parse().unwrap()
}

/// All hues at all lightnesses, strong and weak, and the corners of sRGB.
fn colours() -> Vec<Colour> {
    let mut colours: Vec<Colour> = [
        "#ffff00", "#000000", "#ffffff", "#777777", "#00ffff", "#00ff00", "#ff00ff", "#ff0000", "#0000ff", "#010101",
        "#fefefe", "#757575", "#808080", "#1e3a5f", "#f59e0b", "#3b82f6",
    ]
    .map(colour)
    .into();
    for hue in (0..360).step_by(15) {
        for lightness in 0..=20 {
            for chroma in [0.02, 0.1, 0.4] {
                let lch = Lch { lightness: f64::from(lightness) / 20.0, chroma, hue: f64::from(hue) };
                colours.push(lch.to_colour());
            }
        }
    }
    colours
}

#[test]
fn every_guarantee_holds_for_every_colour() {
    for given in colours() {
        let tokens = AccentTokens::new(given, None);
        for tokens in [tokens.light, tokens.dark] {
            let scheme = tokens.scheme;
            let at_least = |name: &str, front: Colour, back: Colour, least: f64| {
                let contrast = front.contrast(back);
                assert!(contrast >= least, "{given} {scheme:?}: {name} {front} on {back} is {contrast:.2}");
            };
            for ground in scheme.grounds().iter().copied() {
                at_least("fill", tokens.fill, ground, 3.0);
                at_least("hover", tokens.hover, ground, 3.0);
                at_least("border", tokens.border, ground, 3.0);
                at_least("ring", tokens.ring, ground, 3.0);
                at_least("text", tokens.text, ground, 4.5);
            }
            at_least("on fill", tokens.on, tokens.fill, 4.5);
            at_least("on hover", tokens.on, tokens.hover, 4.5);
            at_least("hover", tokens.hover, tokens.fill, 1.12);
            at_least("border", tokens.border, tokens.subtle, 3.0);
            at_least("ring", tokens.ring, tokens.subtle, 3.0);
            at_least("text", tokens.text, tokens.subtle, 4.5);
            at_least("muted", scheme.muted_text(), tokens.subtle, 4.5);
            assert!(tokens.on == Colour::WHITE || tokens.on == INK);
        }
    }
}

#[test]
fn the_hue_stays() {
    for given in colours() {
        let hue = given.to_lch().hue;
        if given.to_lch().chroma < 0.1 {
            continue;
        }
        let tokens = AccentTokens::new(given, None);
        for fill in [tokens.light.fill, tokens.dark.fill] {
            let turn = (fill.to_lch().hue - hue + 540.0).rem_euclid(360.0) - 180.0;
            assert!(turn.abs() < 6.0, "{given} became {fill}");
        }
    }
}

#[test]
fn a_colour_that_satisfies_everything_is_kept() {
    let blue = AccentTokens::new(colour("#2563eb"), None).light;
    assert_eq!((blue.fill, blue.on), (colour("#2563eb"), Colour::WHITE));
    let amber = AccentTokens::new(colour("#f59e0b"), None).dark;
    assert_eq!((amber.fill, amber.on), (colour("#f59e0b"), INK));
}

#[test]
fn a_colour_moves_no_farther_than_it_must() {
    let yellow = AccentTokens::new(colour("#ffff00"), None).light;
    let contrast = least_contrast(Scheme::Light, yellow.fill);
    assert!((3.0..3.1).contains(&contrast), "{contrast}");
    let navy = AccentTokens::new(colour("#1e3a5f"), None).dark;
    let contrast = least_contrast(Scheme::Dark, navy.fill);
    assert!((3.0..3.6).contains(&contrast), "{contrast}");
}

#[test]
fn black_and_white_change_places() {
    let black = AccentTokens::new(Colour::BLACK, None);
    assert_eq!(black.light.fill, Colour::BLACK);
    assert_eq!((black.dark.fill, black.dark.on), (Colour::WHITE, INK));
    let white = AccentTokens::new(Colour::WHITE, None);
    assert_eq!((white.light.fill, white.light.on), (Colour::BLACK, Colour::WHITE));
    assert_eq!(white.dark.fill, Colour::WHITE);
}

#[test]
fn the_second_colour_is_for_dark_pages() {
    let tokens = AccentTokens::new(colour("#2563eb"), Some(colour("#f59e0b")));
    assert_eq!(tokens.light, AccentTokens::new(colour("#2563eb"), None).light);
    assert_eq!(tokens.dark, AccentTokens::new(colour("#f59e0b"), None).dark);
}

#[test]
fn the_css_declares_the_properties_of_the_stylesheet() {
    let css = AccentTokens::new(colour("#2563eb"), None).to_css();
    assert!(css.starts_with("--accent-light: #2563eb;\n"), "{css}");
    let stylesheet = include_str!("../../../../style/tokens.css");
    assert_eq!(css.lines().count(), 14);
    for line in css.lines() {
        let (property, value) = line.split_once(": ").unwrap();
        assert!(stylesheet.contains(&format!("  {property}: ")), "{property}");
        let value = value.strip_suffix(';').unwrap();
        assert_eq!(value.parse::<Colour>().unwrap().to_string(), value);
    }
}
