-- The tenants to be, with all that they have but tickets.

-- Rows of `seed` alone; the tenants themselves are registered when everything of them is there.
CREATE TABLE seed.tenant (
    place    integer PRIMARY KEY,
    id       uuid    NOT NULL UNIQUE,
    slug     text    NOT NULL,
    name     text    NOT NULL,
    -- What the words of its tickets begin with in the index: the last digits of its id.
    prefix   text    NOT NULL,
    tickets  bigint  NOT NULL,
    people   integer NOT NULL,
    -- How many of them, the first, work on tickets.
    agents   integer NOT NULL,
    -- How many, the first, ask: the others only read.
    asking   integer NOT NULL,
    projects integer NOT NULL
);
CREATE TABLE seed.person (
    tenant  integer NOT NULL,
    place   integer NOT NULL,
    id      uuid    NOT NULL,
    name    text    NOT NULL,
    -- As an event names them.
    named   jsonb   NOT NULL,
    PRIMARY KEY (tenant, place)
);
-- Every 32 tickets of a tenant go to its projects in the same order, so that the number of a ticket follows from its
-- place. `each` is how many of 32 the project gets, `rank` which of them this one is.
CREATE TABLE seed.turn (
    tenant  integer NOT NULL,
    turn    integer NOT NULL,
    project uuid    NOT NULL,
    each    integer NOT NULL,
    rank    integer NOT NULL,
    PRIMARY KEY (tenant, turn)
);
CREATE TABLE seed.label (
    tenant integer NOT NULL,
    place  integer NOT NULL,
    id     uuid    NOT NULL,
    PRIMARY KEY (tenant, place)
);
-- Titles, descriptions and words that are seldom used, with their words.
CREATE TABLE seed.title (place integer PRIMARY KEY, text text NOT NULL, words tsvector NOT NULL);
CREATE TABLE seed.body (place integer PRIMARY KEY, text text NOT NULL, words tsvector NOT NULL);
CREATE TABLE seed.rare_word (
    place  integer  PRIMARY KEY,
    text   text     NOT NULL,
    -- Of "Affects: word" and of "word. Asset", as they stand in descriptions.
    first  tsvector NOT NULL,
    second tsvector NOT NULL
);
-- When tickets arrive: the moment, in milliseconds, by which so many of `moments` of a tenant's tickets are there.
CREATE TABLE seed.moment (place integer PRIMARY KEY, at double precision NOT NULL, lasts double precision NOT NULL);

CREATE FUNCTION seed.piece(wanted text, part double precision) RETURNS text
LANGUAGE sql STABLE
RETURN (SELECT p.text FROM seed.piece p
        WHERE p.kind = wanted AND p.place = floor(part * (SELECT count(*) FROM seed.piece a WHERE a.kind = wanted)));

-- How many tickets each tenant has: the first `largest`, the others from some tens of thousands to a few hundred.
CREATE FUNCTION seed.shares(tenants integer, tickets bigint, largest bigint) RETURNS TABLE (place integer, share bigint)
LANGUAGE sql IMMUTABLE
AS $$
    WITH weighed AS (
        SELECT p AS place, sum(power(p + 28, -1.5)) OVER (ORDER BY p) / sum(power(p + 28, -1.5)) OVER () AS upto
        FROM generate_series(2, tenants) p
    ), cut AS (
        SELECT w.place, round(w.upto * (tickets - largest))::bigint AS upto FROM weighed w
    )
    SELECT 1, CASE tenants WHEN 1 THEN tickets ELSE largest END
    UNION ALL
    SELECT c.place, c.upto - coalesce(lag(c.upto) OVER (ORDER BY c.place), 0) FROM cut c
$$;

CREATE PROCEDURE seed.begin(tenants integer, tickets bigint, largest bigint, rare_words text[])
LANGUAGE plpgsql
AS $$
DECLARE
    epoch timestamptz := date_trunc('second', now());
    opened timestamptz := epoch - interval '2 years 7 days';
    now_ms bigint := date_part('epoch', epoch) * 1000;
BEGIN
    INSERT INTO seed.run (tenants, tickets, largest, began_at, slices)
    VALUES (tenants, tickets, largest, epoch, greatest(1, ceil(tickets / 40000.0)));
    INSERT INTO seed.slice (place, is_done) SELECT p, false FROM seed.run r, generate_series(1, r.slices) p;

    INSERT INTO seed.tenant (place, id, slug, name, prefix, tickets, people, agents, asking, projects)
    SELECT f.place, f.id, 'seed-' || lpad(f.place::text, 4, '0'),
           seed.piece('company', (f.place % 25) / 25.0) || ' ' || seed.piece('trade', (f.place / 25 % 40) / 40.0),
           right(f.id::text, 5), f.share, f.people, f.people * 2 / 5, f.people - f.people / 10,
           CASE WHEN f.share > 100000 THEN 8 WHEN f.share > 5000 THEN 5 ELSE 3 END
    FROM (
        SELECT s.place, s.share, least(300, 10 + floor(sqrt(s.share) / 2)::integer) AS people,
               seed.uuid(seed.high(now_ms, seed.bits(s.place, 0, 1)), seed.low(hashint8extended(s.place, now_ms))) AS id
        FROM seed.shares(tenants, tickets, largest) s
    ) f;

    IF EXISTS (SELECT FROM control.tenant c JOIN seed.tenant t ON t.slug = c.slug) THEN
        RAISE EXCEPTION 'a tenant has an address of the form seed-0001, which the seeder needs';
    END IF;

    INSERT INTO seed.person (tenant, place, id, name, named)
    SELECT f.tenant, f.place, seed.uuid(f.high, f.low), f.name,
           jsonb_build_object('id', 'usr_' || seed.base32(f.high, f.low), 'name', f.name)
    FROM (
        SELECT t.place AS tenant, p AS place,
               seed.high((date_part('epoch', opened) * 1000)::bigint + p, seed.bits(t.place, p, 2)) AS high,
               seed.low(seed.bits(t.place, p, 3) # hashint8extended(now_ms, 3)) AS low,
               seed.piece('given name', seed.part(seed.bits(t.place, p, 4), 0)) || ' '
               || seed.piece('surname', seed.part(seed.bits(t.place, p, 4), 16)) AS name
        FROM seed.tenant t CROSS JOIN LATERAL generate_series(0, t.people - 1) p
    ) f;
    INSERT INTO pooled.account (tenant_id, id, email, email_key, name, role, password_hash, created_at, state,
                                email_verified_at)
    SELECT t.id, p.id, f.email, f.email, p.name,
           CASE WHEN p.place = 0 THEN 'owner' WHEN p.place <= t.people / 20 THEN 'admin'
                WHEN p.place < t.asking THEN 'agent' ELSE 'viewer' END,
           -- The password `rowhouse-demo`, as that of all demonstration accounts.
           '$argon2id$v=19$m=19456,t=2,p=1$ZGVtb25zdHJhdGlvbnMtLg$LuYS5g7h9Xr6a9cnlD0oAKMdAA4Mui9kKH0HH+gfM2o',
           opened, 'active', opened
    FROM seed.tenant t JOIN seed.person p ON p.tenant = t.place
    CROSS JOIN LATERAL (
        SELECT CASE p.place WHEN 0 THEN 'owner' ELSE lower(replace(p.name, ' ', '.')) || p.place END || '@' || t.slug
               || '.test' AS email
    ) f;

    CREATE TEMPORARY TABLE made_project ON COMMIT DROP AS
    SELECT t.place AS tenant, k.place - 1 AS place, k.key, k.name, k.closed,
           seed.uuid(seed.high((date_part('epoch', opened) * 1000)::bigint + k.place, seed.bits(t.place, k.place, 5)),
                     seed.low(seed.bits(t.place, k.place, 6) # hashint8extended(now_ms, 6))) AS id
    FROM seed.tenant t
    JOIN (VALUES (1, 'SUP', 'Customer support', false), (2, 'IT', 'Internal IT', false),
                 (3, 'HR', 'Human resources', true), (4, 'OPS', 'Operations', false), (5, 'FIN', 'Finance', false),
                 (6, 'FAC', 'Facilities', false), (7, 'WEB', 'Web shop', false), (8, 'SEC', 'Security', true)
         ) AS k (place, key, name, closed) ON k.place <= t.projects;
    INSERT INTO seed.turn (tenant, turn, project, each, rank)
    SELECT f.tenant, f.turn, f.id, count(*) OVER (PARTITION BY f.tenant, f.id),
           row_number() OVER (PARTITION BY f.tenant, f.id ORDER BY f.turn)
    FROM (
        SELECT p.tenant, g.turn, p.id
        FROM generate_series(0, 31) AS g (turn)
        CROSS JOIN seed.tenant t
        JOIN made_project p ON p.tenant = t.place
             -- Each second ticket to the first project, each fourth to the second, the rest to the others in turn.
             AND p.place = CASE WHEN g.turn % 2 = 0 THEN 0 WHEN g.turn % 4 = 1 THEN 1
                                ELSE 2 + g.turn / 4 % (t.projects - 2) END
    ) f;
    INSERT INTO pooled.project (tenant_id, id, key, name, description, is_open, last_number, version, created_at,
                                updated_at)
    SELECT t.id, p.id, p.key, p.name, '', NOT p.closed,
           coalesce((SELECT u.each * (t.tickets / 32) + count(u.turn) FILTER (WHERE u.turn < t.tickets % 32)
                     FROM seed.turn u WHERE u.tenant = p.tenant AND u.project = p.id GROUP BY u.each), 0),
           1, opened, opened
    FROM made_project p JOIN seed.tenant t ON t.place = p.tenant;
    INSERT INTO pooled.project_member (tenant_id, project_id, account_id, role, added_at)
    SELECT t.id, p.id, a.id, CASE a.place WHEN p.place THEN 'lead' ELSE 'contributor' END, opened
    FROM made_project p JOIN seed.tenant t ON t.place = p.tenant
    JOIN seed.person a ON a.tenant = p.tenant AND (a.place = p.place OR (p.closed AND a.place < t.asking));

    INSERT INTO seed.label (tenant, place, id)
    SELECT t.place, p, seed.uuid(seed.high((date_part('epoch', opened) * 1000)::bigint + p, seed.bits(t.place, p, 7)),
                                 seed.low(seed.bits(t.place, p, 8) # hashint8extended(now_ms, 8)))
    FROM seed.tenant t CROSS JOIN generate_series(0, 9) p;
    INSERT INTO pooled.label (tenant_id, id, name, colour, created_at)
    SELECT t.id, l.id, k.name, k.colour, opened
    FROM seed.label l JOIN seed.tenant t ON t.place = l.tenant
    JOIN (VALUES (0, 'question', 'blue'), (1, 'bug', 'red'), (2, 'hardware', 'teal'), (3, 'access', 'purple'),
                 (4, 'billing', 'green'), (5, 'outage', 'orange'), (6, 'data', 'grey'), (7, 'supplier', 'yellow'),
                 (8, 'security', 'pink'), (9, 'escalated', 'red')) AS k (place, name, colour) ON k.place = l.place;

    INSERT INTO seed.title (place, text, words)
    SELECT f.place, f.text, setweight(to_tsvector('simple', f.text), 'A')
    FROM (
        SELECT row_number() OVER (ORDER BY (s.place + 1) * (p.place + 1), s.place) - 1 AS place,
               s.text || ' ' || p.text || CASE WHEN seed.part(seed.bits(1, s.place * 100 + p.place, 9), 0) < 0.5
                   THEN ' at ' || seed.piece('place', seed.part(seed.bits(1, s.place * 100 + p.place, 9), 16)) ELSE ''
               END AS text
        FROM seed.piece s JOIN seed.piece p ON s.kind = 'subject' AND p.kind = 'problem'
    ) f;
    INSERT INTO seed.body (place, text, words)
    SELECT f.place, f.text, setweight(to_tsvector('simple', f.text), 'B')
    FROM (
        SELECT row_number() OVER (ORDER BY (o.place + 1) * (d.place + 1) * (r.place + 1), seed.bits(o.place, d.place, r.place)) - 1 AS place,
               CASE WHEN seed.bits(o.place, d.place, r.place) & 6 < 4 THEN o.text || ' ' ELSE '' END || d.text
               || CASE WHEN seed.bits(o.place, d.place, r.place) & 6 > 0 THEN ' ' || r.text ELSE '' END AS text
        FROM seed.piece o JOIN seed.piece d ON o.kind = 'opening' AND d.kind = 'detail'
        JOIN seed.piece r ON r.kind = 'request'
        WHERE seed.bits(o.place, d.place, r.place) & 1 = 0
    ) f;
    INSERT INTO seed.rare_word (place, text, first, second)
    SELECT w.place - 1, w.word, setweight(to_tsvector('simple', 'Affects: ' || w.word), 'B'),
           setweight(to_tsvector('simple', w.word || '. Asset'), 'B')
    FROM unnest(rare_words) WITH ORDINALITY AS w (word, place);

    -- By the hour: two years that grow, by day of week and hour of day, as in src/demo/calendar.rs.
    WITH hour AS (
        SELECT h AS at,
               (1 + (1 - date_part('epoch', epoch - h) / (730 * 86400)) * 1.5)
               * (ARRAY[125, 110, 100, 100, 82, 7, 3])[date_part('isodow', h AT TIME ZONE 'UTC')::integer]
               * (1 + (ARRAY[0, 0, 0, 0, 1, 8, 30, 72, 121, 134, 118, 92, 58, 88, 102, 78, 48, 22, 9, 5, 3, 1, 0, 0])
                      [date_part('hour', h AT TIME ZONE 'UTC')::integer + 1]) AS weight
        FROM generate_series(epoch - interval '730 days', epoch - interval '1 hour 5 minutes', interval '1 hour') h
    ), summed AS (
        SELECT h.at, h.weight, sum(h.weight) OVER (ORDER BY h.at) - h.weight AS before, sum(h.weight) OVER () AS all_of
        FROM hour h
    ), cut AS (
        -- In 20,000 equal parts, each of which begins in one hour.
        SELECT p AS place,
               date_part('epoch', s.at) * 1000 + (p * s.all_of / 20000 - s.before) / s.weight * 3600000 AS at
        FROM summed s
        CROSS JOIN LATERAL generate_series(ceil(s.before * 20000 / s.all_of)::integer,
                                           ceil((s.before + s.weight) * 20000 / s.all_of)::integer - 1) p
        WHERE p < 20000
    )
    INSERT INTO seed.moment (place, at, lasts)
    SELECT c.place, c.at, lead(c.at, 1, now_ms - 300000) OVER (ORDER BY c.place) - c.at FROM cut c;

    ANALYZE seed.tenant, seed.person, seed.turn, seed.label, seed.title, seed.body, seed.rare_word, seed.moment, seed.piece;
END $$;
