-- Tickets, a slice of time after the other: those of all tenants together, in the order in which they were opened, as
-- they would lie in a database that has served all of them for two years.

CREATE PROCEDURE seed.fill(slice integer)
LANGUAGE plpgsql
-- How many rows a level has is not guessed well: a loop over all people for each ticket would come of it.
SET enable_nestloop = off
SET enable_mergejoin = off
AS $$
DECLARE
    slices integer;
    now_ms bigint;
    titles integer := (SELECT count(*) FROM seed.title);
    bodies integer := (SELECT count(*) FROM seed.body);
    comments integer := (SELECT count(*) FROM seed.piece p WHERE p.kind = 'comment');
    rare_words integer := (SELECT count(*) FROM seed.rare_word);
BEGIN
    SELECT r.slices, date_part('epoch', r.began_at) * 1000 INTO slices, now_ms FROM seed.run r;

    -- Drawn: which of all choices each ticket got. OFFSET 0 keeps what one level computes from being computed again for
    -- each place in which the next level names it.
    CREATE TEMPORARY TABLE IF NOT EXISTS drawn (
        tenant integer, tenant_id uuid, prefix text, high bigint, low bigint, id uuid, made bigint, project uuid,
        number bigint, title integer, body integer, rare_1 integer, rare_2 integer, code integer, requester uuid,
        assignee uuid, responder uuid, assigned jsonb, priority text, resolved bigint, ends bigint, said integer,
        asks_first boolean, dice bigint
    ) ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE IF NOT EXISTS spoken (
        tenant_id uuid, ticket_id uuid, place integer, high bigint, low bigint, author uuid, piece integer, at bigint
    ) ON COMMIT DELETE ROWS;

    INSERT INTO drawn
    SELECT f.place, f.tenant_id, f.prefix, f.high, f.low, seed.uuid(f.high, f.low), f.made, u.project,
           (f.n - 1) / 32 * u.each + u.rank,
           seed.often_first(seed.part(f.text_dice, 0), titles), seed.often_first(seed.part(f.text_dice, 16), bodies),
           seed.often_first(seed.part(f.text_dice, 32), rare_words), seed.often_first(seed.part(f.text_dice, 48), rare_words),
           100000 + (f.low & 1048575)::integer % 900000,
           requester.id, CASE WHEN f.is_taken THEN agent.id END,
           -- Whoever answers is never the one who asked.
           CASE WHEN f.agent = f.asking THEN other.id ELSE agent.id END,
           CASE WHEN f.is_taken THEN agent.named END,
           f.priority, f.resolved, coalesce(f.resolved, least(now_ms - 60000, f.made + 432000000)), f.said,
           f.dice & 7 = 0, f.dice
    FROM (
        SELECT g.*, CASE WHEN g.solves <= now_ms AND g.dice >> 52 & 127 > 2 THEN g.solves END AS resolved,
               ((g.n - 1) % 32)::integer AS turn, (g.agent + 1) % g.agents AS other,
               -- Of what is not resolved, three in ten are nobody's yet.
               g.dice >> 44 & 255 > CASE WHEN g.solves <= now_ms AND g.dice >> 52 & 127 > 2 THEN 7 ELSE 76 END AS is_taken
        FROM (
            SELECT e.*, seed.high(e.made, e.dice) AS high, seed.low(seed.bits(e.place, e.n, 2) # now_ms) AS low,
                   seed.bits(e.place, e.n, 3) AS text_dice,
                   floor(power(seed.part(e.dice, 3), 1.5) * e.askers)::integer AS asking,
                   floor(power(seed.part(e.dice, 19), 2) * e.agents)::integer AS agent,
                   CASE WHEN e.dice >> 36 & 255 < 18 THEN 'urgent' WHEN e.dice >> 36 & 255 < 66 THEN 'high'
                        WHEN e.dice >> 36 & 255 < 225 THEN 'normal' ELSE 'low' END AS priority,
                   -- From 20 minutes to 20 days, urgent ones in half of the time.
                   e.made + (1200000 * exp(seed.part(e.more_dice, 0) * ln(1440.0::double precision))
                             * CASE WHEN e.dice >> 36 & 255 < 18 THEN 0.5 ELSE 1 END)::bigint AS solves,
                   -- One in four is commented, at most three times.
                   CASE WHEN e.more_dice >> 16 & 3 > 0 THEN 0 WHEN e.more_dice >> 18 & 15 < 9 THEN 1
                        WHEN e.more_dice >> 18 & 15 < 14 THEN 2 ELSE 3 END AS said
            FROM (
                SELECT d.*, (m.at + (d.way * 20000 - floor(d.way * 20000)) * m.lasts)::bigint AS made
                FROM (
                    SELECT t.place, t.id AS tenant_id, t.prefix, t.agents, t.asking AS askers, n,
                           seed.bits(t.place, n, 0) AS dice, seed.bits(t.place, n, 1) AS more_dice,
                           (n - 1 + seed.part(seed.bits(t.place, n, 1), 32)) / t.tickets AS way
                    FROM seed.tenant t
                    CROSS JOIN LATERAL generate_series(t.tickets * (slice - 1) / slices + 1, t.tickets * slice / slices) n
                    OFFSET 0
                ) d
                JOIN seed.moment m ON m.place = floor(d.way * 20000)::integer
                OFFSET 0
            ) e
            OFFSET 0
        ) g
        OFFSET 0
    ) f
    JOIN seed.turn u ON u.tenant = f.place AND u.turn = f.turn
    JOIN seed.person requester ON requester.tenant = f.place AND requester.place = f.asking
    JOIN seed.person agent ON agent.tenant = f.place AND agent.place = f.agent
    JOIN seed.person other ON other.tenant = f.place AND other.place = f.other
    ORDER BY f.made;

    -- The first by whoever answers, one in eight by the requester, who has more to say; then in turn.
    INSERT INTO spoken
    SELECT s.tenant_id, s.id, s.place, seed.high(s.at, s.dice), seed.low(s.dice # s.at), s.author,
           seed.often_first(seed.part(s.dice, 8 + s.place), comments), s.at
    FROM (
        SELECT d.tenant_id, d.id, p AS place, seed.bits(d.tenant, d.low & 1099511627775, 10 + p) AS dice,
               CASE WHEN (p % 2 = 1) = d.asks_first THEN d.requester ELSE d.responder END AS author,
               d.made + ((d.ends - d.made)
                         * (0.27 * (p - 1) + 0.01 + 0.25 * power(seed.part(d.dice, 20 + p), 3)))::bigint AS at
        FROM drawn d CROSS JOIN LATERAL generate_series(1, d.said) p
    ) s
    ORDER BY s.at;

    INSERT INTO pooled.ticket (tenant_id, id, number, title, description, status, priority, requester_id, assignee_id,
                               created_at, updated_at, project_id, due_on, version, first_response_at, resolved_at)
    SELECT d.tenant_id, d.id, d.number, t.text, b.text || E'\n\nAffects: ' || v.text || ', ' || w.text || '. Asset ' || d.code,
           CASE WHEN d.resolved IS NULL THEN CASE WHEN d.dice >> 40 & 7 < 5 THEN 'open' ELSE 'pending' END
                WHEN d.resolved < now_ms - 1209600000 AND d.dice >> 40 & 7 > 0 THEN 'closed' ELSE 'solved' END,
           d.priority, d.requester, d.assignee, to_timestamp(d.made / 1000.0::double precision),
           to_timestamp(coalesce(d.resolved, s.last, d.made) / 1000.0::double precision), d.project,
           CASE WHEN d.dice >> 32 & 7 = 0 THEN (to_timestamp(d.made / 1000) AT TIME ZONE 'UTC')::date + 1
                + (d.dice >> 20 & 31)::integer END,
           1 + (d.resolved IS NOT NULL)::integer, to_timestamp(s.first / 1000.0::double precision),
           to_timestamp(d.resolved / 1000.0::double precision)
    FROM drawn d
    JOIN seed.title t ON t.place = d.title
    JOIN seed.body b ON b.place = d.body
    JOIN seed.rare_word v ON v.place = d.rare_1
    JOIN seed.rare_word w ON w.place = d.rare_2
    LEFT JOIN (
        SELECT c.ticket_id, max(c.at) AS last, min(c.at) FILTER (WHERE c.author = o.responder) AS first
        FROM spoken c JOIN drawn o ON o.id = c.ticket_id GROUP BY c.ticket_id
    ) s ON s.ticket_id = d.id
    ORDER BY d.made;

    INSERT INTO pooled.ticket_comment (tenant_id, ticket_id, id, author_id, body, created_at)
    SELECT s.tenant_id, s.ticket_id, seed.uuid(s.high, s.low), s.author, p.text,
           to_timestamp(s.at / 1000.0::double precision)
    FROM spoken s JOIN seed.piece p ON p.kind = 'comment' AND p.place = s.piece
    ORDER BY s.ticket_id;

    -- No open page is to hear of it.
    INSERT INTO pooled.ticket_event (tenant_id, ticket_id, id, actor_id, kind, detail, created_at, recorded_in)
    SELECT e.tenant_id, e.ticket_id, seed.uuid(seed.high(e.at, e.dice), seed.low(e.dice # e.at)), e.actor, e.kind, e.detail,
           to_timestamp(e.at / 1000.0::double precision), NULL
    FROM (
        SELECT d.tenant_id, d.id AS ticket_id, d.requester AS actor, 'created' AS kind, '{}'::jsonb AS detail,
               d.made AS at, hashint8extended(d.low, 1) AS dice
        FROM drawn d
        UNION ALL
        SELECT s.tenant_id, s.ticket_id, s.author, 'comment',
               ('{"comment": "cmt_' || seed.base32(s.high, s.low) || '"}')::jsonb, s.at, hashint8extended(s.low, 2)
        FROM spoken s
        UNION ALL
        SELECT d.tenant_id, d.id, d.responder, 'status',
               CASE WHEN d.resolved < now_ms - 1209600000 AND d.dice >> 40 & 7 > 0
                    THEN '{"from": "open", "to": "closed"}'::jsonb ELSE '{"from": "open", "to": "solved"}'::jsonb END,
               d.resolved, hashint8extended(d.low, 3)
        FROM drawn d WHERE d.resolved IS NOT NULL
    ) e
    ORDER BY e.ticket_id;

    -- As app/src/desk/search/words.rs makes them and tenant_words() marks them as the tenant's. Texts are parsed once
    -- for all tickets that have them, and what comes of it is the same; `seed.check` compares both.
    -- Those of a tenant together: the index of words is then built in half of the time.
    INSERT INTO pooled.ticket_words (tenant_id, ticket_id, words)
    SELECT f.tenant_id, f.id, replace(' ' || f.words::text, ' ''', ' ''' || f.prefix)::tsvector
    FROM (
        SELECT d.tenant, d.tenant_id, d.id, d.prefix,
               t.words || b.words || v.first || w.second || ('''' || d.code || ''':1B')::tsvector || coalesce(s.words, '')
                   AS words
        FROM drawn d
        JOIN seed.title t ON t.place = d.title
        JOIN seed.body b ON b.place = d.body
        JOIN seed.rare_word v ON v.place = d.rare_1
        JOIN seed.rare_word w ON w.place = d.rare_2
        LEFT JOIN (
            SELECT c.ticket_id, seed.joined(p.words ORDER BY c.high, c.low) AS words
            FROM spoken c JOIN seed.piece p ON p.kind = 'comment' AND p.place = c.piece GROUP BY c.ticket_id
        ) s ON s.ticket_id = d.id
    ) f
    ORDER BY f.tenant;

    INSERT INTO pooled.ticket_label (tenant_id, ticket_id, label_id)
    SELECT d.tenant_id, d.id, l.id
    FROM drawn d
    CROSS JOIN LATERAL generate_series(1, CASE WHEN d.dice >> 28 & 15 < 7 THEN 0 WHEN d.dice >> 28 & 15 < 14 THEN 1 ELSE 2 END) p
    -- The second stands three after the first: never the same.
    JOIN seed.label l ON l.tenant = d.tenant AND l.place = (seed.often_first(seed.part(d.dice, 12), 10) + 3 * (p - 1)) % 10;

    INSERT INTO pooled.ticket_watcher (tenant_id, ticket_id, account_id, since)
    SELECT d.tenant_id, d.id, a.id, to_timestamp(d.made / 1000.0::double precision)
    FROM drawn d
    JOIN seed.tenant t ON t.place = d.tenant
    JOIN seed.person a ON a.tenant = d.tenant AND a.place = (d.low & 65535) % t.asking
    WHERE d.dice >> 24 & 15 = 0;

    INSERT INTO pooled.ticket_link (tenant_id, from_id, to_id, kind, created_at)
    SELECT f.tenant_id, f.earlier, f.id, 'relates', to_timestamp(f.made / 1000.0::double precision)
    FROM (
        SELECT d.tenant_id, d.id, d.made, d.dice, lag(d.id) OVER (PARTITION BY d.tenant ORDER BY d.id) AS earlier FROM drawn d
    ) f
    WHERE f.earlier IS NOT NULL AND f.dice >> 30 & 63 = 0;

    UPDATE seed.slice s SET is_done = true WHERE s.place = fill.slice;
END $$;

-- Writes slices, the oldest first, until all are written. Several sessions may do so: in the end each waits for those
-- that others have in hand, and writes what one of them could not.
CREATE PROCEDURE seed.work()
LANGUAGE plpgsql
AS $$
DECLARE
    next integer;
BEGIN
    LOOP
        SELECT s.place INTO next FROM seed.slice s WHERE NOT s.is_done ORDER BY s.place LIMIT 1 FOR UPDATE SKIP LOCKED;
        IF NOT FOUND THEN
            SELECT s.place INTO next FROM seed.slice s WHERE NOT s.is_done ORDER BY s.place LIMIT 1 FOR UPDATE;
        END IF;
        EXIT WHEN next IS NULL;
        CALL seed.fill(next);
        COMMIT;
    END LOOP;
END $$;
