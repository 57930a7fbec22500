-- Takes out the tenants of the seeder, with every row they have, also those that people added meanwhile; and those that
-- an unfinished run has begun. The tables are those of the catalog, so that none is forgotten.
DO $$
DECLARE
    leaving uuid[] := ARRAY(SELECT t.id FROM control.tenant t WHERE t.is_demo AND t.slug ~ '^seed-[0-9]{4}$');
    name text;
BEGIN
    IF to_regclass('seed.tenant') IS NOT NULL THEN
        leaving := leaving || ARRAY(SELECT t.id FROM seed.tenant t);
    END IF;
    -- All tables of these tenants are emptied, so no foreign key has to be looked up.
    SET LOCAL session_replication_role = replica;
    FOR name IN
        SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'pooled' AND c.relkind = 'r'
    LOOP
        EXECUTE format('DELETE FROM %s WHERE tenant_id = ANY ($1)', name) USING leaving;
    END LOOP;
    SET LOCAL session_replication_role = origin;
    -- Servers hear of it, and files of theirs are noted to be removed.
    DELETE FROM control.mail WHERE tenant_id = ANY (leaving);
    DELETE FROM control.tenant WHERE id = ANY (leaving);
END $$;
