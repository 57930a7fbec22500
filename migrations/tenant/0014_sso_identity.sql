-- Who is connected with whom at a provider: an account with one person there, and whether its own person said so.

ALTER TABLE sso_identity
    -- Whether the person of the account connected it while signed in. What an owner connected so lets them in without
    -- another owner's word, until the connection talks to its provider in another way.
    ADD COLUMN by_person boolean NOT NULL DEFAULT false,
    -- A second person at the provider never comes into the same account.
    ADD CONSTRAINT sso_identity_one_an_account UNIQUE (tenant_id, connection_id, account_id);
ALTER TABLE sso_identity ALTER COLUMN by_person DROP DEFAULT;
