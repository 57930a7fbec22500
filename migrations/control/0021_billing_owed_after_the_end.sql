-- Who owes an invoice owes it when the subscription is over, too. Stripe cancels a subscription by itself where paying it
-- failed often enough, unless it is told otherwise; so far that let off whoever did not pay: they were on the initial plan at
-- once, without having been read-only or suspended. Now the dates go on from the failed payment until the invoice is paid,
-- made void, or the operator agrees on something else. A new subscription counts before one that is over, as ever.

-- As in 0019_billing_kept_version.sql, but for what is owed after the end.
CREATE OR REPLACE FUNCTION control.settle_billing(settled uuid, now timestamptz) RETURNS boolean
LANGUAGE plpgsql SET search_path = control, pg_temp AS $$
DECLARE
    held control.subscription;
    new control.subscription;
    chosen control.stripe_subscription;
    unpaid record;
    last_paid timestamptz;
    owes boolean;
    owed_since timestamptz;
BEGIN
    SELECT s.* INTO held FROM control.subscription s WHERE s.tenant_id = settled FOR UPDATE;
    -- The one that goes on, or else the one that began last. What was never paid for the first time does not count.
    SELECT s.* INTO chosen
    FROM control.stripe_subscription s JOIN control.stripe_customer c ON c.id = s.stripe_customer
    WHERE c.tenant_id = settled AND s.status NOT IN ('incomplete', 'incomplete_expired')
    ORDER BY s.status = 'canceled', s.started_at DESC, s.id COLLATE "C" DESC LIMIT 1;
    new := held;
    IF chosen.id IS NULL THEN
        -- Nobody subscribed, or what was this tenant's turned out to be another's. The customer is the first that was made.
        IF held.stripe_subscription IS NOT NULL THEN
            new.stripe_subscription := NULL;
            IF held.state <> 'manual' THEN
                new.plan_version_id := control.initial_plan_version();
                new.state := 'manual';
                new.seats := NULL;
                new.trial_ends_at := NULL;
                new.period_start := NULL;
                new.period_end := NULL;
                new.cancel_at_period_end := false;
                new.past_due_since := NULL;
                new.read_only_at := NULL;
                new.suspended_at := NULL;
            END IF;
        END IF;
        new.stripe_customer := (SELECT c.id FROM control.stripe_customer c WHERE c.tenant_id = settled
            ORDER BY c.known_at, c.id COLLATE "C" LIMIT 1);
    ELSIF chosen.is_end_settled AND held.stripe_subscription IS NULL AND held.state <> 'cancelled'
        AND held.past_due_since IS NULL THEN
        new.stripe_customer := chosen.stripe_customer;
    ELSE
        new.stripe_customer := chosen.stripe_customer;
        new.stripe_subscription := chosen.id;
        new.trial_ends_at := NULL;
        new.past_due_since := NULL;
        new.read_only_at := NULL;
        new.suspended_at := NULL;
        SELECT min(i.first_failed_at) AS since, max(i.last_failed_at) AS last INTO unpaid FROM control.invoice i
        WHERE i.stripe_subscription = chosen.id AND i.status IN ('open', 'uncollectible')
            AND i.first_failed_at IS NOT NULL;
        IF chosen.status = 'canceled' THEN
            -- It is over: the operator may agree on something else.
            new.stripe_subscription := NULL;
            -- Whoever fell back already keeps the version, though a newer one was published since.
            new.plan_version_id := CASE WHEN chosen.is_end_settled AND held.stripe_subscription IS NULL
                THEN held.plan_version_id ELSE control.initial_plan_version() END;
            new.state := 'cancelled';
            new.seats := NULL;
            new.period_start := NULL;
            new.period_end := coalesce(chosen.ended_at, chosen.said_at);
            new.cancel_at_period_end := false;
            -- What was not paid before is still owed.
            owed_since := unpaid.since;
        ELSE
            -- Not the plan that was held: the order of events must make no difference. The warning is given once.
            IF chosen.plan_version_id IS NULL AND held.stripe_subscription IS DISTINCT FROM chosen.id THEN
                RAISE WARNING 'no version of a plan has the price %: tenant % has the initial plan for subscription %',
                    coalesce(chosen.price, '(none)'), settled, chosen.id;
            END IF;
            new.plan_version_id := coalesce(chosen.plan_version_id, control.initial_plan_version());
            new.seats := (SELECT chosen.quantity FROM control.plan_version v
                WHERE v.id = new.plan_version_id AND v.per_seat);
            new.period_start := chosen.period_start;
            new.period_end := chosen.period_end;
            IF chosen.period_end <= chosen.period_start THEN
                new.period_start := NULL;
            END IF;
            new.cancel_at_period_end := chosen.cancel_at_period_end;
            SELECT max(i.paid_at) INTO last_paid FROM control.invoice i
            WHERE i.stripe_subscription = chosen.id AND i.status = 'paid';
            -- Of what says that it is paid and what says that it is not, the later is believed.
            owes := CASE
                WHEN chosen.status IN ('past_due', 'unpaid')
                    THEN unpaid.since IS NOT NULL OR last_paid IS NULL OR last_paid < chosen.said_at
                WHEN chosen.status = 'paused' THEN true
                ELSE coalesce(unpaid.last >= chosen.said_at, false) END;
            IF owes THEN
                -- Where no failed payment is known: since the period that is not paid, or the end of the trial.
                owed_since := coalesce(unpaid.since,
                    CASE WHEN chosen.status = 'paused' THEN chosen.trial_ends_at END, chosen.period_start,
                    chosen.said_at);
            ELSIF chosen.status = 'trialing' AND coalesce(chosen.trial_ends_at, chosen.period_end) IS NOT NULL THEN
                new.trial_ends_at := coalesce(chosen.trial_ends_at, chosen.period_end);
                new.state := 'trialing';
            ELSE
                new.state := 'active';
            END IF;
        END IF;
        IF owed_since IS NOT NULL THEN
            new.past_due_since := owed_since;
            new.read_only_at := owed_since + interval '7 days';
            new.suspended_at := owed_since + interval '21 days';
            new.state := CASE WHEN now >= new.suspended_at THEN 'suspended' WHEN now >= new.read_only_at
                THEN 'read_only' ELSE 'past_due' END;
        END IF;
    END IF;
    UPDATE control.stripe_subscription s SET is_end_settled = true FROM control.stripe_customer c
    WHERE c.id = s.stripe_customer AND c.tenant_id = settled AND s.status = 'canceled' AND NOT s.is_end_settled;
    IF held.tenant_id IS NULL OR new IS NOT DISTINCT FROM held THEN
        RETURN false;
    END IF;
    UPDATE control.subscription s SET
        plan_version_id = new.plan_version_id, state = new.state, seats = new.seats, trial_ends_at = new.trial_ends_at,
        period_start = new.period_start, period_end = new.period_end, cancel_at_period_end = new.cancel_at_period_end,
        past_due_since = new.past_due_since, read_only_at = new.read_only_at, suspended_at = new.suspended_at,
        stripe_customer = new.stripe_customer, stripe_subscription = new.stripe_subscription,
        updated_at = settle_billing.now
    WHERE s.tenant_id = settled;
    RETURN true;
END $$;

-- As in 0012_billing.sql, and for those whose subscription is over.
CREATE OR REPLACE FUNCTION control.settle_owing(now timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    changed bigint := 0;
    owing uuid;
BEGIN
    PERFORM set_config('app.plan_actor', 'system', true), set_config('app.plan_event', '', true),
        set_config('app.plan_reason', 'an invoice is not paid', true);
    FOR owing IN SELECT s.tenant_id FROM control.subscription s
        WHERE s.past_due_since IS NOT NULL ORDER BY s.tenant_id LOOP
        IF control.settle_billing(owing, now) THEN
            changed := changed + 1;
        END IF;
    END LOOP;
    RETURN changed;
END $$;
