//! `rowhouse doctor` on walls that were taken down by hand, and on addresses that lead elsewhere.

use crate::{
    command_line::{Program, said},
    database::{TestDatabase, Way},
};

/// What a superuser does, what doctor says of it, how it says to mend it, and what undoes it.
const FALLEN: &[(&str, &str, &str, &str)] = &[
    (
        "CREATE POLICY leak ON pooled.account USING (true)",
        "policy leak widens what the serving role sees of table pooled.account",
        "→ DROP POLICY leak ON pooled.account",
        "DROP POLICY leak ON pooled.account",
    ),
    (
        "CREATE POLICY \"A leak\" ON pooled.account FOR SELECT TO rowhouse_app USING (true)",
        "policy \"A leak\" widens",
        "→ DROP POLICY \"A leak\" ON pooled.account",
        "DROP POLICY \"A leak\" ON pooled.account",
    ),
    (
        "ALTER POLICY own_tenant ON pooled.branding WITH CHECK (true)",
        "policy own_tenant widens what the serving role sees of table pooled.branding",
        "→ DROP POLICY own_tenant ON pooled.branding",
        "DROP POLICY own_tenant ON pooled.branding",
    ),
    (
        "SELECT",
        "table pooled.branding has no policy that shows each tenant its own rows alone",
        "→ CREATE POLICY own_tenant ON pooled.branding USING (",
        "CREATE POLICY own_tenant ON pooled.branding
             USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)",
    ),
    (
        "CREATE VIEW pooled.leak AS SELECT * FROM pooled.ticket; GRANT SELECT ON pooled.leak TO rowhouse_app",
        "view pooled.leak shows rows to the serving role with its owner's rights",
        "→ ALTER VIEW pooled.leak SET (security_invoker = true)",
        "ALTER VIEW pooled.leak SET (security_invoker = true)",
    ),
    (
        "CREATE VIEW public.leak AS SELECT * FROM pooled.ticket; GRANT SELECT (id) ON public.leak TO rowhouse_app",
        "view public.leak shows rows",
        "REVOKE ALL ON public.leak FROM PUBLIC, rowhouse_app",
        "REVOKE ALL ON public.leak FROM PUBLIC, rowhouse_app",
    ),
    (
        "CREATE MATERIALIZED VIEW pooled.copy AS SELECT * FROM pooled.ticket; GRANT SELECT ON pooled.copy TO PUBLIC",
        "the serving role may read pooled.copy, which no policy can guard",
        "→ REVOKE ALL ON pooled.copy FROM PUBLIC",
        "REVOKE ALL ON pooled.copy FROM PUBLIC",
    ),
];

#[tokio::test]
async fn a_fallen_wall_is_named_and_its_remedy_mends_it() {
    let program = Program::new().await;
    let mut admin = program.db.admin().await;
    // What widens nothing is let be.
    sqlx::raw_sql(
        "CREATE POLICY narrow ON pooled.ticket AS RESTRICTIVE USING (true);
         CREATE POLICY operator_too ON pooled.ticket FOR SELECT TO rowhouse_operator USING (true)",
    )
    .execute(&mut admin)
    .await
    .unwrap();
    for (broken, problem, remedy, undone) in FALLEN {
        sqlx::raw_sql(*broken).execute(&mut admin).await.unwrap();
        let (good, text) = program.run(&["doctor"]);
        assert!(!good && text.contains(problem) && text.contains(remedy), "{broken}: {text}");
        assert!(!text.contains("row-level security: forced on all"), "{broken}: {text}");
        let (good, text) = program.run(&["serve"]);
        assert!(!good && text.contains("refusing to serve") && text.contains(problem), "{broken}: {text}");
        sqlx::raw_sql(*undone).execute(&mut admin).await.unwrap();
    }
    let (good, text) = program.run(&["doctor"]);
    assert!(good && text.contains("row-level security: forced on all"), "{text}");
}

#[tokio::test]
async fn addresses_lead_to_the_same_database() {
    let program = Program::new().await;
    let elsewhere = TestDatabase::new().await;
    let doctor = |key: &str, url: String| said(program.command(&["doctor"]).env(key, url).output().unwrap());

    let key = "ROWHOUSE_DATABASE__LISTEN_URL";
    let (good, text) = doctor(key, program.db.url(Way::Direct, "rowhouse_app"));
    assert!(good && text.contains("ok      database.listen_url: hears what is notified"), "{text}");
    for deaf in [elsewhere.url(Way::Direct, "rowhouse_app"), program.db.url(Way::Pooler, "rowhouse_app")] {
        let (good, text) = doctor(key, deaf);
        assert!(!good && text.contains("WRONG   database.listen_url: what is notified"), "{text}");
        assert!(text.contains("without a transaction pooler"), "{text}");
    }

    let key = "ROWHOUSE_DATABASE__OPERATOR_URL";
    let (good, text) = doctor(key, program.db.url(Way::Direct, "rowhouse_operator"));
    assert!(good && text.contains("ok      database.operator_url: answers"), "{text}");
    let (good, text) = doctor(key, elsewhere.url(Way::Direct, "rowhouse_operator"));
    assert!(!good && text.contains("WRONG   database.operator_url: it leads to another database"), "{text}");
    let (good, text) = doctor(key, program.db.url(Way::Direct, "rowhouse_app"));
    assert!(!good && text.contains("“rowhouse_app” is neither rowhouse_operator nor a member of it"), "{text}");
    let (good, text) = doctor(key, program.db.url(Way::Direct, "postgres"));
    assert!(good && text.contains("note    database.operator_url: the role “postgres” bypasses"), "{text}");
}
