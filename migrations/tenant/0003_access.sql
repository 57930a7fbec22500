-- Who may do what, and how people have to sign in.
--
-- Built-in roles (owner, admin, agent, viewer) live in the program, so that a release can give them new permissions;
-- a tenant's own roles are rows. Each person has one role directly and those of the groups they are in.

-- A role of the tenant's own making: names of permissions from the program's catalogue. A name that the program does
-- not know (any more) grants nothing.
CREATE TABLE role (
    tenant_id   uuid        NOT NULL,
    id          uuid        NOT NULL,
    name        text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 60),
    -- The name as compared: lower case.
    name_key    text        NOT NULL,
    description text        NOT NULL CHECK (char_length(description) <= 300),
    permissions text[]      NOT NULL CHECK (cardinality(permissions) <= 200),
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name_key)
);
ALTER TABLE role ENABLE ROW LEVEL SECURITY;
ALTER TABLE role FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON role
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON role FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON role TO rowhouse_app;
GRANT SELECT ON role TO rowhouse_operator;

-- FORCE binds the owner, who migrates, to the policies too; without a tenant it would update no row.
ALTER TABLE account NO FORCE ROW LEVEL SECURITY;
ALTER TABLE account DROP CONSTRAINT account_role_check;
UPDATE account SET role = 'agent' WHERE role = 'member';
ALTER TABLE account
    ADD COLUMN custom_role_id    uuid,
    -- Somebody removed keeps a row, because tickets and the audit log name them, and loses address and credentials.
    ADD COLUMN state             text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'deactivated', 'removed')),
    ADD COLUMN state_changed_at  timestamptz,
    ADD COLUMN email_verified_at timestamptz,
    ALTER COLUMN email DROP NOT NULL,
    ALTER COLUMN email_key DROP NOT NULL,
    ADD CONSTRAINT account_role_check CHECK (role IN ('owner', 'admin', 'agent', 'viewer', 'custom')),
    ADD CONSTRAINT account_custom_role_check CHECK ((role = 'custom') = (custom_role_id IS NOT NULL)),
    ADD CONSTRAINT account_removed_check
        CHECK ((state = 'removed') = (email IS NULL) AND (email IS NULL) = (email_key IS NULL)),
    ADD CONSTRAINT account_custom_role_fkey
        FOREIGN KEY (tenant_id, custom_role_id) REFERENCES role (tenant_id, id);
ALTER TABLE account ALTER COLUMN state DROP DEFAULT;
ALTER TABLE account FORCE ROW LEVEL SECURITY;
CREATE INDEX account_by_custom_role ON account (tenant_id, custom_role_id);
-- The list of members, and the owners among them.
CREATE INDEX account_by_state ON account (tenant_id, state, name, id);
CREATE INDEX account_by_role ON account (tenant_id, role);

-- People who get a role together; an identity provider fills groups too. A group never makes owners.
CREATE TABLE member_group (
    tenant_id      uuid        NOT NULL,
    id             uuid        NOT NULL,
    name           text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 60),
    name_key       text        NOT NULL,
    description    text        NOT NULL CHECK (char_length(description) <= 300),
    -- None: a group that gives no role.
    role           text        CHECK (role IN ('admin', 'agent', 'viewer', 'custom')),
    custom_role_id uuid,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name_key),
    FOREIGN KEY (tenant_id, custom_role_id) REFERENCES role (tenant_id, id),
    CHECK ((role IS NOT DISTINCT FROM 'custom') = (custom_role_id IS NOT NULL))
);
CREATE INDEX member_group_by_custom_role ON member_group (tenant_id, custom_role_id);
ALTER TABLE member_group ENABLE ROW LEVEL SECURITY;
ALTER TABLE member_group FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON member_group
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON member_group FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON member_group TO rowhouse_app;
GRANT SELECT ON member_group TO rowhouse_operator;

CREATE TABLE group_member (
    tenant_id  uuid        NOT NULL,
    account_id uuid        NOT NULL,
    group_id   uuid        NOT NULL,
    added_at   timestamptz NOT NULL,
    -- By person first: each request asks for the groups of one.
    PRIMARY KEY (tenant_id, account_id, group_id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, group_id) REFERENCES member_group (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX group_member_by_group ON group_member (tenant_id, group_id);
ALTER TABLE group_member ENABLE ROW LEVEL SECURITY;
ALTER TABLE group_member FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON group_member
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON group_member FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON group_member TO rowhouse_app;
GRANT SELECT ON group_member TO rowhouse_operator;

-- What the tenant asks of everybody who signs in. No row: the server's own settings. It is read in the transaction of
-- each request, so a change holds from the next request on.
CREATE TABLE sign_in_policy (
    tenant_id           uuid        NOT NULL PRIMARY KEY,
    -- How people may sign in, of 'password', 'magic_link', 'passkey', 'sso'.
    methods             text[]      NOT NULL
                        CHECK (cardinality(methods) > 0 AND methods <@ ARRAY['password', 'magic_link', 'passkey', 'sso']),
    -- Since when a second factor is required, and how many days people have to set one up.
    mfa_required_since  timestamptz,
    mfa_grace_days      integer     NOT NULL CHECK (mfa_grace_days BETWEEN 0 AND 90),
    password_min_length integer     NOT NULL CHECK (password_min_length BETWEEN 8 AND 64),
    -- zxcvbn's score: 0 (guessed at once) to 4.
    password_min_score  integer     NOT NULL CHECK (password_min_score BETWEEN 0 AND 4),
    -- None: the server's own.
    idle_minutes        integer     CHECK (idle_minutes BETWEEN 5 AND 43200),
    lifetime_hours      integer     CHECK (lifetime_hours BETWEEN 1 AND 8760),
    -- Networks that people may come from, as CIDR; empty: from anywhere.
    allowed_networks    text[]      NOT NULL CHECK (cardinality(allowed_networks) <= 100),
    -- Domains that may be invited; empty: any.
    invitation_domains  text[]      NOT NULL CHECK (cardinality(invitation_domains) <= 100),
    updated_at          timestamptz NOT NULL
);
ALTER TABLE sign_in_policy ENABLE ROW LEVEL SECURITY;
ALTER TABLE sign_in_policy FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON sign_in_policy
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON sign_in_policy FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_policy TO rowhouse_app;
GRANT SELECT ON sign_in_policy TO rowhouse_operator;

-- How each session began, and when credentials were last shown in it: dangerous acts ask for them again.
ALTER TABLE session NO FORCE ROW LEVEL SECURITY;
ALTER TABLE session
    ADD COLUMN method           text NOT NULL DEFAULT 'password'
                                CHECK (method IN ('password', 'magic_link', 'passkey', 'sso')),
    ADD COLUMN authenticated_at timestamptz,
    ADD COLUMN second_factor_at timestamptz;
UPDATE session SET authenticated_at = created_at;
ALTER TABLE session
    ALTER COLUMN method DROP DEFAULT,
    ALTER COLUMN authenticated_at SET NOT NULL;
ALTER TABLE session FORCE ROW LEVEL SECURITY;

-- Somebody who has shown a first factor and owes the second. Short-lived; the browser holds the token.
CREATE TABLE sign_in_challenge (
    tenant_id  uuid        NOT NULL,
    token_hash bytea       NOT NULL CHECK (octet_length(token_hash) = 32),
    account_id uuid        NOT NULL,
    method     text        NOT NULL CHECK (method IN ('password', 'magic_link', 'sso')),
    attempts   integer     NOT NULL CHECK (attempts >= 0),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, token_hash),
    FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX sign_in_challenge_by_account ON sign_in_challenge (tenant_id, account_id);
ALTER TABLE sign_in_challenge ENABLE ROW LEVEL SECURITY;
ALTER TABLE sign_in_challenge FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON sign_in_challenge
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON sign_in_challenge FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_challenge TO rowhouse_app;
GRANT SELECT ON sign_in_challenge TO rowhouse_operator;
