//! The strict filter over what was received, before any other code sees it.
//!
//! Two parsers read a message: libxml2 beneath the signature check, and roxmltree for everything else. Where parsers
//! disagree, a signature covers one thing and another is read. So everything that they could disagree about is refused
//! here, in the raw text: no DTD, no entity, no comment, no processing instruction, no CDATA, nothing large or deep. What
//! is left are elements, attributes and text, and each reads them alike.

use std::collections::HashSet;

use base64::Engine as _;
use roxmltree::Document;

use crate::sso::report::{Reason, Refused};

/// Most bytes of a message, decoded.
pub const MAX_BYTES: usize = 256 * 1024;
const MAX_DEPTH: usize = 32;
const MAX_ELEMENTS: usize = 10_000;
/// On the average; no more than 20,000 in a message.
const ATTRIBUTES_PER_ELEMENT: usize = 2;
const MAX_ATTRIBUTES_OF_ELEMENT: usize = 48;
const MAX_NAMESPACES_OF_ELEMENT: usize = 16;
const MAX_ID: usize = 256;

/// Decodes the form field of a POST binding: base64, in which blanks and line breaks may stand, of UTF-8.
///
/// # Errors
/// [`Reason::Malformed`], with what is wrong.
pub fn decode(encoded: &str) -> Result<String, Refused> {
    // Twice the size of base64 leaves room for line breaks.
    if encoded.len() > MAX_BYTES * 2 {
        return Err(too_large());
    }
    let packed: Vec<u8> = encoded.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    if packed.is_empty() {
        return Err(malformed("the message is empty"));
    }
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(&packed)
        .map_err(|error| malformed(format!("the message is not base64: {error}")))?;
    if bytes.len() > MAX_BYTES {
        return Err(too_large());
    }
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return Err(malformed("the message is compressed (gzip); by HTTP POST it is sent as it is, in base64"));
    }
    // UTF-16 of plain letters is UTF-8 too, with NULs between.
    String::from_utf8(bytes)
        .ok()
        .filter(|text| !text.contains('\0'))
        .ok_or_else(|| malformed("the message is not UTF-8 text"))
}

/// Parses XML strictly.
///
/// # Errors
/// [`Reason::Forbidden`] for what is never allowed, [`Reason::Malformed`] for what cannot be read or is too much.
pub fn parse(xml: &str) -> Result<Document<'_>, Refused> {
    let body = plain(xml)?;
    let document = Document::parse(body).map_err(|error| malformed(format!("the message is not XML: {error}")))?;
    unique_ids(&document, &mut HashSet::new())?;
    Ok(document)
}

/// The text after the XML declaration, which holds elements and text alone, within bounds.
pub(super) fn plain(xml: &str) -> Result<&str, Refused> {
    if xml.len() > MAX_BYTES {
        return Err(too_large());
    }
    let body = after_declaration(xml.strip_prefix('\u{feff}').unwrap_or(xml))?;
    // In XML a `<` stands only where markup begins: these two searches find every construct of the kind.
    if let Some(at) = body.find("<!") {
        let rest = &body[at + 2..];
        return Err(forbidden(if rest.starts_with("--") {
            "the message holds a comment, which is never allowed: comments were used to change what is read"
        } else if rest.starts_with("[CDATA[") {
            "the message holds a CDATA section, which is never allowed"
        } else if rest.get(..7).is_some_and(|word| word.eq_ignore_ascii_case("DOCTYPE")) {
            "the message holds a document type declaration (DTD), which is never allowed"
        } else {
            "the message holds a declaration (“<!”), which is never allowed"
        }));
    }
    if body.contains("<?") {
        return Err(forbidden("the message holds a processing instruction, which is never allowed"));
    }
    bounded(body, MAX_ELEMENTS)?;
    Ok(body)
}

/// Skips the XML declaration, which may say version 1.0 and UTF-8 and nothing else.
fn after_declaration(xml: &str) -> Result<&str, Refused> {
    let Some(rest) = xml.strip_prefix("<?xml") else { return Ok(xml) };
    let Some((declaration, body)) = rest.split_once("?>") else {
        return Err(malformed("the XML declaration does not end"));
    };
    for part in declaration.split_ascii_whitespace() {
        let right = match part.split_once('=') {
            Some(("version", value)) => unquoted(value) == Some("1.0"),
            Some(("encoding", value)) => unquoted(value).is_some_and(|value| value.eq_ignore_ascii_case("utf-8")),
            Some(("standalone", value)) => matches!(unquoted(value), Some("yes" | "no")),
            _ => false,
        };
        if !right {
            return Err(forbidden("the XML declaration says something else than version 1.0 and UTF-8"));
        }
    }
    Ok(body)
}

fn unquoted(value: &str) -> Option<&str> {
    ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote))
}

/// Counts before parsing, because parsers take long over many attributes or namespaces. What is not well-formed may be
/// counted wrongly: the parser refuses it afterwards.
pub(super) fn bounded(xml: &str, max_elements: usize) -> Result<(), Refused> {
    let (mut depth, mut elements, mut attributes) = (0_usize, 0_usize, 0_usize);
    let mut rest = xml;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let closing = rest.starts_with('/');
        let tag = &rest[..end_of_tag(rest)];
        let (of_element, namespaces) = attributes_of(tag);
        attributes += of_element;
        if rest.starts_with(['!', '?']) {
            // A comment or the like, where one is allowed at all.
        } else if closing {
            depth = depth.saturating_sub(1);
        } else {
            elements += 1;
            if depth == MAX_DEPTH {
                return Err(malformed(format!("the message is nested deeper than {MAX_DEPTH} elements")));
            }
            if !tag.ends_with('/') {
                depth += 1;
            }
        }
        if elements > max_elements
            || attributes > max_elements * ATTRIBUTES_PER_ELEMENT
            || of_element > MAX_ATTRIBUTES_OF_ELEMENT
            || namespaces > MAX_NAMESPACES_OF_ELEMENT
        {
            return Err(malformed("the message holds too many elements or attributes"));
        }
        rest = &rest[tag.len()..];
    }
    Ok(())
}

/// Where the tag ends whose inside begins `inside`: at the first `>` outside of quotes.
fn end_of_tag(inside: &str) -> usize {
    let mut quote = None;
    for (at, byte) in inside.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    inside.len()
}

/// How many attributes a tag has, and how many of them declare namespaces.
fn attributes_of(tag: &str) -> (usize, usize) {
    let mut quote = None;
    let mut count = 0;
    for byte in tag.bytes() {
        match (quote, byte) {
            (None, b'=') => count += 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    (count, tag.matches("xmlns").count())
}

/// Refuses ids that are not unique, whatever the attribute is called, and those of a namespace.
///
/// A reference finds its element by id; two of the same id would let it find another one than the one that is read.
pub(super) fn unique_ids(document: &Document<'_>, seen: &mut HashSet<String>) -> Result<(), Refused> {
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        for attribute in node.attributes().filter(|attribute| attribute.name().eq_ignore_ascii_case("id")) {
            if attribute.namespace().is_some() {
                return Err(forbidden("the message holds an id attribute of a namespace, such as xml:id"));
            }
            let id = attribute.value();
            if !is_ncname(id) {
                return Err(forbidden(format!("the id “{}” is not a name", cut(id))));
            }
            if !seen.insert(id.to_owned()) {
                return Err(forbidden(format!("the id “{}” stands twice in the message", cut(id))));
            }
        }
    }
    Ok(())
}

/// An `NCName` of ASCII, which every provider uses.
fn is_ncname(id: &str) -> bool {
    id.len() <= MAX_ID
        && id.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && id.chars().all(|each| each.is_ascii_alphanumeric() || matches!(each, '_' | '-' | '.'))
}

/// At most so much of what was received as fits a sentence.
pub(super) fn cut(text: &str) -> String {
    const MOST: usize = 200;
    let mut short: String = text.chars().take(MOST).map(|each| if each.is_control() { ' ' } else { each }).collect();
    if text.chars().nth(MOST).is_some() {
        short.push('…');
    }
    short
}

fn too_large() -> Refused {
    malformed(format!("the message is larger than {} KB", MAX_BYTES / 1024))
}

pub(super) fn malformed(words: impl Into<String>) -> Refused {
    Refused::new(Reason::Malformed, words)
}

pub(super) fn forbidden(words: impl Into<String>) -> Refused {
    Refused::new(Reason::Forbidden, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(xml: &str) -> Option<Reason> {
        parse(xml).err().map(|refused| refused.reason)
    }

    #[test]
    fn elements_attributes_and_text_pass() {
        assert_eq!(reason("<a b='1'>x&amp;&#65;<c/></a>"), None);
        assert_eq!(reason("\u{feff}<?xml version=\"1.0\" encoding='utf-8'?>\n<a/>"), None);
    }

    #[test]
    fn what_parsers_disagree_about_is_forbidden() {
        for xml in [
            "<!DOCTYPE a><a/>",
            "<!doctype a><a/>",
            "<a><!-- x --></a>",
            "<a><![CDATA[x]]></a>",
            "<a><?php x?></a>",
            "<?xml-stylesheet href='x'?><a/>",
            "<?xml version='1.1'?><a/>",
            "<?xml version='1.0' encoding='UTF-7'?><a/>",
            "<a ID='x'><b Id='x'/></a>",
            "<a xml:id='x'/>",
            "<a ID='1'/>",
            "<a ID='x y'/>",
            "<a ID=''/>",
        ] {
            assert_eq!(reason(xml), Some(Reason::Forbidden), "{xml}");
        }
    }

    #[test]
    fn what_is_too_much_or_not_xml_is_malformed() {
        let deep = format!("{}{}", "<a>".repeat(MAX_DEPTH + 1), "</a>".repeat(MAX_DEPTH + 1));
        let many = (0..=MAX_ATTRIBUTES_OF_ELEMENT).map(|n| format!(" a{n}=''")).collect::<Vec<_>>().concat();
        let namespaces =
            (0..=MAX_NAMESPACES_OF_ELEMENT).map(|n| format!(" xmlns:a{n}='u'")).collect::<Vec<_>>().concat();
        for xml in [
            deep,
            format!("<a{many}/>"),
            format!("<a{namespaces}/>"),
            format!("<a>{}</a>", "<b/>".repeat(MAX_ELEMENTS)),
            "<a>&xxe;</a>".to_owned(),
            "<a>".to_owned(),
            "<a/><b/>".to_owned(),
            "<x:a/>".to_owned(),
            String::new(),
            "<?xml version='1.0'".to_owned(),
        ] {
            assert_eq!(reason(&xml), Some(Reason::Malformed), "{}", cut(&xml));
        }
        let fits = format!("{}{}", "<a>".repeat(MAX_DEPTH), "</a>".repeat(MAX_DEPTH));
        assert_eq!(reason(&fits), None);
    }

    #[test]
    fn base64_is_strict_except_for_blanks() {
        assert_eq!(decode("PGE\r\n vPg==").unwrap(), "<a/>");
        for wrong in ["", " ", "PGEvPg", "PGEvPg=", "<a/>", "PGEv-g==", "/////w=="] {
            assert_eq!(decode(wrong).unwrap_err().reason, Reason::Malformed, "{wrong}");
        }
    }
}
