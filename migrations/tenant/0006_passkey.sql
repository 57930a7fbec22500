-- Passkeys: keys that a person's device, browser or password manager holds, with which they sign in.
--
-- The private half never leaves its holder; `passkey` has the public half, and a reader of it cannot sign in. A key
-- works on one host alone, its relying party: a person of a workspace with several hosts has a key for each.

CREATE TABLE passkey (
    tenant_id     uuid        NOT NULL,
    id            uuid        NOT NULL,
    account_id    uuid        NOT NULL,
    -- What the key's holder calls it; chosen by the holder, at random.
    credential_id bytea       NOT NULL CHECK (octet_length(credential_id) BETWEEN 1 AND 1023),
    -- The host it was made on, in ASCII and lower case, without a port.
    rp_id         text        NOT NULL CHECK (char_length(rp_id) BETWEEN 1 AND 253),
    name          text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 60),
    -- Public key, counter and flags, as webauthn-rs writes them.
    credential    jsonb       NOT NULL CHECK (jsonb_typeof(credential) = 'object'),
    -- Whether the holder keeps a copy elsewhere: losing the device does not lose the key.
    backed_up     boolean     NOT NULL,
    created_at    timestamptz NOT NULL,
    last_used_at  timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, credential_id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX passkey_by_account ON passkey (tenant_id, account_id);
ALTER TABLE passkey ENABLE ROW LEVEL SECURITY;
ALTER TABLE passkey FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON passkey
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON passkey FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON passkey TO rowhouse_app;
GRANT SELECT ON passkey TO rowhouse_operator;

-- What the server must remember between asking a browser for a key and its answer: above all the challenge, which
-- makes an answer good once. A row is deleted by the answer that takes it, right or wrong.
CREATE TABLE passkey_ceremony (
    tenant_id  uuid        NOT NULL,
    id         uuid        NOT NULL,
    -- SHA-256 of a cookie: only the browser that began may answer.
    token_hash bytea       NOT NULL CHECK (octet_length(token_hash) = 32),
    kind       text        NOT NULL CHECK (kind IN ('register', 'sign_in', 'second_factor', 'confirm')),
    -- Whose key it is about; nobody is known yet where somebody signs in by a key alone.
    account_id uuid,
    rp_id      text        NOT NULL CHECK (char_length(rp_id) BETWEEN 1 AND 253),
    state      jsonb       NOT NULL CHECK (jsonb_typeof(state) = 'object'),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CHECK ((account_id IS NULL) = (kind = 'sign_in')),
    FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX passkey_ceremony_by_account ON passkey_ceremony (tenant_id, account_id);
CREATE INDEX passkey_ceremony_by_end ON passkey_ceremony (tenant_id, expires_at);
ALTER TABLE passkey_ceremony ENABLE ROW LEVEL SECURITY;
ALTER TABLE passkey_ceremony FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON passkey_ceremony
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON passkey_ceremony FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON passkey_ceremony TO rowhouse_app;
GRANT SELECT ON passkey_ceremony TO rowhouse_operator;
