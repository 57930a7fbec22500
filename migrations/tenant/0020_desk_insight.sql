-- The dashboard reads the tickets of some days by the thousand, and of each a few columns only. It finds them in the
-- indexes alone, without going to the tickets: descriptions make those wide.

-- Opened in some days.
CREATE INDEX ticket_by_creation ON ticket (tenant_id, created_at, id)
    INCLUDE (project_id, assignee_id, first_response_at);

-- Resolved in some days: the index of 0016, with those columns.
DROP INDEX ticket_by_resolution;
CREATE INDEX ticket_by_resolution ON ticket (tenant_id, resolved_at, id)
    INCLUDE (project_id, assignee_id, created_at);

-- Not resolved: few of all.
CREATE INDEX ticket_unresolved ON ticket (tenant_id, created_at, id)
    INCLUDE (project_id, assignee_id, status) WHERE resolved_at IS NULL;
