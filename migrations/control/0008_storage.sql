-- Tenants that are gone, and whose files may still be there. A file cannot be removed in the transaction that removes its
-- tenant, nor by a database at all, so what is left to do is noted with it, whichever way the tenant goes.

CREATE TABLE control.left_files (
    tenant_id  uuid        NOT NULL PRIMARY KEY,
    removed_at timestamptz NOT NULL
);
GRANT SELECT, INSERT, DELETE ON control.left_files TO rowhouse_operator;

CREATE FUNCTION control.note_left_files() RETURNS trigger
LANGUAGE plpgsql SET search_path = control, pg_temp AS $$
BEGIN
    INSERT INTO control.left_files (tenant_id, removed_at) VALUES (OLD.id, now()) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER note_left_files AFTER DELETE ON control.tenant
    FOR EACH ROW EXECUTE FUNCTION control.note_left_files();
