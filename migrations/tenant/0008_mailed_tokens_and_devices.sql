-- What travels by mail to prove something, and the browsers that people were seen in.
--
-- Tokens and codes are kept as hashes only: who reads these tables can use nothing in them.

-- Links that prove that somebody reads an address, each for one use. A link is worth nothing once the account has
-- another address.
CREATE TABLE mailed_token (
    tenant_id  uuid        NOT NULL,
    token_hash bytea       NOT NULL CHECK (octet_length(token_hash) = 32),
    account_id uuid        NOT NULL,
    purpose    text        NOT NULL CHECK (purpose IN ('verify_email', 'reset_password')),
    -- The address that it was sent to, as compared.
    email_key  text        NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, token_hash),
    FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX mailed_token_by_account ON mailed_token (tenant_id, account_id);
ALTER TABLE mailed_token ENABLE ROW LEVEL SECURITY;
ALTER TABLE mailed_token FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON mailed_token
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON mailed_token FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON mailed_token TO rowhouse_app;
GRANT SELECT ON mailed_token TO rowhouse_operator;

-- An account on its way from one address to another. It arrives when both addresses have confirmed.
CREATE TABLE email_change (
    tenant_id        uuid        NOT NULL,
    -- One at a time: another takes its place.
    account_id       uuid        NOT NULL,
    -- The address to leave, as compared: the change is void once the account has another.
    old_email_key    text        NOT NULL,
    new_email        text        NOT NULL CHECK (char_length(new_email) BETWEEN 3 AND 254),
    new_email_key    text        NOT NULL,
    old_token_hash   bytea       NOT NULL CHECK (octet_length(old_token_hash) = 32),
    new_token_hash   bytea       NOT NULL CHECK (octet_length(new_token_hash) = 32),
    old_confirmed_at timestamptz,
    new_confirmed_at timestamptz,
    created_at       timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, account_id),
    UNIQUE (tenant_id, old_token_hash),
    UNIQUE (tenant_id, new_token_hash),
    FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id) ON DELETE CASCADE
);
ALTER TABLE email_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE email_change FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON email_change
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON email_change FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON email_change TO rowhouse_app;
GRANT SELECT ON email_change TO rowhouse_operator;

-- Links and codes by mail: to sign in, or to show again who one is. The browser that asked holds a token of its own.
CREATE TABLE magic_link (
    tenant_id    uuid        NOT NULL,
    token_hash   bytea       NOT NULL CHECK (octet_length(token_hash) = 32),
    account_id   uuid        NOT NULL,
    purpose      text        NOT NULL CHECK (purpose IN ('sign_in', 'confirm')),
    -- The address that it was sent to, as compared.
    email_key    text        NOT NULL,
    browser_hash bytea       NOT NULL CHECK (octet_length(browser_hash) = 32),
    -- Of the browser's token and the six digits together: the digits alone are found by trying.
    code_hash    bytea       NOT NULL CHECK (octet_length(code_hash) = 32),
    -- Codes that were typed.
    attempts     integer     NOT NULL CHECK (attempts >= 0),
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, token_hash),
    FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX magic_link_by_account ON magic_link (tenant_id, account_id);
CREATE INDEX magic_link_by_browser ON magic_link (tenant_id, browser_hash);
ALTER TABLE magic_link ENABLE ROW LEVEL SECURITY;
ALTER TABLE magic_link FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON magic_link
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON magic_link FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON magic_link TO rowhouse_app;
GRANT SELECT ON magic_link TO rowhouse_operator;

-- Browsers that somebody signed in with, known by the hash of a long-lived cookie.
CREATE TABLE known_device (
    tenant_id     uuid        NOT NULL,
    account_id    uuid        NOT NULL,
    token_hash    bytea       NOT NULL CHECK (octet_length(token_hash) = 32),
    first_seen_at timestamptz NOT NULL,
    last_seen_at  timestamptz NOT NULL,
    -- Since when it counts as unknown again. The row stays: an account with any row has signed in before.
    forgotten_at  timestamptz,
    PRIMARY KEY (tenant_id, account_id, token_hash),
    FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id) ON DELETE CASCADE
);
ALTER TABLE known_device ENABLE ROW LEVEL SECURITY;
ALTER TABLE known_device FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON known_device
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON known_device FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON known_device TO rowhouse_app;
GRANT SELECT ON known_device TO rowhouse_operator;

-- Which browser each session is in; none: it began before browsers were known.
ALTER TABLE session ADD COLUMN device_hash bytea CHECK (octet_length(device_hash) = 32);
