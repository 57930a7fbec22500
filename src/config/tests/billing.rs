use super::World;

#[test]
fn without_a_key_there_is_no_billing() {
    assert!(World::valid().load().unwrap().billing.stripe.is_none());
}

#[test]
fn a_key_wants_the_secret_of_the_webhook() {
    let world = || World::valid().var("ROWHOUSE_BILLING__STRIPE_SECRET_KEY", "sk_test_hunter2");
    assert_eq!(
        world().mistakes(),
        ["billing.stripe_webhook_secret (the default): is required where billing.stripe_secret_key is set"]
    );
    let world = world()
        .var("ROWHOUSE_BILLING__STRIPE_WEBHOOK_SECRET", "whsec_new, whsec_old")
        .var("ROWHOUSE_BILLING__STRIPE_METERS", "mail=rowhouse_mail,api_call=calls=price_1=price_2");
    let settings = world.load().unwrap().billing.stripe.unwrap();
    assert_eq!(settings.webhook_secrets, ["whsec_new", "whsec_old"]);
    assert_eq!(settings.api, "https://api.stripe.com");
    assert_eq!(settings.meters[1].event_name, "calls");
    assert_eq!(settings.meters[1].prices, ["price_1", "price_2"]);
    assert!(settings.meters[0].prices.is_empty());
    assert!(!format!("{settings:?}").contains("hunter2"));
}

#[test]
fn mistakes_are_named() {
    let mistakes = World::valid()
        .var("ROWHOUSE_BILLING__STRIPE_SECRET_KEY", "pk_test_hunter2")
        .var("ROWHOUSE_BILLING__STRIPE_ACCOUNT", "me")
        .var("ROWHOUSE_BILLING__STRIPE_METERS", "mial=usage")
        .mistakes()
        .join("\n");
    for said in [
        "begins with sk_ or rk_ (not shown: secret)",
        "must begin with acct_",
        "\"mial=usage\" does not begin with a meter",
    ] {
        assert!(mistakes.contains(said), "{mistakes}");
    }
    assert!(!mistakes.contains("hunter2"), "{mistakes}");
}
