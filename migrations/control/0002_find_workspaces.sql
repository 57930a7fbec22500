-- "Find my workspace": a person gives an email address and is sent the list of workspaces it has an account in.
--
-- The function is the only place where accounts of several tenants are read on behalf of the public. It belongs to the
-- operator's role, because that role's policies allow such reads, and it returns nothing: the answer travels by mail to
-- the address itself, so neither the visitor nor the serving role learns whether the address is known.
--
-- Its body is PL/pgSQL, so the tenant tables it names need not exist before the first call (they come with
-- migrations/tenant).

CREATE FUNCTION control.mail_workspaces(mail_id uuid, wanted_email_key text, recipient text, public_origin text, now timestamptz)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    workspaces text;
BEGIN
    SELECT string_agg(format('%s: %s', t.name, replace(public_origin, '://', '://' || t.slug || '.')), E'\n' ORDER BY t.name)
    INTO workspaces
    FROM pooled.account a JOIN control.tenant t ON t.id = a.tenant_id
    WHERE a.email_key = wanted_email_key AND t.state = 'active';

    INSERT INTO control.mail (id, recipient, subject, body, created_at)
    SELECT mail_id, recipient, 'Your workspaces',
        E'You asked for the workspaces of this email address.\n\n'
        || coalesce(workspaces, 'There is none. Perhaps you signed up with another address, or your company uses '
                                'another workspace: ask the person who invited you.')
        || E'\n\nIf you did not ask, you need not do anything.\n',
        now;
END $$;

REVOKE ALL ON FUNCTION control.mail_workspaces(uuid, text, text, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION control.mail_workspaces(uuid, text, text, text, timestamptz) TO rowhouse_app;

-- Only a role that is a member of both may hand the function over, and the new owner needs CREATE for that moment.
GRANT CREATE ON SCHEMA control TO rowhouse_operator;
RESET ROLE;
ALTER FUNCTION control.mail_workspaces(uuid, text, text, text, timestamptz) OWNER TO rowhouse_operator;
SET ROLE rowhouse_owner;
REVOKE CREATE ON SCHEMA control FROM rowhouse_operator;
