-- A common word in a large workspace is looked for among its newest tickets.
--
-- The index of words finds all tickets that have a word before any of them is put in order: 35,000 of a million, to show
-- the newest 500. PostgreSQL does not choose the other way by itself, since it does not know how frequent a word is in one
-- workspace. So the function looks at the newest 1,000 tickets first. Where a word is in so many of them that the newest
-- 30,000 should be enough, those are gone through, newest first; what is missing then is found by the index, among older
-- ones. What is answered is the same either way, and in the same order.
--
-- ts_match_vq is the operator @@ under its other name, under which PostgreSQL does not look for an index.
--
-- And the function says that it answers a hundred rows rather than a thousand. Beside a thousand, all tickets of a middling
-- workspace were read to join them with those that were found.

DO $$ BEGIN
    EXECUTE format('GRANT CREATE ON SCHEMA %I TO rowhouse_operator', current_schema());
END $$;
RESET ROLE;
SET ROLE rowhouse_operator;
DO $$ BEGIN
    EXECUTE format($function$
        CREATE OR REPLACE FUNCTION find_ticket_words(sought tsquery, most integer, narrow jsonb DEFAULT '{}',
                                                     is_oldest_first boolean DEFAULT false)
        RETURNS TABLE (ticket_id uuid, rank real)
        LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = %I, pg_temp
        AS $body$
        DECLARE
            own tsquery := regexp_replace(sought::text, '''((?:[^'']|'''')*)''',
                                          '''' || right(current_setting('app.tenant_id', true), 5) || '\1''', 'g')::tsquery;
            own_words tsquery := querytree(own)::tsquery;
            own_tenant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
            wanted integer := least(greatest(most, 0), 10000);
            found_so_far integer;
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

            IF of_ids = '' AND of_ticket = '' AND NOT is_oldest_first THEN
                -- Each planned with its values: how many tickets this workspace has matters.
                EXECUTE 'SELECT count(*) FROM (SELECT w.words FROM ticket_words w WHERE w.tenant_id = $1
                                               ORDER BY w.ticket_id DESC LIMIT 1000) newest
                         WHERE ts_match_vq(newest.words, $2)'
                INTO found_so_far USING own_tenant, own;
                IF found_so_far * 30 >= wanted THEN
                    RETURN QUERY EXECUTE
                        'SELECT f.ticket_id, ts_rank(f.words, $4) FROM (
                             SELECT newest.ticket_id, newest.words FROM (
                                 SELECT w.ticket_id, w.words FROM ticket_words w
                                 WHERE w.tenant_id = $1 ORDER BY w.ticket_id DESC LIMIT 30000
                             ) newest
                             WHERE ts_match_vq(newest.words, $2) ORDER BY newest.ticket_id DESC LIMIT $3
                         ) f'
                    USING own_tenant, own, wanted, own_words;
                    GET DIAGNOSTICS found_so_far = ROW_COUNT;
                    wanted := wanted - found_so_far;
                    IF wanted = 0 THEN
                        RETURN;
                    END IF;
                    EXECUTE 'SELECT w.ticket_id FROM ticket_words w WHERE w.tenant_id = $1
                             ORDER BY w.ticket_id DESC OFFSET 29999 LIMIT 1'
                    INTO n.before_id USING own_tenant;
                    IF n.before_id IS NULL THEN
                        RETURN;
                    END IF;
                    of_ids := ' AND w.ticket_id < $6';
                END IF;
            END IF;

            RETURN QUERY EXECUTE concat(
                'SELECT f.ticket_id, ts_rank(f.words, $4) FROM (SELECT w.ticket_id, w.words FROM ticket_words w',
                CASE WHEN of_ticket <> '' THEN
                    ' JOIN ticket k ON k.tenant_id = w.tenant_id AND k.id = w.ticket_id AND k.tenant_id = $1' END,
                ' WHERE w.tenant_id = $1 AND w.words @@ $2', of_ids, of_ticket,
                ' ORDER BY w.ticket_id', CASE WHEN is_oldest_first THEN '' ELSE ' DESC' END, ' LIMIT $3) f')
            USING own_tenant, own, wanted, own_words, n.from_id, n.before_id, n.projects, n.statuses, n.urgencies,
                  n.assignee, n.requester, n.labels, n.watcher, n.due_from, n.due_to, n.updated_from, n.updated_before,
                  n.resolved_from, n.resolved_before;
        END
        $body$
    $function$, current_schema());
END $$;
RESET ROLE;
SET ROLE rowhouse_owner;
DO $$ BEGIN
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM rowhouse_operator', current_schema());
END $$;

-- The open tickets that changed last: five thousand urgent ones were put in order to show fifty.
SET LOCAL lock_timeout = '3s';
CREATE INDEX ticket_by_status_and_update ON ticket (tenant_id, status, updated_at, id);
