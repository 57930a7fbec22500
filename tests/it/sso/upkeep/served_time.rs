//! What has served its time.

use sqlx::Row as _;
use time::Duration;

use super::{NOW, World, certificate, settings};

impl World {
    /// How many traces, flows and used messages there are.
    async fn kept(&self) -> [i64; 3] {
        let rows = self
            .rows(
                "SELECT (SELECT count(*) FROM pooled.sso_trace), (SELECT count(*) FROM pooled.sso_flow),
                     (SELECT count(*) FROM pooled.sso_used_message)",
            )
            .await;
        [0, 1, 2].map(|column| rows[0].get(column))
    }
}

#[tokio::test]
async fn it_is_removed() {
    let world = World::new().await;
    let globex = world.app.tenant("globex").await;
    for home in [&world.acme.home, &globex.home] {
        // Even of a tenant that is suspended, with a connection that is off.
        let id = world.connect(home, settings(&[&certificate(Duration::days(500))], None)).await.0;
        let tenant = home.id().0;
        for (number, age) in [(1, 0), (2, 6), (3, 8)] {
            world
                .run(format!(
                    "INSERT INTO pooled.sso_trace (tenant_id, id, connection_id, at, purpose, outcome, reason, subject,
                         email, report, request_id)
                     VALUES ('{tenant}', gen_random_uuid(), '{id}', timestamptz '{NOW}' - interval '{age} days', 'test',
                         'passed', NULL, '', '', '{{}}', '');
                     INSERT INTO pooled.sso_flow (tenant_id, state_hash, connection_id, purpose, browser_hash, next_path,
                         created_at, expires_at)
                     VALUES ('{tenant}', sha256('{number}'), '{id}', 'sign_in', sha256('b'), '/', '{NOW}',
                         timestamptz '{NOW}' + interval '{number} hours');
                     INSERT INTO pooled.sso_used_message (tenant_id, connection_id, message_hash, expires_at)
                     VALUES ('{tenant}', '{id}', sha256('{number}'), timestamptz '{NOW}' + interval '{number} hours');
                     UPDATE pooled.sso_connection SET state = 'off';"
                ))
                .await;
        }
    }
    world.run("UPDATE control.tenant SET state = 'suspended' WHERE slug = 'globex'".to_owned()).await;
    world.app.services.directory.forget_all();
    assert_eq!(world.kept().await, [6, 6, 6]);
    world.after(Duration::ZERO).await;
    assert_eq!(world.kept().await, [4, 6, 6], "traces of more than a week");
    world.after(Duration::minutes(90)).await;
    assert_eq!(world.kept().await, [4, 4, 4]);
    world.after(Duration::days(2)).await;
    assert_eq!(world.kept().await, [2, 0, 0]);
    world.after(Duration::days(5)).await;
    assert_eq!(world.kept().await, [0, 0, 0]);
}
