//! Signatures that must not count: missing, of another key, of another algorithm, or asking for more than verifying.

use openssl::{hash::MessageDigest, pkey::PKey, sign::Signer};

use super::{Case, element, replaced, xml};
use crate::forge::{Message, Signing, key_info, pair};

const FORBIDDEN: &str = "forbidden_construct";
const STRIPPED: &str = "after CVE-2012-5664 and its kin: signatures left out";
const WEAK: &str = "after RFC 6931 and NIST SP 800-131A: algorithms that no longer hold";
const KEYS: &str = "after CVE-2022-41912 and its kin: the key comes from the message";

fn signed(signing: Signing) -> String {
    Message { sign_assertion: Some(signing), ..Message::default() }.xml()
}

/// HMAC with the provider's public key as the secret, over the right SignedInfo.
fn hmac_with_public_key() -> String {
    let hmac = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";
    let message = replaced(&Message::default().xml(), "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", hmac);
    // Its canonical form: with its namespace, and no empty tags.
    let mut signed_info = element(&message, "ds:SignedInfo").replacen(
        "<ds:SignedInfo>",
        r#"<ds:SignedInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">"#,
        1,
    );
    for name in ["CanonicalizationMethod", "SignatureMethod", "Transform", "DigestMethod"] {
        let parts: Vec<&str> = signed_info.split(&format!("<ds:{name} ")).collect();
        let closed = |part: &&str| part.replacen("/>", &format!("></ds:{name}>"), 1);
        let rest: Vec<String> = parts[1..].iter().map(closed).collect();
        signed_info = [vec![parts[0].to_owned()], rest].concat().join(&format!("<ds:{name} "));
    }
    let key = PKey::hmac(&pair("idp").certificate.public_key().unwrap().public_key_to_pem().unwrap()).unwrap();
    let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
    let value = signer.sign_oneshot_to_vec(signed_info.as_bytes()).unwrap();
    replaced(
        &message,
        element(&message, "ds:SignatureValue"),
        &format!("<ds:SignatureValue>{}</ds:SignatureValue>", openssl::base64::encode_block(&value)),
    )
}

fn trusting(mut case: Case, trusts: &'static [&'static str]) -> Case {
    case.trusts = trusts;
    case
}

pub(crate) fn cases() -> Vec<Case> {
    let right = Message::default().xml();
    let response = Message::response_signed().xml();
    let both = Message::both_signed().xml();
    let key_value = {
        let rsa = pair("attacker").key.rsa().unwrap();
        format!(
            "<ds:KeyInfo><ds:KeyValue><ds:RSAKeyValue><ds:Modulus>{}</ds:Modulus><ds:Exponent>{}</ds:Exponent></ds:RSAKeyValue></ds:KeyValue></ds:KeyInfo>",
            openssl::base64::encode_block(&rsa.n().to_vec()),
            openssl::base64::encode_block(&rsa.e().to_vec())
        )
    };
    let by_attacker = signed(Signing { names_certificate_of: None, ..Signing::by("attacker") });
    vec![
        xml("unsigned", "unsigned", STRIPPED, "nothing is signed", Message::unsigned().xml()),
        xml(
            "stripped",
            "unsigned",
            STRIPPED,
            "the signature was taken out",
            replaced(&right, element(&right, "ds:Signature"), ""),
        ),
        xml(
            "empty_signature",
            FORBIDDEN,
            STRIPPED,
            "a signature that holds nothing",
            replaced(
                &right,
                element(&right, "ds:Signature"),
                r#"<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>"#,
            ),
        ),
        xml(
            "empty_signature_value",
            "malformed",
            STRIPPED,
            "a signature without a value",
            replaced(&right, element(&right, "ds:SignatureValue"), "<ds:SignatureValue/>"),
        ),
        xml(
            "empty_digest_value",
            "malformed",
            STRIPPED,
            "a signature without a digest",
            replaced(&right, element(&right, "ds:DigestValue"), "<ds:DigestValue></ds:DigestValue>"),
        ),
        xml(
            "signature_of_other_namespace",
            FORBIDDEN,
            STRIPPED,
            "a signature that is none, by its namespace",
            right.replace("http://www.w3.org/2000/09/xmldsig#\">", "urn:x\">"),
        ),
        xml(
            "changed_name_id",
            "signature",
            STRIPPED,
            "another NameID than the one that was signed",
            right.replace("7f3c-ada", "7f3c-owner"),
        ),
        xml(
            "changed_email",
            "signature",
            STRIPPED,
            "another address than the one that was signed",
            right.replace("ada@acme", "owner@acme"),
        ),
        xml(
            "changed_in_signed_response",
            "signature",
            STRIPPED,
            "another NameID in a signed response",
            response.replace("7f3c-ada", "7f3c-owner"),
        ),
        xml(
            "one_of_two_wrong",
            "signature",
            STRIPPED,
            "the response is signed rightly, the assertion in it by an attacker",
            Message {
                sign_assertion: Some(Signing { names_certificate_of: None, ..Signing::by("attacker") }),
                ..Message::both_signed()
            }
            .xml(),
        ),
        xml(
            "response_signature_wrong",
            "signature",
            STRIPPED,
            "the assertion is signed rightly, the response was changed",
            both.replacen("11:59:58Z", "11:59:57Z", 1),
        ),
        trusting(
            xml(
                "no_certificate",
                "settings",
                "after samael 0.0.22, which then accepts everything",
                "a connection without any certificate",
                right.clone(),
            ),
            &[],
        ),
        trusting(
            xml(
                "weak_key",
                "settings",
                WEAK,
                "a certificate with an RSA key of 1024 bits",
                signed(Signing::by("idp-weak")),
            ),
            &["idp-weak"],
        ),
        xml("attacker_key", "signature", KEYS, "signed by an attacker, who names no key", by_attacker.clone()),
        xml(
            "attacker_certificate",
            "unknown_key",
            KEYS,
            "signed by an attacker, who names their own certificate",
            signed(Signing::by("attacker")),
        ),
        xml(
            "attacker_key_named_rightly",
            "signature",
            KEYS,
            "signed by an attacker, who names the provider’s certificate",
            signed(Signing { names_certificate_of: Some("idp"), ..Signing::by("attacker") }),
        ),
        xml(
            "attacker_key_value",
            "signature",
            KEYS,
            "signed by an attacker, with the key in KeyValue",
            replaced(&by_attacker, "</ds:SignatureValue>", &format!("</ds:SignatureValue>{key_value}")),
        ),
        xml(
            "two_certificates_named",
            "unknown_key",
            KEYS,
            "signed by an attacker, who names the provider’s certificate and then their own",
            replaced(
                &by_attacker,
                "</ds:SignatureValue>",
                &format!(
                    "</ds:SignatureValue>{}",
                    key_info(&pair("idp").der_base64()).replace(
                        "</ds:X509Data>",
                        &format!(
                            "<ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data>",
                            pair("attacker").der_base64()
                        )
                    )
                ),
            ),
        ),
        xml(
            "other_connection",
            "unknown_key",
            "made by the generator: a provider of another tenant",
            "signed by the provider of another connection",
            signed(Signing::by("other")),
        ),
        xml(
            "retrieval_method",
            FORBIDDEN,
            KEYS,
            "KeyInfo that says where the key is fetched",
            replaced(
                &by_attacker,
                "</ds:SignatureValue>",
                r#"</ds:SignatureValue><ds:KeyInfo><ds:RetrievalMethod URI="http://evil.example/key"/></ds:KeyInfo>"#,
            ),
        ),
        xml(
            "key_info_foreign",
            FORBIDDEN,
            KEYS,
            "KeyInfo that holds an encrypted key",
            replaced(
                &by_attacker,
                "</ds:SignatureValue>",
                r#"</ds:SignatureValue><ds:KeyInfo><xenc:EncryptedKey xmlns:xenc="http://www.w3.org/2001/04/xmlenc#"/></ds:KeyInfo>"#,
            ),
        ),
        xml(
            "hmac_with_public_key",
            "algorithm",
            KEYS,
            "HMAC, with the provider’s public key as the secret",
            hmac_with_public_key(),
        ),
        xml(
            "sha1_signature",
            "algorithm",
            WEAK,
            "signed with RSA and SHA-1",
            signed(Signing { method: "http://www.w3.org/2000/09/xmldsig#rsa-sha1", ..Signing::default() }),
        ),
        xml(
            "sha1_digest",
            "algorithm",
            WEAK,
            "digested with SHA-1",
            signed(Signing { digest: "http://www.w3.org/2000/09/xmldsig#sha1", ..Signing::default() }),
        ),
        xml(
            "md5_digest",
            "algorithm",
            WEAK,
            "said to be digested with MD5",
            replaced(&right, "http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2001/04/xmldsig-more#md5"),
        ),
        xml(
            "dsa",
            "algorithm",
            WEAK,
            "said to be signed with DSA",
            replaced(
                &right,
                "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
            ),
        ),
        xml(
            "no_algorithm",
            "algorithm",
            WEAK,
            "a signature without an algorithm",
            replaced(&right, r#" Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256""#, ""),
        ),
        xml(
            "hmac_output_length",
            FORBIDDEN,
            "after CVE-2009-0217: HMACOutputLength",
            "a signature cut to a few bits",
            replaced(
                &right,
                "rsa-sha256\"/>",
                "rsa-sha256\"><ds:HMACOutputLength>1</ds:HMACOutputLength></ds:SignatureMethod>",
            ),
        ),
    ]
}
