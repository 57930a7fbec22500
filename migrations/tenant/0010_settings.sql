-- What holds in a workspace for everybody who has not chosen otherwise. No row: as the product has it.

CREATE TABLE workspace_settings (
    tenant_id  uuid        NOT NULL PRIMARY KEY,
    -- A name of the IANA time zone database, such as Europe/Berlin.
    time_zone  text        NOT NULL CHECK (char_length(time_zone) BETWEEN 1 AND 60),
    -- How dates and numbers are written, such as en-GB.
    locale     text        NOT NULL CHECK (locale ~ '^[a-z]{2}-[A-Z]{2}$'),
    -- The first day of the week in calendars and charts.
    week_start text        NOT NULL CHECK (week_start IN ('monday', 'saturday', 'sunday')),
    updated_at timestamptz NOT NULL
);
ALTER TABLE workspace_settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE workspace_settings FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON workspace_settings
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator_reads ON workspace_settings FOR SELECT TO rowhouse_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON workspace_settings TO rowhouse_app;
GRANT SELECT ON workspace_settings TO rowhouse_operator;
