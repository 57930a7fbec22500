-- The search is planned for the words that are sought, and ranked by those that are wanted.
--
-- Words that half of a large workspace's tickets have are found fastest by going through its newest tickets; rare ones
-- through the index of words. PostgreSQL knows how often the most common words are there, but asks for it only where the
-- words stand in the statement when it is planned: hence EXECUTE, which plans each time with the values it is given.
--
-- ts_rank() ranks a text without an unwanted word (`toner & !empty`) by nothing; querytree() leaves those words out.

-- Owner and privileges stay; who replaces a function needs CREATE for that moment.
DO $$ BEGIN
    EXECUTE format('GRANT CREATE ON SCHEMA %I TO rowhouse_operator', current_schema());
END $$;
RESET ROLE;
SET ROLE rowhouse_operator;
DO $$ BEGIN
    EXECUTE format($function$
        CREATE OR REPLACE FUNCTION find_ticket_words(sought tsquery, most integer)
        RETURNS TABLE (ticket_id uuid, rank real)
        LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = %I, pg_temp
        AS $body$
        DECLARE
            own tsquery := regexp_replace(sought::text, '''((?:[^'']|'''')*)''',
                                          '''' || right(current_setting('app.tenant_id', true), 5) || '\1''', 'g')::tsquery;
        BEGIN
            RETURN QUERY EXECUTE
                'SELECT f.ticket_id, ts_rank(f.words, $4)
                 FROM (
                     SELECT w.ticket_id, w.words FROM ticket_words w
                     WHERE w.tenant_id = $1 AND w.words @@ $2
                     ORDER BY w.ticket_id DESC LIMIT $3
                 ) f'
            USING nullif(current_setting('app.tenant_id', true), '')::uuid, own, least(greatest(most, 0), 10000),
                  querytree(own)::tsquery;
        END
        $body$
    $function$, current_schema());
END $$;
RESET ROLE;
SET ROLE rowhouse_owner;
DO $$ BEGIN
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM rowhouse_operator', current_schema());
END $$;
