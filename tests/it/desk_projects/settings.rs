//! Projects made and changed.

use axum::http::StatusCode;

use super::{count_called, get, post, project, recorded, rename};
use crate::app::TestApp;

#[tokio::test]
async fn a_key_is_typed_or_made_from_the_name() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let owner = &acme.owner_cookie;
    for (name, typed, key) in [
        ("Operations", " ops ", "OPS"),
        ("Customer Care Europe", "", "CCE"),
        ("Support", "", "SUP2"),
        ("Suppliers", " ", "SUP3"),
        ("Öffentlichkeitsarbeit", "", "OFF"),
    ] {
        let form = [("name", name), ("key", typed), ("description", "What for"), ("access", "open")];
        let made = post(&app, &acme, owner, "/projects/new", &form).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
        assert_eq!(made.location(), format!("/projects/{key}"));
    }
    for (typed, message) in [
        ("O", "A key has 2 to 10 letters"),
        ("1OPS", "A key has 2 to 10 letters"),
        ("OP S", "A key has 2 to 10 letters"),
        ("ABCDEFGHIJK", "A key has 2 to 10 letters"),
        ("\u{17f}UP", "A key has 2 to 10 letters"),
        ("ops", "The project “Operations” has this key."),
    ] {
        let form = [("name", "Another <one>"), ("key", typed), ("description", "Kept"), ("access", "members")];
        let answer = post(&app, &acme, owner, "/projects/new", &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(answer.body.contains(message), "{typed}: {}", answer.body);
        assert!(
            answer.body.contains("value=\"Another &lt;one&gt;\"") && answer.body.contains("Kept"),
            "what was typed stays"
        );
        assert!(answer.body.contains("<option value=\"members\" selected"), "{}", answer.body);
    }
    assert_eq!(count_called(&app, &acme, "Another%").await, 0);
    let created = recorded(&app, "project.created").await;
    assert_eq!(created.len(), 5);
    assert!(created[0][0] == "OPS" && created[0][2].contains(r#""key":"OPS""#), "{created:?}");
}

#[tokio::test]
async fn mistakes_are_said_beside_their_fields() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = project(&app, &acme, "OPS", "open").await;
    let long = ("x".repeat(121), "y".repeat(2001));
    for (name, description, access, message) in [
        (" ", "", "open", "The name is missing."),
        (long.0.as_str(), "", "open", "121 characters; 120 are allowed"),
        ("Name", long.1.as_str(), "open", "2,001 characters; 2,000 are allowed"),
        ("A\u{0}B", "", "open", "control character"),
        ("Name", "a\u{7}", "open", "control character"),
        ("Name", "", "everybody", "Choose who is in the project."),
    ] {
        for page in ["/projects/new", path.as_str()] {
            let form = [("version", "1"), ("name", name), ("description", description), ("access", access)];
            let answer = post(&app, &acme, &acme.owner_cookie, page, &form).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{message}");
            assert!(answer.body.contains(message), "{message}: {}", answer.body);
        }
    }
    assert!(get(&app, &acme, &acme.owner_cookie, &path).await.body.contains("Project OPS"));
    assert!(recorded(&app, "project.changed").await.is_empty());
    // What is no key at all is the key of no project.
    for path in ["/projects/%20OPS", "/projects/O%00PS", "/projects/%C5%BFUP", "/projects/OPS-1", "/projects/O"] {
        assert_eq!(get(&app, &acme, &acme.owner_cookie, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_project_is_changed_and_its_key_is_not() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = project(&app, &acme, "OPS", "open").await;
    let page = get(&app, &acme, &acme.owner_cookie, &path).await.body;
    assert!(page.contains("The key cannot be changed"), "{page}");
    let form = [
        ("version", "1"),
        ("name", "Operations"),
        ("description", "First\r\nsecond"),
        ("access", "open"),
        ("key", "NEW"),
    ];
    let saved = post(&app, &acme, &acme.owner_cookie, &path, &form).await;
    assert_eq!((saved.status, saved.location()), (StatusCode::SEE_OTHER, "/projects/OPS"));
    let page = get(&app, &acme, &acme.member_cookie, &path).await.body;
    assert!(page.contains("Operations") && page.contains("First\nsecond"), "{page}");
    let changed = recorded(&app, "project.changed").await;
    assert_eq!(changed.len(), 1);
    assert!(changed[0][1].contains("Project OPS") && changed[0][2].contains("Operations"), "{changed:?}");
    // The same again is no change, and no version.
    let form = [("version", "2"), ("name", "Operations"), ("description", "First\r\nsecond"), ("access", "open")];
    for _ in 0..2 {
        assert_eq!(post(&app, &acme, &acme.owner_cookie, &path, &form).await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(recorded(&app, "project.changed").await.len(), 1);
}

#[tokio::test]
async fn who_comes_second_sees_what_the_first_changed_and_loses_nothing() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = project(&app, &acme, "OPS", "open").await;
    let form = [("version", "1"), ("name", "Theirs"), ("description", "Their words"), ("access", "open")];
    assert_eq!(post(&app, &acme, &acme.owner_cookie, &path, &form).await.status, StatusCode::SEE_OTHER);

    let second = [
        ("version", "1"),
        ("was_name", "Project OPS"),
        ("was_description", ""),
        ("was_access", "open"),
        ("name", "Mine"),
        ("description", ""),
        ("access", "members"),
    ];
    let answer = post(&app, &acme, &acme.owner_cookie, &path, &second).await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.body);
    for part in [
        "Somebody else changed this project in the meantime",
        "Name: “Theirs”",
        "Description: “Their words”",
        "Somebody else changed this too. Yours stands here: save to keep it.",
        "value=\"Mine\"",
        "<option value=\"members\" selected",
        "name=\"version\" value=\"2\"",
        "name=\"was_name\" value=\"Theirs\"",
    ] {
        assert!(answer.body.contains(part), "{part}: {}", answer.body);
    }
    // Theirs stands in the field that only they have changed.
    let description = answer.body.split("<textarea").nth(1).unwrap().split("</textarea>").next().unwrap();
    assert!(description.contains("Their words"), "{description}");
    let kept = get(&app, &acme, &acme.owner_cookie, &path).await.body;
    assert!(kept.contains("value=\"Theirs\"") && !kept.contains("Mine"), "nothing is stored");

    let form = [("version", "2"), ("name", "Mine"), ("description", "Their words"), ("access", "members")];
    assert_eq!(post(&app, &acme, &acme.owner_cookie, &path, &form).await.status, StatusCode::SEE_OTHER);
    // A form that is not of ours is told the same, and changes nothing.
    for version in ["0", "-1", "9223372036854775807"] {
        let answer = rename(&app, &acme, &acme.owner_cookie, &path, version, "Forged").await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{version}");
    }
    let answer = rename(&app, &acme, &acme.owner_cookie, &path, "one", "Forged").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_workspace_has_as_many_projects_as_it_can_have() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    sqlx::query(
        "INSERT INTO pooled.project (tenant_id, id, key, name, description, is_open, last_number, archived_at, version,
             created_at, updated_at)
         SELECT $1, gen_random_uuid(), 'P' || n, 'Project ' || n, '', true, 0,
                CASE WHEN n % 2 = 0 THEN now() END, 1, now(), now()
         FROM generate_series(1, 499) n",
    )
    .bind(acme.home.id().0)
    .execute(&mut app.db.admin().await)
    .await
    .unwrap();
    let form = [("name", "One more"), ("key", ""), ("description", ""), ("access", "open")];
    let answer = post(&app, &acme, &acme.owner_cookie, "/projects/new", &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("A workspace has at most 500 projects, archived ones included."), "{}", answer.body);
    assert_eq!(count_called(&app, &acme, "One more").await, 0);
    let list = get(&app, &acme, &acme.owner_cookie, "/projects").await.body;
    assert!(list.contains("Project 499") && !list.contains("Project 498<"), "archived ones have a list of their own");
}
