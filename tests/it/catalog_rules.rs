//! The rules that the database itself must keep, read from its catalog: whatever a migration does,
//! a table, view, function or privilege that opens a way around the tenant walls is a violation.
//!
//! A rule is a query with one row of text for each breach, which says what is wrong and what would
//! be right. To add one, write the query in the file of its subject and a case that breaks it in
//! `broken.rs`.

#![allow(clippy::unwrap_used, reason = "a test that cannot read the catalog fails")]

mod broken;
mod functions;
mod privileges;
mod relations;
mod tables;

use sqlx::{AssertSqlSafe, PgConnection};

use crate::database::TestDatabase;

/// The only functions that may run with their owner's rights, each as `regprocedure` prints it.
/// Every one is a door in the wall: what it answers must be fit for any caller.
const SECURITY_DEFINERS: &[&str] = &[
    "control.announce(uuid)",
    "control.announce_row()",
    "control.add_signing_key(text,bytea,bytea,timestamp with time zone,timestamp with time zone,timestamp with time zone)",
    "control.reseal_signing_key(text,bytea)",
    "control.signing_keys(timestamp with time zone)",
    "control.tenant_by_id(uuid)",
    "control.announce_tenant()",
    "control.applied_migrations()",
    "control.changed_within(double precision)",
    "control.count_attempt(bytea,timestamp with time zone,double precision)",
    "control.claim_domain(text,text,integer,timestamp with time zone)",
    "control.demo_tenants()",
    "control.close_tenant(timestamp with time zone)",
    "control.reopen_tenant()",
    "control.tenant_closes_at()",
    "control.delete_closed_tenant(timestamp with time zone)",
    "control.domain_not_proven(text,text,boolean,timestamp with time zone,timestamp with time zone,text,text,text,text,integer,double precision)",
    "control.domain_proven(text,text,timestamp with time zone,timestamp with time zone,text,text)",
    "control.move_audit_head()",
    "control.prune_audit(uuid,timestamp with time zone,integer,integer)",
    "control.record_audit_pruned(uuid,bigint,uuid,timestamp with time zone,text,text,text,bytea,text)",
    "control.remove_audit_of_tenant()",
    "control.mail_workspaces(uuid,text,text,text,timestamp with time zone)",
    "control.announce_plan()",
    "control.audit_days(uuid,timestamp with time zone,integer)",
    "control.end_what_is_over(timestamp with time zone)",
    "control.note_limit_level(text,integer,timestamp with time zone)",
    "control.note_override()",
    "control.note_subscription()",
    "control.own_subscription()",
    "control.own_subscription_changes(integer)",
    "control.plans_on_offer()",
    "control.prepare_subscription()",
    "control.subscribe_tenant()",
    "control.make_domain_primary(text)",
    "control.make_usage_partitions(timestamp with time zone,integer)",
    "control.drop_usage_partitions(timestamp with time zone)",
    "control.renumber_usage()",
    "control.remove_usage_of_tenant()",
    "control.own_domains()",
    "control.primary_domain()",
    "control.queue_mail(uuid,text,text,text,text,text,timestamp with time zone)",
    "control.queue_notification(uuid,text,text,text,text,text,text,timestamp with time zone)",
    "control.register_tenant(text,text,boolean,timestamp with time zone)",
    "control.remove_domain(text)",
    "control.rename_tenant(text)",
    "control.take_due_domains(timestamp with time zone,timestamp with time zone,integer)",
    "control.tenant_by_domain(text)",
    "control.tenant_by_slug(text)",
    "control.tenants_with_due_domains(timestamp with time zone,integer)",
    "control.bill_usage(uuid,text,date,bigint,text,uuid,timestamp with time zone)",
    "control.bill_usage_of(uuid,text,text,date,bigint,text,uuid,timestamp with time zone)",
    "control.forget_stripe_customer()",
    "control.forget_stripe_strangers(timestamp with time zone)",
    "control.link_own_customer(text,timestamp with time zone)",
    "control.note_billing_notice(text,timestamp with time zone,timestamp with time zone)",
    "control.own_billing()",
    "control.own_billing_requests(timestamp with time zone)",
    "control.own_invoices(integer)",
    "control.own_payment_method()",
    "control.price_of_version(uuid)",
    "control.request_billing(uuid,text,jsonb,timestamp with time zone)",
    "control.settle_owing(timestamp with time zone)",
    "control.take_stripe_event(jsonb,text,timestamp with time zone)",
    // Reads the words of all tenants and answers those of the one that is set.
    "pooled.find_ticket_words(tsquery,integer,jsonb,boolean)",
];

/// What the rules call by one name: `{pooled}` is a table of tenants, alone or parent or
/// partition; `{ours}` a schema that is not the server's own.
const NAMES: &[(&str, &str)] = &[
    (
        "{pooled}",
        "(SELECT c.* FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname = 'pooled' AND c.relkind IN ('r', 'p'))",
    ),
    (
        "{ours}",
        "(SELECT * FROM pg_namespace
          WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%')",
    ),
];

/// Every breach of the rules in the database of this connection, in words. It must be able to read
/// the whole catalog: a superuser's.
pub(crate) async fn violations(conn: &mut PgConnection) -> Vec<String> {
    violations_with(conn, SECURITY_DEFINERS).await
}

async fn violations_with(conn: &mut PgConnection, security_definers: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let plain = [tables::RULES, relations::RULES, privileges::RULES].concat();
    for rule in plain {
        let rows = sqlx::query_scalar::<_, String>(AssertSqlSafe(named(rule)));
        found.extend(rows.fetch_all(&mut *conn).await.unwrap());
    }
    for rule in functions::RULES {
        let rows = sqlx::query_scalar::<_, String>(AssertSqlSafe(named(rule)));
        let rows = rows.bind(security_definers);
        found.extend(rows.fetch_all(&mut *conn).await.unwrap());
    }
    found
}

fn named(rule: &str) -> String {
    NAMES.iter().fold(rule.to_owned(), |rule, (name, meaning)| rule.replace(name, meaning))
}

#[tokio::test]
async fn a_migrated_database_keeps_the_rules() {
    let database = TestDatabase::new().await;
    let mut conn = database.admin().await;
    let tables = sqlx::query_scalar::<_, i64>(AssertSqlSafe(named("SELECT count(*) FROM {pooled} tenant_table")));
    assert!(tables.fetch_one(&mut conn).await.unwrap() > 0, "schema pooled has no table: nothing was checked");
    let violations = violations(&mut conn).await;
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}
