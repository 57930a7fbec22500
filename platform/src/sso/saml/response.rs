//! Reading a response from beginning to end: filter, signature, what it covers, checks.

use std::collections::HashSet;

use base64::Engine as _;
use openssl::x509::X509;
use roxmltree::{Document, Node};
use time::OffsetDateTime;

use super::{
    assertion, encryption,
    envelope::{self, noted},
    names::{ASSERTION, DSIG},
    node::{child, is, text},
    received::readable,
    shape::{self, Shape},
    strict::{self, forbidden},
    verifier::{SamlVerifier, SigningCertificate, Verified, Xmlsec, describe},
};
use crate::sso::{
    Identity, SamlSettings,
    report::{Reason, Refused, Report},
};

/// What a response has to fit.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Our entity ID at this connection.
    pub entity_id: &'a str,
    /// The address of our assertion consumer service.
    pub acs: &'a str,
    /// The ID of our request. `None`: there was none, the provider began by itself.
    pub request_id: Option<&'a str>,
    /// Now.
    pub now: OffsetDateTime,
    /// The connection's private key (PKCS #8), which opens encrypted assertions.
    pub private_key: &'a [u8],
}

/// What a verified assertion says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asserted {
    /// Who it is.
    pub identity: Identity,
    /// Who issued it: the connection's provider.
    pub issuer: String,
    /// Its ID, which is accepted once.
    pub assertion_id: String,
    /// Until when the ID has to be remembered.
    pub expires_at: OffsetDateTime,
    /// The request that it answers.
    pub in_response_to: Option<String>,
}

/// Reads a response (the form field `SAMLResponse`), by xmlsec. It computes for some milliseconds:
/// [`on_worker`](super::on_worker) is the place for it.
///
/// # Errors
/// The refusal, which is the last step of `report`.
pub fn read_response(
    encoded: &str,
    settings: &SamlSettings,
    expected: &Expected<'_>,
    report: &mut Report,
) -> Result<Asserted, Refused> {
    read_response_with(&Xmlsec, encoded, settings, expected, report)
}

/// [`read_response`] with another verifier.
///
/// # Errors
/// The refusal, which is the last step of `report`.
pub fn read_response_with(
    verifier: &dyn SamlVerifier,
    encoded: &str,
    settings: &SamlSettings,
    expected: &Expected<'_>,
    report: &mut Report,
) -> Result<Asserted, Refused> {
    let before = report.steps.len();
    let result = read(verifier, encoded, settings, expected, report);
    for step in report.steps.iter_mut().skip(before) {
        step.words = sentence(&step.words);
    }
    result.map_err(|refused| Refused::new(refused.reason, sentence(&refused.words)))
}

/// The checks speak in clauses, which are put together; people read sentences.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
    let end = if words.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

fn read(
    verifier: &dyn SamlVerifier,
    encoded: &str,
    settings: &SamlSettings,
    expected: &Expected<'_>,
    report: &mut Report,
) -> Result<Asserted, Refused> {
    let xml = noted(report, "Message", strict::decode(encoded))?;
    let document = noted(report, "Message", strict::parse(&xml))?;
    let shown = readable(&document);
    report.received_unverified("SAML response", &shown);
    let root = noted(report, "Message", shape::root(&document))?;
    report.passed("Message", format!("a SAML response of {} bytes", xml.len()));
    envelope::status(root, report)?;
    let shape = noted(report, "Structure", shape::response(&document))?;
    report.passed("Structure", "one assertion, each element in its place");
    allowed(&shape, settings, expected, report)?;

    let verified = verify(verifier, &document, settings, expected.now, "Signature", report)?;
    let signed = noted(report, "Signature", strict::parse(&verified.xml))?;
    noted(report, "Signature", covers(&signed, &shape))?;
    report.passed("Signature", covered(&shape));
    report.received("SAML response", &shown);
    let envelope = if shape.response_signed { signed.root_element() } else { shape.response };
    envelope::check(envelope, shape.response_signed, settings, expected, report)?;

    let assertion = noted(report, "Structure", assertion_of(&signed))?;
    if !shape.encrypted {
        return assertion::check(assertion, settings, expected, report);
    }
    let opened = opened(verifier, &document, assertion, settings, expected, report)?;
    let opened = noted(report, "Encryption", strict::parse(&opened))?;
    assertion::check(opened.root_element(), settings, expected, report)
}

/// The `InResponseTo` of a response, **unverified**: only to choose between a sign-in that began here and one that the
/// provider began. What it says is checked by [`read_response`].
pub fn peek_in_response_to(encoded: &str) -> Option<String> {
    let xml = strict::decode(encoded).ok()?;
    let document = strict::parse(&xml).ok()?;
    shape::root(&document).ok()?.attribute("InResponseTo").map(str::to_owned)
}

/// Refuses what the connection does not take, before anything is computed.
fn allowed(
    shape: &Shape<'_, '_>,
    settings: &SamlSettings,
    expected: &Expected<'_>,
    report: &mut Report,
) -> Result<(), Refused> {
    if expected.request_id.is_none() && !settings.allows_idp_initiated {
        return Err(report.refuse(
            "Request",
            Reason::Unsolicited,
            "the provider began this sign-in by itself (there is no InResponseTo that belongs to a sign-in begun here), \
             which is switched off for this connection",
        ));
    }
    if !shape.response_signed && !shape.assertion_signed {
        let words = if shape.encrypted {
            "the assertion is encrypted and the Response around it is not signed: the provider has to sign the Response too"
        } else {
            "neither the Response nor the Assertion is signed"
        };
        return Err(report.refuse("Signature", Reason::Unsigned, words));
    }
    if settings.requires_encryption && !shape.encrypted {
        return Err(report.refuse(
            "Encryption",
            Reason::NotEncrypted,
            "the assertion is not encrypted, and this connection takes only encrypted ones",
        ));
    }
    Ok(())
}

/// Verifies the signatures of a filtered document with the connection's certificates.
fn verify(
    verifier: &dyn SamlVerifier,
    document: &Document<'_>,
    settings: &SamlSettings,
    now: OffsetDateTime,
    step: &str,
    report: &mut Report,
) -> Result<Verified, Refused> {
    let mut certificates = Vec::new();
    let mut unusable = Vec::new();
    for encoded in &settings.certificates {
        match SigningCertificate::read(encoded) {
            Ok(certificate) => certificates.push(certificate),
            Err(words) => unusable.push(words),
        }
    }
    if certificates.is_empty() {
        let words =
            unusable.first().map_or("the connection has no certificate to check signatures with", String::as_str);
        return Err(report.refuse(step, Reason::Settings, words));
    }
    let Ok(verified) = verifier.verify(document.input_text(), &certificates) else {
        let (reason, words) = unverified(document, &certificates);
        return Err(report.refuse(step, reason, words));
    };
    match verified.certificate.and_then(|index| certificates.get(index)) {
        Some(certificate) if certificate.expired(now) => report.passed(
            step,
            format!(
                "it fits the certificate {}, which has expired: ask the provider for its new one",
                certificate.words()
            ),
        ),
        Some(certificate) => report.passed(step, format!("it fits the certificate {}", certificate.words())),
        None => report.passed(step, "each fits a certificate of the connection"),
    }
    Ok(verified)
}

/// Why no certificate fits: the message was changed, or it names a certificate that the connection does not have.
fn unverified(document: &Document<'_>, certificates: &[SigningCertificate]) -> (Reason, String) {
    let stranger = document.descendants().filter(|node| is(*node, DSIG, "X509Certificate")).find_map(|node| {
        let packed: String = text(node).ok()?.split_ascii_whitespace().collect();
        let der = base64::engine::general_purpose::STANDARD.decode(packed).ok()?;
        let x509 = X509::from_der(&der).ok()?;
        certificates.iter().all(|known| known.der() != der).then(|| describe(&x509))
    });
    match stranger {
        Some(stranger) => (
            Reason::UnknownKey,
            format!(
                "no certificate of this connection fits. The message names {stranger}, which is not one of them: if the \
                 provider has a new certificate, take it from the provider’s metadata"
            ),
        ),
        None => (
            Reason::Signature,
            "no certificate of this connection fits: the message was changed after it was signed, or signed with another \
             key"
            .to_owned(),
        ),
    }
}

/// Checks that what the signature covers is the element that the filter saw, and as the filter saw it.
fn covers(signed: &Document<'_>, shape: &Shape<'_, '_>) -> Result<(), Refused> {
    let same = if shape.response_signed {
        let covered = shape::response(signed)?;
        covered.response_id == shape.response_id
            && !covered.response_signed
            && covered.encrypted == shape.encrypted
            && covered.assertion_signed == shape.assertion_signed
            && covered.assertion.attribute("ID") == shape.assertion.attribute("ID")
    } else {
        let signed_still = shape::assertion_document(signed)?;
        !signed_still && signed.root_element().attribute("ID") == shape.assertion.attribute("ID")
    };
    if same { Ok(()) } else { Err(forbidden("the signature covers something else than what stands in its place")) }
}

fn covered(shape: &Shape<'_, '_>) -> &'static str {
    match (shape.response_signed, shape.assertion_signed) {
        (true, true) => "the Response and the Assertion are signed, and unchanged",
        (true, false) => "the Response is signed, with the Assertion in it, and unchanged",
        _ => "the Assertion is signed, and unchanged",
    }
}

/// The assertion of a signed document: its root, or the child of its root.
fn assertion_of<'a, 'i>(signed: &'a Document<'i>) -> Result<Node<'a, 'i>, Refused> {
    let root = signed.root_element();
    if is(root, ASSERTION, "Assertion") {
        return Ok(root);
    }
    let plain = child(root, ASSERTION, "Assertion")?;
    let encrypted = child(root, ASSERTION, "EncryptedAssertion")?;
    plain.or(encrypted).ok_or_else(|| forbidden("the signature covers no assertion"))
}

/// Opens the encrypted assertion of a verified response. What it holds goes through the same filter, and its own
/// signature, if it has one, has to be right too.
fn opened(
    verifier: &dyn SamlVerifier,
    received: &Document<'_>,
    encrypted: Node<'_, '_>,
    settings: &SamlSettings,
    expected: &Expected<'_>,
    report: &mut Report,
) -> Result<String, Refused> {
    let opened = noted(report, "Encryption", encryption::open(encrypted, expected.private_key))?;
    let xml = noted(report, "Encryption", complete(opened.xml, encrypted))?;
    let document = noted(report, "Encryption", strict::parse(&xml))?;
    report.received("Decrypted assertion", &readable(&document));
    let mut ids = HashSet::new();
    noted(report, "Encryption", strict::unique_ids(received, &mut ids))?;
    noted(report, "Encryption", strict::unique_ids(&document, &mut ids))?;
    let signed = noted(report, "Encryption", shape::assertion_document(&document))?;
    report.passed("Encryption", format!("decrypted ({})", opened.algorithm));
    if !signed {
        return Ok(document.input_text().to_owned());
    }
    let verified = verify(verifier, &document, settings, expected.now, "Signature within", report)?;
    let covered = noted(report, "Signature within", strict::parse(&verified.xml))?;
    let signed_still = noted(report, "Signature within", shape::assertion_document(&covered))?;
    let same = covered.root_element().attribute("ID") == document.root_element().attribute("ID");
    report.check(
        "Signature within",
        same && !signed_still,
        "the encrypted Assertion is signed itself, and unchanged",
        Reason::Forbidden,
        "the signature covers something else than what stands in its place",
    )?;
    drop(covered);
    Ok(verified.xml)
}

/// What was decrypted, complete: it may have taken prefixes from the elements around it. What is no XML at all was not
/// decrypted rightly, and says no more than that.
fn complete(xml: String, around: Node<'_, '_>) -> Result<String, Refused> {
    strict::plain(&xml)?;
    let stands_alone = Document::parse(&xml).is_ok_and(|document| is(document.root_element(), ASSERTION, "Assertion"));
    if stands_alone {
        return Ok(xml);
    }
    let with = encryption::with_namespaces(&xml, around).ok_or_else(encryption::undecryptable)?;
    Document::parse(&with).map_err(|_| encryption::undecryptable())?;
    Ok(with)
}
