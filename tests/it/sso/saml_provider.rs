//! A SAML provider in the test's own process: it writes and signs what a test asks for.

use std::io::Read as _;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use flate2::read::DeflateDecoder;
use rowhouse_platform::sso::keys::{self, KeyPair};
use samael::crypto::{Crypto, CryptoProvider as _};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339, macros::datetime};

use super::provider::reply;

pub const ENTITY: &str = "https://idp.test/metadata";
const SKELETON: &str = concat!(
    r##"<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>"##,
    r##"<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:CanonicalizationMethod>"##,
    r##"<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></ds:SignatureMethod>"##,
    r##"<ds:Reference URI="#ID"><ds:Transforms>"##,
    r##"<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></ds:Transform>"##,
    r##"<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:Transform></ds:Transforms>"##,
    r##"<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod>"##,
    r##"<ds:DigestValue></ds:DigestValue></ds:Reference></ds:SignedInfo>"##,
    r##"<ds:SignatureValue></ds:SignatureValue></ds:Signature>"##,
);

/// What the provider says.
#[derive(Debug, Clone)]
pub struct Says<'a> {
    pub name_id: &'a str,
    pub email: &'a str,
    pub in_response_to: Option<&'a str>,
    pub assertion_id: &'a str,
    /// When the person showed credentials.
    pub shown_at: OffsetDateTime,
}

pub struct SamlProvider {
    pair: KeyPair,
}

impl SamlProvider {
    pub fn new() -> Self {
        Self { pair: keys::generate("idp.test", datetime!(2026-06-01 12:00 UTC)).unwrap() }
    }

    pub fn certificate(&self) -> String {
        BASE64.encode(&self.pair.certificate)
    }

    /// A response for the connection at `sp`, such as `http://acme.app.test:3000/sso/sso_…`, as a form posts it.
    pub fn response(&self, sp: &str, now: OffsetDateTime, says: &Says<'_>) -> String {
        let at = |time: OffsetDateTime| time.format(&Rfc3339).unwrap();
        let (issued, until, shown) = (at(now), at(now + Duration::minutes(5)), at(says.shown_at));
        let answers = says.in_response_to.map(|id| format!(" InResponseTo=\"{id}\"")).unwrap_or_default();
        let Says { name_id, email, assertion_id, .. } = says;
        let assertion = format!(
            r#"<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{assertion_id}" Version="2.0" IssueInstant="{issued}"><saml:Issuer>{ENTITY}</saml:Issuer>{signature}<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">{name_id}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="{until}" Recipient="{sp}/acs"{answers}/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="{issued}" NotOnOrAfter="{until}"><saml:AudienceRestriction><saml:Audience>{sp}/metadata</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="{shown}" SessionIndex="_session-{name_id}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement><saml:Attribute Name="email"><saml:AttributeValue>{email}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion>"#,
            signature = SKELETON.replace("#ID", &format!("#{assertion_id}")),
        );
        let response = format!(
            r#"<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_response-{assertion_id}" Version="2.0" IssueInstant="{issued}" Destination="{sp}/acs"{answers}><saml:Issuer>{ENTITY}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>{}</samlp:Response>"#,
            self.sign(&assertion)
        );
        BASE64.encode(response)
    }

    /// A request to sign somebody out, as a form posts it.
    pub fn logout_request(
        &self,
        sp: &str,
        now: OffsetDateTime,
        id: &str,
        name_id: &str,
        session: Option<&str>,
    ) -> String {
        let session = session.map(|it| format!("<samlp:SessionIndex>{it}</samlp:SessionIndex>")).unwrap_or_default();
        self.message(
            sp,
            now,
            ("LogoutRequest", id, ""),
            &format!(r#"<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">{name_id}</saml:NameID>{session}"#),
        )
    }

    /// The answer to ours.
    pub fn logout_response(&self, sp: &str, now: OffsetDateTime, in_response_to: &str) -> String {
        self.message(
            sp,
            now,
            ("LogoutResponse", "_answer", &format!(" InResponseTo=\"{in_response_to}\"")),
            r#"<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>"#,
        )
    }

    fn message(&self, sp: &str, now: OffsetDateTime, (what, id, more): (&str, &str, &str), inside: &str) -> String {
        let signature = SKELETON.replace("#ID", &format!("#{id}"));
        let issued = now.format(&Rfc3339).unwrap();
        BASE64.encode(self.sign(&format!(
            r#"<samlp:{what} xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{id}" Version="2.0" IssueInstant="{issued}" Destination="{sp}/slo"{more}><saml:Issuer>{ENTITY}</saml:Issuer>{signature}{inside}</samlp:{what}>"#
        )))
    }

    fn sign(&self, xml: &str) -> String {
        let key = keys::private_key(&self.pair.private_key).unwrap().private_key_to_der().unwrap();
        let signed = Crypto::sign_xml(xml, &key).unwrap();
        signed.split_once("?>").map_or(signed.as_str(), |(_, rest)| rest).trim().to_owned()
    }
}

/// The message in an address of the HTTP Redirect binding.
pub fn in_address(address: &str, parameter: &str) -> String {
    let query = reply::form(address.split_once('?').unwrap().1);
    let mut xml = String::new();
    DeflateDecoder::new(BASE64.decode(&query[parameter]).unwrap().as_slice()).read_to_string(&mut xml).unwrap();
    xml
}

/// An attribute of the root of a message.
pub fn attribute(xml: &str, name: &str) -> String {
    let rest = xml.split_once(&format!(" {name}=\"")).unwrap().1;
    rest.split_once('"').unwrap().0.to_owned()
}
