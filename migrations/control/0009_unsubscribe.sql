-- Mail that people can turn off says so in its header (RFC 2369, RFC 8058).

SET LOCAL lock_timeout = '3s';

ALTER TABLE control.mail
    -- Where a POST turns it off. None: it cannot be.
    ADD COLUMN unsubscribe_link text CHECK (unsubscribe_link ~ '^https?://[!-~]+$' AND unsubscribe_link !~ '[<>]'
                                            AND char_length(unsubscribe_link) <= 500);

-- As control.queue_mail, for a message that can be turned off.
CREATE FUNCTION control.queue_notification(mail_id uuid, recipient text, from_name text, subject text, body text, html text, unsubscribe_link text, now timestamptz)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    sender uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
BEGIN
    IF sender IS NULL THEN
        RAISE EXCEPTION 'mail is queued in a transaction of a tenant' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO control.mail (id, tenant_id, recipient, from_name, subject, body, html, unsubscribe_link, created_at)
    VALUES (mail_id, sender, recipient, from_name, subject, body, html, unsubscribe_link, now);
END $$;

REVOKE ALL ON FUNCTION control.queue_notification(uuid, text, text, text, text, text, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION control.queue_notification(uuid, text, text, text, text, text, text, timestamptz) TO rowhouse_app;
