//! The structure of a response: which elements it is made of, each in its one place.
//!
//! Signature wrapping moves the signed element elsewhere and puts another one in its place. There is no elsewhere here:
//! the sequence of children is the schema's, and the names that matter stand nowhere else, in whatever namespace.

use roxmltree::{Document, Node};

use super::{
    names::{ASSERTION, DSIG, PROTOCOL},
    node::{elements, is, no_text},
    signature,
    strict::{cut, forbidden, malformed},
};
use crate::sso::report::Refused;

/// A response whose structure is right. Nothing is verified yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape<'a, 'i> {
    pub(super) response: Node<'a, 'i>,
    pub(super) response_id: &'a str,
    pub(super) response_signed: bool,
    /// `Assertion` or `EncryptedAssertion`.
    pub(super) assertion: Node<'a, 'i>,
    pub(super) encrypted: bool,
    pub(super) assertion_signed: bool,
}

/// The root, which has to be a `Response` of SAML 2.0.
pub(super) fn root<'a, 'i>(document: &'a Document<'i>) -> Result<Node<'a, 'i>, Refused> {
    let root = document.root_element();
    if !is(root, PROTOCOL, "Response") {
        let name = root.tag_name();
        let words = match (name.namespace(), name.name()) {
            (Some("urn:oasis:names:tc:SAML:1.0:protocol"), _) => "it is a message of SAML 1.1".to_owned(),
            (Some(PROTOCOL), other) => format!("it is a SAML {}", cut(other)),
            (namespace, other) => {
                format!("its root is {} of the namespace “{}”", cut(other), cut(namespace.unwrap_or_default()))
            }
        };
        return Err(malformed(format!("{words}; a SAML 2.0 Response belongs here")));
    }
    version(root)?;
    Ok(root)
}

/// Checks the structure of a whole response.
pub(super) fn response<'a, 'i>(document: &'a Document<'i>) -> Result<Shape<'a, 'i>, Refused> {
    let response = root(document)?;
    let response_id = id(response)?;
    no_text(response)?;
    let mut place = 0;
    let mut signed = None;
    let mut assertions = Vec::new();
    for part in elements(response) {
        let here = match (part.tag_name().namespace(), part.tag_name().name()) {
            (Some(ASSERTION), "Issuer") => 1,
            (Some(DSIG), "Signature") => {
                signed = Some(part);
                2
            }
            (Some(PROTOCOL), "Status") => 3,
            (Some(ASSERTION), "Assertion" | "EncryptedAssertion") => {
                assertions.push(part);
                4
            }
            (_, other) => {
                return Err(forbidden(format!("the Response holds {}, which is not allowed", cut(other))));
            }
        };
        // Each stands once, in the schema's order; only of assertions more are counted below, for words of their own.
        if here < place || (here == place && here != 4) {
            return Err(forbidden(format!(
                "{} of the Response stands twice or in the wrong place",
                cut(part.tag_name().name())
            )));
        }
        place = here;
    }
    let [assertion] = assertions.as_slice() else {
        return Err(if assertions.is_empty() {
            malformed("the Response holds no Assertion")
        } else {
            forbidden(format!("the Response holds {} assertions; exactly one is allowed", assertions.len()))
        });
    };
    let encrypted = is(*assertion, ASSERTION, "EncryptedAssertion");
    let assertion_signature = if encrypted { None } else { self::assertion(*assertion)? };
    let signatures: Vec<Node<'a, 'i>> = signed.into_iter().chain(assertion_signature).collect();
    nowhere_else(document, &[response, *assertion], &signatures)?;
    if let Some(signature) = signed {
        signature::check(signature, response_id)?;
    }
    Ok(Shape {
        response,
        response_id,
        response_signed: signed.is_some(),
        assertion: *assertion,
        encrypted,
        assertion_signed: assertion_signature.is_some(),
    })
}

/// Checks a document whose root is an assertion: one that was decrypted, or one that its signature was reduced to.
/// Answers whether it is signed.
pub(super) fn assertion_document(document: &Document<'_>) -> Result<bool, Refused> {
    let root = document.root_element();
    if !is(root, ASSERTION, "Assertion") {
        return Err(malformed(format!("it is {}, not an Assertion of SAML 2.0", cut(root.tag_name().name()))));
    }
    let signature = assertion(root)?;
    nowhere_else(document, &[root], signature.as_slice())?;
    Ok(signature.is_some())
}

/// Checks the children of an assertion. Answers its signature.
fn assertion<'a, 'i>(node: Node<'a, 'i>) -> Result<Option<Node<'a, 'i>>, Refused> {
    version(node)?;
    let own_id = id(node)?;
    no_text(node)?;
    let mut place = 0;
    let mut signed = None;
    for part in elements(node) {
        let here = match (part.tag_name().namespace(), part.tag_name().name()) {
            (Some(ASSERTION), "Issuer") => 1,
            (Some(DSIG), "Signature") => {
                signed = Some(part);
                2
            }
            (Some(ASSERTION), "Subject") => 3,
            (Some(ASSERTION), "Conditions") => 4,
            (Some(ASSERTION), "Advice") => 5,
            (Some(ASSERTION), "AuthnStatement" | "AttributeStatement" | "AuthzDecisionStatement") => 6,
            (_, other) => {
                return Err(forbidden(format!("the Assertion holds {}, which is not allowed", cut(other))));
            }
        };
        if here < place || (here == place && here != 6) {
            return Err(forbidden(format!(
                "{} of the Assertion stands twice or in the wrong place",
                cut(part.tag_name().name())
            )));
        }
        place = here;
    }
    if let Some(signature) = signed {
        signature::check(signature, own_id)?;
    }
    Ok(signed)
}

/// Refuses responses, assertions, signatures and extensions that stand elsewhere, by their bare names.
fn nowhere_else(
    document: &Document<'_>,
    messages: &[Node<'_, '_>],
    signatures: &[Node<'_, '_>],
) -> Result<(), Refused> {
    for node in document.descendants().filter(Node::is_element) {
        let expected = match node.tag_name().name() {
            "Response" | "Assertion" | "EncryptedAssertion" => messages.contains(&node),
            "Signature" => signatures.contains(&node),
            "Extensions" | "RetrievalMethod" | "CipherReference" | "Object" | "Manifest" => false,
            _ => true,
        };
        if !expected {
            return Err(forbidden(format!(
                "{} stands where it is not allowed, in {}",
                node.tag_name().name(),
                cut(node.parent_element().map_or("the message", |parent| parent.tag_name().name()))
            )));
        }
    }
    Ok(())
}

fn version(node: Node<'_, '_>) -> Result<(), Refused> {
    match node.attribute("Version") {
        Some("2.0") => Ok(()),
        other => Err(malformed(format!(
            "the version of {} is “{}”; only SAML 2.0 is read",
            node.tag_name().name(),
            cut(other.unwrap_or_default())
        ))),
    }
}

/// The id of an element; the strict filter has seen that it is a name and unique.
pub(super) fn id<'a>(node: Node<'a, '_>) -> Result<&'a str, Refused> {
    node.attribute("ID").ok_or_else(|| malformed(format!("{} has no ID", node.tag_name().name())))
}
