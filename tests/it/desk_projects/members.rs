//! The members of a project.

use axum::http::StatusCode;
use rowhouse_platform::access::Role;

use super::{account, add, agent, get, listed, pairs, post, project, put_in, recorded, set_role, take_out};
use crate::app::{TestApp, TestTenant};

async fn page(app: &TestApp, tenant: &TestTenant, path: &str) -> String {
    let page = get(app, tenant, &tenant.owner_cookie, &format!("{path}/members")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    page.body
}

#[tokio::test]
async fn people_are_added_by_address_or_name_given_roles_and_removed() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = project(&app, &acme, "OPS", "open").await;
    let owner = &acme.owner_cookie;
    assert!(page(&app, &acme, &path).await.contains("<option value=\"Max of acme\">"), "the browser suggests");
    put_in(&app, &acme, &path, " MEMBER@acme.test ", "contributor").await;
    put_in(&app, &acme, &path, "vera OF acme", "viewer").await;
    let expected = pairs(&[("Max of acme", "contributor"), ("Olga of acme", "lead"), ("Vera of acme", "viewer")]);
    assert_eq!(listed(&app, &acme, "OPS").await, expected);
    let shown = page(&app, &acme, &path).await;
    assert!(!shown.contains("<option value=\"Max of acme\">"), "who is in it is not suggested");

    agent(&app, &acme, "Sam Lee").await;
    let (second, _) = agent(&app, &acme, "Another Sam").await;
    sqlx::query("UPDATE pooled.account SET name = 'Sam Lee' WHERE id = $1")
        .bind(second.0)
        .execute(&mut app.db.admin().await)
        .await
        .unwrap();
    for (who, message) in [
        ("Max of acme", "They are in the project already."),
        ("Nobody", "Nobody in this workspace has this name or address."),
        ("sam lee", "Several people have this name. Give the email address."),
        ("", "The name or email address is missing."),
        ("Sam\u{0}Lee", "control character"),
    ] {
        let answer = add(&app, &acme, owner, &path, who, "lead").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{who}");
        assert!(answer.body.contains(message), "{who}: {}", answer.body);
        let choice = answer.body.split("id=\"role\"").nth(1).unwrap().split("</select>").next().unwrap();
        assert!(choice.contains("value=\"lead\" selected"), "what was chosen stays: {choice}");
    }
    let answer = add(&app, &acme, owner, &path, "Vera", "boss").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
    assert_eq!(listed(&app, &acme, "OPS").await, expected);

    let max = account(&app, "member@acme.test").await;
    assert_eq!(set_role(&app, &acme, owner, &path, max, "lead").await.status, StatusCode::SEE_OTHER);
    // The same again is no change.
    assert_eq!(set_role(&app, &acme, owner, &path, max, "lead").await.status, StatusCode::SEE_OTHER);
    assert_eq!(listed(&app, &acme, "OPS").await[0].1, "lead");
    let gone = take_out(&app, &acme, owner, &path, max).await;
    assert_eq!((gone.status, gone.location()), (StatusCode::SEE_OTHER, "/projects/OPS/members"));
    let again = take_out(&app, &acme, owner, &path, max).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.body.contains("They are not in the project."), "{}", again.body);

    let added = recorded(&app, "project_member.added").await;
    assert_eq!(added.len(), 2);
    assert!(
        added[0][0] == "OPS" && added[0][2].contains(r#""member":"Max of acme","role":"Contributor""#),
        "{added:?}"
    );
    let changed = recorded(&app, "project_member.role_changed").await;
    assert_eq!(changed.len(), 1);
    assert!(changed[0][1].contains("Contributor") && changed[0][2].contains("Lead"), "{changed:?}");
    let removed = recorded(&app, "project_member.removed").await;
    assert!(removed.len() == 1 && removed[0][1].contains("Max of acme") && removed[0][2].is_empty(), "{removed:?}");
    let log = get(&app, &acme, owner, "/admin/audit?what=projects").await.body;
    assert!(log.contains("Added somebody to a project"), "{log}");
}

#[tokio::test]
async fn a_project_of_members_only_keeps_a_lead() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = project(&app, &acme, "SEC", "members").await;
    put_in(&app, &acme, &path, "member@acme.test", "contributor").await;
    let (owner, admin) = (&acme.owner_cookie, acme.cookie_of(Role::Admin));
    for answer in [
        set_role(&app, &acme, owner, &path, acme.owner, "contributor").await,
        take_out(&app, &acme, owner, &path, acme.owner).await,
        // Nor does somebody who leads it without being in it.
        take_out(&app, &acme, admin, &path, acme.owner).await,
    ] {
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("They are the last lead of a project of members only."), "{}", answer.body);
    }
    assert_eq!(listed(&app, &acme, "SEC").await, pairs(&[("Max of acme", "contributor"), ("Olga of acme", "lead")]));

    // Somebody who is deactivated leads nothing.
    let (sam, _) = agent(&app, &acme, "Sam Lee").await;
    put_in(&app, &acme, &path, "Sam Lee", "lead").await;
    let form = [("intent", "deactivate")];
    let done = post(&app, &acme, owner, &format!("/admin/members/{sam}"), &form).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let answer = take_out(&app, &acme, owner, &path, acme.owner).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    let shown = page(&app, &acme, &path).await;
    assert!(shown.contains("Sam Lee") && shown.contains("Deactivated"), "{shown}");

    let max = account(&app, "member@acme.test").await;
    assert_eq!(set_role(&app, &acme, owner, &path, max, "lead").await.status, StatusCode::SEE_OTHER);
    assert_eq!(take_out(&app, &acme, owner, &path, acme.owner).await.status, StatusCode::SEE_OTHER);
    // Nor may the last lead go by themselves.
    let answer = take_out(&app, &acme, &acme.member_cookie, &path, max).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);

    // Who leads it leaves the workspace: nobody can be asked, and the page says who still reaches it.
    let email = [("email", "member@acme.test"), ("heir", "")];
    let removed = post(&app, &acme, owner, &format!("/admin/members/{max}/remove"), &email).await;
    assert_eq!(removed.status, StatusCode::SEE_OTHER, "{}", removed.body);
    assert_eq!(listed(&app, &acme, "SEC").await, pairs(&[("Sam Lee", "lead")]), "who is removed is in no project");
    let shown = page(&app, &acme, &path).await;
    assert!(shown.contains("Nobody leads this project"), "{shown}");
    put_in(&app, &acme, &path, "viewer@acme.test", "lead").await;
    assert!(!page(&app, &acme, &path).await.contains("Nobody leads this project"));
}

#[tokio::test]
async fn an_open_project_needs_no_lead_and_gets_one_when_it_is_closed() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = project(&app, &acme, "OPS", "open").await;
    let (owner, admin) = (&acme.owner_cookie, acme.cookie_of(Role::Admin));
    assert_eq!(take_out(&app, &acme, owner, &path, acme.owner).await.status, StatusCode::SEE_OTHER);
    assert!(listed(&app, &acme, "OPS").await.is_empty());
    let form = [("version", "1"), ("name", "Project OPS"), ("description", ""), ("access", "members")];
    let closed = post(&app, &acme, admin, &path, &form).await;
    assert_eq!(closed.status, StatusCode::SEE_OTHER, "{}", closed.body);
    assert_eq!(listed(&app, &acme, "OPS").await, pairs(&[("Ada of acme", "lead")]));
    assert!(recorded(&app, "project.changed").await[0][3].contains("leads it now"));
}

#[tokio::test]
async fn who_takes_themselves_out_is_led_to_where_they_may_be() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = project(&app, &acme, "SEC", "members").await;
    put_in(&app, &acme, &path, "member@acme.test", "lead").await;
    let max = account(&app, "member@acme.test").await;
    let gone = take_out(&app, &acme, &acme.member_cookie, &path, max).await;
    assert_eq!((gone.status, gone.location()), (StatusCode::SEE_OTHER, "/projects"), "{}", gone.body);
    assert_eq!(get(&app, &acme, &acme.member_cookie, &path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_leaves_the_workspace_leaves_its_projects() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = project(&app, &acme, "OPS", "open").await;
    put_in(&app, &acme, &path, "member@acme.test", "viewer").await;
    let left = post(&app, &acme, &acme.member_cookie, "/account/leave", &[("email", "member@acme.test")]).await;
    assert_eq!(left.status, StatusCode::SEE_OTHER, "{}", left.body);
    assert_eq!(listed(&app, &acme, "OPS").await, pairs(&[("Olga of acme", "lead")]));
}

#[tokio::test]
async fn a_project_has_as_many_members_as_it_can_have_and_shows_them_page_by_page() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = project(&app, &acme, "OPS", "open").await;
    sqlx::query(
        "WITH people AS (
             INSERT INTO pooled.account (tenant_id, id, name, email, email_key, role, state, created_at)
             SELECT $1, gen_random_uuid(), 'Person ' || to_char(n, 'FM0000'), n || '@acme.test', n || '@acme.test',
                    'agent', 'active', now()
             FROM generate_series(1, 999) n RETURNING id)
         INSERT INTO pooled.project_member (tenant_id, project_id, account_id, role, added_at)
         SELECT $1, p.id, people.id, 'contributor', now()
         FROM people, pooled.project p WHERE p.tenant_id = $1 AND p.key = 'OPS'",
    )
    .bind(acme.home.id().0)
    .execute(&mut app.db.admin().await)
    .await
    .unwrap();
    let answer = add(&app, &acme, &acme.owner_cookie, &path, "member@acme.test", "viewer").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("A project has at most 1000 members."), "{}", answer.body);

    let first = page(&app, &acme, &path).await;
    assert!(first.contains("1 to 50 of 1,000") && first.contains("members?page=2"), "{first}");
    // By name: Olga before Person.
    assert!(first.contains("Olga of acme") && first.contains("Person 0049") && !first.contains("Person 0050"));
    let last = get(&app, &acme, &acme.owner_cookie, &format!("{path}/members?page=20")).await.body;
    assert!(last.contains("Person 0999") && !last.contains("page=21"), "{last}");
    for page in ["0", "21", "4000000000"] {
        let answer = get(&app, &acme, &acme.owner_cookie, &format!("{path}/members?page={page}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{page}");
    }
    for page in ["-1", "x"] {
        let answer = get(&app, &acme, &acme.owner_cookie, &format!("{path}/members?page={page}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{page}");
    }
}
