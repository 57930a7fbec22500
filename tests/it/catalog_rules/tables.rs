//! Rules for the tables of tenants: columns, keys, indexes, policies.

pub(super) const RULES: &[&str] = &[
    // The column.
    "SELECT format('table %s: tenant_id must be uuid NOT NULL, it is %s', c.oid::regclass,
         coalesce(format_type(a.atttypid, a.atttypmod)
             || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE ' and may be null' END, 'missing'))
     FROM {pooled} c
     LEFT JOIN pg_attribute a
         ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
     WHERE a.attname IS NULL OR a.atttypid <> 'uuid'::regtype OR NOT a.attnotnull",
    // A table with tenants' rows that the rules below would not see.
    "SELECT format('table %s: has tenant_id, so it belongs in schema pooled', c.oid::regclass)
     FROM pg_class c
     JOIN {ours} n ON n.oid = c.relnamespace AND n.nspname NOT IN ('pooled', 'control')
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
     WHERE c.relkind IN ('r', 'p')",
    // Keys.
    "SELECT format('table %s: has no primary key', c.oid::regclass)
     FROM {pooled} c
     WHERE NOT EXISTS (SELECT FROM pg_constraint p WHERE p.conrelid = c.oid AND p.contype = 'p')",
    "SELECT format('table %s: constraint %s must have tenant_id as its first column',
         c.oid::regclass, p.conname)
     FROM {pooled} c
     JOIN pg_constraint p ON p.conrelid = c.oid AND p.contype IN ('p', 'u', 'x')
     LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
     WHERE p.conkey[1] IS DISTINCT FROM a.attnum",
    "SELECT format('table %s: exclusion constraint %s must compare tenant_id with =',
         c.oid::regclass, p.conname)
     FROM {pooled} c
     JOIN pg_constraint p ON p.conrelid = c.oid AND p.contype = 'x'
     WHERE p.conexclop[1] <> 'pg_catalog.=(uuid,uuid)'::regoperator",
    "SELECT format('table %s: index %s must have tenant_id as its first column',
         c.oid::regclass, i.indexrelid::regclass)
     FROM {pooled} c
     JOIN pg_index i ON i.indrelid = c.oid
     LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
     WHERE i.indkey[0] IS DISTINCT FROM a.attnum",
    // A foreign key checks rows past all policies, so only its columns keep it within a tenant.
    "SELECT format('table %s: foreign key %s to %s must begin with tenant_id on both sides',
         k.conrelid::regclass, k.conname, c.oid::regclass)
     FROM {pooled} c
     JOIN pg_constraint k ON k.confrelid = c.oid AND k.contype = 'f'
     LEFT JOIN pg_attribute there
         ON there.attrelid = k.confrelid AND there.attname = 'tenant_id'
     LEFT JOIN pg_attribute here ON here.attrelid = k.conrelid AND here.attname = 'tenant_id'
     WHERE k.conkey[1] IS DISTINCT FROM here.attnum
         OR k.confkey[1] IS DISTINCT FROM there.attnum",
    "SELECT format('table %s: foreign key %s is NOT VALID: rows may break it',
         c.oid::regclass, k.conname)
     FROM {pooled} c
     JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'f' AND NOT k.convalidated",
    "SELECT format('table %s: foreign key %s must name the columns it sets on DELETE, and not '
         'tenant_id', c.oid::regclass, k.conname)
     FROM {pooled} c
     JOIN pg_constraint k
         ON k.conrelid = c.oid AND k.contype = 'f' AND k.confdeltype IN ('n', 'd')
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
     WHERE a.attnum = ANY (coalesce(k.confdelsetcols, k.conkey))",
    // Row-level security.
    "SELECT format('table %s: row-level security is not enabled', c.oid::regclass)
     FROM {pooled} c WHERE NOT c.relrowsecurity",
    "SELECT format('table %s: row-level security is not forced', c.oid::regclass)
     FROM {pooled} c WHERE NOT c.relforcerowsecurity",
    // The only two policies there may be. Any other permissive one widens what is seen.
    "WITH policy AS (
         SELECT p.*,
             p.polcmd = '*' AND p.polroles = '{0}' AND p.polpermissive
                 AND pg_get_expr(p.polqual, p.polrelid) = expected.tenant
                 AND pg_get_expr(p.polwithcheck, p.polrelid) IS NOT DISTINCT FROM expected.tenant
                 AS of_tenant,
             p.polcmd = 'r' AND p.polpermissive
                 AND p.polroles = ARRAY (SELECT oid FROM pg_roles
                                         WHERE rolname = 'rowhouse_operator')
                 AND pg_get_expr(p.polqual, p.polrelid) = 'true'
                 AND p.polwithcheck IS NULL
                 AS of_operator
         FROM pg_policy p
         CROSS JOIN (SELECT '(tenant_id = (NULLIF(current_setting(''app.tenant_id''::text, true), '
                         '''''::text))::uuid)' AS tenant) expected
     )
     SELECT format('table %s: policy %s is neither the tenant''s (permissive, FOR ALL, TO PUBLIC, '
         'USING and WITH CHECK exactly `tenant_id = nullif(current_setting(''app.tenant_id'', '
         'true), '''')::uuid`) nor the operator''s (FOR SELECT TO rowhouse_operator USING (true))',
         c.oid::regclass, p.polname)
     FROM {pooled} c JOIN policy p ON p.polrelid = c.oid
     WHERE (p.of_tenant OR p.of_operator) IS NOT TRUE
     UNION ALL
     SELECT format('table %s: has %s policies of the tenant, must have one', c.oid::regclass,
         count(p) FILTER (WHERE p.of_tenant))
     FROM {pooled} c LEFT JOIN policy p ON p.polrelid = c.oid
     GROUP BY c.oid HAVING count(p) FILTER (WHERE p.of_tenant) <> 1",
    // Ways by which one statement reaches another table.
    "SELECT format('table %s: rewrite rule %s changes what statements on it do',
         c.oid::regclass, r.rulename)
     FROM {pooled} c JOIN pg_rewrite r ON r.ev_class = c.oid",
    "SELECT format('table %s: inherits from %s and is not its partition in schema pooled',
         child.oid::regclass, c.oid::regclass)
     FROM {pooled} c
     JOIN pg_inherits i ON i.inhparent = c.oid
     JOIN pg_class child ON child.oid = i.inhrelid
     WHERE NOT child.relispartition OR child.relnamespace <> c.relnamespace",
];
