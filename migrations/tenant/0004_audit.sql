-- The audit log of a tenant: who did what, when, from where, in a chain that shows whether it was tampered with.
--
-- `mac` is an HMAC-SHA256 over the record before and over every column of this one, made with a key that stands in the
-- server's configuration and never in the database. The serving role adds records and reads them; it can neither change
-- nor remove one, and moves the head only by adding (control.move_audit_head). docs/audit.md says what is found, and
-- what is not.

-- Where a tenant's chain ends, and where it begins since the oldest records were removed. The serving role locks the row
-- while it adds a record, for which it holds UPDATE on a column that the policy lets nobody change.
CREATE TABLE audit_head (
    tenant_id uuid   NOT NULL PRIMARY KEY,
    -- The newest record, and its mac; 0 and empty before the first.
    seq       bigint NOT NULL DEFAULT 0,
    mac       bytea  NOT NULL DEFAULT '',
    -- The oldest record that is kept, and the mac of the one before it, which was removed; empty before record 1.
    first_seq bigint NOT NULL DEFAULT 1,
    anchor    bytea  NOT NULL DEFAULT '',
    CHECK (seq >= 0 AND first_seq BETWEEN 1 AND seq + 1),
    CHECK (octet_length(mac) = CASE seq WHEN 0 THEN 0 ELSE 32 END),
    CHECK (octet_length(anchor) = CASE first_seq WHEN 1 THEN 0 ELSE 32 END)
);
-- Tenants that are there already begin an empty log. Afterwards row-level security would refuse it.
INSERT INTO audit_head (tenant_id) SELECT id FROM control.tenant;
ALTER TABLE audit_head ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_head FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON audit_head
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON audit_head FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT (tenant_id), UPDATE (tenant_id) ON audit_head TO rowhouse_app;
GRANT SELECT ON audit_head TO rowhouse_operator;

CREATE TABLE audit_event (
    tenant_id    uuid        NOT NULL,
    -- 1, 2, 3 … of this tenant, without gaps.
    seq          bigint      NOT NULL CHECK (seq >= 1),
    id           uuid        NOT NULL,
    at           timestamptz NOT NULL,
    -- As platform::audit::Action writes it: member.invited.
    action       text        NOT NULL CHECK (action ~ '^[a-z_]+\.[a-z_]+$' AND char_length(action) <= 60),
    -- Name and address as they were: the account may be gone or renamed, so there is no foreign key.
    actor_kind   text        NOT NULL CHECK (actor_kind ~ '^[a-z_]{1,20}$'),
    actor_id     uuid,
    actor_name   text        CHECK (char_length(actor_name) <= 120),
    actor_email  text        CHECK (char_length(actor_email) <= 254),
    target_kind  text        CHECK (target_kind ~ '^[a-z_]{1,40}$'),
    target_id    text        CHECK (char_length(target_id) <= 300),
    target_label text        CHECK (char_length(target_label) <= 300),
    -- json and not jsonb: it keeps the text exactly, and the mac is over the text.
    before       json        CHECK (octet_length(before::text) <= 32768),
    after        json        CHECK (octet_length(after::text) <= 32768),
    reason       text        CHECK (char_length(reason) <= 1000),
    address      text        NOT NULL CHECK (char_length(address) <= 64),
    user_agent   text        NOT NULL CHECK (char_length(user_agent) <= 300),
    request_id   text        NOT NULL CHECK (char_length(request_id) <= 64),
    mac          bytea       NOT NULL CHECK (octet_length(mac) = 32),
    -- Which key of the configuration the mac is made with.
    key_id       text        NOT NULL CHECK (char_length(key_id) <= 64),
    PRIMARY KEY (tenant_id, seq)
);
CREATE INDEX audit_event_by_time ON audit_event (tenant_id, at);
CREATE INDEX audit_event_by_action ON audit_event (tenant_id, action, seq);
ALTER TABLE audit_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_event FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON audit_event
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON audit_event FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT ON audit_event TO rowhouse_app;
GRANT SELECT ON audit_event TO rowhouse_operator;
CREATE TRIGGER move_head AFTER INSERT ON audit_event
    FOR EACH ROW EXECUTE FUNCTION control.move_audit_head();
