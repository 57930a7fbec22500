-- Labels that are on their way out: merged into another one, or deleted. One that many tickets have is not taken from all
-- of them in one transaction, but batch by batch, by a server that looks for such labels. Until the last ticket is done
-- the row stays, and nobody gives the label any more.

SET LOCAL lock_timeout = '3s';

ALTER TABLE label
    -- Since when it is on its way out; nothing for a label that tickets can be given.
    ADD COLUMN ending_since timestamptz,
    -- The label that its tickets get instead; nothing: they lose it.
    ADD COLUMN merging_into uuid,
    -- Whoever ended it, and the name of the API key that they used, if one: the tickets' timelines say so.
    ADD COLUMN ended_by     uuid,
    ADD COLUMN ended_via    text,
    ADD FOREIGN KEY (tenant_id, merging_into) REFERENCES label (tenant_id, id),
    ADD FOREIGN KEY (tenant_id, ended_by) REFERENCES account (tenant_id, id),
    ADD CHECK ((ending_since IS NOT NULL) = (ended_by IS NOT NULL)),
    ADD CHECK (merging_into IS NULL OR (ending_since IS NOT NULL AND merging_into <> id)),
    ADD CHECK (ended_via IS NULL OR (ending_since IS NOT NULL AND char_length(ended_via) <= 120));
CREATE INDEX label_by_merge ON label (tenant_id, merging_into);
CREATE INDEX label_by_ender ON label (tenant_id, ended_by);
-- What there is to do, the oldest first.
CREATE INDEX label_ending ON label (tenant_id, ending_since, id) WHERE ending_since IS NOT NULL;
