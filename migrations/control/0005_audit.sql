-- The audit log's other half: what the serving role must not be able to do to it by itself.
--
-- The tables are tenant data and come with migrations/tenant; the bodies here are PL/pgSQL, so they need not exist
-- before the first call.

-- How long this tenant's audit records are kept, in days, where its plan says other than the server's setting
-- `audit.retention_days`; 0: for ever.
ALTER TABLE control.tenant ADD COLUMN audit_retention_days integer CHECK (audit_retention_days BETWEEN 0 AND 36500);

-- Each new record moves the head of its tenant's chain, by exactly one. The serving role has no other way to move it.
CREATE FUNCTION control.move_audit_head() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    moved bigint;
BEGIN
    EXECUTE format('UPDATE %I.audit_head SET seq = $2, mac = $3 WHERE tenant_id = $1 AND seq = $2 - 1', TG_TABLE_SCHEMA)
        USING NEW.tenant_id, NEW.seq, NEW.mac;
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF moved <> 1 THEN
        RAISE EXCEPTION 'audit record % does not follow the head of its chain', NEW.seq
            USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_event_follows_head', TABLE = 'audit_event';
    END IF;
    RETURN NULL;
END $$;

-- A tenant's log goes when the tenant goes, and not otherwise.
CREATE FUNCTION control.remove_audit_of_tenant() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    before text := coalesce(current_setting('app.tenant_id', true), '');
BEGIN
    -- Row-level security binds the owner too.
    PERFORM set_config('app.tenant_id', OLD.id::text, true);
    DELETE FROM pooled.audit_event WHERE tenant_id = OLD.id;
    DELETE FROM pooled.audit_head WHERE tenant_id = OLD.id;
    PERFORM set_config('app.tenant_id', before, true);
    RETURN NULL;
END $$;
CREATE TRIGGER remove_audit AFTER DELETE ON control.tenant
    FOR EACH ROW EXECUTE FUNCTION control.remove_audit_of_tenant();

-- Retention, for the operator's role: removes the oldest records of a tenant that are past their time, `at_most` so many,
-- and moves the anchor, from which the rest of the chain is checked. Answers how many were removed, where the chain now
-- begins, and its head, which stays locked: the caller appends the record that says so, in the same transaction.
CREATE FUNCTION control.prune_audit(tenant uuid, now timestamptz, default_days integer, at_most integer)
RETURNS TABLE (removed bigint, first_seq bigint, anchor bytea, seq bigint, mac bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    days integer;
    head record;
    last bigint;
    last_mac bytea;
BEGIN
    SELECT coalesce(t.audit_retention_days, default_days) INTO days FROM control.tenant t WHERE t.id = prune_audit.tenant;
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

-- Appends the record of what prune_audit did. It can write no other action, and only at the head.
CREATE FUNCTION control.record_audit_pruned(tenant uuid, new_seq bigint, new_id uuid, now timestamptz, before text, after text,
    reason text, new_mac bytea, new_key_id text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
BEGIN
    PERFORM set_config('app.tenant_id', record_audit_pruned.tenant::text, true);
    INSERT INTO pooled.audit_event (tenant_id, seq, id, at, action, actor_kind, before, after, reason, address, user_agent,
        request_id, mac, key_id)
    VALUES (record_audit_pruned.tenant, new_seq, new_id, now, 'audit.pruned', 'system', record_audit_pruned.before::json,
        record_audit_pruned.after::json, record_audit_pruned.reason, '', '', '', new_mac, new_key_id);
END $$;

REVOKE ALL ON FUNCTION control.move_audit_head(), control.remove_audit_of_tenant(),
    control.prune_audit(uuid, timestamptz, integer, integer),
    control.record_audit_pruned(uuid, bigint, uuid, timestamptz, text, text, text, bytea, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION control.prune_audit(uuid, timestamptz, integer, integer),
    control.record_audit_pruned(uuid, bigint, uuid, timestamptz, text, text, text, bytea, text)
TO rowhouse_operator;
