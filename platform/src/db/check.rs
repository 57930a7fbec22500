//! Whether the database is fit to serve from: the walls stand, and nothing is pending.

use super::{Database, DbError, expected_migrations};

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

    // Partitions are read through their table, and by no right of their own.
    let tables = sqlx::query!(
        r#"SELECT c.relname AS "name!", c.relrowsecurity AND c.relforcerowsecurity AS "walled!",
                  pg_has_role(c.relowner, 'MEMBER') AS "owned!",
                  c.relispartition OR has_table_privilege(c.oid, 'SELECT') AS "readable!"
           FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname = 'pooled' AND c.relkind IN ('r', 'p') ORDER BY 1"#
    )
    .fetch_all(&mut tx)
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
    }

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
