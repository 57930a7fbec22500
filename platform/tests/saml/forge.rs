//! Makes responses: right ones, signed as a provider signs them, from which the hostile ones are made.

use std::{fs, path::Path};

use openssl::{
    asn1::Asn1Time,
    bn::{BigNum, MsbOption},
    ec::{EcGroup, EcKey},
    hash::MessageDigest,
    nid::Nid,
    pkey::{PKey, Private},
    rsa::Rsa,
    x509::{X509, X509Builder, X509NameBuilder},
};
use samael::crypto::{Crypto, CryptoProvider as _};
use time::{OffsetDateTime, macros::datetime};

pub(crate) const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);
pub(crate) const IDP: &str = "https://idp.example/metadata";
pub(crate) const SP: &str = "https://acme.app.example/sso/con_1/metadata";
pub(crate) const ACS: &str = "https://acme.app.example/sso/con_1/acs";
pub(crate) const REQUEST: &str = "_request1";
pub(crate) const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
pub(crate) const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
pub(crate) const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
pub(crate) const ECDSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
pub(crate) const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
pub(crate) const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
pub(crate) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// A key pair of the corpus, kept beside it so that its files stay good.
pub(crate) struct Pair {
    pub(crate) key: PKey<Private>,
    pub(crate) certificate: X509,
}

impl Pair {
    pub(crate) fn der_base64(&self) -> String {
        openssl::base64::encode_block(&self.certificate.to_der().unwrap())
    }
}

/// Who has keys: the provider, its next key, its elliptic one, its weak and its expired one, another connection's
/// provider, an attacker, and us.
pub(crate) const HOLDERS: [&str; 8] =
    ["idp", "idp-next", "idp-ec", "idp-weak", "idp-expired", "other", "attacker", "sp"];

pub(crate) fn pair(holder: &str) -> Pair {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/saml/corpus/keys");
    Pair {
        key: PKey::private_key_from_pem(&fs::read(folder.join(format!("{holder}.key.pem"))).unwrap()).unwrap(),
        certificate: X509::from_pem(&fs::read(folder.join(format!("{holder}.crt.pem"))).unwrap()).unwrap(),
    }
}

/// Makes the keys that are missing.
pub(crate) fn make_keys(folder: &Path) {
    for holder in HOLDERS {
        let file = folder.join(format!("{holder}.key.pem"));
        if file.exists() {
            continue;
        }
        let key = match holder {
            "idp-ec" => {
                let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
                PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
            }
            "idp-weak" => PKey::from_rsa(Rsa::generate(1024).unwrap()).unwrap(),
            _ => PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap(),
        };
        let (from, until) = match holder {
            "idp-expired" => (datetime!(2020-01-01 0:00 UTC), datetime!(2025-01-01 0:00 UTC)),
            _ => (datetime!(2026-01-01 0:00 UTC), datetime!(2046-01-01 0:00 UTC)),
        };
        fs::write(&file, key.private_key_to_pem_pkcs8().unwrap()).unwrap();
        let certificate = certificate(&key, &format!("{holder} of the corpus"), from, until);
        fs::write(folder.join(format!("{holder}.crt.pem")), certificate.to_pem().unwrap()).unwrap();
    }
}

fn certificate(key: &PKey<Private>, name: &str, from: OffsetDateTime, until: OffsetDateTime) -> X509 {
    let mut names = X509NameBuilder::new().unwrap();
    names.append_entry_by_text("CN", name).unwrap();
    let names = names.build();
    let mut serial = BigNum::new().unwrap();
    serial.rand(127, MsbOption::MAYBE_ZERO, false).unwrap();
    let mut builder = X509Builder::new().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&serial.to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&names).unwrap();
    builder.set_issuer_name(&names).unwrap();
    builder.set_not_before(&Asn1Time::from_unix(from.unix_timestamp()).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::from_unix(until.unix_timestamp()).unwrap()).unwrap();
    builder.set_pubkey(key).unwrap();
    builder.sign(key, MessageDigest::sha256()).unwrap();
    builder.build()
}

/// How something is signed.
#[derive(Clone)]
pub(crate) struct Signing {
    pub(crate) holder: &'static str,
    pub(crate) method: &'static str,
    pub(crate) digest: &'static str,
    pub(crate) canonicalisation: &'static str,
    pub(crate) transforms: &'static [&'static str],
    /// What stands in `KeyInfo`: the certificate of this holder.
    pub(crate) names_certificate_of: Option<&'static str>,
}

impl Default for Signing {
    fn default() -> Self {
        Self {
            holder: "idp",
            method: RSA_SHA256,
            digest: SHA256,
            canonicalisation: EXCLUSIVE,
            transforms: &[ENVELOPED, EXCLUSIVE],
            names_certificate_of: Some("idp"),
        }
    }
}

impl Signing {
    pub(crate) fn by(holder: &'static str) -> Self {
        Self { holder, names_certificate_of: Some(holder), ..Self::default() }
    }

    /// A signature of the element `id`, still without its values.
    pub(crate) fn skeleton(&self, id: &str) -> String {
        let transforms: String =
            self.transforms.iter().map(|each| format!(r#"<ds:Transform Algorithm="{each}"></ds:Transform>"#)).collect();
        format!(
            concat!(
                r#"<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>"#,
                r#"<ds:CanonicalizationMethod Algorithm="{}"></ds:CanonicalizationMethod>"#,
                r#"<ds:SignatureMethod Algorithm="{}"></ds:SignatureMethod><ds:Reference URI="{}{}">"#,
                r#"<ds:Transforms>{}</ds:Transforms><ds:DigestMethod Algorithm="{}"></ds:DigestMethod>"#,
                r#"<ds:DigestValue></ds:DigestValue></ds:Reference></ds:SignedInfo>"#,
                r#"<ds:SignatureValue></ds:SignatureValue></ds:Signature>"#,
            ),
            self.canonicalisation, self.method, "#", id, transforms, self.digest
        )
    }

    /// Fills the first signature of `xml`.
    pub(crate) fn sign(&self, xml: &str) -> String {
        let key = pair(self.holder).key.private_key_to_der().unwrap();
        let signed = Crypto::sign_xml(xml, &key).unwrap();
        let signed = signed.split_once("?>").unwrap().1.trim().to_owned();
        match self.names_certificate_of {
            Some(holder) => signed.replacen(
                "</ds:SignatureValue>",
                &format!("</ds:SignatureValue>{}", key_info(&pair(holder).der_base64())),
                1,
            ),
            None => signed,
        }
    }
}

pub(crate) fn key_info(certificate: &str) -> String {
    format!(
        "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
    )
}

/// A response in its parts. Each is text, so that each can be wrong.
#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) response_attributes: String,
    pub(crate) response_id: String,
    pub(crate) response_issuer: String,
    pub(crate) status: String,
    pub(crate) assertion_attributes: String,
    pub(crate) assertion_id: String,
    pub(crate) assertion_issuer: String,
    pub(crate) name_id: String,
    pub(crate) confirmation: String,
    pub(crate) conditions: String,
    pub(crate) authn_statement: String,
    pub(crate) attributes: String,
    pub(crate) sign_response: Option<Signing>,
    pub(crate) sign_assertion: Option<Signing>,
}

impl Default for Message {
    fn default() -> Self {
        Self {
            response_attributes: format!(
                r#"Version="2.0" IssueInstant="2026-06-01T11:59:58Z" Destination="{ACS}" InResponseTo="{REQUEST}""#
            ),
            response_id: "_response1".to_owned(),
            response_issuer: issuer(IDP),
            status: status(r#"<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>"#),
            assertion_attributes: r#"Version="2.0" IssueInstant="2026-06-01T11:59:58Z""#.to_owned(),
            assertion_id: "_assertion1".to_owned(),
            assertion_issuer: issuer(IDP),
            name_id: name_id(PERSISTENT, "7f3c-ada"),
            confirmation: confirmation(&format!(
                r#"NotOnOrAfter="2026-06-01T12:05:00Z" Recipient="{ACS}" InResponseTo="{REQUEST}""#
            )),
            conditions: conditions(
                r#"NotBefore="2026-06-01T11:55:00Z" NotOnOrAfter="2026-06-01T12:05:00Z""#,
                &audience(SP),
            ),
            authn_statement: authn_statement(
                r#"AuthnInstant="2026-06-01T11:59:50Z" SessionIndex="_session1" SessionNotOnOrAfter="2026-06-01T20:00:00Z""#,
            ),
            attributes: [
                attribute("email", &["ada@acme.example"]),
                attribute("displayName", &["Ada Lovelace"]),
                attribute("groups", &["staff", "helpdesk"]),
            ]
            .concat(),
            sign_response: None,
            sign_assertion: Some(Signing::default()),
        }
    }
}

impl Message {
    pub(crate) fn response_signed() -> Self {
        Self { sign_response: Some(Signing::default()), sign_assertion: None, ..Self::default() }
    }

    pub(crate) fn both_signed() -> Self {
        Self { sign_response: Some(Signing::default()), ..Self::default() }
    }

    pub(crate) fn unsigned() -> Self {
        Self { sign_assertion: None, ..Self::default() }
    }

    /// The assertion, signed if it is to be.
    pub(crate) fn assertion(&self) -> String {
        let statements = if self.attributes.is_empty() {
            String::new()
        } else {
            format!("<saml:AttributeStatement>{}</saml:AttributeStatement>", self.attributes)
        };
        let xml = format!(
            r#"<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{}" {}>{}{}<saml:Subject>{}{}</saml:Subject>{}{}{statements}</saml:Assertion>"#,
            self.assertion_id,
            self.assertion_attributes,
            self.assertion_issuer,
            self.sign_assertion.as_ref().map(|signing| signing.skeleton(&self.assertion_id)).unwrap_or_default(),
            self.name_id,
            self.confirmation,
            self.conditions,
            self.authn_statement,
        );
        match &self.sign_assertion {
            Some(signing) => signing.sign(&xml),
            None => xml,
        }
    }

    /// The response around `inside`, signed if it is to be.
    pub(crate) fn response(&self, inside: &str) -> String {
        let xml = format!(
            r#"<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{}" {}>{}{}{}{inside}</samlp:Response>"#,
            self.response_id,
            self.response_attributes,
            self.response_issuer,
            self.sign_response.as_ref().map(|signing| signing.skeleton(&self.response_id)).unwrap_or_default(),
            self.status,
        );
        match &self.sign_response {
            Some(signing) => signing.sign(&xml),
            None => xml,
        }
    }

    /// The whole message.
    pub(crate) fn xml(&self) -> String {
        self.response(&self.assertion())
    }
}

pub(crate) fn issuer(name: &str) -> String {
    format!("<saml:Issuer>{name}</saml:Issuer>")
}

pub(crate) fn status(inside: &str) -> String {
    format!("<samlp:Status>{inside}</samlp:Status>")
}

pub(crate) fn name_id(format: &str, value: &str) -> String {
    format!(r#"<saml:NameID Format="{format}">{value}</saml:NameID>"#)
}

pub(crate) fn confirmation(data: &str) -> String {
    format!(
        r#"<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData {data}/></saml:SubjectConfirmation>"#
    )
}

pub(crate) fn conditions(attributes: &str, inside: &str) -> String {
    format!("<saml:Conditions {attributes}>{inside}</saml:Conditions>")
}

pub(crate) fn audience(name: &str) -> String {
    format!("<saml:AudienceRestriction><saml:Audience>{name}</saml:Audience></saml:AudienceRestriction>")
}

pub(crate) fn authn_statement(attributes: &str) -> String {
    format!(
        "<saml:AuthnStatement {attributes}><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>"
    )
}

pub(crate) fn attribute(name: &str, values: &[&str]) -> String {
    let values: String =
        values.iter().map(|value| format!("<saml:AttributeValue>{value}</saml:AttributeValue>")).collect();
    format!(r#"<saml:Attribute Name="{name}">{values}</saml:Attribute>"#)
}
