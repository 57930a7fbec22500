-- Pages that are open hear of a change as soon as it is committed, however long before that it was written: by the
-- transaction that it was written in, and by no clock.

SET LOCAL lock_timeout = '3s';

-- NULL where nobody is to hear of it: what was there before, and the thousands of tickets that an import makes. The column
-- first and its default after it, so that no row is written anew.
ALTER TABLE ticket_event ADD COLUMN recorded_in xid8;
ALTER TABLE ticket_event ALTER COLUMN recorded_in SET DEFAULT pg_current_xact_id();
-- Its index is made in 0031: in this transaction, which has the table alone, readers too would wait while it is read.
