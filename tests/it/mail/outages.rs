//! What becomes of letters that a mail server does not take, or not now.

use std::time::Duration;

use rowhouse_platform::mail::sender::Round;
use time::Duration as Span;

use super::{LINK, queue, rows, sender, sender_with, server::MailServer};
use crate::app::TestApp;

const SENT: Round = Round { sent: 1, postponed: 0, given_up: 0 };
const POSTPONED: Round = Round { sent: 0, postponed: 1, given_up: 0 };
const GIVEN_UP: Round = Round { sent: 0, postponed: 0, given_up: 1 };
const NOTHING: Round = Round { sent: 0, postponed: 0, given_up: 0 };

#[tokio::test]
async fn a_temporary_refusal_is_tried_again_with_growing_pauses() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut admin = app.db.admin().await;
    let mut server = MailServer::start().await;
    let sender = sender(&app, server.port);
    queue(&app, &acme.home, "Acme", "later-2@acme.test").await;

    assert_eq!(sender.deliver_due().await.unwrap(), POSTPONED);
    assert_eq!(server.next().await["code"], 451);
    let waiting = rows(&mut admin).await.pop().unwrap();
    assert!(waiting.last_error.as_deref().unwrap().contains("come back later"), "{waiting:?}");
    assert!(waiting.body.contains(LINK), "its text is still needed");
    assert_eq!(sender.deliver_due().await.unwrap(), NOTHING, "not at once");

    app.clock.advance(Span::seconds(45));
    assert_eq!(sender.deliver_due().await.unwrap(), POSTPONED);
    app.clock.advance(Span::seconds(40));
    assert_eq!(sender.deliver_due().await.unwrap(), NOTHING, "the second pause is longer");
    app.clock.advance(Span::seconds(40));
    assert_eq!(sender.deliver_due().await.unwrap(), SENT);
    let sent = rows(&mut admin).await.pop().unwrap();
    assert_eq!((sent.attempts, sent.last_error, sent.failed_at), (3, None, None));
}

#[tokio::test]
async fn a_refusal_for_good_is_final() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut admin = app.db.admin().await;
    let mut server = MailServer::start().await;
    let sender = sender(&app, server.port);
    for (mailbox, code) in [("never@acme.test", 550), ("spam@acme.test", 554)] {
        queue(&app, &acme.home, "Acme", mailbox).await;
        assert_eq!(sender.deliver_due().await.unwrap(), GIVEN_UP, "{mailbox}");
        assert_eq!(server.next().await["code"], code);
        let row = rows(&mut admin).await.pop().unwrap();
        assert!(row.failed_at.is_some() && row.sent_at.is_none() && row.attempts == 1, "{row:?}");
        assert!(row.last_error.unwrap().contains(&code.to_string()));
        assert!(row.body.is_empty() && row.html.is_none(), "nobody needs its text");
    }
    app.clock.advance(Span::days(1));
    assert_eq!(sender.deliver_due().await.unwrap(), NOTHING);
    // The others are not held up.
    queue(&app, &acme.home, "Acme", "ada@acme.test").await;
    assert_eq!(sender.deliver_due().await.unwrap(), SENT);
}

#[tokio::test]
async fn a_mail_server_that_was_away_gets_everything() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut server = MailServer::start().await;
    let port = server.port;
    let sender = sender(&app, port);
    queue(&app, &acme.home, "Acme", "first@acme.test").await;
    assert_eq!(sender.deliver_due().await.unwrap(), SENT);
    server.next().await;

    // The connection that was kept is dead now.
    drop(server);
    queue(&app, &acme.home, "Acme", "ada@acme.test").await;
    assert_eq!(sender.deliver_due().await.unwrap(), POSTPONED);
    let mut server = MailServer::start_on(port).await;
    app.clock.advance(Span::minutes(1));
    assert_eq!(sender.deliver_due().await.unwrap(), SENT);
    assert_eq!(server.next().await["envelope"]["to"][0], "ada@acme.test");
}

#[tokio::test]
async fn nothing_is_tried_for_ever() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut admin = app.db.admin().await;
    // Nobody listens there any more.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let sender = sender(&app, port);
    queue(&app, &acme.home, "Acme", "ada@acme.test").await;
    for expected in [POSTPONED, POSTPONED, GIVEN_UP, NOTHING] {
        assert_eq!(sender.deliver_due().await.unwrap(), expected);
        app.clock.advance(Span::hours(2));
    }
    let row = rows(&mut admin).await.pop().unwrap();
    assert!(row.last_error.as_deref().unwrap().starts_with("after 3 attempts: "), "{row:?}");

    // And removed in the end.
    assert_eq!(sender.prune().await.unwrap(), 0);
    app.clock.advance(Span::days(30));
    assert_eq!(sender.prune().await.unwrap(), 1);
    assert!(rows(&mut admin).await.is_empty());
}

#[tokio::test]
async fn what_a_dead_server_had_claimed_is_sent_by_another() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut server = MailServer::start().await;
    // This one takes connections and never says a word.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let dying = sender(&app, silent.local_addr().unwrap().port());
    queue(&app, &acme.home, "Acme", "ada@acme.test").await;
    tokio::time::timeout(Duration::from_millis(500), dying.deliver_due()).await.unwrap_err();
    drop(dying);

    let heir = sender(&app, server.port);
    assert_eq!(heir.deliver_due().await.unwrap(), NOTHING, "it might still be at it");
    app.clock.advance(Span::minutes(1));
    assert_eq!(heir.deliver_due().await.unwrap(), SENT);
    assert_eq!(server.next().await["envelope"]["to"][0], "ada@acme.test");
}

#[tokio::test]
async fn a_stop_finishes_the_letter_under_way() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut server = MailServer::start().await;
    queue(&app, &acme.home, "Acme", "slow@acme.test").await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let sender = sender_with(&app, server.port, |settings| settings.timeout = Duration::from_secs(10));
    let running = tokio::spawn(sender.run(async move {
        let _ = stopped.await;
    }));
    assert_eq!(server.next().await["receiving"], "slow@acme.test");
    stop.send(()).unwrap();
    running.await.unwrap();
    let row = rows(&mut app.db.admin().await).await.pop().unwrap();
    assert!(row.sent_at.is_some() && row.attempts == 1, "{row:?}");
}
