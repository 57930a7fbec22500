//! Labels of a workspace.

use rowhouse_app::desk::{
    permission::{ManageProjects, WriteTickets},
    ticket::{
        ChangeError, Colour, LabelId, TicketChange, TicketId, change,
        event::{self, Kind, NamedLabel},
        find,
        label::{self, Ended, LabelError, LabelState},
    },
};

use super::{open, permit, reader, writer};
use crate::app::{TestApp, TestTenant};

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
    assert!(matches!(label::merge(&mut owner, ambient, bug, bug).await, Err(LabelError::IntoItself)));
    assert_eq!(label::merge(&mut owner, ambient, defect, bug).await.unwrap(), Ended::AtOnce { tickets: 2 });
    assert!(matches!(label::merge(&mut owner, ambient, defect, bug).await, Err(LabelError::NotFound)));
    let labels = label::list_with_use(&mut owner).await.unwrap();
    assert_eq!(labels.len(), 1);
    assert_eq!(
        (labels[0].label.name.as_str(), labels[0].label.colour, labels[0].tickets),
        ("Problem", Colour::Pink, 2)
    );
    assert_eq!(labels[0].state, LabelState::InUse);
    assert_eq!(label::remove(&mut owner, ambient, bug).await.unwrap(), Ended::AtOnce { tickets: 2 });
    assert!(matches!(label::remove(&mut owner, ambient, bug).await, Err(LabelError::NotFound)));
    assert_eq!(label::list(&mut owner).await.unwrap(), []);
}

/// What was done to the labels of a ticket, the newest first, as words; and its version.
async fn told(app: &TestApp, tenant: &TestTenant, ticket: TicketId) -> (Vec<String>, i64) {
    let (mut max, reach) = reader(app, tenant, &tenant.member_cookie).await;
    let version = find::of_id(&mut max, &reach, ticket).await.unwrap().unwrap().version;
    let names = |labels: Vec<NamedLabel>| labels.into_iter().map(|label| label.name).collect::<Vec<_>>().join(" ");
    let events = event::timeline(&mut max, &reach, ticket, None, 50).await.unwrap();
    let told = events.into_iter().filter_map(|event| match event.kind {
        Kind::Labels { added, removed } => {
            Some(format!("{}: +{} -{}", event.actor.unwrap().name, names(added), names(removed)))
        }
        _ => None,
    });
    (told.collect(), version)
}

#[tokio::test]
async fn tickets_are_told_of_the_end_of_a_label_and_not_of_another_name() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ambient = &app.services.ambient;
    let mut max = permit::<WriteTickets>(&app, &acme, &acme.member_cookie).await;
    let bug = label::create(&mut max, ambient, "bug", Colour::Red).await.unwrap();
    let defect = label::create(&mut max, ambient, "defect", Colour::Orange).await.unwrap();
    max.commit().await.unwrap();
    let mut tickets = Vec::new();
    for (title, labels) in [("Both", vec![bug, defect]), ("One", vec![defect]), ("Other", vec![bug]), ("None", vec![])]
    {
        let ticket = open(&app, &acme, &acme.member_cookie, title, "").await;
        let (mut max, reach) = writer(&app, &acme, &acme.member_cookie).await;
        let change = TicketChange { labels: Some(labels), ..TicketChange::default() };
        change::apply(&mut max, ambient, &reach, ticket, None, change).await.unwrap().unwrap();
        max.commit().await.unwrap();
        let (_, version) = told(&app, &acme, ticket).await;
        tickets.push((ticket, version));
    }
    app.clock.advance(time::Duration::minutes(1));
    let mut owner = permit::<ManageProjects>(&app, &acme, &acme.owner_cookie).await;
    let name = owner.principal().name.clone();
    label::change(&mut owner, defect, Some("fault"), None).await.unwrap();
    label::merge(&mut owner, ambient, defect, bug).await.unwrap();
    owner.commit().await.unwrap();

    // A change that was made from how the ticket looked before is told of that.
    let expected =
        [(Some(format!("{name}: + -fault")), 1), (Some(format!("{name}: +bug -fault")), 1), (None, 0), (None, 0)];
    for ((ticket, before), (event, changes)) in tickets.iter().zip(&expected) {
        let (told, version) = told(&app, &acme, *ticket).await;
        let own = told.iter().find(|told| told.starts_with(&name));
        assert_eq!((own, version), (event.as_ref(), before + changes));
    }
    let (mut max, reach) = writer(&app, &acme, &acme.member_cookie).await;
    let late = TicketChange { title: Some("Later".to_owned()), ..TicketChange::default() };
    let (ticket, before) = tickets[0];
    let refused = change::apply(&mut max, ambient, &reach, ticket, Some(before), late).await.unwrap();
    assert!(matches!(refused, Err(ChangeError::Overtaken { current }) if current == before + 1), "{refused:?}");
    drop(max);

    app.clock.advance(time::Duration::minutes(1));
    let mut owner = permit::<ManageProjects>(&app, &acme, &acme.owner_cookie).await;
    assert_eq!(label::remove(&mut owner, ambient, bug).await.unwrap(), Ended::AtOnce { tickets: 3 });
    owner.commit().await.unwrap();
    for (place, (ticket, before)) in tickets.iter().enumerate() {
        let (told, version) = told(&app, &acme, *ticket).await;
        let removed = format!("{name}: + -bug");
        assert_eq!(told.first() == Some(&removed), place < 3, "{told:?}");
        assert_eq!(version, before + [2, 2, 1, 0][place]);
    }
}

#[tokio::test]
async fn who_merges_labels_and_who_gives_them_wait_for_each_other() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ambient = &app.services.ambient;
    let mut max = permit::<WriteTickets>(&app, &acme, &acme.member_cookie).await;
    let bug = label::create(&mut max, ambient, "bug", Colour::Red).await.unwrap();
    let defect = label::create(&mut max, ambient, "defect", Colour::Orange).await.unwrap();
    max.commit().await.unwrap();
    let ticket = open(&app, &acme, &acme.member_cookie, "Both", "").await;
    let labelled = |labels: Vec<LabelId>| TicketChange { labels: Some(labels), ..TicketChange::default() };
    let (mut max, reach) = writer(&app, &acme, &acme.member_cookie).await;
    change::apply(&mut max, ambient, &reach, ticket, None, labelled(vec![defect])).await.unwrap().unwrap();
    max.commit().await.unwrap();

    // One holds the ticket, and then wants the label that the other one ends.
    let (mut max, reach) = writer(&app, &acme, &acme.member_cookie).await;
    let retitled = TicketChange { title: Some("Held".to_owned()), ..TicketChange::default() };
    change::apply(&mut max, ambient, &reach, ticket, None, retitled).await.unwrap().unwrap();
    let mut owner = permit::<ManageProjects>(&app, &acme, &acme.owner_cookie).await;
    let merging = async {
        let merged = label::merge(&mut owner, ambient, defect, bug).await;
        owner.commit().await.unwrap();
        merged
    };
    let giving = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let given = change::apply(&mut max, ambient, &reach, ticket, None, labelled(vec![bug, defect])).await;
        max.commit().await.unwrap();
        given
    };
    let (merged, given) = tokio::join!(merging, giving);
    assert_eq!(merged.unwrap(), Ended::AtOnce { tickets: 1 });
    given.unwrap().unwrap();
    let (told, _) = told(&app, &acme, ticket).await;
    assert!(told.iter().any(|event| event.ends_with(": + -defect")), "{told:?}");
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
    assert!(matches!(label::remove(&mut owner, ambient, foreign).await, Err(LabelError::NotFound)));
    assert_eq!(label::list(&mut owner).await.unwrap(), []);
}
