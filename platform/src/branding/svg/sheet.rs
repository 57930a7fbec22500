//! Style sheets of an SVG: simple rules, taken apart into what each element gets of them.
//!
//! Drawing programs write `.cls-1{fill:#e34234}`. Names, classes and ids are taken as selectors, so what applies to an
//! element is looked up, and what it refers to is known before anything is drawn.

use std::collections::HashMap;

use super::{
    allowed::{self, BadValue, Verdict},
    problem::Problem,
};

/// The most rules of a file.
const MAX_RULES: usize = 500;

/// A property and its value, both as written anew.
pub(super) type Declaration = (&'static str, String);

/// All rules of a file.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    rules: usize,
    everything: Vec<(usize, Declaration)>,
    names: HashMap<String, Vec<(usize, Declaration)>>,
    classes: HashMap<String, Vec<(usize, Declaration)>>,
    ids: HashMap<String, Vec<(usize, Declaration)>>,
}

impl Sheet {
    /// Adds the rules of a `<style>`.
    pub(super) fn add(&mut self, text: &str) -> Result<(), Problem> {
        let text = without_comments(text)?;
        let mut rest = text.trim();
        while !rest.is_empty() {
            if rest.starts_with('@') {
                let name = rest.split(|sign: char| sign.is_whitespace() || "({;".contains(sign)).next();
                return Err(Problem::AtRule(shortened(name.unwrap_or(rest))));
            }
            let (selectors, after) = rest.split_once('{').ok_or(Problem::Sheet)?;
            let (body, after) = after.split_once('}').ok_or(Problem::Sheet)?;
            let declarations = declarations(body, "style")?;
            for selector in selectors.split(',') {
                self.add_rule(selector.trim(), &declarations)?;
            }
            rest = after.trim_start();
        }
        Ok(())
    }

    fn add_rule(&mut self, selector: &str, declarations: &[Declaration]) -> Result<(), Problem> {
        self.rules += 1;
        let is_name = |name: &str| {
            !name.is_empty() && name.chars().all(|sign| sign.is_alphanumeric() || matches!(sign, '_' | '-'))
        };
        let simple = selector.trim_start_matches(['.', '#']);
        if self.rules > MAX_RULES || (selector != "*" && !is_name(simple)) {
            return Err(Problem::Selector(shortened(selector)));
        }
        let list = match selector.strip_suffix(simple) {
            _ if selector == "*" => &mut self.everything,
            Some(".") => self.classes.entry(simple.to_owned()).or_default(),
            Some("#") => self.ids.entry(simple.to_owned()).or_default(),
            Some("") => self.names.entry(simple.to_owned()).or_default(),
            _ => return Err(Problem::Selector(shortened(selector))),
        };
        for declaration in declarations {
            // Of the same selector, the last one counts: the list stays as short as there are properties.
            list.retain(|(_, (name, _))| *name != declaration.0);
            list.push((self.rules, declaration.clone()));
        }
        Ok(())
    }

    /// What applies to an element, the weakest first.
    pub(super) fn of(&self, name: &str, classes: &str, id: Option<&str>) -> impl Iterator<Item = &Declaration> {
        let mut of_classes: Vec<_> =
            classes.split_whitespace().take(16).filter_map(|class| self.classes.get(class)).flatten().collect();
        of_classes.sort_by_key(|(order, _)| *order);
        let others = [Some(&self.everything), self.names.get(name)];
        let of_id = id.and_then(|id| self.ids.get(id));
        others.into_iter().flatten().flatten().chain(of_classes).chain(of_id.into_iter().flatten()).map(|(_, it)| it)
    }
}

/// The declarations of a rule, or of the attribute `style` of an `element`.
pub(super) fn declarations(text: &str, element: &str) -> Result<Vec<Declaration>, Problem> {
    let text = without_comments(text)?;
    let mut declarations = Vec::new();
    for declaration in text.split(';').map(str::trim).filter(|declaration| !declaration.is_empty()) {
        let (name, value) = declaration.split_once(':').ok_or(Problem::Sheet)?;
        let name = name.trim().to_ascii_lowercase();
        match allowed::property(&name) {
            Verdict::Keep(property) => declarations.push((property, checked(property, value, element)?)),
            verdict => refused(verdict, &name, value, element)?,
        }
    }
    Ok(declarations)
}

/// The value of an attribute or property, checked.
pub(super) fn checked(name: &str, value: &str, element: &str) -> Result<String, Problem> {
    allowed::value(name, value).map_err(|bad| {
        let (name, element) = (name.to_owned(), element.to_owned());
        match bad {
            BadValue::Outside => Problem::Outside { name, element },
            BadValue::Form => Problem::Value { name, element },
        }
    })
}

/// What follows from an attribute or property that is not kept: nothing, where it may be left out.
pub(super) fn refused(verdict: Verdict, name: &str, value: &str, element: &str) -> Result<(), Problem> {
    let (name, element) = (shortened(name), element.to_owned());
    match verdict {
        Verdict::Keep(_) | Verdict::Drop => Ok(()),
        Verdict::Only(only) if value.trim() == only => Ok(()),
        Verdict::Only(only) => Err(Problem::Only { name, element, only }),
        Verdict::Refuse => Err(Problem::Attribute { name, element }),
    }
}

fn without_comments(text: &str) -> Result<String, Problem> {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/*") {
        kept.push_str(before);
        kept.push(' ');
        rest = after.split_once("*/").ok_or(Problem::Sheet)?.1;
    }
    kept.push_str(rest);
    Ok(kept)
}

/// A name for a message, which a file may have made very long.
pub(super) fn shortened(name: &str) -> String {
    const LENGTH: usize = 40;
    if name.chars().count() <= LENGTH {
        return name.to_owned();
    }
    name.chars().take(LENGTH).chain(['…']).collect()
}
