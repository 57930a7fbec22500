-- Files: what is stored outside of the database, how much of it there is, and what in Desk it is attached to.
--
-- A row is there before the first byte of its file is, so that no file is ever without a row: what broke off is found by
-- its row and removed. The file itself is at tenants/<tenant>/<id>.

CREATE TABLE stored_object (
    tenant_id    uuid        NOT NULL,
    id           uuid        NOT NULL,
    -- What it is stored for: `attachment`.
    purpose      text        NOT NULL CHECK (purpose ~ '^[a-z_]{1,40}$'),
    -- pending: it is being received. stored: it is there, whole. deleted: nothing refers to it any more.
    state        text        NOT NULL CHECK (state IN ('pending', 'stored', 'deleted')),
    bytes        bigint      NOT NULL CHECK (bytes >= 0),
    sha256       bytea       CHECK (octet_length(sha256) = 32),
    -- What its content is, whatever the sender said: platform/src/storage/kind.rs.
    content_type text        CHECK (char_length(content_type) BETWEEN 3 AND 120),
    created_at   timestamptz NOT NULL,
    -- Since when it is in this state.
    changed_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CHECK (state <> 'stored' OR (sha256 IS NOT NULL AND content_type IS NOT NULL))
);
-- What is to be removed.
CREATE INDEX stored_object_to_remove ON stored_object (tenant_id, changed_at) WHERE state <> 'stored';
ALTER TABLE stored_object ENABLE ROW LEVEL SECURITY;
ALTER TABLE stored_object FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON stored_object
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON stored_object FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON stored_object TO rowhouse_app;
GRANT SELECT ON stored_object TO rowhouse_operator;

-- How much the tenant stores: exactly the rows above that are `stored`.
CREATE TABLE storage_use (
    tenant_id uuid   NOT NULL PRIMARY KEY,
    bytes     bigint NOT NULL CHECK (bytes >= 0),
    objects   bigint NOT NULL CHECK (objects >= 0)
);
ALTER TABLE storage_use ENABLE ROW LEVEL SECURITY;
ALTER TABLE storage_use FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON storage_use
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON storage_use FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON storage_use TO rowhouse_app;
GRANT SELECT ON storage_use TO rowhouse_operator;

-- Counts in the transaction that stores or deletes, however that comes about. It never makes a row to subtract from, for
-- when a tenant leaves, its rows go table by table.
CREATE FUNCTION count_storage() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    more_bytes bigint := 0;
    more_objects bigint := 0;
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.state = 'stored' THEN
        more_bytes := more_bytes - OLD.bytes;
        more_objects := more_objects - 1;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.state = 'stored' THEN
        more_bytes := more_bytes + NEW.bytes;
        more_objects := more_objects + 1;
    END IF;
    IF more_objects > 0 THEN
        EXECUTE format('INSERT INTO %1$I.storage_use AS u (tenant_id, bytes, objects) VALUES ($1, $2, $3)
                        ON CONFLICT (tenant_id) DO UPDATE SET bytes = u.bytes + $2, objects = u.objects + $3',
                       TG_TABLE_SCHEMA)
            USING NEW.tenant_id, more_bytes, more_objects;
    ELSIF more_objects < 0 OR more_bytes <> 0 THEN
        EXECUTE format('UPDATE %I.storage_use SET bytes = bytes + $2, objects = objects + $3 WHERE tenant_id = $1',
                       TG_TABLE_SCHEMA)
            USING OLD.tenant_id, more_bytes, more_objects;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER count_storage AFTER INSERT OR UPDATE OR DELETE ON stored_object
    FOR EACH ROW EXECUTE FUNCTION count_storage();

-- Desk's: a file on a ticket, or on one of its comments.
CREATE TABLE attachment (
    tenant_id   uuid        NOT NULL,
    id          uuid        NOT NULL,
    ticket_id   uuid        NOT NULL,
    -- None: it is the ticket's own.
    comment_id  uuid,
    object_id   uuid        NOT NULL,
    name        text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 255 AND name !~ '[[:cntrl:]]'),
    uploaded_by uuid        NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, object_id),
    FOREIGN KEY (tenant_id, ticket_id) REFERENCES ticket (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, ticket_id, comment_id) REFERENCES ticket_comment (tenant_id, ticket_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, object_id) REFERENCES stored_object (tenant_id, id),
    FOREIGN KEY (tenant_id, uploaded_by) REFERENCES account (tenant_id, id)
);
CREATE INDEX attachment_by_ticket ON attachment (tenant_id, ticket_id, comment_id);
CREATE INDEX attachment_by_uploader ON attachment (tenant_id, uploaded_by);
ALTER TABLE attachment ENABLE ROW LEVEL SECURITY;
ALTER TABLE attachment FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON attachment
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON attachment FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON attachment TO rowhouse_app;
GRANT SELECT ON attachment TO rowhouse_operator;

-- With a ticket or a comment its attachments go, and with each of them its file, which no cascade reaches. Removing one by
-- itself says so to the file first, with the program's time.
CREATE FUNCTION let_go_of_object() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('UPDATE %I.stored_object SET state = ''deleted'', changed_at = now()
                    WHERE tenant_id = $1 AND id = $2 AND state = ''stored''', TG_TABLE_SCHEMA)
        USING OLD.tenant_id, OLD.object_id;
    RETURN NULL;
END $$;
CREATE TRIGGER let_go_of_object AFTER DELETE ON attachment
    FOR EACH ROW EXECUTE FUNCTION let_go_of_object();
