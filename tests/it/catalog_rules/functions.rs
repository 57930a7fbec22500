//! Rules for functions. `$1` is the list of those that may be `SECURITY DEFINER`.

pub(super) const RULES: &[&str] = &[
    "SELECT format('function %s: is SECURITY DEFINER and not in the list of those that may be',
         p.oid::regprocedure)
     FROM pg_proc p JOIN {ours} n ON n.oid = p.pronamespace
     WHERE p.prosecdef AND p.oid::regprocedure::text <> ALL ($1::text[])",
    "SELECT format('function %s: is listed as SECURITY DEFINER and there is no such function',
         listed)
     FROM unnest($1::text[]) listed
     WHERE NOT EXISTS (SELECT FROM pg_proc p WHERE p.oid = to_regprocedure(listed) AND p.prosecdef)",
    "SELECT format('function %s: is SECURITY DEFINER, so it belongs in schema control',
         p.oid::regprocedure)
     FROM pg_proc p JOIN {ours} n ON n.oid = p.pronamespace
     WHERE p.prosecdef AND n.nspname <> 'control' AND $1::text[] IS NOT NULL
         -- Where the data of a tenant is placed, its words are.
         AND p.oid::regprocedure::text <> 'pooled.find_ticket_words(tsquery,integer,jsonb,boolean)'",
    // Where pg_temp is not named it is searched first, and anyone may make a table there.
    "SELECT format('function %s: is SECURITY DEFINER, so it must SET search_path to schemas that '
         'only the owner writes to and then pg_temp, or to nothing', p.oid::regprocedure)
     FROM pg_proc p JOIN {ours} n ON n.oid = p.pronamespace
     LEFT JOIN LATERAL (
         SELECT substr(setting, length('search_path=') + 1) AS path
         FROM unnest(p.proconfig) setting WHERE setting LIKE 'search\\_path=%'
     ) s ON true
     WHERE p.prosecdef AND $1::text[] IS NOT NULL
         AND (s.path = '\"\"'
              OR s.path ~ '(^|, )pg_temp$' AND s.path !~ '(^|[ ,\"])(public|\\$user)([ ,\"]|$)')
             IS NOT TRUE",
    "SELECT format('function %s: is SECURITY DEFINER, so REVOKE EXECUTE ON it FROM PUBLIC',
         p.oid::regprocedure)
     FROM pg_proc p JOIN {ours} n ON n.oid = p.pronamespace
     WHERE p.prosecdef AND $1::text[] IS NOT NULL
         AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner)))
                     WHERE grantee = 0)",
    // A leakproof function is called before the policy is applied.
    "SELECT format('function %s: is LEAKPROOF, so it would see the rows of every tenant',
         p.oid::regprocedure)
     FROM pg_proc p JOIN {ours} n ON n.oid = p.pronamespace
     WHERE p.proleakproof AND $1::text[] IS NOT NULL",
    "SELECT format('function %s: its owner must be rowhouse_owner, it is %s',
         p.oid::regprocedure, pg_get_userbyid(p.proowner))
     FROM pg_proc p
     JOIN pg_namespace n ON n.oid = p.pronamespace AND n.nspname IN ('pooled', 'control')
     WHERE pg_get_userbyid(p.proowner) <> 'rowhouse_owner' AND $1::text[] IS NOT NULL
         -- \"Find my workspace\" reads the accounts of all tenants, which is the operator's right alone. The search
         -- takes the operator's policy, so that the planner may use the index of words.
         AND p.oid::regprocedure::text NOT IN (
             'control.mail_workspaces(uuid,text,text,text,timestamp with time zone)',
             'pooled.find_ticket_words(tsquery,integer,jsonb,boolean)')
         AND NOT EXISTS (SELECT FROM pg_depend d
                         WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
                             AND d.deptype = 'e')",
    "SELECT format('table %s: trigger %s calls %s, which is SECURITY DEFINER and not in the list '
         'of those that may be', c.oid::regclass, t.tgname, p.oid::regprocedure)
     FROM {pooled} c
     JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal
     JOIN pg_proc p ON p.oid = t.tgfoid
     WHERE p.prosecdef AND p.oid::regprocedure::text <> ALL ($1::text[])",
];
