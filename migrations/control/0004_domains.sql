-- Domains that tenants bring: claimed, proven by DNS, kept proven, and one of them perhaps the tenant's main address.
--
-- A claim is a tenant's word, and worth nothing: any number of tenants may claim one host, so that nobody can keep its
-- owner out by being first. `control.domain` holds what was proven, each host once. A domain whose proof is gone for
-- long becomes a claim again.
--
-- The serving role reaches both tables through the functions below. Each takes the tenant from the transaction, so one
-- tenant can neither see nor change what is another's; the one that lists tenants with checks to do answers their slugs alone.

ALTER TABLE control.domain
    -- Links in mail lead to the main address, and people at another one are led there.
    ADD COLUMN is_primary     boolean     NOT NULL DEFAULT false,
    -- What the TXT record must hold. None: the operator vouched for the domain, and nothing is checked.
    ADD COLUMN challenge      text        CHECK (challenge ~ '^[a-z0-9]{32,64}$'),
    ADD COLUMN claimed_at     timestamptz,
    ADD COLUMN checked_at     timestamptz,
    ADD COLUMN next_check_at  timestamptz,
    -- Checks in a row that found the proof gone, and when the first of them did. A DNS server that fails is no such check.
    ADD COLUMN failures       integer     NOT NULL DEFAULT 0 CHECK (failures >= 0),
    ADD COLUMN failing_since  timestamptz,
    -- What the last check found wrong: a word of tenancy::domains::FindingKind, and what belongs to it.
    ADD COLUMN finding        text        CHECK (char_length(finding) <= 40),
    ADD COLUMN finding_detail text        CHECK (char_length(finding_detail) <= 500),
    -- Where the host leads, as far as the last check could tell: here, elsewhere or nowhere, and its addresses.
    ADD COLUMN leads          text        CHECK (leads IN ('here', 'elsewhere', 'nowhere')),
    ADD COLUMN leads_to       text        CHECK (char_length(leads_to) <= 500),
    ADD CHECK (verified_at IS NOT NULL OR NOT is_primary),
    ADD CHECK ((failures = 0) = (failing_since IS NULL));
CREATE UNIQUE INDEX domain_primary ON control.domain (tenant_id) WHERE is_primary;
CREATE INDEX domain_due ON control.domain (next_check_at) WHERE next_check_at IS NOT NULL;

-- A check that only notes its time need not make every server forget the tenant.
DROP TRIGGER announce ON control.domain;
CREATE TRIGGER announce AFTER INSERT OR DELETE OR UPDATE OF host, tenant_id, verified_at, is_primary ON control.domain
    FOR EACH ROW EXECUTE FUNCTION control.announce_row();

CREATE TABLE control.domain_claim (
    tenant_id      uuid        NOT NULL REFERENCES control.tenant (id) ON DELETE CASCADE,
    host           text        NOT NULL CHECK (host = lower(host) AND char_length(host) <= 253),
    challenge      text        NOT NULL CHECK (challenge ~ '^[a-z0-9]{32,64}$'),
    created_at     timestamptz NOT NULL,
    checked_at     timestamptz,
    -- None: it is checked only when somebody asks.
    next_check_at  timestamptz,
    finding        text        CHECK (char_length(finding) <= 40),
    finding_detail text        CHECK (char_length(finding_detail) <= 500),
    leads          text        CHECK (leads IN ('here', 'elsewhere', 'nowhere')),
    leads_to       text        CHECK (char_length(leads_to) <= 500),
    PRIMARY KEY (tenant_id, host)
);
CREATE INDEX domain_claim_due ON control.domain_claim (next_check_at) WHERE next_check_at IS NOT NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON control.domain_claim TO rowhouse_operator;

-- The main address of the transaction's tenant, where it is a domain of its own.
CREATE FUNCTION control.primary_domain() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
    SELECT d.host FROM control.domain d
    WHERE d.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        AND d.is_primary AND d.verified_at IS NOT NULL
$$;

-- All domains of the transaction's tenant, claimed and proven.
CREATE FUNCTION control.own_domains()
RETURNS TABLE (host text, challenge text, claimed_at timestamptz, verified_at timestamptz, is_primary boolean,
    checked_at timestamptz, next_check_at timestamptz, failing_since timestamptz, finding text, finding_detail text,
    leads text, leads_to text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
    SELECT d.host, d.challenge, d.claimed_at, d.verified_at, d.is_primary, d.checked_at, d.next_check_at,
        d.failing_since, d.finding, d.finding_detail, d.leads, d.leads_to
    FROM control.domain d
    WHERE d.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid AND d.verified_at IS NOT NULL
    UNION ALL
    SELECT c.host, c.challenge, c.created_at, NULL, false, c.checked_at, c.next_check_at, NULL, c.finding,
        c.finding_detail, c.leads, c.leads_to
    FROM control.domain_claim c
    WHERE c.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
$$;

-- The transaction's tenant claims a host. Answers claimed, known (it has the domain, or the claim) or full.
CREATE FUNCTION control.claim_domain(new_host text, new_challenge text, most integer, now timestamptz) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    own uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
BEGIN
    -- Claims of one tenant come one after the other, or two at a time could pass the limit.
    PERFORM FROM control.tenant t WHERE t.id = own FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM control.own_domains() o WHERE o.host = new_host) THEN
        RETURN 'known';
    END IF;
    IF (SELECT count(*) FROM control.own_domains()) >= most THEN
        RETURN 'full';
    END IF;
    INSERT INTO control.domain_claim (tenant_id, host, challenge, created_at, next_check_at)
    VALUES (own, new_host, new_challenge, now, now);
    RETURN 'claimed';
END $$;

-- A check found the proof. Answers verified (a claim became a domain), renewed, taken (another tenant has proven the
-- host and keeps it), or gone: the domain was removed meanwhile, or claimed anew with another challenge.
CREATE FUNCTION control.domain_proven(proven_host text, proven_challenge text, now timestamptz,
    next_check timestamptz, now_leads text, now_leads_to text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    own uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
    since timestamptz;
BEGIN
    UPDATE control.domain d
    SET checked_at = now, next_check_at = next_check, failures = 0, failing_since = NULL, finding = NULL,
        finding_detail = NULL, leads = now_leads, leads_to = now_leads_to
    WHERE d.host = proven_host AND d.tenant_id = own AND d.verified_at IS NOT NULL AND d.challenge = proven_challenge;
    IF FOUND THEN
        RETURN 'renewed';
    END IF;
    SELECT c.created_at INTO since FROM control.domain_claim c
    WHERE c.tenant_id = own AND c.host = proven_host AND c.challenge = proven_challenge FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'gone';
    END IF;
    -- A row that was never verified is in nobody's service.
    INSERT INTO control.domain AS d (host, tenant_id, verified_at, challenge, claimed_at, checked_at, next_check_at,
        leads, leads_to)
    VALUES (proven_host, own, now, proven_challenge, since, now, next_check, now_leads, now_leads_to)
    ON CONFLICT (host) DO UPDATE
    SET tenant_id = own, verified_at = now, challenge = proven_challenge, claimed_at = since, checked_at = now,
        next_check_at = next_check, leads = now_leads, leads_to = now_leads_to
    WHERE d.verified_at IS NULL;
    IF NOT FOUND THEN
        UPDATE control.domain_claim c
        SET checked_at = now, next_check_at = next_check, finding = 'taken', finding_detail = NULL, leads = now_leads,
            leads_to = now_leads_to
        WHERE c.tenant_id = own AND c.host = proven_host;
        RETURN 'taken';
    END IF;
    DELETE FROM control.domain_claim c WHERE c.tenant_id = own AND c.host = proven_host;
    RETURN 'verified';
END $$;

-- A check did not find the proof. `counts`: the proof is gone, as far as DNS can say, and not merely out of sight.
-- A domain that failed often enough, for long enough, becomes a claim again. Answers pending, failing, lost or gone.
CREATE FUNCTION control.domain_not_proven(failed_host text, failed_challenge text, counts boolean, now timestamptz,
    next_check timestamptz, now_finding text, now_detail text, now_leads text, now_leads_to text, enough_failures integer,
    enough_seconds double precision) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    own uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
    failed control.domain;
BEGIN
    UPDATE control.domain_claim c
    SET checked_at = now, next_check_at = next_check, finding = now_finding, finding_detail = now_detail,
        leads = now_leads, leads_to = now_leads_to
    WHERE c.tenant_id = own AND c.host = failed_host AND c.challenge = failed_challenge;
    IF FOUND THEN
        RETURN 'pending';
    END IF;
    UPDATE control.domain d
    SET checked_at = now, next_check_at = next_check, finding = now_finding, finding_detail = now_detail,
        leads = now_leads, leads_to = now_leads_to,
        failures = CASE WHEN counts THEN d.failures + 1 ELSE d.failures END,
        failing_since = CASE WHEN counts THEN coalesce(d.failing_since, now) ELSE d.failing_since END
    WHERE d.host = failed_host AND d.tenant_id = own AND d.verified_at IS NOT NULL AND d.challenge = failed_challenge
    RETURNING d.* INTO failed;
    IF NOT FOUND THEN
        RETURN 'gone';
    END IF;
    IF NOT counts OR failed.failures < enough_failures
        OR now - failed.failing_since < make_interval(secs => enough_seconds) THEN
        RETURN 'failing';
    END IF;
    DELETE FROM control.domain d WHERE d.host = failed_host AND d.tenant_id = own;
    INSERT INTO control.domain_claim (tenant_id, host, challenge, created_at, checked_at, next_check_at, finding,
        finding_detail, leads, leads_to)
    VALUES (own, failed_host, failed_challenge, now, now, now + interval '1 minute', now_finding, now_detail,
        now_leads, now_leads_to);
    RETURN 'lost';
END $$;

-- Removes a domain or a claim of the transaction's tenant. Answers claimed, verified or primary: what it was; nothing
-- where there is none.
CREATE FUNCTION control.remove_domain(gone_host text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    own uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
    was_primary boolean;
BEGIN
    DELETE FROM control.domain_claim c WHERE c.tenant_id = own AND c.host = gone_host;
    IF FOUND THEN
        RETURN 'claimed';
    END IF;
    DELETE FROM control.domain d WHERE d.tenant_id = own AND d.host = gone_host AND d.verified_at IS NOT NULL
    RETURNING d.is_primary INTO was_primary;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    RETURN CASE WHEN was_primary THEN 'primary' ELSE 'verified' END;
END $$;

-- Makes a proven domain of the transaction's tenant its main address; null: the one under the base domain. Answers
-- whether there is such a domain.
CREATE FUNCTION control.make_domain_primary(chosen_host text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    own uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
BEGIN
    -- One decision after the other: two at a time would both find no main address.
    PERFORM FROM control.tenant t WHERE t.id = own FOR NO KEY UPDATE;
    IF chosen_host IS NOT NULL AND NOT EXISTS (
        SELECT FROM control.domain d WHERE d.tenant_id = own AND d.host = chosen_host AND d.verified_at IS NOT NULL
    ) THEN
        RETURN false;
    END IF;
    UPDATE control.domain d SET is_primary = false
    WHERE d.tenant_id = own AND d.is_primary AND d.host IS DISTINCT FROM chosen_host;
    UPDATE control.domain d SET is_primary = true
    WHERE d.tenant_id = own AND d.host = chosen_host AND NOT d.is_primary;
    RETURN true;
END $$;

-- Slugs of tenants that have a check to do, the longest due first.
CREATE FUNCTION control.tenants_with_due_domains(now timestamptz, most integer) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
    SELECT t.slug
    FROM (
        SELECT d.tenant_id, d.next_check_at FROM control.domain d
        WHERE d.next_check_at <= now AND d.verified_at IS NOT NULL AND d.challenge IS NOT NULL
        UNION ALL
        SELECT c.tenant_id, c.next_check_at FROM control.domain_claim c WHERE c.next_check_at <= now
    ) due
    JOIN control.tenant t ON t.id = due.tenant_id
    GROUP BY t.slug
    ORDER BY min(due.next_check_at)
    LIMIT most
$$;

-- Takes the due checks of the transaction's tenant: until `leased_until` no other server takes them.
CREATE FUNCTION control.take_due_domains(now timestamptz, leased_until timestamptz, most integer)
RETURNS TABLE (host text, challenge text, claimed_at timestamptz, is_verified boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    own uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
BEGIN
    RETURN QUERY
        UPDATE control.domain d SET next_check_at = leased_until
        WHERE d.host = ANY (ARRAY (
            SELECT due.host FROM control.domain due
            WHERE due.tenant_id = own AND due.next_check_at <= now AND due.verified_at IS NOT NULL
                AND due.challenge IS NOT NULL
            ORDER BY due.next_check_at LIMIT most FOR UPDATE SKIP LOCKED
        ))
        RETURNING d.host, d.challenge, d.claimed_at, true;
    RETURN QUERY
        UPDATE control.domain_claim c SET next_check_at = leased_until
        WHERE c.tenant_id = own AND c.host = ANY (ARRAY (
            SELECT due.host FROM control.domain_claim due
            WHERE due.tenant_id = own AND due.next_check_at <= now
            ORDER BY due.next_check_at LIMIT most FOR UPDATE SKIP LOCKED
        ))
        RETURNING c.host, c.challenge, c.created_at, false;
END $$;

REVOKE ALL ON FUNCTION
    control.primary_domain(), control.own_domains(), control.claim_domain(text, text, integer, timestamptz),
    control.domain_proven(text, text, timestamptz, timestamptz, text, text),
    control.domain_not_proven(text, text, boolean, timestamptz, timestamptz, text, text, text, text, integer,
        double precision),
    control.remove_domain(text), control.make_domain_primary(text),
    control.tenants_with_due_domains(timestamptz, integer),
    control.take_due_domains(timestamptz, timestamptz, integer)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    control.primary_domain(), control.own_domains(), control.claim_domain(text, text, integer, timestamptz),
    control.domain_proven(text, text, timestamptz, timestamptz, text, text),
    control.domain_not_proven(text, text, boolean, timestamptz, timestamptz, text, text, text, text, integer,
        double precision),
    control.remove_domain(text), control.make_domain_primary(text),
    control.tenants_with_due_domains(timestamptz, integer),
    control.take_due_domains(timestamptz, timestamptz, integer)
TO rowhouse_app;
