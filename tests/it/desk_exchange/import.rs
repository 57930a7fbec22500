//! From the file to the tickets, and back.

use axum::http::StatusCode;

use super::{open, press, titles, upload, uploaded, worker};
use crate::app::TestApp;

const FILE: &[u8] = b"Subject;Priority;Status;Requester;Shoe size\r\n'=1+1;high;lost;nobody@acme.test;43\r\n\
                      \"Two\r\nlines\";urgent;;;\r\nPrinter;loud;open;;\r\nFine;low;closed;;\r\nFiner;;;;\r\n";

const MAPPED: &[(&str, &str)] = &[
    ("intent", "check"),
    ("column-0", "title"),
    ("column-1", "priority"),
    ("column-2", "status"),
    ("column-3", "requester"),
];

#[tokio::test]
async fn a_file_is_checked_imported_and_undone() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let import = uploaded(&app, &acme, FILE).await;
    let page = open(&app, &acme, &import).await;
    assert!(page.body.contains("Shoe size") && page.body.contains("Columns to choose"), "{}", page.body);
    let refused = press(&app, &acme, &import, &[("intent", "check"), ("column-0", "status")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("Choose the column that is the title."));

    press(&app, &acme, &import, MAPPED).await;
    worker(&app).round().await.unwrap();
    let page = open(&app, &acme, &import).await;
    for words in [
        "5 rows checked, 4 problems found.",
        "Nobody who reaches this project has the address nobody@acme.test.",
        "This contains a control character or a line break.",
        "“loud” is not known",
        "“lost” is not known",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    // The second row has two lines.
    assert!(page.body.contains(">5</th>"), "{}", page.body);
    assert_eq!(titles(&app, &acme).await, Vec::<String>::new(), "a check makes nothing");

    press(&app, &acme, &import, &[("intent", "start")]).await;
    worker(&app).round().await.unwrap();
    assert_eq!(titles(&app, &acme).await, ["Fine", "Finer"]);
    assert!(open(&app, &acme, &import).await.body.contains("5 rows done, 2 tickets created."));

    let comment = [("intent", "comment"), ("body", "Who needs this?")];
    let ticket = app.post(&acme.host, "/tickets/SUP-2").cookie(&acme.owner_cookie).form(&comment).send().await;
    assert_eq!(ticket.status, StatusCode::SEE_OTHER, "{}", ticket.body);
    press(&app, &acme, &import, &[("intent", "undo")]).await;
    worker(&app).round().await.unwrap();
    let page = open(&app, &acme, &import).await;
    assert_eq!(titles(&app, &acme).await, ["Finer"]);
    assert!(page.body.contains("1 ticket of 2 removed.") && page.body.contains("/tickets/SUP-2"), "{}", page.body);
}

#[tokio::test]
async fn only_leads_import() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    assert_eq!(upload(&app, &acme, &acme.member_cookie, FILE).await.status, StatusCode::FORBIDDEN);
    let import = uploaded(&app, &acme, FILE).await;
    assert_eq!(open(&app, &globex, &import).await.status, StatusCode::NOT_FOUND);
    let member = app.get(&acme.host, &import).cookie(&acme.member_cookie).send().await;
    assert_eq!(member.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_was_exported_comes_back_as_it_was() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    for title in ["=1+1", "'=1+1", "'tis \"fine\", is it?"] {
        app.ticket(&acme, title).await;
    }
    let file = open(&app, &acme, "/tickets/export?format=csv&sort=created").await.body;
    // The columns are guessed: people by their ids, which are those of this workspace alone.
    for (tenant, words) in
        [(&acme, "3 rows checked, 0 problems found."), (&globex, "3 rows checked, 3 problems found.")]
    {
        let import = uploaded(&app, tenant, file.as_bytes()).await;
        let page = open(&app, tenant, &import).await.body;
        let chosen = |column: usize| {
            let select = page.split(&format!("name=\"column-{column}\"")).nth(1).unwrap();
            let option =
                select.split("</select>").next().unwrap().split("<option").find(|one| one.contains(" selected"));
            option.unwrap().split("value=\"").nth(1).map_or("", |rest| rest.split('"').next().unwrap()).to_owned()
        };
        let chosen: Vec<(String, String)> =
            (0..16).map(|column| (format!("column-{column}"), chosen(column))).collect();
        assert!(chosen[3].1 == "title" && chosen[7].1 == "requester" && chosen[8].1.is_empty(), "{chosen:?}");
        let mut fields = vec![("intent", "check")];
        fields.extend(chosen.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        press(&app, tenant, &import, &fields).await;
        worker(&app).round().await.unwrap();
        let page = open(&app, tenant, &import).await;
        assert!(page.body.contains(words), "{}", page.body);
        press(&app, tenant, &import, &[("intent", "start")]).await;
        worker(&app).round().await.unwrap();
    }
    // Opened in the same moment, they come in any order.
    let mut of_acme = titles(&app, &acme).await;
    of_acme.sort_unstable();
    assert_eq!(of_acme, ["'=1+1", "'=1+1", "'tis \"fine\", is it?", "'tis \"fine\", is it?", "=1+1", "=1+1"]);
    assert_eq!(titles(&app, &globex).await, Vec::<String>::new());
}
