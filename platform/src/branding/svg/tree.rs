//! The picture as a tree of allowed elements, read from a file and written anew.

use std::{collections::HashSet, fmt::Write as _};

use roxmltree::{Document, Node, NodeType, ParsingOptions};

use super::{
    allowed::{self, Verdict},
    problem::{Problem, SvgError},
    sheet::{self, Sheet, shortened},
};

const SVG: &str = "http://www.w3.org/2000/svg";
const XLINK: &str = "http://www.w3.org/1999/xlink";
const XHTML: &str = "http://www.w3.org/1999/xhtml";

/// The most nodes of a file, texts between elements among them.
const MAX_NODES: u32 = 10_000;
/// How deep elements may stand in each other.
pub(super) const MAX_DEPTH: usize = 40;
/// The most bytes of attributes, once style sheets are taken apart.
const MAX_ATTRIBUTES: usize = 1024 * 1024;

/// An allowed element.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) name: &'static str,
    /// Where it begins in the file.
    pub(super) start: usize,
    pub(super) attributes: Vec<(&'static str, String)>,
    pub(super) children: Vec<Element>,
}

impl Element {
    /// The value of an attribute.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    fn set(&mut self, name: &'static str, value: String) {
        match self.attributes.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.attributes.push((name, value)),
        }
    }

    /// The file for the painter.
    pub(super) fn to_text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, &format!(" xmlns=\"{SVG}\""));
        text
    }

    fn write(&self, text: &mut String, namespace: &str) {
        // Writing to a String cannot fail.
        let _ = write!(text, "<{}{namespace}", self.name);
        for (name, value) in &self.attributes {
            let _ = write!(text, " {name}=\"{}\"", escape(value));
        }
        text.push('>');
        for child in &self.children {
            child.write(text, "");
        }
        let _ = write!(text, "</{}>", self.name);
    }
}

/// Text as the value of an attribute (XML 1.0 §2.3).
fn escape(value: &str) -> String {
    value.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// Reads a file.
pub(super) fn read(text: &str) -> Result<Element, SvgError> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| not_xml(text, &error))?;
    let mut reader = Reader { document: &document, sheet: Sheet::default(), ids: HashSet::new(), room: MAX_ATTRIBUTES };
    reader.read_sheets()?;
    let root = document.root_element();
    if !root.has_tag_name((SVG, "svg")) {
        return Err(reader.at(root, Problem::Root(shortened(root.tag_name().name()))));
    }
    let svg = reader.element(root, "svg", 0)?;
    size(&svg)?;
    Ok(svg)
}

/// How many units the longer side of the picture has. The painter would guess at what is missing or no number.
pub(super) fn size(svg: &Element) -> Result<f32, SvgError> {
    let number = |text: &str| text.trim().parse::<f32>().ok().filter(|number| number.is_finite());
    let view = match svg.get("viewBox") {
        Some(text) => {
            let numbers: Option<Vec<f32>> =
                text.split([' ', ',', '\t', '\r', '\n']).filter(|part| !part.is_empty()).map(number).collect();
            match numbers.as_deref() {
                Some(&[_, _, width, height]) if width > 0.0 && height > 0.0 => Some(width.max(height)),
                _ => return Err(SvgError::Size),
            }
        }
        None => None,
    };
    let mut longest: Option<f32> = view;
    for side in ["width", "height"] {
        let (length, unit) = match svg.get(side) {
            Some(text) => {
                text.split_at(text.trim_end_matches(|sign: char| sign.is_ascii_alphabetic() || sign == '%').len())
            }
            None if view.is_some() => continue,
            None => return Err(SvgError::Size),
        };
        let length = number(length).filter(|length| *length > 0.0).ok_or(SvgError::Size)?;
        match (unit, view) {
            ("%", None) => return Err(SvgError::Size),
            (_, Some(_)) => {}
            ("" | "px", None) => longest = Some(longest.unwrap_or_default().max(length)),
            // An inch has 96 pixels, and other units have fewer.
            (_, None) => longest = Some(longest.unwrap_or_default().max(length * 96.0)),
        }
    }
    longest.ok_or(SvgError::Size)
}

fn not_xml(text: &str, error: &roxmltree::Error) -> SvgError {
    let (line, problem) = match error {
        roxmltree::Error::NodesLimitReached => return SvgError::TooManyNodes,
        roxmltree::Error::DtdDetected => {
            return Problem::DocumentType.at(text, text.find("<!DOCTYPE").unwrap_or_default());
        }
        error => {
            (usize::try_from(error.pos().row).unwrap_or(usize::MAX), Problem::NotXml(shortened(&error.to_string())))
        }
    };
    SvgError::At { line, problem }
}

struct Reader<'a> {
    document: &'a Document<'a>,
    sheet: Sheet,
    ids: HashSet<String>,
    /// How many bytes of attributes there may still be.
    room: usize,
}

impl Reader<'_> {
    fn at(&self, node: Node<'_, '_>, problem: Problem) -> SvgError {
        problem.at(self.document.input_text(), node.range().start)
    }

    fn read_sheets(&mut self) -> Result<(), SvgError> {
        for node in self.document.root().descendants() {
            if node.pi().is_some_and(|instruction| instruction.target == "xml-stylesheet") {
                return Err(self.at(node, Problem::LinkedSheet));
            }
            if node.has_tag_name((SVG, "style")) {
                let text: String = node.children().filter_map(|child| child.text()).collect();
                self.sheet.add(&text).map_err(|problem| self.at(node, problem))?;
            }
        }
        Ok(())
    }

    fn element(&mut self, node: Node<'_, '_>, name: &'static str, depth: usize) -> Result<Element, SvgError> {
        if depth > MAX_DEPTH {
            return Err(self.at(node, Problem::TooDeep));
        }
        let mut element = Element { name, start: node.range().start, attributes: Vec::new(), children: Vec::new() };
        self.attributes(node, &mut element).map_err(|problem| self.at(node, problem))?;
        let size: usize = element.attributes.iter().map(|(name, value)| name.len() + value.len()).sum();
        self.room = self.room.checked_sub(size).ok_or(SvgError::TooComplex("its styles add up to too much"))?;
        for child in node.children().filter(|child| child.node_type() == NodeType::Element) {
            if let Some(name) = self.verdict(child)? {
                element.children.push(self.element(child, name, depth + 1)?);
            }
        }
        Ok(element)
    }

    /// The name of an element that is kept; none: it is left out, with all that is in it.
    fn verdict(&self, node: Node<'_, '_>) -> Result<Option<&'static str>, SvgError> {
        let name = node.tag_name().name();
        let refuse = || {
            let (name, advice) = (shortened(name), allowed::advice(name));
            Err(self.at(node, Problem::Element { name, advice }))
        };
        match node.tag_name().namespace() {
            // What drawing programs write for themselves.
            Some(foreign) if foreign != SVG && foreign != XHTML => Ok(None),
            Some(SVG) => match allowed::element(name) {
                // One picture, and none within.
                Verdict::Keep(name) if name != "svg" => Ok(Some(name)),
                Verdict::Drop => Ok(None),
                Verdict::Keep(_) | Verdict::Only(_) | Verdict::Refuse => refuse(),
            },
            _ => refuse(),
        }
    }

    fn attributes(&mut self, node: Node<'_, '_>, element: &mut Element) -> Result<(), Problem> {
        let name = element.name;
        for attribute in node.attributes() {
            let (key, value) = (attribute.name(), attribute.value());
            match (attribute.namespace(), key) {
                (None, "style" | "class") => {}
                (None, _) | (Some(XLINK), "href") => match allowed::attribute(key) {
                    // An empty value is none.
                    Verdict::Keep(_) if value.trim().is_empty() => {}
                    Verdict::Keep(key) => element.set(key, sheet::checked(key, value, name)?),
                    verdict => sheet::refused(verdict, key, value, name)?,
                },
                // What drawing programs write for themselves.
                (Some(_), _) => {}
            }
        }
        let id = node.attribute("id").map(str::trim).filter(|id| !id.is_empty());
        if let Some(id) = id
            && !self.ids.insert(id.to_owned())
        {
            return Err(Problem::DoubleId(shortened(id)));
        }
        for (property, value) in self.sheet.of(name, node.attribute("class").unwrap_or_default(), id) {
            element.set(property, value.clone());
        }
        for (property, value) in sheet::declarations(node.attribute("style").unwrap_or_default(), name)? {
            element.set(property, value);
        }
        Ok(())
    }
}
