//! The first project, archiving, and what there is to see where there is nothing.

use axum::http::StatusCode;
use rowhouse_platform::access::Role;

use super::{account, add, count_called, get, listed, post, project, put_in, recorded, rename, set_role, take_out};
use crate::app::TestApp;

#[tokio::test]
async fn a_company_that_signs_up_has_a_project_to_begin_with() {
    let app = TestApp::start().await;
    let form = [
        ("workspace", "Umbrella"),
        ("slug", "umbrella"),
        ("name", "Ada"),
        ("email", "ada@umbrella.test"),
        ("password", "four random words"),
    ];
    let answer = app.post("app.test:3000", "/sign-up").form(&form).send().await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let projects: Vec<(String, String, bool)> = sqlx::query_as("SELECT key, name, is_open FROM pooled.project")
        .fetch_all(&mut app.db.admin().await)
        .await
        .unwrap();
    assert_eq!(projects, [("SUP".to_owned(), "Support".to_owned(), true)]);
    let created = recorded(&app, "project.created").await;
    assert!(created.len() == 1 && created[0][0] == "SUP", "{created:?}");
}

#[tokio::test]
async fn a_workspace_without_projects_says_what_to_do() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    sqlx::query("DELETE FROM pooled.project").execute(&mut app.db.admin().await).await.unwrap();
    let owner = get(&app, &acme, &acme.owner_cookie, "/projects").await.body;
    assert!(owner.contains("Create your first project") && owner.contains("/projects/new"), "{owner}");
    let agent = get(&app, &acme, &acme.member_cookie, "/projects").await.body;
    assert!(agent.contains("No project is open to you") && !agent.contains("/projects/new"), "{agent}");
    let archived = get(&app, &acme, &acme.owner_cookie, "/projects?shown=archived").await.body;
    assert!(archived.contains("No archived projects"), "{archived}");
    let wrong = get(&app, &acme, &acme.owner_cookie, "/projects?shown=all").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(wrong.body.contains("allowed are active and archived"), "{}", wrong.body);
}

#[tokio::test]
async fn open_tickets_are_counted_up_to_a_hundred() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    project(&app, &acme, "OPS", "open").await;
    let many = "INSERT INTO pooled.ticket (tenant_id, id, project_id, number, title, description, status, priority,
             requester_id, created_at, updated_at, resolved_at)
         SELECT $1, gen_random_uuid(), p.id, n, 'Title', '', $4, 'normal', $2, now(), now(),
                CASE WHEN $4 = 'solved' THEN now() END
         FROM pooled.project p, generate_series($5, $6) n WHERE p.tenant_id = $1 AND p.key = $3";
    for (key, status, first, last) in
        [("SUP", "open", 1_i64, 60_i64), ("SUP", "pending", 61, 120), ("OPS", "open", 1, 3), ("OPS", "solved", 4, 9)]
    {
        sqlx::query(many)
            .bind(acme.home.id().0)
            .bind(acme.owner.0)
            .bind(key)
            .bind(status)
            .bind(first)
            .bind(last)
            .execute(&mut app.db.admin().await)
            .await
            .unwrap();
    }
    let list = get(&app, &acme, &acme.member_cookie, "/projects").await.body;
    let count = |key: &str| {
        let cell = list.split(&format!("href=\"/tickets?project={key}\">")).nth(1).unwrap();
        cell.split('<').next().unwrap().to_owned()
    };
    assert_eq!((count("SUP").as_str(), count("OPS").as_str()), ("99+", "3"));
}

#[tokio::test]
async fn an_archived_project_is_read_and_nothing_in_it_changes_until_it_is_restored() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = project(&app, &acme, "OPS", "open").await;
    put_in(&app, &acme, &path, "member@acme.test", "lead").await;
    let lead = &acme.member_cookie;
    let asked = get(&app, &acme, lead, &format!("{path}/archive")).await;
    assert!(asked.body.contains("Nothing in it changes until it is restored"), "{}", asked.body);
    for typed in ["", "SUP", "Project OPS", "OPS2"] {
        let answer = post(&app, &acme, lead, &format!("{path}/archive"), &[("key", typed)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(answer.body.contains("This is not the project’s key."), "{}", answer.body);
    }
    assert_eq!(recorded(&app, "project.archived").await.len(), 0);
    let done = post(&app, &acme, lead, &format!("{path}/archive"), &[("key", " ops")]).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/projects/OPS"), "{}", done.body);
    // Once is enough.
    let again = post(&app, &acme, lead, &format!("{path}/archive"), &[("key", "OPS")]).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert_eq!(get(&app, &acme, lead, &format!("{path}/archive")).await.location(), "/projects/OPS");

    assert!(!get(&app, &acme, lead, "/projects").await.body.contains("Project OPS"));
    assert!(get(&app, &acme, lead, "/projects?shown=archived").await.body.contains("Project OPS"));
    for cookie in Role::ALL.map(|role| acme.cookie_of(role)) {
        for page in [path.clone(), format!("{path}/members")] {
            let page = get(&app, &acme, cookie, &page).await;
            assert_eq!(page.status, StatusCode::OK);
            assert!(page.body.contains("This project is archived"), "{}", page.body);
            assert!(!page.body.contains("Save project") && !page.body.contains("Add to the project"));
        }
    }
    let max = account(&app, "member@acme.test").await;
    for cookie in [lead, &acme.owner_cookie] {
        for answer in [
            rename(&app, &acme, cookie, &path, "2", "Mine").await,
            add(&app, &acme, cookie, &path, "viewer@acme.test", "viewer").await,
            set_role(&app, &acme, cookie, &path, max, "viewer").await,
            take_out(&app, &acme, cookie, &path, max).await,
        ] {
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(answer.body.contains("This project is archived. Restore it to change it."), "{}", answer.body);
        }
    }
    assert_eq!(listed(&app, &acme, "OPS").await.len(), 2);
    // Its key stays taken.
    let form = [("name", "Another"), ("key", "OPS"), ("access", "open")];
    let taken = post(&app, &acme, &acme.owner_cookie, "/projects/new", &form).await;
    assert!(taken.body.contains("The project “Project OPS” has this key."), "{}", taken.body);
    assert_eq!(count_called(&app, &acme, "Another").await, 0);

    for _ in 0..2 {
        let restored = post(&app, &acme, lead, &format!("{path}/restore"), &[]).await;
        assert_eq!((restored.status, restored.location()), (StatusCode::SEE_OTHER, "/projects/OPS"));
    }
    let renamed = rename(&app, &acme, lead, &path, "3", "Again").await;
    assert_eq!(renamed.status, StatusCode::SEE_OTHER, "{}", renamed.body);
    assert_eq!(recorded(&app, "project.archived").await.len(), 1);
    let restored = recorded(&app, "project.restored").await;
    assert!(restored.len() == 1 && restored[0][2].contains(r#""archived":false"#), "{restored:?}");
}
