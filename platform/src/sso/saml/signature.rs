//! What an XML signature may look like, before it is verified.
//!
//! xmlsec does what a signature says: it fetches references by HTTP or from files, runs XSLT and `XPath`, and takes keys
//! from where the message points. So only the one shape that SAML needs passes (SAML 2.0 Core, section 5.4).

use base64::Engine as _;
use roxmltree::Node;

use super::{
    names::{DIGEST_ALGORITHMS, DSIG, DSIG11, ENVELOPED, EXCLUSIVE_C14N, SIGNATURE_ALGORITHMS},
    node::{elements, is, no_text, only_attributes, text},
    strict::{cut, forbidden, malformed},
};
use crate::sso::report::{Reason, Refused};

/// Prefixes that an exclusive canonicalisation may list, and the bytes that they may take.
const PREFIXES: usize = 16;
const PREFIXES_LENGTH: usize = 256;
/// What may stand in `KeyInfo`. None of it is used: keys come from the connection alone.
const KEY_INFO: [&str; 21] = [
    "X509Data",
    "X509Certificate",
    "X509SubjectName",
    "X509IssuerSerial",
    "X509IssuerName",
    "X509SerialNumber",
    "X509SKI",
    "X509CRL",
    "KeyName",
    "KeyValue",
    "RSAKeyValue",
    "Modulus",
    "Exponent",
    "DSAKeyValue",
    "P",
    "Q",
    "G",
    "Y",
    "ECKeyValue",
    "NamedCurve",
    "PublicKey",
];

/// Checks a signature that is a child of the element with the id `parent_id`. Nothing is verified yet.
pub(super) fn check(signature: Node<'_, '_>, parent_id: &str) -> Result<(), Refused> {
    only_attributes(signature, &["Id"])?;
    no_text(signature)?;
    let parts: Vec<Node<'_, '_>> = elements(signature).collect();
    match parts.as_slice() {
        [signed_info, value] if all(&parts, &["SignedInfo", "SignatureValue"]) => {
            check_parts(*signed_info, *value, parent_id)
        }
        [signed_info, value, key_info] if all(&parts, &["SignedInfo", "SignatureValue", "KeyInfo"]) => {
            check_key_info(*key_info)?;
            check_parts(*signed_info, *value, parent_id)
        }
        _ => Err(forbidden(format!(
            "a signature holds {}; only one SignedInfo, one SignatureValue and one KeyInfo are allowed, in this order",
            listed(&parts)
        ))),
    }
}

fn check_parts(signed_info: Node<'_, '_>, value: Node<'_, '_>, parent_id: &str) -> Result<(), Refused> {
    only_attributes(value, &["Id"])?;
    base64_text(value)?;
    only_attributes(signed_info, &["Id"])?;
    no_text(signed_info)?;
    let parts: Vec<Node<'_, '_>> = elements(signed_info).collect();
    let [canonicalisation, method, reference] = parts.as_slice() else {
        return Err(not_three(&parts));
    };
    if !all(&parts, &["CanonicalizationMethod", "SignatureMethod", "Reference"]) {
        return Err(not_three(&parts));
    }
    exclusive(*canonicalisation)?;
    one_of(*method, &SIGNATURE_ALGORITHMS, "signed with", "RSA or ECDSA with SHA-256, SHA-384 or SHA-512")?;
    check_reference(*reference, parent_id)
}

fn check_reference(reference: Node<'_, '_>, parent_id: &str) -> Result<(), Refused> {
    only_attributes(reference, &["URI", "Id"])?;
    no_text(reference)?;
    let uri = reference.attribute("URI").unwrap_or_default();
    if uri.strip_prefix('#') != Some(parent_id) {
        return Err(forbidden(format!(
            "a signature refers to “{}”; only “#{}”, the element that it stands in, is allowed",
            cut(uri),
            cut(parent_id)
        )));
    }
    let parts: Vec<Node<'_, '_>> = elements(reference).collect();
    let [transforms, digest, value] = parts.as_slice() else {
        return Err(not_reference(&parts));
    };
    if !all(&parts, &["Transforms", "DigestMethod", "DigestValue"]) {
        return Err(not_reference(&parts));
    }
    check_transforms(*transforms)?;
    one_of(*digest, &DIGEST_ALGORITHMS, "digested with", "SHA-256, SHA-384 or SHA-512")?;
    only_attributes(*value, &[])?;
    base64_text(*value)
}

fn check_transforms(transforms: Node<'_, '_>) -> Result<(), Refused> {
    only_attributes(transforms, &[])?;
    no_text(transforms)?;
    let parts: Vec<Node<'_, '_>> = elements(transforms).collect();
    let algorithms: Vec<&str> = parts.iter().map(|each| each.attribute("Algorithm").unwrap_or_default()).collect();
    let ([enveloped, canonicalisation], [ENVELOPED, EXCLUSIVE_C14N]) = (parts.as_slice(), algorithms.as_slice()) else {
        let named = algorithms.iter().map(|each| format!("“{}”", cut(each))).collect::<Vec<_>>().join(", ");
        return Err(forbidden(format!(
            "a signature transforms what it signs by {named}; only the enveloped signature and then exclusive \
             canonicalisation are allowed"
        )));
    };
    if !all(&parts, &["Transform", "Transform"]) || elements(*enveloped).next().is_some() {
        return Err(forbidden("a transform of a signature holds something that is not allowed"));
    }
    only_attributes(*enveloped, &["Algorithm"])?;
    no_text(*enveloped)?;
    exclusive(*canonicalisation)
}

/// Exclusive canonicalisation, with a list of prefixes or without.
fn exclusive(node: Node<'_, '_>) -> Result<(), Refused> {
    only_attributes(node, &["Algorithm"])?;
    no_text(node)?;
    let algorithm = node.attribute("Algorithm").unwrap_or_default();
    if algorithm != EXCLUSIVE_C14N {
        return Err(Refused::new(
            Reason::Algorithm,
            format!("a signature is canonicalised with “{}”; only {EXCLUSIVE_C14N} is allowed", cut(algorithm)),
        ));
    }
    let parts: Vec<Node<'_, '_>> = elements(node).collect();
    match parts.as_slice() {
        [] => Ok(()),
        [list] if is(*list, EXCLUSIVE_C14N, "InclusiveNamespaces") && !list.has_children() => {
            only_attributes(*list, &["PrefixList"])?;
            few_prefixes(list.attribute("PrefixList").unwrap_or_default())
        }
        _ => Err(forbidden("the canonicalisation of a signature holds something else than InclusiveNamespaces")),
    }
}

/// Canonicalisation looks each prefix up at each element, and does so before the signature is checked.
fn few_prefixes(list: &str) -> Result<(), Refused> {
    if list.len() <= PREFIXES_LENGTH && list.split_ascii_whitespace().count() <= PREFIXES {
        return Ok(());
    }
    Err(forbidden(format!("the canonicalisation of a signature names more than {PREFIXES} prefixes")))
}

fn one_of(node: Node<'_, '_>, allowed: &[&str], verb: &str, words: &str) -> Result<(), Refused> {
    only_attributes(node, &["Algorithm"])?;
    no_text(node)?;
    if elements(node).next().is_some() {
        return Err(forbidden(format!("{} holds something, which is not allowed", node.tag_name().name())));
    }
    let algorithm = node.attribute("Algorithm").unwrap_or_default();
    if allowed.contains(&algorithm) {
        return Ok(());
    }
    Err(Refused::new(Reason::Algorithm, format!("it is {verb} “{}”; only {words} is accepted", cut(algorithm))))
}

fn check_key_info(key_info: Node<'_, '_>) -> Result<(), Refused> {
    only_attributes(key_info, &["Id"])?;
    for node in key_info.descendants().skip(1).filter(Node::is_element) {
        let name = node.tag_name();
        let known = matches!(name.namespace(), Some(DSIG | DSIG11)) && KEY_INFO.contains(&name.name());
        if !known {
            return Err(forbidden(format!(
                "the KeyInfo of a signature holds {}, which is not allowed",
                cut(name.name())
            )));
        }
    }
    Ok(())
}

fn base64_text(node: Node<'_, '_>) -> Result<(), Refused> {
    let packed: String = text(node)?.split_ascii_whitespace().collect();
    let decoded = base64::engine::general_purpose::STANDARD.decode(packed);
    if decoded.is_ok_and(|bytes| !bytes.is_empty()) {
        Ok(())
    } else {
        Err(malformed(format!("{} is not base64", node.tag_name().name())))
    }
}

fn all(nodes: &[Node<'_, '_>], names: &[&str]) -> bool {
    nodes.len() == names.len() && nodes.iter().zip(names).all(|(node, name)| is(*node, DSIG, name))
}

fn not_three(parts: &[Node<'_, '_>]) -> Refused {
    forbidden(format!(
        "SignedInfo holds {}; only one CanonicalizationMethod, one SignatureMethod and one Reference are allowed",
        listed(parts)
    ))
}

fn not_reference(parts: &[Node<'_, '_>]) -> Refused {
    forbidden(format!(
        "the reference of a signature holds {}; Transforms, DigestMethod and DigestValue are needed, in this order",
        listed(parts)
    ))
}

fn listed(parts: &[Node<'_, '_>]) -> String {
    if parts.is_empty() {
        return "nothing".to_owned();
    }
    cut(&parts.iter().map(|each| each.tag_name().name()).collect::<Vec<_>>().join(", "))
}
