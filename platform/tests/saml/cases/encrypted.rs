//! Encrypted assertions that must not be opened, or not be believed.

use super::{Case, OWN, element, replaced, xml};
use crate::{
    encrypt::{Encryption, KeyWrap},
    forge::{ACS, Message, Signing},
};

const BLEICHENBACHER: &str = "after Jager, Schinzel, Somorovsky, “Bleichenbacher’s Attack Strikes Again” (2012)";
const ORACLE: &str = "after Jager, Somorovsky, “How to Break XML Encryption” (2011)";
const WITHIN: &str = "after samael 0.0.22, which does not check within";

fn response(inside: &str) -> String {
    Message::response_signed().response(inside)
}

fn assertion() -> String {
    Message::unsigned().assertion()
}

fn encrypted(plain: &str) -> String {
    Encryption::default().encrypt(plain)
}

/// A signed response around the ciphertext, cut to `bytes` by the provider itself.
fn cut(content: &'static str, bytes: usize) -> String {
    let whole = Encryption { content, ..Encryption::default() }.encrypt(&assertion());
    let value = whole.rsplit("<xenc:CipherValue>").next().unwrap().split('<').next().unwrap().to_owned();
    let sealed = openssl::base64::decode_block(&value).unwrap();
    response(&replaced(&whole, &value, &openssl::base64::encode_block(&sealed[..bytes])))
}

pub(crate) fn cases() -> Vec<Case> {
    let whole = Encryption::default();
    let attacker = Signing { names_certificate_of: None, ..Signing::by("attacker") };
    let signed_by_attacker = Message { sign_assertion: Some(attacker), ..Message::default() }.assertion();
    let signed = Message::default().assertion();
    let right = response(&encrypted(&assertion()));
    let mut cases = vec![
        xml(
            "encrypted_in_unsigned",
            "unsigned",
            ORACLE,
            "encrypted, in a response that is not signed",
            Message::unsigned().response(&encrypted(&assertion())),
        ),
        xml(
            "encrypted_signed_in_unsigned",
            "unsigned",
            ORACLE,
            "encrypted and signed within, in a response that is not signed",
            Message::unsigned().response(&encrypted(&signed)),
        ),
        xml(
            "encrypted_ciphertext_changed",
            "signature",
            ORACLE,
            "a ciphertext that was changed after it was signed",
            {
                let value = right.rsplit("<xenc:CipherValue>").next().unwrap().split('<').next().unwrap();
                let flipped = if value.starts_with('A') { "B" } else { "A" };
                replaced(&right, value, &format!("{flipped}{}", &value[1..]))
            },
        ),
        xml(
            "encrypted_rsa_1_5",
            "algorithm",
            BLEICHENBACHER,
            "the key is wrapped by RSA PKCS #1 v1.5",
            response(&Encryption { key: KeyWrap::Rsa15, ..whole.clone() }.encrypt(&assertion())),
        ),
        xml(
            "encrypted_3des",
            "algorithm",
            ORACLE,
            "said to be encrypted with Triple DES",
            response(&replaced(
                &encrypted(&assertion()),
                "http://www.w3.org/2009/xmlenc11#aes256-gcm",
                "http://www.w3.org/2001/04/xmlenc#tripledes-cbc",
            )),
        ),
        xml(
            "encrypted_unknown_digest",
            "algorithm",
            ORACLE,
            "the key is said to be wrapped with MD5",
            response(&replaced(
                &encrypted(&assertion()),
                "http://www.w3.org/2000/09/xmldsig#sha1",
                "http://www.w3.org/2001/04/xmldsig-more#md5",
            )),
        ),
        xml(
            "encrypted_for_other",
            "decryption",
            OWN,
            "encrypted for somebody else",
            response(&Encryption { holder: "other", ..whole.clone() }.encrypt(&assertion())),
        ),
        xml(
            "encrypted_wrong_size",
            "decryption",
            OWN,
            "a key of another size than the algorithm says",
            response(&replaced(&encrypted(&assertion()), "aes256-gcm", "aes128-gcm")),
        ),
        xml(
            "encrypted_wrong_mode",
            "decryption",
            OWN,
            "another mode than the algorithm says",
            response(&replaced(
                &encrypted(&assertion()),
                "http://www.w3.org/2009/xmlenc11#aes256-gcm",
                "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
            )),
        ),
        xml("encrypted_gcm_cut_to_nothing", "decryption", WITHIN, "no ciphertext: samael panics", cut("aes128-gcm", 3)),
        xml("encrypted_gcm_cut", "decryption", WITHIN, "a ciphertext that was cut", cut("aes128-gcm", 100)),
        xml("encrypted_cbc_cut_to_nothing", "decryption", WITHIN, "no ciphertext: samael panics", cut("aes128-cbc", 5)),
        xml(
            "encrypted_cbc_cut",
            "decryption",
            WITHIN,
            "a ciphertext that was cut within a block",
            cut("aes256-cbc", 100),
        ),
        xml("encrypted_cbc_only_vector", "decryption", WITHIN, "an initialisation vector alone", cut("aes256-cbc", 16)),
        xml(
            "encrypted_padding_zero",
            "decryption",
            ORACLE,
            "padding of no length",
            response(&Encryption { content: "aes128-cbc", padding: Some(0), ..whole.clone() }.encrypt(&assertion())),
        ),
        xml(
            "encrypted_padding_long",
            "decryption",
            ORACLE,
            "padding that is longer than a block",
            response(&Encryption { content: "aes128-cbc", padding: Some(200), ..whole.clone() }.encrypt(&assertion())),
        ),
        xml("encrypted_no_key", "malformed", OWN, "no encrypted key", {
            let without = encrypted(&assertion());
            response(&replaced(&without, element(&without, "ds:KeyInfo"), ""))
        }),
        xml(
            "encrypted_empty",
            "malformed",
            OWN,
            "an encrypted assertion that holds nothing",
            response("<saml:EncryptedAssertion/>"),
        ),
        xml("encrypted_cipher_reference", "forbidden_construct", ORACLE, "a ciphertext that is fetched", {
            let whole = encrypted(&assertion());
            let value = format!(
                "<xenc:CipherValue>{}",
                whole.rsplit("<xenc:CipherValue>").next().unwrap().split("</xenc:CipherData>").next().unwrap()
            );
            response(&replaced(&whole, &value, r#"<xenc:CipherReference URI="http://evil.example/"/>"#))
        }),
        xml("encrypted_retrieval_method", "forbidden_construct", ORACLE, "a key that is fetched", {
            let whole = encrypted(&assertion());
            response(&replaced(
                &whole,
                element(&whole, "xenc:EncryptedKey"),
                r#"<ds:RetrievalMethod URI="http://evil.example/"/>"#,
            ))
        }),
        xml(
            "encrypted_text",
            "decryption",
            WITHIN,
            "text that is no XML, encrypted",
            response(&encrypted("7f3c-owner")),
        ),
        xml(
            "encrypted_response",
            "forbidden_construct",
            WITHIN,
            "a response, encrypted",
            response(&encrypted(&Message::default().xml())),
        ),
        xml(
            "encrypted_comment",
            "forbidden_construct",
            WITHIN,
            "a comment within",
            response(&encrypted(&assertion().replace("7f3c-ada", "7f3c<!-- -->-ada"))),
        ),
        xml(
            "encrypted_doctype",
            "forbidden_construct",
            WITHIN,
            "a document type within",
            response(&encrypted(&format!("<!DOCTYPE a>{}", assertion()))),
        ),
        xml(
            "encrypted_two",
            "decryption",
            WITHIN,
            "two assertions in one ciphertext",
            response(&encrypted(&assertion().repeat(2))),
        ),
        xml(
            "encrypted_nested",
            "forbidden_construct",
            WITHIN,
            "an assertion within the encrypted one",
            response(&encrypted(&replaced(
                &assertion(),
                "<saml:AuthnStatement",
                &format!("<saml:Advice>{}</saml:Advice><saml:AuthnStatement", assertion().replace("_assertion1", "_x")),
            ))),
        ),
        xml(
            "encrypted_same_id",
            "forbidden_construct",
            WITHIN,
            "an encrypted assertion with the id of the response",
            response(&encrypted(&assertion().replace("_assertion1", "_response1"))),
        ),
        xml(
            "encrypted_signed_by_attacker",
            "signature",
            WITHIN,
            "an encrypted assertion that an attacker signed",
            response(&encrypted(&signed_by_attacker)),
        ),
        xml(
            "encrypted_signed_and_changed",
            "signature",
            WITHIN,
            "an encrypted assertion that was changed after it was signed",
            response(&encrypted(&signed.replace("7f3c-ada", "7f3c-owner"))),
        ),
        xml(
            "encrypted_reference_http",
            "forbidden_construct",
            WITHIN,
            "an encrypted assertion whose signature fetches",
            response(&encrypted(&replaced(&signed, "URI=\"#_assertion1\"", "URI=\"http://169.254.169.254/\""))),
        ),
        xml(
            "encrypted_recipient_other",
            "recipient",
            WITHIN,
            "an encrypted assertion for another recipient",
            response(&encrypted(&assertion().replace(ACS, "https://evil.example/acs"))),
        ),
    ];
    let mut plain = xml(
        "not_encrypted",
        "not_encrypted",
        OWN,
        "a plain assertion at a connection that takes only encrypted ones",
        Message::both_signed().xml(),
    );
    plain.requires_encryption = true;
    cases.push(plain);
    cases
}
