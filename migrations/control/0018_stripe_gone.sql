-- Objects of which Stripe said that it has none such. What tenants pay with is asked anew every now and then; without this,
-- what is gone would be asked for every hour and for ever. It is asked for again after a month (who is asked with the key of
-- another account says so of everything), and at once when an event names it.

CREATE TABLE control.stripe_gone (
    object_id       text        PRIMARY KEY CHECK (char_length(object_id) BETWEEN 1 AND 255),
    stripe_customer text        CHECK (char_length(stripe_customer) <= 255),
    gone_at         timestamptz NOT NULL
);
CREATE INDEX stripe_gone_by_customer ON control.stripe_gone (stripe_customer);
GRANT SELECT, INSERT, UPDATE ON control.stripe_gone TO rowhouse_operator;

-- As in 0015_billing_proof.sql, and with the customer goes what is known to be gone.
CREATE OR REPLACE FUNCTION control.forget_stripe_customer() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
BEGIN
    INSERT INTO control.billing_outbox (id, kind, body, once, created_at, next_attempt_at)
    SELECT gen_random_uuid(), 'end', jsonb_build_object('subscription', s.id), 'end ' || s.id, now(), now()
    FROM control.stripe_subscription s
    WHERE s.stripe_customer = OLD.id AND s.status NOT IN ('canceled', 'incomplete_expired')
    ON CONFLICT (once) DO NOTHING;
    DELETE FROM control.stripe_subscription s WHERE s.stripe_customer = OLD.id;
    DELETE FROM control.invoice i WHERE i.stripe_customer = OLD.id;
    DELETE FROM control.stripe_event e WHERE e.stripe_customer = OLD.id;
    DELETE FROM control.stripe_payer p WHERE p.stripe_customer = OLD.id;
    DELETE FROM control.stripe_payment_method m WHERE m.stripe_customer = OLD.id;
    DELETE FROM control.stripe_discount d WHERE d.stripe_customer = OLD.id;
    DELETE FROM control.stripe_look l WHERE l.stripe_customer = OLD.id;
    DELETE FROM control.stripe_gone g WHERE g.stripe_customer = OLD.id;
    RETURN NULL;
END $$;

-- As in 0015_billing_proof.sql, but for what is gone.
CREATE OR REPLACE FUNCTION control.take_stripe_event(event jsonb, payload text, now timestamptz) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    event_id text := event ->> 'id';
    said_at timestamptz := control.stripe_time(event ->> 'created');
    customer text := event ->> 'customer';
    whose uuid;
    whose_before uuid;
    became text;
    noted text;
    named text;
BEGIN
    -- One at a time for each customer: of two events that come at once, the second sees what the first did.
    PERFORM pg_advisory_xact_lock(hashtextextended('control.stripe_customer ' || coalesce(customer, ''), 0));
    INSERT INTO control.stripe_event (id, kind, created_at, received_at, is_live, api_version, object_id, stripe_customer,
        outcome, note, payload)
    VALUES (event_id, event ->> 'kind', said_at, take_stripe_event.now, (event ->> 'live')::boolean,
        event ->> 'api_version', event ->> 'object', customer, 'ignored', left(event ->> 'note', 500),
        take_stripe_event.payload::json)
    ON CONFLICT (id) DO NOTHING;
    IF NOT FOUND THEN
        RETURN 'known';
    END IF;
    PERFORM set_config('app.plan_actor', 'Stripe', true), set_config('app.plan_reason', '', true),
        set_config('app.plan_event', event_id, true);
    -- The operator may have written by hand whose it is.
    INSERT INTO control.stripe_customer (id, tenant_id, known_at, known_by)
    SELECT customer, s.tenant_id, '-infinity', '' FROM control.subscription s WHERE s.stripe_customer = customer
    ON CONFLICT (id) DO NOTHING;
    IF customer IS NOT NULL AND EXISTS (SELECT FROM control.tenant t WHERE t.id::text = event ->> 'tenant') THEN
        SELECT c.tenant_id INTO whose_before FROM control.stripe_customer c WHERE c.id = customer;
        INSERT INTO control.stripe_customer AS c (id, tenant_id, known_at, known_by)
        VALUES (customer, (event ->> 'tenant')::uuid, said_at, event_id)
        ON CONFLICT (id) DO UPDATE SET tenant_id = EXCLUDED.tenant_id, known_at = EXCLUDED.known_at,
            known_by = EXCLUDED.known_by
        WHERE (EXCLUDED.known_at, EXCLUDED.known_by) < (c.known_at, c.known_by);
        became := 'applied';
    END IF;
    IF event -> 'subscription' IS NOT NULL THEN
        noted := control.note_stripe_subscription(event_id, said_at, event -> 'subscription');
        became := 'applied';
    ELSIF event -> 'invoice' IS NOT NULL THEN
        PERFORM control.note_stripe_invoice(event_id, said_at, event -> 'invoice');
        became := 'applied';
    ELSIF event -> 'payment_method' IS NOT NULL THEN
        PERFORM control.note_stripe_payment_method(event_id, said_at, event -> 'payment_method');
        -- Without a customer there is nobody to wait for.
        became := CASE WHEN customer IS NOT NULL THEN 'applied' END;
    ELSIF event -> 'payer' IS NOT NULL THEN
        PERFORM control.note_stripe_payer(event_id, said_at, event -> 'payer');
    END IF;
    -- Not of those who are no tenant's: an account of Stripe's may have other customers. Who becomes a tenant's later is asked
    -- about within the hour.
    named := coalesce(event #>> '{subscription,payment_method}', event #>> '{payer,payment_method}');
    -- Whoever is asking for one at this moment may be told that it is gone, which was so before this event.
    IF event ->> 'kind' <> 'rowhouse.fetched' THEN
        UPDATE control.stripe_look l SET times = l.times + 1, attempts = 0 WHERE l.object_id IN (customer, named);
    END IF;
    -- What is fetched is there. What an event names may be; but that something fetched still names it says nothing new.
    DELETE FROM control.stripe_gone g
    WHERE g.object_id = event ->> 'object'
        OR event ->> 'kind' <> 'rowhouse.fetched' AND g.object_id IN (customer, named);
    IF named IS NOT NULL AND EXISTS (SELECT FROM control.stripe_customer c WHERE c.id = customer)
        AND NOT EXISTS (SELECT FROM control.stripe_payment_method m WHERE m.id = named)
        AND NOT EXISTS (SELECT FROM control.stripe_gone g WHERE g.object_id = named)
        AND NOT EXISTS (SELECT FROM control.stripe_look l WHERE l.object_id = named) THEN
        PERFORM control.want_stripe_look(named, 'payment_method', customer, to_timestamp(0), take_stripe_event.now);
    END IF;
    named := event #>> '{subscription,discount_id}';
    -- Of two updates within one second Stripe alone knows which was the later. What was fetched is never asked for again for
    -- the sake of a name that did not come with it.
    IF named IS NOT NULL AND event ->> 'kind' <> 'rowhouse.fetched'
        AND NOT EXISTS (SELECT FROM control.stripe_discount d WHERE d.id = named)
        OR event #>> '{subscription,rank}' = '2' AND EXISTS (SELECT FROM control.stripe_event o
            WHERE o.stripe_customer = customer AND o.created_at = said_at AND o.object_id = event ->> 'object'
                AND o.id <> event_id AND o.kind NOT IN ('customer.subscription.created', 'customer.subscription.deleted')
                AND (o.kind <> 'rowhouse.fetched' OR event ->> 'kind' <> 'rowhouse.fetched')) THEN
        PERFORM control.want_stripe_look(event #>> '{subscription,id}', 'subscription', customer, said_at,
            take_stripe_event.now);
    END IF;
    IF became IS NULL THEN
        RETURN 'ignored';
    END IF;
    SELECT c.tenant_id INTO whose FROM control.stripe_customer c WHERE c.id = customer;
    IF whose IS NULL THEN
        became := 'waiting';
    ELSE
        IF whose_before <> whose THEN
            PERFORM control.settle_billing(whose_before, take_stripe_event.now);
        END IF;
        PERFORM control.settle_billing(whose, take_stripe_event.now);
        -- What waited for it to be known whose customer it is.
        UPDATE control.stripe_event e SET outcome = 'applied' WHERE e.stripe_customer = customer AND e.outcome = 'waiting';
    END IF;
    UPDATE control.stripe_event e SET outcome = became, note = noted WHERE e.id = event_id;
    RETURN became;
END $$;
