//! Whether the database is fit to serve from: the walls stand, and nothing is pending.

use sqlx::{Connection as _, PgConnection};

use super::{ControlTx, Database, DbError, connect_options, expected_migrations};
use crate::ambient::Ambient;

/// What a tenant's policy says, in PostgreSQL's own words for it.
const OWN_ROWS: &str = "(tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)";

/// One thing that is wrong, and what puts it right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
    /// Whether serving would be unsafe or impossible. Otherwise it is a warning.
    pub fatal: bool,
}

/// What [`check_serving`] found.
#[derive(Debug, Clone, Default)]
pub struct ServingReport {
    /// The server's version as PostgreSQL says it.
    pub server_version: String,
    /// Tenant tables found, all of them under row-level security if there is no finding.
    pub tenant_tables: usize,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// Demonstration tenants, whose passwords are public.
    pub demo_tenants: Vec<String>,
}

impl ServingReport {
    fn add(&mut self, fatal: bool, problem: impl Into<String>, remedy: impl Into<String>) {
        self.findings.push(Finding { problem: problem.into(), remedy: remedy.into(), fatal });
    }

    /// The findings that forbid to serve.
    pub fn fatal(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.fatal)
    }
}

/// Looks at the database as the serving role sees it.
///
/// # Errors
/// [`DbError`] when PostgreSQL cannot be asked.
pub async fn check_serving(database: &Database) -> Result<ServingReport, DbError> {
    let mut report = ServingReport::default();
    let mut tx = database.control().await?;

    let role = sqlx::query!(
        r#"SELECT current_user::text AS "name!", r.rolsuper AS "superuser!", r.rolbypassrls AS "bypasses!",
                  current_setting('server_version') AS "version!",
                  current_setting('server_version_num')::integer AS "version_number!",
                  EXISTS (SELECT FROM pg_roles o WHERE o.rolname <> current_user AND pg_has_role(o.oid, 'MEMBER')) AS "member!",
                  EXISTS (SELECT FROM pg_namespace n WHERE n.nspname IN ('control', 'pooled')
                          HAVING count(*) = 2) AS "migrated!"
           FROM pg_roles r WHERE r.rolname = current_user"#
    )
    .fetch_one(&mut tx)
    .await?;
    report.server_version = role.version;
    if role.superuser || role.bypasses {
        report.add(
            true,
            format!("the role “{}” of database.url bypasses row-level security", role.name),
            "use the role rowhouse_app, which `rowhouse migrate` makes, or take SUPERUSER and BYPASSRLS away from this one",
        );
    } else if role.member {
        report.add(
            true,
            format!("the role “{}” of database.url is a member of other roles and can act as them", role.name),
            format!("revoke these memberships, for example: REVOKE rowhouse_owner FROM {}", role.name),
        );
    }
    if role.version_number < 150_000 {
        report.add(true, format!("PostgreSQL {} is too old", report.server_version), "use PostgreSQL 15 or newer");
    } else if role.version_number < 150_014 {
        report.add(
            false,
            format!("PostgreSQL {} has known faults in row-level security", report.server_version),
            "update to 15.14 or newer",
        );
    }
    if !role.migrated {
        report.add(true, "the database has no Rowhouse tables", "run `rowhouse migrate`");
        return Ok(report);
    }

    tables(&mut report, &mut tx, role.superuser).await?;
    views(&mut report, &mut tx, &role.name).await?;

    let may_ask =
        sqlx::query_scalar!(r#"SELECT has_schema_privilege('control', 'USAGE') AS "may!""#).fetch_one(&mut tx).await?;
    if !may_ask {
        report.add(true, "the serving role may not use the control plane's functions", "run `rowhouse migrate`");
        return Ok(report);
    }
    let applied = sqlx::query!(r#"SELECT part AS "part!", version AS "version!" FROM control.applied_migrations()"#)
        .fetch_all(&mut tx)
        .await?;
    for (part, version) in expected_migrations() {
        if !applied.iter().any(|row| row.part == part && row.version == version) {
            report.add(
                true,
                format!("migration {version:04} of migrations/{part} is pending"),
                "run `rowhouse migrate`",
            );
        }
    }
    report.demo_tenants =
        sqlx::query_scalar!(r#"SELECT slug AS "slug!" FROM control.demo_tenants() AS slug"#).fetch_all(&mut tx).await?;
    Ok(report)
}

/// The walls of each tenant table.
async fn tables(report: &mut ServingReport, tx: &mut ControlTx, superuser: bool) -> Result<(), DbError> {
    // Partitions are read through their table, and by no right of their own.
    let tables = sqlx::query!(
        r#"SELECT c.relname AS "name!", c.relrowsecurity AND c.relforcerowsecurity AS "walled!",
                  pg_has_role(c.relowner, 'MEMBER') AS "owned!",
                  c.relispartition OR has_table_privilege(c.oid, 'SELECT') AS "readable!"
           FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname = 'pooled' AND c.relkind IN ('r', 'p') ORDER BY 1"#
    )
    .fetch_all(&mut *tx)
    .await?;
    // The operator's policies are no concern of the serving role, and a superuser heeds none.
    let policies = sqlx::query!(
        r#"SELECT c.relname AS "table!", quote_ident(p.polname) AS "policy!",
                  coalesce(p.polcmd = '*' AND p.polroles = '{0}' AND pg_get_expr(p.polqual, p.polrelid) = $1
                      AND coalesce(pg_get_expr(p.polwithcheck, p.polrelid), $1) = $1, false) AS "own!"
           FROM pg_policy p
           JOIN pg_class c ON c.oid = p.polrelid
           JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname = 'pooled' AND p.polpermissive
               AND EXISTS (SELECT FROM unnest(p.polroles) AS given(id)
                           WHERE given.id = 0 OR (NOT $2::boolean AND pg_has_role(given.id, 'MEMBER')))
           ORDER BY 1, 2"#,
        OWN_ROWS,
        superuser
    )
    .fetch_all(&mut *tx)
    .await?;
    report.tenant_tables = tables.len();
    for table in tables {
        if !table.walled {
            report.add(
                true,
                format!("row-level security of table pooled.{} is off or not forced", table.name),
                format!(
                    "ALTER TABLE pooled.{0} ENABLE ROW LEVEL SECURITY; ALTER TABLE pooled.{0} FORCE ROW LEVEL SECURITY",
                    table.name
                ),
            );
        }
        if table.owned {
            report.add(
                true,
                format!("the serving role owns table pooled.{} and could take its walls down", table.name),
                format!("ALTER TABLE pooled.{} OWNER TO rowhouse_owner", table.name),
            );
        }
        if !table.readable {
            report.add(
                true,
                format!("the serving role may not read table pooled.{}", table.name),
                "use the role rowhouse_app in database.url, and run `rowhouse migrate`",
            );
        }
        let of_table: Vec<_> = policies.iter().filter(|policy| policy.table == table.name).collect();
        for wide in of_table.iter().filter(|policy| !policy.own) {
            report.add(
                true,
                format!("policy {} widens what the serving role sees of table pooled.{}", wide.policy, table.name),
                format!("DROP POLICY {} ON pooled.{}", wide.policy, table.name),
            );
        }
        if !of_table.iter().any(|policy| policy.own) {
            report.add(
                true,
                format!("table pooled.{} has no policy that shows each tenant its own rows alone", table.name),
                format!("CREATE POLICY own_tenant ON pooled.{} USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})", table.name),
            );
        }
    }
    Ok(())
}

/// What shows rows of tenants without being their table. A view reads with its owner's rights, past the policies,
/// unless it is told otherwise; the others hold copies that no policy covers.
async fn views(report: &mut ServingReport, tx: &mut ControlTx, role: &str) -> Result<(), DbError> {
    let leaks = sqlx::query!(
        r#"SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS "name!", c.relkind = 'v' AS "view!"
           FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE c.relkind IN ('v', 'm', 'f') AND has_any_column_privilege(c.oid, 'SELECT')
               AND (n.nspname IN ('pooled', 'control')
                   OR EXISTS (SELECT FROM pg_rewrite w
                              JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
                                  AND d.refclassid = 'pg_class'::regclass
                              JOIN pg_class t ON t.oid = d.refobjid
                              JOIN pg_namespace s ON s.oid = t.relnamespace AND s.nspname = 'pooled'
                              WHERE w.ev_class = c.oid))
               AND NOT (c.relkind = 'v' AND EXISTS (
                   SELECT FROM pg_options_to_table(c.reloptions) AS o
                   WHERE o.option_name = 'security_invoker' AND o.option_value::boolean))
           ORDER BY 1"#
    )
    .fetch_all(&mut *tx)
    .await?;
    for leak in leaks {
        let revoke = format!("REVOKE ALL ON {} FROM PUBLIC, {role}", leak.name);
        if leak.view {
            report.add(
                true,
                format!("view {} shows rows to the serving role with its owner's rights", leak.name),
                format!("ALTER VIEW {} SET (security_invoker = true), or {revoke}", leak.name),
            );
        } else {
            report.add(true, format!("the serving role may read {}, which no policy can guard", leak.name), revoke);
        }
    }
    Ok(())
}

/// What is wrong with `operator_url`, beside `database`, which answers.
///
/// # Errors
/// [`DbError`] when PostgreSQL cannot be asked.
pub async fn check_operator(
    database: &Database,
    operator_url: &str,
    ambient: &Ambient,
) -> Result<Vec<Finding>, DbError> {
    let mut operator = PgConnection::connect_with(&connect_options(operator_url)?).await?;
    let mut report = ServingReport::default();
    let role = sqlx::query!(
        r#"SELECT current_user::text AS "name!", r.rolsuper OR r.rolbypassrls AS "bypasses!",
                  EXISTS (SELECT FROM pg_roles o WHERE o.rolname = 'rowhouse_operator'
                          AND pg_has_role(o.oid, 'USAGE')) AS "operator!"
           FROM pg_roles r WHERE r.rolname = current_user"#
    )
    .fetch_one(&mut operator)
    .await?;
    if !role.operator {
        report.add(
            true,
            format!("the role “{}” is neither rowhouse_operator nor a member of it", role.name),
            "use the role rowhouse_operator, which `rowhouse migrate` makes",
        );
    } else if role.bypasses {
        report.add(
            false,
            format!("the role “{}” bypasses row-level security", role.name),
            "the role rowhouse_operator may do what is needed, and no more",
        );
    }
    // A lock is its database's: one that is held there is held here only where both are the same.
    let key = ambient.uuid().as_u64_pair().1.cast_signed();
    let mut tx = database.control().await?;
    sqlx::query!("SELECT pg_advisory_xact_lock($1)", key).execute(&mut tx).await?;
    let elsewhere =
        sqlx::query_scalar!(r#"SELECT pg_try_advisory_xact_lock($1) AS "free!""#, key).fetch_one(&mut operator).await?;
    tx.commit().await?;
    if elsewhere {
        report.add(
            true,
            "it leads to another database than database.url",
            "point both at the same database: what is suspended there goes on being served here",
        );
    }
    operator.close().await?;
    Ok(report.findings)
}
