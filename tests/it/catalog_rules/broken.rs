//! Each rule broken on purpose, and seen: what is done as a superuser, and words of the violation it must give.

use sqlx::{AssertSqlSafe, Connection as _};

use super::violations;
use crate::database::TestDatabase;

/// A table that keeps all rules but the one that the case is about; `{}` stands for what is wrong.
const TABLE: &str =
    "CREATE TABLE pooled.extra (tenant_id uuid NOT NULL, id uuid NOT NULL, PRIMARY KEY (tenant_id, id));
    ALTER TABLE pooled.extra OWNER TO rowhouse_owner;
    ALTER TABLE pooled.extra ENABLE ROW LEVEL SECURITY;
    ALTER TABLE pooled.extra FORCE ROW LEVEL SECURITY;
    CREATE POLICY own_tenant ON pooled.extra
        USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
        WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);";

const CASES: &[(&str, &str)] = &[
    // The column and the keys.
    ("ALTER TABLE pooled.throttle DROP COLUMN tenant_id CASCADE", "tenant_id must be uuid NOT NULL, it is missing"),
    ("ALTER TABLE pooled.branding DROP CONSTRAINT branding_pkey, ALTER COLUMN tenant_id DROP NOT NULL", "and may be null"),
    ("CREATE TABLE public.stray (tenant_id uuid)", "belongs in schema pooled"),
    ("ALTER TABLE pooled.throttle DROP CONSTRAINT throttle_pkey", "has no primary key"),
    ("ALTER TABLE pooled.ticket ADD CONSTRAINT odd UNIQUE (number)", "constraint odd must have tenant_id as its first"),
    ("CREATE INDEX odd ON pooled.ticket (number)", "index pooled.odd must have tenant_id as its first column"),
    ("CREATE UNIQUE INDEX odd ON pooled.account (email_key)", "index pooled.odd must have tenant_id as its first column"),
    ("ALTER TABLE pooled.extra ADD UNIQUE (id); ALTER TABLE pooled.throttle ADD COLUMN extra uuid REFERENCES pooled.extra (id)", "must begin with tenant_id on both sides"),
    ("ALTER TABLE pooled.ticket_words ADD COLUMN a uuid, ADD CONSTRAINT odd FOREIGN KEY (tenant_id, a) REFERENCES pooled.account (tenant_id, id) NOT VALID", "foreign key odd is NOT VALID"),
    ("ALTER TABLE pooled.ticket_words ADD COLUMN a uuid, ADD CONSTRAINT odd FOREIGN KEY (tenant_id, a) REFERENCES pooled.account (tenant_id, id) ON DELETE SET NULL", "must name the columns it sets on DELETE"),
    // Row-level security.
    ("ALTER TABLE pooled.session DISABLE ROW LEVEL SECURITY", "table pooled.session: row-level security is not enabled"),
    ("ALTER TABLE pooled.session NO FORCE ROW LEVEL SECURITY", "table pooled.session: row-level security is not forced"),
    ("DROP POLICY own_tenant ON pooled.ticket", "table pooled.ticket: has 0 policies of the tenant"),
    ("CREATE POLICY wide ON pooled.ticket FOR SELECT USING (true)", "policy wide is neither"),
    ("CREATE POLICY wide ON pooled.ticket FOR ALL TO rowhouse_operator USING (true)", "policy wide is neither"),
    ("ALTER POLICY own_tenant ON pooled.ticket USING (tenant_id::text = current_setting('app.tenant_id', true))", "policy own_tenant is neither"),
    ("ALTER POLICY own_tenant ON pooled.ticket WITH CHECK (true)", "policy own_tenant is neither"),
    ("CREATE RULE odd AS ON DELETE TO pooled.throttle DO INSTEAD NOTHING", "rewrite rule odd"),
    ("CREATE TABLE pooled.child () INHERITS (pooled.extra)", "inherits from pooled.extra and is not its partition"),
    (
        "CREATE TABLE pooled.parts (tenant_id uuid NOT NULL, id uuid NOT NULL, PRIMARY KEY (tenant_id, id)) PARTITION BY HASH (tenant_id);
         CREATE TABLE pooled.part_0 PARTITION OF pooled.parts FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
        "table pooled.part_0: row-level security is not enabled",
    ),
    // What shows rows without being their table.
    ("CREATE VIEW pooled.leak AS SELECT * FROM pooled.ticket; GRANT SELECT ON pooled.leak TO rowhouse_app", "view pooled.leak: must be WITH (security_invoker = true)"),
    ("CREATE MATERIALIZED VIEW pooled.copy AS SELECT * FROM pooled.ticket", "materialized view pooled.copy: cannot be held to a policy"),
    ("CREATE SEQUENCE pooled.counter", "sequence pooled.counter: ids in schema pooled are UUIDv7"),
    ("CREATE SEQUENCE control.counter; GRANT USAGE ON SEQUENCE control.counter TO rowhouse_app", "sequence control.counter: rowhouse_app must have no privilege"),
    ("CREATE PUBLICATION everything FOR ALL TABLES", "publication everything: publishes all tables"),
    ("CREATE PUBLICATION a_few FOR TABLE pooled.ticket", "publication a_few: publishes pooled.ticket"),
    ("CREATE PUBLICATION schema_wide FOR TABLES IN SCHEMA pooled", "publication schema_wide: publishes schema pooled"),
    ("ALTER TABLE pooled.ticket OWNER TO postgres", "its owner must be rowhouse_owner, it is postgres"),
    ("ALTER SCHEMA pooled OWNER TO postgres", "schema pooled: its owner must be rowhouse_owner"),
    ("ALTER SCHEMA control RENAME TO elsewhere; CREATE SCHEMA unused", "schema control: is missing"),
    // Functions.
    ("CREATE FUNCTION control.door() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT count(*) FROM pooled.ticket'", "function control.door(): is SECURITY DEFINER and not in the list"),
    ("DROP FUNCTION control.demo_tenants()", "is listed as SECURITY DEFINER and there is no such function"),
    ("CREATE FUNCTION pooled.door() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1::bigint'", "so it belongs in schema control"),
    ("ALTER FUNCTION control.demo_tenants() RESET search_path", "so it must SET search_path"),
    ("ALTER FUNCTION control.demo_tenants() SET search_path = public, pg_temp", "so it must SET search_path"),
    ("GRANT EXECUTE ON FUNCTION control.demo_tenants() TO PUBLIC", "so REVOKE EXECUTE ON it FROM PUBLIC"),
    ("CREATE FUNCTION control.peek(text) RETURNS boolean LANGUAGE sql LEAKPROOF AS 'SELECT true'", "function control.peek(text): is LEAKPROOF"),
    ("ALTER FUNCTION control.demo_tenants() OWNER TO postgres", "function control.demo_tenants(): its owner must be rowhouse_owner"),
    (
        "CREATE FUNCTION control.spy() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN NULL; END';
         CREATE TRIGGER spy AFTER INSERT ON pooled.ticket FOR EACH ROW EXECUTE FUNCTION control.spy()",
        "trigger spy calls control.spy()",
    ),
    // Roles and privileges.
    ("ALTER ROLE rowhouse_app BYPASSRLS", "role rowhouse_app: must not have BYPASSRLS"),
    ("ALTER ROLE rowhouse_app SUPERUSER", "role rowhouse_app: must not have SUPERUSER"),
    ("ALTER ROLE rowhouse_operator CREATEROLE", "role rowhouse_operator: must not have CREATEROLE"),
    ("ALTER ROLE rowhouse_owner BYPASSRLS", "role rowhouse_owner: must not have BYPASSRLS"),
    ("CREATE TABLE control.mine (); ALTER TABLE control.mine OWNER TO rowhouse_app", "role rowhouse_app: must own nothing"),
    ("GRANT rowhouse_owner TO rowhouse_app", "role rowhouse_app: must be a member of no role, it is one of rowhouse_owner"),
    ("GRANT pg_read_all_data TO rowhouse_app", "it is one of pg_read_all_data"),
    ("ALTER ROLE rowhouse_app SET app.tenant_id = '00000000-0000-0000-0000-000000000000'", "role rowhouse_app: is set to begin with a tenant"),
    ("GRANT TRUNCATE ON pooled.ticket TO rowhouse_app", "relation pooled.ticket: rowhouse_app must not have TRUNCATE"),
    ("GRANT DELETE ON pooled.audit_event TO rowhouse_app", "table pooled.audit_event: rowhouse_app must not have DELETE"),
    ("GRANT UPDATE (reason) ON pooled.audit_event TO rowhouse_app", "rowhouse_app must not have UPDATE on reason"),
    ("GRANT UPDATE ON pooled.audit_head TO rowhouse_app", "rowhouse_app must not have UPDATE on seq"),
    ("GRANT INSERT ON pooled.audit_head TO rowhouse_app", "rowhouse_app must not have INSERT on mac"),
    ("GRANT SELECT ON control.tenant TO rowhouse_app", "relation control.tenant: rowhouse_app must not have SELECT"),
    ("GRANT SELECT (name) ON control.tenant TO rowhouse_app", "relation control.tenant.name: rowhouse_app must not have SELECT"),
    ("GRANT SELECT ON pooled.ticket TO PUBLIC", "relation pooled.ticket: PUBLIC must not have SELECT"),
    ("GRANT UPDATE ON pooled.ticket TO rowhouse_operator", "relation pooled.ticket: rowhouse_operator must not have UPDATE"),
    ("GRANT SELECT ON pooled.ticket TO rowhouse_app WITH GRANT OPTION", "WITH GRANT OPTION"),
    ("GRANT SELECT ON pg_statistic TO rowhouse_app", "relation pg_statistic: rowhouse_app must not have SELECT"),
    ("GRANT CREATE ON SCHEMA pooled TO rowhouse_app", "schema pooled: rowhouse_app must not have CREATE"),
    ("GRANT USAGE ON SCHEMA control TO PUBLIC", "schema control: PUBLIC must not have USAGE"),
    ("DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO rowhouse_app', current_database()); END $$", "rowhouse_app must not have CREATE"),
    ("ALTER DEFAULT PRIVILEGES IN SCHEMA pooled GRANT SELECT ON TABLES TO PUBLIC", "PUBLIC must not be given SELECT on tables"),
    ("ALTER DEFAULT PRIVILEGES IN SCHEMA control GRANT SELECT ON TABLES TO rowhouse_app", "rowhouse_app must not be given SELECT on tables"),
];

#[tokio::test]
async fn every_rule_is_seen_when_it_is_broken() {
    let database = TestDatabase::new().await;
    let mut connection = database.admin().await;
    let mut unseen = Vec::new();
    for (sql, expected) in CASES {
        let mut transaction = connection.begin().await.unwrap();
        if sql.contains("pooled.extra") {
            sqlx::raw_sql(TABLE).execute(&mut *transaction).await.unwrap();
            assert_eq!(violations(&mut transaction).await, Vec::<String>::new(), "the extra table keeps the rules");
        }
        if let Err(error) = sqlx::raw_sql(AssertSqlSafe((*sql).to_owned())).execute(&mut *transaction).await {
            unseen.push(format!("{sql}\n    cannot be done: {error}"));
            transaction.rollback().await.unwrap();
            continue;
        }
        let seen = violations(&mut transaction).await;
        if !seen.iter().any(|violation| violation.contains(expected)) {
            unseen.push(format!("{sql}\n    expected: {expected}\n    seen: {}", seen.join("\n          ")));
        }
        transaction.rollback().await.unwrap();
    }
    assert!(unseen.is_empty(), "{}", unseen.join("\n"));
}
