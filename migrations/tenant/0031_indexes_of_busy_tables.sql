-- Above the list stands how many tickets there are of each status, under whatever filter. By priority, most of a large
-- workspace's tickets were read for that: each urgent one, to find those that are pending.

SET LOCAL lock_timeout = '3s';
CREATE INDEX ticket_by_status_and_urgency ON ticket (tenant_id, status, urgency, id);

-- What is new to pages that are open (0029). Next to empty when it is made; whoever writes events waits while the table is
-- read for it once.
CREATE INDEX ticket_event_new ON ticket_event (tenant_id, recorded_in) WHERE recorded_in IS NOT NULL;
