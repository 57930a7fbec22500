//! Messages about signing out: ours as others read them, and others' good and hostile ones as we do.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use samael::crypto::{Crypto, CryptoProvider as _};
use time::Duration;

use super::*;
use crate::sso::{
    Connection, LogoutHandle, NameId, Reason, Refused, Report, SamlSettings,
    connection::ConnectionSecrets,
    saml::{
        Outgoing,
        markup::instant,
        names::{ASSERTION, PROTOCOL},
        outgoing::Kind,
        redirect,
        sample::{IDP, NOW, ProviderKey, connection},
        signing,
    },
};

struct World {
    connection: Connection,
    settings: SamlSettings,
    secrets: ConnectionSecrets,
    provider: ProviderKey,
    slo: String,
}

impl World {
    fn new() -> Self {
        let provider = ProviderKey::rsa(2048);
        let (connection, settings, secrets) = connection(vec![provider.base64()]);
        let slo = connection.endpoint("slo");
        Self { connection, settings, secrets, provider, slo }
    }

    fn expected(&self) -> LogoutExpected<'_> {
        LogoutExpected { slo: &self.slo, now: NOW }
    }

    fn private_key(&self) -> Vec<u8> {
        self.provider.key.private_key_to_pkcs8().unwrap()
    }

    /// A request of the provider's, unsigned.
    fn request(&self) -> String {
        format!(
            "<samlp:LogoutRequest xmlns:samlp=\"{PROTOCOL}\" xmlns:saml=\"{ASSERTION}\" ID=\"_r1\" Version=\"2.0\" \
             IssueInstant=\"{}\" Destination=\"{}\" NotOnOrAfter=\"{}\"><saml:Issuer>{}</saml:Issuer>\
             <saml:NameID Format=\"urn:f\" NameQualifier=\"n\" SPNameQualifier=\"s\"> ada </saml:NameID>\
             <samlp:SessionIndex>_s1</samlp:SessionIndex><samlp:SessionIndex>_s2</samlp:SessionIndex>\
             </samlp:LogoutRequest>",
            instant(NOW),
            self.slo,
            instant(NOW + Duration::minutes(5)),
            IDP.replace('&', "&amp;"),
        )
    }

    /// An answer of the provider's, unsigned.
    fn answer(&self, status: &str) -> String {
        format!(
            "<samlp:LogoutResponse xmlns:samlp=\"{PROTOCOL}\" xmlns:saml=\"{ASSERTION}\" ID=\"_a1\" Version=\"2.0\" \
             IssueInstant=\"{}\" Destination=\"{}\" InResponseTo=\"_ours\"><saml:Issuer>{}</saml:Issuer>\
             <samlp:Status>{status}</samlp:Status></samlp:LogoutResponse>",
            instant(NOW),
            self.slo,
            IDP.replace('&', "&amp;"),
        )
    }

    /// By HTTP Redirect, signed by the provider.
    fn redirected(&self, kind: Kind, xml: &str) -> String {
        let address = redirect::address("https://x/", kind, xml, Some("theirs"), Some(&self.private_key())).unwrap();
        address.split_once('?').unwrap().1.to_owned()
    }

    /// By HTTP POST, signed by the provider.
    fn signed(&self, xml: &str) -> String {
        let id = xml.split_once(" ID=\"").unwrap().1.split_once('"').unwrap().0;
        let issuer = "</saml:Issuer>";
        let signature = signing::template(id, &self.provider.certificate);
        let xml = xml.replacen(issuer, &format!("{issuer}{signature}"), 1);
        signing::sign(&xml, &self.private_key()).unwrap()
    }

    fn read(&self, incoming: Incoming<'_>) -> Result<LogoutRequest, Refused> {
        let mut report = Report::default();
        let read = read_request(incoming, &self.settings, self.expected(), &mut report);
        tell(&report, read.as_ref().err());
        read
    }

    /// Reads a request by both bindings, which have to agree.
    fn read_both(&self, xml: &str) -> Result<LogoutRequest, Refused> {
        let query = self.redirected(Kind::Request, xml);
        let by_redirect = self.read(Incoming::Redirect { query: &query });
        let message = STANDARD.encode(self.signed(xml));
        let by_post = self.read(Incoming::Post { message: &message, relay_state: Some("theirs") });
        assert_eq!(by_redirect, by_post);
        by_post
    }

    fn read_posted(&self, xml: &str) -> Result<LogoutRequest, Refused> {
        self.read(Incoming::Post { message: &STANDARD.encode(xml), relay_state: None })
    }

    fn read_answer(&self, xml: &str) -> Result<LogoutResponse, Refused> {
        let mut report = Report::default();
        let query = self.redirected(Kind::Response, xml);
        let incoming = Incoming::Redirect { query: &query };
        let read = read_response(incoming, &self.settings, self.expected(), "_ours", &mut report);
        tell(&report, read.as_ref().err());
        read
    }
}

/// A refusal stands at the end of the report, in a sentence.
fn tell(report: &Report, refused: Option<&Refused>) {
    let last = report.steps.last().unwrap();
    assert_eq!(last.passed, refused.is_none(), "{report:?}");
    if let Some(refused) = refused {
        assert_eq!(last.words, refused.words);
        assert!(
            last.words.ends_with('.') && last.words.starts_with(|first: char| !first.is_lowercase()),
            "{}",
            last.words
        );
    }
}

fn handle() -> LogoutHandle {
    let name_id = NameId {
        value: "a<d>a & co".to_owned(),
        format: Some("urn:f".to_owned()),
        name_qualifier: Some("\"n\"".to_owned()),
        sp_name_qualifier: None,
    };
    LogoutHandle { name_id: Some(name_id), provider_session: Some("_s<1>".to_owned()) }
}

/// Reads what we send as if we were the provider: we are strict.
fn as_provider(world: &World) -> SamlSettings {
    let own = STANDARD.encode(&world.connection.certificate);
    SamlSettings { entity_id: world.connection.endpoint("metadata"), certificates: vec![own], ..world.settings.clone() }
}

#[test]
fn our_request_is_read_at_the_other_side() {
    let mut world = World::new();
    for by_post in [false, true] {
        if by_post {
            world.settings.logout_redirect = None;
        }
        let sent = request(&world.connection, &world.settings, &world.secrets, &handle(), "_ours", "state", NOW)
            .unwrap()
            .unwrap();
        let mut report = Report::default();
        let (incoming, slo) = match &sent {
            Outgoing::Redirect(address) => {
                let (to, query) = address.split_once('?').unwrap();
                (Incoming::Redirect { query }, to.to_owned())
            }
            Outgoing::Post { to, fields } => {
                let [("SAMLRequest", message), ("RelayState", state)] = fields.as_slice() else { panic!("{fields:?}") };
                (Incoming::Post { message, relay_state: Some(state) }, to.clone())
            }
        };
        assert_eq!(slo, if by_post { "https://idp.example/slo-post" } else { "https://idp.example/slo" });
        let expected = LogoutExpected { slo: &slo, now: NOW };
        let read = read_request(incoming, &as_provider(&world), expected, &mut report).unwrap();
        assert_eq!(read.id, "_ours");
        assert_eq!(read.name_id, handle().name_id.unwrap());
        assert_eq!(read.session_index, ["_s<1>"]);
        assert_eq!(read.relay_state.as_deref(), Some("state"));
    }
}

#[test]
fn our_answer_is_read_at_the_other_side() {
    let mut world = World::new();
    world.settings.logout_response = Some("https://idp.example/answers".to_owned());
    for (status, is_success) in [(LogoutStatus::Success, true), (LogoutStatus::Refused, false)] {
        let sent =
            response(&world.connection, &world.settings, &world.secrets, "_theirs", status, "_a", Some("theirs"), NOW);
        let Outgoing::Redirect(address) = sent.unwrap() else { panic!("not by redirect") };
        let (slo, query) = address.split_once('?').unwrap();
        assert_eq!(slo, "https://idp.example/answers");
        let (incoming, expected) = (Incoming::Redirect { query }, LogoutExpected { slo, now: NOW });
        let read = read_response(incoming, &as_provider(&world), expected, "_theirs", &mut Report::default());
        if is_success {
            assert_eq!(read.unwrap().relay_state.as_deref(), Some("theirs"));
        } else {
            assert_eq!(read.unwrap_err().reason, Reason::Status);
        }
    }
}

#[test]
fn where_there_is_no_way_nothing_is_sent() {
    let mut world = World::new();
    let send = |world: &World, handle: &LogoutHandle| {
        request(&world.connection, &world.settings, &world.secrets, handle, "_ours", "state", NOW).unwrap()
    };
    assert_eq!(send(&world, &LogoutHandle::default()), None, "nobody is known");
    (world.settings.logout_redirect, world.settings.logout_post) = (None, None);
    assert_eq!(send(&world, &handle()), None, "nobody listens");
    let answer =
        response(&world.connection, &world.settings, &world.secrets, "_t", LogoutStatus::Success, "_a", None, NOW);
    assert_eq!(answer.unwrap_err().reason, Reason::Settings);
}

#[test]
fn a_request_of_the_provider_is_read() {
    let world = World::new();
    let read = world.read_both(&world.request()).unwrap();
    assert_eq!((read.id.as_str(), read.issuer.as_str()), ("_r1", IDP));
    assert_eq!(read.name_id.value, "ada");
    assert_eq!(read.name_id.format.as_deref(), Some("urn:f"));
    assert_eq!(read.session_index, ["_s1", "_s2"]);
    assert_eq!(read.relay_state.as_deref(), Some("theirs"));
    assert_eq!(read.expires_at, NOW + Duration::minutes(3));
}

#[test]
fn a_request_that_does_not_fit_is_refused() {
    let world = World::new();
    let request = world.request();
    let at = |minutes: i64| instant(NOW + Duration::minutes(minutes));
    let issued = format!("IssueInstant=\"{}\"", at(0));
    let until = format!("NotOnOrAfter=\"{}\"", at(5));
    let name = "<saml:NameID Format=\"urn:f\" NameQualifier=\"n\" SPNameQualifier=\"s\"> ada </saml:NameID>";
    let issuer = format!("<saml:Issuer>{}</saml:Issuer>", IDP.replace('&', "&amp;"));
    let other = "<saml:Issuer>https://evil.example</saml:Issuer>";
    let doubled = [issuer.as_str(), issuer.as_str()].concat();
    let named = [name, name].concat();
    for (from, to, reason) in [
        (world.slo.as_str(), "https://globex.app.example/sso/x/slo", Reason::Destination),
        ("Destination=", "Other=", Reason::Destination),
        (issuer.as_str(), other, Reason::Issuer),
        (issuer.as_str(), doubled.as_str(), Reason::Forbidden),
        ("Version=\"2.0\"", "Version=\"1.1\"", Reason::Malformed),
        (issued.as_str(), &format!("IssueInstant=\"{}\"", at(-4)), Reason::Time),
        (issued.as_str(), &format!("IssueInstant=\"{}\"", at(4)), Reason::Time),
        (issued.as_str(), "IssueInstant=\"now\"", Reason::Malformed),
        (issued.as_str(), "", Reason::Malformed),
        (until.as_str(), &format!("NotOnOrAfter=\"{}\"", at(-4)), Reason::Time),
        (until.as_str(), "NotOnOrAfter=\"x\"", Reason::Malformed),
        (name, "", Reason::Subject),
        (name, named.as_str(), Reason::Subject),
        (name, "<saml:NameID> </saml:NameID>", Reason::Subject),
        (name, "<saml:NameID>a<b/>da</saml:NameID>", Reason::Subject),
        (name, "<saml:EncryptedID><x/></saml:EncryptedID>", Reason::Decryption),
        ("_s2", "", Reason::Malformed),
        ("LogoutRequest", "LogoutResponse", Reason::Malformed),
        ("LogoutRequest", "AuthnRequest", Reason::Malformed),
    ] {
        let changed = request.replace(from, to);
        assert_ne!(changed, request, "{from}");
        let found = world.read_both(&changed).map_err(|refused| refused.reason);
        assert_eq!(found.map(|_| ()), Err(reason), "{from} -> {to}");
    }
    // Up to the limit it is right.
    for minutes in [-3, 3] {
        assert!(world.read_both(&request.replace(&issued, &format!("IssueInstant=\"{}\"", at(minutes)))).is_ok());
    }
}

#[test]
fn what_is_not_allowed_in_a_message_is_refused() {
    let world = World::new();
    let request = world.request();
    let reason = |xml: &str| {
        let query = world.redirected(Kind::Request, xml);
        world.read(Incoming::Redirect { query: &query }).map(|_| ()).map_err(|refused| refused.reason)
    };
    for (xml, expected) in [
        (format!("<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>{request}"), Reason::Forbidden),
        (request.replace("ada", "ad<!-- -->a"), Reason::Forbidden),
        (request.replace("ada", "<![CDATA[ada]]>"), Reason::Forbidden),
        (request.replace("<saml:NameID ", "<saml:NameID ID=\"_r1\" "), Reason::Forbidden),
        (request.replace("ada", "&xxe;"), Reason::Malformed),
        (request.replace("</samlp:LogoutRequest>", ""), Reason::Malformed),
        (request.replace("ada", &"<a>".repeat(10_000)), Reason::Malformed),
        (String::new(), Reason::Malformed),
    ] {
        assert_eq!(reason(&xml), Err(expected), "{}", xml.chars().take(300).collect::<String>());
    }
}

#[test]
fn a_signature_is_needed_and_covers_everything() {
    let world = World::new();
    let request = world.request();
    let signed = world.signed(&request);
    let reason = |xml: &str| world.read_posted(xml).map(|_| ()).map_err(|refused| refused.reason);
    assert_eq!(reason(&signed), Ok(()));
    assert_eq!(reason(&request), Err(Reason::Unsigned));
    assert_eq!(reason(&signed.replace("ada", "eve")), Err(Reason::Signature));
    let stranger = World { provider: ProviderKey::rsa(2048), ..World::new() };
    assert_eq!(reason(&stranger.signed(&request)), Err(Reason::Signature), "the embedded key does not count");
    let sha1 = signed.replace("xmldsig-more#rsa-sha256", "xmldsig#rsa-sha1");
    assert_eq!(reason(&sha1), Err(Reason::Algorithm));
    let hmac = signed.replace("xmldsig-more#rsa-sha256", "xmldsig-more#hmac-sha256");
    assert_eq!(reason(&hmac), Err(Reason::Algorithm));
    for reference in ["", "#_other", "http://127.0.0.1:1/", "file:///etc/passwd", "#xpointer(/)"] {
        assert_eq!(reason(&signed.replace("URI=\"#_r1\"", &format!("URI=\"{reference}\""))), Err(Reason::Forbidden));
    }
    // Wrapped: the signed request inside of one of the attacker's.
    let body = signed.split_once("?>").unwrap().1.trim();
    let outer = request.replace("_r1", "_evil").replace("ada", "eve");
    let wrapped = outer.replace(
        "</samlp:LogoutRequest>",
        &format!("<samlp:Extensions>{body}</samlp:Extensions></samlp:LogoutRequest>"),
    );
    assert_eq!(reason(&wrapped), Err(Reason::Forbidden));
    let (signature, end) = ("<ds:Signature", "</ds:Signature>");
    let start = body.find(signature).unwrap();
    let stop = body.find(end).unwrap() + end.len();
    let moved = wrapped.replace(&body[start..stop], "").replacen(
        "</saml:Issuer>",
        &format!("</saml:Issuer>{}", &body[start..stop]),
        1,
    );
    assert_eq!(reason(&moved), Err(Reason::Forbidden));
    // Another of the provider's messages, signed for somebody else's reading.
    assert_eq!(reason(&world.signed(&world.answer(SUCCESS))), Err(Reason::Malformed));
    // A connection without a certificate believes nobody.
    let bare = World { settings: SamlSettings { certificates: Vec::new(), ..world.settings.clone() }, ..World::new() };
    assert_eq!(bare.read_posted(&signed).unwrap_err().reason, Reason::Settings);
    assert!(Crypto::verify_signed_xml(&signed, &world.provider.certificate.clone().into(), Some("ID")).is_ok());
}

#[test]
fn posted_rubbish_is_named() {
    let world = World::new();
    for message in ["", "!", "AAAA", &STANDARD.encode([0xff, 0xfe])] {
        let refused = world.read(Incoming::Post { message, relay_state: None }).unwrap_err();
        assert_eq!(refused.reason, Reason::Malformed, "{message}");
    }
    let query = world.redirected(Kind::Response, &world.answer(SUCCESS));
    assert_eq!(world.read(Incoming::Redirect { query: &query }).unwrap_err().reason, Reason::Malformed);
}

const SUCCESS: &str = "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>";

#[test]
fn answers_are_read_with_their_status() {
    let world = World::new();
    let answer = world.read_answer(&world.answer(SUCCESS)).unwrap();
    assert_eq!(answer, LogoutResponse { relay_state: Some("theirs".to_owned()), is_partial: false });
    let code = |value: &str, inner: &str| {
        format!("<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:{value}\">{inner}</samlp:StatusCode>")
    };
    let partial = code("Responder", &code("PartialLogout", ""));
    assert!(world.read_answer(&world.answer(&partial)).unwrap().is_partial);
    let refused = code("Requester", &code("UnknownPrincipal", "")) + "<samlp:StatusMessage>Who?</samlp:StatusMessage>";
    let refused = world.read_answer(&world.answer(&refused)).unwrap_err();
    assert_eq!(refused.reason, Reason::Status);
    assert!(
        refused.words.contains("our request")
            && refused.words.contains("UnknownPrincipal")
            && refused.words.contains("Who?")
    );
    assert_eq!(world.read_answer(&world.answer("")).unwrap_err().reason, Reason::Status);
    let other = world.answer(SUCCESS).replace("_ours", "_other");
    assert_eq!(world.read_answer(&other).unwrap_err().reason, Reason::InResponseTo);
    let none = world.answer(SUCCESS).replace(" InResponseTo=\"_ours\"", "");
    assert_eq!(world.read_answer(&none).unwrap_err().reason, Reason::InResponseTo);
}
