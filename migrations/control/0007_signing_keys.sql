-- The keys that access tokens are signed with (ES256), and finding a tenant by the id that a token names.

-- One newest key signs; earlier ones stay until every token that they signed has ended. The private half is sealed with
-- a master key of the configuration, which is not in the database: a reader of this table can sign nothing.
CREATE TABLE control.signing_key (
    -- The thumbprint of the public half (RFC 7638), by which tokens name the key.
    kid         text        NOT NULL PRIMARY KEY CHECK (kid ~ '^[A-Za-z0-9_-]{43}$'),
    -- The point on P-256, uncompressed.
    public_key  bytea       NOT NULL CHECK (octet_length(public_key) = 65),
    -- PKCS #8, sealed.
    private_key bytea       NOT NULL,
    created_at  timestamptz NOT NULL,
    -- From when on its signatures are refused. None: there is no newer key.
    retires_at  timestamptz
);

-- The keys whose signatures are good now.
CREATE FUNCTION control.signing_keys(now timestamptz)
RETURNS TABLE (kid text, public_key bytea, private_key bytea, created_at timestamptz, retires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
    SELECT k.kid, k.public_key, k.private_key, k.created_at, k.retires_at
    FROM control.signing_key k
    WHERE k.retires_at IS NULL OR k.retires_at > signing_keys.now
    ORDER BY k.created_at DESC, k.kid
$$;

-- Adds a key, unless there is one that is younger than `unless_since`: of several servers that find a new one due at the
-- same time, one makes it. Those before it retire at `others_until`, or earlier where that was said before.
CREATE FUNCTION control.add_signing_key(new_kid text, new_public bytea, new_private bytea, now timestamptz,
    unless_since timestamptz, others_until timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = control, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('control.signing_key', 0));
    IF EXISTS (SELECT FROM control.signing_key k WHERE k.retires_at IS NULL AND k.created_at > unless_since) THEN
        RETURN false;
    END IF;
    DELETE FROM control.signing_key k WHERE k.retires_at < add_signing_key.now;
    UPDATE control.signing_key k SET retires_at = least(coalesce(k.retires_at, others_until), others_until);
    INSERT INTO control.signing_key (kid, public_key, private_key, created_at)
    VALUES (new_kid, new_public, new_private, add_signing_key.now);
    RETURN true;
END $$;

-- Puts a key's private half in again, sealed with another master key.
CREATE FUNCTION control.reseal_signing_key(wanted text, sealed bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = control, pg_temp AS $$
    UPDATE control.signing_key k SET private_key = sealed WHERE k.kid = wanted
$$;

-- Whose id is this? For tokens at the apex, which name their tenant.
CREATE FUNCTION control.tenant_by_id(wanted uuid)
RETURNS TABLE (id uuid, slug text, name text, state text, placement text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = control, pg_temp AS $$
    SELECT t.id, t.slug, t.name, t.state, t.placement FROM control.tenant t WHERE t.id = wanted
$$;

REVOKE ALL ON FUNCTION control.signing_keys(timestamptz),
    control.add_signing_key(text, bytea, bytea, timestamptz, timestamptz, timestamptz),
    control.reseal_signing_key(text, bytea), control.tenant_by_id(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION control.signing_keys(timestamptz),
    control.add_signing_key(text, bytea, bytea, timestamptz, timestamptz, timestamptz),
    control.reseal_signing_key(text, bytea), control.tenant_by_id(uuid) TO rowhouse_app;
