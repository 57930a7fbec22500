//! The pages of Stripe's that a person is sent to: the checkout, where a subscription begins, and the portal, where cards,
//! addresses and invoices are looked after.
//!
//! Here alone somebody waits for Stripe. No transaction is open meanwhile, and nobody else waits with them.

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{
    Billing, StripeError,
    event::{PLAN_VERSION, TENANT},
    stripe::{Form, form},
};
use crate::{
    ambient::Ambient,
    db::{Database, DbError, TenantTx},
    id::base32,
    tenancy::TenantHome,
};

/// Within this time the same wish leads to the same page, so that a double click makes one.
const SAME_FOR: i64 = 600;

/// Where pages of the checkout are made.
const SESSIONS: &str = "/v1/checkout/sessions";
/// How long somebody waits for earlier pages to be closed.
const CLOSED_WITHIN: std::time::Duration = std::time::Duration::from_secs(8);

/// What a tenant has at Stripe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnBilling {
    /// Its customer there.
    pub customer: Option<String>,
    /// Its subscription there, while it goes on.
    pub subscription: Option<String>,
    /// Stripe's word for how that stands.
    pub status: Option<String>,
    /// Its price there.
    pub price: Option<String>,
    /// How many seats it pays for.
    pub quantity: Option<i32>,
    /// What its coupon is called.
    pub discount: Option<String>,
    /// Whether it has or had one: a trial is given once.
    pub had_one: bool,
}

/// What the transaction's tenant has at Stripe.
///
/// # Errors
/// [`DbError`].
pub async fn own(tx: &mut TenantTx) -> Result<OwnBilling, DbError> {
    let row = sqlx::query_as!(
        OwnBilling,
        r#"SELECT customer, subscription, status, price, quantity, discount, had_one AS "had_one!"
           FROM control.own_billing()"#
    )
    .fetch_optional(tx)
    .await?;
    let none = OwnBilling {
        customer: None,
        subscription: None,
        status: None,
        price: None,
        quantity: None,
        discount: None,
        had_one: false,
    };
    Ok(row.unwrap_or(none))
}

/// What a version of a plan costs at Stripe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionPrice {
    /// The price's id there.
    pub price: String,
    /// Whether it is for each seat.
    pub per_seat: bool,
    /// For how many days it can be tried.
    pub trial_days: i32,
}

/// What a version costs, if it can be chosen and paid.
///
/// # Errors
/// [`DbError`].
pub async fn price_of(tx: &mut TenantTx, version: Uuid) -> Result<Option<VersionPrice>, DbError> {
    Ok(sqlx::query_as!(
        VersionPrice,
        r#"SELECT price AS "price!", per_seat AS "per_seat!", trial_days AS "trial_days!"
           FROM control.price_of_version($1)"#,
        version
    )
    .fetch_optional(tx)
    .await?)
}

/// Why a page of Stripe's cannot be led to.
#[derive(Debug, thiserror::Error)]
pub enum CheckoutError {
    /// Stripe did not do it.
    #[error(transparent)]
    Stripe(#[from] StripeError),
    /// The customer is another tenant's.
    #[error("the customer at Stripe is another tenant's")]
    OtherTenant,
    /// `PostgreSQL` refused or failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

/// Who buys.
#[derive(Debug, Clone, Copy)]
pub struct Buyer<'a> {
    /// For which tenant.
    pub home: &'a TenantHome,
    /// What it is called.
    pub name: &'a str,
    /// Where Stripe writes to.
    pub email: &'a str,
}

/// What is bought.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// The version of the plan.
    pub version: Uuid,
    /// What it costs at Stripe.
    pub price: &'a VersionPrice,
    /// For how many people.
    pub seats: i64,
    /// Whether it may be tried: whoever had a subscription before tried it then.
    pub may_try: bool,
}

/// The tenant's customer at Stripe, which is made where there is none.
///
/// # Errors
/// [`CheckoutError`].
pub async fn customer(
    billing: &Billing,
    database: &Database,
    ambient: &Ambient,
    buyer: Buyer<'_>,
    known: Option<String>,
) -> Result<String, CheckoutError> {
    if let Some(known) = known {
        return Ok(known);
    }
    let tenant = buyer.home.id().0;
    let wish =
        form([("name", buyer.name), ("email", buyer.email), (&format!("metadata[{TENANT}]"), &tenant.to_string())]);
    let key = key(ambient, "customer", tenant, &wish);
    let id = billing.stripe().post("/v1/customers", &wish, &key).await?.text("id")?;
    let mut tx = database.begin(buyer.home).await?;
    let is_own = sqlx::query_scalar!(r#"SELECT control.link_own_customer($1, $2) AS "is_own!""#, id, ambient.now())
        .fetch_one(&mut tx)
        .await
        .map_err(DbError::from)?;
    tx.commit().await?;
    if is_own { Ok(id) } else { Err(CheckoutError::OtherTenant) }
}

/// The address of the page where a subscription is paid for. `home` is the page of the plan, to which it leads back. Pages
/// that were made before are closed: who pays on two of them has two subscriptions, and pays for both.
///
/// # Errors
/// [`CheckoutError`].
pub async fn checkout(
    billing: &Billing,
    ambient: &Ambient,
    buyer: Buyer<'_>,
    customer: &str,
    order: Order<'_>,
    home: &str,
) -> Result<String, CheckoutError> {
    let tenant = buyer.home.id().0;
    let wish = wish(billing, tenant, customer, order, home);
    let key = key(ambient, "checkout", tenant, &wish);
    let made = billing.stripe().post(SESSIONS, &wish, &key).await?;
    let url = made.text("url")?;
    let Some(id) = made.body["id"].as_str() else { return Ok(url) };
    match tokio::time::timeout(CLOSED_WITHIN, close_others(billing, customer, id)).await {
        Ok(Ok(true)) => return Ok(url),
        // The answer was one that was kept, about a page that was closed or paid on since.
        Ok(Ok(false)) => {}
        Ok(Err(error)) => {
            tracing::warn!(%error, tenant = %tenant, "earlier pages of Stripe's checkout could not be closed");
            return Ok(url);
        }
        Err(_) => {
            tracing::warn!(tenant = %tenant, "Stripe took too long to close earlier pages of its checkout");
            return Ok(url);
        }
    }
    let key = format!("{key}-{}", ambient.uuid().simple());
    Ok(billing.stripe().post(SESSIONS, &wish, &key).await?.text("url")?)
}

/// Closes the customer's pages but for one. Answers whether that one is open.
async fn close_others(billing: &Billing, customer: &str, but: &str) -> Result<bool, StripeError> {
    let open = billing.stripe().get(&format!("{SESSIONS}?customer={customer}&status=open&limit=100")).await?;
    let ids = open.body["data"].as_array().ok_or(StripeError::Unreadable)?.iter().filter_map(|one| one["id"].as_str());
    let mut is_open = false;
    for id in ids {
        if id == but {
            is_open = true;
        } else if let Err(error) =
            billing.stripe().post(&format!("{SESSIONS}/{id}/expire"), &Form::new(), &format!("expire-{id}")).await
        {
            // It was paid on or closed in this moment, as a rule.
            tracing::warn!(%error, id, "a page of Stripe's checkout could not be closed");
        }
    }
    Ok(is_open)
}

fn wish(billing: &Billing, tenant: Uuid, customer: &str, order: Order<'_>, home: &str) -> Form {
    let tenant = tenant.to_string();
    let quantity = if order.price.per_seat { order.seats.max(1) } else { 1 };
    let mut wish = form([
        ("mode", "subscription"),
        ("customer", customer),
        ("client_reference_id", &tenant),
        ("line_items[0][price]", &order.price.price),
        ("line_items[0][quantity]", &quantity.to_string()),
        (&format!("subscription_data[metadata][{TENANT}]"), &tenant),
        (&format!("subscription_data[metadata][{PLAN_VERSION}]"), &order.version.to_string()),
        ("allow_promotion_codes", "true"),
        ("billing_address_collection", "required"),
        ("tax_id_collection[enabled]", "true"),
        ("customer_update[name]", "auto"),
        ("customer_update[address]", "auto"),
        ("success_url", &format!("{home}?paid=1")),
        ("cancel_url", home),
    ]);
    if billing.settings().automatic_tax {
        wish.push(("automatic_tax[enabled]".to_owned(), "true".to_owned()));
    }
    if order.may_try && order.price.trial_days > 0 {
        wish.push(("subscription_data[trial_period_days]".to_owned(), order.price.trial_days.to_string()));
    }
    wish
}

/// The address of the page where cards, addresses and invoices are looked after.
///
/// # Errors
/// [`CheckoutError`].
pub async fn portal(
    billing: &Billing,
    ambient: &Ambient,
    buyer: Buyer<'_>,
    customer: &str,
    home: &str,
) -> Result<String, CheckoutError> {
    let wish = form([("customer", customer), ("return_url", home)]);
    // Such a page is good for minutes: each click gets its own.
    let key = format!("portal-{}-{}", buyer.home.id(), ambient.uuid().simple());
    Ok(billing.stripe().post("/v1/billing_portal/sessions", &wish, &key).await?.text("url")?)
}

/// The same for the same wish for a while.
fn key(ambient: &Ambient, what: &str, tenant: Uuid, wish: &Form) -> String {
    let mut digest = Sha256::new();
    digest.update((ambient.now().unix_timestamp() / SAME_FOR).to_be_bytes());
    for (name, value) in wish {
        for part in [name, value] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
    }
    let digest = base32(&digest.finalize()[..16]);
    format!("{what}-{}-{digest}", tenant.simple())
}
