//! Writes SVG. What goes into a drawing goes through here, escaped.

use std::fmt::Write as _;

/// A drawing in the making.
#[derive(Debug, Default)]
pub(super) struct Svg(String);

impl Svg {
    /// Opens an element.
    pub(super) fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.start(name, attributes);
        self.0.push('>');
    }

    /// Closes it.
    pub(super) fn close(&mut self, name: &str) {
        // Writing to a string does not fail.
        let _ = write!(self.0, "</{name}>");
    }

    /// An element that holds nothing.
    pub(super) fn shape(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.start(name, attributes);
        self.0.push_str("/>");
    }

    /// Words at a place.
    pub(super) fn words(&mut self, attributes: &[(&str, &str)], words: &str) {
        self.open("text", attributes);
        self.escaped(words);
        self.close("text");
    }

    /// What was drawn.
    pub(super) fn into_string(self) -> String {
        self.0
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &str)]) {
        let _ = write!(self.0, "<{name}");
        for (name, value) in attributes {
            let _ = write!(self.0, " {name}=\"");
            self.escaped(value);
            self.0.push('"');
        }
    }

    fn escaped(&mut self, text: &str) {
        for sign in text.chars() {
            match sign {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                other => self.0.push(other),
            }
        }
    }
}

/// A length, with no more digits than can be seen.
pub(super) fn px(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text.is_empty() || text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A part of the width.
pub(super) fn part(percent: f64) -> String {
    format!("{}%", px(percent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_its_place() {
        let mut svg = Svg::default();
        svg.open("g", &[("class", "\"><script>")]);
        svg.words(&[], "a < b & </text><script>");
        svg.close("g");
        assert_eq!(
            svg.into_string(),
            "<g class=\"&quot;&gt;&lt;script&gt;\"><text>a &lt; b &amp; &lt;/text&gt;&lt;script&gt;</text></g>"
        );
    }

    #[test]
    fn lengths_are_short() {
        for (value, text) in [(0.0, "0"), (-0.001, "0"), (100.0, "100"), (33.333_33, "33.33"), (2.5, "2.5")] {
            assert_eq!(px(value), text);
        }
        assert_eq!(part(12.5), "12.5%");
    }
}
