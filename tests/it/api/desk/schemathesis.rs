//! Against requests that nobody here thought of: `schemathesis`, which others wrote and `cargo xtask test` installs, makes
//! them of the `OpenAPI` document. It asks with a key of one workspace, while all that another one has is watched.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderValue, Method, header, response::Parts},
    response::Response,
};
use rowhouse_app::api::ApiRoute;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use tower::ServiceExt as _;

use super::{
    furnished::{furnish, mighty_key},
    read,
};
use crate::app::{TestApp, TestTenant};

/// What is looked for in every answer. The checks that are left out hold other opinions than this API, which documents its
/// own and tries them elsewhere: `positive_data_acceptance` and `negative_data_rejection` take a 409 (what the body names
/// does not exist), a 412 and a 428 (`If-Match`) for wrong, `missing_required_header` wants 400 where 428 is answered,
/// `unsupported_method` and `allow_header_conformance` take what is allowed at `/tickets/export` for what is at
/// `/tickets/{key}`, and `use_after_free` and `ensure_resource_availability` need a document with links.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance,ignored_auth";

/// The same requests in each run.
const SEED: &str = "20261122";
/// Requests by chance of each endpoint, beside those of the examples and of the bounds of each parameter.
const BY_CHANCE: &str = "8";
/// It takes about a minute.
const PATIENCE: Duration = Duration::from_secs(400);

/// In every text of the other workspace, and in nothing else.
const MARKER: &str = "quicksilver";

fn program() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = std::env::var_os("ROWHOUSE_TEST_PYTHON").map_or_else(|| root.join(".rowhouse/python"), PathBuf::from);
    folder.join("bin/schemathesis")
}

/// What is seen of the answers on their way.
#[derive(Default)]
struct Seen {
    /// What must never be in an answer, and was.
    leaks: Vec<String>,
    /// The endpoints that answered with success.
    done: BTreeSet<String>,
}

/// Who looks at every answer.
struct Watcher {
    server: Router,
    /// By what name the workspace is asked, whatever the request says.
    host: HeaderValue,
    table: Vec<ApiRoute>,
    secrets: Vec<String>,
    seen: Mutex<Seen>,
}

impl Watcher {
    async fn pass(&self, mut request: Request) -> Response {
        request.headers_mut().insert(header::HOST, self.host.clone());
        // Packed, nothing could be found in it.
        request.headers_mut().remove(header::ACCEPT_ENCODING);
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let (parts, body) = self.server.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = to_bytes(body, 50_000_000).await.unwrap();
        self.look(&method, &path, &parts, &bytes);
        Response::from_parts(parts, Body::from(bytes))
    }

    fn look(&self, method: &Method, path: &str, parts: &Parts, body: &[u8]) {
        let text = format!("{:?} {}", parts.headers, String::from_utf8_lossy(body));
        let mut seen = self.seen.lock().unwrap();
        for secret in self.secrets.iter().filter(|secret| text.contains(secret.as_str())) {
            seen.leaks.push(format!("{method} {path} answered {} with {secret}", parts.status));
        }
        if parts.status.is_success() {
            // Of several rows, the one with the fewest parameters.
            let rows = self.table.iter().filter(|row| row.answers(method, path));
            let row = rows.min_by_key(|row| row.path.matches('{').count());
            seen.done.extend(row.map(|row| format!("{method} {}", row.path)));
        }
    }
}

/// Serves it on a port.
async fn listen(watcher: &Arc<Watcher>) -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let watcher = Arc::clone(watcher);
    let router = Router::new().fallback(move |request: Request| {
        let watcher = Arc::clone(&watcher);
        async move { watcher.pass(request).await }
    });
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    port
}

/// Each table with rows of a tenant: how many there are, and what is in them.
async fn all_of(app: &TestApp, tenant: &TestTenant) -> BTreeMap<String, (i64, String)> {
    let mut admin = app.db.admin().await;
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = 'pooled' AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1",
    )
    .fetch_all(&mut admin)
    .await
    .unwrap();
    let mut all = BTreeMap::new();
    for table in tables {
        let sql = format!(
            "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM pooled.{table} t
             WHERE tenant_id = '{}'",
            tenant.home.id().0
        );
        let found: (i64, String) = sqlx::query_as(AssertSqlSafe(sql)).fetch_one(&mut admin).await.unwrap();
        all.insert(table, found);
    }
    all
}

/// The document, with what there is in the workspace as examples: requests then get further than to “not found”.
async fn document(app: &TestApp, tenant: &TestTenant, names: &BTreeMap<&'static str, String>) -> Value {
    let answer = app.ask(Method::GET, "/api/v1/openapi.json").header("host", &tenant.host).send().await;
    let mut document = read(&answer);
    let mut given = 0;
    let paths = document["paths"].as_object_mut().unwrap().values_mut();
    for operation in paths.flat_map(|operations| operations.as_object_mut().unwrap().values_mut()) {
        for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
            let name = names.get(parameter["name"].as_str().unwrap());
            if let Some(name) = name.filter(|_| parameter["in"] == "path") {
                parameter["example"] = json!(name);
                given += 1;
            }
        }
    }
    assert!(given > 30, "the paths of the document have {given} parameters that the workspace has something for");
    document
}

/// Runs it, and answers what it printed.
async fn run(folder: &Path, document: &Value, port: u16, token: &str) -> (ExitStatus, String) {
    let (schema, log) = (folder.join("openapi.json"), folder.join("schemathesis.log"));
    std::fs::write(&schema, document.to_string()).unwrap();
    let printed = File::create(&log).unwrap();
    let mut child = Command::new(program())
        .current_dir(folder)
        .arg("run")
        .arg(&schema)
        .args(["--url", &format!("http://127.0.0.1:{port}")])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args(["--phases", "examples,coverage,fuzzing", "--checks", CHECKS, "--continue-on-failure"])
        .args(["--seed", SEED, "--max-examples", BY_CHANCE, "--generation-database", "none"])
        .args(["--suppress-health-check", "all", "--request-timeout", "30", "--workers", "2"])
        .args(["--warnings", "off", "--no-color"])
        // What stands between this machine and others does not stand here.
        .env("NO_PROXY", "127.0.0.1")
        .env("no_proxy", "127.0.0.1")
        .stdin(Stdio::null())
        .stderr(Stdio::from(printed.try_clone().unwrap()))
        .stdout(Stdio::from(printed))
        .spawn()
        .expect("schemathesis is needed, which `cargo xtask test` installs");
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if started.elapsed() > PATIENCE {
            child.kill().unwrap();
            break child.wait().unwrap();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    (status, String::from_utf8_lossy(&std::fs::read(&log).unwrap()).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_one_that_is_documented_and_none_tells_of_others() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let key = mighty_key(&app, &acme).await;
    let names = furnish(&app, &acme, &key, "printer").await;
    let theirs = mighty_key(&app, &globex).await;
    let their_names = furnish(&app, &globex, &theirs, MARKER).await;
    let mut secrets = vec![MARKER.to_owned(), "globex".to_owned(), globex.home.id().to_string()];
    // Keys of tickets and projects are the same in both.
    secrets.extend(their_names.into_values().filter(|name| name.contains('_')));
    let before = all_of(&app, &globex).await;
    assert!(before["ticket"].0 == 2 && before["ticket_comment"].0 == 1, "{before:?}");

    let watcher = Arc::new(Watcher {
        server: app.router(),
        host: HeaderValue::from_str(&acme.host).unwrap(),
        table: rowhouse::api::routes().table().to_vec(),
        secrets,
        seen: Mutex::default(),
    });
    let port = listen(&watcher).await;
    let document = document(&app, &acme, &names).await;
    let (status, printed) = run(&app.site_root, &document, port, &key.token).await;
    let seen = std::mem::take(&mut *watcher.seen.lock().unwrap());
    assert!(status.success(), "{status}\n{printed}");
    assert_eq!(seen.leaks, Vec::<String>::new(), "{printed}");
    assert_eq!(all_of(&app, &globex).await, before, "the other workspace is as it was");
    // That it got anywhere: reading needs nothing but what there is.
    assert!(seen.done.len() >= 20, "only these answered with success: {:?}\n{printed}", seen.done);
}
