//! Bytes as all that an OpenID provider answers: its discovery document, its keys, its tokens, its userinfo, and a token
//! that it sends to say that somebody signed out. Whatever they are: no panic, an answer in time, and nobody is believed,
//! as no input holds a token that is signed.
#![no_main]

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    sync::{LazyLock, Mutex},
    thread,
};

use libfuzzer_sys::fuzz_target;
use rowhouse_platform::{
    ambient::Ambient,
    fetch::{FetchSettings, Fetcher},
    sso::{
        AttributeMap, ClientAuthentication, Connection, ConnectionId, ConnectionState, OidcSettings, Protocol,
        Provider, Purpose, Report,
        connection::{Admitting, ConnectionSecrets},
        flow::Flow,
        keys,
        oidc::{CallbackParams, OidcClient},
    },
};
use time::macros::datetime;
use tokio::runtime::Runtime;

/// Between the parts of an input: discovery document, keys, token answer, userinfo, logout token, `iss`.
const BETWEEN: &[u8] = b"\n----\n";

/// What the provider answers at this moment, by path.
static ANSWERS: Mutex<[Vec<u8>; 4]> = Mutex::new([const { Vec::new() }; 4]);

struct World {
    runtime: Runtime,
    issuer: String,
    connection: Connection,
    secrets: ConnectionSecrets,
    flow: Flow,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let issuer = format!("http://{}", listener.local_addr().expect("a bound socket has an address"));
    thread::spawn(move || listener.incoming().flatten().for_each(|stream| drop(answer(stream))));
    let now = datetime!(2026-06-01 12:00 UTC);
    let pair = keys::generate("fuzz", now).expect("OpenSSL makes a key");
    let settings = OidcSettings {
        issuer: issuer.clone(),
        client_id: "rowhouse".to_owned(),
        client_authentication: ClientAuthentication::Basic,
        scopes: vec!["email".to_owned()],
        trusts_addresses: true,
        asks_userinfo: true,
        attributes: AttributeMap::default(),
    };
    World {
        runtime: Runtime::new().expect("a runtime"),
        connection: Connection {
            id: ConnectionId(uuid::Uuid::from_u128(1)),
            provider: Provider::Generic,
            name: "Fuzz".to_owned(),
            hint: "fuzz".to_owned(),
            state: ConnectionState::On,
            protocol: Protocol::Oidc(settings),
            has_client_secret: true,
            base_url: "https://acme.app.example".to_owned(),
            certificate: pair.certificate,
            admitting: Admitting::default(),
            vouched_by_owner: false,
            tested_at: None,
            protocol_changed_at: now,
            refreshed_at: None,
            refresh_error: None,
            created_at: now,
        },
        secrets: ConnectionSecrets { client_secret: Some("secret".to_owned()), private_key: pair.private_key },
        flow: Flow {
            purpose: Purpose::SignIn,
            next: "/".to_owned(),
            session: None,
            setup_link: None,
            nonce: "nonce1".to_owned(),
            pkce_verifier: "verifier1verifier1verifier1verifier1verifier1".to_owned(),
            request_id: "_1".to_owned(),
            begun_at: now,
        },
        issuer,
    }
});

/// Answers one request of HTTP/1.1 and closes.
fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let place = match first.split(' ').nth(1).unwrap_or_default() {
        "/keys" => 1,
        "/token" => 2,
        "/userinfo" => 3,
        _ => 0,
    };
    let body = ANSWERS.lock().map_or_else(|_| Vec::new(), |answers| answers[place].clone());
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n")?;
    write!(stream, "Content-Length: {}\r\n\r\n", body.len())?;
    stream.write_all(&body)
}

/// Inputs name the provider `{}`, whose port is another in each run.
fn named(part: &[u8], issuer: &str) -> Vec<u8> {
    String::from_utf8(part.to_vec()).map_or_else(|_| part.to_vec(), |text| text.replace("{}", issuer).into_bytes())
}

fn parts(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    while let Some(at) = bytes.windows(BETWEEN.len()).position(|window| window == BETWEEN) {
        parts.push(&bytes[..at]);
        bytes = &bytes[at + BETWEEN.len()..];
    }
    parts.push(bytes);
    parts.resize(6, &[]);
    parts
}

fuzz_target!(|bytes: &[u8]| {
    let world = &*WORLD;
    let parts = parts(bytes);
    if let Ok(mut answers) = ANSWERS.lock() {
        for (answer, part) in answers.iter_mut().zip(&parts) {
            *answer = named(part, &world.issuer);
        }
    }
    let text = |part: &[u8]| String::from_utf8_lossy(&named(part, &world.issuer)).into_owned();
    let (logout_token, issuer) = (text(parts[4]), text(parts[5]));
    let ambient = Ambient::system();
    let fetcher = Fetcher::new(&FetchSettings::new(true)).expect("the fetcher needs nothing");
    // A client of its own: what an earlier provider said is not remembered.
    let client = OidcClient::new(fetcher, ambient.clone());
    let tenant = ambient.uuid();
    world.runtime.block_on(async {
        let callback = CallbackParams {
            state: Some("state1".to_owned()),
            code: Some("code1".to_owned()),
            iss: (!issuer.is_empty()).then_some(issuer),
            error: None,
            error_description: None,
        };
        let mut report = Report::default();
        let finished =
            client.finish(tenant, &world.connection, &world.secrets, &world.flow, &callback, &mut report).await;
        assert!(finished.is_err(), "believed: {finished:?}");
        let read = client.read_logout_token(tenant, &world.connection, &logout_token, &mut Report::default()).await;
        assert!(read.is_err(), "believed: {read:?}");
    });
});
