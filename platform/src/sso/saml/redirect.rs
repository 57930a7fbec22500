//! The HTTP Redirect binding (SAML 2.0 Bindings, section 3.4): a message in an address, compressed, with its signature
//! beside it.

use std::io::{Read as _, Write as _};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};

use super::{
    outgoing::Kind,
    signing::{RSA_SHA256, SignError, sign_bytes},
};
use crate::sso::{Reason, Refused, Report};

mod signature;

pub(super) use signature::check_signature;

/// The longest query that is read. What servers accept as an address is shorter.
const MOST_QUERY: usize = 65_536;
/// The longest message, uncompressed: 64 KB shrink to 64 bytes if somebody wants them to grow again here.
const MOST_MESSAGE: u64 = 262_144;
/// The parameters of the binding. None may stand there twice.
const PARAMETERS: [&str; 6] = ["SAMLRequest", "SAMLResponse", "RelayState", "SigAlg", "Signature", "SAMLEncoding"];

/// The address that carries `xml` to `to`; with a key it is signed.
pub(super) fn address(
    to: &str,
    kind: Kind,
    xml: &str,
    relay_state: Option<&str>,
    key: Option<&[u8]>,
) -> Result<String, SignError> {
    let mut query = format!("{}={}", kind.parameter(), percent_encode(&STANDARD.encode(deflate(xml))));
    if let Some(state) = relay_state {
        query = format!("{query}&RelayState={}", percent_encode(state));
    }
    if let Some(key) = key {
        query = format!("{query}&SigAlg={}", percent_encode(RSA_SHA256));
        let signature = STANDARD.encode(sign_bytes(query.as_bytes(), key)?);
        query = format!("{query}&Signature={}", percent_encode(&signature));
    }
    // The provider's address may have a query of its own, which stays.
    let to = to.split('#').next().unwrap_or_default();
    let joint = match to.split_once('?') {
        None => "?",
        Some((_, own)) if own.is_empty() || own.ends_with('&') => "",
        Some(_) => "&",
    };
    Ok(format!("{to}{joint}{query}"))
}

fn deflate(text: &str) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    // Writing into memory does not fail.
    let _ = encoder.write_all(text.as_bytes());
    encoder.finish().unwrap_or_default()
}

/// Everything but unreserved characters (RFC 3986, section 2.3) as `%XX`.
fn percent_encode(text: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// What `%XX` stands for, and a space for `+`. `None`: a broken `%`, or no UTF-8.
fn percent_decode(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                digit()? * 16 + digit()?
            }
            b'+' => b' ',
            other => other,
        });
    }
    String::from_utf8(decoded).ok()
}

/// The parameters of the binding, exactly as they were received: what is signed are these very bytes.
#[derive(Debug)]
pub(super) struct Query<'a> {
    pub(super) kind: Kind,
    /// The message, percent-encoded.
    message: &'a str,
    /// Percent-encoded; it may be there and empty.
    relay_state: Option<&'a str>,
    algorithm: Option<&'a str>,
    signature: Option<&'a str>,
}

impl<'a> Query<'a> {
    /// Reads the query of an address, without `?`.
    pub(super) fn read(raw: &'a str, report: &mut Report) -> Result<Self, Refused> {
        const CHECK: &str = "Parameters";
        if raw.len() > MOST_QUERY {
            let words =
                format!("The address has {} bytes after the question mark. At most {MOST_QUERY} are read.", raw.len());
            return Err(report.refuse(CHECK, Reason::Malformed, words));
        }
        let mut values: [Option<&str>; 6] = [None; 6];
        for part in raw.split('&') {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            // A name in disguise must not hide a second parameter.
            let Some(index) = PARAMETERS.iter().position(|known| percent_decode(name).as_deref() == Some(known)) else {
                continue;
            };
            if name != PARAMETERS[index] {
                let words = format!(
                    "The parameter {} is written as {name}, which nobody has a reason to do.",
                    PARAMETERS[index]
                );
                return Err(report.refuse(CHECK, Reason::Forbidden, words));
            }
            if values[index].replace(value).is_some() {
                let words = format!("The parameter {name} stands in the address twice.");
                return Err(report.refuse(CHECK, Reason::Forbidden, words));
            }
        }
        let [request, response, relay_state, algorithm, signature, encoding] = values;
        let (kind, message) = match (request, response) {
            (Some(request), None) => (Kind::Request, request),
            (None, Some(response)) => (Kind::Response, response),
            (None, None) => {
                let words = "The address holds neither SAMLRequest nor SAMLResponse.";
                return Err(report.refuse(CHECK, Reason::Malformed, words));
            }
            (Some(_), Some(_)) => {
                let words = "The address holds both SAMLRequest and SAMLResponse: it is unclear which one counts.";
                return Err(report.refuse(CHECK, Reason::Forbidden, words));
            }
        };
        if let Some(encoding) = encoding
            && percent_decode(encoding).as_deref() != Some("urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE")
        {
            let words = "The message is encoded in another way than DEFLATE (SAMLEncoding), which is not read.";
            return Err(report.refuse(CHECK, Reason::Malformed, words));
        }
        report.passed(CHECK, format!("{} by HTTP Redirect, each parameter once.", kind.parameter()));
        Ok(Self { kind, message, relay_state, algorithm, signature })
    }

    /// What is signed (section 3.4.4.1): the parameters in this order, each as received.
    fn signed_bytes(&self, algorithm: &str) -> String {
        let relay_state = self.relay_state.map(|state| format!("&RelayState={state}")).unwrap_or_default();
        format!("{}={}{relay_state}&SigAlg={algorithm}", self.kind.parameter(), self.message)
    }

    /// What came back with the message, decoded.
    pub(super) fn relay_state(&self) -> Option<String> {
        self.relay_state.and_then(percent_decode).filter(|state| !state.is_empty())
    }

    /// The message, uncompressed.
    pub(super) fn xml(&self, report: &mut Report) -> Result<String, Refused> {
        const CHECK: &str = "Encoding";
        let malformed = |report: &mut Report, words: &str| report.refuse(CHECK, Reason::Malformed, words);
        let Some(compressed) = decode_base64(self.message) else {
            return Err(malformed(report, "The message is not base64 text."));
        };
        let mut plain = Vec::new();
        let mut decoder = DeflateDecoder::new(compressed.as_slice()).take(MOST_MESSAGE + 1);
        if decoder.read_to_end(&mut plain).is_err() {
            return Err(malformed(report, "The message cannot be decompressed: it is not what DEFLATE makes."));
        }
        if plain.len() as u64 > MOST_MESSAGE {
            let words = format!("Decompressed, the message has more than {MOST_MESSAGE} bytes.");
            return Err(report.refuse(CHECK, Reason::Forbidden, words));
        }
        String::from_utf8(plain).map_err(|_| malformed(report, "The message is not UTF-8 text."))
    }
}

/// Base64 in an address. White space, also where a `+` was not encoded, does no harm.
fn decode_base64(encoded: &str) -> Option<Vec<u8>> {
    let text = percent_decode(encoded)?;
    let text: String = text.chars().map(|sign| if sign == ' ' { '+' } else { sign }).collect();
    STANDARD.decode(text.replace(['\r', '\n', '\t'], "")).ok()
}

#[cfg(test)]
mod tests;
