//! What the workspace allows and what the project allows, together.

use axum::http::StatusCode;
use rowhouse_app::desk::{
    permission::ReadTickets,
    project::{Level, ProjectId, reach},
};
use rowhouse_platform::{
    access::{AssignedRole, Role, RoleId, Visitor, authorise},
    identity::session::SessionToken,
};
use uuid::Uuid;

use super::{account, add, get, listed, pairs, person, post, project, put_in, rename, set_role, take_out};
use crate::app::{TestApp, TestTenant};

/// What somebody reaches: key, level, and whether tickets can be worked on.
async fn reached(app: &TestApp, tenant: &TestTenant, cookie: &str) -> Vec<(String, Level, bool)> {
    let services = &app.services;
    let token = SessionToken::parse(cookie.split_once('=').unwrap().1);
    let visitor = Visitor { token: token.as_ref(), address: "192.0.2.1" };
    let mut permit =
        authorise::<ReadTickets>(&services.database, &services.ambient, services.session_policy, &tenant.home, visitor)
            .await
            .unwrap();
    let reach = reach::of(&mut permit).await.unwrap();
    assert_eq!(reach.ids().len(), reach.all().len());
    assert!(reach.of_key("NONE").is_none() && !reach.may_write(ProjectId(Uuid::nil())));
    let all = reach.all().iter();
    all.map(|project| {
        assert_eq!(reach.of_id(project.id), Some(project));
        assert_eq!(reach.of_key(&project.key.to_lowercase()), Some(project));
        (project.key.clone(), project.level, reach.may_write(project.id))
    })
    .collect()
}

fn rows(expected: &[(&str, Level, bool)]) -> Vec<(String, Level, bool)> {
    expected.iter().map(|(key, level, writes)| ((*key).to_owned(), *level, *writes)).collect()
}

#[tokio::test]
async fn everybody_reaches_what_both_workspace_and_project_allow() {
    use Level::{Contributor, Lead, Viewer};
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let open = project(&app, &acme, "OPEN", "open").await;
    let shut = project(&app, &acme, "SHUT", "members").await;
    let cookies = Role::ALL.map(|role| acme.cookie_of(role).to_owned());
    let [owner, admin, agent, viewer] = &cookies;

    let everything = rows(&[("OPEN", Lead, true), ("SHUT", Lead, true), ("SUP", Lead, true)]);
    assert_eq!(reached(&app, &acme, owner).await, everything);
    assert_eq!(reached(&app, &acme, admin).await, everything, "who manages projects leads all of them");
    assert_eq!(reached(&app, &acme, agent).await, rows(&[("OPEN", Contributor, true), ("SUP", Contributor, true)]));
    assert_eq!(reached(&app, &acme, viewer).await, rows(&[("OPEN", Viewer, false), ("SUP", Viewer, false)]));

    for (role, level, writes) in [("viewer", Viewer, false), ("contributor", Contributor, true), ("lead", Lead, true)] {
        for path in [&open, &shut] {
            put_in(&app, &acme, path, "member@acme.test", role).await;
            put_in(&app, &acme, path, "Vera of acme", role).await;
        }
        let expected = rows(&[("OPEN", level, writes), ("SHUT", level, writes), ("SUP", Contributor, true)]);
        assert_eq!(reached(&app, &acme, agent).await, expected);
        let expected = rows(&[("OPEN", Viewer, false), ("SHUT", Viewer, false), ("SUP", Viewer, false)]);
        assert_eq!(reached(&app, &acme, viewer).await, expected, "the workspace lets them read alone");
        for path in [&open, &shut] {
            for email in ["member@acme.test", "viewer@acme.test"] {
                let whom = account(&app, email).await;
                assert_eq!(take_out(&app, &acme, owner, path, whom).await.status, StatusCode::SEE_OTHER);
            }
        }
    }
    assert_eq!(reached(&app, &acme, agent).await.len(), 2);

    // A role of project lead does not hold an admin down.
    put_in(&app, &acme, &shut, "admin@acme.test", "viewer").await;
    assert_eq!(reached(&app, &acme, admin).await, everything);

    put_in(&app, &acme, &shut, "member@acme.test", "lead").await;
    let done = post(&app, &acme, owner, "/projects/SHUT/archive", &[("key", "shut")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let expected = rows(&[("OPEN", Contributor, true), ("SHUT", Lead, false), ("SUP", Contributor, true)]);
    assert_eq!(reached(&app, &acme, agent).await, expected, "what is archived is read alone");
    assert_eq!(reached(&app, &acme, owner).await[1], ("SHUT".to_owned(), Lead, false));
}

#[tokio::test]
async fn an_open_project_is_seen_by_all_and_changed_by_those_who_lead_it() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = project(&app, &acme, "OPS", "open").await;
    let cookies = Role::ALL.map(|role| acme.cookie_of(role).to_owned());
    for cookie in &cookies {
        let list = get(&app, &acme, cookie, "/projects").await;
        assert!(list.status == StatusCode::OK && list.body.contains("Project OPS"), "{}", list.body);
        for page in [path.clone(), format!("{path}/members"), path.to_lowercase()] {
            assert_eq!(get(&app, &acme, cookie, &page).await.status, StatusCode::OK, "{page}");
        }
    }
    let [owner, admin, agent, viewer] = &cookies;
    for (cookie, may) in [(owner, true), (admin, true), (agent, false), (viewer, false)] {
        let page = get(&app, &acme, cookie, &path).await.body;
        assert_eq!(page.contains("Save project"), may);
        let members = get(&app, &acme, cookie, &format!("{path}/members")).await.body;
        assert_eq!(members.contains("Add to the project"), may);
        assert_eq!(get(&app, &acme, cookie, "/projects").await.body.contains("/projects/new"), may);
        let archive = get(&app, &acme, cookie, &format!("{path}/archive")).await;
        assert_eq!(archive.status, if may { StatusCode::OK } else { StatusCode::FORBIDDEN });
    }
    let olga = acme.owner;
    for cookie in [agent, viewer] {
        let answers = [
            post(&app, &acme, cookie, "/projects/new", &[("name", "Mine"), ("access", "open")]).await,
            rename(&app, &acme, cookie, &path, "1", "Mine").await,
            // Nothing is said of what is wrong with it either.
            rename(&app, &acme, cookie, &path, "1", "").await,
            add(&app, &acme, cookie, &path, "viewer@acme.test", "viewer").await,
            set_role(&app, &acme, cookie, &path, olga, "viewer").await,
            take_out(&app, &acme, cookie, &path, olga).await,
            post(&app, &acme, cookie, &format!("{path}/archive"), &[("key", "OPS")]).await,
            post(&app, &acme, cookie, &format!("{path}/restore"), &[]).await,
        ];
        for answer in answers {
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
        }
    }
    assert_eq!(listed(&app, &acme, "OPS").await, pairs(&[("Olga of acme", "lead")]));
    let renamed = rename(&app, &acme, admin, &path, "1", "Operations").await;
    assert_eq!(renamed.status, StatusCode::SEE_OTHER, "{}", renamed.body);
}

#[tokio::test]
async fn a_project_of_members_only_is_for_others_as_if_it_did_not_exist() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = project(&app, &acme, "SEC", "members").await;
    let (agent, viewer) = (acme.cookie_of(Role::Agent), acme.cookie_of(Role::Viewer));
    let nothing = get(&app, &acme, agent, "/projects/NONE").await;
    for cookie in [agent, viewer] {
        assert!(!get(&app, &acme, cookie, "/projects").await.body.contains("SEC"));
        for page in [path.clone(), format!("{path}/members")] {
            let seen = get(&app, &acme, cookie, &page).await;
            assert_eq!(seen.status, StatusCode::NOT_FOUND);
            assert!(!seen.body.contains("Project SEC"));
        }
    }
    let answers = [
        rename(&app, &acme, agent, &path, "1", "Mine").await,
        rename(&app, &acme, agent, &path, "1", "").await,
        add(&app, &acme, agent, &path, "member@acme.test", "lead").await,
        add(&app, &acme, agent, &path, "", "lead").await,
        set_role(&app, &acme, agent, &path, acme.owner, "viewer").await,
        take_out(&app, &acme, agent, &path, acme.owner).await,
        get(&app, &acme, agent, &format!("{path}/archive")).await,
        post(&app, &acme, agent, &format!("{path}/archive"), &[("key", "SEC")]).await,
        post(&app, &acme, agent, &format!("{path}/restore"), &[]).await,
    ];
    for answer in answers {
        assert_eq!(answer.status, nothing.status, "{}", answer.body);
    }

    put_in(&app, &acme, &path, "member@acme.test", "viewer").await;
    let seen = get(&app, &acme, agent, &path).await;
    assert!(seen.status == StatusCode::OK && seen.body.contains("Reads the project’s tickets."), "{}", seen.body);
    let max = account(&app, "member@acme.test").await;
    for role in ["viewer", "contributor"] {
        set_role(&app, &acme, &acme.owner_cookie, &path, max, role).await;
        let answer = rename(&app, &acme, agent, &path, "1", "Mine").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{role}: {}", answer.body);
    }
    set_role(&app, &acme, &acme.owner_cookie, &path, max, "lead").await;
    let form = [("version", "1"), ("name", "Safety"), ("description", ""), ("access", "members")];
    let changed = post(&app, &acme, agent, &path, &form).await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER, "a lead needs no more: {}", changed.body);
    put_in(&app, &acme, &path, "viewer@acme.test", "lead").await;
    assert_eq!(get(&app, &acme, viewer, &path).await.status, StatusCode::OK);
    assert_eq!(rename(&app, &acme, viewer, &path, "2", "Mine").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn who_is_a_viewer_in_an_open_project_reads_it_alone() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = project(&app, &acme, "OPS", "open").await;
    put_in(&app, &acme, &path, "member@acme.test", "viewer").await;
    let page = get(&app, &acme, &acme.member_cookie, &path).await.body;
    assert!(page.contains("Viewer. Reads the project’s tickets."), "{page}");
}

#[tokio::test]
async fn projects_of_another_tenant_do_not_exist() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let path = project(&app, &acme, "OPS", "open").await;
    for page in [path.clone(), format!("{path}/members"), format!("{path}/archive")] {
        assert_eq!(get(&app, &globex, &globex.owner_cookie, &page).await.status, StatusCode::NOT_FOUND);
        assert!(get(&app, &globex, &acme.owner_cookie, &page).await.location().starts_with("/sign-in"));
    }
    let answers = [
        rename(&app, &globex, &globex.owner_cookie, &path, "1", "Ours").await,
        add(&app, &globex, &globex.owner_cookie, &path, "owner@globex.test", "lead").await,
        take_out(&app, &globex, &globex.owner_cookie, &path, acme.owner).await,
        post(&app, &globex, &globex.owner_cookie, &format!("{path}/archive"), &[("key", "OPS")]).await,
        post(&app, &globex, &globex.owner_cookie, &format!("{path}/restore"), &[]).await,
    ];
    for answer in answers {
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.body);
    }

    // Both have a key, and neither sees or changes the other's.
    let own = project(&app, &globex, "OPS", "open").await;
    let renamed = rename(&app, &globex, &globex.owner_cookie, &own, "1", "Ours").await;
    assert_eq!(renamed.status, StatusCode::SEE_OTHER, "{}", renamed.body);
    assert!(get(&app, &acme, &acme.owner_cookie, &path).await.body.contains("Project OPS"));

    // Nor do their people.
    for who in ["owner@acme.test", "Olga of acme"] {
        let answer = add(&app, &globex, &globex.owner_cookie, &own, who, "viewer").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("Nobody in this workspace has this name or address."), "{}", answer.body);
    }
    for answer in [
        set_role(&app, &globex, &globex.owner_cookie, &own, acme.owner, "viewer").await,
        take_out(&app, &globex, &globex.owner_cookie, &own, acme.owner).await,
    ] {
        assert!(answer.body.contains("They are not in the project."), "{}", answer.body);
    }
    assert_eq!(listed(&app, &acme, "OPS").await, pairs(&[("Olga of acme", "lead")]));
}

/// Somebody with a role of the tenant's own that holds these permissions.
async fn with_role(app: &TestApp, tenant: &TestTenant, name: &str, permissions: &[&str]) -> String {
    let fields = permissions.iter().map(|permission| ("permission", *permission));
    let form: Vec<_> = [("name", name), ("description", "")].into_iter().chain(fields).collect();
    let made = post(app, tenant, &tenant.owner_cookie, "/admin/roles/new", &form).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    let role: RoleId = made.location().rsplit('/').next().unwrap().parse().unwrap();
    person(app, tenant, name, AssignedRole::Custom(role)).await.1
}

#[tokio::test]
async fn roles_of_a_workspaces_own_hold_the_permission_too() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = project(&app, &acme, "SEC", "members").await;
    let planner = with_role(&app, &acme, "Planner", &["project.manage", "ticket.read", "ticket.write"]).await;
    let saved =
        post(&app, &acme, &planner, &path, &[("version", "1"), ("name", "Safety"), ("access", "members")]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);

    // Without working on tickets: sees every project, makes new ones, and changes none.
    let founder = with_role(&app, &acme, "Founder", &["project.manage", "ticket.read"]).await;
    let form = [("name", "Garden"), ("key", "GAR"), ("access", "members")];
    assert_eq!(post(&app, &acme, &founder, "/projects/new", &form).await.status, StatusCode::SEE_OTHER);
    for path in [path.as_str(), "/projects/GAR"] {
        assert_eq!(get(&app, &acme, &founder, path).await.status, StatusCode::OK);
        let form = [("version", "1"), ("name", "Mine"), ("access", "open")];
        assert_eq!(post(&app, &acme, &founder, path, &form).await.status, StatusCode::FORBIDDEN);
    }
}
