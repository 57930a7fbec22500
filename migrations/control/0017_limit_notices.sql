-- Owners are mailed when a workspace comes near a limit of its plan and when it reaches it: once for each limit in a
-- period, and not again for what stays as it is. Servers look at every tenant every now and then; no request waits for it.

-- When a tenant was looked at last, so that several servers share the work.
CREATE TABLE control.limit_look (
    tenant_id uuid        PRIMARY KEY REFERENCES control.tenant (id) ON DELETE CASCADE,
    looked_at timestamptz NOT NULL
);
CREATE INDEX limit_look_by_time ON control.limit_look (looked_at);

-- How far a limit was used when it was looked at last, and what was told about it. No row: less than 80 % so far.
CREATE TABLE control.limit_notice (
    tenant_id   uuid        NOT NULL REFERENCES control.tenant (id) ON DELETE CASCADE,
    -- The word of the limit: seats, projects, ….
    word        text        NOT NULL CHECK (word ~ '^[a-z_]{1,40}$'),
    -- In percent, as far as it matters: below 80 it is 0.
    level       integer     NOT NULL CHECK (level IN (0, 80, 100)),
    -- The period that owners were told in last, by its beginning, and the most that they were told in it.
    told_period timestamptz,
    told_level  integer     NOT NULL CHECK (told_level IN (0, 80, 100)),
    noted_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, word)
);

GRANT SELECT, INSERT, UPDATE ON control.limit_look TO rowhouse_operator;
GRANT SELECT ON control.limit_notice TO rowhouse_operator;

-- Notes how far the transaction's tenant has used a limit. True where its owners are to be told: it is further than it was
-- the last time, and they were not told so in this period, which is the one that is paid for, else the month.
CREATE FUNCTION control.note_limit_level(limit_word text, new_level integer, now timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    own uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
    was control.limit_notice;
    period timestamptz;
    is_news boolean;
BEGIN
    SELECT coalesce(s.period_start, date_trunc('month', note_limit_level.now, 'UTC')) INTO period
    FROM control.subscription s WHERE s.tenant_id = own;
    IF new_level > 0 THEN
        INSERT INTO control.limit_notice (tenant_id, word, level, told_level, noted_at)
        VALUES (own, limit_word, 0, 0, note_limit_level.now) ON CONFLICT DO NOTHING;
    END IF;
    -- Another server that looks at the same time waits here.
    SELECT n.* INTO was FROM control.limit_notice n WHERE n.tenant_id = own AND n.word = limit_word FOR UPDATE;
    IF NOT FOUND OR was.level = new_level THEN
        RETURN false;
    END IF;
    is_news := new_level > was.level AND (was.told_period IS DISTINCT FROM period OR new_level > was.told_level);
    UPDATE control.limit_notice n
    SET level = new_level, noted_at = note_limit_level.now,
        told_period = CASE WHEN is_news THEN period ELSE n.told_period END,
        told_level = CASE WHEN is_news THEN new_level ELSE n.told_level END
    WHERE n.tenant_id = own AND n.word = limit_word;
    RETURN is_news;
END $$;

REVOKE ALL ON FUNCTION control.note_limit_level(text, integer, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION control.note_limit_level(text, integer, timestamptz) TO rowhouse_app;
