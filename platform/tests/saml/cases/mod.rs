//! The messages of the corpus, by what they try.

mod checks;
mod encrypted;
mod envelope;
mod reference;
mod signature;
mod text;
mod valid;
mod wrapping;

use super::forge::Message;

/// One message of the corpus.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) source: &'static str,
    /// `accepted`, or the word of the reason.
    pub(crate) expect: &'static str,
    /// Whose certificates the connection has.
    pub(crate) trusts: &'static [&'static str],
    /// Whether no sign-in was begun here.
    pub(crate) unsolicited: bool,
    pub(crate) allows_idp_initiated: bool,
    pub(crate) requires_encryption: bool,
    /// The attribute that says who it is.
    pub(crate) subject_attribute: &'static str,
    pub(crate) content: Content,
}

/// What is sent.
pub(crate) enum Content {
    /// XML, which is sent in base64.
    Xml(String),
    /// The form field as it is.
    Field(String),
}

/// Where messages of no known attack come from.
pub(crate) const OWN: &str = "made by the generator: a requirement of SAML 2.0 Core, Bindings or Profiles, not kept";

pub(crate) fn xml(
    name: &'static str,
    expect: &'static str,
    source: &'static str,
    what: &'static str,
    xml: String,
) -> Case {
    Case {
        name,
        what,
        source,
        expect,
        trusts: &["idp"],
        unsolicited: false,
        allows_idp_initiated: false,
        requires_encryption: false,
        subject_attribute: "",
        content: Content::Xml(xml),
    }
}

pub(crate) fn field(
    name: &'static str,
    expect: &'static str,
    source: &'static str,
    what: &'static str,
    field: String,
) -> Case {
    Case { content: Content::Field(field), ..xml(name, expect, source, what, String::new()) }
}

/// A case made by changing the message that is right.
pub(crate) fn changed(
    name: &'static str,
    expect: &'static str,
    what: &'static str,
    change: impl FnOnce(&mut Message),
) -> Case {
    let mut message = Message::default();
    change(&mut message);
    xml(name, expect, OWN, what, message.xml())
}

/// Replaces what has to be there.
pub(crate) fn replaced(xml: &str, from: &str, to: &str) -> String {
    assert!(xml.contains(from), "{from} is not in {xml}");
    xml.replacen(from, to, 1)
}

/// The first element of a name, whole.
pub(crate) fn element<'a>(xml: &'a str, name: &str) -> &'a str {
    let start = xml.find(&format!("<{name}")).unwrap();
    let close = format!("</{name}>");
    let end = start + xml[start..].find(&close).unwrap() + close.len();
    &xml[start..end]
}

pub(crate) fn all() -> Vec<Case> {
    [
        valid::cases(),
        wrapping::cases(),
        text::cases(),
        signature::cases(),
        reference::cases(),
        envelope::cases(),
        checks::cases(),
        encrypted::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
