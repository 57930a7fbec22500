-- Large tables are filled without their secondary indexes, which are built afterwards at once, by two sessions. What was
-- dropped stands in a table from the transaction that drops it to the one that builds it again, so nothing gets lost
-- wherever a run ends.

-- The indexes of the tables that are filled, but for those that a constraint needs.
CREATE PROCEDURE seed.drop_indexes()
LANGUAGE plpgsql
SET search_path = pg_catalog
AS $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT i.indexrelid::regclass AS name, pg_get_indexdef(i.indexrelid) AS definition, m.amname AS method
        FROM pg_index i
        JOIN pg_class c ON c.oid = i.indexrelid
        JOIN pg_am m ON m.oid = c.relam
        WHERE i.indrelid IN ('pooled.ticket'::regclass, 'pooled.ticket_comment'::regclass, 'pooled.ticket_event'::regclass,
                             'pooled.ticket_words'::regclass, 'pooled.ticket_label'::regclass)
          AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
    LOOP
        INSERT INTO seed.dropped_index (name, definition, turn)
        VALUES (found.name::text, found.definition, CASE found.method WHEN 'gin' THEN 0 ELSE 1 END);
        EXECUTE format('DROP INDEX %s', found.name);
    END LOOP;
END $$;

-- Builds what is not built again yet. Several sessions may do so, as with `seed.work`.
CREATE PROCEDURE seed.build_indexes()
LANGUAGE plpgsql
AS $$
DECLARE
    next record;
BEGIN
    LOOP
        SELECT d.name, d.definition INTO next
        FROM seed.dropped_index d ORDER BY d.turn, d.name LIMIT 1 FOR UPDATE SKIP LOCKED;
        IF NOT FOUND THEN
            SELECT d.name, d.definition INTO next
            FROM seed.dropped_index d ORDER BY d.turn, d.name LIMIT 1 FOR UPDATE;
        END IF;
        EXIT WHEN next.name IS NULL;
        EXECUTE next.definition;
        DELETE FROM seed.dropped_index d WHERE d.name = next.name;
        COMMIT;
    END LOOP;
END $$;
