//! What is wrong with an SVG, in words for the person who uploaded it.

use thiserror::Error;

use super::MAX_BYTES;
use crate::picture::size;

/// Why an SVG is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SvgError {
    /// More than [`MAX_BYTES`].
    #[error("The SVG has {}. Use one of at most {}, or upload the picture as PNG.", size(*.0), size(MAX_BYTES))]
    TooManyBytes(usize),
    /// Not UTF-8.
    #[error("The SVG is not written in UTF-8. Save it as UTF-8 and upload it again.")]
    Encoding,
    /// Something in a line.
    #[error("SVG, line {line}: {problem}")]
    At {
        /// The line, beginning with 1.
        line: usize,
        /// What is wrong there.
        problem: Problem,
    },
    /// More nodes than are read.
    #[error("The SVG has too many parts. Simplify it, or upload the picture as PNG.")]
    TooManyNodes,
    /// More than would be drawn in a second.
    #[error("The SVG is too complex: {0}. Simplify it, or upload the picture as PNG.")]
    TooComplex(&'static str),
    /// Neither a usable size nor a view box.
    #[error(
        "The SVG does not say how large it is. Its outermost element needs a viewBox, or a width and a height, above 0."
    )]
    Size,
    /// Nothing visible.
    #[error("The SVG shows nothing: every pixel of it is transparent.")]
    Nothing,
    /// The painter did not understand it.
    #[error("The SVG cannot be drawn ({0}). Save it again as plain SVG, or upload the picture as PNG.")]
    Unreadable(String),
}

/// What is wrong in a line.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    /// A DTD.
    #[error(
        "a document type (<!DOCTYPE …>) is not allowed. Delete it, or export the picture as plain or optimised SVG, which has none."
    )]
    DocumentType,
    /// `<?xml-stylesheet?>`.
    #[error("a style sheet from elsewhere (<?xml-stylesheet?>) is not allowed.")]
    LinkedSheet,
    /// Not XML.
    #[error("the file is not well-formed ({0}).")]
    NotXml(String),
    /// Another kind of XML.
    #[error(
        "the outermost element is <{0}>, not an SVG. An SVG begins with <svg xmlns=\"http://www.w3.org/2000/svg\">."
    )]
    Root(String),
    /// An element that is not on the list.
    #[error("the element <{name}> is not allowed. {advice}")]
    Element {
        /// Its name.
        name: String,
        /// What to do instead.
        advice: &'static str,
    },
    /// An attribute or property that is not on the list.
    #[error("“{name}” of <{element}> is not allowed.")]
    Attribute {
        /// Its name.
        name: String,
        /// Where it stands.
        element: String,
    },
    /// An attribute or property that is taken only where it does nothing.
    #[error("“{name}” of <{element}> is not allowed, unless it is “{only}”.")]
    Only {
        /// Its name.
        name: String,
        /// Where it stands.
        element: String,
        /// The one value.
        only: &'static str,
    },
    /// A value with something in it that does not belong there.
    #[error("the value of “{name}” of <{element}> is not allowed.")]
    Value {
        /// The attribute's or property's name.
        name: String,
        /// Where it stands.
        element: String,
    },
    /// A reference to anything but a part of the file.
    #[error(
        "“{name}” of <{element}> refers to something outside of the file. Only parts of the file itself (#name) are taken."
    )]
    Outside {
        /// The attribute's name.
        name: String,
        /// Where it stands.
        element: String,
    },
    /// `@import`, `@font-face` and the like.
    #[error("“{0}” in a style sheet is not allowed.")]
    AtRule(String),
    /// More than a name, class or id.
    #[error("the selector “{0}” in a style sheet is not allowed. Taken are names, .classes and #ids.")]
    Selector(String),
    /// Braces that do not match and the like.
    #[error("the style sheet cannot be read.")]
    Sheet,
    /// Two elements of one id.
    #[error("the id “{0}” is there twice.")]
    DoubleId(String),
    /// Elements in elements in elements.
    #[error("the elements are nested too deeply.")]
    TooDeep,
    /// A reference that leads to itself.
    #[error("“#{0}” refers to itself.")]
    Loop(String),
}

impl Problem {
    /// The problem in the line of this byte of the file.
    pub(super) fn at(self, text: &str, byte: usize) -> SvgError {
        let before = text.get(..byte).unwrap_or_default();
        SvgError::At { line: before.matches('\n').count() + 1, problem: self }
    }
}
