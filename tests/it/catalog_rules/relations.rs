//! Rules for what shows tenants' rows without being their table: views, sequences, publications.

pub(super) const RULES: &[&str] = &[
    // A view reads with its owner's rights, past the policies, unless it is told otherwise.
    "SELECT format('view %s: must be WITH (security_invoker = true), or not granted to %s',
         v.oid::regclass, coalesce(r.rolname, 'PUBLIC'))
     FROM pg_class v
     JOIN {ours} n ON n.oid = v.relnamespace
     CROSS JOIN LATERAL (
         SELECT grantee FROM aclexplode(v.relacl)
         UNION SELECT x.grantee FROM pg_attribute a, aclexplode(a.attacl) x WHERE a.attrelid = v.oid
     ) granted
     LEFT JOIN pg_roles r ON r.oid = granted.grantee
     WHERE v.relkind = 'v'
         AND (granted.grantee = 0 OR r.rolname = 'rowhouse_app')
         AND NOT EXISTS (SELECT FROM pg_options_to_table(v.reloptions)
                         WHERE option_name = 'security_invoker' AND option_value::boolean)",
    // They hold copies, or rows of another server, that no policy covers.
    "SELECT format('%s %s: cannot be held to a policy, so there must be none',
         CASE c.relkind WHEN 'm' THEN 'materialized view' ELSE 'foreign table' END,
         c.oid::regclass)
     FROM pg_class c JOIN {ours} n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('m', 'f')",
    // A counter that tenants share tells each how busy the others are.
    "SELECT format('sequence %s: ids in schema pooled are UUIDv7, not counters', s.oid::regclass)
     FROM pg_class s JOIN pg_namespace n ON n.oid = s.relnamespace AND n.nspname = 'pooled'
     WHERE s.relkind = 'S'",
    "SELECT DISTINCT format('sequence %s: %s must have no privilege on it', s.oid::regclass,
         coalesce(r.rolname, 'PUBLIC'))
     FROM pg_class s
     JOIN {ours} n ON n.oid = s.relnamespace
     CROSS JOIN LATERAL aclexplode(s.relacl) granted
     LEFT JOIN pg_roles r ON r.oid = granted.grantee
     WHERE s.relkind = 'S' AND (granted.grantee = 0 OR r.rolname = 'rowhouse_app')",
    // A subscriber gets every row.
    "SELECT format('publication %s: publishes all tables, those of tenants too', p.pubname)
     FROM pg_publication p WHERE p.puballtables",
    "SELECT format('publication %s: publishes %s, a table of tenants', p.pubname, c.oid::regclass)
     FROM {pooled} c
     JOIN pg_publication_rel r ON r.prrelid = c.oid
     JOIN pg_publication p ON p.oid = r.prpubid",
    "SELECT format('publication %s: publishes schema pooled', p.pubname)
     FROM pg_publication_namespace s
     JOIN pg_namespace n ON n.oid = s.pnnspid AND n.nspname = 'pooled'
     JOIN pg_publication p ON p.oid = s.pnpubid",
    // Who owns, may switch row-level security off.
    "SELECT format('%s: its owner must be rowhouse_owner, it is %s',
         pg_describe_object('pg_class'::regclass, c.oid, 0), pg_get_userbyid(c.relowner))
     FROM pg_class c
     JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN ('pooled', 'control')
     WHERE c.relkind <> 'i' AND c.relkind <> 'I'
         AND pg_get_userbyid(c.relowner) <> 'rowhouse_owner'",
    "SELECT format('schema %s: its owner must be rowhouse_owner, it is %s', nspname,
         pg_get_userbyid(nspowner))
     FROM pg_namespace
     WHERE nspname IN ('pooled', 'control') AND pg_get_userbyid(nspowner) <> 'rowhouse_owner'",
    "SELECT format('schema %s: is missing', expected)
     FROM unnest(ARRAY['pooled', 'control']) expected
     WHERE NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = expected)",
];
