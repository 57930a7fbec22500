-- Single sign-on: connections to the tenant's own identity providers, the people who come through them, and what a
-- sign-in under way needs to be finished once, in the browser where it began.

-- Email domains that the tenant proved to be its own, by a TXT record. Several tenants may prove the same one: it says
-- what a connection of this tenant may vouch for, and gives nothing away to others.
CREATE TABLE email_domain (
    tenant_id      uuid        NOT NULL,
    domain         text        NOT NULL CHECK (domain = lower(domain) AND char_length(domain) BETWEEN 3 AND 253),
    -- What the TXT record must hold. None: the operator vouched for the domain, and nothing is checked.
    challenge      text        CHECK (challenge ~ '^[a-z0-9]{32,64}$'),
    claimed_at     timestamptz NOT NULL,
    -- None: claimed and not proven (any more); it then counts for nothing.
    verified_at    timestamptz,
    checked_at     timestamptz,
    -- Since when the proof of a verified domain is gone.
    failing_since  timestamptz,
    -- What the last check found wrong: a word of tenancy::domains::FindingKind, and what belongs to it.
    finding        text        CHECK (char_length(finding) <= 40),
    finding_detail text        CHECK (char_length(finding_detail) <= 500),
    PRIMARY KEY (tenant_id, domain)
);
ALTER TABLE email_domain ENABLE ROW LEVEL SECURITY;
ALTER TABLE email_domain FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON email_domain
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON email_domain FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON email_domain TO rowhouse_app;
GRANT SELECT ON email_domain TO rowhouse_operator;

CREATE TABLE sso_connection (
    tenant_id              uuid        NOT NULL,
    id                     uuid        NOT NULL,
    kind                   text        NOT NULL CHECK (kind IN ('oidc', 'saml')),
    -- Whose instructions the set-up shows.
    provider               text        NOT NULL
                           CHECK (provider IN ('okta', 'entra', 'google', 'keycloak', 'auth0', 'generic')),
    name                   text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 60),
    -- What addresses name it by: ?idp_hint=okta.
    hint                   text        NOT NULL CHECK (hint ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
    state                  text        NOT NULL CHECK (state IN ('draft', 'on', 'off')),
    show_button            boolean     NOT NULL,
    -- Where its addresses begin, as the provider was told: https://acme.app.example. It does not follow the tenant's main
    -- address by itself, because the provider would refuse to send people to one that it was not told of.
    base_url               text        NOT NULL CHECK (base_url ~ '^https?://' AND char_length(base_url) <= 300),
    -- sso::OidcSettings or sso::SamlSettings. No secrets.
    settings               jsonb       NOT NULL CHECK (jsonb_typeof(settings) = 'object'),
    -- Sealed.
    client_secret          bytea,
    -- The connection's own key, PKCS #8, sealed: signs requests and client assertions, opens encrypted assertions.
    private_key            bytea       NOT NULL,
    -- Its certificate, DER.
    certificate            bytea       NOT NULL,
    -- Whether people without an account get one.
    creates_accounts       boolean     NOT NULL,
    -- What they become where no rule says otherwise. Never owner.
    default_role           text        NOT NULL CHECK (default_role IN ('admin', 'agent', 'viewer', 'custom')),
    default_custom_role_id uuid,
    -- Whether the rules are applied at each sign-in, or only when an account is made.
    applies_roles          boolean     NOT NULL,
    -- Whether the provider asks for a second factor itself, so that none is asked for here.
    trusts_second_factor   boolean     NOT NULL,
    -- Whether an owner switched it on as it is now: only then it lets owners in, and makes owners.
    vouched_by_owner       boolean     NOT NULL,
    -- When a test sign-in last passed.
    tested_at              timestamptz,
    -- When what a test tries was last changed: a connection is switched on only after a test that is younger.
    protocol_changed_at    timestamptz NOT NULL,
    -- Metadata that is fetched: when it last was, when it is next, and what went wrong.
    refreshed_at           timestamptz,
    next_refresh_at        timestamptz,
    refresh_error          text        CHECK (char_length(refresh_error) <= 1000),
    created_at             timestamptz NOT NULL,
    updated_at             timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, hint),
    FOREIGN KEY (tenant_id, default_custom_role_id) REFERENCES role (tenant_id, id),
    CHECK ((default_role = 'custom') = (default_custom_role_id IS NOT NULL)),
    CHECK (state <> 'on' OR tested_at IS NOT NULL)
);
CREATE INDEX sso_connection_by_custom_role ON sso_connection (tenant_id, default_custom_role_id);
ALTER TABLE sso_connection ENABLE ROW LEVEL SECURITY;
ALTER TABLE sso_connection FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON sso_connection
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON sso_connection FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON sso_connection TO rowhouse_app;
GRANT SELECT ON sso_connection TO rowhouse_operator;

-- The email domains that a connection vouches for. One that is not proven counts for nothing.
CREATE TABLE sso_connection_domain (
    tenant_id     uuid NOT NULL,
    connection_id uuid NOT NULL,
    domain        text NOT NULL,
    PRIMARY KEY (tenant_id, connection_id, domain),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES sso_connection (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, domain) REFERENCES email_domain (tenant_id, domain) ON DELETE CASCADE
);
CREATE INDEX sso_connection_domain_by_domain ON sso_connection_domain (tenant_id, domain);
ALTER TABLE sso_connection_domain ENABLE ROW LEVEL SECURITY;
ALTER TABLE sso_connection_domain FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON sso_connection_domain
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON sso_connection_domain FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON sso_connection_domain TO rowhouse_app;
GRANT SELECT ON sso_connection_domain TO rowhouse_operator;

-- What the provider's groups mean here: the first rule whose value is among them says the role.
CREATE TABLE sso_role_rule (
    tenant_id      uuid    NOT NULL,
    connection_id  uuid    NOT NULL,
    position       integer NOT NULL CHECK (position BETWEEN 1 AND 100),
    value          text    NOT NULL CHECK (char_length(value) BETWEEN 1 AND 300),
    role           text    NOT NULL CHECK (role IN ('owner', 'admin', 'agent', 'viewer', 'custom')),
    custom_role_id uuid,
    PRIMARY KEY (tenant_id, connection_id, position),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES sso_connection (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, custom_role_id) REFERENCES role (tenant_id, id),
    CHECK ((role = 'custom') = (custom_role_id IS NOT NULL))
);
CREATE INDEX sso_role_rule_by_custom_role ON sso_role_rule (tenant_id, custom_role_id);
ALTER TABLE sso_role_rule ENABLE ROW LEVEL SECURITY;
ALTER TABLE sso_role_rule FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON sso_role_rule
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON sso_role_rule FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON sso_role_rule TO rowhouse_app;
GRANT SELECT ON sso_role_rule TO rowhouse_operator;

-- Who somebody is at the provider: its own stable name of them, never their address.
CREATE TABLE sso_identity (
    tenant_id       uuid        NOT NULL,
    connection_id   uuid        NOT NULL,
    -- OIDC: sub. SAML: the NameID, or the attribute that the connection says.
    subject         text        NOT NULL CHECK (char_length(subject) BETWEEN 1 AND 1024),
    account_id      uuid        NOT NULL,
    -- Whether the account was made by this connection.
    made_account    boolean     NOT NULL,
    linked_at       timestamptz NOT NULL,
    last_sign_in_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, connection_id, subject),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES sso_connection (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX sso_identity_by_account ON sso_identity (tenant_id, account_id);
ALTER TABLE sso_identity ENABLE ROW LEVEL SECURITY;
ALTER TABLE sso_identity FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON sso_identity
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON sso_identity FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON sso_identity TO rowhouse_app;
GRANT SELECT ON sso_identity TO rowhouse_operator;

-- A link by which somebody outside the workspace sets up one connection. The link's token is kept as its hash.
CREATE TABLE sso_setup_link (
    tenant_id     uuid        NOT NULL,
    id            uuid        NOT NULL,
    connection_id uuid        NOT NULL,
    token_hash    bytea       NOT NULL CHECK (octet_length(token_hash) = 32),
    -- For whom it is, as its maker wrote it.
    recipient     text        NOT NULL CHECK (char_length(recipient) BETWEEN 1 AND 254),
    created_by    uuid        NOT NULL,
    -- Whether its maker was an owner, who thereby vouches for what is set up by it.
    by_owner      boolean     NOT NULL,
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    last_used_at  timestamptz,
    -- Taken back, or its purpose is served.
    ended_at      timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, token_hash),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES sso_connection (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, created_by) REFERENCES account (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX sso_setup_link_by_connection ON sso_setup_link (tenant_id, connection_id);
CREATE INDEX sso_setup_link_by_creator ON sso_setup_link (tenant_id, created_by);
ALTER TABLE sso_setup_link ENABLE ROW LEVEL SECURITY;
ALTER TABLE sso_setup_link FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON sso_setup_link
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON sso_setup_link FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON sso_setup_link TO rowhouse_app;
GRANT SELECT ON sso_setup_link TO rowhouse_operator;

-- A sign-in under way at the provider. Taken once; bound to the browser that began it.
CREATE TABLE sso_flow (
    tenant_id     uuid        NOT NULL,
    -- Of the state (OIDC) or RelayState (SAML) that travels.
    state_hash    bytea       NOT NULL CHECK (octet_length(state_hash) = 32),
    connection_id uuid        NOT NULL,
    purpose       text        NOT NULL CHECK (purpose IN ('sign_in', 'test', 'confirm', 'link')),
    -- Of the token in the browser's cookie.
    browser_hash  bytea       NOT NULL CHECK (octet_length(browser_hash) = 32),
    -- SAML: the ID of the request, which the answer must name.
    request_id    text        CHECK (char_length(request_id) <= 80),
    -- OIDC: the nonce that the ID token must hold, and the verifier of PKCE (RFC 7636).
    nonce         text        CHECK (char_length(nonce) <= 128),
    pkce_verifier text        CHECK (char_length(pkce_verifier) <= 128),
    -- Where to go afterwards: a path of this site.
    next_path     text        NOT NULL CHECK (char_length(next_path) <= 2000),
    -- Whose session it is about: to confirm in it, to link to its account, or to show a test to.
    session_id    uuid,
    -- A test by somebody who came by a set-up link.
    setup_link_id uuid,
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, state_hash),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES sso_connection (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, session_id) REFERENCES session (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, setup_link_id) REFERENCES sso_setup_link (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX sso_flow_by_connection ON sso_flow (tenant_id, connection_id);
CREATE INDEX sso_flow_by_session ON sso_flow (tenant_id, session_id);
CREATE INDEX sso_flow_by_setup_link ON sso_flow (tenant_id, setup_link_id);
CREATE INDEX sso_flow_by_expiry ON sso_flow (tenant_id, expires_at);
ALTER TABLE sso_flow ENABLE ROW LEVEL SECURITY;
ALTER TABLE sso_flow FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON sso_flow
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON sso_flow FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON sso_flow TO rowhouse_app;
GRANT SELECT ON sso_flow TO rowhouse_operator;

-- Assertions and logout tokens that were accepted, until they would not be anyway: none is accepted twice.
CREATE TABLE sso_used_message (
    tenant_id     uuid        NOT NULL,
    connection_id uuid        NOT NULL,
    -- SHA-256 of its ID.
    message_hash  bytea       NOT NULL CHECK (octet_length(message_hash) = 32),
    expires_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, connection_id, message_hash),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES sso_connection (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX sso_used_message_by_expiry ON sso_used_message (tenant_id, expires_at);
ALTER TABLE sso_used_message ENABLE ROW LEVEL SECURITY;
ALTER TABLE sso_used_message FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON sso_used_message
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON sso_used_message FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON sso_used_message TO rowhouse_app;
GRANT SELECT ON sso_used_message TO rowhouse_operator;

-- What happened at each sign-in: what was received, what was checked, and why it failed. Kept for seven days.
CREATE TABLE sso_trace (
    tenant_id     uuid        NOT NULL,
    id            uuid        NOT NULL,
    connection_id uuid        NOT NULL,
    at            timestamptz NOT NULL,
    purpose       text        NOT NULL
                  CHECK (purpose IN ('sign_in', 'idp_initiated', 'test', 'confirm', 'link', 'logout')),
    outcome       text        NOT NULL CHECK (outcome IN ('passed', 'refused')),
    -- A word of sso::report::Reason; none where it passed.
    reason        text        CHECK (char_length(reason) <= 60),
    -- Who it was, as far as it was known.
    subject       text        NOT NULL CHECK (char_length(subject) <= 1024),
    email         text        NOT NULL CHECK (char_length(email) <= 254),
    -- sso::report::Report: the steps, and what was received without its secrets.
    report        jsonb       NOT NULL CHECK (jsonb_typeof(report) = 'object'),
    request_id    text        NOT NULL CHECK (char_length(request_id) <= 64),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES sso_connection (tenant_id, id) ON DELETE CASCADE,
    CHECK ((outcome = 'passed') = (reason IS NULL))
);
CREATE INDEX sso_trace_by_connection ON sso_trace (tenant_id, connection_id, id);
CREATE INDEX sso_trace_by_time ON sso_trace (tenant_id, at);
ALTER TABLE sso_trace ENABLE ROW LEVEL SECURITY;
ALTER TABLE sso_trace FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON sso_trace
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON sso_trace FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON sso_trace TO rowhouse_app;
GRANT SELECT ON sso_trace TO rowhouse_operator;

-- Which sessions began at a provider, so that signing out here signs out there, and the other way round.
CREATE TABLE sso_session (
    tenant_id     uuid  NOT NULL,
    session_id    uuid  NOT NULL,
    connection_id uuid  NOT NULL,
    subject       text  NOT NULL CHECK (char_length(subject) BETWEEN 1 AND 1024),
    -- sso::LogoutHandle: NameID, SessionIndex, sid. The ID token stands beside it, sealed.
    handle        jsonb NOT NULL CHECK (jsonb_typeof(handle) = 'object'),
    -- OIDC: sid. SAML: SessionIndex. As compared when the provider ends one session.
    provider_session text CHECK (char_length(provider_session) <= 1024),
    id_token      bytea,
    PRIMARY KEY (tenant_id, session_id),
    FOREIGN KEY (tenant_id, session_id) REFERENCES session (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, connection_id) REFERENCES sso_connection (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX sso_session_by_subject ON sso_session (tenant_id, connection_id, subject);
CREATE INDEX sso_session_by_provider_session ON sso_session (tenant_id, connection_id, provider_session);
ALTER TABLE sso_session ENABLE ROW LEVEL SECURITY;
ALTER TABLE sso_session FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON sso_session
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON sso_session FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON sso_session TO rowhouse_app;
GRANT SELECT ON sso_session TO rowhouse_operator;

-- Mail about certificates that end soon: each of the three warnings once.
CREATE TABLE sso_expiry_warning (
    tenant_id     uuid    NOT NULL,
    connection_id uuid    NOT NULL,
    -- SHA-256 of the certificate.
    fingerprint   bytea   NOT NULL CHECK (octet_length(fingerprint) = 32),
    days          integer NOT NULL CHECK (days IN (30, 7, 1)),
    warned_at     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, connection_id, fingerprint, days),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES sso_connection (tenant_id, id) ON DELETE CASCADE
);
ALTER TABLE sso_expiry_warning ENABLE ROW LEVEL SECURITY;
ALTER TABLE sso_expiry_warning FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON sso_expiry_warning
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON sso_expiry_warning FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON sso_expiry_warning TO rowhouse_app;
GRANT SELECT ON sso_expiry_warning TO rowhouse_operator;

-- A sign-in at a provider that still owes a second factor here keeps what its session will need.
ALTER TABLE sign_in_challenge NO FORCE ROW LEVEL SECURITY;
ALTER TABLE sign_in_challenge ADD COLUMN sso jsonb CHECK (jsonb_typeof(sso) = 'object');
ALTER TABLE sign_in_challenge FORCE ROW LEVEL SECURITY;

-- Whether people must come through a connection, and the one owner who may come in otherwise when the provider is away.
ALTER TABLE sign_in_policy NO FORCE ROW LEVEL SECURITY;
ALTER TABLE sign_in_policy
    -- The default stays: a server of the version before writes rows without it.
    ADD COLUMN sso_required           boolean NOT NULL DEFAULT false,
    ADD COLUMN break_glass_account_id uuid,
    ADD CONSTRAINT sign_in_policy_break_glass_fkey
        FOREIGN KEY (tenant_id, break_glass_account_id) REFERENCES account (tenant_id, id),
    ADD CONSTRAINT sign_in_policy_break_glass_check CHECK (NOT sso_required OR break_glass_account_id IS NOT NULL);
ALTER TABLE sign_in_policy FORCE ROW LEVEL SECURITY;
CREATE INDEX sign_in_policy_by_break_glass ON sign_in_policy (tenant_id, break_glass_account_id);
