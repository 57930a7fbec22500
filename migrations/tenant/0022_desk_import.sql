-- Files of tickets that are brought in: what each is, how far it is, and what is wrong with it.

CREATE TABLE desk_import (
    tenant_id   uuid        NOT NULL,
    id          uuid        NOT NULL,
    project_id  uuid        NOT NULL,
    -- Who brought it in; the tickets are theirs where the file names no requester.
    account_id  uuid        NOT NULL,
    -- The file, while there is something to read in it.
    object_id   uuid,
    file_name   text        NOT NULL CHECK (char_length(file_name) BETWEEN 1 AND 255),
    file_bytes  bigint      NOT NULL CHECK (file_bytes >= 0),
    separator   text        NOT NULL CHECK (separator IN (',', ';', E'\t')),
    -- The words of its first line, in order.
    header      text[]      NOT NULL CHECK (cardinality(header) BETWEEN 1 AND 200),
    -- For each column the field that it becomes; empty: none.
    mapping     text[]      NOT NULL CHECK (cardinality(mapping) = cardinality(header)),
    state       text        NOT NULL CHECK (state IN ('mapping', 'checking', 'checked', 'running', 'done', 'cancelled',
                                                      'failed', 'undoing', 'undone')),
    -- Where the next row begins, and where the first one did.
    at_byte     bigint      NOT NULL CHECK (at_byte BETWEEN 0 AND file_bytes),
    at_line     bigint      NOT NULL CHECK (at_line > 0),
    first_byte  bigint      NOT NULL CHECK (first_byte BETWEEN 0 AND file_bytes),
    first_line  bigint      NOT NULL CHECK (first_line > 0),
    rows_read   bigint      NOT NULL CHECK (rows_read BETWEEN 0 AND 500000),
    -- Known once the file was checked.
    rows_all    bigint      CHECK (rows_all BETWEEN 0 AND 500000),
    -- All problems; the first of them are listed below.
    problems    bigint      NOT NULL CHECK (problems >= 0),
    made        bigint      NOT NULL CHECK (made >= 0),
    removed     bigint      NOT NULL CHECK (removed >= 0),
    -- The last ticket that undoing looked at.
    undone_to   uuid,
    -- Why it failed, for people.
    failure     text        CHECK (char_length(failure) <= 500),
    -- Whoever works on it, and until when nobody else does.
    lease_by    uuid,
    lease_until timestamptz,
    created_at  timestamptz NOT NULL,
    changed_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, object_id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES project (tenant_id, id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id),
    FOREIGN KEY (tenant_id, object_id) REFERENCES stored_object (tenant_id, id),
    CHECK (state NOT IN ('mapping', 'checking', 'checked', 'running') OR object_id IS NOT NULL)
);
CREATE INDEX desk_import_by_project ON desk_import (tenant_id, project_id, id);
CREATE INDEX desk_import_by_account ON desk_import (tenant_id, account_id);
-- What there is to work on.
CREATE INDEX desk_import_to_do ON desk_import (tenant_id, lease_until) WHERE state IN ('checking', 'running', 'undoing');
ALTER TABLE desk_import ENABLE ROW LEVEL SECURITY;
ALTER TABLE desk_import FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON desk_import
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON desk_import FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON desk_import TO rowhouse_app;
GRANT SELECT ON desk_import TO rowhouse_operator;

CREATE TABLE desk_import_problem (
    tenant_id uuid   NOT NULL,
    import_id uuid   NOT NULL,
    -- In the order of the file.
    place     bigint NOT NULL CHECK (place BETWEEN 1 AND 1000),
    line      bigint NOT NULL CHECK (line > 0),
    -- The word in the first line; empty: it is about the whole row.
    header    text   NOT NULL CHECK (char_length(header) <= 200),
    message   text   NOT NULL CHECK (char_length(message) BETWEEN 1 AND 500),
    PRIMARY KEY (tenant_id, import_id, place),
    FOREIGN KEY (tenant_id, import_id) REFERENCES desk_import (tenant_id, id) ON DELETE CASCADE
);
ALTER TABLE desk_import_problem ENABLE ROW LEVEL SECURITY;
ALTER TABLE desk_import_problem FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON desk_import_problem
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON desk_import_problem FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON desk_import_problem TO rowhouse_app;
GRANT SELECT ON desk_import_problem TO rowhouse_operator;

-- Which file a ticket came from.
ALTER TABLE ticket
    ADD COLUMN import_id uuid,
    ADD FOREIGN KEY (tenant_id, import_id) REFERENCES desk_import (tenant_id, id);
CREATE INDEX ticket_by_import ON ticket (tenant_id, import_id, id) WHERE import_id IS NOT NULL;
