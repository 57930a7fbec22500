//! What a picture would cost to draw, counted before it is drawn: elements that refer to others multiply.

use std::collections::HashMap;

use super::{
    problem::{Problem, SvgError},
    tree::{Element, MAX_DEPTH},
};

/// The most elements, each counted as often as it is drawn.
const MAX_DRAWN: u64 = 4000;
/// The most bytes of outlines, each counted as often as it is drawn.
const MAX_OUTLINES: u64 = 256 * 1024;
/// The most layers, each of which is a picture of its own: parts with an opacity or a clipping path.
const MAX_LAYERS: u64 = 100;

/// What an element costs with all that is in it and all that it refers to.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    drawn: u64,
    outlines: u64,
    layers: u64,
    depth: usize,
}

impl Cost {
    fn add(&mut self, part: Self) {
        self.drawn = self.drawn.saturating_add(part.drawn);
        self.outlines = self.outlines.saturating_add(part.outlines);
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
    ids: HashMap<&'a str, &'a Element>,
    targets: HashMap<&'a str, Target>,
}

/// Counts.
///
/// # Errors
/// [`SvgError::TooComplex`], or a [`Problem`] for what refers to itself.
pub(super) fn check(root: &Element) -> Result<(), SvgError> {
    let mut count = Count { ids: HashMap::new(), targets: HashMap::new() };
    collect(root, &mut count.ids);
    let cost = count.element(root, 0)?;
    if cost.drawn > MAX_DRAWN {
        return Err(SvgError::TooComplex("it would draw too many elements"));
    }
    if cost.outlines > MAX_OUTLINES {
        return Err(SvgError::TooComplex("its outlines are too long"));
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
    fn element(&mut self, element: &'a Element, depth: usize) -> Result<Cost, SvgError> {
        let too_deep = || SvgError::At { line: element.line, problem: Problem::TooDeep };
        if depth > MAX_DEPTH {
            return Err(too_deep());
        }
        let outlines = [element.get("d"), element.get("points")];
        let opacity = element.get("opacity").filter(|opacity| !matches!(*opacity, "1" | "1.0" | "100%"));
        let layers = [opacity, element.get("clip-path").filter(|clip| *clip != "none")];
        let mut cost = Cost {
            drawn: 1,
            outlines: outlines.into_iter().flatten().map(|outline| outline.len() as u64).sum(),
            layers: layers.iter().flatten().map(|_| 1).sum(),
            depth: 0,
        };
        for child in &element.children {
            cost.add(self.element(child, depth + 1)?);
        }
        for id in references(element) {
            cost.add(self.target(id, element, depth + 1)?);
        }
        // A part that was counted elsewhere, higher up, may be too deep here.
        if depth + cost.depth > MAX_DEPTH { Err(too_deep()) } else { Ok(cost) }
    }

    /// The cost of what `#id` is. Of something that is not there: nothing.
    fn target(&mut self, id: &'a str, from: &Element, depth: usize) -> Result<Cost, SvgError> {
        let Some(element) = self.ids.get(id).copied() else { return Ok(Cost::default()) };
        match self.targets.get(id) {
            Some(Target::Known(cost)) => return Ok(*cost),
            Some(Target::Open) => {
                return Err(SvgError::At { line: from.line, problem: Problem::Loop(id.to_owned()) });
            }
            None => {}
        }
        self.targets.insert(id, Target::Open);
        let cost = self.element(element, depth)?;
        self.targets.insert(id, Target::Known(cost));
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
