//! Every file of the corpus goes through the reader.

use std::{collections::BTreeSet, fs, path::PathBuf};

use openssl::base64::encode_block;
use rowhouse_platform::sso::{
    AttributeMap, NameIdFormat, Report, RequestBinding, SamlSettings,
    report::Refused,
    saml::{Asserted, Expected, peek_in_response_to, read_response},
};
use serde::{Deserialize, Serialize};

use super::{
    cases::{self, Content},
    forge::{ACS, IDP, NOW, REQUEST, SP, make_keys, pair},
};

#[derive(Serialize, Deserialize)]
pub(crate) struct Index {
    pub(crate) message: Vec<Entry>,
}

/// A line of the index.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) file: String,
    pub(crate) what: String,
    pub(crate) source: String,
    pub(crate) expect: String,
    pub(crate) trusts: Vec<String>,
    #[serde(default)]
    pub(crate) unsolicited: bool,
    #[serde(default)]
    pub(crate) allows_idp_initiated: bool,
    #[serde(default)]
    pub(crate) requires_encryption: bool,
    #[serde(default)]
    pub(crate) subject_attribute: String,
}

pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/saml/corpus")
}

pub(crate) fn index() -> Vec<Entry> {
    let text = fs::read_to_string(folder().join("index.toml")).unwrap();
    toml::from_str::<Index>(&text).unwrap().message
}

impl Entry {
    /// What is sent: XML goes into base64, `.txt` is the form field as it is.
    pub(crate) fn field(&self) -> String {
        let bytes = fs::read(folder().join(&self.file)).unwrap();
        if self.file.ends_with(".txt") { String::from_utf8(bytes).unwrap() } else { encode_block(&bytes) }
    }

    pub(crate) fn settings(&self) -> SamlSettings {
        SamlSettings {
            entity_id: IDP.to_owned(),
            metadata_url: None,
            sign_on_redirect: None,
            sign_on_post: None,
            logout_redirect: None,
            logout_post: None,
            logout_response: None,
            certificates: self.trusts.iter().map(|holder| pair(holder).der_base64()).collect(),
            request_binding: RequestBinding::Redirect,
            signs_requests: false,
            signs_metadata: false,
            requires_encryption: self.requires_encryption,
            allows_idp_initiated: self.allows_idp_initiated,
            name_id_format: NameIdFormat::Unspecified,
            attributes: AttributeMap { subject: self.subject_attribute.clone(), ..AttributeMap::default() },
        }
    }

    pub(crate) fn read(
        &self,
        field: &str,
        settings: &SamlSettings,
        private_key: &[u8],
        report: &mut Report,
    ) -> Result<Asserted, Refused> {
        let expected = Expected {
            entity_id: SP,
            acs: ACS,
            request_id: (!self.unsolicited).then_some(REQUEST),
            now: NOW,
            private_key,
        };
        read_response(field, settings, &expected, report)
    }
}

pub(crate) fn private_key() -> Vec<u8> {
    pair("sp").key.private_key_to_pkcs8().unwrap()
}

#[test]
fn each_message_is_accepted_or_refused_for_its_reason() {
    let key = private_key();
    let mut wrong = Vec::new();
    for entry in index() {
        let mut report = Report::default();
        let result = entry.read(&entry.field(), &entry.settings(), &key, &mut report);
        let got = match &result {
            Ok(_) => "accepted",
            Err(refused) => refused.reason.as_str(),
        };
        if got != entry.expect {
            wrong.push(format!("{}: {} expected, {got}: {result:?}", entry.file, entry.expect));
        }
        // The report ends with what decided, in the same words.
        let last = report.steps.last().unwrap();
        assert_eq!(last.passed, result.is_ok(), "{}", entry.file);
        if let Err(refused) = &result {
            assert_eq!(last.words, refused.words, "{}", entry.file);
            assert!(refused.words.len() > 10, "{}: {}", entry.file, refused.words);
        }
        for received in &report.received {
            assert!(!received.text.contains("MII"), "{}: a certificate or a signature is shown", entry.file);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_corpus_is_large_and_complete() {
    let entries = index();
    let listed: BTreeSet<&str> = entries.iter().map(|entry| entry.file.as_str()).collect();
    assert_eq!(listed.len(), entries.len(), "a file is listed twice");
    let there: BTreeSet<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".xml") || name.ends_with(".txt"))
        .collect();
    assert_eq!(there.iter().map(String::as_str).collect::<BTreeSet<_>>(), listed);
    assert!(entries.iter().filter(|entry| entry.expect != "accepted").count() >= 60);
}

#[test]
fn what_is_accepted_says_who_it_is() {
    let entries = index();
    let entry = entries.iter().find(|entry| entry.file == "encrypted_and_signed_within.xml").unwrap();
    let mut report = Report::default();
    let asserted = entry.read(&entry.field(), &entry.settings(), &private_key(), &mut report).unwrap();
    assert_eq!(asserted.identity.subject, "7f3c-ada");
    assert_eq!(asserted.identity.email.as_deref(), Some("ada@acme.example"));
    assert_eq!(asserted.identity.name.as_deref(), Some("Ada Lovelace"));
    assert_eq!(asserted.identity.groups, ["staff", "helpdesk"]);
    assert_eq!(asserted.identity.logout.provider_session.as_deref(), Some("_session1"));
    assert_eq!(asserted.in_response_to.as_deref(), Some(REQUEST));
    assert_eq!((asserted.issuer.as_str(), asserted.assertion_id.as_str()), (IDP, "_assertion1"));
    // It is accepted until three minutes after 12:05, and remembered for longer.
    assert!(asserted.expires_at > NOW + time::Duration::minutes(8));
    let checks: Vec<&str> = report.steps.iter().map(|step| step.check.as_str()).collect();
    for check in
        ["Signature", "Encryption", "Signature within", "Status", "Issuer", "Destination", "Audience", "Recipient"]
    {
        assert!(checks.contains(&check), "{check} is missing among {checks:?}");
    }
    assert_eq!(peek_in_response_to(&entry.field()).as_deref(), Some(REQUEST));
}

/// Writes the corpus. Run by hand when a case is added.
#[test]
#[ignore = "writes the files of the corpus"]
fn write_the_corpus() {
    let folder = folder();
    fs::create_dir_all(folder.join("keys")).unwrap();
    make_keys(&folder.join("keys"));
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "xml" || extension == "txt") {
            fs::remove_file(path).unwrap();
        }
    }
    let mut message = Vec::new();
    for case in cases::all() {
        let (ending, bytes) = match &case.content {
            Content::Xml(xml) => ("xml", xml.as_bytes()),
            Content::Field(field) => ("txt", field.as_bytes()),
        };
        let file = format!("{}.{ending}", case.name);
        fs::write(folder.join(&file), bytes).unwrap();
        message.push(Entry {
            file,
            what: case.what.to_owned(),
            source: case.source.to_owned(),
            expect: case.expect.to_owned(),
            trusts: case.trusts.iter().map(ToString::to_string).collect(),
            unsolicited: case.unsolicited,
            allows_idp_initiated: case.allows_idp_initiated,
            requires_encryption: case.requires_encryption,
            subject_attribute: case.subject_attribute.to_owned(),
        });
    }
    let text = toml::to_string(&Index { message }).unwrap();
    let head =
        "# What each message is, where it comes from, and what has to happen to it. Written by the generator.\n\n";
    fs::write(folder.join("index.toml"), format!("{head}{text}")).unwrap();
}
