-- The control plane: the tables that know of all tenants.
--
-- The serving role `rowhouse_app` has no privilege on any table here. What it may know, it learns through the
-- SECURITY DEFINER functions below, each of which answers one question and no more. They run as `rowhouse_owner`
-- with a fixed search_path, and PUBLIC may execute none of them. The operator's role reads and writes the tables.

CREATE TABLE control.tenant (
    id            uuid        PRIMARY KEY,
    -- The name in the host: acme in acme.app.example. The same rule as tenancy::Slug, as a second wall.
    slug          text        NOT NULL UNIQUE CHECK (slug ~ '^[a-z][a-z0-9-]{1,38}[a-z0-9]$'),
    name          text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 80),
    state         text        NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'suspended')),
    -- Shown to the operator only, never to the tenant.
    state_reason  text,
    placement     text        NOT NULL DEFAULT 'pooled' CHECK (placement IN ('pooled', 'schema', 'database')),
    -- Demonstration tenants have public passwords: a production server refuses to start beside them.
    is_demo       boolean     NOT NULL DEFAULT false,
    created_at    timestamptz NOT NULL
);

-- A tenant's own domains. Only a verified one leads to the tenant.
CREATE TABLE control.domain (
    host        text        PRIMARY KEY CHECK (host = lower(host) AND char_length(host) <= 253),
    tenant_id   uuid        NOT NULL REFERENCES control.tenant (id) ON DELETE CASCADE,
    verified_at timestamptz
);
CREATE INDEX domain_by_tenant ON control.domain (tenant_id);

-- What changed lately about a tenant as servers cache it. Servers hear of it by NOTIFY on a direct connection, or
-- poll this table where there is only a transaction pooler. Rows older than an hour are of use to nobody.
CREATE TABLE control.change (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id  uuid        NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX change_by_time ON control.change (changed_at);

-- Attempts at the apex (sign-up, find my workspace), counted per hashed key in fixed windows.
CREATE TABLE control.throttle (
    key               bytea       PRIMARY KEY,
    window_started_at timestamptz NOT NULL,
    attempts          integer     NOT NULL
);

-- Mail waiting to be sent. It belongs to the control plane because one message may name several tenants.
CREATE TABLE control.mail (
    id         uuid        PRIMARY KEY,
    recipient  text        NOT NULL,
    subject    text        NOT NULL,
    body       text        NOT NULL,
    created_at timestamptz NOT NULL,
    sent_at    timestamptz,
    attempts   integer     NOT NULL DEFAULT 0,
    last_error text
);
CREATE INDEX mail_waiting ON control.mail (created_at) WHERE sent_at IS NULL;

GRANT USAGE ON SCHEMA control TO rowhouse_app, rowhouse_operator;
GRANT SELECT, INSERT, UPDATE, DELETE ON control.tenant, control.domain, control.mail TO rowhouse_operator;
GRANT SELECT ON control.change TO rowhouse_operator;

-- Tells every server to forget what it cached about one tenant.
CREATE FUNCTION control.announce(changed uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
BEGIN
    DELETE FROM control.change WHERE changed_at < clock_timestamp() - interval '1 hour';
    INSERT INTO control.change (tenant_id) VALUES (changed);
    PERFORM pg_notify('rowhouse_change', changed::text);
END $$;

CREATE FUNCTION control.announce_tenant() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
BEGIN
    PERFORM control.announce(coalesce(NEW.id, OLD.id));
    RETURN NULL;
END $$;
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON control.tenant
    FOR EACH ROW EXECUTE FUNCTION control.announce_tenant();

-- For every table with a tenant_id whose rows servers cache: domains here, branding among the tenant tables.
CREATE FUNCTION control.announce_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
BEGIN
    PERFORM control.announce(coalesce(NEW.tenant_id, OLD.tenant_id));
    RETURN NULL;
END $$;
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON control.domain
    FOR EACH ROW EXECUTE FUNCTION control.announce_row();

-- Who is at this address of the base domain?
CREATE FUNCTION control.tenant_by_slug(wanted text)
RETURNS TABLE (id uuid, slug text, name text, state text, placement text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
    SELECT t.id, t.slug, t.name, t.state, t.placement FROM control.tenant t WHERE t.slug = wanted
$$;

-- Who is at this domain of their own?
CREATE FUNCTION control.tenant_by_domain(wanted text)
RETURNS TABLE (id uuid, slug text, name text, state text, placement text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
    SELECT t.id, t.slug, t.name, t.state, t.placement
    FROM control.domain d JOIN control.tenant t ON t.id = d.tenant_id
    WHERE d.host = wanted AND d.verified_at IS NOT NULL
$$;

-- Tenants that changed in the last seconds, for servers that poll.
CREATE FUNCTION control.changed_within(seconds double precision) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
    SELECT DISTINCT c.tenant_id FROM control.change c
    WHERE c.changed_at > clock_timestamp() - make_interval(secs => seconds)
$$;

-- Creates the tenant of this transaction, and no other: a caller cannot name someone else's id.
CREATE FUNCTION control.register_tenant(new_slug text, new_name text, demo boolean, now timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = control, pg_temp AS $$
    INSERT INTO control.tenant (id, slug, name, is_demo, created_at)
    VALUES (nullif(current_setting('app.tenant_id', true), '')::uuid, new_slug, new_name, demo, now)
$$;

-- Renames the tenant of this transaction.
CREATE FUNCTION control.rename_tenant(new_name text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = control, pg_temp AS $$
    UPDATE control.tenant SET name = new_name
    WHERE id = nullif(current_setting('app.tenant_id', true), '')::uuid
$$;

-- Counts one attempt under a hashed key and answers how many there were in the window, this one included, and when
-- the window ends.
CREATE FUNCTION control.count_attempt(attempt_key bytea, now timestamptz, window_seconds double precision)
RETURNS TABLE (attempts integer, window_ends_at timestamptz)
LANGUAGE sql SECURITY DEFINER SET search_path = control, pg_temp AS $$
    DELETE FROM control.throttle WHERE window_started_at < now - make_interval(secs => 10 * window_seconds);
    INSERT INTO control.throttle AS t (key, window_started_at, attempts) VALUES (attempt_key, now, 1)
    ON CONFLICT (key) DO UPDATE SET
        attempts = CASE WHEN t.window_started_at > now - make_interval(secs => window_seconds)
                        THEN t.attempts + 1 ELSE 1 END,
        window_started_at = CASE WHEN t.window_started_at > now - make_interval(secs => window_seconds)
                        THEN t.window_started_at ELSE now END
    RETURNING t.attempts, t.window_started_at + make_interval(secs => window_seconds);
$$;

-- Names of the demonstration tenants, for the check of a production server at its start.
CREATE FUNCTION control.demo_tenants() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
    SELECT t.slug FROM control.tenant t WHERE t.is_demo ORDER BY t.slug
$$;

-- Which migrations were applied, for the check at the server's start. The two tables are the migrator's own.
CREATE FUNCTION control.applied_migrations() RETURNS TABLE (part text, version bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT 'control'::text, m.version FROM control.control_migration m WHERE m.success
       UNION ALL SELECT 'tenant'::text, m.version FROM control.pooled_migration m WHERE m.success;
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA control FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    control.tenant_by_slug(text), control.tenant_by_domain(text), control.changed_within(double precision),
    control.register_tenant(text, text, boolean, timestamptz), control.rename_tenant(text),
    control.count_attempt(bytea, timestamptz, double precision), control.demo_tenants(),
    control.applied_migrations()
TO rowhouse_app;
GRANT EXECUTE ON FUNCTION control.demo_tenants() TO rowhouse_operator;
