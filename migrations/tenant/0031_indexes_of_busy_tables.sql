-- Above the list stands how many tickets there are of each status, under whatever filter. By priority, most of a large
-- workspace's tickets were read for that: each urgent one, to find those that are pending.

SET LOCAL lock_timeout = '3s';
CREATE INDEX ticket_by_status_and_urgency ON ticket (tenant_id, status, urgency, id);
