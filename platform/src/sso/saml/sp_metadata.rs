//! Our metadata, which a provider is set up with: one document for each connection (SAML 2.0 Metadata, section 2.4.4).

use sha2::{Digest as _, Sha256};

use super::{
    markup::{METADATA, POST, REDIRECT, escape},
    names::{DSIG, PROTOCOL},
    signing::{SignError, key_info, sign, template},
};
use crate::{
    hex,
    sso::{Connection, NameIdFormat, SamlSettings, connection::ConnectionSecrets},
};

/// The kind of the document, for `Content-Type`.
pub const CONTENT_TYPE: &str = "application/samlmetadata+xml";

/// How assertions may be encrypted for us: the content, and then the key to it. The first is the best.
const ENCRYPTION: [&str; 6] = [
    "http://www.w3.org/2009/xmlenc11#aes256-gcm",
    "http://www.w3.org/2009/xmlenc11#aes128-gcm",
    "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
    "http://www.w3.org/2001/04/xmlenc#aes128-cbc",
    "http://www.w3.org/2009/xmlenc11#rsa-oaep",
    "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
];

/// Writes the metadata of a connection. It is signed where the settings say so, which needs the connection's secrets;
/// without them it is not.
///
/// It says for no time that it would end: providers read it once, and would stop working on that day.
///
/// # Errors
/// [`SignError`] when the connection's key cannot sign.
pub fn write(
    connection: &Connection,
    settings: &SamlSettings,
    secrets: Option<&ConnectionSecrets>,
) -> Result<String, SignError> {
    let entity = connection.endpoint("metadata");
    // The same document has the same ID, so that two copies are easily compared.
    let id = format!("_{}", hex::encode(&Sha256::digest(&connection.certificate)[..16]));
    let signature = match secrets {
        Some(_) if settings.signs_metadata => template(&id, &connection.certificate),
        _ => String::new(),
    };
    let key = key_info(&connection.certificate);
    let methods = ENCRYPTION.map(|method| format!("<md:EncryptionMethod Algorithm=\"{method}\"/>")).concat();
    let acs = escape(&connection.endpoint("acs"));
    let slo = escape(&connection.endpoint("slo"));
    let xml = format!(
        "<md:EntityDescriptor xmlns:md=\"{METADATA}\" xmlns:ds=\"{DSIG}\" ID=\"{id}\" entityID=\"{entity}\">{signature}\
         <md:SPSSODescriptor protocolSupportEnumeration=\"{PROTOCOL}\" AuthnRequestsSigned=\"{signs}\" \
         WantAssertionsSigned=\"true\">\
         <md:KeyDescriptor use=\"signing\">{key}</md:KeyDescriptor>\
         <md:KeyDescriptor use=\"encryption\">{key}{methods}</md:KeyDescriptor>\
         <md:SingleLogoutService Binding=\"{REDIRECT}\" Location=\"{slo}\"/>\
         <md:SingleLogoutService Binding=\"{POST}\" Location=\"{slo}\"/>\
         {name_id}\
         <md:AssertionConsumerService Binding=\"{POST}\" Location=\"{acs}\" index=\"0\" isDefault=\"true\"/>\
         </md:SPSSODescriptor></md:EntityDescriptor>",
        entity = escape(&entity),
        signs = settings.signs_requests,
        name_id = name_id_formats(settings.name_id_format),
    );
    match secrets {
        Some(secrets) if settings.signs_metadata => sign(&xml, &secrets.private_key),
        _ => Ok(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{xml}\n")),
    }
}

/// Where any will do, none is named: the provider then chooses.
fn name_id_formats(format: NameIdFormat) -> String {
    match format {
        NameIdFormat::Unspecified => String::new(),
        format => format!("<md:NameIDFormat>{}</md:NameIDFormat>", format.urn()),
    }
}

#[cfg(test)]
mod tests;
