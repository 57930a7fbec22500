-- A tenant that leaves: closed by an owner, open again if an owner says so in time, and then deleted with all it has.

SET LOCAL lock_timeout = '3s';

ALTER TABLE control.tenant
    DROP CONSTRAINT tenant_state_check,
    ADD CONSTRAINT tenant_state_check CHECK (state IN ('active', 'suspended', 'closing')),
    -- When everything of a closing tenant is deleted.
    ADD COLUMN closes_at timestamptz,
    ADD CONSTRAINT tenant_closes_check CHECK ((state = 'closing') = (closes_at IS NOT NULL));

-- Closes the tenant of this transaction. False where it is not active: an operator's suspension is not undone so.
CREATE FUNCTION control.close_tenant(until timestamptz) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = control, pg_temp AS $$
    WITH closed AS (
        UPDATE control.tenant SET state = 'closing', closes_at = until
        WHERE id = nullif(current_setting('app.tenant_id', true), '')::uuid AND state = 'active'
        RETURNING 1
    )
    SELECT EXISTS (SELECT FROM closed)
$$;

-- Opens it again. False where it is not closing.
CREATE FUNCTION control.reopen_tenant() RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = control, pg_temp AS $$
    WITH opened AS (
        UPDATE control.tenant SET state = 'active', closes_at = NULL
        WHERE id = nullif(current_setting('app.tenant_id', true), '')::uuid AND state = 'closing'
        RETURNING 1
    )
    SELECT EXISTS (SELECT FROM opened)
$$;

-- When the tenant of this transaction is deleted, if it is closing.
CREATE FUNCTION control.tenant_closes_at() RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
    SELECT t.closes_at FROM control.tenant t
    WHERE t.id = nullif(current_setting('app.tenant_id', true), '')::uuid
$$;

-- Deletes one tenant whose time is over, with every row it has, and answers its name; nothing where there is none left.
-- The tables are those of the catalog, so that none is forgotten; a table that others refer to comes after them.
CREATE FUNCTION control.delete_closed_tenant(now timestamptz) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    leaving record;
    tables text[];
    waiting text[];
    name text;
BEGIN
    SELECT t.id, t.slug INTO leaving FROM control.tenant t
    WHERE t.state = 'closing' AND t.closes_at <= now
    ORDER BY t.closes_at LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    -- The policies bind this function's owner too: it sees the rows of this tenant, and of no other.
    PERFORM set_config('app.tenant_id', leaving.id::text, true);
    SELECT array_agg(format('%I.%I', n.nspname, c.relname)) INTO tables
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'pooled' AND c.relkind = 'r';
    WHILE cardinality(tables) > 0 LOOP
        waiting := '{}';
        FOREACH name IN ARRAY tables LOOP
            BEGIN
                EXECUTE format('DELETE FROM %s WHERE tenant_id = $1', name) USING leaving.id;
            EXCEPTION WHEN foreign_key_violation THEN
                waiting := waiting || name;
            END;
        END LOOP;
        IF cardinality(waiting) = cardinality(tables) THEN
            RAISE EXCEPTION 'the rows of tenant % cannot be deleted from %', leaving.slug, waiting;
        END IF;
        tables := waiting;
    END LOOP;
    DELETE FROM control.mail WHERE tenant_id = leaving.id;
    DELETE FROM control.tenant WHERE id = leaving.id;
    RETURN leaving.slug;
END $$;

REVOKE ALL ON FUNCTION control.close_tenant(timestamptz), control.reopen_tenant(), control.tenant_closes_at(),
    control.delete_closed_tenant(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION control.close_tenant(timestamptz), control.reopen_tenant(), control.tenant_closes_at()
TO rowhouse_app;
GRANT EXECUTE ON FUNCTION control.delete_closed_tenant(timestamptz) TO rowhouse_operator;
