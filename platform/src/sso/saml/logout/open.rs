//! From what was received to the XML that its signature covers, by either binding. Nothing else is read afterwards.

use roxmltree::{Document, Node};

use crate::sso::{
    Reason, Refused, Report, SamlSettings,
    saml::{
        names::{DSIG, PROTOCOL},
        node::is,
        outgoing::Kind,
        redirect::{Query, check_signature},
        signature, strict,
        verifier::{SamlVerifier as _, SigningCertificate, Xmlsec},
    },
};

/// A message about signing out, as it was received.
#[derive(Debug, Clone, Copy)]
pub enum Incoming<'a> {
    /// By HTTP Redirect.
    Redirect {
        /// The query of the address, without the question mark, exactly as received.
        query: &'a str,
    },
    /// By HTTP POST.
    Post {
        /// The field `SAMLRequest` or `SAMLResponse`.
        message: &'a str,
        /// The field `RelayState`.
        relay_state: Option<&'a str>,
    },
}

/// What a signature covers.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) xml: String,
    pub(super) relay_state: Option<String>,
}

/// Checks the form of a message and its signature.
pub(super) fn open(
    incoming: Incoming<'_>,
    kind: Kind,
    root: &'static str,
    settings: &SamlSettings,
    report: &mut Report,
) -> Result<Opened, Refused> {
    if settings.certificates.is_empty() {
        let words = "The connection has no certificate of the provider, so no signature can be checked.";
        return Err(report.refuse("Signature", Reason::Settings, words));
    }
    let opened = match incoming {
        Incoming::Redirect { query } => by_redirect(query, kind, settings, report)?,
        Incoming::Post { message, relay_state } => {
            let xml = by_post(message, root, settings, report)?;
            Opened { xml, relay_state: relay_state.filter(|state| !state.is_empty()).map(str::to_owned) }
        }
    };
    let document = parse(&opened.xml, report)?;
    check_root(&document, root, report)?;
    Ok(opened)
}

fn by_redirect(query: &str, kind: Kind, settings: &SamlSettings, report: &mut Report) -> Result<Opened, Refused> {
    let query = Query::read(query, report)?;
    if query.kind != kind {
        let words = format!("The address holds {}, not {}.", query.kind.parameter(), kind.parameter());
        return Err(report.refuse("Parameters", Reason::Malformed, words));
    }
    // First the signature, then the unpacking: strangers cannot make this server unpack anything.
    check_signature(&query, &settings.certificates, report)?;
    let xml = query.xml(report)?;
    report.received(kind.parameter(), &xml);
    Ok(Opened { xml, relay_state: query.relay_state() })
}

fn by_post(message: &str, root: &'static str, settings: &SamlSettings, report: &mut Report) -> Result<String, Refused> {
    let xml = strict::decode(message).map_err(|refused| noted(report, "Encoding", refused))?;
    report.received_unverified(root, &xml);
    let document = parse(&xml, report)?;
    let element = check_root(&document, root, report)?;
    check_shape(element, report)?;
    let certificates: Vec<_> =
        settings.certificates.iter().filter_map(|text| SigningCertificate::read(text).ok()).collect();
    let Ok(verified) = Xmlsec.verify(&xml, &certificates) else {
        let words = "The signature does not match the message and any of the connection’s certificates. Either something \
                     was changed on the way, or the provider has a new certificate: read its metadata again.";
        return Err(report.refuse("Signature", Reason::Signature, words));
    };
    let by = verified.certificate.and_then(|index| certificates.get(index));
    let by = by.map_or_else(|| "a certificate of the provider".to_owned(), SigningCertificate::words);
    report.passed("Signature", format!("It was made with the key of {by}."));
    report.received(root, &xml);
    Ok(verified.xml)
}

/// One signature, of the whole message, in the one form that is taken.
fn check_shape(root: Node<'_, '_>, report: &mut Report) -> Result<(), Refused> {
    const CHECK: &str = "Signature";
    let id = root.attribute("ID").unwrap_or_default();
    let mut signatures = root.descendants().filter(|node| node.is_element() && node.tag_name().name() == "Signature");
    let Some(found) = signatures.next() else {
        let words = "The message is not signed. Messages about signing out must be; switch that on at the provider.";
        return Err(report.refuse(CHECK, Reason::Unsigned, words));
    };
    if signatures.next().is_some() || !is(found, DSIG, "Signature") || found.parent() != Some(root) {
        let words = "There is more than one signature, or it does not stand directly in the message.";
        return Err(report.refuse(CHECK, Reason::Forbidden, words));
    }
    signature::check(found, id).map_err(|refused| noted(report, CHECK, refused))
}

fn check_root<'a, 'i>(
    document: &'a Document<'i>,
    expected: &'static str,
    report: &mut Report,
) -> Result<Node<'a, 'i>, Refused> {
    let root = document.root_element();
    if is(root, PROTOCOL, expected) {
        return Ok(root);
    }
    let words =
        format!("The message is “{}”; a {expected} of SAML 2.0 belongs here.", strict::cut(root.tag_name().name()));
    Err(report.refuse("Message", Reason::Malformed, words))
}

/// Parses what passed the strict filter.
pub(super) fn parse<'a>(xml: &'a str, report: &mut Report) -> Result<Document<'a>, Refused> {
    strict::parse(xml).map_err(|refused| noted(report, "XML", refused))
}

/// Notes what a part of the filter found, as a sentence.
pub(super) fn noted(report: &mut Report, check: &str, refused: Refused) -> Refused {
    let mut letters = refused.words.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    let mut words: String = first.chain(letters).collect();
    if !words.ends_with('.') {
        words.push('.');
    }
    report.refuse(check, refused.reason, words)
}
