use super::*;

fn base(text: &str) -> BaseDomain {
    text.parse().unwrap()
}

fn classified(header: &str, base_domain: &str) -> Result<HostName, HostError> {
    classify(header.as_bytes(), &base(base_domain))
}

fn tenant(slug: &str) -> HostName {
    HostName::TenantLabel(slug.parse().unwrap())
}

#[test]
fn tells_apex_tenants_and_reserved_labels_apart() {
    for (header, expected) in [
        ("app.example", HostName::Apex),
        ("APP.Example", HostName::Apex),
        ("app.example.", HostName::Apex),
        ("app.example:8443", HostName::Apex),
        ("app.example.:8443", HostName::Apex),
        ("app.example:", HostName::Apex),
        ("acme.app.example", tenant("acme")),
        ("ACME.app.EXAMPLE:443", tenant("acme")),
        ("acme.app.example.", tenant("acme")),
        // Browsers send full-width letters and dots as plain ones; so they are the same here.
        ("ａｃｍｅ.app.example", tenant("acme")),
        ("acme。app。example", tenant("acme")),
        ("www.app.example", HostName::Reserved("www".into())),
        ("Console.app.example", HostName::Reserved("console".into())),
        ("t.app.example", HostName::Reserved("t".into())),
        // Not a slug, so nobody's.
        ("ab.app.example", HostName::Unknown),
        ("1st.app.example", HostName::Unknown),
        ("münchen.app.example", HostName::Unknown),
        ("xn--mnchen-3ya.app.example", HostName::Unknown),
        // One label only.
        ("a.b.app.example", HostName::Unknown),
        ("www.acme.app.example", HostName::Unknown),
    ] {
        assert_eq!(classified(header, "app.example"), Ok(expected), "{header}");
    }
}

#[test]
fn other_names_are_custom_domains() {
    for (header, expected) in [
        ("help.acme.test", "help.acme.test"),
        ("Help.ACME.test.:443", "help.acme.test"),
        ("hilfe.müller.example", "hilfe.xn--mller-kva.example"),
        ("hilfe.MÜLLER.example", "hilfe.xn--mller-kva.example"),
        ("hilfe.xn--mller-kva.example", "hilfe.xn--mller-kva.example"),
        ("straße.example", "xn--strae-oqa.example"),
        ("r3---sn.acme.test", "r3---sn.acme.test"),
        // Only looks like the base domain.
        ("notapp.example", "notapp.example"),
        ("xapp.example", "xapp.example"),
        ("app.example.acme.test", "app.example.acme.test"),
    ] {
        let expected = HostName::Custom(expected.into());
        assert_eq!(classified(header, "app.example"), Ok(expected), "{header}");
    }
}

#[test]
fn loopback_addresses_are_the_apex_of_localhost_alone() {
    for (header, on_localhost) in [
        ("localhost:3000", HostName::Apex),
        ("localhost.", HostName::Apex),
        ("127.0.0.1", HostName::Apex),
        ("127.0.0.1:3000", HostName::Apex),
        ("１２７.0.0.1", HostName::Apex),
        ("[::1]", HostName::Apex),
        ("[::1]:3000", HostName::Apex),
        ("[0:0:0:0:0:0:0:1]", HostName::Apex),
        ("acme.localhost:3000", tenant("acme")),
        ("127.0.0.2", HostName::Unknown),
        ("0.0.0.0", HostName::Unknown),
        ("10.0.0.1", HostName::Unknown),
        ("[::ffff:127.0.0.1]", HostName::Unknown),
        ("[2001:db8::1]:80", HostName::Unknown),
        // Other spellings of 127.0.0.1 that some programs know.
        ("127.1", HostName::Unknown),
        ("2130706433", HostName::Unknown),
        ("0x7f.0.0.1", HostName::Unknown),
        ("0x7f000001", HostName::Unknown),
        ("1.2.3.4.5", HostName::Unknown),
        ("acme.0x1f", HostName::Unknown),
    ] {
        assert_eq!(classified(header, "localhost"), Ok(on_localhost), "{header}");
    }
    for header in ["127.0.0.1", "[::1]", "localhost", "intranet", "example"] {
        assert_eq!(classified(header, "app.example"), Ok(HostName::Unknown), "{header}");
    }
}

#[test]
fn refuses_what_is_not_a_host() {
    let long_label = format!("{}.test", "a".repeat(64));
    let long_name = format!("{}test", "abcdefgh.".repeat(28));
    let long_header = "a.".repeat(600);
    for (header, error) in [
        ("", HostError::Empty),
        (":3000", HostError::Empty),
        (" ", HostError::Character(' ')),
        ("acme.app.example ", HostError::Character(' ')),
        ("acme app.example", HostError::Character(' ')),
        ("acme\u{a0}.app.example", HostError::Character('\u{a0}')),
        ("acme.app.example\r\nX: y", HostError::Character('\r')),
        ("acme\0.app.example", HostError::Character('\0')),
        ("user@app.example", HostError::Character('@')),
        ("user:pass@app.example", HostError::Character('@')),
        ("app.example,evil.test", HostError::Character(',')),
        ("app.example/path", HostError::Character('/')),
        ("http://app.example", HostError::Character('/')),
        ("app.example\\path", HostError::Character('\\')),
        ("app.example?q", HostError::Character('?')),
        ("app.example#f", HostError::Character('#')),
        ("%61pp.example", HostError::Character('%')),
        ("[fe80::1%25eth0]", HostError::Character('%')),
        ("app.example:http", HostError::Port),
        ("app.example:0", HostError::Port),
        ("app.example:65536", HostError::Port),
        ("app.example:+80", HostError::Port),
        ("app.example:-1", HostError::Port),
        ("app.example:80:80", HostError::Port),
        ("app.example:000080", HostError::Port),
        ("::1", HostError::Port),
        ("2001:db8::1", HostError::Port),
        ("[::1", HostError::Ipv6),
        ("[]", HostError::Ipv6),
        ("[127.0.0.1]", HostError::Ipv6),
        ("[::1]x", HostError::Ipv6),
        ("[::1]:x", HostError::Port),
        (".", HostError::Name),
        ("..", HostError::Name),
        (".app.example", HostError::Name),
        ("acme..app.example", HostError::Name),
        ("app.example..", HostError::Name),
        ("-acme.app.example", HostError::Name),
        ("acme-.app.example", HostError::Name),
        ("ac_me.app.example", HostError::Name),
        ("acme*.app.example", HostError::Name),
        ("*.app.example", HostError::Name),
        // Punycode of nothing.
        ("xn--a.example", HostError::Name),
        // Full-width at sign and slash become plain ones.
        ("user＠app.example", HostError::Name),
        ("app.example／x", HostError::Name),
        (&long_label, HostError::Name),
        (&long_name, HostError::Name),
        (&long_header, HostError::TooLong),
    ] {
        assert_eq!(classified(header, "app.example"), Err(error), "{header:?}");
    }
    assert_eq!(classify(b"\xff\xfe.test", &base("app.example")), Err(HostError::NotText));
}

#[test]
fn the_longest_names_are_accepted() {
    let label = format!("{}.test", "a".repeat(63));
    assert_eq!(classified(&label, "app.example"), Ok(HostName::Custom(label.clone())));
    let name = format!("{}t", "abcdefgh.".repeat(28));
    assert_eq!(name.len(), 253);
    assert_eq!(classified(&name, "app.example"), Ok(HostName::Custom(name.clone())));
}

#[test]
fn keeps_the_port() {
    let host = Host::parse(b"Acme.Example:3000").unwrap();
    assert_eq!(host.address, HostAddress::Domain("acme.example".into()));
    assert_eq!(host.port, Some(3000));
    assert_eq!(Host::parse(b"[::1]:65535").unwrap().port, Some(65535));
    assert_eq!(Host::parse(b"acme.example:").unwrap().port, None);
}

#[test]
fn a_base_domain_is_a_name() {
    for (text, name) in [
        ("app.example", "app.example"),
        ("App.Example.", "app.example"),
        ("localhost", "localhost"),
        ("häuser.example", "xn--huser-gra.example"),
    ] {
        assert_eq!(base(text).as_str(), name);
    }
    for (text, error) in [
        ("127.0.0.1", BaseDomainError::Address),
        ("[::1]", BaseDomainError::Address),
        ("127.1", BaseDomainError::Address),
        ("localhost:3000", BaseDomainError::Port),
        ("", BaseDomainError::Host(HostError::Empty)),
        ("https://app.example", BaseDomainError::Host(HostError::Character('/'))),
        (&"abcdefgh.".repeat(24), BaseDomainError::TooLong),
    ] {
        assert_eq!(text.parse::<BaseDomain>(), Err(error), "{text}");
    }
}

#[test]
fn the_host_of_a_tenant_leads_back_to_it() {
    let base = base("app.example");
    let slug: Slug = "acme".parse().unwrap();
    let host = base.host_of(&slug);
    assert_eq!(host, "acme.app.example");
    assert_eq!(classify(host.as_bytes(), &base), Ok(HostName::TenantLabel(slug)));
}
