-- What an earlier pass over a file found is removed batch by batch, by the server that works on the import, and no longer
-- within the request that begins another pass: there may be half a million of it. Until it is gone nobody sees it, for the
-- problems of an import are those up to the number that it counts. A server of before that works on such an import meanwhile
-- fails on the key of the problems, and one of after goes on with it.

SET LOCAL lock_timeout = '3s';

ALTER TABLE desk_import
    -- Whether there are problems of an earlier pass. None of another is listed before they are gone.
    ADD COLUMN has_old_problems boolean NOT NULL DEFAULT false;

-- They are something to do also where an import was cancelled meanwhile.
DROP INDEX desk_import_to_do;
CREATE INDEX desk_import_to_do ON desk_import (tenant_id, lease_until)
    WHERE state IN ('checking', 'running', 'undoing') OR has_old_problems;
