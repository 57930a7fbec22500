//! What is asked for, and the SQL that makes it.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Result, bail};

/// Made in one transaction: the schema `seed` with all that the run needs.
pub(super) const SQL: [&str; 6] = [
    include_str!("sql/schema.sql"),
    include_str!("sql/texts.sql"),
    include_str!("sql/tenants.sql"),
    include_str!("sql/fill.sql"),
    include_str!("sql/indexes.sql"),
    include_str!("sql/finish.sql"),
];

/// Words that are used seldom: those of the demonstration tenants' stories.
const STORIES: [&str; 6] = [
    include_str!("../../../src/demo/stories/office.txt"),
    include_str!("../../../src/demo/stories/acme-plant.txt"),
    include_str!("../../../src/demo/stories/acme-customers.txt"),
    include_str!("../../../src/demo/stories/globex-freight.txt"),
    include_str!("../../../src/demo/stories/globex-systems.txt"),
    include_str!("../../../src/demo/stories/initech-platform.txt"),
];
/// Shorter ones are mostly of no meaning.
const SHORTEST_WORD: usize = 5;
/// Each tenant has a few at least.
const FEWEST_EACH: u64 = 20;

/// How many tenants and tickets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) tenants: u32,
    pub(crate) tickets: u64,
    pub(crate) largest: u64,
}

impl Plan {
    /// # Errors
    /// When there are too few tickets for so many tenants.
    pub(crate) fn new(tenants: u32, tickets: u64, largest: Option<u64>) -> Result<Self> {
        let largest = largest.unwrap_or(tickets / 5);
        let others = u64::from(tenants.saturating_sub(1));
        if largest.saturating_add(others * FEWEST_EACH) > tickets {
            bail!("{tickets} tickets are too few: {largest} in the largest tenant, and {FEWEST_EACH} in each other");
        }
        Ok(Self { tenants, tickets, largest })
    }

    /// The statement that begins it.
    pub(super) fn begin(&self) -> String {
        let words = rare_words(&STORIES).join(",");
        format!("CALL seed.begin({}, {}, {}, '{{{words}}}')", self.tenants, self.tickets, self.largest)
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tenants, tickets, largest } = self;
        write!(formatter, "{tickets} tickets in {tenants} tenants, {largest} in the largest")
    }
}

/// The words of texts, in lower case, the most frequent first: letters of English alone, so they need no quotes.
fn rare_words(texts: &[&str]) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for word in texts.iter().flat_map(|text| text.split(|sign: char| !sign.is_ascii_alphabetic())) {
        if word.len() >= SHORTEST_WORD {
            *counts.entry(word.to_ascii_lowercase()).or_default() += 1;
        }
    }
    let mut words: Vec<(String, usize)> = counts.into_iter().collect();
    words.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    words.into_iter().map(|(word, _)| word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fifth_goes_to_the_largest() {
        let plan = Plan::new(1000, 5_000_000, None).expect("enough tickets");
        assert_eq!(plan.largest, 1_000_000);
        assert_eq!(plan.to_string(), "5000000 tickets in 1000 tenants, 1000000 in the largest");
    }

    #[test]
    fn too_few_tickets_are_refused() {
        assert!(Plan::new(10, 200, Some(20)).is_ok());
        assert!(Plan::new(10, 200, Some(21)).is_err());
        assert!(Plan::new(1000, 10_000, None).is_err());
        assert!(Plan::new(2, 100, Some(u64::MAX)).is_err());
    }

    #[test]
    fn rare_words_are_plain_and_in_the_order_of_their_use() {
        assert_eq!(rare_words(&["Invoice {site} of café, invoice", "zebra a-bcdef'"]), ["invoice", "bcdef", "zebra"]);
        let words = rare_words(&STORIES);
        assert!(words.len() > 1000, "{}", words.len());
    }
}
