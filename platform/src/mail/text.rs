//! A letter as plain text. Lines are not wrapped: readers know their width.

use super::{
    draft::{Block, Draft},
    letterhead::Letterhead,
};

pub(super) fn render(letterhead: &Letterhead, draft: &Draft) -> String {
    let mut parts = vec![draft.heading.clone()];
    parts.extend(draft.blocks.iter().map(block));
    let (name, origin, because) = (letterhead.name(), letterhead.origin(), &draft.because);
    format!("{}\n\n-- \n{name}\n{origin}\nYou get this mail because {because}.\n", parts.join("\n\n"))
}

fn block(block: &Block) -> String {
    match block {
        Block::Text(text) | Block::Note(text) | Block::Plain(text) => text.clone(),
        Block::Code(code) => format!("    {code}"),
        Block::Quote(text) => text.lines().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n"),
        Block::Facts(facts) => {
            facts.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("\n")
        }
        Block::Button { label, link } => format!("{label}:\n{link}"),
    }
}
