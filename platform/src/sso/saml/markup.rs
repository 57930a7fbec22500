//! Writing XML: what goes into text and attributes, and the names that are only written.

use time::{OffsetDateTime, UtcOffset, macros::format_description};

use crate::{ambient::Ambient, identity::token_text};

/// SAML 2.0 Metadata.
pub(super) const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
/// SAML 2.0 Bindings, section 3.4.
pub(super) const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
/// SAML 2.0 Bindings, section 3.5.
pub(super) const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

/// Text as it stands between tags or in quotation marks. Characters that XML cannot hold are replaced.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // In an attribute a parser would make spaces of them.
            '\t' => escaped.push_str("&#9;"),
            '\n' => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ => escaped.push(sign),
        }
    }
    escaped
}

/// A moment as SAML writes it: in UTC, to the second.
pub(super) fn instant(at: OffsetDateTime) -> String {
    let form = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    // Only years of more than four digits cannot be written.
    at.to_offset(UtcOffset::UTC).format(form).unwrap_or_default()
}

/// A new ID of a message: 128 random bits. XML wants a letter or an underscore in front.
pub fn new_id(ambient: &Ambient) -> String {
    format!("_{}", &token_text(ambient.bytes())[..32])
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn what_is_escaped_is_read_back_as_it_was() {
        let text = "a<b>&\"c\" 'd' ]]> \t\n\r \u{e9}";
        let xml = format!("<x y=\"{0}\" z='{0}'>{0}</x>", escape(text));
        let document = roxmltree::Document::parse(&xml).unwrap();
        let root = document.root_element();
        assert_eq!(root.text(), Some(text));
        assert_eq!(root.attribute("y"), Some(text));
        assert_eq!(root.attribute("z"), Some(text));
        assert_eq!(escape("\0\u{b}\u{ffff}"), "\u{fffd}\u{fffd}\u{fffd}");
    }

    #[test]
    fn moments_are_in_utc() {
        assert_eq!(instant(datetime!(2026-11-21 6:31:09.5 +2)), "2026-11-21T04:31:09Z");
    }
}
