//! What a picture would cost to draw, counted before it is drawn: elements that refer to others multiply.

use std::collections::HashMap;

use super::{
    problem::{Problem, SvgError},
    tree::{Element, MAX_DEPTH, size},
};

/// The most elements, each counted as often as it is drawn.
const MAX_DRAWN: u64 = 4000;
/// The most bytes of outlines, each counted as often as it is drawn.
const MAX_OUTLINES: u64 = 256 * 1024;
/// The most bytes of outlines that a line is drawn along, each counted as often as it is drawn.
const MAX_LINES: u64 = 32 * 1024;
/// What the outline of a shape counts that is no path.
const SHAPE: u64 = 32;
/// The widest line, in sides of the picture: the outlines of wider ones have ever more corners.
const WIDEST_LINE: f32 = 2.0;
/// The same, in units of the file.
const WIDEST_UNITS: f32 = 10_000.0;
/// The most layers, each of which is a picture of its own: parts with an opacity or a clipping path.
const MAX_LAYERS: u64 = 100;

/// What an element costs with all that is in it and all that it refers to.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    drawn: u64,
    outlines: u64,
    lines: u64,
    layers: u64,
    depth: usize,
}

impl Cost {
    fn add(&mut self, part: Self) {
        self.drawn = self.drawn.saturating_add(part.drawn);
        self.outlines = self.outlines.saturating_add(part.outlines);
        self.lines = self.lines.saturating_add(part.lines);
        self.layers = self.layers.saturating_add(part.layers);
        self.depth = self.depth.max(part.depth + 1);
    }
}

/// An element that something refers to.
enum Target {
    /// Being counted: whoever finds it so refers to itself.
    Open,
    /// Counted.
    Known(Cost),
}

struct Count<'a> {
    /// The file, for the lines in messages.
    text: &'a str,
    ids: HashMap<&'a str, &'a Element>,
    /// By id, and whether what refers to it is drawn with a line: parts inherit that.
    targets: HashMap<(&'a str, bool), Target>,
    widest_line: f32,
}

/// Counts.
///
/// # Errors
/// [`SvgError::TooComplex`], or a [`Problem`] for what refers to itself.
pub(super) fn check<'a>(text: &'a str, root: &'a Element) -> Result<(), SvgError> {
    let widest_line = (size(root)? * WIDEST_LINE).min(WIDEST_UNITS);
    let mut count = Count { text, ids: HashMap::new(), targets: HashMap::new(), widest_line };
    collect(root, &mut count.ids);
    let cost = count.element(root, false, 0)?;
    if cost.drawn > MAX_DRAWN {
        return Err(SvgError::TooComplex("it would draw too many elements"));
    }
    if cost.outlines > MAX_OUTLINES {
        return Err(SvgError::TooComplex("its outlines are too long"));
    }
    if cost.lines > MAX_LINES {
        return Err(SvgError::TooComplex("the outlines that have a line are too long"));
    }
    if cost.layers > MAX_LAYERS {
        return Err(SvgError::TooComplex("too many parts have an opacity or a clipping path"));
    }
    Ok(())
}

fn collect<'a>(element: &'a Element, ids: &mut HashMap<&'a str, &'a Element>) {
    if let Some(id) = element.get("id") {
        ids.insert(id, element);
    }
    for child in &element.children {
        collect(child, ids);
    }
}

impl<'a> Count<'a> {
    fn element(&mut self, element: &'a Element, has_line: bool, depth: usize) -> Result<Cost, SvgError> {
        let text = self.text;
        let too_deep = || Problem::TooDeep.at(text, element.start);
        if depth > MAX_DEPTH {
            return Err(too_deep());
        }
        let has_line = element.get("stroke").map_or(has_line, |stroke| stroke != "none");
        if element.get("stroke-width").is_some_and(|width| !self.is_line_width(width)) {
            let (name, element_name) = ("stroke-width".to_owned(), element.name.to_owned());
            return Err(Problem::Value { name, element: element_name }.at(text, element.start));
        }
        let outline = match element.get("d").or(element.get("points")) {
            Some(outline) => outline.len() as u64,
            None => SHAPE,
        };
        let opacity = element.get("opacity").filter(|opacity| !matches!(*opacity, "1" | "1.0" | "100%"));
        let layers = [opacity, element.get("clip-path").filter(|clip| *clip != "none")];
        let mut cost = Cost {
            drawn: 1,
            outlines: outline,
            lines: if has_line { outline } else { 0 },
            layers: layers.iter().flatten().map(|_| 1).sum(),
            depth: 0,
        };
        for child in &element.children {
            cost.add(self.element(child, has_line, depth + 1)?);
        }
        for id in references(element) {
            cost.add(self.target(id, element, has_line, depth + 1)?);
        }
        // A part that was counted elsewhere, higher up, may be too deep here.
        if depth + cost.depth > MAX_DEPTH { Err(too_deep()) } else { Ok(cost) }
    }

    /// Whether a text is the width of a line that can be drawn.
    fn is_line_width(&self, text: &str) -> bool {
        let number = text.strip_suffix("px").unwrap_or(text).parse::<f32>();
        number.is_ok_and(|width| (0.0..=self.widest_line).contains(&width))
    }

    /// The cost of what `#id` is. Of something that is not there: nothing.
    fn target(&mut self, id: &'a str, from: &Element, has_line: bool, depth: usize) -> Result<Cost, SvgError> {
        let Some(element) = self.ids.get(id).copied() else { return Ok(Cost::default()) };
        match self.targets.get(&(id, has_line)) {
            Some(Target::Known(cost)) => return Ok(*cost),
            Some(Target::Open) => {
                return Err(Problem::Loop(id.to_owned()).at(self.text, from.start));
            }
            None => {}
        }
        self.targets.insert((id, has_line), Target::Open);
        let cost = self.element(element, has_line, depth)?;
        self.targets.insert((id, has_line), Target::Known(cost));
        Ok(cost)
    }
}

/// The ids that an element refers to.
fn references(element: &Element) -> impl Iterator<Item = &str> {
    element.attributes.iter().filter_map(|(name, value)| match *name {
        "href" => value.strip_prefix('#'),
        _ => value.strip_prefix("url(#")?.strip_suffix(')'),
    })
}
