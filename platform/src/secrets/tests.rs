use super::*;
use crate::ambient::Ambient;

fn keys(entries: &[&str]) -> SecretKeys {
    SecretKeys::parse(entries.iter().copied()).unwrap()
}

/// A key that is `byte` 32 times.
fn entry(id: &str, byte: u8) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    format!("{id}:{}", STANDARD.encode([byte; 32]))
}

#[test]
fn what_was_sealed_opens_at_its_place_only() {
    let ambient = Ambient::system();
    let keys = keys(&[&entry("a", 1)]);
    let sealed = keys.seal("totp/acme/olga", b"seed", &ambient);
    assert_eq!(keys.open("totp/acme/olga", &sealed).unwrap(), b"seed");
    for elsewhere in ["totp/globex/olga", "totp/acme/max", "webhook/acme/olga", ""] {
        assert_eq!(keys.open(elsewhere, &sealed), Err(SecretError::Refused), "{elsewhere}");
    }
    let again = keys.seal("totp/acme/olga", b"seed", &ambient);
    assert_ne!(sealed, again, "no two seals are alike");
    assert!(!sealed.as_bytes().windows(4).any(|bytes| bytes == b"seed"));
    let empty = keys.seal("x", b"", &ambient);
    assert_eq!(keys.open("x", &empty).unwrap(), b"");
}

#[test]
fn every_changed_bit_and_every_cut_is_noticed() {
    let ambient = Ambient::system();
    let keys = keys(&[&entry("a", 1)]);
    let bytes = keys.seal("place", b"seed", &ambient).as_bytes().to_vec();
    for index in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[index] ^= 1 << bit;
            assert!(keys.open("place", &Sealed::from_bytes(changed)).is_err(), "bit {bit} of byte {index}");
        }
        let cut = bytes[..index].to_vec();
        assert_eq!(keys.open("place", &Sealed::from_bytes(cut)), Err(SecretError::Refused), "cut at {index}");
    }
}

#[test]
fn parts_of_two_envelopes_do_not_go_together() {
    let ambient = Ambient::system();
    let keys = keys(&[&entry("a", 1)]);
    let [one, two] = ["one", "two"].map(|plain| keys.seal("place", plain.as_bytes(), &ambient).as_bytes().to_vec());
    let cut = 3 + 12 + 48;
    let mixed = [&one[..cut], &two[cut..]].concat();
    assert_eq!(keys.open("place", &Sealed::from_bytes(mixed)), Err(SecretError::Refused));
}

#[test]
fn keys_rotate() {
    let ambient = Ambient::system();
    let (old, new) = (entry("old", 1), entry("new", 2));
    let before = keys(&[&old]);
    let sealed = before.seal("place", b"seed", &ambient);
    let during = keys(&[&new, &old]);
    assert_eq!(during.current_id(), "new");
    assert_eq!(during.open("place", &sealed).unwrap(), b"seed");
    assert_eq!(during.reseal("elsewhere", &sealed, &ambient), Err(SecretError::Refused));
    let resealed = during.reseal("place", &sealed, &ambient).unwrap().unwrap();
    assert_eq!(during.reseal("place", &resealed, &ambient).unwrap(), None);
    let after = keys(&[&new]);
    assert_eq!(after.open("place", &resealed).unwrap(), b"seed");
    let error = after.open("place", &sealed).unwrap_err();
    assert_eq!(error, SecretError::MissingKey("old".to_owned()));
    assert!(error.to_string().contains("“old”"));
    // The right id with another key.
    assert_eq!(keys(&[&entry("old", 3)]).open("place", &sealed), Err(SecretError::Refused));
}

#[test]
fn derived_keys_differ_by_label_and_master_key() {
    let keys = keys(&[&entry("a", 1), &entry("b", 2)]);
    let audit = keys.derive("a", "audit").unwrap();
    assert_eq!(keys.derive("a", "audit"), Some(audit));
    assert_ne!(keys.derive("a", "other"), Some(audit));
    assert_ne!(keys.derive("b", "audit"), Some(audit));
    assert_ne!(audit, [1; 32]);
    assert_eq!(keys.derive("c", "audit"), None);
}

#[test]
fn mistakes_in_keys_are_named_without_showing_them() {
    let wrong = |entries: &[&str]| SecretKeys::parse(entries.iter().copied()).unwrap_err();
    assert_eq!(wrong(&[]), KeysError::None);
    let good = entry("a", 1);
    let long_id = entry(&"x".repeat(33), 1);
    for bad in ["", "hunter2", ":aGk=", "a b:aGk=", &long_id] {
        assert_eq!(wrong(&[&good, bad]), KeysError::Form(2), "{bad}");
    }
    for bad in ["b:", "b:hunter2", "b:aGk="] {
        assert_eq!(wrong(&[&good, bad]), KeysError::Length("b".to_owned()), "{bad}");
    }
    assert_eq!(wrong(&[&good, &entry("a", 2)]), KeysError::Twice("a".to_owned()));
}

#[test]
fn a_new_entry_is_one_and_debug_shows_no_key() {
    let ambient = Ambient::system();
    let [one, two] = [SecretKeys::new_entry(&ambient), SecretKeys::new_entry(&ambient)];
    assert_ne!(one, two);
    let parsed = keys(&[&one]);
    let (id, key) = one.split_once(':').unwrap();
    assert_eq!(parsed.current_id(), id);
    let debug = format!("{parsed:?}");
    assert!(debug.contains(id) && !debug.contains(key), "{debug}");
    let sealed = format!("{:?}", parsed.seal("place", b"seed", &ambient));
    assert_eq!(sealed, format!("Sealed({id})"));
}
