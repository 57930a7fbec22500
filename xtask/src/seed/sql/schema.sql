-- What the seeder keeps while it works. The schema goes when all is there; while it is there, a run was not finished.

CREATE SCHEMA seed;

-- What was asked for. One row.
CREATE TABLE seed.run (
    tenants  integer     NOT NULL,
    tickets  bigint      NOT NULL,
    largest  bigint      NOT NULL,
    -- All times count from here, those of a run that was interrupted too.
    began_at timestamptz NOT NULL,
    -- Into how many spans of time the tickets are cut. Each is written in a transaction of its own.
    slices   integer     NOT NULL
);

-- Whether a slice is written.
CREATE TABLE seed.slice (
    place   integer PRIMARY KEY,
    is_done boolean NOT NULL
);

-- Indexes that were dropped and are not there again.
CREATE TABLE seed.dropped_index (
    name       text    PRIMARY KEY,
    definition text    NOT NULL,
    -- The ones that take longest are built first.
    turn       integer NOT NULL
);

-- 64 bits that look random: the same for the same ticket and purpose.
CREATE FUNCTION seed.bits(tenant integer, ticket bigint, purpose integer) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN hashint8extended((tenant::bigint << 40) | ticket, purpose);

-- Of those bits a number from 0 up to and without 1.
CREATE FUNCTION seed.part(bits bigint, shift integer) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ((bits >> shift) & 65535) / 65536.0::double precision;

-- One of `choices`, from 0: the first much more often than the last, as it is with words.
CREATE FUNCTION seed.often_first(part double precision, choices integer) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN floor(exp(part * ln(choices + 1.0::double precision)))::integer - 1;

-- The halves of a UUIDv7 (RFC 9562, section 5.7) of a moment in milliseconds, and both together.
CREATE FUNCTION seed.high(at bigint, bits bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (at << 16) | 28672 | (bits & 4095);

CREATE FUNCTION seed.low(bits bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (bits & 4611686018427387903) | (-9223372036854775808)::bigint;

CREATE FUNCTION seed.uuid(high bigint, low bigint) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN encode(int8send(high) || int8send(low), 'hex')::uuid;

-- An id as the program writes it in text: 26 digits in base 32 (platform/src/id.rs).
CREATE FUNCTION seed.digit(value bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ('{0,1,2,3,4,5,6,7,8,9,a,b,c,d,e,f,g,h,j,k,m,n,p,q,r,s,t,v,w,x,y,z}'::"char"[])[(value & 31)::integer + 1]::text;

CREATE FUNCTION seed.base32(high bigint, low bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN seed.digit((high >> 61) & 7) || seed.digit(high >> 56) || seed.digit(high >> 51) || seed.digit(high >> 46)
    || seed.digit(high >> 41) || seed.digit(high >> 36) || seed.digit(high >> 31) || seed.digit(high >> 26)
    || seed.digit(high >> 21) || seed.digit(high >> 16) || seed.digit(high >> 11) || seed.digit(high >> 6)
    || seed.digit(high >> 1) || seed.digit(((high & 1) << 4) | ((low >> 60) & 15)) || seed.digit(low >> 55)
    || seed.digit(low >> 50) || seed.digit(low >> 45) || seed.digit(low >> 40) || seed.digit(low >> 35)
    || seed.digit(low >> 30) || seed.digit(low >> 25) || seed.digit(low >> 20) || seed.digit(low >> 15)
    || seed.digit(low >> 10) || seed.digit(low >> 5) || seed.digit(low);
