//! Every kind of mistake, and what is said of it.

use super::{DATABASE, World};

#[test]
fn a_wrong_value_is_named_with_its_place_and_what_is_allowed() {
    let text = "must be text in quotation marks";
    for (section, line, mistake) in [
        (
            "server",
            "mode = 'prod'",
            "server.mode = \"prod\" (rowhouse.toml, line 3): must be \"development\" or \"production\"",
        ),
        ("server", "mode = true", &format!("server.mode = \"true\" (rowhouse.toml, line 3): {text}")),
        (
            "server",
            "listen = 'localhost:3000'",
            "server.listen = \"localhost:3000\" (rowhouse.toml, line 3): must be an IP address and a port, such as \"0.0.0.0:3000\" or \"[::]:3000\"",
        ),
        (
            "server",
            "trusted_proxies = ['10.0.0.0/8', '10.0.0.0/33']",
            "server.trusted_proxies (rowhouse.toml, line 3): \"10.0.0.0/33\" is not an address or a network, such as \"10.0.0.0/8\" or \"::1\"",
        ),
        (
            "server",
            "trusted_proxies = '10.0.0.0/8'",
            "server.trusted_proxies = \"10.0.0.0/8\" (rowhouse.toml, line 3): must be a list, such as [\"10.0.0.0/8\"]",
        ),
        (
            "server",
            "site_root = ''",
            "server.site_root = \"\" (rowhouse.toml, line 3): must be the path of a directory",
        ),
        (
            "server",
            "body_limit_kib = 0",
            "server.body_limit_kib = \"0\" (rowhouse.toml, line 3): must be a whole number from 1 to 102400",
        ),
        (
            "server",
            "body_limit_kib = 1.5",
            "server.body_limit_kib (rowhouse.toml, line 3): must be a whole number from 1 to 102400",
        ),
        (
            "database",
            "pool_size = '10'",
            "database.pool_size = \"10\" (rowhouse.toml, line 3): must be a whole number from 1 to 1000, without quotation marks",
        ),
        (
            "database",
            "pool_size = 99999999999999999999",
            "database.pool_size = \"99999999999999999999\" (rowhouse.toml, line 3): must be a whole number from 1 to 1000",
        ),
        (
            "tenancy",
            "path_prefix = 'true'",
            "tenancy.path_prefix = \"true\" (rowhouse.toml, line 3): must be true or false, without quotation marks",
        ),
        (
            "log",
            "level = 'inof'",
            "log.level = \"inof\" (rowhouse.toml, line 3): must be a level (error, warn, info, debug, trace) or directives such as \"info,sqlx=warn\"",
        ),
        (
            "mail",
            "from = 'Desk'",
            "mail.from = \"Desk\" (rowhouse.toml, line 3): must be an address, or a name with an address, such as \"Desk <no-reply@app.example>\"",
        ),
        (
            "sign_in",
            "session_lifetime_hours = 1",
            "sign_in.session_idle_minutes = \"720\" (the default): must not be longer than sign_in.session_lifetime_hours",
        ),
    ] {
        let file = format!("\n[{section}]\n{line}\n");
        let mistakes = World::valid().file("rowhouse.toml", &file).mistakes();
        assert_eq!(mistakes, [mistake]);
    }
}

#[test]
fn a_variable_is_named() {
    assert_eq!(
        World::valid().var("ROWHOUSE_DATABASE__POOL_SIZE", "many").mistakes(),
        ["database.pool_size = \"many\" (ROWHOUSE_DATABASE__POOL_SIZE): must be a whole number from 1 to 1000"]
    );
    assert_eq!(
        World::valid().var("ROWHOUSE_TENANCY__PATH_PREFIX", "yes").mistakes(),
        ["tenancy.path_prefix = \"yes\" (ROWHOUSE_TENANCY__PATH_PREFIX): must be true or false"]
    );
    let long = "x".repeat(500);
    let mistakes = World::valid().var("ROWHOUSE_LOG__FORMAT", &long).mistakes();
    assert!(mistakes[0].starts_with("log.format = \"xxx") && mistakes[0].len() < 200);
}

#[test]
fn production_insists_on_https() {
    let world = World::default()
        .var("ROWHOUSE_DATABASE__URL", DATABASE)
        .var("ROWHOUSE_SERVER__PUBLIC_URL", "http://app.example");
    assert_eq!(
        world.mistakes(),
        [
            "server.public_url = \"http://app.example\" (ROWHOUSE_SERVER__PUBLIC_URL): must begin with https:// in production"
        ]
    );
}

#[test]
fn an_unknown_key_gets_a_suggestion() {
    for (file, mistake) in [
        (
            "[database]\npool_szie = 1",
            "database.pool_szie (rowhouse.toml, line 2): there is no such setting; did you mean `database.pool_size`?",
        ),
        (
            "[server]\npool_size = 1",
            "server.pool_size (rowhouse.toml, line 2): there is no such setting; did you mean `database.pool_size`?",
        ),
        (
            "[sever]\nmode = 'production'",
            "sever.mode (rowhouse.toml, line 2): there is no such setting; did you mean `server.mode`?",
        ),
        (
            "[server]\ncolour = 'red'",
            "server.colour (rowhouse.toml, line 2): there is no such setting; rowhouse.default.toml lists all settings",
        ),
        ("mode = 'production'", "mode (rowhouse.toml, line 1): every setting stands in a section, such as [server]"),
        (
            "[server]\nlisten_file = 'x'",
            "server.listen_file (rowhouse.toml, line 2): there is no such setting; rowhouse.default.toml lists all settings",
        ),
    ] {
        let mistakes = World::valid().file("rowhouse.toml", file).mistakes();
        assert_eq!(mistakes, [mistake]);
    }
    for (name, mistake) in [
        (
            "ROWHOUSE_DATABASE__POOLSIZE",
            "database.poolsize (ROWHOUSE_DATABASE__POOLSIZE): there is no such setting; did you mean `ROWHOUSE_DATABASE__POOL_SIZE`?",
        ),
        (
            "ROWHOUSE_DATABASE_POOL_SIZE",
            "database_pool_size (ROWHOUSE_DATABASE_POOL_SIZE): two underscores stand between section and key: `ROWHOUSE_DATABASE__POOL_SIZE`",
        ),
    ] {
        assert_eq!(World::valid().var(name, "1").mistakes(), [mistake]);
    }
    // Set by Kubernetes for a service named "rowhouse"; and nobody's business.
    let others = World::valid()
        .var("ROWHOUSE_PORT", "tcp://10.0.0.1:3000")
        .var("ROWHOUSE_SERVICE_HOST", "10.0.0.1")
        .var("PATH", "/bin");
    assert!(others.load().is_ok());
}

#[test]
fn what_is_not_toml_is_named_by_its_line() {
    let file = "[server]\nlisten = '127.0.0.1:1'\n\n[database]\nurl = 'postgres://u:hunter2@db/r\n";
    let mistakes = World::valid().file("rowhouse.toml", file).mistakes();
    assert_eq!(mistakes.len(), 1, "{mistakes:?}");
    assert!(mistakes[0].starts_with("rowhouse.toml, line 5: not valid TOML: "), "{mistakes:?}");
    assert!(!mistakes[0].contains("hunter2"), "{mistakes:?}");
    let twice = World::valid().file("rowhouse.toml", "[log]\nlevel = 'info'\nlevel = 'warn'").mistakes();
    assert!(twice[0].starts_with("rowhouse.toml, line 3: not valid TOML: duplicate key"), "{twice:?}");
}

#[test]
fn mistakes_about_secrets_do_not_show_them() {
    let world = World::default()
        .file(
            "rowhouse.toml",
            "[database]\nlisten_url = 5\nadmin_url_file = '/run/admin'\n[mail]\nsmtp_url = 'http://hunter2@mail'",
        )
        .file("/run/admin", "mysql://admin:hunter2@db")
        .var("ROWHOUSE_SERVER__PUBLIC_URL", "https://app.example")
        .var("ROWHOUSE_DATABASE__URL", "hunter2")
        .var("ROWHOUSE_DATABASE__OPERATOR_URL_FILE", "/run/operator");
    let mistakes = world.mistakes();
    assert_eq!(
        mistakes,
        [
            "database.url (ROWHOUSE_DATABASE__URL): must be a URL that begins with postgres:// or postgresql:// (not shown: secret)",
            "database.admin_url (rowhouse.toml, line 3): must be a URL that begins with postgres:// or postgresql:// (not shown: secret)",
            "database.operator_url (ROWHOUSE_DATABASE__OPERATOR_URL_FILE): the file \"/run/operator\" cannot be read: entity not found",
            "database.listen_url (rowhouse.toml, line 2): must be text in quotation marks",
            "mail.smtp_url (rowhouse.toml, line 5): must be a URL that begins with smtps:// or smtp:// (not shown: secret)",
        ]
    );
}

#[test]
fn the_mail_server_is_checked_as_a_whole() {
    for (url, mistake) in [
        ("smtp://hunter2@", "must name a host, as in smtps://user:password@mail.example:465"),
        (
            "smtp://mail?tls=hunter2",
            "may end in ?tls=required, ?tls=opportunistic or ?tls=none after smtp://, and in nothing else",
        ),
    ] {
        assert_eq!(
            World::valid().var("ROWHOUSE_MAIL__SMTP_URL", url).mistakes(),
            [format!("mail.smtp_url (ROWHOUSE_MAIL__SMTP_URL): {mistake} (not shown: secret)")]
        );
    }
}

#[test]
fn mistakes_about_keys_for_secrets_do_not_show_them() {
    let remedy = "`rowhouse secret new-key` makes one (not shown: secret)";
    for (value, mistake) in [
        ("hunter2", "entry 1 is not of the form \"id:key\", with an id of 1 to 32 letters, digits, - and _"),
        ("a:hunter2", "the key \"a\" is not the base64 of 32 bytes"),
    ] {
        let mistakes = World::valid().var("ROWHOUSE_SECRETS__KEYS", value).mistakes();
        assert_eq!(mistakes, [format!("secrets.keys (ROWHOUSE_SECRETS__KEYS): {mistake}; {remedy}")]);
    }
    let mistakes = World::valid().file("rowhouse.toml", "[secrets]\nkeys = 'hunter2'").mistakes();
    let form = "must be a list of texts, such as [\"id:key\"] (not shown: secret)";
    assert_eq!(mistakes, [format!("secrets.keys (rowhouse.toml, line 2): {form}")]);
}

#[test]
fn a_secret_given_twice_in_one_place_is_a_mistake() {
    let world = World::valid().var("ROWHOUSE_DATABASE__URL_FILE", "/run/url");
    assert_eq!(
        world.mistakes(),
        [
            "database.url (ROWHOUSE_DATABASE__URL_FILE): is given twice, also as ROWHOUSE_DATABASE__URL; keep one of the two"
        ]
    );
}

#[test]
fn all_mistakes_are_told_at_once() {
    let world = World::default()
        .file("rowhouse.toml", "[server]\nmode = 'x'\nunknown = 1\n[log]\nformat = 'x'")
        .var("ROWHOUSE_DATABASE__POOL_SIZE", "x");
    let errors = world.load().unwrap_err();
    assert_eq!(errors.0.len(), 5, "{errors}");
    let text = errors.to_string();
    assert!(text.starts_with("the configuration has 5 mistakes:\n  - server.unknown "), "{text}");
}
