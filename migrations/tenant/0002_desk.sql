-- Desk, the help desk: tickets and their comments.
--
-- Ids are UUIDv7, so the order of ids is the order of creation: the primary key pages the list, newest first.

CREATE TABLE ticket (
    tenant_id    uuid        NOT NULL,
    id           uuid        NOT NULL,
    -- What people say: #142. Without gaps, from ticket_counter.
    number       bigint      NOT NULL CHECK (number > 0),
    title        text        NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
    description  text        NOT NULL CHECK (char_length(description) <= 20000),
    status       text        NOT NULL CHECK (status IN ('open', 'pending', 'solved', 'closed')),
    priority     text        NOT NULL CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
    requester_id uuid        NOT NULL,
    assignee_id  uuid,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, number),
    FOREIGN KEY (tenant_id, requester_id) REFERENCES account (tenant_id, id),
    FOREIGN KEY (tenant_id, assignee_id) REFERENCES account (tenant_id, id)
);
CREATE INDEX ticket_by_status ON ticket (tenant_id, status, id);
CREATE INDEX ticket_by_requester ON ticket (tenant_id, requester_id);
CREATE INDEX ticket_by_assignee ON ticket (tenant_id, assignee_id);
ALTER TABLE ticket ENABLE ROW LEVEL SECURITY;
ALTER TABLE ticket FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON ticket
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON ticket FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON ticket TO rowhouse_app;
GRANT SELECT ON ticket TO rowhouse_operator;

-- The last ticket number given out. The row is locked by whoever creates a ticket, until their transaction ends.
CREATE TABLE ticket_counter (
    tenant_id   uuid   NOT NULL PRIMARY KEY,
    last_number bigint NOT NULL CHECK (last_number >= 0)
);
ALTER TABLE ticket_counter ENABLE ROW LEVEL SECURITY;
ALTER TABLE ticket_counter FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON ticket_counter
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON ticket_counter FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON ticket_counter TO rowhouse_app;
GRANT SELECT ON ticket_counter TO rowhouse_operator;

CREATE TABLE ticket_comment (
    tenant_id  uuid        NOT NULL,
    ticket_id  uuid        NOT NULL,
    id         uuid        NOT NULL,
    author_id  uuid        NOT NULL,
    body       text        NOT NULL CHECK (char_length(body) BETWEEN 1 AND 20000),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, ticket_id, id),
    FOREIGN KEY (tenant_id, ticket_id) REFERENCES ticket (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, author_id) REFERENCES account (tenant_id, id)
);
CREATE INDEX ticket_comment_by_author ON ticket_comment (tenant_id, author_id);
ALTER TABLE ticket_comment ENABLE ROW LEVEL SECURITY;
ALTER TABLE ticket_comment FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON ticket_comment
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON ticket_comment FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON ticket_comment TO rowhouse_app;
GRANT SELECT ON ticket_comment TO rowhouse_operator;
