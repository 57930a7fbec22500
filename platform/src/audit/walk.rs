//! Going through a chain from its first kept record to its last, and saying what is not as it was written.

use super::{
    Action, AuditKeys,
    chain::{Record, Verdict},
};
use crate::hex;

/// Findings of one chain that are told in words; the others are counted.
const TOLD: usize = 50;

/// A place in a chain: a record's number and mac.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// The record's number; 0 before the first.
    pub seq: i64,
    /// Its mac; empty before the first.
    pub mac: Vec<u8>,
}

/// Text that is not an anchor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not of the form NUMBER:MAC, with 64 hexadecimal digits")]
pub struct AnchorError(String);

impl std::fmt::Display for Anchor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.seq, hex::encode(&self.mac))
    }
}

impl std::str::FromStr for Anchor {
    type Err = AnchorError;

    fn from_str(text: &str) -> Result<Self, AnchorError> {
        let error = || AnchorError(text.to_owned());
        let (seq, mac) = text.trim().split_once(':').ok_or_else(error)?;
        let seq = seq.parse().ok().filter(|seq| *seq >= 0).ok_or_else(error)?;
        let mac = hex::decode(mac).filter(|mac| mac.len() == if seq == 0 { 0 } else { 32 }).ok_or_else(error)?;
        Ok(Self { seq, mac })
    }
}

/// What the database says of a chain beside its records.
#[derive(Debug, Clone)]
pub(super) struct Head {
    /// The newest record.
    pub(super) newest: Anchor,
    /// The oldest record that is kept.
    pub(super) first_seq: i64,
    /// The mac of the one before it.
    pub(super) anchor: Vec<u8>,
}

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The record it is about.
    pub seq: i64,
    /// What is wrong, in words.
    pub what: String,
}

/// What came of going through a chain.
#[derive(Debug, Clone)]
pub struct ChainReport {
    /// How many records there are.
    pub records: u64,
    /// The oldest record that is kept.
    pub first_seq: i64,
    /// The newest record.
    pub head: Anchor,
    /// What is wrong; nothing where all is well.
    pub findings: Vec<Finding>,
    /// How many findings more there are.
    pub further: u64,
}

impl ChainReport {
    /// Whether all is as it was written.
    pub fn is_good(&self) -> bool {
        self.findings.is_empty()
    }
}

/// A walk along a chain, record by record.
pub(super) struct Walk<'a> {
    keys: &'a AuditKeys,
    head: Option<Head>,
    expected_head: Option<&'a Anchor>,
    /// Where the walk is. The mac is not known where a record is missing: then the next one cannot be checked.
    at: i64,
    previous: Option<Vec<u8>>,
    /// What the newest good record of retention says of the beginning of the chain.
    beginning: Anchor,
    seen_expected: bool,
    report: ChainReport,
}

impl<'a> Walk<'a> {
    pub(super) fn new(keys: &'a AuditKeys, head: Option<Head>, expected_head: Option<&'a Anchor>) -> Self {
        let (first_seq, anchor) = head.as_ref().map_or((1, Vec::new()), |head| (head.first_seq, head.anchor.clone()));
        let newest = head.as_ref().map_or(Anchor { seq: 0, mac: Vec::new() }, |head| head.newest.clone());
        Self {
            keys,
            head,
            expected_head,
            at: first_seq - 1,
            previous: Some(anchor),
            beginning: Anchor { seq: 0, mac: Vec::new() },
            seen_expected: false,
            report: ChainReport { records: 0, first_seq, head: newest, findings: Vec::new(), further: 0 },
        }
    }

    fn found(&mut self, seq: i64, what: impl Into<String>) {
        if self.report.findings.len() < TOLD {
            self.report.findings.push(Finding { seq, what: what.into() });
        } else {
            self.report.further += 1;
        }
    }

    fn missing(&mut self, first: i64, last: i64) {
        let what = if first == last {
            "the record is missing".to_owned()
        } else {
            format!("the records {first} to {last} are missing")
        };
        self.found(first, what);
    }

    /// Takes the next record, in the order of numbers.
    pub(super) fn step(&mut self, record: &Record) {
        self.report.records += 1;
        if record.seq <= self.at {
            let what = if record.seq < self.report.first_seq {
                "stands before the first record that is kept"
            } else {
                "its number is there twice"
            };
            self.found(record.seq, what);
            return;
        }
        if record.seq > self.at + 1 {
            self.missing(self.at + 1, record.seq - 1);
            self.previous = None;
        }
        match self.previous.as_deref().map(|previous| record.check(self.keys, previous)) {
            Some(Verdict::Good) => self.beginning_of(record),
            Some(Verdict::Forged) => self.found(
                record.seq,
                "was changed, or is not the record that was written at this place: its mac does not match",
            ),
            Some(Verdict::UnknownKey) => self
                .found(record.seq, format!("cannot be checked: its key “{}” is not among secrets.keys", record.key_id)),
            None => {}
        }
        if self.expected_head.is_some_and(|expected| expected.seq == record.seq && expected.mac == record.mac) {
            self.seen_expected = true;
        }
        self.at = record.seq;
        self.previous = Some(record.mac.clone());
    }

    /// A record of retention says where the chain begins since.
    fn beginning_of(&mut self, record: &Record) {
        if record.action != Action::AuditPruned.as_str() {
            return;
        }
        let after = record.after.as_deref().and_then(|text| serde_json::from_str::<super::prune::Beginning>(text).ok());
        if let Some(beginning) = after
            && let Some(mac) = hex::decode(&beginning.anchor)
        {
            self.beginning = Anchor { seq: beginning.first_record - 1, mac };
        }
    }

    /// Compares the end of the walk with the head, and its beginning with what the chain itself says of it.
    pub(super) fn finish(mut self) -> ChainReport {
        let at = self.at;
        match self.head.clone() {
            None if at == 0 => self.found(1, "the log has no head: all of it was removed, or nothing was recorded yet"),
            None => self.found(at, "the log has no head"),
            Some(head) => {
                let newest = head.newest;
                if at < newest.seq {
                    self.missing(at + 1, newest.seq);
                } else if at > newest.seq {
                    self.found(
                        at,
                        format!("stands behind the head, which says that record {} is the newest", newest.seq),
                    );
                } else if self.previous.as_ref() != Some(&newest.mac) {
                    self.found(at, "the head does not have the mac of the newest record");
                }
                if (Anchor { seq: head.first_seq - 1, mac: head.anchor }) != self.beginning {
                    self.found(
                        head.first_seq,
                        format!(
                            "the log begins here, and by its own records it begins at {}: the oldest were removed, and \
                             not by retention",
                            self.beginning.seq + 1
                        ),
                    );
                }
            }
        }
        if let Some(expected) = self.expected_head {
            self.compare(expected);
        }
        self.report
    }

    fn compare(&mut self, expected: &Anchor) {
        let before_first = self.report.first_seq - 1;
        let is_beginning = expected.seq == before_first
            && self.head.as_ref().map_or(expected.mac.is_empty(), |head| head.anchor == expected.mac);
        if self.seen_expected || is_beginning || expected.seq == 0 {
            return;
        }
        let what = if expected.seq < before_first {
            "the expected head is older than the oldest record that is kept, and cannot be compared"
        } else if expected.seq > self.at {
            "the expected head is missing: the newest records were removed"
        } else {
            "the record is not the expected head: the log was written anew from here or earlier"
        };
        self.found(expected.seq, what);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_is_written_and_read() {
        for anchor in [Anchor { seq: 0, mac: vec![] }, Anchor { seq: 12, mac: vec![0xab; 32] }] {
            assert_eq!(anchor.to_string().parse(), Ok(anchor));
        }
        for bad in [
            "",
            "12",
            "12:",
            "12:ab",
            "-1:",
            "0:00",
            &format!("1:{}", "g".repeat(64)),
            &format!("1:+{}", "a".repeat(63)),
        ] {
            assert!(bad.parse::<Anchor>().is_err(), "{bad}");
        }
    }
}
