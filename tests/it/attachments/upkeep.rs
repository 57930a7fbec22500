//! What goes by itself: files that nothing refers to, and those of tenants that are gone.

use rowhouse_platform::{db::Admin, storage::object, tenancy::leaving};
use time::Duration;

use super::{Form, assert_nothing, attached, states, stored, usage, world};
use crate::app::TestApp;

async fn round(app: &TestApp) {
    let operator = app.services.operator_url.clone().unwrap();
    rowhouse::services::storage_upkeep(&app.services, operator).round().await.unwrap();
}

#[tokio::test]
async fn a_removed_file_goes_after_an_hour() {
    let (app, acme, ticket) = world(&[]).await;
    let files = attached(&app, &acme, &ticket, Form::new().file("a.txt", b"a").file("b.txt", b"b")).await;
    app.post(&acme.host, &format!("{}/remove", files[0])).cookie(&acme.owner_cookie).form(&[]).send().await;
    let both = [("deleted".to_owned(), 1), ("stored".to_owned(), 1)];
    assert_eq!(states(&app).await, both);
    app.clock.advance(Duration::minutes(59));
    round(&app).await;
    assert_eq!((states(&app).await.as_slice(), stored(&app).len()), (&both[..], 2));
    app.clock.advance(Duration::minutes(1));
    round(&app).await;
    assert_eq!((states(&app).await.as_slice(), stored(&app).len()), (&both[1..], 1));
    let kept = app.get(&acme.host, &files[1]).cookie(&acme.owner_cookie).send().await;
    assert_eq!(kept.body, "b");
}

#[tokio::test]
async fn a_file_that_was_announced_and_never_came_goes() {
    let (app, acme, _) = world(&[]).await;
    let ambient = &app.services.ambient;
    let mut tx = app.services.database.begin(&acme.home).await.unwrap();
    let id = object::announce(&mut tx, ambient, "attachment").await.unwrap();
    tx.commit().await.unwrap();
    // What a process left that died while it wrote.
    let folder = app.site_root.join("files/tenants").join(acme.home.id().0.as_hyphenated().to_string());
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("{}#1", id.0.as_hyphenated())), "half").unwrap();
    round(&app).await;
    assert_eq!((states(&app).await, stored(&app).len()), (vec![("pending".to_owned(), 1)], 1));
    app.clock.advance(Duration::hours(1));
    round(&app).await;
    assert_nothing(&app, &acme).await;
}

#[tokio::test]
async fn with_a_comment_or_a_ticket_its_files_go() {
    let (app, acme, ticket) = world(&[]).await;
    attached(&app, &acme, &ticket, Form::new().file("a.txt", b"ab")).await;
    attached(&app, &acme, &ticket, Form::new().text("body", "See").file("b.txt", b"abc")).await;
    assert_eq!(usage(&app, &acme).await, (5, 2));
    let delete = async |sql: &'static str| {
        let mut tx = app.services.database.begin(&acme.home).await.unwrap();
        sqlx::query(sql).bind(tx.tenant_id()).execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
    };
    delete("DELETE FROM ticket_comment WHERE tenant_id = $1").await;
    assert_eq!(usage(&app, &acme).await, (2, 1));
    delete("DELETE FROM ticket WHERE tenant_id = $1").await;
    assert_eq!(usage(&app, &acme).await, (0, 0));
    // The database says when, and its clock is not the test's.
    delete("UPDATE stored_object SET changed_at = '2026-01-01' WHERE tenant_id = $1").await;
    round(&app).await;
    assert_nothing(&app, &acme).await;
}

#[tokio::test]
async fn with_a_tenant_its_files_go() {
    let (app, acme, ticket) = world(&[]).await;
    let globex = app.tenant("globex").await;
    let kept = app.ticket(&globex, "Printer").await;
    let answer = app.get(&globex.host, &kept).cookie(&globex.owner_cookie).send().await;
    let kept = if answer.location().is_empty() { kept } else { answer.location().to_owned() };
    attached(&app, &acme, &ticket, Form::new().file("a.txt", b"a").file("b.txt", b"b")).await;
    attached(&app, &globex, &kept, Form::new().file("c.txt", b"c")).await;
    let form = [("slug", "acme")];
    app.post(&acme.host, "/admin/settings/close").cookie(&acme.owner_cookie).form(&form).send().await;
    app.clock.advance(leaving::GRACE + Duration::seconds(1));
    let operator = app.services.operator_url.clone().unwrap();
    assert_eq!(leaving::delete_closed(&operator, &app.services.ambient).await.unwrap(), ["acme"]);
    assert_eq!(stored(&app).len(), 3, "no database removes files");
    round(&app).await;
    assert_eq!(stored(&app).len(), 1);
    assert_eq!(usage(&app, &globex).await, (1, 1));

    // What was on its way when the tenant went comes late; an hour after, there is a last look.
    let folder = app.site_root.join("files/tenants").join(acme.home.id().0.as_hyphenated().to_string());
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("late"), "late").unwrap();
    let mut admin = app.db.admin().await;
    sqlx::query("UPDATE control.left_files SET removed_at = now() - interval '1 hour'")
        .execute(&mut admin)
        .await
        .unwrap();
    round(&app).await;
    let noted: i64 = sqlx::query_scalar("SELECT count(*) FROM control.left_files").fetch_one(&mut admin).await.unwrap();
    assert_eq!((stored(&app).len(), noted), (1, 0));
}

#[tokio::test]
async fn the_operator_s_way_out_is_noted_too() {
    let (app, ..) = world(&[]).await;
    let sql = "INSERT INTO control.tenant (id, slug, name, state, placement, is_demo, created_at)
               VALUES (gen_random_uuid(), 'leaver', 'Leaver', 'active', 'pooled', false, now())";
    let mut admin = app.db.admin().await;
    sqlx::query(sql).execute(&mut admin).await.unwrap();
    let mut operator = Admin::connect(&app.services.operator_url.clone().unwrap()).await.unwrap();
    operator.remove_tenant("leaver").await.unwrap();
    let noted: i64 = sqlx::query_scalar("SELECT count(*) FROM control.left_files").fetch_one(&mut admin).await.unwrap();
    assert_eq!(noted, 1);
}
