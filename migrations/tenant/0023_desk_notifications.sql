-- What people are told of: their inbox, the mail that waits for them, and what they want mailed.

SET LOCAL lock_timeout = '3s';

-- One row a person and thing that happened, written in the transaction in which it happened.
CREATE TABLE inbox_item (
    tenant_id   uuid        NOT NULL,
    account_id  uuid        NOT NULL,
    event_id    uuid        NOT NULL,
    ticket_id   uuid        NOT NULL,
    -- assigned: the ticket is theirs to work on. watching: they asked for it, or watch it.
    reason      text        NOT NULL CHECK (reason IN ('assigned', 'watching')),
    created_at  timestamptz NOT NULL,
    read_at     timestamptz,
    -- When it is mailed, together with what else waits for the person then. None: it is not, or was.
    mail_due_at timestamptz,
    PRIMARY KEY (tenant_id, account_id, event_id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, ticket_id, event_id) REFERENCES ticket_event (tenant_id, ticket_id, id) ON DELETE CASCADE
);
CREATE INDEX inbox_item_by_event ON inbox_item (tenant_id, ticket_id, event_id);
CREATE INDEX inbox_item_unread ON inbox_item (tenant_id, account_id, event_id) WHERE read_at IS NULL;
-- For the upkeep: what is to be mailed, and what is kept no longer.
CREATE INDEX inbox_item_by_mail ON inbox_item (tenant_id, mail_due_at) WHERE mail_due_at IS NOT NULL;
CREATE INDEX inbox_item_by_age ON inbox_item (tenant_id, created_at);
ALTER TABLE inbox_item ENABLE ROW LEVEL SECURITY;
ALTER TABLE inbox_item FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON inbox_item
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON inbox_item FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON inbox_item TO rowhouse_app;
GRANT SELECT ON inbox_item TO rowhouse_operator;

-- What a person wants mailed. Who has no row is mailed at once of what is assigned to them, and each morning of the rest.
CREATE TABLE notification_preference (
    tenant_id         uuid NOT NULL,
    account_id        uuid NOT NULL,
    assigned          text NOT NULL CHECK (assigned IN ('at_once', 'daily', 'none')),
    watching          text NOT NULL CHECK (watching IN ('at_once', 'daily', 'none')),
    -- Stands in the mail's link that turns it off, and does nothing else: as it is, because every mail names it again.
    unsubscribe_token text NOT NULL CHECK (unsubscribe_token ~ '^[0-9a-f]{40}$'),
    PRIMARY KEY (tenant_id, account_id),
    UNIQUE (tenant_id, unsubscribe_token),
    FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id) ON DELETE CASCADE
);
ALTER TABLE notification_preference ENABLE ROW LEVEL SECURITY;
ALTER TABLE notification_preference FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON notification_preference
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON notification_preference FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON notification_preference TO rowhouse_app;
GRANT SELECT ON notification_preference TO rowhouse_operator;
