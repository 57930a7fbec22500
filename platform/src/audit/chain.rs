//! The chain: what is authenticated of a record, and with which key.

use std::{fmt, sync::Arc};

use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::secrets::SecretKeys;

/// Of the keys that are made from a master key, the audit log's.
const KEY_LABEL: &str = "audit log";
/// Says what the bytes are that follow, so that no other use of the key can be mistaken for a record.
const DOMAIN: &[u8] = b"rowhouse audit record 1\0";

/// A key that records are authenticated with, and its id, which stands in each record.
#[derive(Clone)]
pub struct AuditKey {
    id: String,
    key: [u8; 32],
}

impl AuditKey {
    /// A key under its id.
    pub fn new(id: impl Into<String>, key: [u8; 32]) -> Self {
        Self { id: id.into(), key }
    }
}

/// The keys of the audit log: new records are made with the first, older ones may have been made with the others. Cheap
/// to clone.
#[derive(Clone)]
pub struct AuditKeys {
    current: Arc<AuditKey>,
    earlier: Arc<[AuditKey]>,
}

impl fmt::Debug for AuditKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entry(&self.current.id).entries(self.earlier.iter().map(|key| &key.id)).finish()
    }
}

impl AuditKeys {
    /// Makes records with `current` and checks those of `earlier` too.
    pub fn new(current: AuditKey, earlier: Vec<AuditKey>) -> Self {
        Self { current: Arc::new(current), earlier: earlier.into() }
    }

    /// The keys that follow from the server's master keys, under the same ids.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "SecretKeys holds at least one key, and derives from each of its ids"
    )]
    pub fn of(secrets: &SecretKeys) -> Self {
        let derived = |id: &str| Some(AuditKey::new(id, secrets.derive(id, KEY_LABEL)?));
        let mut keys = secrets.ids().filter_map(derived);
        let current = keys.next().expect("a current key");
        Self::new(current, keys.collect())
    }

    /// The id of the key that new records are made with.
    pub fn current_id(&self) -> &str {
        &self.current.id
    }

    fn find(&self, id: &str) -> Option<&AuditKey> {
        std::iter::once(&*self.current).chain(self.earlier.iter()).find(|key| key.id == id)
    }
}

/// A record as it stands in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) tenant_id: Uuid,
    pub(super) seq: i64,
    pub(super) id: Uuid,
    pub(super) at: OffsetDateTime,
    pub(super) action: String,
    pub(super) actor_kind: String,
    pub(super) actor_id: Option<Uuid>,
    pub(super) actor_name: Option<String>,
    pub(super) actor_email: Option<String>,
    pub(super) target_kind: Option<String>,
    pub(super) target_id: Option<String>,
    pub(super) target_label: Option<String>,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) address: String,
    pub(super) user_agent: String,
    pub(super) request_id: String,
    pub(super) mac: Vec<u8>,
    pub(super) key_id: String,
}

/// What came of checking a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is as it was made, and follows the record it followed then.
    Good,
    /// It was changed, or it does not belong where it stands.
    Forged,
    /// The configuration does not have its key.
    UnknownKey,
}

impl Record {
    /// Authenticates the record as the one after `previous`, the mac before it.
    pub(super) fn seal(&mut self, keys: &AuditKeys, previous: &[u8]) {
        self.key_id.clone_from(&keys.current.id);
        self.mac = self.code(&keys.current, previous).finalize().into_bytes().to_vec();
    }

    /// Whether the record is what was made after `previous`.
    pub(super) fn check(&self, keys: &AuditKeys, previous: &[u8]) -> Verdict {
        let Some(key) = keys.find(&self.key_id) else { return Verdict::UnknownKey };
        match self.code(key, previous).verify_slice(&self.mac) {
            Ok(()) => Verdict::Good,
            Err(_) => Verdict::Forged,
        }
    }

    /// Every column but the mac itself, each with its length, so that no two records have the same bytes.
    fn code(&self, key: &AuditKey, previous: &[u8]) -> Hmac<Sha256> {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mut code = Hmac::<Sha256>::new_from_slice(&key.key).expect("a key of 32 bytes");
        code.update(DOMAIN);
        let text = |text: &'_ Option<String>| text.as_ref().map(|text| text.as_bytes().to_vec());
        let fields = [
            Some(previous.to_vec()),
            Some(self.tenant_id.as_bytes().to_vec()),
            Some(self.seq.to_be_bytes().to_vec()),
            Some(self.id.as_bytes().to_vec()),
            Some(self.at.unix_timestamp_nanos().to_be_bytes().to_vec()),
            Some(self.action.as_bytes().to_vec()),
            Some(self.actor_kind.as_bytes().to_vec()),
            self.actor_id.map(|id| id.as_bytes().to_vec()),
            text(&self.actor_name),
            text(&self.actor_email),
            text(&self.target_kind),
            text(&self.target_id),
            text(&self.target_label),
            text(&self.before),
            text(&self.after),
            text(&self.reason),
            Some(self.address.as_bytes().to_vec()),
            Some(self.user_agent.as_bytes().to_vec()),
            Some(self.request_id.as_bytes().to_vec()),
            Some(self.key_id.as_bytes().to_vec()),
        ];
        for field in fields {
            match field {
                None => code.update(&[0]),
                Some(bytes) => {
                    code.update(&[1]);
                    code.update(&(bytes.len() as u64).to_be_bytes());
                    code.update(&bytes);
                }
            }
        }
        code
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn record() -> Record {
        Record {
            tenant_id: Uuid::from_u128(1),
            seq: 7,
            id: Uuid::from_u128(2),
            at: datetime!(2026-06-01 12:00:00.000_001 UTC),
            action: "member.invited".to_owned(),
            actor_kind: "person".to_owned(),
            actor_id: Some(Uuid::from_u128(3)),
            actor_name: Some("Olga".to_owned()),
            actor_email: Some("olga@acme.test".to_owned()),
            target_kind: Some("invitation".to_owned()),
            target_id: Some("4".to_owned()),
            target_label: Some("max@acme.test".to_owned()),
            before: None,
            after: Some(r#"{"role":"agent"}"#.to_owned()),
            reason: None,
            address: "192.0.2.1".to_owned(),
            user_agent: "test".to_owned(),
            request_id: "r".to_owned(),
            mac: Vec::new(),
            key_id: String::new(),
        }
    }

    #[test]
    fn a_record_is_good_in_its_place_alone() {
        let first = AuditKey::new("1", [1; 32]);
        let keys = AuditKeys::new(first.clone(), Vec::new());
        let mut sealed = record();
        sealed.seal(&keys, b"before");
        assert_eq!(sealed.check(&keys, b"before"), Verdict::Good);
        assert_eq!(sealed.check(&keys, b"another"), Verdict::Forged);
        let rotated = AuditKeys::new(AuditKey::new("2", [2; 32]), vec![first]);
        assert_eq!(sealed.check(&rotated, b"before"), Verdict::Good);
        let stranger = AuditKeys::new(AuditKey::new("1", [9; 32]), Vec::new());
        assert_eq!(sealed.check(&stranger, b"before"), Verdict::Forged);
        let other = AuditKeys::new(AuditKey::new("3", [1; 32]), Vec::new());
        assert_eq!(sealed.check(&other, b"before"), Verdict::UnknownKey);
    }

    #[test]
    fn what_stands_in_one_column_cannot_be_moved_to_the_next() {
        let keys = AuditKeys::new(AuditKey::new("1", [1; 32]), Vec::new());
        let mut sealed = record();
        sealed.seal(&keys, &[]);
        let changes: [fn(&mut Record); 6] = [
            |record| record.target_id = Some("4m".to_owned()),
            |record| (record.target_id, record.target_label) = (Some("4m".to_owned()), Some("ax@acme.test".to_owned())),
            |record| record.before = Some(String::new()),
            |record| (record.before, record.after) = (record.after.clone(), None),
            |record| record.at += time::Duration::microseconds(1),
            |record| record.after = Some(r#"{"role": "agent"}"#.to_owned()),
        ];
        for change in changes {
            let mut changed = sealed.clone();
            change(&mut changed);
            assert_eq!(changed.check(&keys, &[]), Verdict::Forged, "{changed:?}");
        }
    }

    #[test]
    fn keys_are_not_shown() {
        let keys = AuditKeys::new(AuditKey::new("now", [7; 32]), vec![AuditKey::new("then", [8; 32])]);
        assert_eq!(format!("{keys:?}"), r#"["now", "then"]"#);
    }
}
