-- Billing through Stripe: what Stripe said, what it means for a tenant's subscription, and what Stripe is still to be told.
--
-- Stripe delivers its events in any order, late and more than once. So nothing here depends on the order of arrival: each
-- row that mirrors an object of Stripe's carries a stamp, by which every event about that object has one place, and keeps
-- what the event with the greatest stamp said (times of failed payments: the least and the greatest). What follows for the
-- tenant is computed from these rows alone (settle_billing), each time anew.
--
-- The serving role has no right on these tables. It hands in events whose signature it checked (take_stripe_event), asks
-- about the transaction's tenant, and leaves requests to Stripe for the upkeep, which sends them as the operator's role.

SET LOCAL lock_timeout = '3s';

-- Everything that Stripe's webhook delivered or that was fetched from it, once.
CREATE TABLE control.stripe_event (
    id              text        PRIMARY KEY CHECK (char_length(id) BETWEEN 1 AND 255),
    kind            text        NOT NULL CHECK (char_length(kind) BETWEEN 1 AND 100),
    -- By Stripe's clock.
    created_at      timestamptz NOT NULL,
    received_at     timestamptz NOT NULL,
    is_live         boolean     NOT NULL,
    api_version     text        CHECK (char_length(api_version) <= 60),
    object_id       text        CHECK (char_length(object_id) <= 255),
    stripe_customer text        CHECK (char_length(stripe_customer) <= 255),
    -- applied; waiting: it is not known yet whose customer it is about; ignored: it says nothing about a subscription.
    outcome         text        NOT NULL CHECK (outcome IN ('applied', 'waiting', 'ignored')),
    -- What the operator should know about it.
    note            text        CHECK (char_length(note) <= 500),
    -- As it came.
    payload         json        NOT NULL
);
CREATE INDEX stripe_event_by_customer ON control.stripe_event (stripe_customer, created_at);
CREATE INDEX stripe_event_by_time ON control.stripe_event (received_at);

-- Whose a customer of Stripe's is. Where several events say so, the earliest is believed.
CREATE TABLE control.stripe_customer (
    id        text        PRIMARY KEY CHECK (char_length(id) BETWEEN 1 AND 255),
    tenant_id uuid        NOT NULL REFERENCES control.tenant (id) ON DELETE CASCADE,
    known_at  timestamptz NOT NULL,
    known_by  text        NOT NULL COLLATE "C" CHECK (char_length(known_by) <= 255)
);
CREATE INDEX stripe_customer_by_tenant ON control.stripe_customer (tenant_id);

-- Subscriptions as Stripe has them. There may be rows before it is known whose they are, so no foreign key leads to the
-- customer; a trigger takes them away with it.
CREATE TABLE control.stripe_subscription (
    id                   text        PRIMARY KEY CHECK (char_length(id) BETWEEN 1 AND 255),
    stripe_customer      text        NOT NULL CHECK (char_length(stripe_customer) BETWEEN 1 AND 255),
    status               text        NOT NULL CHECK (char_length(status) BETWEEN 1 AND 40),
    -- The item that has the quantity, and its price.
    item                 text        CHECK (char_length(item) <= 255),
    price                text        CHECK (char_length(price) <= 255),
    quantity             integer     CHECK (quantity >= 0),
    started_at           timestamptz NOT NULL,
    period_start         timestamptz,
    period_end           timestamptz,
    trial_ends_at        timestamptz,
    cancel_at_period_end boolean     NOT NULL,
    ended_at             timestamptz,
    -- The coupon's name or code, for people.
    discount             text        CHECK (char_length(discount) <= 120),
    -- When what is here was said, by Stripe's clock, and the place of the event that said it.
    said_at              timestamptz NOT NULL,
    stamp                text        NOT NULL COLLATE "C",
    -- The plan, by the newest event whose price a version has: an unknown price changes nothing.
    plan_version_id      uuid        REFERENCES control.plan_version (id),
    plan_stamp           text        COLLATE "C",
    -- Whether its end was applied to the tenant: what the operator agrees with the tenant afterwards is not undone by it.
    is_end_settled       boolean     NOT NULL DEFAULT false,
    CHECK ((plan_version_id IS NULL) = (plan_stamp IS NULL))
);
CREATE INDEX stripe_subscription_by_customer ON control.stripe_subscription (stripe_customer);
CREATE INDEX stripe_subscription_by_plan ON control.stripe_subscription (plan_version_id);

-- Invoices as Stripe has them.
CREATE TABLE control.invoice (
    id                  text        PRIMARY KEY CHECK (char_length(id) BETWEEN 1 AND 255),
    stripe_customer     text        NOT NULL CHECK (char_length(stripe_customer) BETWEEN 1 AND 255),
    stripe_subscription text        CHECK (char_length(stripe_subscription) <= 255),
    number              text        CHECK (char_length(number) <= 120),
    status              text        NOT NULL CHECK (status IN ('draft', 'open', 'uncollectible', 'deleted', 'void', 'paid')),
    currency            text        NOT NULL CHECK (currency ~ '^[a-z]{3}$'),
    -- In the currency's smallest unit, as Stripe has them; a credit is negative.
    total               bigint      NOT NULL,
    tax                 bigint      NOT NULL,
    amount_due          bigint      NOT NULL,
    amount_paid         bigint      NOT NULL,
    made_at             timestamptz NOT NULL,
    period_start        timestamptz,
    period_end          timestamptz,
    paid_at             timestamptz,
    next_attempt_at     timestamptz,
    -- Where its owner reads and pays it, and its PDF.
    page                text        CHECK (char_length(page) <= 2000),
    pdf                 text        CHECK (char_length(pdf) <= 2000),
    stamp               text        NOT NULL COLLATE "C",
    -- When paying it failed, the first and the last time.
    first_failed_at     timestamptz,
    last_failed_at      timestamptz
);
CREATE INDEX invoice_by_customer ON control.invoice (stripe_customer, made_at);
CREATE INDEX invoice_by_subscription ON control.invoice (stripe_subscription);

-- What Stripe is to be told, once each. The id is Stripe's Idempotency-Key, together with the generation.
CREATE TABLE control.billing_outbox (
    id              uuid        PRIMARY KEY,
    -- None: it is about what a tenant left that is gone.
    tenant_id       uuid        REFERENCES control.tenant (id) ON DELETE CASCADE,
    kind            text        NOT NULL CHECK (kind IN ('seats', 'plan', 'cancel', 'resume', 'tax_id', 'end', 'usage')),
    body            jsonb       NOT NULL CHECK (jsonb_typeof(body) = 'object'),
    -- What is told once: a second row with the same words is not made.
    once            text        UNIQUE CHECK (char_length(once) <= 255),
    created_at      timestamptz NOT NULL,
    next_attempt_at timestamptz NOT NULL,
    attempts        integer     NOT NULL DEFAULT 0,
    -- Stripe keeps an answer under its key; where that is an error of its own, another key is needed.
    generation      integer     NOT NULL DEFAULT 0,
    -- Since when Stripe may have done it without our knowing.
    uncertain_since timestamptz,
    done_at         timestamptz,
    failed_at       timestamptz,
    -- For the operator.
    last_error      text        CHECK (char_length(last_error) <= 1000),
    CHECK (done_at IS NULL OR failed_at IS NULL)
);
CREATE INDEX billing_outbox_due ON control.billing_outbox (next_attempt_at) WHERE done_at IS NULL AND failed_at IS NULL;
CREATE INDEX billing_outbox_by_tenant ON control.billing_outbox (tenant_id, created_at);

-- How much of a meter Stripe was told for a day of a tenant: all that stands in the outbox, sent or to be sent.
CREATE TABLE control.billed_usage (
    tenant_id uuid    NOT NULL REFERENCES control.tenant (id) ON DELETE CASCADE,
    meter     text    NOT NULL CHECK (char_length(meter) BETWEEN 1 AND 40),
    day       date    NOT NULL,
    quantity  bigint  NOT NULL CHECK (quantity >= 0),
    -- How often it was told: late events make another time.
    times     integer NOT NULL CHECK (times > 0),
    PRIMARY KEY (tenant_id, meter, day)
);

-- What was mailed about billing, so that it is mailed once.
CREATE TABLE control.billing_notice (
    tenant_id uuid        NOT NULL REFERENCES control.tenant (id) ON DELETE CASCADE,
    kind      text        NOT NULL CHECK (kind IN
        ('payment_failed', 'read_only_soon', 'read_only', 'suspended', 'payment_arrived', 'trial_ending')),
    -- Which time: the moment that it is about.
    about     timestamptz NOT NULL,
    noted_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, kind, about)
);

CREATE INDEX subscription_owing ON control.subscription (past_due_since) WHERE past_due_since IS NOT NULL;

GRANT SELECT ON control.stripe_event, control.stripe_customer, control.stripe_subscription, control.invoice,
    control.billing_notice TO rowhouse_operator;
GRANT SELECT, INSERT, UPDATE ON control.billing_outbox, control.billed_usage TO rowhouse_operator;

-- With a customer goes what is known of it; subscriptions that go on at Stripe are ended there.
CREATE FUNCTION control.forget_stripe_customer() RETURNS trigger
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
    RETURN NULL;
END $$;
CREATE TRIGGER forget AFTER DELETE ON control.stripe_customer
    FOR EACH ROW EXECUTE FUNCTION control.forget_stripe_customer();

-- Stripe's seconds.
CREATE FUNCTION control.stripe_time(seconds text) RETURNS timestamptz
LANGUAGE sql IMMUTABLE SET search_path = control, pg_temp AS $$
    SELECT to_timestamp(seconds::bigint)
$$;

-- Keeps what an event says about a subscription, if no later one said otherwise. An end is final. Within one second, a
-- deletion is later than an update, an update than the creation, and of two updates the one whose status is later in a
-- subscription's life; the id decides between what is left, so that it is the same each time.
CREATE FUNCTION control.note_stripe_subscription(event_id text, said_at timestamptz, said jsonb) RETURNS text
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
        period_start, period_end, trial_ends_at, cancel_at_period_end, ended_at, discount, said_at, stamp,
        plan_version_id, plan_stamp)
    VALUES (said ->> 'id', said ->> 'customer', said ->> 'status', said ->> 'item', said ->> 'price',
        (said ->> 'quantity')::integer, control.stripe_time(said ->> 'started'),
        control.stripe_time(said ->> 'period_start'), control.stripe_time(said ->> 'period_end'),
        control.stripe_time(said ->> 'trial_end'), (said ->> 'cancel_at_period_end')::boolean,
        control.stripe_time(said ->> 'ended'), said ->> 'discount', note_stripe_subscription.said_at, new_stamp,
        priced, CASE WHEN priced IS NOT NULL THEN new_stamp END)
    ON CONFLICT (id) DO UPDATE SET
        (stripe_customer, status, item, price, quantity, started_at, period_start, period_end, trial_ends_at,
         cancel_at_period_end, ended_at, discount, said_at, stamp)
        = (SELECT w.* FROM (VALUES
            (EXCLUDED.stripe_customer, EXCLUDED.status, EXCLUDED.item, EXCLUDED.price, EXCLUDED.quantity,
             EXCLUDED.started_at, EXCLUDED.period_start, EXCLUDED.period_end, EXCLUDED.trial_ends_at,
             EXCLUDED.cancel_at_period_end, EXCLUDED.ended_at, EXCLUDED.discount, EXCLUDED.said_at, EXCLUDED.stamp),
            (s.stripe_customer, s.status, s.item, s.price, s.quantity, s.started_at, s.period_start, s.period_end,
             s.trial_ends_at, s.cancel_at_period_end, s.ended_at, s.discount, s.said_at, s.stamp)
           ) w (c, st, i, p, q, sa, ps, pe, te, ca, ea, di, sd, stamp) ORDER BY w.stamp COLLATE "C" DESC LIMIT 1),
        (plan_version_id, plan_stamp) = (SELECT w.* FROM (VALUES
            (EXCLUDED.plan_version_id, EXCLUDED.plan_stamp), (s.plan_version_id, s.plan_stamp)
           ) w (v, stamp) ORDER BY w.stamp COLLATE "C" DESC NULLS LAST LIMIT 1);
    IF priced IS NULL AND said ->> 'price' IS NOT NULL THEN
        RETURN format('no version of a plan has the price %s', said ->> 'price');
    END IF;
    RETURN NULL;
END $$;

-- The same for an invoice. It goes one way, from draft to paid, so its status is the first part of the stamp.
CREATE FUNCTION control.note_stripe_invoice(event_id text, said_at timestamptz, said jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = control, pg_temp AS $$
DECLARE
    new_stamp text := concat(
        array_position(ARRAY['draft', 'open', 'uncollectible', 'deleted', 'void', 'paid'], said ->> 'status'),
        lpad(extract(epoch FROM said_at)::bigint::text, 12, '0'), said ->> 'rank', ' ', event_id);
    failed timestamptz := CASE WHEN (said ->> 'failed')::boolean THEN said_at END;
BEGIN
    INSERT INTO control.invoice AS i (id, stripe_customer, stripe_subscription, number, status, currency, total, tax,
        amount_due, amount_paid, made_at, period_start, period_end, paid_at, next_attempt_at, page, pdf, stamp,
        first_failed_at, last_failed_at)
    VALUES (said ->> 'id', said ->> 'customer', said ->> 'subscription', said ->> 'number', said ->> 'status',
        said ->> 'currency', (said ->> 'total')::bigint, (said ->> 'tax')::bigint, (said ->> 'amount_due')::bigint,
        (said ->> 'amount_paid')::bigint, control.stripe_time(said ->> 'made'),
        control.stripe_time(said ->> 'period_start'), control.stripe_time(said ->> 'period_end'),
        CASE WHEN said ->> 'status' = 'paid' THEN coalesce(control.stripe_time(said ->> 'paid'), said_at) END,
        control.stripe_time(said ->> 'next_attempt'), said ->> 'page', said ->> 'pdf', new_stamp, failed, failed)
    ON CONFLICT (id) DO UPDATE SET
        first_failed_at = least(i.first_failed_at, EXCLUDED.first_failed_at),
        last_failed_at = greatest(i.last_failed_at, EXCLUDED.last_failed_at),
        (stripe_customer, stripe_subscription, number, status, currency, total, tax, amount_due, amount_paid, made_at,
         period_start, period_end, paid_at, next_attempt_at, page, pdf, stamp)
        = (SELECT w.* FROM (VALUES
            (EXCLUDED.stripe_customer, EXCLUDED.stripe_subscription, EXCLUDED.number, EXCLUDED.status,
             EXCLUDED.currency, EXCLUDED.total, EXCLUDED.tax, EXCLUDED.amount_due, EXCLUDED.amount_paid,
             EXCLUDED.made_at, EXCLUDED.period_start, EXCLUDED.period_end, EXCLUDED.paid_at,
             EXCLUDED.next_attempt_at, EXCLUDED.page, EXCLUDED.pdf, EXCLUDED.stamp),
            (i.stripe_customer, i.stripe_subscription, i.number, i.status, i.currency, i.total, i.tax, i.amount_due,
             i.amount_paid, i.made_at, i.period_start, i.period_end, i.paid_at, i.next_attempt_at, i.page, i.pdf,
             i.stamp)
           ) w (c, s, n, st, cu, t, tx, ad, ap, ma, ps, pe, pa, na, pg, pd, stamp)
           ORDER BY w.stamp COLLATE "C" DESC LIMIT 1);
END $$;

-- Computes a tenant's subscription from what Stripe said, as of a moment: by nothing else, so that the order in which it
-- was said makes no difference. What the operator agrees with a tenant stays until there is another subscription at Stripe.
--
-- Owing begins with the first failed payment of an invoice that is still open. Seven days later nothing can be changed,
-- after twenty-one nothing is shown; a payment ends it.
CREATE FUNCTION control.settle_billing(settled uuid, now timestamptz) RETURNS boolean
LANGUAGE plpgsql SET search_path = control, pg_temp AS $$
DECLARE
    held control.subscription;
    new control.subscription;
    chosen control.stripe_subscription;
    unpaid record;
    last_paid timestamptz;
    owes boolean;
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
    ELSIF chosen.is_end_settled AND held.stripe_subscription IS NULL AND held.state <> 'cancelled' THEN
        new.stripe_customer := chosen.stripe_customer;
    ELSE
        new.stripe_customer := chosen.stripe_customer;
        new.stripe_subscription := chosen.id;
        new.trial_ends_at := NULL;
        new.past_due_since := NULL;
        new.read_only_at := NULL;
        new.suspended_at := NULL;
        IF chosen.status = 'canceled' THEN
            -- It is over: the operator may agree on something else.
            new.stripe_subscription := NULL;
            new.plan_version_id := control.initial_plan_version();
            new.state := 'cancelled';
            new.seats := NULL;
            new.period_start := NULL;
            new.period_end := coalesce(chosen.ended_at, chosen.said_at);
            new.cancel_at_period_end := false;
        ELSE
            new.plan_version_id := coalesce(chosen.plan_version_id, control.initial_plan_version());
            new.seats := (SELECT chosen.quantity FROM control.plan_version v
                WHERE v.id = new.plan_version_id AND v.per_seat);
            new.period_start := chosen.period_start;
            new.period_end := chosen.period_end;
            IF chosen.period_end <= chosen.period_start THEN
                new.period_start := NULL;
            END IF;
            new.cancel_at_period_end := chosen.cancel_at_period_end;
            SELECT min(i.first_failed_at) AS since, max(i.last_failed_at) AS last INTO unpaid FROM control.invoice i
            WHERE i.stripe_subscription = chosen.id AND i.status IN ('open', 'uncollectible')
                AND i.first_failed_at IS NOT NULL;
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
                new.past_due_since := coalesce(unpaid.since,
                    CASE WHEN chosen.status = 'paused' THEN chosen.trial_ends_at END, chosen.period_start,
                    chosen.said_at);
                new.read_only_at := new.past_due_since + interval '7 days';
                new.suspended_at := new.past_due_since + interval '21 days';
                new.state := CASE WHEN now >= new.suspended_at THEN 'suspended' WHEN now >= new.read_only_at
                    THEN 'read_only' ELSE 'past_due' END;
            ELSIF chosen.status = 'trialing' AND coalesce(chosen.trial_ends_at, chosen.period_end) IS NOT NULL THEN
                new.trial_ends_at := coalesce(chosen.trial_ends_at, chosen.period_end);
                new.state := 'trialing';
            ELSE
                new.state := 'active';
            END IF;
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

-- Takes one event, whose signature the caller checked and which the caller read into words of its own: stores it, keeps
-- what it says, and computes what follows. All of it or, where the transaction is undone, nothing. Answers what became of
-- it: applied, waiting, ignored, or known for one that was taken before.
CREATE FUNCTION control.take_stripe_event(event jsonb, payload text, now timestamptz) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    event_id text := event ->> 'id';
    said_at timestamptz := control.stripe_time(event ->> 'created');
    customer text := event ->> 'customer';
    whose uuid;
    whose_before uuid;
    became text;
    noted text;
BEGIN
    -- One at a time for each customer: of two events that come at once, the second sees what the first did.
    PERFORM pg_advisory_xact_lock(hashtextextended('control.stripe_customer ' || coalesce(customer, ''), 0));
    INSERT INTO control.stripe_event (id, kind, created_at, received_at, is_live, api_version, object_id, stripe_customer,
        outcome, payload)
    VALUES (event_id, event ->> 'kind', said_at, take_stripe_event.now, (event ->> 'live')::boolean,
        event ->> 'api_version', event ->> 'object', customer, 'ignored', take_stripe_event.payload::json)
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

-- The customer that was just made at Stripe for the transaction's tenant is this tenant's. False where it is another's.
CREATE FUNCTION control.link_own_customer(customer text, now timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    own uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
    whose uuid;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('control.stripe_customer ' || customer, 0));
    INSERT INTO control.stripe_customer (id, tenant_id, known_at, known_by) VALUES (customer, own, now, '')
    ON CONFLICT (id) DO NOTHING;
    SELECT c.tenant_id INTO whose FROM control.stripe_customer c WHERE c.id = customer;
    IF whose IS DISTINCT FROM own THEN
        RETURN false;
    END IF;
    PERFORM control.settle_billing(own, now);
    UPDATE control.stripe_event e SET outcome = 'applied' WHERE e.stripe_customer = customer AND e.outcome = 'waiting';
    RETURN true;
END $$;

-- What the transaction's tenant has at Stripe.
CREATE FUNCTION control.own_billing()
RETURNS TABLE (customer text, subscription text, status text, price text, quantity integer, discount text,
    had_one boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
    SELECT s.stripe_customer, s.stripe_subscription, b.status, b.price, b.quantity, b.discount,
        EXISTS (SELECT FROM control.stripe_customer c JOIN control.stripe_subscription e ON e.stripe_customer = c.id
                WHERE c.tenant_id = s.tenant_id AND e.status NOT IN ('incomplete', 'incomplete_expired'))
    FROM control.subscription s LEFT JOIN control.stripe_subscription b ON b.id = s.stripe_subscription
    WHERE s.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
$$;

-- The newest invoices of the transaction's tenant. Drafts are nothing to be shown yet.
CREATE FUNCTION control.own_invoices(most integer)
RETURNS TABLE (id text, number text, status text, currency text, total bigint, tax bigint, amount_due bigint,
    amount_paid bigint, made_at timestamptz, period_start timestamptz, period_end timestamptz, paid_at timestamptz,
    next_attempt_at timestamptz, has_failed boolean, page text, pdf text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
    SELECT i.id, i.number, i.status, i.currency, i.total, i.tax, i.amount_due, i.amount_paid, i.made_at, i.period_start,
        i.period_end, i.paid_at, i.next_attempt_at, i.first_failed_at IS NOT NULL, i.page, i.pdf
    FROM control.invoice i JOIN control.stripe_customer c ON c.id = i.stripe_customer
    WHERE c.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        AND i.status NOT IN ('draft', 'deleted')
    ORDER BY i.made_at DESC, i.id DESC LIMIT most
$$;

-- What a version of a plan costs at Stripe, if it can still be chosen.
CREATE FUNCTION control.price_of_version(wanted uuid)
RETURNS TABLE (price text, per_seat boolean, trial_days integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
    SELECT v.stripe_price, v.per_seat, v.trial_days FROM control.plan_version v
    WHERE v.id = wanted AND v.retired_at IS NULL AND v.stripe_price IS NOT NULL
$$;

-- Leaves a request to Stripe in the name of the transaction's tenant. Of the same kind, one that was not sent yet gives
-- way; cancelling and going on are of one kind.
CREATE FUNCTION control.request_billing(request_id uuid, kind text, body jsonb, now timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    own uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
BEGIN
    IF own IS NULL OR request_billing.kind NOT IN ('seats', 'plan', 'cancel', 'resume', 'tax_id') THEN
        RAISE EXCEPTION 'a tenant asks for itself, and for what it may change' USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE control.billing_outbox o SET failed_at = request_billing.now, last_error = 'another request took its place'
    WHERE o.tenant_id = own AND o.attempts = 0 AND o.done_at IS NULL AND o.failed_at IS NULL
        AND (o.kind = request_billing.kind
             OR o.kind IN ('cancel', 'resume') AND request_billing.kind IN ('cancel', 'resume'));
    INSERT INTO control.billing_outbox (id, tenant_id, kind, body, created_at, next_attempt_at)
    VALUES (request_id, own, request_billing.kind, request_billing.body, request_billing.now, request_billing.now);
END $$;

-- The requests of the transaction's tenant that are on their way, and those that Stripe refused lately.
CREATE FUNCTION control.own_billing_requests(now timestamptz)
RETURNS TABLE (kind text, body jsonb, created_at timestamptz, failed boolean, why text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
    SELECT o.kind, o.body, o.created_at, o.failed_at IS NOT NULL, CASE WHEN o.failed_at IS NOT NULL THEN o.last_error END
    FROM control.billing_outbox o
    WHERE o.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid AND o.kind <> 'usage'
        AND o.done_at IS NULL
        AND (o.failed_at IS NULL OR o.attempts > 0 AND o.failed_at > own_billing_requests.now - interval '1 day')
    ORDER BY o.created_at DESC LIMIT 20
$$;

-- Notes that the transaction's tenant is told of something. False where it was told before.
CREATE FUNCTION control.note_billing_notice(kind text, about timestamptz, now timestamptz) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = control, pg_temp AS $$
    WITH noted AS (
        INSERT INTO control.billing_notice (tenant_id, kind, about, noted_at)
        VALUES (nullif(current_setting('app.tenant_id', true), '')::uuid, note_billing_notice.kind,
            note_billing_notice.about, note_billing_notice.now)
        ON CONFLICT DO NOTHING RETURNING 1
    )
    SELECT EXISTS (SELECT FROM noted)
$$;

-- Lets time pass, for the operator's role: those who owe become read-only and suspended. Answers how many changed.
CREATE FUNCTION control.settle_owing(now timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    changed bigint := 0;
    owing uuid;
BEGIN
    PERFORM set_config('app.plan_actor', 'system', true), set_config('app.plan_event', '', true),
        set_config('app.plan_reason', 'an invoice is not paid', true);
    FOR owing IN SELECT s.tenant_id FROM control.subscription s
        WHERE s.past_due_since IS NOT NULL AND s.stripe_subscription IS NOT NULL ORDER BY s.tenant_id LOOP
        IF control.settle_billing(owing, now) THEN
            changed := changed + 1;
        END IF;
    END LOOP;
    RETURN changed;
END $$;

-- Leaves for Stripe what was used beyond what it was told, for one meter and day of a tenant. Answers how much that was:
-- none where nothing is new, or where there is less than was told, which only the operator can put right.
CREATE FUNCTION control.bill_usage(billed uuid, billed_meter text, billed_day date, used bigint, event_name text,
    request_id uuid, now timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    told record;
    customer text;
    more bigint;
    time_no integer;
BEGIN
    SELECT s.stripe_customer INTO customer FROM control.subscription s
    WHERE s.tenant_id = billed AND s.stripe_subscription IS NOT NULL
        AND s.state IN ('active', 'past_due', 'read_only', 'suspended', 'trialing') FOR UPDATE;
    IF customer IS NULL THEN
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
    VALUES (request_id, billed, 'usage', jsonb_build_object('customer', customer, 'event_name', event_name,
        'value', more, 'meter', billed_meter, 'day', billed_day),
        format('usage %s %s %s %s', billed, billed_meter, billed_day, time_no), bill_usage.now, bill_usage.now);
    RETURN more;
END $$;

REVOKE ALL ON FUNCTION control.forget_stripe_customer(), control.stripe_time(text),
    control.note_stripe_subscription(text, timestamptz, jsonb), control.note_stripe_invoice(text, timestamptz, jsonb),
    control.settle_billing(uuid, timestamptz), control.take_stripe_event(jsonb, text, timestamptz),
    control.link_own_customer(text, timestamptz), control.own_billing(), control.own_invoices(integer),
    control.price_of_version(uuid), control.request_billing(uuid, text, jsonb, timestamptz),
    control.own_billing_requests(timestamptz), control.note_billing_notice(text, timestamptz, timestamptz),
    control.settle_owing(timestamptz), control.bill_usage(uuid, text, date, bigint, text, uuid, timestamptz)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION control.take_stripe_event(jsonb, text, timestamptz), control.link_own_customer(text, timestamptz),
    control.own_billing(), control.own_invoices(integer), control.price_of_version(uuid),
    control.request_billing(uuid, text, jsonb, timestamptz), control.own_billing_requests(timestamptz),
    control.note_billing_notice(text, timestamptz, timestamptz)
TO rowhouse_app;
GRANT EXECUTE ON FUNCTION control.take_stripe_event(jsonb, text, timestamptz), control.settle_owing(timestamptz),
    control.bill_usage(uuid, text, date, bigint, text, uuid, timestamptz)
TO rowhouse_operator;
