//! Whoever has a key that ends soon is told, once.

use rowhouse::services::api_key_upkeep;
use time::Duration;

use super::{make_key, run};
use crate::{app::TestApp, database::Way, mail::rows};

#[tokio::test]
async fn the_owner_is_told_a_week_before() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    for days in ["30", "90", "never"] {
        make_key(&app, &acme, &acme.owner_cookie, &["ticket.read"], days).await;
    }
    let upkeep = api_key_upkeep(&app.services, app.db.url(Way::Direct, "rowhouse_operator"));
    let told = || async {
        upkeep.round().await.unwrap();
        let mail = rows(&mut app.db.admin().await).await;
        mail.iter().filter(|mail| mail.body.contains("ends within seven days")).count()
    };
    assert_eq!(told().await, 0);
    app.clock.advance(Duration::days(22));
    assert_eq!(told().await, 0);
    app.clock.advance(Duration::days(1));
    assert_eq!(told().await, 1);
    app.clock.advance(Duration::days(3));
    assert_eq!(told().await, 1, "once is enough");
    app.clock.advance(Duration::days(60));
    run(&app, "UPDATE pooled.api_key SET revoked_at = now()".to_owned()).await;
    assert_eq!(told().await, 1, "of a key that is revoked nobody needs to hear");
}
