-- Whether what was written is what the program would have written, and how it becomes visible.

-- Compares the words of some tickets with what app/src/desk/search/words.rs makes of their texts.
CREATE PROCEDURE seed.check()
LANGUAGE plpgsql
SET search_path = pooled, pg_temp
AS $$
DECLARE
    one record;
    wrong integer;
BEGIN
    FOR one IN SELECT t.id, t.slug FROM seed.tenant t ORDER BY seed.bits(t.place, 0, 20) LIMIT 20 LOOP
        PERFORM set_config('app.tenant_id', one.id::text, true);
        SELECT count(*) INTO wrong
        FROM (SELECT t.* FROM pooled.ticket t WHERE t.tenant_id = one.id ORDER BY t.id DESC LIMIT 50) t
        LEFT JOIN pooled.ticket_words w ON w.tenant_id = one.id AND w.ticket_id = t.id
        WHERE w.words IS DISTINCT FROM pooled.tenant_words(
            setweight(to_tsvector('simple', t.title), 'A') || setweight(to_tsvector('simple', t.description), 'B')
            || setweight(to_tsvector('simple', coalesce((
                   SELECT string_agg(c.body, ' ' ORDER BY c.id) FROM pooled.ticket_comment c
                   WHERE c.tenant_id = one.id AND c.ticket_id = t.id), '')), 'C'));
        IF wrong > 0 THEN
            RAISE EXCEPTION '% tickets of % have other words than the program would write', wrong, one.slug;
        END IF;
    END LOOP;
END $$;

-- Registers the tenants, and removes what the seeder kept. From now on they are there.
CREATE PROCEDURE seed.publish()
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO control.tenant (id, slug, name, is_demo, created_at)
    SELECT t.id, t.slug, t.name, true, r.began_at - interval '2 years 7 days' FROM seed.tenant t, seed.run r;
    DROP SCHEMA seed CASCADE;
END $$;
