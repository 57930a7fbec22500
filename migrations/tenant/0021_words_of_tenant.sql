-- Each word of the search begins with five digits of its tenant's id.
--
-- An index of words keeps one list of tickets for each word. Where a word is shared by all tenants, so is its list, and
-- a search for a beginning (`prin:*`) goes through the lists of every word that begins so, of all tenants, before it
-- looks at the tenant. Measured with 100,000 tickets of 100 tenants: 20 ms, against 1 ms with words of the tenant's
-- own, and it grows with every tenant. Two tenants of the same digits are still told apart by tenant_id.

CREATE FUNCTION tenant_words(words tsvector) RETURNS tsvector
LANGUAGE sql STABLE
AS $$
    -- A word has at most 2,046 bytes; nobody looks for those that would have more.
    SELECT regexp_replace(
        ts_delete(words, ARRAY(SELECT w.lexeme FROM unnest(words) AS w WHERE octet_length(w.lexeme) > 2000))::text,
        '''((?:[^'']|'''')*)''', '''' || right(current_setting('app.tenant_id', true), 5) || '\1''', 'g')::tsvector
$$;

ALTER TABLE ticket_words NO FORCE ROW LEVEL SECURITY;
UPDATE ticket_words SET words = regexp_replace(
    ts_delete(words, ARRAY(SELECT w.lexeme FROM unnest(words) AS w WHERE octet_length(w.lexeme) > 2000))::text,
    '''((?:[^'']|'''')*)''', '''' || right(tenant_id::text, 5) || '\1''', 'g')::tsvector;
ALTER TABLE ticket_words FORCE ROW LEVEL SECURITY;

-- The same for what is sought. Owner and privileges stay; who replaces a function needs CREATE for that moment.
DO $$ BEGIN
    EXECUTE format('GRANT CREATE ON SCHEMA %I TO rowhouse_operator', current_schema());
END $$;
RESET ROLE;
SET ROLE rowhouse_operator;
DO $$ BEGIN
    EXECUTE format($function$
        CREATE OR REPLACE FUNCTION find_ticket_words(sought tsquery, most integer)
        RETURNS TABLE (ticket_id uuid, rank real)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = %I, pg_temp
        AS $body$
            SELECT f.ticket_id, ts_rank(f.words, f.sought)
            FROM (
                SELECT w.ticket_id, w.words, s.sought
                FROM (
                    SELECT regexp_replace(sought::text, '''((?:[^'']|'''')*)''',
                                          '''' || right(current_setting('app.tenant_id', true), 5) || '\1''', 'g'
                           )::tsquery AS sought
                ) s
                JOIN ticket_words w ON w.words @@ s.sought
                WHERE w.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
                ORDER BY w.ticket_id DESC LIMIT least(greatest(most, 0), 10000)
            ) f
        $body$
    $function$, current_schema());
END $$;
RESET ROLE;
SET ROLE rowhouse_owner;
DO $$ BEGIN
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM rowhouse_operator', current_schema());
END $$;
