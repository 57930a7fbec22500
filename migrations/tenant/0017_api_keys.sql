-- Programs come in: API keys, and the answers to their requests that are given again.

-- A key acts as the account that it is of, and holds what stands here and that account holds too, at the moment of each
-- request. What is shown to its owner once is `rhk_<tenant>_<secret>`; the secret is 160 random bits, so its SHA-256 is
-- enough to find it and not enough to use it.
CREATE TABLE api_key (
    tenant_id        uuid        NOT NULL,
    id               uuid        NOT NULL,
    account_id       uuid        NOT NULL,
    name             text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 80),
    -- The first eight characters of the secret: what lists show, and what the row is found by.
    prefix           text        NOT NULL CHECK (prefix ~ '^[0-9a-z]{8}$'),
    secret_hash      bytea       NOT NULL CHECK (octet_length(secret_hash) = 32),
    permissions      text[]      NOT NULL CHECK (cardinality(permissions) BETWEEN 1 AND 100),
    created_at       timestamptz NOT NULL,
    -- None: it does not end by itself.
    expires_at       timestamptz CHECK (expires_at > created_at),
    -- Written at most once a minute.
    last_used_at     timestamptz,
    -- When its owner was told that it expires soon.
    expiry_warned_at timestamptz,
    revoked_at       timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, prefix),
    FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX api_key_by_account ON api_key (tenant_id, account_id);
-- For the upkeep, which looks for keys that end soon.
CREATE INDEX api_key_by_expiry ON api_key (tenant_id, expires_at)
    WHERE expiry_warned_at IS NULL AND revoked_at IS NULL AND expires_at IS NOT NULL;
ALTER TABLE api_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_key FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON api_key
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON api_key FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON api_key TO rowhouse_app;
GRANT SELECT ON api_key TO rowhouse_operator;

-- What was answered to a request that carried an `Idempotency-Key`, kept for a day. A row is written in the transaction
-- of the work itself: it stands here if and only if the work was done. That a request is under way is an advisory lock
-- and no state, so nothing is left behind by a server that stops in the middle.
CREATE TABLE idempotency_key (
    tenant_id   uuid        NOT NULL,
    api_key_id  uuid        NOT NULL,
    key         text        NOT NULL CHECK (char_length(key) BETWEEN 1 AND 255),
    -- SHA-256 of method, path, query and body: the same key with something else is a mistake of the program's.
    fingerprint bytea       NOT NULL CHECK (octet_length(fingerprint) = 32),
    status      smallint    NOT NULL CHECK (status BETWEEN 200 AND 299),
    -- Names and values of the headers that belong to the answer, such as Location and ETag: an array of pairs.
    headers     jsonb       NOT NULL CHECK (jsonb_typeof(headers) = 'array'),
    -- None: the answer was larger than is kept.
    body        bytea       CHECK (octet_length(body) <= 1048576),
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, api_key_id, key),
    FOREIGN KEY (tenant_id, api_key_id) REFERENCES api_key (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idempotency_key_by_age ON idempotency_key (tenant_id, created_at);
ALTER TABLE idempotency_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_key FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON idempotency_key
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON idempotency_key FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_key TO rowhouse_app;
GRANT SELECT ON idempotency_key TO rowhouse_operator;
