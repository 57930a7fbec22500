-- Usage: what a tenant did that may be billed, event by event, and added up by the hour and by the day.
--
-- An event is written in the transaction of what it counts, so it is there if and only if that was done. Events are only
-- ever added: the serving role can neither change nor remove one. What is added up can be made anew from the events at any
-- time, and `rowhouse usage reconcile` compares the two.

CREATE TABLE usage_event (
    tenant_id   uuid        NOT NULL,
    -- As platform::metering::Meter writes it: api_call.
    meter       text        NOT NULL,
    -- What was done, by a name that is the same when it is tried again. What happens once an hour has the hour in it.
    key         text        NOT NULL,
    -- When it was done. The same for the same key: so a key that is tried again finds itself, whatever partition it is in.
    at          timestamptz NOT NULL,
    quantity    bigint      NOT NULL,
    -- Whose, by which key, in which project. They may be gone, so there are no foreign keys.
    account_id  uuid,
    api_key_id  uuid,
    project_id  uuid,
    -- When the row was written; later than `at` where an event came late.
    recorded_at timestamptz NOT NULL,
    -- In which transaction. What was not there yet when it was added up last is found by this and by no clock, for
    -- transactions end in another order than they begin, and clocks go back.
    recorded_in xid8        NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (tenant_id, meter, key, at),
    -- One and not three: each would be read and prepared anew by every statement, which costs as much as an index.
    CHECK (quantity >= 0 AND char_length(meter) BETWEEN 1 AND 40 AND char_length(key) BETWEEN 1 AND 120)
) PARTITION BY RANGE (at);
CREATE INDEX usage_event_new ON usage_event (tenant_id, recorded_in);
ALTER TABLE usage_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE usage_event FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON usage_event
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON usage_event FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT ON usage_event TO rowhouse_app;
GRANT SELECT ON usage_event TO rowhouse_operator;

-- A partition is a month, and made ahead. It is reached through usage_event alone: nobody but the owner has a privilege on
-- it. This one takes what no month is there for, so that nothing is ever refused for it.
CREATE TABLE usage_event_rest (LIKE usage_event INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES);
ALTER TABLE usage_event_rest ENABLE ROW LEVEL SECURITY;
ALTER TABLE usage_event_rest FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON usage_event_rest
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
ALTER TABLE usage_event ATTACH PARTITION usage_event_rest DEFAULT;

-- Added up by the hour, in UTC. Where an event has no account, key or project, it is the nil UUID here, for a primary key
-- holds no NULL.
CREATE TABLE usage_hour (
    tenant_id  uuid        NOT NULL,
    -- When the hour begins.
    at         timestamptz NOT NULL CHECK (at = date_trunc('hour', at, 'UTC')),
    meter      text        NOT NULL CHECK (meter ~ '^[a-z_]{1,40}$'),
    account_id uuid        NOT NULL,
    api_key_id uuid        NOT NULL,
    project_id uuid        NOT NULL,
    quantity   bigint      NOT NULL CHECK (quantity >= 0),
    events     bigint      NOT NULL CHECK (events > 0),
    PRIMARY KEY (tenant_id, at, meter, account_id, api_key_id, project_id)
);
ALTER TABLE usage_hour ENABLE ROW LEVEL SECURITY;
ALTER TABLE usage_hour FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON usage_hour
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON usage_hour FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON usage_hour TO rowhouse_app;
GRANT SELECT ON usage_hour TO rowhouse_operator;

-- The same by the day, in UTC. Kept when the events are gone.
CREATE TABLE usage_day (
    tenant_id  uuid        NOT NULL,
    -- When the day begins.
    at         timestamptz NOT NULL CHECK (at = date_trunc('day', at, 'UTC')),
    meter      text        NOT NULL CHECK (meter ~ '^[a-z_]{1,40}$'),
    account_id uuid        NOT NULL,
    api_key_id uuid        NOT NULL,
    project_id uuid        NOT NULL,
    quantity   bigint      NOT NULL CHECK (quantity >= 0),
    events     bigint      NOT NULL CHECK (events > 0),
    PRIMARY KEY (tenant_id, at, meter, account_id, api_key_id, project_id)
);
ALTER TABLE usage_day ENABLE ROW LEVEL SECURITY;
ALTER TABLE usage_day FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON usage_day
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON usage_day FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON usage_day TO rowhouse_app;
GRANT SELECT ON usage_day TO rowhouse_operator;

-- How far a tenant's events are added up.
CREATE TABLE usage_cursor (
    tenant_id uuid        NOT NULL PRIMARY KEY,
    -- The events of every earlier transaction are in usage_hour and usage_day.
    seen      xid8        NOT NULL,
    -- When that was so.
    at        timestamptz NOT NULL
);
ALTER TABLE usage_cursor ENABLE ROW LEVEL SECURITY;
ALTER TABLE usage_cursor FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON usage_cursor
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON usage_cursor FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON usage_cursor TO rowhouse_app;
GRANT SELECT ON usage_cursor TO rowhouse_operator;

-- Makes the partitions of so many months, the first of which holds `at`, where they are not there. Answers how many it
-- made. Whoever writes events meanwhile waits for no more than the last step of each.
CREATE FUNCTION control.make_usage_partitions(at timestamptz, months integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp SET lock_timeout = '3s' SET timezone = 'UTC' AS $$
DECLARE
    before text := coalesce(current_setting('app.tenant_id', true), '');
    month timestamptz := date_trunc('month', make_usage_partitions.at);
    next_month timestamptz;
    name text;
    attach text;
    tenant uuid;
    made integer := 0;
BEGIN
    IF months IS NULL OR months NOT BETWEEN 1 AND 24 OR month NOT BETWEEN '2000-01-01' AND '2200-01-01' THEN
        RAISE EXCEPTION 'partitions are made for 1 to 24 months of this age' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- Two servers may do this at the same moment.
    PERFORM pg_advisory_xact_lock(hashtextextended('usage partitions', 0));
    FOR place IN 1 .. months LOOP
        next_month := month + interval '1 month';
        name := 'usage_event_' || to_char(month, 'YYYY_MM');
        IF to_regclass('pooled.' || name) IS NULL THEN
            EXECUTE format('CREATE TABLE pooled.%I (LIKE pooled.usage_event
                            INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)', name);
            EXECUTE format('ALTER TABLE pooled.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
            EXECUTE format('CREATE POLICY own_tenant ON pooled.%I
                            USING (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)
                            WITH CHECK (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)', name);
            attach := format('ALTER TABLE pooled.usage_event ATTACH PARTITION pooled.%I FOR VALUES FROM (%L) TO (%L)',
                             name, month, next_month);
            BEGIN
                EXECUTE attach;
            EXCEPTION WHEN check_violation THEN
                -- Events of this month are among the rest. The policies bind the owner too, so they move tenant by tenant.
                LOCK TABLE pooled.usage_event_rest IN ACCESS EXCLUSIVE MODE;
                FOR tenant IN SELECT t.id FROM control.tenant t LOOP
                    PERFORM set_config('app.tenant_id', tenant::text, true);
                    EXECUTE format('WITH moved AS (
                                        DELETE FROM pooled.usage_event_rest
                                        WHERE tenant_id = $1 AND at >= $2 AND at < $3 RETURNING *
                                    ) INSERT INTO pooled.%I SELECT * FROM moved', name)
                        USING tenant, month, next_month;
                END LOOP;
                PERFORM set_config('app.tenant_id', before, true);
                EXECUTE attach;
            END;
            made := made + 1;
        END IF;
        month := next_month;
    END LOOP;
    RETURN made;
END $$;

-- Removes the events of whole months before that of `until`, a partition at a time. Answers how many it removed. What they
-- were added up to stays.
CREATE FUNCTION control.drop_usage_partitions(until timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp SET lock_timeout = '3s' SET timezone = 'UTC' AS $$
DECLARE
    before text := coalesce(current_setting('app.tenant_id', true), '');
    first_kept timestamptz := date_trunc('month', drop_usage_partitions.until);
    name text;
    tenant uuid;
    dropped integer := 0;
BEGIN
    IF first_kept IS NULL OR first_kept > now() - interval '12 months' THEN
        RAISE EXCEPTION 'events are kept for a year at least' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    FOR name IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'pooled.usage_event'::regclass AND c.relname ~ '^usage_event_\d{4}_\d{2}$'
            AND to_date(right(c.relname, 7), 'YYYY_MM') < first_kept
        ORDER BY 1
    LOOP
        EXECUTE format('DROP TABLE pooled.%I', name);
        dropped := dropped + 1;
    END LOOP;
    FOR tenant IN SELECT t.id FROM control.tenant t LOOP
        PERFORM set_config('app.tenant_id', tenant::text, true);
        DELETE FROM pooled.usage_event_rest e WHERE e.tenant_id = tenant AND e.at < first_kept;
    END LOOP;
    PERFORM set_config('app.tenant_id', before, true);
    RETURN dropped;
END $$;

-- In a database that was restored elsewhere from a dump, transactions begin with lower numbers again, and events would seem
-- to be of transactions that are still to come. Those count as of none, and so as added up; each tenant whose cursor is
-- ahead is then added up anew. Answers how many events those were.
CREATE FUNCTION control.renumber_usage() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    before text := coalesce(current_setting('app.tenant_id', true), '');
    ahead xid8 := pg_snapshot_xmax(pg_current_snapshot());
    tenant uuid;
    more bigint;
    changed bigint := 0;
BEGIN
    FOR tenant IN SELECT t.id FROM control.tenant t LOOP
        PERFORM set_config('app.tenant_id', tenant::text, true);
        UPDATE pooled.usage_event e SET recorded_in = '0' WHERE e.tenant_id = tenant AND e.recorded_in > ahead;
        GET DIAGNOSTICS more = ROW_COUNT;
        changed := changed + more;
    END LOOP;
    PERFORM set_config('app.tenant_id', before, true);
    RETURN changed;
END $$;

-- A tenant's usage goes when the tenant goes, and not otherwise.
CREATE FUNCTION control.remove_usage_of_tenant() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    before text := coalesce(current_setting('app.tenant_id', true), '');
BEGIN
    -- Row-level security binds the owner too.
    PERFORM set_config('app.tenant_id', OLD.id::text, true);
    DELETE FROM pooled.usage_event WHERE tenant_id = OLD.id;
    DELETE FROM pooled.usage_hour WHERE tenant_id = OLD.id;
    DELETE FROM pooled.usage_day WHERE tenant_id = OLD.id;
    DELETE FROM pooled.usage_cursor WHERE tenant_id = OLD.id;
    PERFORM set_config('app.tenant_id', before, true);
    RETURN NULL;
END $$;
CREATE TRIGGER remove_usage AFTER DELETE ON control.tenant
    FOR EACH ROW EXECUTE FUNCTION control.remove_usage_of_tenant();

REVOKE ALL ON FUNCTION control.make_usage_partitions(timestamptz, integer), control.drop_usage_partitions(timestamptz),
    control.renumber_usage(), control.remove_usage_of_tenant() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION control.make_usage_partitions(timestamptz, integer), control.drop_usage_partitions(timestamptz),
    control.renumber_usage()
TO rowhouse_operator;

-- This month and the three after it; servers keep it so.
SELECT control.make_usage_partitions(now(), 4);
