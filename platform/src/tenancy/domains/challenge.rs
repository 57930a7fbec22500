//! The proof that a domain is a tenant's: a TXT record that only its owner can set.

use super::dns::{Dns, DnsFailure};
use crate::ambient::Ambient;

/// What stands before the domain in the record's name. A name of its own, so that the record can stand beside a CNAME.
pub(super) const RECORD_LABEL: &str = "_rowhouse-challenge";
/// What stands before the token in the record's value.
const VALUE_PREFIX: &str = "rowhouse-verification=";
/// Letters and digits of a token.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Characters of what was found that are kept.
const MOST_DETAIL: usize = 300;

/// The record that proves a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Its name, such as `_rowhouse-challenge.help.acme.example`.
    pub record: String,
    /// What it must hold.
    pub value: String,
}

/// What a check found wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// In one word.
    pub kind: FindingKind,
    /// What was found, where something was: values, or a server's words.
    pub detail: String,
}

/// What can be wrong with a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingKind {
    /// The record's name does not exist.
    NoSuchName,
    /// The name exists and has no TXT record.
    NoRecord,
    /// The TXT record holds something else.
    WrongValue,
    /// The DNS server says that it cannot answer.
    ServerFailure,
    /// No DNS server answered in time.
    Timeout,
    /// DNS could not be asked.
    Unreachable,
    /// The proof is there, and another workspace has the domain.
    Taken,
}

impl FindingKind {
    const ALL: [(Self, &'static str); 7] = [
        (Self::NoSuchName, "no_such_name"),
        (Self::NoRecord, "no_record"),
        (Self::WrongValue, "wrong_value"),
        (Self::ServerFailure, "server_failure"),
        (Self::Timeout, "timeout"),
        (Self::Unreachable, "unreachable"),
        (Self::Taken, "taken"),
    ];

    /// The word kept in the database.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|row| row.0 == self).map_or("", |row| row.1)
    }

    /// Reads the word kept in the database.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|row| row.1 == word).map(|row| row.0)
    }

    /// Whether DNS answered, and the proof is not there. Otherwise nobody knows whether it is.
    pub fn is_certain(self) -> bool {
        matches!(self, Self::NoSuchName | Self::NoRecord | Self::WrongValue)
    }
}

impl Challenge {
    /// The record that proves `host` with the token that the tenant was given for it.
    pub fn new(host: &str, token: &str) -> Self {
        Self::labelled(RECORD_LABEL, host, token)
    }

    /// The record of another kind of proof, whose name begins with `label`: what proves the one proves nothing else.
    pub(crate) fn labelled(label: &str, host: &str, token: &str) -> Self {
        Self { record: format!("{label}.{host}"), value: format!("{VALUE_PREFIX}{token}") }
    }

    /// Looks for the record. `None`: it is there.
    pub(crate) async fn look(&self, dns: &Dns) -> Option<Finding> {
        match dns.txt(&self.record).await {
            Ok(values) => self.judge(&values),
            Err(failure) => Some(Finding::from(failure)),
        }
    }

    fn judge(&self, values: &[String]) -> Option<Finding> {
        if values.iter().any(|value| value.trim() == self.value) {
            return None;
        }
        let quoted: Vec<String> = values.iter().take(3).map(|value| format!("“{}”", printable(value, 80))).collect();
        let more = values.len().saturating_sub(3);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let detail = printable(&format!("{}{more}", quoted.join(", ")), MOST_DETAIL);
        Some(Finding { kind: FindingKind::WrongValue, detail })
    }

    /// A finding in words for the person who set the record.
    pub fn explain(&self, finding: &Finding) -> String {
        let Self { record, value } = self;
        let detail = &finding.detail;
        match finding.kind {
            FindingKind::NoSuchName => format!(
                "{record} does not exist yet. Expected there: a TXT record with “{value}”. New records can take a \
                 while to be seen everywhere."
            ),
            FindingKind::NoRecord => {
                format!("{record} exists and has no TXT record. Expected there: a TXT record with “{value}”.")
            }
            FindingKind::WrongValue => format!("The TXT record at {record} holds {detail}. Expected: “{value}”."),
            FindingKind::ServerFailure => format!(
                "The DNS server was asked for {record} and answered with an error ({detail}). This is a fault of the \
                 domain's DNS, often of DNSSEC; the record itself could not be looked at."
            ),
            FindingKind::Timeout => format!(
                "No DNS server answered in time when asked for {record}. Check that the domain's name servers work, \
                 and try again later."
            ),
            FindingKind::Unreachable => {
                format!("DNS could not be asked for {record} ({detail}). This is not your fault; try again later.")
            }
            FindingKind::Taken => "The record is right. The domain is already in use by another workspace; remove it \
                                   there first."
                .to_owned(),
        }
    }
}

impl From<DnsFailure> for Finding {
    fn from(failure: DnsFailure) -> Self {
        let (kind, detail) = match failure {
            DnsFailure::NoSuchName => (FindingKind::NoSuchName, String::new()),
            DnsFailure::NoRecord => (FindingKind::NoRecord, String::new()),
            DnsFailure::Server(code) => (FindingKind::ServerFailure, code),
            DnsFailure::Timeout => (FindingKind::Timeout, String::new()),
            DnsFailure::Unreachable(why) => (FindingKind::Unreachable, why),
        };
        Self { kind, detail: printable(&detail, MOST_DETAIL) }
    }
}

/// Text from outside, fit for a page and a column: no control characters, bounded.
fn printable(text: &str, most: usize) -> String {
    let mut printed: String = text
        .chars()
        .map(|sign| if sign.is_control() { char::REPLACEMENT_CHARACTER } else { sign })
        .take(most)
        .collect();
    if text.chars().count() > most {
        printed.push('…');
    }
    printed
}

/// A token: 200 random bits.
pub(crate) fn token(ambient: &Ambient) -> String {
    let letters = ambient.bytes::<40>().map(|byte| char::from(ALPHABET[usize::from(byte & 31)]));
    letters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge() -> Challenge {
        Challenge::new("help.acme.test", "abc")
    }

    #[test]
    fn one_right_value_among_others_is_enough() {
        let values = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        assert_eq!(challenge().judge(&values(&["v=spf1 -all", " rowhouse-verification=abc "])), None);
        for wrong in ["abc", "rowhouse-verification=abcd", "rowhouse-verification=ABC", "rowhouse-verification =abc"] {
            let finding = challenge().judge(&values(&[wrong])).unwrap();
            assert_eq!(finding.kind, FindingKind::WrongValue);
            let words = challenge().explain(&finding);
            assert!(words.contains("_rowhouse-challenge.help.acme.test"), "{words}");
            assert!(words.contains(&format!("“{wrong}”")), "{words}");
            assert!(words.contains("“rowhouse-verification=abc”"), "{words}");
        }
        let many = values(&["a", "b", "c", "d\n", "e"]);
        assert_eq!(challenge().judge(&many).unwrap().detail, "“a”, “b”, “c” and 2 more");
    }

    #[test]
    fn what_others_wrote_is_bounded() {
        let finding = challenge().judge(&["x\u{7}".repeat(4000)]).unwrap();
        assert!(finding.detail.chars().count() < 100);
        assert!(!finding.detail.contains('\u{7}'));
    }

    #[test]
    fn only_an_answer_is_certain() {
        for (kind, word) in FindingKind::ALL {
            assert_eq!(FindingKind::parse(word), Some(kind));
        }
        let certain = FindingKind::ALL.map(|(kind, _)| kind.is_certain());
        assert_eq!(certain, [true, true, true, false, false, false, false]);
    }

    #[test]
    fn tokens_are_long_and_differ() {
        let ambient = Ambient::system();
        let (one, other) = (token(&ambient), token(&ambient));
        assert_eq!(one.len(), 40);
        assert_ne!(one, other);
    }
}
