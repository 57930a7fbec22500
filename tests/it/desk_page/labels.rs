//! The page on which labels are kept.

use rowhouse_platform::access::Role;

use super::{done, get, main_of, page, post};
use crate::{
    app::{TestApp, TestTenant},
    desk::label_endings,
};

async fn id_of(app: &TestApp, tenant: &TestTenant, name: &str) -> String {
    let sql = "SELECT id FROM pooled.label WHERE tenant_id = $1 AND name = $2";
    let id: uuid::Uuid =
        sqlx::query_scalar(sql).bind(tenant.home.id().0).bind(name).fetch_one(&mut app.db.admin().await).await.unwrap();
    rowhouse_app::desk::ticket::LabelId(id).to_string()
}

#[tokio::test]
async fn labels_are_added_renamed_merged_and_deleted() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = app.ticket(&acme, "Printer").await;
    assert!(page(&app, &acme, &acme.member_cookie, "/labels").await.contains("No labels yet"));
    for name in ["bug", "defect", "<i>odd</i>"] {
        done(&app, &acme, &acme.member_cookie, "/labels", &[("name", name), ("colour", "teal")]).await;
    }
    let shown = page(&app, &acme, &acme.member_cookie, "/labels").await;
    assert!(shown.contains("label--teal\">bug") && shown.contains("&lt;i&gt;odd") && !shown.contains("<i>odd"));
    assert!(!main_of(&shown).contains(">Edit"), "the agent adds and does not rename");

    let (bug, defect) = (id_of(&app, &acme, "bug").await, id_of(&app, &acme, "defect").await);
    done(&app, &acme, &acme.member_cookie, &path, &[("intent", "labels"), ("label", &defect)]).await;
    let owner = &acme.owner_cookie;
    let listed = page(&app, &acme, owner, "/labels").await;
    assert!(listed.contains("1 ticket") && listed.contains("0 tickets"));
    let of_defect = format!("/tickets?label={defect}");
    assert!(listed.contains(&format!("href=\"{of_defect}\"")), "{listed}");
    assert!(page(&app, &acme, owner, &of_defect).await.contains("Printer"), "where the number leads");
    done(&app, &acme, owner, &format!("/labels/{bug}"), &[("name", "Bug!"), ("colour", "red")]).await;
    assert!(page(&app, &acme, owner, "/labels").await.contains("label--red\">Bug!"));

    let delete = format!("/labels/{defect}/delete");
    assert!(page(&app, &acme, owner, &delete).await.contains("This cannot be undone"));
    let wrong = post(&app, &acme, owner, &delete, &[("into", &bug), ("name", "bug")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("not the name of the label"));
    done(&app, &acme, owner, &delete, &[("into", &bug), ("name", "defect")]).await;
    assert!(page(&app, &acme, owner, &path).await.contains("label--red\">Bug!"), "the ticket has the other one");
    done(&app, &acme, owner, &format!("/labels/{bug}/delete"), &[("into", ""), ("name", "Bug!")]).await;
    assert!(!page(&app, &acme, owner, &path).await.contains("label--red"));
}

#[tokio::test]
async fn of_a_label_on_its_way_the_page_says_where_it_goes_and_what_is_left() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let owner = &acme.owner_cookie;
    for name in ["bug", "defect"] {
        done(&app, &acme, owner, "/labels", &[("name", name), ("colour", "teal")]).await;
    }
    let (bug, defect) = (id_of(&app, &acme, "bug").await, id_of(&app, &acme, "defect").await);
    label_endings::many(&app, &acme, defect.parse().unwrap(), 1002).await;
    let listed = page(&app, &acme, owner, "/labels").await;
    assert!(listed.contains("1,000+ tickets") && !listed.contains("1,002"), "it is not counted to the end: {listed}");

    let (edit, delete) = (format!("/labels/{defect}"), format!("/labels/{defect}/delete"));
    let merge = [("into", bug.as_str()), ("name", "defect")];
    done(&app, &acme, owner, &delete, &merge).await;
    let listed = page(&app, &acme, owner, "/labels").await;
    assert!(listed.contains("On its way into “bug”") && listed.contains("1,000+ tickets left"), "{listed}");
    assert!(!listed.contains(&format!("href=\"{edit}\"")) && listed.contains(&format!("href=\"/labels/{bug}\"")));
    let again = post(&app, &acme, owner, &delete, &merge).await;
    assert_eq!(again.status, 422);
    assert!(again.body.contains("being merged or deleted already"), "{}", again.body);
    let renamed = post(&app, &acme, owner, &edit, &[("name", "x"), ("colour", "red")]).await;
    assert_eq!(renamed.status, 422);
    let onward = post(&app, &acme, owner, &format!("/labels/{bug}/delete"), &[("into", ""), ("name", "bug")]).await;
    assert_eq!(onward.status, 422);
    assert!(onward.body.contains("Another label is being merged into this one"), "{}", onward.body);
    // It is found by, and no ticket is given it.
    let found = page(&app, &acme, owner, &format!("/tickets?label={defect}")).await;
    assert!(found.contains("Label: defect") && found.contains("Many"), "{found}");
    assert!(!found.contains(&format!("<option value=\"{defect}\"")), "{found}");

    label_endings::upkeep(&app).await;
    let listed = page(&app, &acme, owner, "/labels").await;
    assert!(!listed.contains("On its way") && !listed.contains("defect"), "{listed}");
    assert!(listed.contains("1,000+ tickets"), "the other one has them: {listed}");
}

#[tokio::test]
async fn names_are_checked_and_taken_once() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    done(&app, &acme, &acme.member_cookie, "/labels", &[("name", "bug"), ("colour", "red")]).await;
    let long = "x".repeat(51);
    for (name, message) in [
        ("", "The name is missing"),
        ("BUG", "There is a label of this name"),
        (long.as_str(), "51 characters; 50 are allowed"),
        ("a\u{0}b", "control character"),
    ] {
        let again = post(&app, &acme, &acme.member_cookie, "/labels", &[("name", name), ("colour", "blue")]).await;
        assert_eq!(again.status, 422, "{name}");
        assert!(again.body.contains(message) && again.body.contains("<option value=\"blue\" selected"), "{name}");
    }
    let again = post(&app, &acme, &acme.member_cookie, "/labels", &[("name", "x"), ("colour", "mauve")]).await;
    assert_eq!(again.status, 400);
    done(&app, &acme, &acme.member_cookie, "/labels", &[("name", "other"), ("colour", "red")]).await;
    let other = format!("/labels/{}", id_of(&app, &acme, "other").await);
    let again = post(&app, &acme, &acme.owner_cookie, &other, &[("name", "Bug"), ("colour", "red")]).await;
    assert_eq!(again.status, 422);
    assert!(again.body.contains("There is a label of this name"));
}

#[tokio::test]
async fn who_may_not_is_refused_and_labels_of_others_are_not_there() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    done(&app, &globex, &globex.owner_cookie, "/labels", &[("name", "theirs"), ("colour", "red")]).await;
    let theirs = id_of(&app, &globex, "theirs").await;
    let viewer = acme.cookie_of(Role::Viewer).to_owned();
    assert!(!main_of(&page(&app, &acme, &viewer, "/labels").await).contains("<form"));
    assert_eq!(post(&app, &acme, &viewer, "/labels", &[("name", "x"), ("colour", "red")]).await.status, 403);
    for id in [theirs.as_str(), "lbl_00000000000000000000000001", "x"] {
        for path in [format!("/labels/{id}"), format!("/labels/{id}/delete")] {
            assert_eq!(get(&app, &acme, &acme.member_cookie, &path).await.status, 403, "{path}");
            assert_eq!(get(&app, &acme, &acme.owner_cookie, &path).await.status, 404, "{path}");
            let form = [("name", "theirs"), ("colour", "blue"), ("into", "")];
            assert_eq!(post(&app, &acme, &acme.owner_cookie, &path, &form).await.status, 404, "{path}");
        }
    }
    assert!(!page(&app, &acme, &acme.owner_cookie, "/labels").await.contains("theirs"));
    // Merging into another tenant's label.
    done(&app, &acme, &acme.member_cookie, "/labels", &[("name", "ours"), ("colour", "red")]).await;
    let ours = format!("/labels/{}/delete", id_of(&app, &acme, "ours").await);
    let form = [("name", "ours"), ("into", theirs.as_str())];
    assert_eq!(post(&app, &acme, &acme.owner_cookie, &ours, &form).await.status, 404);
    assert!(page(&app, &globex, &globex.owner_cookie, "/labels").await.contains("label--red\">theirs"));
}
