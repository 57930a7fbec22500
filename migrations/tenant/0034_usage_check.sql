-- The table of events checks no lengths any more: an event is written by every request of a program, and each statement
-- reads and prepares the check anew, the dearer the longer it is. Meters and keys are words of the server's own, and no
-- unique index takes one that is too long. That there is no negative usage stays.

ALTER TABLE usage_event DROP CONSTRAINT usage_event_check;
ALTER TABLE usage_event ADD CONSTRAINT usage_event_quantity_check CHECK (quantity >= 0);
