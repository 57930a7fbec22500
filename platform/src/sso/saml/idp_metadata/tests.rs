//! The files of the corpus, each with what has to come of it.

use std::{collections::BTreeSet, fs, path::PathBuf};

use time::macros::datetime;

use super::*;
use crate::{
    fetch::{FetchSettings, Fetcher},
    sso::saml::certificate::KeyKind,
};

const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/saml/metadata")
}

fn read_file(name: &str, expected: Option<&str>) -> Result<IdpMetadata, MetadataError> {
    let fetcher = Fetcher::new(&FetchSettings::new(false)).unwrap();
    let xml = text(&fs::read(folder().join(name)).unwrap())?;
    read(&xml, expected, NOW, |url| fetcher.check_url(url).map(|()| url.to_owned()))
}

#[test]
fn every_file_is_read_or_refused_as_its_line_says() {
    let index = fs::read_to_string(folder().join("INDEX.txt")).unwrap();
    let mut listed = BTreeSet::from(["INDEX.txt".to_owned()]);
    for line in index.lines() {
        let [name, outcome, what] = line.split(" | ").collect::<Vec<_>>()[..] else { panic!("{line}") };
        assert!(what.ends_with('.') && what.contains("Written for this project"), "{line}");
        listed.insert(name.to_owned());
        let found = match read_file(name, None) {
            Ok(read) => {
                assert!(!read.certificates.is_empty(), "{name}");
                assert!(read.sign_on_redirect.is_some() || read.sign_on_post.is_some(), "{name}");
                "ok".to_owned()
            }
            Err(error) => {
                let words = error.to_string();
                assert!(words.ends_with(['.', ')']) && words.len() > 20, "{name}: {words}");
                let debug = format!("{error:?}");
                debug.split(|sign: char| !sign.is_alphanumeric()).next().unwrap_or_default().to_owned()
            }
        };
        assert_eq!(found, outcome, "{name}");
    }
    let files: BTreeSet<_> =
        fs::read_dir(folder()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(files, listed);
}

#[test]
fn everything_that_a_connection_needs_is_read() {
    let okta = read_file("okta.xml", Some("http://www.okta.com/exk1a2b3c4d5e6f7g8h9")).unwrap();
    assert_eq!(okta.sign_on_redirect.as_deref().unwrap().rsplit('/').next(), Some("saml"));
    assert_eq!(okta.sign_on_post, okta.sign_on_redirect);
    assert_eq!((okta.logout_redirect, okta.logout_response, okta.logout_post), (None, None, None));
    assert_eq!(okta.certificates[0].subject, "CN=okta.example");
    assert_eq!(okta.certificates[0].not_after, datetime!(2035-01-01 0:00 UTC));
    assert_eq!(okta.name_id_formats.len(), 2);
    assert!(!okta.wants_signed_requests && okta.notes.len() == 1 && okta.notes[0].contains("stay signed in"));

    let entra = read_file("entra.xml", None).unwrap();
    let subjects: Vec<_> = entra.certificates.iter().map(|certificate| certificate.subject.as_str()).collect();
    assert_eq!(subjects, ["CN=entra-now.example", "CN=entra-next.example"], "each once, not those of the other role");
    assert!(entra.logout_redirect.is_some() && entra.logout_post.is_none());

    let google = read_file("google.xml", None).unwrap();
    assert_eq!(google.entity_id, "https://accounts.google.example/o/saml2?idpid=C00abc123");
    assert_eq!(google.valid_until, Some(datetime!(2030-11-18 9:00 UTC)));

    let keycloak = read_file("keycloak.xml", None).unwrap();
    assert!(keycloak.wants_signed_requests && keycloak.notes.is_empty());
    assert_eq!(keycloak.certificates[0].key, KeyKind::Ec(256));

    let simple = read_file("simplesamlphp.xml", None).unwrap();
    assert_eq!(simple.certificates.len(), 1, "not the one for encryption");
    assert!(simple.sign_on_post.is_none() && simple.logout_response.unwrap().ends_with("/LogoutAnswer.php"));

    let adfs = read_file("adfs.xml", None).unwrap();
    assert_eq!(adfs.entity_id, "http://adfs.example/adfs/services/trust");
    assert_eq!(adfs.certificates[0].subject, "CN=adfs-signing.example");
}

#[test]
fn an_authority_does_not_sign_people_in() {
    let chain = read_file("chain.xml", None).unwrap();
    assert_eq!(chain.certificates.len(), 1);
    assert_eq!(chain.certificates[0].subject, "CN=leaf.example");
    assert!(chain.notes.iter().any(|note| note.contains("authorities’")));
}

#[test]
fn a_certificate_that_ended_is_noted() {
    let read = read_file("expired-certificate.xml", None).unwrap();
    assert!(read.notes.iter().any(|note| note.contains("2025-01-01")), "{:?}", read.notes);
}

#[test]
fn the_expected_entity_is_the_one_that_is_read() {
    let one = |expected| read_file("two-providers.xml", Some(expected));
    assert_eq!(one("https://other.example/").unwrap().certificates[0].subject, "CN=entra-now.example");
    assert_eq!(one("https://idp.example/metadata").unwrap().certificates[0].subject, "CN=okta.example");
    // Exactly the same: a slash makes another one.
    let MetadataError::NotAmong { expected, found } = one("https://other.example").unwrap_err() else { panic!() };
    assert_eq!(
        (expected.as_str(), found.as_str()),
        ("https://other.example", "https://idp.example/metadata, https://other.example/")
    );
    assert_eq!(
        read_file("same-twice.xml", Some("https://idp.example/metadata")),
        Err(MetadataError::Twice("https://idp.example/metadata".to_owned()))
    );
    let error = read_file("okta.xml", Some("https://idp.example/metadata")).unwrap_err();
    assert!(matches!(error, MetadataError::OtherEntity { .. }), "{error}");
    let error = read_file("federation-of-one.xml", Some("https://application.example/metadata")).unwrap_err();
    assert!(matches!(error, MetadataError::ServiceProvider(_)), "{error}");
}

#[test]
fn what_is_too_much_is_refused() {
    let check = |url: &str| Ok::<_, String>(url.to_owned());
    let large = format!("<md:EntityDescriptor>{}</md:EntityDescriptor>", " ".repeat(MOST_BYTES));
    assert_eq!(read(&large, None, NOW, check), Err(MetadataError::TooLarge));
    assert_eq!(text(large.as_bytes()), Err(MetadataError::TooLarge));
    let many = format!("<a>{}</a>", "<b/>".repeat(100_000));
    assert_eq!(read(&many, None, NOW, check), Err(MetadataError::TooLarge));
    // Deeper than any metadata: no stack runs over.
    for end in ["</a>", "</b>"] {
        let deep = format!("{}{}", "<a>".repeat(50_000), end.repeat(50_000));
        assert_eq!(read(&deep, None, NOW, check), Err(MetadataError::TooLarge));
    }
}

#[tokio::test]
async fn it_is_read_on_a_worker_with_addresses_that_only_browsers_reach() {
    let fetcher = Fetcher::new(&FetchSettings::new(false)).unwrap();
    let okta = fs::read_to_string(folder().join("okta.xml")).unwrap();
    let start = okta.find("Location=\"https://").unwrap() + "Location=\"https://".len();
    let end = start + okta[start..].find('/').unwrap();
    let at = |host: &str| okta.replace(&okta[start..end], host);
    let inside = read_on_worker(uuid::Uuid::nil(), at("10.1.2.3"), None, NOW, &fetcher).await.unwrap();
    assert!(inside.sign_on_redirect.unwrap().starts_with("https://10.1.2.3/"));
    // As a header can hold it.
    let exotic = read_on_worker(uuid::Uuid::nil(), at("idp.b\u{fc}ro.example"), None, NOW, &fetcher).await.unwrap();
    assert!(exotic.sign_on_redirect.unwrap().starts_with("https://idp.xn--bro-hoa.example/"));
    let broken = read_on_worker(uuid::Uuid::nil(), at("idp.example/a&#10;b"), None, NOW, &fetcher).await;
    assert!(matches!(broken, Err(MetadataError::BadAddress { .. })), "{broken:?}");
}

#[test]
fn certificates_beyond_number_are_not_read_to_their_end() {
    let okta = fs::read_to_string(folder().join("okta.xml")).unwrap();
    let start = okta.find("<md:KeyDescriptor").unwrap();
    let end = okta.find("</md:KeyDescriptor>").unwrap() + "</md:KeyDescriptor>".len();
    let with = |times| format!("{}{}{}", &okta[..start], okta[start..end].repeat(times), &okta[end..]);
    let check = |url: &str| Ok::<_, String>(url.to_owned());
    assert_eq!(read(&with(100), None, NOW, check).unwrap().certificates.len(), 1);
    assert!(matches!(read(&with(101), None, NOW, check), Err(MetadataError::ManyCertificates(_))));
}
