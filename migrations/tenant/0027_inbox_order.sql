-- The inbox shows what is unread and then what was read, the newest of each first: a page of either is a piece of this
-- index, wherever it begins.

SET LOCAL lock_timeout = '3s';

CREATE INDEX inbox_item_in_order ON inbox_item (tenant_id, account_id, (read_at IS NOT NULL), event_id);
