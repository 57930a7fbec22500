-- Desk, the whole: projects with members, tickets that belong to them and are found, labels, watchers, links between
-- tickets, what happened to each, and saved views.
--
-- Who reaches a project: an open one everybody who may read tickets in the workspace; any other its members only. What a
-- member may do there is what the workspace allows them and their role in the project allows, both.

CREATE TABLE project (
    tenant_id   uuid        NOT NULL,
    id          uuid        NOT NULL,
    -- What its tickets begin with: OPS-142.
    key         text        NOT NULL CHECK (key ~ '^[A-Z][A-Z0-9]{1,9}$'),
    name        text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 120),
    description text        NOT NULL CHECK (char_length(description) <= 2000),
    is_open     boolean     NOT NULL,
    -- The last ticket number given out. Whoever creates a ticket locks the row until their transaction ends, so numbers
    -- have no gaps and no duplicates.
    last_number bigint      NOT NULL CHECK (last_number >= 0),
    -- Its tickets can be read and no longer be changed.
    archived_at timestamptz,
    -- Grows with every change by people, not with every ticket.
    version     bigint      NOT NULL CHECK (version > 0),
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, key)
);
ALTER TABLE project ENABLE ROW LEVEL SECURITY;
ALTER TABLE project FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON project
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON project FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON project TO rowhouse_app;
GRANT SELECT ON project TO rowhouse_operator;

CREATE TABLE project_member (
    tenant_id  uuid        NOT NULL,
    project_id uuid        NOT NULL,
    account_id uuid        NOT NULL,
    -- viewer: reads. contributor: works on tickets. lead: also changes the project and its members.
    role       text        NOT NULL CHECK (role IN ('viewer', 'contributor', 'lead')),
    added_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, project_id, account_id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES project (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX project_member_by_account ON project_member (tenant_id, account_id);
ALTER TABLE project_member ENABLE ROW LEVEL SECURITY;
ALTER TABLE project_member FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON project_member
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON project_member FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON project_member TO rowhouse_app;
GRANT SELECT ON project_member TO rowhouse_operator;

-- Tickets that are there already get a project: Support, open to the whole workspace. Row security binds the owner of
-- a table too, and no tenant is set here.
ALTER TABLE ticket NO FORCE ROW LEVEL SECURITY;
ALTER TABLE ticket_counter NO FORCE ROW LEVEL SECURITY;
ALTER TABLE project NO FORCE ROW LEVEL SECURITY;
INSERT INTO project (tenant_id, id, key, name, description, is_open, last_number, version, created_at, updated_at)
SELECT c.tenant_id, gen_random_uuid(), 'SUP', 'Support', '', true, c.last_number, 1, now(), now() FROM ticket_counter c;
DROP TABLE ticket_counter;

ALTER TABLE ticket
    ADD COLUMN project_id        uuid,
    ADD COLUMN due_on            date,
    -- Grows with every change: who changes an older one than there is, is told.
    ADD COLUMN version           bigint NOT NULL DEFAULT 1 CHECK (version > 0),
    -- The first comment of somebody else than the requester.
    ADD COLUMN first_response_at timestamptz,
    -- When it was solved or closed; nothing while it is open or pending.
    ADD COLUMN resolved_at       timestamptz,
    -- The priority as a number that sorts.
    ADD COLUMN urgency           smallint NOT NULL GENERATED ALWAYS AS (
        CASE priority WHEN 'urgent' THEN 4 WHEN 'high' THEN 3 WHEN 'normal' THEN 2 ELSE 1 END
    ) STORED;
UPDATE ticket t SET project_id = p.id FROM project p WHERE p.tenant_id = t.tenant_id;
UPDATE ticket SET resolved_at = updated_at WHERE status IN ('solved', 'closed');
ALTER TABLE ticket
    ALTER COLUMN project_id SET NOT NULL,
    DROP CONSTRAINT ticket_tenant_id_number_key,
    ADD UNIQUE (tenant_id, project_id, number),
    ADD FOREIGN KEY (tenant_id, project_id) REFERENCES project (tenant_id, id),
    ADD CHECK ((resolved_at IS NOT NULL) = (status IN ('solved', 'closed')));
ALTER TABLE ticket FORCE ROW LEVEL SECURITY;
ALTER TABLE project FORCE ROW LEVEL SECURITY;

-- One for each order of the list, and for each filter that names few tickets.
DROP INDEX ticket_by_requester, ticket_by_assignee;
CREATE INDEX ticket_by_requester ON ticket (tenant_id, requester_id, id);
CREATE INDEX ticket_by_assignee ON ticket (tenant_id, assignee_id, id);
CREATE INDEX ticket_by_project ON ticket (tenant_id, project_id, status, id);
CREATE INDEX ticket_by_update ON ticket (tenant_id, updated_at, id);
CREATE INDEX ticket_by_urgency ON ticket (tenant_id, urgency, id);
CREATE INDEX ticket_by_due ON ticket (tenant_id, due_on, id);
CREATE INDEX ticket_by_resolution ON ticket (tenant_id, resolved_at, id);

ALTER TABLE ticket_comment
    ADD COLUMN edited_at timestamptz,
    ADD COLUMN version   bigint NOT NULL DEFAULT 1 CHECK (version > 0);

CREATE TABLE label (
    tenant_id  uuid        NOT NULL,
    id         uuid        NOT NULL,
    name       text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 50),
    -- A hue of the stylesheet.
    colour     text        NOT NULL CHECK (colour IN ('grey', 'red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple', 'pink')),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
-- “Bug” and “bug” are the same label.
CREATE UNIQUE INDEX label_by_name ON label (tenant_id, lower(name));
ALTER TABLE label ENABLE ROW LEVEL SECURITY;
ALTER TABLE label FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON label
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON label FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON label TO rowhouse_app;
GRANT SELECT ON label TO rowhouse_operator;

CREATE TABLE ticket_label (
    tenant_id uuid NOT NULL,
    ticket_id uuid NOT NULL,
    label_id  uuid NOT NULL,
    PRIMARY KEY (tenant_id, ticket_id, label_id),
    FOREIGN KEY (tenant_id, ticket_id) REFERENCES ticket (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, label_id) REFERENCES label (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX ticket_label_by_label ON ticket_label (tenant_id, label_id, ticket_id);
ALTER TABLE ticket_label ENABLE ROW LEVEL SECURITY;
ALTER TABLE ticket_label FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON ticket_label
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON ticket_label FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON ticket_label TO rowhouse_app;
GRANT SELECT ON ticket_label TO rowhouse_operator;

-- Who hears of what happens to a ticket. Requester and assignee hear of it without standing here.
CREATE TABLE ticket_watcher (
    tenant_id  uuid        NOT NULL,
    ticket_id  uuid        NOT NULL,
    account_id uuid        NOT NULL,
    since      timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, ticket_id, account_id),
    FOREIGN KEY (tenant_id, ticket_id) REFERENCES ticket (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX ticket_watcher_by_account ON ticket_watcher (tenant_id, account_id, ticket_id);
ALTER TABLE ticket_watcher ENABLE ROW LEVEL SECURITY;
ALTER TABLE ticket_watcher FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON ticket_watcher
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON ticket_watcher FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON ticket_watcher TO rowhouse_app;
GRANT SELECT ON ticket_watcher TO rowhouse_operator;

-- One row a link, read from both ends. "relates" has no direction: its lower id stands first.
CREATE TABLE ticket_link (
    tenant_id  uuid        NOT NULL,
    from_id    uuid        NOT NULL,
    to_id      uuid        NOT NULL,
    kind       text        NOT NULL CHECK (kind IN ('relates', 'blocks', 'duplicates')),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, from_id, to_id, kind),
    FOREIGN KEY (tenant_id, from_id) REFERENCES ticket (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, to_id) REFERENCES ticket (tenant_id, id) ON DELETE CASCADE,
    CHECK (from_id <> to_id),
    CHECK (kind <> 'relates' OR from_id < to_id)
);
CREATE INDEX ticket_link_by_end ON ticket_link (tenant_id, to_id);
ALTER TABLE ticket_link ENABLE ROW LEVEL SECURITY;
ALTER TABLE ticket_link FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON ticket_link
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON ticket_link FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON ticket_link TO rowhouse_app;
GRANT SELECT ON ticket_link TO rowhouse_operator;

-- What happened to a ticket, in order: its timeline, the feed of pages that are open, and what people are told of.
CREATE TABLE ticket_event (
    tenant_id  uuid        NOT NULL,
    ticket_id  uuid        NOT NULL,
    id         uuid        NOT NULL,
    -- Nobody where the program did it.
    actor_id   uuid,
    -- The name of the API key that the actor used, if one.
    via        text        CHECK (char_length(via) <= 120),
    -- One of app/src/desk/ticket/event.rs, such as `created`, `status`, `comment`.
    kind       text        NOT NULL CHECK (kind ~ '^[a-z_]{1,40}$'),
    -- What it was and is, by kind; names are those of that time.
    detail     jsonb       NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, ticket_id, id),
    FOREIGN KEY (tenant_id, ticket_id) REFERENCES ticket (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, actor_id) REFERENCES account (tenant_id, id)
);
CREATE INDEX ticket_event_by_time ON ticket_event (tenant_id, id);
CREATE INDEX ticket_event_by_actor ON ticket_event (tenant_id, actor_id);
ALTER TABLE ticket_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE ticket_event FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON ticket_event
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON ticket_event FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON ticket_event TO rowhouse_app;
GRANT SELECT ON ticket_event TO rowhouse_operator;

-- The words of a ticket: of its title (weight A), its description (B) and its comments (C). Apart from the ticket, so
-- that a change of status does not write them again.
CREATE TABLE ticket_words (
    tenant_id uuid     NOT NULL,
    ticket_id uuid     NOT NULL,
    words     tsvector NOT NULL,
    PRIMARY KEY (tenant_id, ticket_id),
    FOREIGN KEY (tenant_id, ticket_id) REFERENCES ticket (tenant_id, id) ON DELETE CASCADE
);
-- The tenant first, in a GIN index too: btree_gin brings the operator class for uuid.
CREATE INDEX ticket_words_found ON ticket_words USING gin (tenant_id, words);
ALTER TABLE ticket_words ENABLE ROW LEVEL SECURITY;
ALTER TABLE ticket_words FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON ticket_words
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON ticket_words FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON ticket_words TO rowhouse_app;
GRANT SELECT ON ticket_words TO rowhouse_operator;

-- The tickets there are get their words. From now on the program writes them (app/src/desk/search/words.rs).
ALTER TABLE ticket_words NO FORCE ROW LEVEL SECURITY;
ALTER TABLE ticket NO FORCE ROW LEVEL SECURITY;
ALTER TABLE ticket_comment NO FORCE ROW LEVEL SECURITY;
INSERT INTO ticket_words (tenant_id, ticket_id, words)
SELECT t.tenant_id, t.id,
       setweight(to_tsvector('simple', t.title), 'A') || setweight(to_tsvector('simple', t.description), 'B')
       || setweight(to_tsvector('simple', coalesce((
              SELECT string_agg(c.body, ' ' ORDER BY c.id) FROM ticket_comment c
              WHERE c.tenant_id = t.tenant_id AND c.ticket_id = t.id), '')), 'C')
FROM ticket t;
ALTER TABLE ticket_words FORCE ROW LEVEL SECURITY;
ALTER TABLE ticket FORCE ROW LEVEL SECURITY;
ALTER TABLE ticket_comment FORCE ROW LEVEL SECURITY;

-- Finds tickets of the tenant that is set, newest first. Under row security the planner may not use a text search index
-- for the serving role: `@@` is not leakproof, so it would run after the policy, on every row of the tenant. Hence this
-- one function of the operator's role, whose policy is `true`; the tenant comes from the setting, as in the policies,
-- never from an argument.
CREATE FUNCTION find_ticket_words(sought tsquery, most integer) RETURNS TABLE (ticket_id uuid, rank real)
LANGUAGE sql STABLE SECURITY DEFINER
AS $$
    SELECT f.ticket_id, ts_rank(f.words, sought)
    FROM (
        SELECT w.ticket_id, w.words FROM ticket_words w
        WHERE w.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid AND w.words @@ sought
        ORDER BY w.ticket_id DESC LIMIT least(greatest(most, 0), 10000)
    ) f
$$;
REVOKE ALL ON FUNCTION find_ticket_words(tsquery, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_ticket_words(tsquery, integer) TO rowhouse_app;
-- As in control/0002: only a member of both roles may hand it over, and the new owner needs CREATE for that moment.
DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION find_ticket_words(tsquery, integer) SET search_path = %I, pg_temp', current_schema());
    EXECUTE format('GRANT CREATE ON SCHEMA %I TO rowhouse_operator', current_schema());
END $$;
RESET ROLE;
ALTER FUNCTION find_ticket_words(tsquery, integer) OWNER TO rowhouse_operator;
SET ROLE rowhouse_owner;
DO $$ BEGIN
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM rowhouse_operator', current_schema());
END $$;

-- A filter of the list with a name: its owner's own, or everybody's in the workspace.
CREATE TABLE saved_view (
    tenant_id  uuid        NOT NULL,
    id         uuid        NOT NULL,
    owner_id   uuid        NOT NULL,
    name       text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 80),
    is_shared  boolean     NOT NULL,
    -- The address's query of the list: status=open&label=…&sort=…
    filter     text        NOT NULL CHECK (char_length(filter) <= 2000),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, owner_id) REFERENCES account (tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX saved_view_by_name ON saved_view (tenant_id, owner_id, lower(name));
ALTER TABLE saved_view ENABLE ROW LEVEL SECURITY;
ALTER TABLE saved_view FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON saved_view
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON saved_view FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON saved_view TO rowhouse_app;
GRANT SELECT ON saved_view TO rowhouse_operator;
