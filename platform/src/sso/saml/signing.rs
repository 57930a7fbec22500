//! Signing what goes out with the connection's own key: RSA-SHA256, always.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openssl::{error::ErrorStack, hash::MessageDigest, sign::Signer};
use samael::crypto::{Crypto, CryptoError, CryptoProvider as _};

use super::{
    markup::escape,
    names::{DSIG, ENVELOPED, EXCLUSIVE_C14N},
};
use crate::sso::{Reason, Refused, keys};

/// RFC 6931, section 2.3.2.
pub(super) const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

/// Why something could not be signed: the connection's key is not what it should be.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// OpenSSL said no.
    #[error("the connection’s own key cannot be used: {0}")]
    Key(#[from] ErrorStack),
    /// xmlsec said no.
    #[error("xmlsec cannot sign with the connection’s own key: {0}")]
    Xml(#[from] CryptoError),
}

impl From<SignError> for Refused {
    fn from(error: SignError) -> Self {
        Self::new(Reason::Settings, format!("What goes to the provider cannot be signed: {error}."))
    }
}

/// The empty signature of the element with this ID, to be put where it belongs; [`sign`] fills it.
pub(super) fn template(id: &str, certificate: &[u8]) -> String {
    format!(
        "<ds:Signature xmlns:ds=\"{DSIG}\"><ds:SignedInfo>\
         <ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE_C14N}\"/>\
         <ds:SignatureMethod Algorithm=\"{RSA_SHA256}\"/>\
         <ds:Reference URI=\"#{id}\"><ds:Transforms>\
         <ds:Transform Algorithm=\"{ENVELOPED}\"/>\
         <ds:Transform Algorithm=\"{EXCLUSIVE_C14N}\"/></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue/></ds:Reference>\
         </ds:SignedInfo><ds:SignatureValue/>{}</ds:Signature>",
        key_info(certificate),
        id = escape(id),
    )
}

/// The certificate as messages and metadata hold it.
pub(super) fn key_info(certificate: &[u8]) -> String {
    format!(
        "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>",
        STANDARD.encode(certificate)
    )
}

/// Signs a document of ours that holds a [`template`]. Computes for some milliseconds.
pub(super) fn sign(xml: &str, private_key: &[u8]) -> Result<String, SignError> {
    let key = keys::private_key(private_key)?.rsa()?.private_key_to_der()?;
    Ok(Crypto::sign_xml(xml, &key)?)
}

/// Signs bytes, as the HTTP Redirect binding does.
pub(super) fn sign_bytes(bytes: &[u8], private_key: &[u8]) -> Result<Vec<u8>, SignError> {
    let key = keys::private_key(private_key)?;
    let mut signer = Signer::new(MessageDigest::sha256(), &key)?;
    Ok(signer.sign_oneshot_to_vec(bytes)?)
}
