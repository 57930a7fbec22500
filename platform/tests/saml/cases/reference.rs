//! Signatures that ask for more than verifying: references elsewhere, and transforms that compute.

use super::{Case, replaced, xml};
use crate::forge::{ENVELOPED, EXCLUSIVE, Message, Signing};

const FORBIDDEN: &str = "forbidden_construct";
const REFERENCE: &str = "after XML Signature Best Practices (W3C, 2013) and samael 0.0.22: references are fetched";
const TRANSFORM: &str = "after CVE-2022-47966 and XML Signature Best Practices (W3C, 2013): transforms are run";

fn signed(signing: Signing) -> String {
    Message { sign_assertion: Some(signing), ..Message::default() }.xml()
}

/// The message with a reference to `uri`.
fn referring(uri: &str) -> String {
    replaced(&Message::default().xml(), "URI=\"#_assertion1\"", &format!("URI=\"{uri}\""))
}

/// The message with `transform` added.
fn transforming(transform: &str) -> String {
    replaced(&Message::default().xml(), "</ds:Transforms>", &format!("{transform}</ds:Transforms>"))
}

pub(crate) fn cases() -> Vec<Case> {
    let right = Message::default().xml();
    let c14n = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
    let xslt = r#"<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"><xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0"><xsl:template match="/"><xsl:for-each select="//*"><xsl:for-each select="//*"><xsl:for-each select="//*"><x/></xsl:for-each></xsl:for-each></xsl:for-each></xsl:template></xsl:stylesheet></ds:Transform>"#;
    let xpath = r#"<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>count(//*) &gt; count(//*//*)</ds:XPath></ds:Transform>"#;
    vec![
        xml(
            "inclusive_c14n",
            "algorithm",
            TRANSFORM,
            "SignedInfo in inclusive canonical form",
            signed(Signing { canonicalisation: c14n, ..Signing::default() }),
        ),
        xml(
            "c14n_with_comments",
            "algorithm",
            TRANSFORM,
            "SignedInfo in the canonical form that keeps comments",
            signed(Signing {
                canonicalisation: "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
                ..Signing::default()
            }),
        ),
        xml(
            "inclusive_c14n_transform",
            FORBIDDEN,
            TRANSFORM,
            "the assertion in inclusive canonical form",
            signed(Signing {
                transforms: &[ENVELOPED, "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"],
                ..Signing::default()
            }),
        ),
        xml(
            "no_enveloped_transform",
            FORBIDDEN,
            TRANSFORM,
            "a signature that covers itself",
            transforming("")
                .replace(&format!(r#"<ds:Transform Algorithm="{ENVELOPED}"/>"#), "")
                .replace(&format!(r#"<ds:Transform Algorithm="{ENVELOPED}"></ds:Transform>"#), ""),
        ),
        xml("xslt_transform", FORBIDDEN, TRANSFORM, "a style sheet that computes for hours", transforming(xslt)),
        xml("xpath_transform", FORBIDDEN, TRANSFORM, "a path that selects what is signed", transforming(xpath)),
        xml(
            "xpath_filter_transform",
            FORBIDDEN,
            TRANSFORM,
            "a filter that leaves the NameID out of what is signed",
            transforming(
                r#"<ds:Transform Algorithm="http://www.w3.org/2002/06/xmldsig-filter2"><f:XPath xmlns:f="http://www.w3.org/2002/06/xmldsig-filter2" Filter="subtract">//*[local-name()='NameID']</f:XPath></ds:Transform>"#,
            ),
        ),
        xml(
            "base64_transform",
            FORBIDDEN,
            TRANSFORM,
            "what is signed is decoded from base64 first",
            transforming(r#"<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#base64"/>"#),
        ),
        xml(
            "transforms_reversed",
            FORBIDDEN,
            TRANSFORM,
            "the two transforms in the wrong order",
            replaced(&right, EXCLUSIVE, "X")
                .replacen(ENVELOPED, "Y", 1)
                .replacen(EXCLUSIVE, ENVELOPED, 1)
                .replacen('Y', EXCLUSIVE, 1)
                .replacen("\"X\"", &format!("\"{EXCLUSIVE}\""), 1),
        ),
        xml("reference_empty", FORBIDDEN, REFERENCE, "a reference to the whole document", referring("")),
        xml(
            "reference_missing",
            FORBIDDEN,
            REFERENCE,
            "a reference without an address",
            replaced(&right, r##" URI="#_assertion1""##, ""),
        ),
        xml(
            "reference_http",
            FORBIDDEN,
            REFERENCE,
            "a reference to a server",
            referring("http://169.254.169.254/latest/meta-data"),
        ),
        xml("reference_file", FORBIDDEN, REFERENCE, "a reference to a file", referring("file:///etc/passwd")),
        xml(
            "reference_ftp",
            FORBIDDEN,
            REFERENCE,
            "a reference to a server that never answers",
            referring("ftp://127.0.0.1:1/x"),
        ),
        xml(
            "reference_xpointer",
            FORBIDDEN,
            REFERENCE,
            "a reference by XPointer",
            referring("#xpointer(id('_assertion1'))"),
        ),
        xml(
            "reference_xpointer_root",
            FORBIDDEN,
            REFERENCE,
            "a reference to everything by XPointer",
            referring("#xpointer(/)"),
        ),
        xml("reference_other", FORBIDDEN, REFERENCE, "a reference to an element around", referring("#_response1")),
        xml("reference_nowhere", FORBIDDEN, REFERENCE, "a reference to no element", referring("#_nobody")),
        xml(
            "manifest",
            FORBIDDEN,
            REFERENCE,
            "a signature over a manifest",
            replaced(
                &right,
                "</ds:Signature>",
                r##"<ds:Object><ds:Manifest><ds:Reference URI="http://evil.example/"/></ds:Manifest></ds:Object></ds:Signature>"##,
            ),
        ),
    ]
}
