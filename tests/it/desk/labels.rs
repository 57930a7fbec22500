//! Labels of a workspace.

use rowhouse_app::desk::{
    permission::{ManageProjects, WriteTickets},
    ticket::{
        Colour, TicketChange, change,
        label::{self, LabelError},
    },
};

use super::{open, permit, writer};
use crate::app::TestApp;

#[tokio::test]
async fn they_are_made_renamed_merged_and_deleted() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ambient = &app.services.ambient;
    let mut max = permit::<WriteTickets>(&app, &acme, &acme.member_cookie).await;
    let bug = label::create(&mut max, ambient, "Bug", Colour::Red).await.unwrap();
    let defect = label::create(&mut max, ambient, "defect", Colour::Orange).await.unwrap();
    max.commit().await.unwrap();
    let mut max = permit::<WriteTickets>(&app, &acme, &acme.member_cookie).await;
    let taken = label::create(&mut max, ambient, "bUG", Colour::Grey).await;
    assert!(matches!(taken, Err(LabelError::NameTaken)), "{taken:?}");
    drop(max);

    let both = open(&app, &acme, &acme.member_cookie, "Both", "").await;
    let one = open(&app, &acme, &acme.member_cookie, "One", "").await;
    for (ticket, labels) in [(both, vec![bug, defect]), (one, vec![defect])] {
        let (mut max, reach) = writer(&app, &acme, &acme.member_cookie).await;
        let change = TicketChange { labels: Some(labels), ..TicketChange::default() };
        change::apply(&mut max, ambient, &reach, ticket, None, change).await.unwrap().unwrap();
        max.commit().await.unwrap();
    }
    let mut owner = permit::<ManageProjects>(&app, &acme, &acme.owner_cookie).await;
    label::change(&mut owner, bug, Some("Problem"), Some(Colour::Pink)).await.unwrap();
    assert!(matches!(label::merge(&mut owner, bug, bug).await, Err(LabelError::IntoItself)));
    assert_eq!(label::merge(&mut owner, defect, bug).await.unwrap(), 2);
    assert!(matches!(label::merge(&mut owner, defect, bug).await, Err(LabelError::NotFound)));
    let labels = label::list_with_use(&mut owner).await.unwrap();
    assert_eq!(labels.len(), 1);
    assert_eq!(
        (labels[0].label.name.as_str(), labels[0].label.colour, labels[0].tickets),
        ("Problem", Colour::Pink, 2)
    );
    assert_eq!(label::remove(&mut owner, bug).await.unwrap(), 2);
    assert!(matches!(label::remove(&mut owner, bug).await, Err(LabelError::NotFound)));
    assert_eq!(label::list(&mut owner).await.unwrap(), []);
}

#[tokio::test]
async fn those_of_another_tenant_are_not_there() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let ambient = &app.services.ambient;
    let mut theirs = permit::<WriteTickets>(&app, &globex, &globex.member_cookie).await;
    let foreign = label::create(&mut theirs, ambient, "bug", Colour::Red).await.unwrap();
    theirs.commit().await.unwrap();
    let mut owner = permit::<ManageProjects>(&app, &acme, &acme.owner_cookie).await;
    assert!(matches!(
        label::change(&mut owner, foreign, Some("x"), Some(Colour::Red)).await,
        Err(LabelError::NotFound)
    ));
    assert!(matches!(label::remove(&mut owner, foreign).await, Err(LabelError::NotFound)));
    assert_eq!(label::list(&mut owner).await.unwrap(), []);
}
