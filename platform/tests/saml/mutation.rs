//! Changed messages: some thousand mutations of the corpus, the same in each run.

use rand::{Rng as _, SeedableRng as _, seq::IndexedRandom as _};
use rand_chacha::ChaCha8Rng;
use rowhouse_platform::sso::Report;

use super::table::{index, private_key};

const ROUNDS: usize = 4000;
/// What is put into messages: words that mean something to a parser or to the reader.
const WORDS: [&str; 24] = [
    "<",
    ">",
    "\"",
    "'",
    "&",
    "&#0;",
    "&amp;",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<!DOCTYPE a>",
    "<?x?>",
    "/>",
    "</",
    " ID=\"_assertion1\"",
    "<saml:Assertion>",
    "</saml:Assertion>",
    "<ds:Signature>",
    "\u{0}",
    "\u{fffe}",
    "xmlns=\"\"",
    "#",
    "\n",
];

fn mutated(random: &mut ChaCha8Rng, message: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = message.to_vec();
    for _ in 0..random.random_range(1..4) {
        if bytes.is_empty() {
            break;
        }
        let at = random.random_range(0..bytes.len());
        let until = (at + random.random_range(1..80)).min(bytes.len());
        match random.random_range(0..7) {
            0 => bytes[at] ^= 1 << random.random_range(0..8),
            1 => drop(bytes.drain(at..until)),
            2 => {
                let copy = bytes[at..until].to_vec();
                let to = random.random_range(0..=bytes.len());
                bytes.splice(to..to, copy);
            }
            3 => drop(bytes.splice(at..at, WORDS.choose(random).unwrap().bytes())),
            4 => bytes.truncate(at),
            5 if !other.is_empty() => {
                let from = random.random_range(0..other.len());
                let end = (from + random.random_range(1..800)).min(other.len());
                bytes.splice(at..until, other[from..end].iter().copied());
            }
            _ => bytes[at] = random.random(),
        }
    }
    bytes
}

/// No change makes the reader panic, and none that it accepts changes who it is.
#[test]
fn no_change_is_believed() {
    let mut random = ChaCha8Rng::seed_from_u64(20_260_601);
    let key = private_key();
    let corpus: Vec<_> = index()
        .into_iter()
        .map(|entry| {
            let bytes = openssl::base64::decode_block(&entry.field()).unwrap_or_default();
            let settings = entry.settings();
            let asserted = entry.read(&entry.field(), &settings, &key, &mut Report::default()).ok();
            (entry, settings, bytes, asserted)
        })
        .filter(|(_, _, bytes, _)| (1..60_000).contains(&bytes.len()))
        .collect();
    let (right, hostile): (Vec<_>, Vec<_>) = corpus.iter().partition(|(.., asserted)| asserted.is_some());
    let mut accepted = 0;
    for round in 0..ROUNDS {
        let from = if round % 2 == 0 { &right } else { &hostile };
        let (entry, settings, bytes, asserted) = from.choose(&mut random).unwrap();
        let other = &corpus.choose(&mut random).unwrap().2;
        let bytes = mutated(&mut random, bytes, other);
        let field = openssl::base64::encode_block(&bytes);
        let mut report = Report::default();
        if let Ok(read) = entry.read(&field, settings, &key, &mut report) {
            accepted += 1;
            // What is not signed may change: blanks, and how the response around a signed assertion is written.
            let asserted = asserted.as_ref().unwrap_or_else(|| panic!("round {round}: {} was accepted", entry.file));
            assert_eq!(&read, asserted, "round {round}: {}", entry.file);
        }
    }
    assert!(accepted < ROUNDS / 10, "{accepted} changed messages were accepted");
}
