-- Email domains are looked at again by themselves, as domains of addresses are; and the rules of a connection name each
-- group once, so that a form can say which rule it is about while others change the order.

ALTER TABLE email_domain NO FORCE ROW LEVEL SECURITY;
ALTER TABLE email_domain
    -- Checks in a row that found the proof of a verified domain gone.
    ADD COLUMN failures      integer     NOT NULL DEFAULT 0 CHECK (failures >= 0),
    -- When the server looks next by itself. None: it does not.
    ADD COLUMN next_check_at timestamptz;
ALTER TABLE email_domain FORCE ROW LEVEL SECURITY;
CREATE INDEX email_domain_by_next_check ON email_domain (tenant_id, next_check_at);

ALTER TABLE sso_role_rule ADD UNIQUE (tenant_id, connection_id, value);
