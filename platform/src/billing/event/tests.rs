use serde_json::json;

use super::*;

fn settings() -> BillingSettings {
    BillingSettings {
        secret_key: "sk_test_1".to_owned(),
        webhook_secrets: Vec::new(),
        api: super::super::API.to_owned(),
        account: None,
        automatic_tax: false,
        meters: Vec::new(),
    }
}

fn event(kind: &str, object: Value) -> Value {
    json!({ "id": "evt_1", "object": "event", "type": kind, "created": 1_780_315_203, "livemode": false,
            "api_version": "2024-06-20", "data": { "object": object } })
}

fn read_json(event: &Value) -> Result<Facts, EventError> {
    read(event.to_string().as_bytes(), &settings())
}

#[test]
fn old_and_new_shapes_say_the_same() {
    let tenant = "01900000-0000-7000-8000-0000000000aa";
    let old = json!({ "id": "sub_1", "object": "subscription", "customer": "cus_1", "status": "active", "created": 10,
        "current_period_start": 20, "current_period_end": 30, "quantity": 4, "metadata": { "tenant_id": tenant },
        "items": { "data": [{ "id": "si_1", "quantity": 4, "plan": { "id": "price_1" } }] } });
    let new = json!({ "id": "sub_1", "object": "subscription", "customer": { "id": "cus_1" }, "status": "active",
        "created": 10, "metadata": { "tenant_id": tenant }, "items": { "data": [
            { "id": "si_0", "price": { "id": "price_0", "recurring": { "usage_type": "metered" } },
              "current_period_start": 20, "current_period_end": 30 },
            { "id": "si_1", "quantity": 4, "price": { "id": "price_1", "recurring": { "usage_type": "licensed" } },
              "current_period_start": 20, "current_period_end": 30 }] } });
    let kind = "customer.subscription.updated";
    let facts = read_json(&event(kind, old)).unwrap();
    assert_eq!(facts, read_json(&event(kind, new)).unwrap());
    assert_eq!(facts.tenant, Some(tenant.parse().unwrap()));
    let said = facts.subscription.unwrap();
    assert_eq!((said.item.as_deref(), said.price.as_deref(), said.quantity), (Some("si_1"), Some("price_1"), Some(4)));
    assert_eq!((said.period_start, said.period_end), (Some(20), Some(30)));

    let old = json!({ "id": "in_1", "object": "invoice", "customer": "cus_1", "subscription": "sub_1", "status": "open",
        "currency": "eur", "created": 10, "tax": 19 });
    let new = json!({ "id": "in_1", "object": "invoice", "customer": "cus_1", "status": "open", "currency": "eur",
        "created": 10, "total_taxes": [{ "amount": 10 }, { "amount": 9 }],
        "parent": { "subscription_details": { "subscription": "sub_1" } } });
    let facts = read_json(&event("invoice.payment_failed", old)).unwrap();
    assert_eq!(facts, read_json(&event("invoice.payment_failed", new)).unwrap());
    assert!(facts.invoice.unwrap().failed);
}

#[test]
fn a_cancellation_for_the_periods_end_is_read_either_way() {
    for (at, by_flag, ends) in [(None, true, true), (Some(30), false, true), (Some(31), false, false)] {
        let object = json!({ "id": "sub_1", "object": "subscription", "customer": "cus_1", "status": "active",
            "current_period_end": 30, "cancel_at": at, "cancel_at_period_end": by_flag });
        let facts = read_json(&event("customer.subscription.updated", object)).unwrap();
        assert_eq!(facts.subscription.unwrap().cancel_at_period_end, ends, "{at:?}");
    }
}

#[test]
fn what_nobody_asks_for_needs_no_shape() {
    let facts = read_json(&event("payout.created", json!({ "id": 7, "metadata": [] }))).unwrap();
    assert_eq!((facts.subscription, facts.invoice, facts.customer), (None, None, None));
    let preview = json!({ "object": "invoice", "customer": "cus_1", "currency": "eur" });
    assert_eq!(read_json(&event("invoice.upcoming", preview)).unwrap().invoice, None);
}

#[test]
fn what_is_not_for_us_is_refused() {
    let customer = json!({ "id": "cus_1", "object": "customer" });
    let mut other = event("customer.created", customer.clone());
    other["account"] = json!("acct_2");
    assert_eq!(read_json(&other), Err(EventError::OtherAccount));
    let own = BillingSettings { account: Some("acct_2".to_owned()), ..settings() };
    assert!(read(other.to_string().as_bytes(), &own).is_ok());
    let mut live = event("customer.created", customer);
    live["livemode"] = json!(true);
    assert_eq!(read_json(&live), Err(EventError::OtherMode));
    let real = BillingSettings { secret_key: "rk_live_1".to_owned(), ..settings() };
    assert!(read(live.to_string().as_bytes(), &real).is_ok());
}

#[test]
fn what_cannot_be_read_is_said() {
    let is_unreadable = |event: &Value| matches!(read_json(event), Err(EventError::Unreadable(_)));
    let fetched = |object: &Value| of_fetched(object, OffsetDateTime::UNIX_EPOCH, Uuid::nil(), false);
    assert!(matches!(read(b"{", &settings()), Err(EventError::Unreadable(_))));
    let mut none = event("customer.created", json!({ "id": "cus_1", "object": "customer" }));
    none["object"] = json!("customer");
    assert!(is_unreadable(&none));
    for object in [
        json!({ "id": "sub_1", "object": "subscription", "customer": "cus_1" }),
        json!({ "id": "", "object": "subscription", "customer": "cus_1", "status": "active" }),
        json!({ "id": "sub_1", "object": "subscription", "customer": "cus\u{0}1", "status": "active" }),
        json!({ "id": "sub_1", "object": "subscription", "customer": "cus_1", "status": "active", "trial_end": -1 }),
        json!({ "id": "sub_1", "object": "subscription", "customer": "cus_1", "status": "active",
            "trial_end": 253_402_300_799_i64 }),
        json!({ "id": "in_1", "object": "invoice", "customer": "cus_1", "currency": "EURO" }),
        json!({ "id": "in_1", "object": "invoice", "customer": "cus_1", "currency": "eur", "status": "lost" }),
    ] {
        assert!(matches!(fetched(&object), Err(EventError::Unreadable(_))), "{object}");
        // As an event, it is kept, and nothing comes of it.
        let facts = read_json(&event("x", object.clone())).unwrap();
        assert!(facts.note.is_some() && facts.subscription.is_none() && facts.invoice.is_none(), "{object}");
        assert_eq!((facts.id.as_str(), facts.kind.as_str(), facts.tenant), ("evt_1", "x", None));
    }
    let lost = json!({ "id": "in_1", "object": "invoice", "customer": "cus_1", "currency": "eur", "status": "lost" });
    let facts = read_json(&event("invoice.lost", lost)).unwrap();
    assert_eq!((facts.object.as_deref(), facts.customer.as_deref()), (Some("in_1"), Some("cus_1")));
    let mut nameless = event("x", json!({ "object": "payout" }));
    nameless["id"] = json!("");
    assert!(is_unreadable(&nameless), "an event without a name cannot be kept once");
}

#[test]
fn what_pays_is_read_of_customers_subscriptions_and_cards() {
    let customer = json!({ "id": "cus_1", "object": "customer", "default_source": "card_1",
        "invoice_settings": { "default_payment_method": { "id": "pm_1" } } });
    let payer = read_json(&event("customer.updated", customer)).unwrap().payer.unwrap();
    assert_eq!((payer.customer.as_str(), payer.payment_method.as_deref()), ("cus_1", Some("pm_1")));
    let none = read_json(&event("customer.created", json!({ "id": "cus_1", "object": "customer" }))).unwrap();
    assert_eq!(none.payer.unwrap().payment_method, None);

    let card = json!({ "id": "pm_1", "object": "payment_method", "customer": "cus_1", "type": "card",
        "card": { "brand": "visa", "last4": "4242", "exp_month": 4, "exp_year": 2028 } });
    let mut named = card.clone();
    named["metadata"] = json!({ "tenant_id": Uuid::from_u128(7).to_string() });
    let facts = read_json(&event("payment_method.attached", named)).unwrap();
    assert_eq!(facts.tenant, None, "whoever pays may have written that");
    let method = facts.payment_method.unwrap();
    assert_eq!((method.brand.as_deref(), method.last4.as_deref()), (Some("visa"), Some("4242")));
    assert_eq!((method.exp_month, method.exp_year, method.detached), (Some(4), Some(2028), false));
    // Who had it is said beside it.
    let mut gone = event("payment_method.detached", card);
    gone["data"]["object"]["customer"] = Value::Null;
    gone["data"]["previous_attributes"] = json!({ "customer": "cus_1" });
    let facts = read_json(&gone).unwrap();
    assert!(facts.payment_method.unwrap().detached);
    assert_eq!(facts.customer.as_deref(), Some("cus_1"));
    // Where that event went astray, what is fetched says it too.
    let fetched = of_fetched(&gone["data"]["object"], OffsetDateTime::UNIX_EPOCH, Uuid::nil(), false).unwrap();
    assert!(fetched.payment_method.unwrap().detached && fetched.customer.is_none());
}

#[test]
fn discounts_are_read_by_their_names_or_their_ids() {
    for (discounts, name, id) in [
        (json!(["di_1"]), None, Some("di_1")),
        (
            json!([{ "id": "di_1", "coupon": { "id": "co_1", "name": "A third off" } }]),
            Some("A third off"),
            Some("di_1"),
        ),
        (json!([{ "id": "di_1", "source": { "coupon": "SPRING" } }]), Some("SPRING"), Some("di_1")),
        (json!([{ "id": "", "coupon": { "id": "co_1", "name": "" } }]), Some("co_1"), None),
        (json!([]), None, None),
    ] {
        let object = json!({ "id": "sub_1", "object": "subscription", "customer": "cus_1", "status": "active",
            "discounts": discounts });
        let said = read_json(&event("customer.subscription.updated", object)).unwrap().subscription.unwrap();
        assert_eq!((said.discount.as_deref(), said.discount_id.as_deref()), (name, id), "{discounts}");
    }
}

#[test]
fn lines_are_known_whole_or_not_at_all() {
    let period = json!({ "start": 10, "end": 20 });
    let lines = json!([
        { "price": { "id": "price_1" }, "quantity": 7, "period": period },
        { "pricing": { "price_details": { "price": "price_2" } }, "quantity": 8, "period": period },
        { "description": "by hand", "quantity": 1, "period": period },
    ]);
    let of = |has_more: bool| {
        let object = json!({ "id": "in_1", "object": "invoice", "customer": "cus_1", "currency": "eur",
            "lines": { "data": lines, "has_more": has_more } });
        read_json(&event("invoice.created", object)).unwrap().invoice.unwrap().lines
    };
    let line = |price: &str, quantity| LineFacts { price: price.to_owned(), quantity, start: 10, end: 20 };
    assert_eq!(of(false), Some(vec![line("price_1", 7), line("price_2", 8)]));
    assert_eq!(of(true), None);
}

#[test]
fn only_stripes_links_are_links() {
    let object = json!({ "id": "in_1", "object": "invoice", "customer": "cus_1", "currency": "eur",
        "hosted_invoice_url": "javascript:alert(1)", "invoice_pdf": "https://pay.stripe.com/x" });
    let said = read_json(&event("invoice.created", object)).unwrap().invoice.unwrap();
    assert_eq!((said.page, said.pdf.as_deref()), (None, Some("https://pay.stripe.com/x")));
}
