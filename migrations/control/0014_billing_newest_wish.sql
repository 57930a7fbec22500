-- Of what a tenant wants changed at Stripe, the newest wish counts, also where an older one was tried already: it failed at
-- first, and would be told again after the newer one was done. Who cancelled and then went on would be cancelled after all.
--
-- As in 0012_billing.sql, but for which rows give way. One that is on its way at this moment gives way too: where Stripe
-- does it, it is noted as done; where not, it is not tried again, for that asks for as many attempts as were made.

CREATE OR REPLACE FUNCTION control.request_billing(request_id uuid, kind text, body jsonb, now timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    own uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
BEGIN
    IF own IS NULL OR request_billing.kind NOT IN ('seats', 'plan', 'cancel', 'resume', 'tax_id') THEN
        RAISE EXCEPTION 'a tenant asks for itself, and for what it may change' USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- A change of plan says that the subscription goes on. Tax ids are added to each other: only one that was not sent gives
    -- way.
    UPDATE control.billing_outbox o
    SET failed_at = request_billing.now, last_error = 'another request took its place', attempts = 0
    WHERE o.tenant_id = own AND o.done_at IS NULL AND o.failed_at IS NULL
        AND (o.attempts = 0 OR request_billing.kind <> 'tax_id')
        AND (o.kind = request_billing.kind
             OR o.kind IN ('cancel', 'resume') AND request_billing.kind IN ('cancel', 'resume', 'plan'));
    -- A change of plan that is still to be told, or to be told again, undoes nothing that is wished after it.
    UPDATE control.billing_outbox o
    SET body = o.body || CASE WHEN request_billing.kind = 'cancel' THEN jsonb_build_object('keeps_end', true)
        ELSE jsonb_build_object('seats', request_billing.body -> 'seats') END
    WHERE o.tenant_id = own AND o.kind = 'plan' AND o.done_at IS NULL AND o.failed_at IS NULL
        AND (request_billing.kind = 'cancel'
             OR request_billing.kind = 'seats' AND jsonb_typeof(o.body -> 'seats') = 'number');
    INSERT INTO control.billing_outbox (id, tenant_id, kind, body, created_at, next_attempt_at)
    VALUES (request_id, own, request_billing.kind, request_billing.body, request_billing.now, request_billing.now);
END $$;
