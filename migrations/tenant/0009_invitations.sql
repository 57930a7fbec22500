-- Invitations: how people come into a workspace.
--
-- An invitation is for one address, and is accepted with a token that was mailed to it; so whoever accepts has proven
-- that the address is theirs. A link is for anybody who has it: it gives nothing by itself, but asks for an address, to
-- which an invitation then goes.

CREATE TABLE invite_link (
    tenant_id      uuid        NOT NULL,
    id             uuid        NOT NULL,
    token_hash     bytea       NOT NULL CHECK (octet_length(token_hash) = 32),
    -- Never owner: nobody is made one by a link that can be passed on.
    role           text        NOT NULL CHECK (role IN ('admin', 'agent', 'viewer', 'custom')),
    custom_role_id uuid,
    created_by     uuid        NOT NULL,
    created_at     timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    -- How many people may join by it; none: any number.
    max_uses       integer     CHECK (max_uses BETWEEN 1 AND 1000),
    -- How many joined.
    uses           integer     NOT NULL CHECK (uses >= 0 AND uses <= max_uses),
    revoked_at     timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, token_hash),
    FOREIGN KEY (tenant_id, custom_role_id) REFERENCES role (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, created_by) REFERENCES account (tenant_id, id) ON DELETE CASCADE,
    CHECK ((role = 'custom') = (custom_role_id IS NOT NULL))
);
CREATE INDEX invite_link_by_custom_role ON invite_link (tenant_id, custom_role_id);
CREATE INDEX invite_link_by_creator ON invite_link (tenant_id, created_by);
ALTER TABLE invite_link ENABLE ROW LEVEL SECURITY;
ALTER TABLE invite_link FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON invite_link
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON invite_link FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON invite_link TO rowhouse_app;
GRANT SELECT ON invite_link TO rowhouse_operator;

CREATE TABLE invitation (
    tenant_id      uuid        NOT NULL,
    id             uuid        NOT NULL,
    -- Of the token in the last mail; sending again replaces it.
    token_hash     bytea       NOT NULL CHECK (octet_length(token_hash) = 32),
    email          text        NOT NULL CHECK (char_length(email) BETWEEN 3 AND 254),
    -- The email as compared, as in account.
    email_key      text        NOT NULL,
    -- What the person is called, where they came by a link and said so; otherwise empty.
    name           text        NOT NULL CHECK (char_length(name) <= 120),
    role           text        NOT NULL CHECK (role IN ('owner', 'admin', 'agent', 'viewer', 'custom')),
    custom_role_id uuid,
    message        text        NOT NULL CHECK (char_length(message) <= 1000),
    -- Where they came by a link: who made it.
    invited_by     uuid        NOT NULL,
    link_id        uuid,
    state          text        NOT NULL CHECK (state IN ('pending', 'accepted', 'revoked')),
    created_at     timestamptz NOT NULL,
    sent_at        timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    -- When it was accepted or revoked. What is settled is kept for a while, so that a link used twice is understood.
    settled_at     timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, token_hash),
    FOREIGN KEY (tenant_id, custom_role_id) REFERENCES role (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, invited_by) REFERENCES account (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, link_id) REFERENCES invite_link (tenant_id, id) ON DELETE CASCADE,
    CHECK ((role = 'custom') = (custom_role_id IS NOT NULL)),
    CHECK ((state = 'pending') = (settled_at IS NULL)),
    CHECK (link_id IS NULL OR role <> 'owner')
);
-- An address waits once.
CREATE UNIQUE INDEX invitation_pending ON invitation (tenant_id, email_key) WHERE state = 'pending';
CREATE INDEX invitation_by_state ON invitation (tenant_id, state, id);
CREATE INDEX invitation_by_custom_role ON invitation (tenant_id, custom_role_id);
CREATE INDEX invitation_by_inviter ON invitation (tenant_id, invited_by);
CREATE INDEX invitation_by_link ON invitation (tenant_id, link_id);
ALTER TABLE invitation ENABLE ROW LEVEL SECURITY;
ALTER TABLE invitation FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON invitation
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON invitation FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON invitation TO rowhouse_app;
GRANT SELECT ON invitation TO rowhouse_operator;
