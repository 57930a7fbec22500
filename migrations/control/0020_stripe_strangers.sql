-- What Stripe says of customers who are no tenant's: those of another product in the same account, and those of tenants that
-- were deleted here, whose last invoices Stripe sends afterwards. It is kept for a while, for whose customer it is may be
-- said later, and then forgotten: there are names and addresses in it. So is what is about no customer at all.

SET LOCAL lock_timeout = '3s';

-- Forgets what of that came before `until`. Answers how many events those were; as long as there are any, it may be called
-- again.
CREATE FUNCTION control.forget_stripe_strangers(until timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
DECLARE
    stranger text;
    more bigint;
    forgotten bigint;
BEGIN
    DELETE FROM control.stripe_event e WHERE e.stripe_customer IS NULL AND e.received_at < until;
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    FOR stranger IN
        SELECT DISTINCT e.stripe_customer FROM control.stripe_event e
        WHERE e.received_at < until AND e.stripe_customer IS NOT NULL
            AND NOT EXISTS (SELECT FROM control.stripe_customer c WHERE c.id = e.stripe_customer)
        ORDER BY 1 LIMIT 500
    LOOP
        -- As take_stripe_event does: whose it is may be said at this moment.
        PERFORM pg_advisory_xact_lock(hashtextextended('control.stripe_customer ' || stranger, 0));
        CONTINUE WHEN EXISTS (SELECT FROM control.stripe_customer c WHERE c.id = stranger);
        DELETE FROM control.stripe_event e WHERE e.stripe_customer = stranger AND e.received_at < until;
        GET DIAGNOSTICS more = ROW_COUNT;
        forgotten := forgotten + more;
        -- What the events came to goes with the last of them.
        CONTINUE WHEN EXISTS (SELECT FROM control.stripe_event e WHERE e.stripe_customer = stranger);
        DELETE FROM control.stripe_subscription s WHERE s.stripe_customer = stranger;
        DELETE FROM control.invoice i WHERE i.stripe_customer = stranger;
        DELETE FROM control.stripe_payer p WHERE p.stripe_customer = stranger;
        DELETE FROM control.stripe_payment_method m WHERE m.stripe_customer = stranger;
        DELETE FROM control.stripe_discount d WHERE d.stripe_customer = stranger;
        DELETE FROM control.stripe_look l WHERE l.stripe_customer = stranger;
        DELETE FROM control.stripe_gone g WHERE g.stripe_customer = stranger;
    END LOOP;
    RETURN forgotten;
END $$;

REVOKE ALL ON FUNCTION control.forget_stripe_strangers(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION control.forget_stripe_strangers(timestamptz) TO rowhouse_operator;
