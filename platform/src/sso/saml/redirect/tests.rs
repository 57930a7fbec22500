//! Messages in addresses, there and back.

use openssl::{ecdsa::EcdsaSig, hash::MessageDigest, nid::Nid, sign::Signer, sign::Verifier, x509::X509};

use super::*;
use crate::sso::saml::sample::{ProviderKey, connection};

const XML: &str = "<a>\u{e9} + &amp; / =</a>";

fn query(kind: Kind, relay_state: Option<&str>) -> String {
    let address = address("https://idp.example/slo", kind, XML, relay_state, None).unwrap();
    address.split_once('?').unwrap().1.to_owned()
}

/// Signs a query as a provider does.
fn signed(query: &str, algorithm: &str, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let uri = percent_encode(&format!("http://www.w3.org/2001/04/xmldsig-more#{algorithm}"));
    let query = format!("{query}&SigAlg={uri}");
    let signature = percent_encode(&STANDARD.encode(sign(query.as_bytes())));
    format!("{query}&Signature={signature}")
}

fn with(key: &ProviderKey, digest: MessageDigest) -> impl Fn(&[u8]) -> Vec<u8> {
    move |bytes| Signer::new(digest, &key.key).unwrap().sign_oneshot_to_vec(bytes).unwrap()
}

fn opened(query: &str, certificates: &[String]) -> Result<(String, Option<String>), Reason> {
    let mut report = Report::default();
    let result = (|| {
        let query = Query::read(query, &mut report)?;
        check_signature(&query, certificates, &mut report)?;
        Ok::<_, Refused>((query.xml(&mut report)?, query.relay_state()))
    })();
    if let Err(refused) = &result {
        let last = report.steps.last().unwrap();
        assert!(!last.passed && last.words == refused.words && last.words.ends_with('.'), "{last:?}");
    }
    result.map_err(|refused| refused.reason)
}

#[test]
fn what_we_sign_others_verify() {
    let (connection, _, secrets) = connection(Vec::new());
    let address =
        address("https://idp.example/sso?tenant=a", Kind::Request, XML, Some("st&te"), Some(&secrets.private_key))
            .unwrap();
    let query = address.strip_prefix("https://idp.example/sso?tenant=a&").unwrap();
    let (text, signature) = query.split_once("&Signature=").unwrap();
    let names: Vec<_> = text.split('&').map(|part| part.split_once('=').unwrap().0).collect();
    assert_eq!(names, ["SAMLRequest", "RelayState", "SigAlg"]);
    let key = X509::from_der(&connection.certificate).unwrap().public_key().unwrap();
    let signature = decode_base64(signature).unwrap();
    assert!(Verifier::new(MessageDigest::sha256(), &key).unwrap().verify_oneshot(&signature, text.as_bytes()).unwrap());
    // And so do we.
    let certificates = [openssl::base64::encode_block(&connection.certificate).replace('\n', "")];
    assert_eq!(opened(query, &certificates), Ok((XML.to_owned(), Some("st&te".to_owned()))));
}

#[test]
fn the_address_keeps_its_own_query() {
    let to = |to| address(to, Kind::Request, "<a/>", None, None).unwrap();
    assert!(to("https://idp.example/sso").starts_with("https://idp.example/sso?SAMLRequest="));
    assert!(to("https://idp.example/sso?").starts_with("https://idp.example/sso?SAMLRequest="));
    assert!(to("https://idp.example/sso?a=b").starts_with("https://idp.example/sso?a=b&SAMLRequest="));
    assert!(to("https://idp.example/sso?a=b&").starts_with("https://idp.example/sso?a=b&SAMLRequest="));
    assert!(to("https://idp.example/sso#x").starts_with("https://idp.example/sso?SAMLRequest="));
}

#[test]
fn every_algorithm_of_sha_2_is_taken() {
    let rsa = ProviderKey::rsa(2048);
    let [p256, p384, p521] = [Nid::X9_62_PRIME256V1, Nid::SECP384R1, Nid::SECP521R1].map(ProviderKey::ec);
    let certificates = [&rsa, &p256, &p384, &p521].map(ProviderKey::base64);
    let query = query(Kind::Response, Some("x"));
    let digests =
        [("256", MessageDigest::sha256()), ("384", MessageDigest::sha384()), ("512", MessageDigest::sha512())];
    for (name, digest) in digests {
        let message = signed(&query, &format!("rsa-sha{name}"), with(&rsa, digest));
        assert_eq!(opened(&message, &certificates).unwrap().0, XML);
        for (key, bytes) in [(&p256, 32), (&p384, 48), (&p521, 66)] {
            let der = with(key, digest);
            let message = signed(&query, &format!("ecdsa-sha{name}"), &der);
            assert_eq!(opened(&message, &certificates).unwrap().0, XML, "DER");
            // As XML Signature writes it: the two numbers, one after the other.
            let message = signed(&query, &format!("ecdsa-sha{name}"), |text| {
                let signature = EcdsaSig::from_der(&der(text)).unwrap();
                [signature.r(), signature.s()].map(|number| number.to_vec_padded(bytes).unwrap()).concat()
            });
            assert_eq!(opened(&message, &certificates).unwrap().0, XML, "two numbers");
        }
    }
}

#[test]
fn no_other_algorithm_is() {
    let key = ProviderKey::rsa(2048);
    let certificates = [key.base64()];
    let query = query(Kind::Request, None);
    for algorithm in ["rsa-md5", "rsa-sha1", "rsa-sha224", "hmac-sha256", "dsa-sha256", "rsa-sha256 ", "RSA-SHA256", ""]
    {
        let message = signed(&query, algorithm, with(&key, MessageDigest::sha256()));
        assert_eq!(opened(&message, &certificates), Err(Reason::Algorithm), "{algorithm}");
    }
    let uri = percent_encode("http://www.w3.org/2000/09/xmldsig#rsa-sha1");
    assert_eq!(opened(&format!("{query}&SigAlg={uri}&Signature=AAAA"), &certificates), Err(Reason::Algorithm));
    // The algorithm does not decide which key counts.
    let message = signed(&query, "ecdsa-sha256", with(&key, MessageDigest::sha256()));
    assert_eq!(opened(&message, &certificates), Err(Reason::UnknownKey));
}

#[test]
fn a_change_of_any_byte_breaks_the_signature() {
    let key = ProviderKey::rsa(2048);
    let certificates = [key.base64()];
    let message = signed(&query(Kind::Request, Some("abc")), "rsa-sha256", with(&key, MessageDigest::sha256()));
    assert!(opened(&message, &certificates).is_ok());
    for changed in [
        message.replace("RelayState=abc", "RelayState=abd"),
        message.replace("RelayState=abc", "RelayState=%61bc"),
        message.replace("&RelayState=abc", ""),
        message.replace("SAMLRequest", "SAMLResponse"),
        // The same text in other letters: of what is signed, the bytes count. The signature itself is none of it.
        message.replacen("%3A", "%3a", 1),
        message.replace("sha256", "sha384"),
    ] {
        if changed != message {
            assert_eq!(opened(&changed, &certificates), Err(Reason::Signature), "{changed}");
        }
    }
    assert_eq!(opened(&message, &[ProviderKey::rsa(2048).base64()]), Err(Reason::Signature));
    assert_eq!(opened(&message, &["broken".to_owned()]), Err(Reason::UnknownKey));
    // The order in which they arrive does not matter, nor what others add.
    let mut parts: Vec<_> = message.split('&').collect();
    parts.reverse();
    assert!(opened(&format!("utm=1&{}&&x", parts.join("&")), &certificates).is_ok());
}

#[test]
fn nothing_stands_there_twice_or_in_disguise() {
    let key = ProviderKey::rsa(2048);
    let certificates = [key.base64()];
    let message = signed(&query(Kind::Request, Some("abc")), "rsa-sha256", with(&key, MessageDigest::sha256()));
    let again = query(Kind::Request, None);
    for more in
        [again.as_str(), "SAMLResponse=AAAA", "RelayState=x", "SigAlg=x", "Signature=x", "%53igAlg=x", "Relay%53tate="]
    {
        assert_eq!(opened(&format!("{message}&{more}"), &certificates), Err(Reason::Forbidden), "{more}");
        assert_eq!(opened(&format!("{more}&{message}"), &certificates), Err(Reason::Forbidden), "{more}");
    }
    let disguised = message.replace("RelayState", "Relay%53tate");
    assert_eq!(opened(&disguised, &certificates), Err(Reason::Forbidden));
}

#[test]
fn what_is_missing_or_broken_is_named() {
    let key = ProviderKey::rsa(2048);
    let certificates = [key.base64()];
    let plain = query(Kind::Request, None);
    assert_eq!(opened("", &certificates), Err(Reason::Malformed));
    assert_eq!(opened("a=b&c", &certificates), Err(Reason::Malformed));
    assert_eq!(opened(&plain, &certificates), Err(Reason::Unsigned));
    assert_eq!(opened(&format!("{plain}&SigAlg=x"), &certificates), Err(Reason::Unsigned));
    assert_eq!(opened(&format!("{plain}&Signature=x"), &certificates), Err(Reason::Unsigned));
    let uri = percent_encode(RSA_SHA256);
    for signature in ["%", "%zz", "%ff", "!", "abc"] {
        let message = format!("{plain}&SigAlg={uri}&Signature={signature}");
        assert_eq!(opened(&message, &certificates), Err(Reason::Malformed), "{signature}");
    }
    assert_eq!(opened(&format!("{plain}&SigAlg={uri}&Signature="), &certificates), Err(Reason::Signature));
    let long = format!("{plain}&x={}", "x".repeat(MOST_QUERY));
    assert_eq!(opened(&long, &certificates), Err(Reason::Malformed));
    let encoding = format!("{plain}&SAMLEncoding=urn%3Aother");
    assert_eq!(opened(&encoding, &certificates), Err(Reason::Malformed));
    let sign =
        |message: &str| signed(&format!("SAMLRequest={message}"), "rsa-sha256", with(&key, MessageDigest::sha256()));
    for message in ["", "!!", "AAAA", &percent_encode(&STANDARD.encode(XML)), "%C3%A9"] {
        assert_eq!(opened(&sign(message), &certificates), Err(Reason::Malformed), "{message}");
    }
    let bytes = |bytes: &[u8]| {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        percent_encode(&STANDARD.encode(encoder.finish().unwrap()))
    };
    assert_eq!(opened(&sign(&bytes(b"\xff\xfe")), &certificates), Err(Reason::Malformed));
    // 40 MB in 40 KB.
    let bomb = sign(&bytes(&vec![b'a'; 40_000_000]));
    assert!(bomb.len() < MOST_QUERY);
    assert_eq!(opened(&bomb, &certificates), Err(Reason::Forbidden));
}

#[test]
fn percent_signs_are_read_as_browsers_write_them() {
    assert_eq!(percent_encode("a-._~ +/=&\u{e9}"), "a-._~%20%2B%2F%3D%26%C3%A9");
    assert_eq!(percent_decode("a%20b+c%c3%A9").as_deref(), Some("a b c\u{e9}"));
    for broken in ["%", "%a", "%g0", "%ff", "x%c3"] {
        assert_eq!(percent_decode(broken), None, "{broken}");
    }
}
