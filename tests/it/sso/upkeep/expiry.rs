//! Certificates that end soon.

use time::Duration;

use super::{World, certificate, settings};

#[tokio::test]
async fn each_certificate_is_warned_of_thrice() {
    let world = World::new().await;
    let globex = world.app.tenant("globex").await;
    let soon = certificate(Duration::days(31));
    let late = certificate(Duration::days(1000));
    let id = world.connect(&world.acme.home, settings(&[&soon, &late, "broken"], None)).await;
    world.connect(&globex.home, settings(&[&late], None)).await;
    world.after(Duration::ZERO).await;
    assert!(world.letters().await.is_empty());

    let to = |words: &str| {
        ["admin", "owner"]
            .map(|who| (format!("A certificate of Company login ends {words}"), format!("{who}@acme.test")))
    };
    world.after(Duration::hours(25)).await;
    let mut expected = to("within 30 days").to_vec();
    assert_eq!(world.letters().await, expected, "those who can mend it are told");
    world.after(Duration::hours(12)).await;
    assert_eq!(world.letters().await, expected, "once");
    world.after(Duration::days(23)).await;
    expected.extend(to("within 7 days"));
    assert_eq!(world.letters().await, expected);
    world.after(Duration::days(6)).await;
    expected.extend(to("within a day"));
    assert_eq!(world.letters().await, expected);
    world.after(Duration::days(2)).await;
    assert_eq!(world.letters().await, expected, "it ended, and the page shows it");

    let rows = world.rows("SELECT body FROM control.mail LIMIT 1").await;
    let body: String = sqlx::Row::get(&rows[0], "body");
    for words in ["CN=idp.test", "Okta", &format!("http://acme.app.test:3000/admin/sso/{id}")] {
        assert!(body.contains(words), "{body}");
    }
}

#[tokio::test]
async fn a_connection_that_is_not_on_is_nobodys_worry() {
    let world = World::new().await;
    let id = world.connect(&world.acme.home, settings(&[&certificate(Duration::days(5))], None)).await;
    world.run(format!("UPDATE pooled.sso_connection SET state = 'off' WHERE id = '{}'", id.0)).await;
    world.after(Duration::ZERO).await;
    assert!(world.letters().await.is_empty());
    world.run(format!("UPDATE pooled.sso_connection SET state = 'on' WHERE id = '{}'", id.0)).await;
    world.after(Duration::ZERO).await;
    let letters = world.letters().await;
    assert!(letters.len() == 2 && letters[0].0.ends_with("within 7 days"), "only what is still true: {letters:?}");
}

#[tokio::test]
async fn a_certificate_that_was_replaced_in_time_is_no_worry() {
    let world = World::new().await;
    let [old, new] = [5, 500].map(|days| certificate(Duration::days(days)));
    world.connect(&world.acme.home, settings(&[&old], Some(world.provider.url.clone()))).await;
    world.provider.has(&[&new]);
    world.after(Duration::ZERO).await;
    assert!(world.letters().await.is_empty(), "the metadata is fetched first");
}
