-- The rest of a tenant's branding (its sign-in page, and the name that mail comes from), and what each person says about
-- themselves.

SET LOCAL lock_timeout = '3s';

ALTER TABLE branding
    -- Words of welcome on the sign-in page; none: the page says only whose it is.
    ADD COLUMN sign_in_title      text CHECK (char_length(sign_in_title) BETWEEN 1 AND 80),
    ADD COLUMN sign_in_text       text CHECK (char_length(sign_in_text) BETWEEN 1 AND 500),
    ADD COLUMN background         text NOT NULL DEFAULT 'none' CHECK (background IN ('none', 'tint', 'picture')),
    -- Re-encoded by us: JPEG, at most 1600 pixels a side. The hash names it in addresses.
    ADD COLUMN background_picture bytea,
    ADD COLUMN background_hash    text,
    -- The display name of the sender of mail; none: the tenant's name.
    ADD COLUMN sender_name        text CHECK (char_length(sender_name) BETWEEN 1 AND 60 AND sender_name !~ '[[:cntrl:]]'),
    ADD CHECK ((background_picture IS NULL) = (background_hash IS NULL)
           AND (background = 'picture') = (background_picture IS NOT NULL));

ALTER TABLE account
    -- How dates and numbers are written, such as en-GB; none: as the product writes them.
    ADD COLUMN locale        text CHECK (locale ~ '^[a-z]{2}-[A-Z]{2}$'),
    -- A name of the IANA time zone database, such as Europe/Berlin; none: the tenant's.
    ADD COLUMN time_zone     text CHECK (char_length(time_zone) BETWEEN 1 AND 60),
    -- Re-encoded by us: PNG, 256 by 256 pixels. The hash names it in addresses.
    ADD COLUMN avatar        bytea,
    ADD COLUMN avatar_hash   text,
    -- Which mail the person wants: true or false by the name of the notification; what is not there is as by default.
    ADD COLUMN notifications jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(notifications) = 'object'),
    ADD CHECK ((avatar IS NULL) = (avatar_hash IS NULL));
