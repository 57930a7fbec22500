-- The search looks for words among the tickets that a filter leaves.
--
-- It took the newest 2,000 tickets with the words, and the filter was put on those: of a workspace with a hundred
-- thousand "invoice" it missed each older one, whatever else was asked for. Now the filter is given to the function, as
-- an object with the names below; what is not in it narrows nothing. PostgreSQL is asked for exactly the conditions that
-- there are, planned with their values: a rare label is gone through first, and a common word by the newest tickets.
--
-- Conditions are fixed text of this function, and what was typed is only ever a value. The rows are joined with the
-- tickets under row-level security once more by who asks (app/src/desk/list/query.rs), so what is told here too much
-- would still not be shown.
--
-- The function of before took two arguments. Who still calls it so gets this one, which narrows nothing then.

DO $$ BEGIN
    EXECUTE format('GRANT CREATE ON SCHEMA %I TO rowhouse_operator', current_schema());
END $$;
RESET ROLE;
SET ROLE rowhouse_operator;
DROP FUNCTION find_ticket_words(tsquery, integer);
DO $$ BEGIN
    EXECUTE format($function$
        CREATE FUNCTION find_ticket_words(sought tsquery, most integer, narrow jsonb DEFAULT '{}',
                                          is_oldest_first boolean DEFAULT false)
        RETURNS TABLE (ticket_id uuid, rank real)
        LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = %I, pg_temp
        AS $body$
        DECLARE
            own tsquery := regexp_replace(sought::text, '''((?:[^'']|'''')*)''',
                                          '''' || right(current_setting('app.tenant_id', true), 5) || '\1''', 'g')::tsquery;
            n record;
            of_ids text;
            of_ticket text;
        BEGIN
            SELECT * INTO n FROM jsonb_to_record(narrow) AS n (
                from_id uuid, before_id uuid, projects uuid[], statuses text[], urgencies smallint[],
                is_unassigned boolean, assignee uuid, requester uuid, is_unlabelled boolean, labels uuid[], watcher uuid,
                is_without_due boolean, due_from date, due_to date, is_unresolved boolean,
                updated_from timestamptz, updated_before timestamptz,
                resolved_from timestamptz, resolved_before timestamptz);
            of_ids := concat(
                CASE WHEN n.from_id IS NOT NULL THEN ' AND w.ticket_id >= $5' END,
                CASE WHEN n.before_id IS NOT NULL THEN ' AND w.ticket_id < $6' END);
            of_ticket := concat(
                CASE WHEN n.projects IS NOT NULL THEN ' AND k.project_id = ANY ($7)' END,
                CASE WHEN n.statuses IS NOT NULL THEN ' AND k.status = ANY ($8)' END,
                CASE WHEN n.urgencies IS NOT NULL THEN ' AND k.urgency = ANY ($9)' END,
                CASE WHEN n.is_unassigned THEN ' AND k.assignee_id IS NULL' END,
                CASE WHEN n.assignee IS NOT NULL THEN ' AND k.assignee_id = $10' END,
                CASE WHEN n.requester IS NOT NULL THEN ' AND k.requester_id = $11' END,
                CASE WHEN n.is_unlabelled THEN
                    ' AND NOT EXISTS (SELECT 1 FROM ticket_label x
                                      WHERE x.tenant_id = k.tenant_id AND x.ticket_id = k.id)' END,
                (SELECT string_agg(format(
                    ' AND EXISTS (SELECT 1 FROM ticket_label x WHERE x.tenant_id = k.tenant_id AND x.ticket_id = k.id
                                  AND x.label_id = $12[%%s])', place), '')
                 FROM generate_subscripts(n.labels, 1) place),
                CASE WHEN n.watcher IS NOT NULL THEN
                    ' AND EXISTS (SELECT 1 FROM ticket_watcher x
                                  WHERE x.tenant_id = k.tenant_id AND x.ticket_id = k.id AND x.account_id = $13)' END,
                CASE WHEN n.is_without_due THEN ' AND k.due_on IS NULL' END,
                CASE WHEN n.due_from IS NOT NULL THEN ' AND k.due_on >= $14' END,
                CASE WHEN n.due_to IS NOT NULL THEN ' AND k.due_on <= $15' END,
                CASE WHEN n.is_unresolved THEN ' AND k.resolved_at IS NULL' END,
                CASE WHEN n.updated_from IS NOT NULL THEN ' AND k.updated_at >= $16' END,
                CASE WHEN n.updated_before IS NOT NULL THEN ' AND k.updated_at < $17' END,
                CASE WHEN n.resolved_from IS NOT NULL THEN ' AND k.resolved_at >= $18' END,
                CASE WHEN n.resolved_before IS NOT NULL THEN ' AND k.resolved_at < $19' END);
            RETURN QUERY EXECUTE concat(
                'SELECT f.ticket_id, ts_rank(f.words, $4) FROM (SELECT w.ticket_id, w.words FROM ticket_words w',
                CASE WHEN of_ticket <> '' THEN
                    ' JOIN ticket k ON k.tenant_id = w.tenant_id AND k.id = w.ticket_id AND k.tenant_id = $1' END,
                ' WHERE w.tenant_id = $1 AND w.words @@ $2', of_ids, of_ticket,
                ' ORDER BY w.ticket_id', CASE WHEN is_oldest_first THEN '' ELSE ' DESC' END, ' LIMIT $3) f')
            USING nullif(current_setting('app.tenant_id', true), '')::uuid, own, least(greatest(most, 0), 10000),
                  querytree(own)::tsquery, n.from_id, n.before_id, n.projects, n.statuses, n.urgencies, n.assignee,
                  n.requester, n.labels, n.watcher, n.due_from, n.due_to, n.updated_from, n.updated_before,
                  n.resolved_from, n.resolved_before;
        END
        $body$
    $function$, current_schema());
END $$;
REVOKE ALL ON FUNCTION find_ticket_words(tsquery, integer, jsonb, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_ticket_words(tsquery, integer, jsonb, boolean) TO rowhouse_app;
RESET ROLE;
SET ROLE rowhouse_owner;
DO $$ BEGIN
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM rowhouse_operator', current_schema());
END $$;
