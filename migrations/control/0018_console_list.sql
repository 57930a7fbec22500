-- The console's list of tenants counts each one's mail that was given up of late, among all that is kept.
CREATE INDEX mail_failed_by_tenant ON control.mail (tenant_id, failed_at) WHERE failed_at IS NOT NULL;
