//! Mail to owners about what they owe and what ends: each once.

use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{
    ambient::Ambient,
    db::{DbError, TenantTx},
    mail::{self, BillingNews, Letter, Letterhead},
    tenancy::leaving,
};

/// Where a plan is looked after.
const PAGE: &str = "/admin/plan";
/// Letters that are queued in one look.
const AT_A_TIME: i64 = 200;

/// Something to be told.
#[derive(Debug, Clone)]
pub struct Due {
    /// Whose owners.
    pub(super) slug: String,
    kind: String,
    /// The moment that it is about: since when they owe, when the trial ends.
    about: OffsetDateTime,
    read_only_at: Option<OffsetDateTime>,
    suspended_at: Option<OffsetDateTime>,
    /// Whether a subscription at Stripe stands behind it, or stood; otherwise the operator agreed on it with the tenant.
    is_billed: bool,
}

/// What is to be told now. What was changed by hand is told for a week: not everything that ever was is news.
pub(super) async fn due(operator: &mut PgConnection, now: OffsetDateTime) -> Result<Vec<Due>, DbError> {
    Ok(sqlx::query_as!(
        Due,
        r#"SELECT t.slug AS "slug!", d.kind AS "kind!", d.about AS "about!", s.read_only_at AS "read_only_at?",
                  s.suspended_at AS "suspended_at?", s.stripe_subscription IS NOT NULL OR s.past_due_since IS NOT NULL AS "is_billed!"
           FROM control.subscription s JOIN control.tenant t ON t.id = s.tenant_id
           CROSS JOIN LATERAL (
               SELECT owing.* FROM (VALUES
                   ('payment_failed', s.past_due_since, s.past_due_since, NULL),
                   ('read_only_soon', s.past_due_since, s.read_only_at - interval '2 days', s.read_only_at),
                   ('read_only', s.past_due_since, s.read_only_at, s.suspended_at),
                   ('suspended', s.past_due_since, s.suspended_at, NULL)
               ) owing (kind, about, due, over)
               UNION ALL
               SELECT 'trial_ending', s.trial_ends_at, s.trial_ends_at - interval '3 days', s.trial_ends_at
               WHERE s.state = 'trialing'
               UNION ALL
               SELECT 'read_only', s.read_only_at, s.read_only_at, s.read_only_at + interval '7 days'
               WHERE s.state = 'read_only' AND s.past_due_since IS NULL
               UNION ALL
               SELECT 'payment_arrived', n.about, n.about, NULL FROM control.billing_notice n
               WHERE n.tenant_id = s.tenant_id AND n.kind = 'payment_failed' AND s.past_due_since IS NULL
                   AND s.state = 'active' AND s.stripe_subscription IS NOT NULL
           ) d (kind, about, due, over)
           WHERE t.state = 'active' AND d.about IS NOT NULL
               AND d.due <= $1 AND (d.over IS NULL OR d.over > $1)
               AND NOT EXISTS (SELECT FROM control.billing_notice n
                   WHERE n.tenant_id = s.tenant_id AND n.kind = d.kind AND n.about = d.about)
           ORDER BY d.due, t.slug LIMIT $2"#,
        now,
        AT_A_TIME
    )
    .fetch_all(operator)
    .await?)
}

/// Tells the owners of the transaction's tenant, unless another server did.
pub(super) async fn tell(
    tx: &mut TenantTx,
    ambient: &Ambient,
    letterhead: &Letterhead,
    due: &Due,
) -> Result<(), DbError> {
    let is_first = sqlx::query_scalar!(
        r#"SELECT control.note_billing_notice($1, $2, $3) AS "is_first!""#,
        due.kind,
        due.about,
        ambient.now()
    )
    .fetch_one(&mut *tx)
    .await?;
    let Some(news) = news(due).filter(|_| is_first) else { return Ok(()) };
    let letter = Letter::Billing(news, letterhead.link(PAGE));
    for (_, email) in leaving::owners(tx).await? {
        mail::queue(tx, ambient, letterhead, &email, &letter).await?;
    }
    Ok(())
}

fn news(due: &Due) -> Option<BillingNews> {
    Some(match due.kind.as_str() {
        "payment_failed" => {
            BillingNews::PaymentFailed { read_only_at: due.read_only_at?, suspended_at: due.suspended_at? }
        }
        "read_only_soon" => BillingNews::ReadOnlySoon { at: due.read_only_at? },
        "read_only" if !due.is_billed => BillingNews::MadeReadOnly,
        "read_only" => BillingNews::ReadOnly { suspended_at: due.suspended_at? },
        "suspended" => BillingNews::Suspended,
        "payment_arrived" => BillingNews::PaymentArrived,
        "trial_ending" => BillingNews::TrialEnding { at: due.about, is_paid: due.is_billed },
        _ => return None,
    })
}
