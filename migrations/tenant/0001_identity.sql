-- People of a tenant and how they sign in.
--
-- Every table here is tenant data: tenant_id comes first in each key and index, foreign keys carry it, and row-level
-- security shows and takes only rows of the tenant that the transaction was opened for. migrations/README.md says how
-- to write such a table; tests/it/catalog_rules.rs fails on one that does not keep the rules.

CREATE TABLE account (
    tenant_id     uuid        NOT NULL,
    id            uuid        NOT NULL,
    email         text        NOT NULL CHECK (char_length(email) BETWEEN 3 AND 254),
    -- The email as compared: lower case, domain in ASCII.
    email_key     text        NOT NULL,
    name          text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 120),
    role          text        NOT NULL CHECK (role IN ('owner', 'member')),
    -- Argon2id in PHC form; none: this person cannot sign in with a password.
    password_hash text,
    created_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, email_key)
);
ALTER TABLE account ENABLE ROW LEVEL SECURITY;
ALTER TABLE account FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON account
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON account FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON account TO rowhouse_app;
GRANT SELECT ON account TO rowhouse_operator;

-- One row a signed-in browser. The cookie holds a random token, this table its SHA-256: a reader of the table cannot
-- sign in with what is in it.
CREATE TABLE session (
    tenant_id    uuid        NOT NULL,
    id           uuid        NOT NULL,
    token_hash   bytea       NOT NULL CHECK (octet_length(token_hash) = 32),
    account_id   uuid        NOT NULL,
    user_agent   text        NOT NULL,
    address      text        NOT NULL,
    created_at   timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, token_hash),
    FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX session_by_account ON session (tenant_id, account_id);
ALTER TABLE session ENABLE ROW LEVEL SECURITY;
ALTER TABLE session FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON session
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON session FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON session TO rowhouse_app;
GRANT SELECT ON session TO rowhouse_operator;

-- Carries a sign-in from the apex, where a company signs up, to the new tenant's own host: single use, short-lived.
CREATE TABLE handoff (
    tenant_id  uuid        NOT NULL,
    token_hash bytea       NOT NULL CHECK (octet_length(token_hash) = 32),
    account_id uuid        NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, token_hash),
    FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX handoff_by_account ON handoff (tenant_id, account_id);
ALTER TABLE handoff ENABLE ROW LEVEL SECURITY;
ALTER TABLE handoff FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON handoff
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON handoff FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON handoff TO rowhouse_app;
GRANT SELECT ON handoff TO rowhouse_operator;

-- Attempts to sign in, counted per hashed key (account and address, account, address) in fixed windows.
CREATE TABLE throttle (
    tenant_id         uuid        NOT NULL,
    key               bytea       NOT NULL,
    window_started_at timestamptz NOT NULL,
    attempts          integer     NOT NULL,
    PRIMARY KEY (tenant_id, key)
);
ALTER TABLE throttle ENABLE ROW LEVEL SECURITY;
ALTER TABLE throttle FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON throttle
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON throttle FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON throttle TO rowhouse_app;
GRANT SELECT ON throttle TO rowhouse_operator;

-- How the tenant's pages look. No row: the product's own look.
CREATE TABLE branding (
    tenant_id    uuid        NOT NULL PRIMARY KEY,
    accent       text        NOT NULL CHECK (accent ~ '^#[0-9a-f]{6}$'),
    -- Where the tenant wants another colour on dark pages.
    accent_dark  text        CHECK (accent_dark ~ '^#[0-9a-f]{6}$'),
    -- Re-encoded by us: PNG, at most 512 pixels a side; the favicon 64 by 64. The hash names both in addresses.
    logo         bytea,
    favicon      bytea,
    logo_hash    text,
    logo_width   integer,
    logo_height  integer,
    updated_at   timestamptz NOT NULL,
    CHECK ((logo IS NULL) = (logo_hash IS NULL) AND (logo IS NULL) = (favicon IS NULL)
       AND (logo IS NULL) = (logo_width IS NULL) AND (logo IS NULL) = (logo_height IS NULL))
);
ALTER TABLE branding ENABLE ROW LEVEL SECURITY;
ALTER TABLE branding FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON branding
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON branding FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON branding TO rowhouse_app;
GRANT SELECT ON branding TO rowhouse_operator;
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON branding
    FOR EACH ROW EXECUTE FUNCTION control.announce_row();
