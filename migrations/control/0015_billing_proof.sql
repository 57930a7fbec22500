-- What was missing in 0012_billing.sql.
--
-- Which card pays is kept from events, like everything else that Stripe says: what a subscription or its customer names,
-- and what it looks like. What a discount is called is kept by its id, for newer events give nothing but that.
--
-- Where what Stripe said does not tell how an object stands, the upkeep asks Stripe (stripe_look): two updates of one
-- subscription within one second, a payment method or a discount that is only named. Requests ask nothing.
--
-- Usage is billed for as long as a subscription lasted, also when it is over by the time that it is billed.

SET LOCAL lock_timeout = '3s';

-- What a subscription is paid with, and its discount, by their ids at Stripe. What it is not paid with, its customer is.
ALTER TABLE control.stripe_subscription
    ADD COLUMN payment_method text CHECK (char_length(payment_method) <= 255),
    ADD COLUMN discount_id text CHECK (char_length(discount_id) <= 255);
-- What an invoice bills: [{"price", "quantity", "start", "end"}], times in Stripe's seconds. None where it is not known: the
-- event held only a part.
ALTER TABLE control.invoice ADD COLUMN lines jsonb;

-- What a customer of Stripe's pays with where a subscription says nothing of its own.
CREATE TABLE control.stripe_payer (
    stripe_customer text        PRIMARY KEY CHECK (char_length(stripe_customer) BETWEEN 1 AND 255),
    payment_method  text        CHECK (char_length(payment_method) <= 255),
    seen_at         timestamptz NOT NULL,
    stamp           text        NOT NULL COLLATE "C"
);

-- Cards and other means, as far as people know them by it: never a number.
CREATE TABLE control.stripe_payment_method (
    id              text        PRIMARY KEY CHECK (char_length(id) BETWEEN 1 AND 255),
    stripe_customer text        CHECK (char_length(stripe_customer) <= 255),
    -- Stripe's word: card, sepa_debit.
    kind            text        NOT NULL CHECK (char_length(kind) BETWEEN 1 AND 40),
    brand           text        CHECK (char_length(brand) <= 40),
    last4           text        CHECK (char_length(last4) <= 8),
    exp_month       integer     CHECK (exp_month BETWEEN 1 AND 12),
    exp_year        integer     CHECK (exp_year BETWEEN 1970 AND 9999),
    -- Its customer took it away.
    is_detached     boolean     NOT NULL,
    seen_at         timestamptz NOT NULL,
    stamp           text        NOT NULL COLLATE "C"
);
CREATE INDEX stripe_payment_method_by_customer ON control.stripe_payment_method (stripe_customer);

-- What discounts are called, for people.
CREATE TABLE control.stripe_discount (
    id              text        PRIMARY KEY CHECK (char_length(id) BETWEEN 1 AND 255),
    stripe_customer text        NOT NULL CHECK (char_length(stripe_customer) BETWEEN 1 AND 255),
    name            text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 120)
);
CREATE INDEX stripe_discount_by_customer ON control.stripe_discount (stripe_customer);

-- What Stripe is to be asked about. A row is deleted when its answer was taken.
CREATE TABLE control.stripe_look (
    object_id       text        PRIMARY KEY CHECK (char_length(object_id) BETWEEN 1 AND 255),
    kind            text        NOT NULL CHECK (kind IN ('subscription', 'customer', 'payment_method')),
    stripe_customer text        CHECK (char_length(stripe_customer) <= 255),
    -- By Stripe's clock: an answer of this second or an earlier one says nothing new.
    about           timestamptz NOT NULL,
    -- How often it was wanted: who asked for less than that leaves the row.
    times           integer     NOT NULL DEFAULT 1,
    attempts        integer     NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL
);
CREATE INDEX stripe_look_due ON control.stripe_look (next_attempt_at);
CREATE INDEX stripe_look_by_customer ON control.stripe_look (stripe_customer);

GRANT SELECT ON control.stripe_payer, control.stripe_payment_method, control.stripe_discount TO rowhouse_operator;
GRANT SELECT, INSERT, UPDATE, DELETE ON control.stripe_look TO rowhouse_operator;

-- What there is already was said before any of this was kept.
INSERT INTO control.stripe_look (object_id, kind, stripe_customer, about, next_attempt_at)
SELECT s.id, 'subscription', s.stripe_customer, to_timestamp(0), to_timestamp(0)
FROM control.stripe_subscription s WHERE s.status NOT IN ('canceled', 'incomplete_expired');

-- As in 0012_billing.sql, and with the customer goes what it pays with.
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
    RETURN NULL;
END $$;

-- Has the upkeep ask Stripe how an object stands, once this second is over.
CREATE FUNCTION control.want_stripe_look(wanted text, kind text, customer text, about timestamptz, now timestamptz)
RETURNS void
LANGUAGE sql SET search_path = control, pg_temp AS $$
    INSERT INTO control.stripe_look AS l (object_id, kind, stripe_customer, about, next_attempt_at)
    VALUES (wanted, want_stripe_look.kind, customer, want_stripe_look.about,
        want_stripe_look.now + interval '2 seconds')
    ON CONFLICT (object_id) DO UPDATE SET about = greatest(l.about, EXCLUDED.about), times = l.times + 1, attempts = 0,
        next_attempt_at = EXCLUDED.next_attempt_at
$$;

-- As in 0012_billing.sql, with what it is paid with and the discount's id.
CREATE OR REPLACE FUNCTION control.note_stripe_subscription(event_id text, said_at timestamptz, said jsonb) RETURNS text
LANGUAGE plpgsql SET search_path = control, pg_temp AS $$
DECLARE
    new_stamp text := concat(
        CASE WHEN said ->> 'status' IN ('canceled', 'incomplete_expired') THEN '1' ELSE '0' END,
        lpad(extract(epoch FROM said_at)::bigint::text, 12, '0'),
        said ->> 'rank',
        coalesce(array_position(ARRAY['incomplete', 'trialing', 'active', 'paused', 'past_due', 'unpaid'],
            said ->> 'status'), 9),
        ' ', event_id);
    priced uuid;
BEGIN
    SELECT v.id INTO priced FROM control.plan_version v WHERE v.stripe_price = said ->> 'price';
    IF priced IS NULL THEN
        SELECT v.id INTO priced FROM control.plan_version v WHERE v.id::text = said ->> 'plan_version';
    END IF;
    INSERT INTO control.stripe_subscription AS s (id, stripe_customer, status, item, price, quantity, started_at,
        period_start, period_end, trial_ends_at, cancel_at_period_end, ended_at, discount, discount_id, payment_method,
        said_at, stamp, plan_version_id, plan_stamp)
    VALUES (said ->> 'id', said ->> 'customer', said ->> 'status', said ->> 'item', said ->> 'price',
        (said ->> 'quantity')::integer, control.stripe_time(said ->> 'started'),
        control.stripe_time(said ->> 'period_start'), control.stripe_time(said ->> 'period_end'),
        control.stripe_time(said ->> 'trial_end'), (said ->> 'cancel_at_period_end')::boolean,
        control.stripe_time(said ->> 'ended'), said ->> 'discount', said ->> 'discount_id', said ->> 'payment_method',
        note_stripe_subscription.said_at, new_stamp, priced, CASE WHEN priced IS NOT NULL THEN new_stamp END)
    ON CONFLICT (id) DO UPDATE SET
        (stripe_customer, status, item, price, quantity, started_at, period_start, period_end, trial_ends_at,
         cancel_at_period_end, ended_at, discount, discount_id, payment_method, said_at, stamp)
        = (SELECT w.* FROM (VALUES
            (EXCLUDED.stripe_customer, EXCLUDED.status, EXCLUDED.item, EXCLUDED.price, EXCLUDED.quantity,
             EXCLUDED.started_at, EXCLUDED.period_start, EXCLUDED.period_end, EXCLUDED.trial_ends_at,
             EXCLUDED.cancel_at_period_end, EXCLUDED.ended_at, EXCLUDED.discount, EXCLUDED.discount_id,
             EXCLUDED.payment_method, EXCLUDED.said_at, EXCLUDED.stamp),
            (s.stripe_customer, s.status, s.item, s.price, s.quantity, s.started_at, s.period_start, s.period_end,
             s.trial_ends_at, s.cancel_at_period_end, s.ended_at, s.discount, s.discount_id, s.payment_method, s.said_at,
             s.stamp)
           ) w (c, st, i, p, q, sa, ps, pe, te, ca, ea, di, dd, pm, sd, stamp) ORDER BY w.stamp COLLATE "C" DESC LIMIT 1),
        (plan_version_id, plan_stamp) = (SELECT w.* FROM (VALUES
            (EXCLUDED.plan_version_id, EXCLUDED.plan_stamp), (s.plan_version_id, s.plan_stamp)
           ) w (v, stamp) ORDER BY w.stamp COLLATE "C" DESC NULLS LAST LIMIT 1);
    INSERT INTO control.stripe_discount (id, stripe_customer, name)
    SELECT said ->> 'discount_id', said ->> 'customer', said ->> 'discount'
    WHERE said ->> 'discount_id' IS NOT NULL AND said ->> 'discount' IS NOT NULL
    ON CONFLICT (id) DO NOTHING;
    IF priced IS NULL AND said ->> 'price' IS NOT NULL THEN
        RETURN format('no version of a plan has the price %s', said ->> 'price');
    END IF;
    RETURN NULL;
END $$;

-- The same for an invoice, with its lines.
CREATE OR REPLACE FUNCTION control.note_stripe_invoice(event_id text, said_at timestamptz, said jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = control, pg_temp AS $$
DECLARE
    new_stamp text := concat(
        array_position(ARRAY['draft', 'open', 'uncollectible', 'deleted', 'void', 'paid'], said ->> 'status'),
        lpad(extract(epoch FROM said_at)::bigint::text, 12, '0'), said ->> 'rank', ' ', event_id);
    failed timestamptz := CASE WHEN (said ->> 'failed')::boolean THEN said_at END;
BEGIN
    INSERT INTO control.invoice AS i (id, stripe_customer, stripe_subscription, number, status, currency, total, tax,
        amount_due, amount_paid, made_at, period_start, period_end, paid_at, next_attempt_at, page, pdf, lines, stamp,
        first_failed_at, last_failed_at)
    VALUES (said ->> 'id', said ->> 'customer', said ->> 'subscription', said ->> 'number', said ->> 'status',
        said ->> 'currency', (said ->> 'total')::bigint, (said ->> 'tax')::bigint, (said ->> 'amount_due')::bigint,
        (said ->> 'amount_paid')::bigint, control.stripe_time(said ->> 'made'),
        control.stripe_time(said ->> 'period_start'), control.stripe_time(said ->> 'period_end'),
        CASE WHEN said ->> 'status' = 'paid' THEN coalesce(control.stripe_time(said ->> 'paid'), said_at) END,
        control.stripe_time(said ->> 'next_attempt'), said ->> 'page', said ->> 'pdf',
        nullif(said -> 'lines', 'null'), new_stamp, failed, failed)
    ON CONFLICT (id) DO UPDATE SET
        first_failed_at = least(i.first_failed_at, EXCLUDED.first_failed_at),
        last_failed_at = greatest(i.last_failed_at, EXCLUDED.last_failed_at),
        (stripe_customer, stripe_subscription, number, status, currency, total, tax, amount_due, amount_paid, made_at,
         period_start, period_end, paid_at, next_attempt_at, page, pdf, lines, stamp)
        = (SELECT w.* FROM (VALUES
            (EXCLUDED.stripe_customer, EXCLUDED.stripe_subscription, EXCLUDED.number, EXCLUDED.status,
             EXCLUDED.currency, EXCLUDED.total, EXCLUDED.tax, EXCLUDED.amount_due, EXCLUDED.amount_paid,
             EXCLUDED.made_at, EXCLUDED.period_start, EXCLUDED.period_end, EXCLUDED.paid_at,
             EXCLUDED.next_attempt_at, EXCLUDED.page, EXCLUDED.pdf, EXCLUDED.lines, EXCLUDED.stamp),
            (i.stripe_customer, i.stripe_subscription, i.number, i.status, i.currency, i.total, i.tax, i.amount_due,
             i.amount_paid, i.made_at, i.period_start, i.period_end, i.paid_at, i.next_attempt_at, i.page, i.pdf,
             i.lines, i.stamp)
           ) w (c, s, n, st, cu, t, tx, ad, ap, ma, ps, pe, pa, na, pg, pd, li, stamp)
           ORDER BY w.stamp COLLATE "C" DESC LIMIT 1);
END $$;

-- The same for what a customer pays with, and for a payment method.
CREATE FUNCTION control.note_stripe_payer(event_id text, said_at timestamptz, said jsonb) RETURNS void
LANGUAGE sql SET search_path = control, pg_temp AS $$
    INSERT INTO control.stripe_payer AS p (stripe_customer, payment_method, seen_at, stamp)
    VALUES (said ->> 'customer', said ->> 'payment_method', said_at,
        concat(lpad(extract(epoch FROM said_at)::bigint::text, 12, '0'), said ->> 'rank', ' ', event_id))
    ON CONFLICT (stripe_customer) DO UPDATE SET payment_method = EXCLUDED.payment_method, seen_at = EXCLUDED.seen_at,
        stamp = EXCLUDED.stamp
    WHERE EXCLUDED.stamp > p.stamp
$$;

-- What was taken away names no customer any more: it stays the one's whose it was, and goes when that goes.
CREATE FUNCTION control.note_stripe_payment_method(event_id text, said_at timestamptz, said jsonb) RETURNS void
LANGUAGE sql SET search_path = control, pg_temp AS $$
    INSERT INTO control.stripe_payment_method AS m (id, stripe_customer, kind, brand, last4, exp_month, exp_year,
        is_detached, seen_at, stamp)
    VALUES (said ->> 'id', said ->> 'customer', said ->> 'kind', said ->> 'brand', said ->> 'last4',
        (said ->> 'exp_month')::integer, (said ->> 'exp_year')::integer, (said ->> 'detached')::boolean, said_at,
        concat(lpad(extract(epoch FROM said_at)::bigint::text, 12, '0'),
            CASE WHEN (said ->> 'detached')::boolean THEN '1' ELSE '0' END, ' ', event_id))
    ON CONFLICT (id) DO UPDATE SET stripe_customer = coalesce(EXCLUDED.stripe_customer, m.stripe_customer),
        kind = EXCLUDED.kind, brand = EXCLUDED.brand, last4 = EXCLUDED.last4, exp_month = EXCLUDED.exp_month,
        exp_year = EXCLUDED.exp_year, is_detached = EXCLUDED.is_detached, seen_at = EXCLUDED.seen_at, stamp = EXCLUDED.stamp
    WHERE EXCLUDED.stamp > m.stamp
$$;

-- As in 0012_billing.sql, with what pays, with a note for what could not be read, and with looks for what is left open.
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
    IF named IS NOT NULL AND EXISTS (SELECT FROM control.stripe_customer c WHERE c.id = customer)
        AND NOT EXISTS (SELECT FROM control.stripe_payment_method m WHERE m.id = named)
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

-- As in 0012_billing.sql, with the name of a discount that was said at another time.
CREATE OR REPLACE FUNCTION control.own_billing()
RETURNS TABLE (customer text, subscription text, status text, price text, quantity integer, discount text,
    had_one boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
    SELECT s.stripe_customer, s.stripe_subscription, b.status, b.price, b.quantity,
        coalesce(b.discount, (SELECT d.name FROM control.stripe_discount d WHERE d.id = b.discount_id)),
        EXISTS (SELECT FROM control.stripe_customer c JOIN control.stripe_subscription e ON e.stripe_customer = c.id
                WHERE c.tenant_id = s.tenant_id AND e.status NOT IN ('incomplete', 'incomplete_expired'))
    FROM control.subscription s LEFT JOIN control.stripe_subscription b ON b.id = s.stripe_subscription
    WHERE s.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
$$;

-- What the transaction's tenant pays with. No row without a customer at Stripe. `is_said`: Stripe said so; `is_named`: there
-- is one; what it is follows from the event about it, or when Stripe was asked.
CREATE FUNCTION control.own_payment_method()
RETURNS TABLE (is_said boolean, is_named boolean, kind text, brand text, last4 text, exp_month integer, exp_year integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
    SELECT n.method IS NOT NULL OR p.stripe_customer IS NOT NULL, n.method IS NOT NULL AND m.is_detached IS NOT TRUE,
        m.kind, m.brand, m.last4, m.exp_month, m.exp_year
    FROM control.subscription s
    LEFT JOIN control.stripe_subscription b ON b.id = s.stripe_subscription
    LEFT JOIN control.stripe_payer p ON p.stripe_customer = s.stripe_customer
    CROSS JOIN LATERAL (SELECT coalesce(b.payment_method, p.payment_method) AS method) n
    LEFT JOIN control.stripe_payment_method m ON m.id = n.method AND m.stripe_customer = s.stripe_customer
    WHERE s.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid AND s.stripe_customer IS NOT NULL
$$;

-- As control.bill_usage, for a subscription that the tenant has or had: `subscription` says to whom it is told, and, where
-- it is over, until when usage counts. An older version of the program goes on calling the other one.
CREATE FUNCTION control.bill_usage_of(billed uuid, subscription text, billed_meter text, billed_day date, used bigint,
    event_name text, request_id uuid, now timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    told record;
    payer record;
    more bigint;
    time_no integer;
BEGIN
    -- One at a time for each tenant.
    PERFORM 1 FROM control.subscription s WHERE s.tenant_id = billed FOR UPDATE;
    SELECT b.stripe_customer AS customer,
        CASE WHEN b.status = 'canceled' THEN extract(epoch FROM coalesce(b.ended_at, b.said_at))::bigint END AS ended
    INTO payer
    FROM control.stripe_subscription b JOIN control.stripe_customer c ON c.id = b.stripe_customer
    WHERE b.id = bill_usage_of.subscription AND c.tenant_id = billed
        AND b.status NOT IN ('incomplete', 'incomplete_expired');
    IF payer.customer IS NULL THEN
        RETURN 0;
    END IF;
    SELECT u.quantity, u.times INTO told FROM control.billed_usage u
    WHERE u.tenant_id = billed AND u.meter = billed_meter AND u.day = billed_day;
    more := used - coalesce(told.quantity, 0);
    IF more <= 0 THEN
        RETURN 0;
    END IF;
    time_no := coalesce(told.times, 0) + 1;
    INSERT INTO control.billed_usage (tenant_id, meter, day, quantity, times)
    VALUES (billed, billed_meter, billed_day, used, 1)
    ON CONFLICT (tenant_id, meter, day) DO UPDATE SET quantity = EXCLUDED.quantity, times = time_no;
    INSERT INTO control.billing_outbox (id, tenant_id, kind, body, once, created_at, next_attempt_at)
    VALUES (request_id, billed, 'usage', jsonb_build_object('customer', payer.customer, 'event_name', event_name,
        'value', more, 'meter', billed_meter, 'day', billed_day, 'ended', payer.ended),
        format('usage %s %s %s %s', billed, billed_meter, billed_day, time_no), bill_usage_of.now, bill_usage_of.now);
    RETURN more;
END $$;

REVOKE ALL ON FUNCTION control.want_stripe_look(text, text, text, timestamptz, timestamptz),
    control.note_stripe_payer(text, timestamptz, jsonb), control.note_stripe_payment_method(text, timestamptz, jsonb),
    control.own_payment_method(),
    control.bill_usage_of(uuid, text, text, date, bigint, text, uuid, timestamptz)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION control.own_payment_method() TO rowhouse_app;
GRANT EXECUTE ON FUNCTION control.bill_usage_of(uuid, text, text, date, bigint, text, uuid, timestamptz)
TO rowhouse_operator;
