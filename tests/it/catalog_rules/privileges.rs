//! Rules for roles and what is granted to them and to PUBLIC.

pub(super) const RULES: &[&str] = &[
    // Roles.
    "SELECT format('role %s: is missing', expected)
     FROM unnest(ARRAY['rowhouse_owner', 'rowhouse_app', 'rowhouse_operator']) expected
     WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = expected)",
    "SELECT format('role %s: must not have %s', r.rolname, attribute)
     FROM pg_roles r
     CROSS JOIN LATERAL (VALUES
         ('SUPERUSER', r.rolsuper, true), ('BYPASSRLS', r.rolbypassrls, true),
         ('CREATEDB', r.rolcreatedb, false), ('CREATEROLE', r.rolcreaterole, false),
         ('REPLICATION', r.rolreplication, false)
     ) has (attribute, given, even_owner)
     WHERE has.given AND (r.rolname IN ('rowhouse_app', 'rowhouse_operator')
                          OR r.rolname = 'rowhouse_owner' AND has.even_owner)",
    "SELECT format('role %s: must own nothing, it owns %s', r.rolname,
         pg_describe_object(d.classid, d.objid, d.objsubid))
     FROM pg_shdepend d
     JOIN pg_roles r ON r.oid = d.refobjid AND d.refclassid = 'pg_authid'::regclass
     WHERE d.deptype = 'o' AND r.rolname IN ('rowhouse_app', 'rowhouse_operator')
         AND NOT coalesce(r.rolname = 'rowhouse_operator' AND d.classid = 'pg_proc'::regclass
             AND d.objid IN (
                 to_regprocedure('control.mail_workspaces(uuid,text,text,text,timestamptz)'),
                 to_regprocedure('pooled.find_ticket_words(tsquery,integer,jsonb,boolean)')), false)
         AND d.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))",
    // Its rights would come with it, and those of pg_read_all_data and its like see everything.
    "SELECT format('role %s: must be a member of no role, it is one of %s',
         m.member::regrole, m.roleid::regrole)
     FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member
     WHERE r.rolname IN ('rowhouse_app', 'rowhouse_operator')",
    "SELECT format('role %s: is set to begin with a tenant (%s)',
         coalesce(r.rolname, 'of any name'), setting)
     FROM pg_db_role_setting s
     LEFT JOIN pg_roles r ON r.oid = s.setrole
     CROSS JOIN LATERAL unnest(s.setconfig) setting
     WHERE setting LIKE 'app.tenant\\_id=%'",
    "SELECT format('parameter %s: %s must have no privilege on it', p.parname,
         coalesce(r.rolname, 'PUBLIC'))
     FROM pg_parameter_acl p
     CROSS JOIN LATERAL aclexplode(p.paracl) granted
     LEFT JOIN pg_roles r ON r.oid = granted.grantee
     WHERE granted.grantee = 0 OR r.rolname IN ('rowhouse_app', 'rowhouse_operator')",
    // Tables, views and their columns. Sequences have rules of their own.
    "WITH granted AS (
         SELECT c.oid, c.relnamespace, NULL AS attname, x.grantee, x.privilege_type, x.is_grantable
         FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) x WHERE c.relkind <> 'S'
         UNION ALL
         SELECT c.oid, c.relnamespace, a.attname, x.grantee, x.privilege_type, x.is_grantable
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
         CROSS JOIN LATERAL aclexplode(a.attacl) x
     )
     SELECT format('relation %s%s: %s must not have %s%s', g.oid::regclass, '.' || g.attname,
         coalesce(r.rolname, 'PUBLIC'), g.privilege_type,
         CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' END)
     FROM granted g
     JOIN {ours} n ON n.oid = g.relnamespace
     LEFT JOIN pg_roles r ON r.oid = g.grantee
     WHERE g.grantee = 0
         OR r.rolname = 'rowhouse_app' AND (
             g.is_grantable
             OR CASE n.nspname
                 WHEN 'pooled' THEN
                     g.privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
                 WHEN 'control' THEN true
                 ELSE g.privilege_type <> 'SELECT' END)
         OR r.rolname = 'rowhouse_operator' AND (
             g.is_grantable OR n.nspname = 'pooled' AND g.privilege_type <> 'SELECT')",
    // The audit log is added to and read; its head moves by a trigger alone.
    "SELECT format('table pooled.%s: rowhouse_app must not have %s on %s: the audit log is append-only',
         forbidden.name, forbidden.privilege, a.attname)
     FROM (VALUES ('audit_event', 'UPDATE', ''), ('audit_head', 'INSERT', 'tenant_id'),
                  ('audit_head', 'UPDATE', 'tenant_id')) forbidden (name, privilege, but)
     JOIN pg_roles r ON r.rolname = 'rowhouse_app' AND NOT r.rolsuper
     JOIN {pooled} c ON c.relname = forbidden.name
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> forbidden.but
     WHERE has_column_privilege(r.oid, c.oid, a.attnum, forbidden.privilege)",
    "SELECT format('table %s: rowhouse_app must not have DELETE: the audit log is append-only', c.oid::regclass)
     FROM {pooled} c
     JOIN pg_roles r ON r.rolname = 'rowhouse_app' AND NOT r.rolsuper
     WHERE c.relname IN ('audit_event', 'audit_head') AND has_table_privilege(r.oid, c.oid, 'DELETE')",
    // Most common values and histograms are rows of tenants.
    "SELECT format('relation %s: rowhouse_app must not have SELECT', statistics)
     FROM unnest(ARRAY['pg_statistic', 'pg_statistic_ext_data']::regclass[]) statistics
     JOIN pg_roles r ON r.rolname = 'rowhouse_app' AND NOT r.rolsuper
     WHERE has_any_column_privilege(r.oid, statistics, 'SELECT')",
    // Schemas and the database.
    "SELECT format('schema %s: %s must not have %s', n.nspname, coalesce(r.rolname, 'PUBLIC'),
         granted.privilege_type)
     FROM {ours} n
     CROSS JOIN LATERAL aclexplode(n.nspacl) granted
     LEFT JOIN pg_roles r ON r.oid = granted.grantee
     WHERE granted.grantee = 0
             AND (granted.privilege_type = 'CREATE' OR n.nspname IN ('pooled', 'control'))
         OR r.rolname IN ('rowhouse_app', 'rowhouse_operator')
             AND (granted.privilege_type = 'CREATE' OR granted.is_grantable)",
    "SELECT format('database %s: %s must not have CREATE', datname, coalesce(r.rolname, 'PUBLIC'))
     FROM pg_database
     CROSS JOIN LATERAL aclexplode(datacl) granted
     LEFT JOIN pg_roles r ON r.oid = granted.grantee
     WHERE datname = current_database() AND granted.privilege_type = 'CREATE'
         AND (granted.grantee = 0 OR r.rolname IN ('rowhouse_app', 'rowhouse_operator'))",
    // What the next migration's objects would be given.
    "SELECT format('default privileges of %s%s: %s must not be given %s on %s',
         d.defaclrole::regrole, ' in ' || n.nspname, coalesce(r.rolname, 'PUBLIC'),
         granted.privilege_type,
         CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences'
             WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' END)
     FROM pg_default_acl d
     LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
     CROSS JOIN LATERAL aclexplode(d.defaclacl) granted
     LEFT JOIN pg_roles r ON r.oid = granted.grantee
     WHERE granted.grantee = 0
         OR r.rolname = 'rowhouse_app' AND (
             granted.is_grantable
             OR d.defaclobjtype IN ('S', 'n')
             OR d.defaclobjtype = 'r'
                 AND (n.nspname IS DISTINCT FROM 'pooled'
                      OR granted.privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')))",
];
