-- Second factors that a person types: one-time codes of an authenticator app (RFC 6238), and recovery codes for the day
-- when the app is lost.

-- An account's authenticator app. While another is being set up, the one in use stays until the new one has shown that
-- it works.
CREATE TABLE totp (
    tenant_id      uuid        NOT NULL,
    account_id     uuid        NOT NULL,
    -- The secret that app and server share, sealed with a key that is not in the database.
    secret         bytea       CHECK (octet_length(secret) BETWEEN 100 AND 200),
    confirmed_at   timestamptz,
    -- The newest time step whose code was accepted. No code of it or of an earlier one is accepted again.
    last_step      bigint      NOT NULL CHECK (last_step >= 0),
    -- A secret that is shown and not confirmed yet; it does not count.
    pending        bytea       CHECK (octet_length(pending) BETWEEN 100 AND 200),
    pending_since  timestamptz,
    PRIMARY KEY (tenant_id, account_id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id) ON DELETE CASCADE,
    CHECK ((secret IS NULL) = (confirmed_at IS NULL)),
    CHECK ((pending IS NULL) = (pending_since IS NULL)),
    CHECK (secret IS NOT NULL OR pending IS NOT NULL)
);
ALTER TABLE totp ENABLE ROW LEVEL SECURITY;
ALTER TABLE totp FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON totp
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON totp FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON totp TO rowhouse_app;
GRANT SELECT ON totp TO rowhouse_operator;

-- Codes of 80 random bits, of which this is the SHA-256: nobody can guess them, or find them from here. One that was
-- used is gone.
CREATE TABLE recovery_code (
    tenant_id  uuid        NOT NULL,
    account_id uuid        NOT NULL,
    code_hash  bytea       NOT NULL CHECK (octet_length(code_hash) = 32),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, account_id, code_hash),
    FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id) ON DELETE CASCADE
);
ALTER TABLE recovery_code ENABLE ROW LEVEL SECURITY;
ALTER TABLE recovery_code FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON recovery_code
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON recovery_code FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON recovery_code TO rowhouse_app;
GRANT SELECT ON recovery_code TO rowhouse_operator;
