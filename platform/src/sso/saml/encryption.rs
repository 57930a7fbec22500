//! Opening an encrypted assertion (XML Encryption 1.1).
//!
//! It is done only after the signature of the response around it was verified: nobody but the provider gets anything
//! decrypted, so there is no padding oracle. Besides, whatever fails after the algorithms were read fails in the same
//! words.

use base64::Engine as _;
use openssl::{
    error::ErrorStack,
    md::{Md, MdRef},
    pkey::{PKey, Private},
    pkey_ctx::PkeyCtx,
    rsa::Padding,
    symm::{Cipher, Crypter, Mode, decrypt_aead},
};
use roxmltree::Node;

use super::{
    names::{DSIG, XENC, XENC11, XS, XSI},
    node::{child, children, elements, is, need, text},
    strict::{MAX_BYTES, cut, forbidden, malformed},
};
use crate::sso::{
    keys,
    report::{Reason, Refused},
};

/// Most wrapped keys that are tried: a message may be for several recipients.
const MAX_KEYS: usize = 4;
const GCM_NONCE: usize = 12;
const GCM_TAG: usize = 16;
const CBC_BLOCK: usize = 16;

#[derive(Debug, Clone, Copy)]
enum ContentCipher {
    Cbc(usize),
    Gcm(usize),
}

impl ContentCipher {
    fn of(algorithm: &str) -> Option<Self> {
        Some(match algorithm {
            "http://www.w3.org/2001/04/xmlenc#aes128-cbc" => Self::Cbc(16),
            "http://www.w3.org/2001/04/xmlenc#aes192-cbc" => Self::Cbc(24),
            "http://www.w3.org/2001/04/xmlenc#aes256-cbc" => Self::Cbc(32),
            "http://www.w3.org/2009/xmlenc11#aes128-gcm" => Self::Gcm(16),
            "http://www.w3.org/2009/xmlenc11#aes192-gcm" => Self::Gcm(24),
            "http://www.w3.org/2009/xmlenc11#aes256-gcm" => Self::Gcm(32),
            _ => return None,
        })
    }

    fn key_bytes(self) -> usize {
        match self {
            Self::Cbc(bytes) | Self::Gcm(bytes) => bytes,
        }
    }
}

/// A content key, wrapped with our public key.
struct WrappedKey {
    oaep_digest: &'static MdRef,
    mgf_digest: &'static MdRef,
    wrapped: Vec<u8>,
}

/// What an encrypted assertion was encrypted with, for the report, and what it holds.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) xml: String,
    pub(super) algorithm: String,
}

/// Opens an `EncryptedAssertion` with `private_key` (PKCS #8).
pub(super) fn open(encrypted: Node<'_, '_>, private_key: &[u8]) -> Result<Opened, Refused> {
    let data = need(encrypted, XENC, "EncryptedData")?;
    if let Some(other) =
        elements(encrypted).find(|each| !is(*each, XENC, "EncryptedData") && !is(*each, XENC, "EncryptedKey"))
    {
        return Err(forbidden(format!("EncryptedAssertion holds {}", cut(other.tag_name().name()))));
    }
    if data.attribute("Type").is_some_and(|kind| kind != "http://www.w3.org/2001/04/xmlenc#Element") {
        return Err(forbidden("the encrypted data is not an element"));
    }
    let algorithm = algorithm_of(need(data, XENC, "EncryptionMethod")?);
    let cipher = ContentCipher::of(algorithm).ok_or_else(|| {
        not_allowed(format!(
            "the assertion is encrypted with “{}”; AES of 128, 192 or 256 bits with CBC or GCM is accepted",
            cut(algorithm)
        ))
    })?;
    let content = cipher_value(data)?;
    let mut nodes: Vec<Node<'_, '_>> = match child(data, DSIG, "KeyInfo")? {
        Some(key_info) => children(key_info, XENC, "EncryptedKey").collect(),
        None => Vec::new(),
    };
    nodes.extend(children(encrypted, XENC, "EncryptedKey"));
    if nodes.is_empty() || nodes.len() > MAX_KEYS {
        return Err(malformed(format!("the encrypted assertion holds {} encrypted keys", nodes.len())));
    }
    let wrapped = nodes.into_iter().map(wrapped_key).collect::<Result<Vec<_>, _>>()?;
    let key = keys::private_key(private_key).map_err(|_| undecryptable())?;
    wrapped
        .iter()
        .find_map(|wrapped| {
            let content_key = unwrap_key(&key, wrapped).ok().filter(|bytes| bytes.len() == cipher.key_bytes())?;
            String::from_utf8(decrypt(cipher, &content_key, &content)?).ok()
        })
        .map(|xml| Opened { xml, algorithm: algorithm.rsplit('#').next().unwrap_or_default().to_owned() })
        .ok_or_else(undecryptable)
}

/// The one refusal for everything that fails while decrypting.
pub(super) fn undecryptable() -> Refused {
    Refused::new(
        Reason::Decryption,
        "the assertion cannot be decrypted: it has to be encrypted for the certificate in this connection’s metadata",
    )
}

fn not_allowed(words: String) -> Refused {
    Refused::new(Reason::Algorithm, words)
}

fn algorithm_of<'a>(node: Node<'a, '_>) -> &'a str {
    node.attribute("Algorithm").unwrap_or_default()
}

fn wrapped_key(node: Node<'_, '_>) -> Result<WrappedKey, Refused> {
    let method = need(node, XENC, "EncryptionMethod")?;
    let algorithm = algorithm_of(method);
    let digest = match child(method, DSIG, "DigestMethod")? {
        None => Md::sha1(),
        Some(digest) => match algorithm_of(digest) {
            "http://www.w3.org/2000/09/xmldsig#sha1" => Md::sha1(),
            "http://www.w3.org/2001/04/xmlenc#sha256" => Md::sha256(),
            "http://www.w3.org/2001/04/xmldsig-more#sha384" => Md::sha384(),
            "http://www.w3.org/2001/04/xmlenc#sha512" => Md::sha512(),
            other => return Err(not_allowed(format!("the key is encrypted with the digest “{}”", cut(other)))),
        },
    };
    let mgf = child(method, XENC11, "MGF")?.map(algorithm_of);
    let mgf_digest = match (algorithm, mgf) {
        ("http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p", None)
        | ("http://www.w3.org/2009/xmlenc11#rsa-oaep", None | Some("http://www.w3.org/2009/xmlenc11#mgf1sha1")) => {
            Md::sha1()
        }
        ("http://www.w3.org/2009/xmlenc11#rsa-oaep", Some("http://www.w3.org/2009/xmlenc11#mgf1sha256")) => {
            Md::sha256()
        }
        ("http://www.w3.org/2009/xmlenc11#rsa-oaep", Some("http://www.w3.org/2009/xmlenc11#mgf1sha384")) => {
            Md::sha384()
        }
        ("http://www.w3.org/2009/xmlenc11#rsa-oaep", Some("http://www.w3.org/2009/xmlenc11#mgf1sha512")) => {
            Md::sha512()
        }
        _ => {
            return Err(not_allowed(format!(
                "the key of the assertion is encrypted with “{}”; RSA-OAEP is accepted (rsa-oaep-mgf1p)",
                cut(algorithm)
            )));
        }
    };
    if elements(method).any(|each| is(each, XENC, "OAEPparams")) {
        return Err(not_allowed("the key is encrypted with OAEPparams, which are not read".to_owned()));
    }
    Ok(WrappedKey { oaep_digest: digest, mgf_digest, wrapped: cipher_value(node)? })
}

fn cipher_value(node: Node<'_, '_>) -> Result<Vec<u8>, Refused> {
    let data = need(node, XENC, "CipherData")?;
    let value: String = text(need(data, XENC, "CipherValue")?)?.split_ascii_whitespace().collect();
    base64::engine::general_purpose::STANDARD.decode(value).map_err(|_| malformed("a CipherValue is not base64"))
}

fn unwrap_key(key: &PKey<Private>, wrapped: &WrappedKey) -> Result<Vec<u8>, ErrorStack> {
    let mut context = PkeyCtx::new(key)?;
    context.decrypt_init()?;
    context.set_rsa_padding(Padding::PKCS1_OAEP)?;
    context.set_rsa_oaep_md(wrapped.oaep_digest)?;
    context.set_rsa_mgf1_md(wrapped.mgf_digest)?;
    let mut content_key = Vec::new();
    context.decrypt_to_vec(&wrapped.wrapped, &mut content_key)?;
    Ok(content_key)
}

fn decrypt(cipher: ContentCipher, key: &[u8], content: &[u8]) -> Option<Vec<u8>> {
    match cipher {
        ContentCipher::Gcm(bytes) => {
            let cipher = match bytes {
                16 => Cipher::aes_128_gcm(),
                24 => Cipher::aes_192_gcm(),
                _ => Cipher::aes_256_gcm(),
            };
            let (nonce, rest) = content.split_at_checked(GCM_NONCE)?;
            let (sealed, tag) = rest.split_at_checked(rest.len().checked_sub(GCM_TAG)?)?;
            decrypt_aead(cipher, key, Some(nonce), &[], sealed, tag).ok()
        }
        ContentCipher::Cbc(bytes) => {
            let cipher = match bytes {
                16 => Cipher::aes_128_cbc(),
                24 => Cipher::aes_192_cbc(),
                _ => Cipher::aes_256_cbc(),
            };
            let (vector, sealed) = content.split_at_checked(CBC_BLOCK)?;
            if sealed.is_empty() || sealed.len() % CBC_BLOCK != 0 {
                return None;
            }
            let mut crypter = Crypter::new(cipher, Mode::Decrypt, key, Some(vector)).ok()?;
            // The padding is XML Encryption's own: the last byte says how long it is, the others are anything.
            crypter.pad(false);
            let mut plain = vec![0; sealed.len() + CBC_BLOCK];
            let mut length = crypter.update(sealed, &mut plain).ok()?;
            length += crypter.finalize(plain.get_mut(length..)?).ok()?;
            plain.truncate(length);
            let padding = usize::from(*plain.last()?);
            if !(1..=CBC_BLOCK).contains(&padding) {
                return None;
            }
            plain.truncate(plain.len().checked_sub(padding)?);
            Some(plain)
        }
    }
}

/// Declares on the root of `xml` the prefixes that it uses and took from the elements around it before it was encrypted.
///
/// Only declarations that the response's signature covers are taken over, and the two of XML Schema under their usual
/// names, which canonicalisation leaves out. Exclusive canonicalisation of the assertion is the same with them.
pub(super) fn with_namespaces(xml: &str, around: Node<'_, '_>) -> Option<String> {
    let start = xml.find('<')?;
    let name_end = start + xml[start..].find(|each: char| each.is_ascii_whitespace() || matches!(each, '>' | '/'))?;
    let tag_end = start + xml[start..].find('>')?;
    let tag = &xml[start..tag_end];
    let mut declared = String::new();
    let known = around.namespaces().map(|each| (each.name(), each.uri()));
    let mut seen = Vec::new();
    for (prefix, uri) in known.chain([(Some("xs"), XS), (Some("xsi"), XSI)]) {
        let attribute = prefix.map_or_else(|| "xmlns=".to_owned(), |prefix| format!("xmlns:{prefix}="));
        if prefix == Some("xml") || seen.contains(&prefix) || tag.contains(&attribute) {
            continue;
        }
        // A namespace name that would need escaping is none of SAML's.
        if uri.contains(['"', '&', '<']) {
            return None;
        }
        seen.push(prefix);
        declared.extend([" ", &attribute, "\"", uri, "\""]);
    }
    let whole = format!("{}{declared}{}", &xml[..name_end], &xml[name_end..]);
    (whole.len() <= MAX_BYTES).then_some(whole)
}

#[cfg(test)]
mod tests {
    use openssl::symm::Crypter;

    use super::*;

    fn seal(bytes: &[u8]) -> Vec<u8> {
        let mut crypter = Crypter::new(Cipher::aes_128_cbc(), Mode::Encrypt, &[7; 16], Some(&[9; 16])).unwrap();
        crypter.pad(false);
        let mut sealed = vec![0; bytes.len() + CBC_BLOCK];
        let mut length = crypter.update(bytes, &mut sealed).unwrap();
        length += crypter.finalize(&mut sealed[length..]).unwrap();
        sealed.truncate(length);
        [vec![9; 16], sealed].concat()
    }

    #[test]
    fn padding_is_that_of_xml_encryption() {
        let open = |bytes: &[u8]| decrypt(ContentCipher::Cbc(16), &[7; 16], &seal(bytes));
        assert_eq!(open(b"<a/>xxxxxxxxxxx\x0c").as_deref(), Some(b"<a/>".as_slice()));
        assert_eq!(open(b"<a/>xxxxxxxxxxx\x00"), None);
        assert_eq!(open(b"<a/>xxxxxxxxxxx\x11"), None);
        assert_eq!(open(b"xxxxxxxxxxxxxxx\x10").as_deref(), Some(b"".as_slice()));
    }

    #[test]
    fn what_is_too_short_is_not_opened() {
        for length in 0..40 {
            assert_eq!(decrypt(ContentCipher::Gcm(16), &[7; 16], &vec![0; length]), None);
            if length % 16 != 0 || length < 32 {
                assert_eq!(decrypt(ContentCipher::Cbc(16), &[7; 16], &vec![0; length]), None);
            }
        }
    }

    #[test]
    fn prefixes_of_the_elements_around_are_declared() {
        let around = roxmltree::Document::parse(r#"<a:a xmlns:a="urn:a" xmlns:b="urn:b"><a:c/></a:a>"#).unwrap();
        let around = around.root_element().first_element_child().unwrap();
        let whole = with_namespaces(r#"<b:x xmlns:a="urn:own" a:y="1"/>"#, around).unwrap();
        let document = roxmltree::Document::parse(&whole).unwrap();
        assert_eq!(document.root_element().tag_name().namespace(), Some("urn:b"));
        assert_eq!(document.root_element().attribute(("urn:own", "y")), Some("1"));
    }
}
