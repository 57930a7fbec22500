//! The program itself: its commands, its refusals, its stop.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    os::unix::ffi::OsStrExt as _,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use rowhouse_platform::{ambient::Ambient, secrets::SecretKeys};
use uuid::Uuid;

use crate::database::{TestDatabase, Way};

pub(crate) struct Program {
    pub(crate) db: TestDatabase,
    site_root: PathBuf,
}

impl Program {
    pub(crate) async fn new() -> Self {
        let db = TestDatabase::new().await;
        let site_root = std::env::temp_dir()
            .join(format!("rowhouse-cli-{}", db.url(Way::Direct, "x").len() + std::process::id() as usize));
        std::fs::create_dir_all(site_root.join("pkg")).unwrap();
        std::fs::write(site_root.join("manifest.json"), r#"{"css":"/pkg/a.css","output_name":"a"}"#).unwrap();
        Self { db, site_root }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rowhouse"));
        command
            .args(arguments)
            .env_clear()
            .current_dir(&self.site_root)
            .env("ROWHOUSE_SERVER__MODE", "development")
            .env("ROWHOUSE_SERVER__PUBLIC_URL", "http://app.test")
            .env("ROWHOUSE_SERVER__SITE_ROOT", &self.site_root)
            .env("ROWHOUSE_DATABASE__URL", self.db.url(Way::Direct, "rowhouse_app"))
            .env("ROWHOUSE_DATABASE__ADMIN_URL", self.db.url(Way::Direct, "postgres"))
            .env("ROWHOUSE_DATABASE__OPERATOR_URL", self.db.url(Way::Direct, "rowhouse_operator"))
            .env("ROWHOUSE_SECRETS__KEYS", crate::app::SECRET_KEY)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Puts a secret into the only tenant's table, sealed with the tests' key.
    async fn seal_an_app(&self) {
        let keys = SecretKeys::parse([crate::app::SECRET_KEY]).unwrap();
        let mut admin = self.db.admin().await;
        let (tenant, account): (Uuid, Uuid) =
            sqlx::query_as("SELECT tenant_id, id FROM pooled.account").fetch_one(&mut admin).await.unwrap();
        let sealed = keys.seal(&format!("totp/{tenant}/{account}"), &[7; 20], &Ambient::system());
        sqlx::query("INSERT INTO pooled.totp VALUES ($1, $2, $3, now(), 1)")
            .bind(tenant)
            .bind(account)
            .bind(sealed.as_bytes())
            .execute(&mut admin)
            .await
            .unwrap();
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> (bool, String) {
        said(self.command(arguments).output().unwrap())
    }

    fn run_with_input(&self, arguments: &[&str], input: &str) -> (bool, String) {
        let mut child = self.command(arguments).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        said(child.wait_with_output().unwrap())
    }
}

pub(crate) fn said(output: Output) -> (bool, String) {
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[tokio::test]
async fn tenants_and_users_are_made_and_shown() {
    let program = Program::new().await;
    let (good, text) = program.run(&["tenant", "list"]);
    assert!(good && text.contains("There is no tenant yet"), "{text}");
    let create = ["tenant", "create", "acme", "--name", "Acme", "--owner-email", "o@acme.test", "--owner-name", "Olga"];
    let (good, text) = program.run(&create);
    assert!(good && text.contains("http://acme.app.test") && text.contains("Password of o@acme.test: "), "{text}");
    let (good, text) = program.run(&create);
    assert!(!good && text.contains("“acme” is taken"), "{text}");
    let (good, text) =
        program.run(&["tenant", "create", "admin", "--name", "A", "--owner-email", "o@a.test", "--owner-name", "O"]);
    assert!(!good && text.contains("reserved"), "{text}");

    let user = ["user", "create", "--tenant", "acme", "--email", "m@acme.test", "--name", "Max", "--password-stdin"];
    let (good, text) = program.run_with_input(&user, "short\n");
    assert!(!good && text.contains("at least 10"), "{text}");
    let (good, text) = program.run_with_input(&user, "long enough a password\n");
    assert!(good && text.contains("m@acme.test has an account in “acme”") && !text.contains("Password:"), "{text}");
    let recorded: (String, String, String) = sqlx::query_as(
        "SELECT target_label, after::text, reason FROM pooled.audit_event WHERE action = 'member.joined'",
    )
    .fetch_one(&mut program.db.admin().await)
    .await
    .unwrap();
    assert_eq!(recorded.0, "m@acme.test");
    assert_eq!(recorded.1, r#"{"email":"m@acme.test","role":"Agent"}"#);
    assert_eq!(recorded.2, "created on the command line");
    let (good, text) = program.run_with_input(&user, "long enough a password\n");
    assert!(!good && text.contains("already"), "{text}");
    let (good, text) = program.run(&["user", "create", "--tenant", "nobody", "--email", "m@x.test", "--name", "M"]);
    assert!(!good && text.contains("there is no tenant “nobody”"), "{text}");
    let (good, text) =
        program.run(&["user", "create", "--tenant", "acme", "--email", "x@x.test", "--name", "M", "--role", "king"]);
    assert!(!good && text.contains("owner, admin, agent and viewer"), "{text}");

    assert!(program.run(&["tenant", "suspend", "acme", "--reason", "unpaid"]).0);
    let (_, text) = program.run(&["tenant", "show", "acme"]);
    assert!(
        text.contains("\"state\": \"suspended\"") && text.contains("unpaid") && text.contains("\"accounts\": 2"),
        "{text}"
    );
    assert!(program.run(&["tenant", "resume", "acme"]).0);
    let (good, text) = program.run(&["tenant", "resume", "nobody"]);
    assert!(!good && text.contains("there is no tenant “nobody”"), "{text}");
    let (_, text) = program.run(&["tenant", "list", "--json"]);
    assert!(text.contains("\"slug\":\"acme\"") && text.contains("\"state\":\"active\""), "{text}");
}

#[tokio::test]
async fn suspending_is_recorded_and_done_only_where_it_changes_something() {
    let program = Program::new().await;
    let create = ["tenant", "create", "acme", "--name", "Acme", "--owner-email", "o@acme.test", "--owner-name", "Olga"];
    assert!(program.run(&create).0);
    let suspend = ["tenant", "suspend", "acme", "--reason", "unpaid"];
    let resume = ["tenant", "resume", "acme"];
    let (good, text) = program.run(&resume);
    assert!(!good && text.contains("“acme” is active already"), "{text}");
    assert!(program.run(&suspend).0);
    let (good, text) = program.run(&suspend);
    assert!(!good && text.contains("“acme” is suspended already"), "{text}");
    assert!(program.run(&resume).0);
    let mut admin = program.db.admin().await;
    sqlx::raw_sql("UPDATE control.tenant SET state = 'closing', closes_at = now() + interval '30 days'")
        .execute(&mut admin)
        .await
        .unwrap();
    for refused in [&suspend[..], &resume] {
        let (good, text) = program.run(refused);
        assert!(!good && text.contains("“acme” is closing: its owner closed it"), "{text}");
    }
    let lines: Vec<String> = sqlx::query_scalar(
        "SELECT concat_ws(' | ', operator_name, action, tenant_slug, reason) FROM control.operator_audit ORDER BY id",
    )
    .fetch_all(&mut admin)
    .await
    .unwrap();
    assert_eq!(
        lines,
        ["command line | tenant.suspended | acme | unpaid", "command line | tenant.resumed | acme"],
        "what was refused is not recorded as done"
    );
}

#[tokio::test]
async fn settings_that_are_no_text_are_refused() {
    let program = Program::new().await;
    let bad = std::ffi::OsStr::from_bytes(b"\xff");
    let (good, text) = said(program.command(&["tenant", "list"]).env("ROWHOUSE_LOG__LEVEL", bad).output().unwrap());
    assert!(!good && text.contains("ROWHOUSE_LOG__LEVEL is not text in UTF-8"), "{text}");
    assert!(said(program.command(&["tenant", "list"]).env("OTHER", bad).output().unwrap()).0, "it is none of ours");
}

#[tokio::test]
async fn who_reads_no_further_breaks_nothing() {
    let program = Program::new().await;
    let mut child = program.command(&["config"]).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(141), ""));
}

#[tokio::test]
async fn doctor_says_what_is_wrong_and_what_to_do() {
    let program = Program::new().await;
    let (good, text) = program.run(&["doctor"]);
    assert!(good && text.contains("row-level security: forced on all"), "{text}");

    let url = program.db.url(Way::Direct, "postgres");
    let (good, text) = said(program.command(&["doctor"]).env("ROWHOUSE_DATABASE__URL", url).output().unwrap());
    assert!(
        !good && text.contains("bypasses row-level security") && text.contains("→ use the role rowhouse_app"),
        "{text}"
    );

    let mut admin = program.db.admin().await;
    sqlx::raw_sql(
        "ALTER TABLE pooled.ticket NO FORCE ROW LEVEL SECURITY; DELETE FROM control.pooled_migration WHERE version = 2",
    )
    .execute(&mut admin)
    .await
    .unwrap();
    let (good, text) = program.run(&["doctor"]);
    assert!(!good && text.contains("pooled.ticket") && text.contains("FORCE ROW LEVEL SECURITY"), "{text}");
    assert!(
        text.contains("migration 0002 of migrations/tenant is pending") && text.contains("rowhouse migrate"),
        "{text}"
    );
    let (good, text) = program.run(&["serve"]);
    assert!(!good && text.contains("refusing to serve"), "{text}");

    let (good, text) = said(program.command(&["doctor"]).env("ROWHOUSE_SERVER__LISTN", "x").output().unwrap());
    assert!(!good && text.contains("did you mean `ROWHOUSE_SERVER__LISTEN`"), "{text}");
}

#[tokio::test]
async fn serving_needs_a_key_for_secrets_and_one_can_be_made() {
    let program = Program::new().await;
    let without = |arguments: &[&str]| {
        let mut command = program.command(arguments);
        command.env_remove("ROWHOUSE_SECRETS__KEYS");
        command
    };
    let (good, text) = said(without(&["serve"]).output().unwrap());
    assert!(!good && text.contains("secrets.keys is not set") && text.contains("rowhouse secret new-key"), "{text}");
    let (good, text) = said(without(&["doctor"]).output().unwrap());
    assert!(!good && text.contains("WRONG   secrets.keys: ") && text.contains("rowhouse secret new-key"), "{text}");
    assert!(said(without(&["tenant", "list"]).output().unwrap()).0, "commands that seal nothing need no key");

    // Made where nothing is configured yet.
    let (good, key) =
        said(Command::new(env!("CARGO_BIN_EXE_rowhouse")).env_clear().args(["secret", "new-key"]).output().unwrap());
    let (id, secret) = key.trim_end().split_once(':').unwrap();
    assert!(good && secret.len() == 44, "{key}");
    let (good, text) = said(without(&["doctor"]).env("ROWHOUSE_SECRETS__KEYS", &key).output().unwrap());
    assert!(good && text.contains(&format!("secrets.keys: “{id}” seals")) && !text.contains(secret), "{text}");

    let create = ["tenant", "create", "acme", "--name", "Acme", "--owner-email", "o@acme.test", "--owner-name", "Olga"];
    assert!(program.run(&create).0);
    let both = format!("{},{}", key.trim_end(), crate::app::SECRET_KEY);
    let rotate = || said(without(&["secret", "rotate"]).env("ROWHOUSE_SECRETS__KEYS", &both).output().unwrap());
    let (good, text) = rotate();
    assert!(good && text.contains(&format!("sealed with “{id}” already")), "{text}");
    program.seal_an_app().await;
    let (good, text) = rotate();
    assert!(good && text.contains(&format!("1 secret is now sealed with “{id}”")), "{text}");
    let reset = ["user", "reset-second-factor", "--tenant", "acme", "--email", "o@acme.test"];
    let (good, text) = program.run(&reset);
    assert!(good && text.contains("without an authenticator app now"), "{text}");
    let (good, text) = program.run(&reset);
    assert!(!good && text.contains("o@acme.test has no authenticator app in “acme”"), "{text}");
    program.seal_an_app().await;
    assert!(rotate().0);
    let (good, text) = program.run(&["secret", "rotate"]);
    assert!(
        !good && text.contains("secrets of “acme” stay as they were") && text.contains(&format!("“{id}”")),
        "{text}"
    );
}

#[tokio::test]
async fn migrating_twice_changes_nothing() {
    let program = Program::new().await;
    for _ in 0..2 {
        let (good, text) = program.run(&["migrate"]);
        assert!(good && text.contains("up to date"), "{text}");
    }
}

#[tokio::test]
async fn production_refuses_to_start_beside_demonstration_tenants() {
    let program = Program::new().await;
    let mut admin = program.db.admin().await;
    sqlx::raw_sql("INSERT INTO control.tenant (id, slug, name, is_demo, created_at) VALUES (gen_random_uuid(), 'acme', 'Acme', true, now())")
        .execute(&mut admin)
        .await
        .unwrap();
    let production = |arguments: &[&str]| {
        let mut command = program.command(arguments);
        command.env("ROWHOUSE_SERVER__MODE", "production").env("ROWHOUSE_SERVER__PUBLIC_URL", "https://app.test");
        command
    };
    let (good, text) = said(production(&["serve"]).output().unwrap());
    assert!(!good && text.contains("demonstration tenants acme") && text.contains("rowhouse demo remove"), "{text}");
    let (good, text) = said(production(&["demo", "seed"]).output().unwrap());
    assert!(!good && text.contains("public passwords"), "{text}");
    let (good, text) = said(production(&["demo", "remove"]).output().unwrap());
    assert!(good && text.contains("Acme is removed"), "{text}");
    let (_, text) = program.run(&["tenant", "list"]);
    assert!(text.contains("There is no tenant yet"), "{text}");
}

/// A served program, ended with the test.
struct Served(Child, u16);

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself, as the test wants it to.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(program: &Program) -> Served {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut child =
        program.command(&["serve"]).env("ROWHOUSE_SERVER__LISTEN", format!("127.0.0.1:{port}")).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("serving") {
        line.clear();
        assert!(log.read_line(&mut line).unwrap() > 0, "the server ended before it served");
    }
    std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
    Served(child, port)
}

fn get(port: u16, host: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test]
async fn a_stop_finishes_requests_under_way() {
    let program = Program::new().await;
    let (_, text) = program.run(&[
        "tenant",
        "create",
        "acme",
        "--name",
        "Acme",
        "--owner-email",
        "o@acme.test",
        "--owner-name",
        "Olga",
    ]);
    assert!(text.contains("created"), "{text}");
    let mut served = serve(&program);
    assert!(get(served.1, "acme.app.test", "/sign-in").contains("Sign in to Acme"));

    // A head that never ends is not waited for.
    let mut endless = TcpStream::connect(("127.0.0.1", served.1)).unwrap();
    write!(endless, "GET / HTTP/1.1\r\nHost: acme.app.test\r\n").unwrap();
    // A form whose last bytes come after the signal.
    let mut slow = TcpStream::connect(("127.0.0.1", served.1)).unwrap();
    let body = "email=o%40acme.test&password=wrong+password";
    write!(slow, "POST /sign-in HTTP/1.1\r\nHost: acme.app.test\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{}", body.len(), &body[..10]).unwrap();
    std::thread::sleep(Duration::from_millis(200));
    let stopped = Command::new("kill").args(["-TERM", &served.0.id().to_string()]).status().unwrap();
    assert!(stopped.success());
    std::thread::sleep(Duration::from_millis(300));
    write!(slow, "{}", &body[10..]).unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 422") && answer.contains("do not match"), "{answer}");
    let asked = Instant::now();
    assert!(served.0.wait().unwrap().success());
    assert!(asked.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_lost_database_is_survived() {
    let program = Program::new().await;
    program.run(&[
        "tenant",
        "create",
        "acme",
        "--name",
        "Acme",
        "--owner-email",
        "o@acme.test",
        "--owner-name",
        "Olga",
    ]);
    let served = serve(&program);
    assert!(get(served.1, "acme.app.test", "/sign-in").starts_with("HTTP/1.1 200"));
    let mut admin = program.db.admin().await;
    for _ in 0..3 {
        sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'rowhouse_app' AND datname = current_database()")
            .execute(&mut admin)
            .await
            .unwrap();
        assert!(
            get(served.1, "app.test", "/readyz").starts_with("HTTP/1.1 200"),
            "dead connections are replaced within one request"
        );
        assert!(get(served.1, "acme.app.test", "/brand/logo/0000").starts_with("HTTP/1.1 404"));
    }
}
