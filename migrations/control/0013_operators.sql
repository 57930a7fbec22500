-- Operators: the people who run this installation, and sign in to its console. They are nobody's tenant, and no tenant's
-- account is one of them.
--
-- The serving role has no right on these tables, and no function here is for it: the console reaches them, as everything
-- else it shows, as the operator's role.

CREATE TABLE control.operator_account (
    id                 uuid        PRIMARY KEY,
    email              text        NOT NULL CHECK (char_length(email) BETWEEN 3 AND 254),
    -- The form in which addresses are compared.
    email_key          text        NOT NULL UNIQUE CHECK (char_length(email_key) BETWEEN 3 AND 300),
    name               text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 120),
    -- Argon2id, in PHC form.
    password_hash      text        NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
    -- The secret of the authenticator app, sealed. Without one nobody is let in: the first sign-in sets it up.
    totp_secret        bytea,
    totp_confirmed_at  timestamptz,
    -- The time step of the last code: only later ones are taken.
    totp_last_step     bigint      NOT NULL DEFAULT 0,
    -- A secret that was shown and waits for its first code.
    totp_pending       bytea,
    totp_pending_since timestamptz,
    -- Until when the app can be set up: a first password that nobody used does not stay good for ever.
    enrol_by           timestamptz,
    -- Demonstration accounts have public passwords: a production server refuses to start beside them.
    is_demo            boolean     NOT NULL DEFAULT false,
    created_at         timestamptz NOT NULL,
    CHECK ((totp_secret IS NULL) = (totp_confirmed_at IS NULL)),
    CHECK ((totp_pending IS NULL) = (totp_pending_since IS NULL)),
    CHECK (is_demo OR enrol_by IS NOT NULL)
);

CREATE TABLE control.operator_recovery_code (
    operator_id uuid        NOT NULL REFERENCES control.operator_account (id) ON DELETE CASCADE,
    code_hash   bytea       NOT NULL CHECK (octet_length(code_hash) = 32),
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (operator_id, code_hash)
);

-- Somebody who has shown the password and owes the code of the app. No session exists between the two.
CREATE TABLE control.operator_challenge (
    token_hash  bytea       PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    operator_id uuid        NOT NULL REFERENCES control.operator_account (id) ON DELETE CASCADE,
    attempts    integer     NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL CHECK (expires_at > created_at)
);
CREATE INDEX operator_challenge_by_operator ON control.operator_challenge (operator_id);

CREATE TABLE control.operator_session (
    id           uuid        PRIMARY KEY,
    token_hash   bytea       NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    operator_id  uuid        NOT NULL REFERENCES control.operator_account (id) ON DELETE CASCADE,
    user_agent   text        NOT NULL CHECK (char_length(user_agent) <= 300),
    address      text        NOT NULL CHECK (char_length(address) <= 60),
    created_at   timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    -- Whatever is done in it.
    expires_at   timestamptz NOT NULL CHECK (expires_at > created_at)
);
CREATE INDEX operator_session_by_operator ON control.operator_session (operator_id);

-- What operators did and read. Rows refer to nothing, so that they outlast operators and tenants.
CREATE TABLE control.operator_audit (
    id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at            timestamptz NOT NULL,
    -- None: a command, or somebody who did not come in.
    operator_id   uuid,
    operator_name text        NOT NULL CHECK (char_length(operator_name) BETWEEN 1 AND 254),
    action        text        NOT NULL CHECK (action ~ '^[a-z_]{1,40}\.[a-z_]{1,40}$'),
    tenant_id     uuid,
    tenant_slug   text        CHECK (char_length(tenant_slug) <= 40),
    -- What exactly: the search, the plan, the limit.
    detail        text        CHECK (char_length(detail) <= 500),
    reason        text        CHECK (char_length(reason) <= 500),
    address       text        NOT NULL CHECK (char_length(address) <= 60),
    user_agent    text        NOT NULL CHECK (char_length(user_agent) <= 300),
    request_id    text        NOT NULL CHECK (char_length(request_id) <= 60)
);
CREATE INDEX operator_audit_by_operator ON control.operator_audit (operator_id, id);
CREATE INDEX operator_audit_by_tenant ON control.operator_audit (tenant_id, id);

GRANT SELECT, INSERT, UPDATE, DELETE ON control.operator_account TO rowhouse_operator;
GRANT SELECT, INSERT, DELETE ON control.operator_recovery_code TO rowhouse_operator;
GRANT SELECT, INSERT, UPDATE, DELETE ON control.operator_challenge, control.operator_session TO rowhouse_operator;
GRANT SELECT, INSERT ON control.operator_audit TO rowhouse_operator;

-- A record stays as it was written, also for whoever has more rights than the operator's role.
CREATE FUNCTION control.keep_operator_audit() RETURNS trigger
LANGUAGE plpgsql SET search_path = control, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the audit log of operators is only ever added to' USING ERRCODE = 'insufficient_privilege';
END $$;
REVOKE ALL ON FUNCTION control.keep_operator_audit() FROM PUBLIC;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON control.operator_audit
    FOR EACH ROW EXECUTE FUNCTION control.keep_operator_audit();
CREATE TRIGGER keep_all BEFORE TRUNCATE ON control.operator_audit
    FOR EACH STATEMENT EXECUTE FUNCTION control.keep_operator_audit();

-- What one tenant may use, for the operator's role: of the tenant that its transaction is set to, as for the tenant itself.
GRANT EXECUTE ON FUNCTION control.own_subscription() TO rowhouse_operator;

-- The console asks for what went wrong of a tenant.
CREATE INDEX mail_failed_by_tenant ON control.mail (tenant_id, failed_at) WHERE failed_at IS NOT NULL;
