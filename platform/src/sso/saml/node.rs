//! Reading elements of a parsed message.

use roxmltree::Node;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::strict::{cut, forbidden, malformed};
use crate::sso::report::Refused;

pub(super) fn is(node: Node<'_, '_>, namespace: &str, name: &str) -> bool {
    node.is_element() && node.tag_name().namespace() == Some(namespace) && node.tag_name().name() == name
}

pub(super) fn elements<'a, 'i>(node: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(Node::is_element)
}

pub(super) fn children<'a, 'i>(
    node: Node<'a, 'i>,
    namespace: &'static str,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    elements(node).filter(move |child| is(*child, namespace, name))
}

/// The one child of a name, if there is one. Two are refused.
pub(super) fn child<'a, 'i>(
    node: Node<'a, 'i>,
    namespace: &'static str,
    name: &'static str,
) -> Result<Option<Node<'a, 'i>>, Refused> {
    let mut found = children(node, namespace, name);
    let first = found.next();
    if found.next().is_some() {
        return Err(forbidden(format!("{} holds {name} twice", node.tag_name().name())));
    }
    Ok(first)
}

/// The one child of a name, which has to be there.
pub(super) fn need<'a, 'i>(
    node: Node<'a, 'i>,
    namespace: &'static str,
    name: &'static str,
) -> Result<Node<'a, 'i>, Refused> {
    child(node, namespace, name)?.ok_or_else(|| malformed(format!("{} holds no {name}", node.tag_name().name())))
}

/// The text of an element that holds text alone: all of it, whatever pieces it comes in.
pub(super) fn text(node: Node<'_, '_>) -> Result<String, Refused> {
    if node.children().any(|child| !child.is_text()) {
        return Err(forbidden(format!("{} holds something else than text", node.tag_name().name())));
    }
    Ok(node.children().filter_map(|child| child.text()).collect())
}

/// Refuses text between the children of an element.
pub(super) fn no_text(node: Node<'_, '_>) -> Result<(), Refused> {
    let blank = |text: &str| text.bytes().all(|byte| byte.is_ascii_whitespace());
    if node.children().filter(Node::is_text).all(|child| child.text().is_some_and(blank)) {
        Ok(())
    } else {
        Err(forbidden(format!("text stands between the elements of {}", node.tag_name().name())))
    }
}

/// Refuses attributes other than `allowed`. Namespace declarations are none.
pub(super) fn only_attributes(node: Node<'_, '_>, allowed: &[&str]) -> Result<(), Refused> {
    match node.attributes().find(|each| each.namespace().is_some() || !allowed.contains(&each.name())) {
        None => Ok(()),
        Some(other) => Err(forbidden(format!(
            "{} has the attribute {}, which is not allowed there",
            node.tag_name().name(),
            cut(other.name())
        ))),
    }
}

/// The instant that an attribute holds. `None`: there is no such attribute.
pub(super) fn instant(node: Node<'_, '_>, name: &str) -> Result<Option<OffsetDateTime>, Refused> {
    let Some(value) = node.attribute(name) else { return Ok(None) };
    parse_instant(value)
        .map(Some)
        .ok_or_else(|| malformed(format!("{name} of {} is not a time: “{}”", node.tag_name().name(), cut(value))))
}

/// `xs:dateTime` in UTC (SAML 2.0 Core, section 1.3.3). Without a zone it is UTC.
fn parse_instant(value: &str) -> Option<OffsetDateTime> {
    let value = value.trim_ascii();
    OffsetDateTime::parse(value, &Rfc3339)
        .or_else(|_| OffsetDateTime::parse(&format!("{value}Z"), &Rfc3339))
        .ok()
        .map(|instant| instant.to_offset(time::UtcOffset::UTC))
        // What cannot be added to without leaving the calendar is no time that anybody meant.
        .filter(|instant| (1970..=9000).contains(&instant.year()))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn instants_are_read_as_utc() {
        assert_eq!(parse_instant("2026-06-01T12:00:00Z"), Some(datetime!(2026-06-01 12:00 UTC)));
        assert_eq!(parse_instant("2026-06-01T12:00:00.1234567Z").map(OffsetDateTime::microsecond), Some(123_456));
        assert_eq!(parse_instant("2026-06-01T14:00:00+02:00"), Some(datetime!(2026-06-01 12:00 UTC)));
        assert_eq!(parse_instant("2026-06-01T12:00:00"), Some(datetime!(2026-06-01 12:00 UTC)));
        for wrong in ["", "today", "2026-06-01", "2026-13-01T12:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"]
        {
            assert_eq!(parse_instant(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn text_is_the_whole_text() {
        let document = roxmltree::Document::parse("<a>x&amp;&#121;</a>").unwrap();
        assert_eq!(text(document.root_element()).unwrap(), "x&y");
        let document = roxmltree::Document::parse("<a>x<b/>y</a>").unwrap();
        assert!(text(document.root_element()).is_err());
    }
}
