//! The list of people: what it shows to whom, and how it is searched.

use axum::http::StatusCode;
use rowhouse_platform::access::Role;

use super::{account, change, invite, own_role};
use crate::app::{TestApp, TestTenant};

fn names(body: &str) -> Vec<String> {
    let rows = body.split("class=\"member-row__link truncate\">").skip(1);
    rows.map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
}

async fn list(app: &TestApp, tenant: &TestTenant, query: &str) -> String {
    let page = app.get(&tenant.host, &format!("/admin/members{query}")).cookie(&tenant.owner_cookie).send().await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    page.body
}

#[tokio::test]
async fn people_are_searched_filtered_sorted_and_counted() {
    let app = TestApp::start().await;
    let (acme, _) = (app.tenant("acme").await, app.tenant("globex").await);
    let (ada, max, olga, vera) = ("Ada of acme", "Max of acme", "Olga of acme", "Vera of acme");
    assert_eq!(names(&list(&app, &acme, "").await), [ada, max, olga, vera]);
    assert_eq!(names(&list(&app, &acme, "?sort=role").await), [olga, ada, max, vera]);
    assert_eq!(names(&list(&app, &acme, "?q=MEMBER%40").await), [max]);
    assert_eq!(names(&list(&app, &acme, "?q=%25").await), Vec::<String>::new());
    assert_eq!(names(&list(&app, &acme, "?role=admin").await), [ada]);

    let max_id = account(&app, "member@acme.test").await;
    change(&app, &acme, &acme.owner_cookie, max_id, &[("intent", "deactivate")]).await;
    invite(&app, &acme, Role::Owner, "nora@elsewhere.test paul@elsewhere.test", "viewer").await;
    let body = list(&app, &acme, "?state=deactivated").await;
    assert_eq!(names(&body), [max]);
    assert!(body.contains("6 people: 3 active, 1 deactivated, 2 invited"), "{body}");

    let auditor = own_role(&app, &acme, "Auditor", "ticket.read").await;
    super::make(&app, &acme, Role::Owner, account(&app, "viewer@acme.test").await, &auditor).await;
    assert_eq!(names(&list(&app, &acme, &format!("?role={auditor}")).await), [vera]);
    let sql = format!(
        "INSERT INTO pooled.member_group VALUES ('{t}', '{t}', 'Staff', 'staff', '', NULL, NULL, now(), now());
         INSERT INTO pooled.group_member VALUES ('{t}', '{t2}', '{t}', now());",
        t = acme.home.id().0,
        t2 = acme.owner.0
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut app.db.admin().await).await.unwrap();
    let group = rowhouse_platform::access::GroupId(acme.home.id().0);
    assert_eq!(names(&list(&app, &acme, &format!("?group={group}")).await), [olga]);
    let sql = "UPDATE pooled.account SET name = '=HYPERLINK(1)' WHERE name = 'Vera of acme'";
    sqlx::query(sql).execute(&mut app.db.admin().await).await.unwrap();
    let file = list(&app, &acme, "/export.csv?state=active").await;
    assert_eq!(file.lines().count(), 4, "{file}");
    assert!(file.starts_with("\"id\",\"name\",\"email\"") && file.contains("\"'=HYPERLINK(1)\""), "{file}");
    assert_eq!(super::recorded(&app, "member.exported").await.len(), 1);
    for bad in ["?role=king", "?state=lost", "?group=usr_1", "?sort=height", "?page=0"] {
        let page = app.get(&acme.host, &format!("/admin/members{bad}")).cookie(&acme.owner_cookie).send().await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[tokio::test]
async fn many_people_stand_on_several_pages() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    sqlx::query(
        "INSERT INTO pooled.account (tenant_id, id, email, email_key, name, role, created_at, state)
         SELECT $1, gen_random_uuid(), 'p' || n || '@acme.test', 'p' || n || '@acme.test',
             'Person ' || lpad(n::text, 3, '0'), 'viewer', now(), 'active'
         FROM generate_series(1, 116) AS n",
    )
    .bind(acme.home.id().0)
    .execute(&mut app.db.admin().await)
    .await
    .unwrap();
    let mut seen = Vec::new();
    for page in 1..=3 {
        let body = list(&app, &acme, &format!("?page={page}")).await;
        assert_eq!(body.contains("rel=\"prev\""), page > 1);
        assert_eq!(body.contains("rel=\"next\""), page < 3);
        seen.extend(names(&body));
    }
    assert_eq!(seen.len(), 120);
    let mut once = seen.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), 120);
    assert!(list(&app, &acme, "").await.contains("1 to 50 of 120"));
}

#[tokio::test]
async fn who_only_reads_sees_no_way_to_change() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let reader = own_role(&app, &acme, "Reader", "member.read,ticket.read").await;
    let max = account(&app, "member@acme.test").await;
    super::make(&app, &acme, Role::Owner, max, &reader).await;
    let get = |path: &str| app.get(&acme.host, path).cookie(&acme.member_cookie).send();
    let page = get("/admin/members").await;
    assert!(page.status == StatusCode::OK && !page.body.contains("Invite people"), "{}", page.body);
    let page = get(&format!("/admin/members/{}", acme.owner)).await;
    assert!(page.status == StatusCode::OK && !page.body.contains("Change role"), "{}", page.body);
    assert_eq!(get("/admin/members/invitations").await.status, StatusCode::OK);
    assert_eq!(get("/admin/members/invite").await.status, StatusCode::FORBIDDEN);
}
