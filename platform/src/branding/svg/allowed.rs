//! The elements, attributes and values that are taken. What is on no list here is refused.

/// What becomes of an element, attribute or property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Drawn; the name as written anew.
    Keep(&'static str),
    /// Left out: it says nothing about how the picture looks here.
    Drop,
    /// Refused, unless it has the one value that does nothing.
    Only(&'static str),
    /// Refused.
    Refuse,
}

/// Shapes, what groups and clips them, and what fills them.
const ELEMENTS: &[&str] = &[
    "svg",
    "g",
    "defs",
    "symbol",
    "use",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "linearGradient",
    "radialGradient",
    "stop",
    "clipPath",
];

/// Properties: as attributes, in `style`, and in style sheets.
const PROPERTIES: &[&str] = &[
    "fill",
    "fill-opacity",
    "fill-rule",
    "stroke",
    "stroke-width",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-miterlimit",
    "stroke-opacity",
    "opacity",
    "clip-path",
    "clip-rule",
    "color",
    "display",
    "visibility",
    "stop-color",
    "stop-opacity",
    "paint-order",
];

/// What only stands in attributes.
const ATTRIBUTES: &[&str] = &[
    "id",
    "x",
    "y",
    "width",
    "height",
    "rx",
    "ry",
    "cx",
    "cy",
    "r",
    "x1",
    "y1",
    "x2",
    "y2",
    "fx",
    "fy",
    "fr",
    "d",
    "points",
    "transform",
    "gradientTransform",
    "gradientUnits",
    "spreadMethod",
    "offset",
    "clipPathUnits",
    "viewBox",
    "preserveAspectRatio",
    "href",
];

/// What programs write beside the picture.
const LEFT_OUT: &[&str] = &[
    "version",
    "baseProfile",
    "role",
    "lang",
    "focusable",
    "tabindex",
    "class",
    "pathLength",
    "enable-background",
    "zoomAndPan",
    "contentScriptType",
    "contentStyleType",
    "color-interpolation",
    "color-interpolation-filters",
    "color-rendering",
    "shape-rendering",
    "image-rendering",
    "text-rendering",
    "pointer-events",
    "cursor",
    "isolation",
    "vector-effect",
    "stroke-dashoffset",
    "overflow",
    "direction",
    "writing-mode",
    "letter-spacing",
    "word-spacing",
    "line-height",
    "white-space",
    "dominant-baseline",
    "alignment-baseline",
    "baseline-shift",
    "solid-color",
    "solid-opacity",
    "block-progression",
    "marker-pattern",
    "shape-inside",
    "shape-padding",
    "shape-margin",
    "inline-size",
];

/// The beginnings of such.
const LEFT_OUT_STARTS: &[&str] = &["data-", "aria-", "font", "text-", "-inkscape-", "-webkit-", "-moz-", "--"];

/// What would cost much to draw, each with the value that asks for nothing.
const COSTLY: &[(&str, &str)] = &[
    ("filter", "none"),
    ("mask", "none"),
    ("marker", "none"),
    ("marker-start", "none"),
    ("marker-mid", "none"),
    ("marker-end", "none"),
    ("stroke-dasharray", "none"),
    ("mix-blend-mode", "normal"),
];

/// What becomes of an element of SVG.
pub(super) fn element(name: &str) -> Verdict {
    match find(ELEMENTS, name) {
        Some(name) => Verdict::Keep(name),
        None if matches!(name, "title" | "desc" | "metadata" | "style") => Verdict::Drop,
        None => Verdict::Refuse,
    }
}

/// What becomes of an attribute without a namespace.
pub(super) fn attribute(name: &str) -> Verdict {
    find(ATTRIBUTES, name).map_or_else(|| property(name), Verdict::Keep)
}

/// What becomes of a property.
pub(super) fn property(name: &str) -> Verdict {
    if let Some(name) = find(PROPERTIES, name) {
        return Verdict::Keep(name);
    }
    if let Some((_, only)) = COSTLY.iter().find(|(costly, _)| *costly == name) {
        return Verdict::Only(only);
    }
    let is_left_out = LEFT_OUT.contains(&name) || LEFT_OUT_STARTS.iter().any(|start| name.starts_with(start));
    if is_left_out { Verdict::Drop } else { Verdict::Refuse }
}

/// What to do instead of an element that is refused.
pub(super) fn advice(element: &str) -> &'static str {
    match element {
        "text" | "tspan" | "textPath" | "tref" => {
            "Text would need its font here: convert it to paths in the drawing program, and export again."
        }
        "image" | "foreignObject" | "iframe" | "video" | "audio" => {
            "A picture may not hold others: draw it with shapes, or upload it as PNG."
        }
        "script" | "handler" | "listener" => "A logo runs nothing: delete it.",
        "animate" | "animateTransform" | "animateMotion" | "animateColor" | "set" => "A logo does not move: delete it.",
        "filter" | "mask" | "pattern" | "marker" => {
            "Flatten effects, masks and patterns in the drawing program, or upload the picture as PNG."
        }
        "a" => "A logo leads nowhere: take the link off its shapes.",
        _ => "Taken are shapes, paths, groups, gradients, symbols and clipping paths.",
    }
}

/// The longest value of an attribute, in bytes. Outlines are as long as the file.
fn longest(name: &str) -> usize {
    match name {
        "d" | "points" => usize::MAX,
        "transform" | "gradientTransform" => 2000,
        _ => 200,
    }
}

/// What is wrong with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadValue {
    /// It leads out of the file.
    Outside,
    /// It is none.
    Form,
}

/// A value as it is written anew.
pub(super) fn value(name: &str, text: &str) -> Result<String, BadValue> {
    let text = text.trim();
    if name == "href" && local(text).is_none() {
        return Err(BadValue::Outside);
    }
    let is_bad = |sign: char| {
        (sign.is_control() && !sign.is_whitespace()) || matches!(sign, '\\' | '<' | '>' | '&' | '@' | '{' | '}' | ';')
    };
    if text.len() > longest(name) || text.contains(is_bad) {
        return Err(BadValue::Form);
    }
    match name {
        "id" | "href" => Ok(text.to_owned()),
        // As long as the file, and without words: numbers, and the letters of commands.
        "d" | "points" => {
            let is_outline = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" \t\r\n,.+-".contains(&byte));
            is_outline.then(|| text.to_owned()).ok_or(BadValue::Form)
        }
        _ => functions(text),
    }
}

/// `#name` as the name.
fn local(text: &str) -> Option<&str> {
    text.strip_prefix('#').filter(|id| !id.is_empty() && !id.contains(char::is_whitespace))
}

/// A value whose functions are colours, transforms or `url(#name)`. What would be drawn if `#name` were not there is
/// left out: it is there, or nothing is drawn.
fn functions(text: &str) -> Result<String, BadValue> {
    let lower = text.to_ascii_lowercase();
    if let Some(start) = lower.find("url") {
        let inner = text[start + 3..].trim_start().strip_prefix('(').ok_or(BadValue::Form)?;
        let (inner, _) = inner.split_once(')').ok_or(BadValue::Form)?;
        let inner = inner.trim().trim_matches(['"', '\'']);
        let is_alone = lower.matches("url").count() == 1 && start == 0;
        return local(inner).filter(|_| is_alone).map(|id| format!("url(#{id})")).ok_or(BadValue::Outside);
    }
    let mut rest = lower.as_str();
    while let Some((before, after)) = rest.split_once('(') {
        let name = before.trim_end().rsplit(|sign: char| !sign.is_ascii_alphanumeric()).next().unwrap_or_default();
        let is_known = matches!(
            name,
            "rgb" | "rgba" | "hsl" | "hsla" | "matrix" | "translate" | "scale" | "rotate" | "skewx" | "skewy"
        );
        if !is_known {
            return Err(BadValue::Form);
        }
        rest = after;
    }
    Ok(text.to_owned())
}

fn find(list: &'static [&'static str], name: &str) -> Option<&'static str> {
    list.iter().copied().find(|known| *known == name)
}
