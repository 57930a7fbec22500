-- Mail that is sent: whose it is, its HTML beside its text, and how sending it goes.
--
-- The serving role queues with control.queue_mail and reads nothing back, because messages carry the tokens of
-- invitations and password resets. The sender reads the queue as rowhouse_operator. It claims a message by moving
-- next_attempt_at to the end of its time, so a message that a crashed server had claimed is due again by itself.

ALTER TABLE control.mail
    -- None: a message of the product itself, such as the list of somebody's workspaces.
    ADD COLUMN tenant_id       uuid REFERENCES control.tenant (id) ON DELETE CASCADE,
    -- What stands before the sender's address. None: the name in mail.from.
    ADD COLUMN from_name       text CHECK (char_length(from_name) BETWEEN 1 AND 120 AND from_name !~ '[[:cntrl:]]'),
    -- None: the sender puts the text into a page of the product's own look.
    ADD COLUMN html            text CHECK (char_length(html) <= 200000),
    -- None: at once.
    ADD COLUMN next_attempt_at timestamptz,
    -- When it was given up; last_error says why.
    ADD COLUMN failed_at       timestamptz,
    ADD CONSTRAINT mail_recipient_is_one_line
        CHECK (char_length(recipient) BETWEEN 3 AND 254 AND recipient !~ '[[:cntrl:]]'),
    ADD CONSTRAINT mail_subject_is_one_line
        CHECK (char_length(subject) BETWEEN 1 AND 250 AND subject !~ '[[:cntrl:]]'),
    ADD CONSTRAINT mail_body_has_a_limit CHECK (char_length(body) <= 100000),
    ADD CONSTRAINT mail_is_sent_or_given_up CHECK (sent_at IS NULL OR failed_at IS NULL);

CREATE INDEX mail_by_tenant ON control.mail (tenant_id);
CREATE INDEX mail_due ON control.mail (coalesce(next_attempt_at, created_at), id)
    WHERE sent_at IS NULL AND failed_at IS NULL;
CREATE INDEX mail_done ON control.mail (coalesce(sent_at, failed_at)) WHERE sent_at IS NOT NULL OR failed_at IS NOT NULL;
DROP INDEX control.mail_waiting;

-- Queues a message in the name of this transaction's tenant, and of no other.
CREATE FUNCTION control.queue_mail(mail_id uuid, recipient text, from_name text, subject text, body text, html text, now timestamptz)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    sender uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
BEGIN
    IF sender IS NULL THEN
        RAISE EXCEPTION 'mail is queued in a transaction of a tenant' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO control.mail (id, tenant_id, recipient, from_name, subject, body, html, created_at)
    VALUES (mail_id, sender, recipient, from_name, subject, body, html, now);
END $$;

REVOKE ALL ON FUNCTION control.queue_mail(uuid, text, text, text, text, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION control.queue_mail(uuid, text, text, text, text, text, timestamptz) TO rowhouse_app;
