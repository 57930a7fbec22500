//! What is kept of a message for reading: without signatures, certificates and ciphertext, each element on a line.

use roxmltree::{Document, Node};

/// Elements whose text is long and says nothing to people.
const LEFT_OUT: [&str; 3] = ["SignatureValue", "X509Certificate", "CipherValue"];

/// The message for reading.
pub(super) fn readable(document: &Document<'_>) -> String {
    let mut written = String::new();
    write(document.root_element(), document.input_text(), 0, &mut written);
    written
}

fn write(node: Node<'_, '_>, source: &str, depth: usize, written: &mut String) {
    // The strict filter allows no more than 32 levels.
    let whole = source.get(node.range()).unwrap_or_default();
    let indent = "  ".repeat(depth);
    let first = node.first_child().map_or(whole.len(), |child| child.range().start.saturating_sub(node.range().start));
    let end = node.last_child().map_or(whole.len(), |child| child.range().end.saturating_sub(node.range().start));
    let (open, close) = (whole.get(..first).unwrap_or_default(), whole.get(end..).unwrap_or_default());
    if LEFT_OUT.contains(&node.tag_name().name()) && node.has_children() {
        written.extend([indent.as_str(), open, "…", close, "\n"]);
    } else if node.children().any(|child| child.is_element()) {
        written.extend([indent.as_str(), open, "\n"]);
        for child in node.children() {
            if child.is_element() {
                write(child, source, depth + 1, written);
            } else if let Some(text) = source.get(child.range()).filter(|text| !text.trim().is_empty()) {
                written.extend([indent.as_str(), "  ", text, "\n"]);
            }
        }
        written.extend([indent.as_str(), close, "\n"]);
    } else {
        written.extend([indent.as_str(), whole, "\n"]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_indented_and_long_values_are_left_out() {
        let document =
            Document::parse("<a x='1'><b>text &amp; more</b><CipherValue>QUJD</CipherValue><c/><CipherValue/></a>")
                .unwrap();
        assert_eq!(
            readable(&document),
            "<a x='1'>\n  <b>text &amp; more</b>\n  <CipherValue>…</CipherValue>\n  <c/>\n  <CipherValue/>\n</a>\n"
        );
    }
}
