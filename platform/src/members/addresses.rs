//! Addresses as people paste them: from a mail's head, a spreadsheet, a chat.

use crate::identity::{EmailAddress, email::EmailError};

/// One of several addresses that were typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// As it was typed.
    pub typed: String,
    /// What it is.
    pub address: Result<EmailAddress, EmailError>,
}

/// Reads addresses with commas, semicolons, spaces or line ends between them, each alone or as `Name <address>`. One
/// that stands twice is read once.
pub fn read_addresses(text: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for part in parts(text) {
        for typed in candidates(&part) {
            let entry = Entry { address: EmailAddress::parse(&typed), typed };
            let is_there = entries.iter().any(|other| match (&other.address, &entry.address) {
                (Ok(one), Ok(two)) => one.key() == two.key(),
                _ => other.typed == entry.typed,
            });
            if !is_there {
                entries.push(entry);
            }
        }
    }
    entries
}

/// What stands between separators; those inside quotes, as in `"Lee, Ann" <ann@company.example>`, are none.
fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut is_quoted = false;
    for sign in text.chars() {
        match sign {
            '\n' | '\r' => {
                is_quoted = false;
                parts.push(String::new());
            }
            ',' | ';' if !is_quoted => parts.push(String::new()),
            _ => {
                if sign == '"' {
                    is_quoted = !is_quoted;
                }
                if let Some(last) = parts.last_mut() {
                    last.push(sign);
                }
            }
        }
    }
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// What may be addresses in a part: what stands in angle brackets, or else each word.
fn candidates(part: &str) -> Vec<String> {
    let mut rest = part;
    let mut found = Vec::new();
    while let Some((before, after)) = rest.split_once('<') {
        let Some((inside, behind)) = after.split_once('>') else { break };
        // "a@x.test Bob <b@x.test>": a word with an @ before the brackets is an address of its own, a name is not.
        found.extend(
            before.split_whitespace().filter(|word| word.contains('@') && !word.contains('"')).map(str::to_owned),
        );
        found.push(inside.trim().to_owned());
        rest = behind;
    }
    if found.is_empty() && !rest.contains('@') {
        // Several words that are no address are one mistake, not several.
        return vec![rest.trim().to_owned()];
    }
    found.extend(rest.split_whitespace().map(str::to_owned));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let entries = read_addresses(text).into_iter();
        entries
            .map(|entry| entry.address.map_or(format!("BAD {}", entry.typed), |address| address.to_string()))
            .collect()
    }

    #[test]
    fn the_usual_separators_are_understood() {
        let text = "a@x.test, b@x.test;c@x.test\r\nd@x.test e@x.test\n\n,;";
        assert_eq!(read(text), ["a@x.test", "b@x.test", "c@x.test", "d@x.test", "e@x.test"]);
        assert_eq!(read(" \n ,"), Vec::<String>::new());
    }

    #[test]
    fn names_beside_addresses_are_left_out() {
        let text = "Ann Lee <ann@x.test>, \"Okafor, Dana\" <dana@x.test>\nBob <bob@x.test> Eve <eve@x.test> f@x.test";
        assert_eq!(read(text), ["ann@x.test", "dana@x.test", "bob@x.test", "eve@x.test", "f@x.test"]);
    }

    #[test]
    fn mistakes_are_kept_as_they_were_typed() {
        assert_eq!(read("Ann Lee, b@x.test, c@, <d>"), ["BAD Ann Lee", "b@x.test", "BAD c@", "BAD d"]);
        assert_eq!(read("<a@x.test"), ["BAD <a@x.test"]);
    }

    #[test]
    fn an_address_is_read_once() {
        assert_eq!(read("a@x.test A@X.test\na@x.test"), ["a@x.test"]);
    }
}
