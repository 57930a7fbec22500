-- What tenants may use: plans and their versions, the subscription of each tenant, what the operator made otherwise for
-- one of them, and what was changed when.
--
-- Plans are data. A version that a tenant ever had stays as it is: who subscribed to it keeps it, and old invoices can be
-- read. To change a plan, add a version and retire the last one (`rowhouse plan publish`).
--
-- The serving role has no right on these tables. The functions below answer about the transaction's tenant; the
-- operator's role, which commands and the billing of the server use, writes the tables. Every change is noted by a trigger,
-- whoever makes it, and announced to every server.

SET LOCAL lock_timeout = '3s';

CREATE TABLE control.plan (
    key        text    PRIMARY KEY CHECK (key ~ '^[a-z][a-z0-9_]{1,39}$'),
    name       text    NOT NULL CHECK (char_length(name) BETWEEN 1 AND 40),
    -- The order in which plans are shown: a later one is the larger one.
    position   integer NOT NULL UNIQUE,
    -- What a new tenant begins with, and what it falls back to when a trial or a subscription ends.
    is_initial boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX plan_initial ON control.plan (is_initial) WHERE is_initial;

CREATE TABLE control.plan_version (
    id           uuid        PRIMARY KEY,
    plan_key     text        NOT NULL REFERENCES control.plan (key),
    version      integer     NOT NULL CHECK (version > 0),
    price_cents  integer     NOT NULL CHECK (price_cents >= 0),
    currency     text        NOT NULL CHECK (currency ~ '^[a-z]{3}$'),
    per_seat     boolean     NOT NULL,
    "interval"   text        NOT NULL CHECK ("interval" IN ('month', 'year')),
    trial_days   integer     NOT NULL CHECK (trial_days BETWEEN 0 AND 365),
    -- By the words of platform::plan::Limit. What is not named, or null, has no limit.
    limits       jsonb       NOT NULL CHECK (jsonb_typeof(limits) = 'object'),
    -- By the words of platform::plan::Feature.
    features     text[]      NOT NULL CHECK (array_position(features, NULL) IS NULL),
    stripe_price text        UNIQUE CHECK (char_length(stripe_price) <= 255),
    created_at   timestamptz NOT NULL,
    -- Since when nobody can choose it any more.
    retired_at   timestamptz,
    -- When a tenant first had it: from then on it stays as it is.
    used_at      timestamptz,
    UNIQUE (plan_key, version)
);

CREATE TABLE control.subscription (
    tenant_id            uuid        PRIMARY KEY REFERENCES control.tenant (id) ON DELETE CASCADE,
    plan_version_id      uuid        NOT NULL REFERENCES control.plan_version (id),
    -- manual: the operator says what holds, and nothing is paid here.
    state                text        NOT NULL CHECK (state IN
        ('trialing', 'active', 'past_due', 'read_only', 'suspended', 'cancelled', 'manual')),
    -- How many are paid for, as billing last said; what may be used is the limit of the plan.
    seats                integer     CHECK (seats >= 0),
    trial_ends_at        timestamptz,
    period_start         timestamptz,
    period_end           timestamptz,
    cancel_at_period_end boolean     NOT NULL DEFAULT false,
    -- Since when: the payment failed, nothing can be changed, nothing is shown.
    past_due_since       timestamptz,
    read_only_at         timestamptz,
    suspended_at         timestamptz,
    stripe_customer      text        UNIQUE CHECK (char_length(stripe_customer) <= 255),
    stripe_subscription  text        UNIQUE CHECK (char_length(stripe_subscription) <= 255),
    -- Grows with each change.
    version              bigint      NOT NULL DEFAULT 1 CHECK (version > 0),
    updated_at           timestamptz NOT NULL,
    -- A smaller plan never takes records away that a larger one kept: what was written before `audit_smaller_at` is kept
    -- for `audit_days_before` days (0: for as long as the server keeps records).
    audit_days_before    integer     CHECK (audit_days_before >= 0),
    audit_smaller_at     timestamptz,
    CHECK (period_end > period_start),
    CHECK (state <> 'trialing' OR trial_ends_at IS NOT NULL),
    CHECK (state <> 'past_due' OR past_due_since IS NOT NULL),
    CHECK (state <> 'read_only' OR read_only_at IS NOT NULL),
    CHECK (state <> 'suspended' OR suspended_at IS NOT NULL),
    CHECK ((audit_days_before IS NULL) = (audit_smaller_at IS NULL))
);
CREATE INDEX subscription_by_plan ON control.subscription (plan_version_id);
CREATE INDEX subscription_trials ON control.subscription (trial_ends_at) WHERE state = 'trialing';

-- What was changed in a subscription or an override: one row a field. Written by triggers alone; who changed it, why, and
-- by which billing event is what the transaction says in app.plan_actor, app.plan_reason and app.plan_event.
CREATE TABLE control.subscription_change (
    id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id     uuid        NOT NULL REFERENCES control.tenant (id) ON DELETE CASCADE,
    at            timestamptz NOT NULL,
    actor         text        NOT NULL CHECK (char_length(actor) BETWEEN 1 AND 200),
    field         text        NOT NULL CHECK (char_length(field) BETWEEN 1 AND 80),
    before        text,
    after         text,
    reason        text        CHECK (char_length(reason) <= 500),
    billing_event text        CHECK (char_length(billing_event) <= 255)
);
CREATE INDEX subscription_change_by_tenant ON control.subscription_change (tenant_id, id);

-- What holds for one tenant in place of what its plan says.
CREATE TABLE control.entitlement_override (
    id         uuid        PRIMARY KEY,
    tenant_id  uuid        NOT NULL REFERENCES control.tenant (id) ON DELETE CASCADE,
    -- A word of platform::plan::Limit with a number, or null for no limit; or of Feature with true or false.
    key        text        NOT NULL CHECK (key ~ '^[a-z][a-z0-9_]{1,39}$'),
    value      jsonb       NOT NULL CHECK (jsonb_typeof(value) IN ('number', 'boolean', 'null')),
    reason     text        NOT NULL CHECK (char_length(reason) BETWEEN 1 AND 500),
    -- None: until it is taken back.
    ends_at    timestamptz CHECK (ends_at > created_at),
    made_by    text        NOT NULL CHECK (char_length(made_by) BETWEEN 1 AND 200),
    created_at timestamptz NOT NULL,
    -- When it ended or was taken back. Rows stay, as the history.
    removed_at timestamptz
);
CREATE UNIQUE INDEX entitlement_override_in_force ON control.entitlement_override (tenant_id, key)
    WHERE removed_at IS NULL;
CREATE INDEX entitlement_override_by_tenant ON control.entitlement_override (tenant_id, created_at);
CREATE INDEX entitlement_override_ends ON control.entitlement_override (ends_at)
    WHERE removed_at IS NULL AND ends_at IS NOT NULL;

GRANT SELECT, INSERT, UPDATE ON control.plan, control.plan_version, control.subscription, control.entitlement_override
TO rowhouse_operator;
GRANT DELETE ON control.plan_version TO rowhouse_operator;
GRANT SELECT ON control.subscription_change TO rowhouse_operator;

-- A version that was ever used keeps its price, limits and features.
CREATE FUNCTION control.keep_plan_version() RETURNS trigger
LANGUAGE plpgsql SET search_path = control, pg_temp AS $$
BEGIN
    IF OLD.used_at IS NULL THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    IF TG_OP = 'DELETE' OR (to_jsonb(OLD) - '{retired_at,stripe_price}'::text[])
        <> (to_jsonb(NEW) - '{retired_at,stripe_price}'::text[]) THEN
        RAISE EXCEPTION 'version % of the plan % was in use and stays as it is: publish another', OLD.version, OLD.plan_key
            USING ERRCODE = 'check_violation', CONSTRAINT = 'plan_version_in_use', TABLE = 'plan_version';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON control.plan_version
    FOR EACH ROW EXECUTE FUNCTION control.keep_plan_version();

-- For how many days a version keeps audit records: 0 stands for no limit of its own.
CREATE FUNCTION control.audit_days_of(version_id uuid) RETURNS integer
LANGUAGE sql STABLE SET search_path = control, pg_temp AS $$
    SELECT coalesce((v.limits ->> 'audit_retention_days')::integer, 0) FROM control.plan_version v WHERE v.id = version_id
$$;

-- Before a subscription is written: the version is in use from now on, the row's own version grows, and a smaller plan
-- leaves the audit log's past alone.
CREATE FUNCTION control.prepare_subscription() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    days_before integer;
    days_now integer;
BEGIN
    UPDATE control.plan_version v SET used_at = NEW.updated_at WHERE v.id = NEW.plan_version_id AND v.used_at IS NULL;
    IF TG_OP = 'INSERT' THEN
        RETURN NEW;
    END IF;
    NEW.version := OLD.version + 1;
    IF NEW.plan_version_id <> OLD.plan_version_id THEN
        days_before := control.audit_days_of(OLD.plan_version_id);
        days_now := control.audit_days_of(NEW.plan_version_id);
        IF days_now > 0 AND (days_before = 0 OR days_now < days_before) THEN
            -- Records of a time before the last smaller plan keep what they were promised; the newer ones get as much.
            NEW.audit_days_before := CASE
                WHEN days_before = 0 OR OLD.audit_days_before = 0 THEN 0
                ELSE greatest(days_before, coalesce(OLD.audit_days_before, 0)) END;
            NEW.audit_smaller_at := NEW.updated_at;
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER prepare BEFORE INSERT OR UPDATE ON control.subscription
    FOR EACH ROW EXECUTE FUNCTION control.prepare_subscription();

-- Writes one line of the history.
CREATE FUNCTION control.note_plan_change(changed uuid, now timestamptz, what text, was text, is_now text) RETURNS void
LANGUAGE sql SET search_path = control, pg_temp AS $$
    INSERT INTO control.subscription_change (tenant_id, at, actor, field, before, after, reason, billing_event)
    VALUES (changed, now, coalesce(nullif(current_setting('app.plan_actor', true), ''), 'system'), what, was, is_now,
        nullif(current_setting('app.plan_reason', true), ''), nullif(current_setting('app.plan_event', true), ''))
$$;

CREATE FUNCTION control.note_subscription() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    was jsonb := '{}';
    is_now jsonb := to_jsonb(NEW);
    field text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        was := to_jsonb(OLD);
    END IF;
    IF was ->> 'plan_version_id' IS DISTINCT FROM is_now ->> 'plan_version_id' THEN
        PERFORM control.note_plan_change(NEW.tenant_id, NEW.updated_at, 'plan',
            (SELECT v.plan_key || ' ' || v.version FROM control.plan_version v
             WHERE v.id = (was ->> 'plan_version_id')::uuid),
            (SELECT v.plan_key || ' ' || v.version FROM control.plan_version v WHERE v.id = NEW.plan_version_id));
    END IF;
    FOREACH field IN ARRAY ARRAY['state', 'seats', 'trial_ends_at', 'period_start', 'period_end', 'cancel_at_period_end',
        'past_due_since', 'read_only_at', 'suspended_at', 'stripe_customer', 'stripe_subscription'] LOOP
        -- A new tenant begins with its plan and state; that nothing else is set yet is no news.
        IF was ->> field IS DISTINCT FROM is_now ->> field AND (TG_OP = 'UPDATE' OR field = 'state') THEN
            PERFORM control.note_plan_change(NEW.tenant_id, NEW.updated_at, field, was ->> field, is_now ->> field);
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER note AFTER INSERT OR UPDATE ON control.subscription
    FOR EACH ROW EXECUTE FUNCTION control.note_subscription();

CREATE FUNCTION control.note_override() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM control.note_plan_change(NEW.tenant_id, NEW.created_at, 'override ' || NEW.key, NULL, NEW.value::text);
    ELSIF OLD.removed_at IS NULL AND NEW.removed_at IS NOT NULL THEN
        PERFORM control.note_plan_change(NEW.tenant_id, NEW.removed_at, 'override ' || NEW.key, OLD.value::text, NULL);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER note AFTER INSERT OR UPDATE ON control.entitlement_override
    FOR EACH ROW EXECUTE FUNCTION control.note_override();

-- Servers keep what a tenant may in memory.
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON control.subscription
    FOR EACH ROW EXECUTE FUNCTION control.announce_row();
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON control.entitlement_override
    FOR EACH ROW EXECUTE FUNCTION control.announce_row();

CREATE FUNCTION control.announce_plan() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
BEGIN
    PERFORM control.announce(s.tenant_id)
    FROM control.subscription s JOIN control.plan_version v ON v.id = s.plan_version_id WHERE v.plan_key = NEW.key;
    RETURN NULL;
END $$;
CREATE TRIGGER announce AFTER UPDATE OF name ON control.plan
    FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION control.announce_plan();

-- The version on which a tenant begins: the newest of the initial plan that can be chosen.
CREATE FUNCTION control.initial_plan_version() RETURNS uuid
LANGUAGE sql STABLE SET search_path = control, pg_temp AS $$
    SELECT v.id FROM control.plan p JOIN control.plan_version v ON v.plan_key = p.key
    WHERE p.is_initial ORDER BY (v.retired_at IS NULL) DESC, v.version DESC LIMIT 1
$$;

-- Every tenant has a subscription, from its first moment.
CREATE FUNCTION control.subscribe_tenant() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
BEGIN
    INSERT INTO control.subscription (tenant_id, plan_version_id, state, updated_at)
    VALUES (NEW.id, CASE WHEN NEW.is_demo THEN
            (SELECT v.id FROM control.plan_version v WHERE v.plan_key = 'business' AND v.retired_at IS NULL
             ORDER BY v.version DESC LIMIT 1)
        END, 'manual', NEW.created_at);
    RETURN NULL;
END $$;
-- Where there is no other: the initial plan.
CREATE FUNCTION control.begin_with_initial_plan() RETURNS trigger
LANGUAGE plpgsql SET search_path = control, pg_temp AS $$
BEGIN
    NEW.plan_version_id := coalesce(NEW.plan_version_id, control.initial_plan_version());
    RETURN NEW;
END $$;
CREATE TRIGGER begin_with_initial_plan BEFORE INSERT ON control.subscription
    FOR EACH ROW EXECUTE FUNCTION control.begin_with_initial_plan();

-- The four plans. Prices, limits and features are examples: publish versions of your own.
INSERT INTO control.plan (key, name, position, is_initial) VALUES
    ('free', 'Free', 1, true), ('team', 'Team', 2, false), ('business', 'Business', 3, false),
    ('enterprise', 'Enterprise', 4, false);
INSERT INTO control.plan_version (id, plan_key, version, price_cents, currency, per_seat, "interval", trial_days, limits,
    features, created_at)
VALUES
    ('01900000-0000-7000-8000-000000000001', 'free', 1, 0, 'eur', false, 'month', 0,
     '{"seats": 5, "api_requests_per_minute": 100, "storage_bytes": 1073741824, "projects": 3,
       "audit_retention_days": 30, "custom_domains": 0}', '{}', '2026-11-01T00:00:00Z'),
    ('01900000-0000-7000-8000-000000000002', 'team', 1, 800, 'eur', true, 'month', 14,
     '{"seats": 50, "api_requests_per_minute": 1000, "storage_bytes": 53687091200, "projects": 25,
       "audit_retention_days": 180, "custom_domains": 1}', '{custom_domains,audit_export}', '2026-11-01T00:00:00Z'),
    ('01900000-0000-7000-8000-000000000003', 'business', 1, 1600, 'eur', true, 'month', 14,
     '{"seats": 500, "api_requests_per_minute": 3000, "storage_bytes": 536870912000, "projects": 200,
       "audit_retention_days": 730, "custom_domains": 10}', '{sso,scim,custom_domains,audit_export}',
     '2026-11-01T00:00:00Z'),
    ('01900000-0000-7000-8000-000000000004', 'enterprise', 1, 3200, 'eur', true, 'month', 30,
     '{"api_requests_per_minute": 10000, "storage_bytes": 5497558138880, "custom_domains": 50}',
     '{sso,scim,custom_domains,audit_export}', '2026-11-01T00:00:00Z');

-- Tenants that are there begin as new ones do.
INSERT INTO control.subscription (tenant_id, plan_version_id, state, updated_at)
SELECT t.id, CASE WHEN t.is_demo THEN '01900000-0000-7000-8000-000000000003'::uuid END, 'manual', t.created_at
FROM control.tenant t;
CREATE TRIGGER subscribe AFTER INSERT ON control.tenant
    FOR EACH ROW EXECUTE FUNCTION control.subscribe_tenant();

-- What the transaction's tenant may use, for the memory of servers. Overrides that ended are taken out by the upkeep, so
-- that every server hears of it.
CREATE FUNCTION control.own_subscription()
RETURNS TABLE (plan_key text, plan_name text, plan_version integer, price_cents integer, currency text, per_seat boolean,
    billed_every text, limits jsonb, features text[], state text, seats integer, trial_ends_at timestamptz,
    period_start timestamptz, period_end timestamptz, cancel_at_period_end boolean, past_due_since timestamptz,
    read_only_at timestamptz, suspended_at timestamptz, is_billed boolean, overrides jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
    SELECT p.key, p.name, v.version, v.price_cents, v.currency, v.per_seat, v."interval", v.limits, v.features, s.state,
        s.seats, s.trial_ends_at, s.period_start, s.period_end, s.cancel_at_period_end, s.past_due_since, s.read_only_at,
        s.suspended_at, s.stripe_subscription IS NOT NULL,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('key', o.key, 'value', o.value,
                    'ends_at', extract(epoch FROM o.ends_at)::bigint) ORDER BY o.key), '[]')
         FROM control.entitlement_override o WHERE o.tenant_id = s.tenant_id AND o.removed_at IS NULL)
    FROM control.subscription s
    JOIN control.plan_version v ON v.id = s.plan_version_id JOIN control.plan p ON p.key = v.plan_key
    WHERE s.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
$$;

-- The versions that can be chosen: the price list, which is everybody's.
CREATE FUNCTION control.plans_on_offer()
RETURNS TABLE (id uuid, plan_key text, plan_name text, plan_position integer, plan_version integer, price_cents integer,
    currency text, per_seat boolean, billed_every text, trial_days integer, limits jsonb, features text[],
    can_be_paid boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
    SELECT v.id, p.key, p.name, p.position, v.version, v.price_cents, v.currency, v.per_seat, v."interval", v.trial_days,
        v.limits, v.features, v.stripe_price IS NOT NULL
    FROM control.plan p JOIN control.plan_version v ON v.plan_key = p.key
    WHERE v.retired_at IS NULL ORDER BY p.position, v.version
$$;

-- What was changed about the transaction's tenant, for its owners: without reasons, which are the operator's.
CREATE FUNCTION control.own_subscription_changes(most integer)
RETURNS TABLE (at timestamptz, field text, before text, after text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
    SELECT c.at, c.field, c.before, c.after FROM control.subscription_change c
    WHERE c.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        AND c.field IN ('plan', 'state', 'seats', 'cancel_at_period_end')
    ORDER BY c.id DESC LIMIT most
$$;

-- What ends by itself, for the operator's role: overrides past their time, and trials that nobody pays for after them,
-- whose tenants fall back to the initial plan. Answers how many tenants it concerned.
CREATE FUNCTION control.end_what_is_over(now timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    ended bigint;
    fallen bigint;
BEGIN
    PERFORM set_config('app.plan_actor', 'system', true), set_config('app.plan_reason', 'its time was over', true),
        set_config('app.plan_event', '', true);
    UPDATE control.entitlement_override o SET removed_at = now WHERE o.removed_at IS NULL AND o.ends_at <= now;
    GET DIAGNOSTICS ended = ROW_COUNT;
    UPDATE control.subscription s
    SET plan_version_id = control.initial_plan_version(), state = 'manual', seats = NULL, trial_ends_at = NULL,
        period_start = NULL, period_end = NULL, cancel_at_period_end = false, updated_at = now
    WHERE s.state = 'trialing' AND s.trial_ends_at <= now AND s.stripe_subscription IS NULL;
    GET DIAGNOSTICS fallen = ROW_COUNT;
    RETURN ended + fallen;
END $$;

-- For how many days the audit records of a tenant are kept, as of a moment: by the operator's word for this tenant, else
-- by an override, else by its plan, else by the server's setting. 0: for ever.
CREATE FUNCTION control.audit_days(tenant uuid, now timestamptz, default_days integer) RETURNS integer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    own record;
    days integer;
    before integer;
BEGIN
    SELECT t.audit_retention_days AS by_word, s.audit_days_before, s.audit_smaller_at,
        (v.limits ->> 'audit_retention_days')::integer AS by_plan, o.id IS NOT NULL AS is_overridden,
        CASE WHEN jsonb_typeof(o.value) = 'number' THEN (o.value #>> '{}')::integer END AS by_override
    INTO own
    FROM control.tenant t
    LEFT JOIN control.subscription s ON s.tenant_id = t.id
    LEFT JOIN control.plan_version v ON v.id = s.plan_version_id
    LEFT JOIN control.entitlement_override o
        ON o.tenant_id = t.id AND o.key = 'audit_retention_days' AND o.removed_at IS NULL
    WHERE t.id = audit_days.tenant;
    IF own.by_word IS NOT NULL THEN
        RETURN own.by_word;
    END IF;
    days := coalesce(CASE WHEN own.is_overridden THEN own.by_override ELSE own.by_plan END, default_days);
    -- While a record of the larger plan is to be kept, so are all after it: the chain has no holes.
    before := CASE WHEN own.audit_days_before = 0 THEN default_days ELSE own.audit_days_before END;
    IF days = 0 OR before IS NULL THEN
        RETURN days;
    END IF;
    IF before = 0 THEN
        RETURN 0;
    END IF;
    RETURN CASE WHEN own.audit_smaller_at > now - make_interval(days => before) THEN greatest(days, before) ELSE days END;
END $$;

-- As in 0005_audit.sql, with the days of the tenant's plan.
CREATE OR REPLACE FUNCTION control.prune_audit(tenant uuid, now timestamptz, default_days integer, at_most integer)
RETURNS TABLE (removed bigint, first_seq bigint, anchor bytea, seq bigint, mac bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    days integer;
    head record;
    last bigint;
    last_mac bytea;
BEGIN
    SELECT control.audit_days(t.id, prune_audit.now, default_days) INTO days
    FROM control.tenant t WHERE t.id = prune_audit.tenant;
    IF days IS NULL OR days <= 0 THEN
        RETURN;
    END IF;
    PERFORM set_config('app.tenant_id', prune_audit.tenant::text, true);
    SELECT h.* INTO head FROM pooled.audit_head h WHERE h.tenant_id = prune_audit.tenant FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    -- Everything before the first record that is young enough, whatever its own time says: no hole is ever made.
    SELECT coalesce(min(e.seq) - 1, head.seq) INTO last FROM pooled.audit_event e
    WHERE e.tenant_id = prune_audit.tenant AND e.at >= prune_audit.now - make_interval(days => days);
    last := least(last, head.first_seq - 1 + at_most);
    IF last < head.first_seq THEN
        RETURN;
    END IF;
    SELECT e.mac INTO STRICT last_mac FROM pooled.audit_event e
    WHERE e.tenant_id = prune_audit.tenant AND e.seq = last;
    DELETE FROM pooled.audit_event e WHERE e.tenant_id = prune_audit.tenant AND e.seq <= last;
    GET DIAGNOSTICS removed = ROW_COUNT;
    UPDATE pooled.audit_head h SET first_seq = last + 1, anchor = last_mac WHERE h.tenant_id = prune_audit.tenant;
    first_seq := last + 1;
    anchor := last_mac;
    seq := head.seq;
    mac := head.mac;
    RETURN NEXT;
END $$;

REVOKE ALL ON FUNCTION control.keep_plan_version(), control.audit_days_of(uuid), control.prepare_subscription(),
    control.note_plan_change(uuid, timestamptz, text, text, text), control.note_subscription(), control.note_override(),
    control.announce_plan(), control.initial_plan_version(), control.subscribe_tenant(),
    control.begin_with_initial_plan(), control.own_subscription(), control.plans_on_offer(),
    control.own_subscription_changes(integer), control.end_what_is_over(timestamptz),
    control.audit_days(uuid, timestamptz, integer)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION control.own_subscription(), control.plans_on_offer(), control.own_subscription_changes(integer)
TO rowhouse_app;
GRANT EXECUTE ON FUNCTION control.end_what_is_over(timestamptz), control.audit_days(uuid, timestamptz, integer),
    control.initial_plan_version()
TO rowhouse_operator;
