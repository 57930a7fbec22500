//! `GET /live`: the changes of all tickets that somebody reaches, or with `?ticket=OPS-142` of one.

use std::{
    collections::{BTreeSet, VecDeque},
    convert::Infallible,
    pin::Pin,
    time::Duration as StdDuration,
};

use axum::{
    extract::Query,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::stream;
use rowhouse_platform::id::AccountId;
use serde::{Deserialize, Serialize};
use time::Duration;
use tokio::{
    sync::{broadcast::error::RecvError, watch},
    time::Sleep,
};
use uuid::Uuid;

use super::{
    hub::{Change, Listener, News},
    news::{self, Found, Place},
};
use crate::{
    access::{Allowed, permit_again},
    context::Context,
    desk::{
        permission::ReadTickets,
        project::{ProjectId, Reach, reach},
        ticket::TicketKey,
    },
    error::PageError,
};

/// How often it is asked again who listens and what they reach.
const ASKED_EVERY: StdDuration = StdDuration::from_secs(30);
/// A sign of life, so that nothing in between takes the connection for dead.
const HEARTBEAT: StdDuration = StdDuration::from_secs(15);
/// Who was away for longer reads the page again.
const KEPT: Duration = Duration::minutes(10);
/// How old a page may be when it begins to listen.
const LOADING: Duration = Duration::seconds(15);

#[derive(Deserialize)]
pub(super) struct Asked {
    ticket: Option<String>,
}

pub(super) async fn show(
    context: Context,
    Allowed(mut permit): Allowed<ReadTickets>,
    Query(Asked { ticket }): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let ticket = match ticket.as_deref() {
        None => None,
        Some(key) => Some(key.parse::<TicketKey>().map_err(|_| PageError::NotFound)?.to_string()),
    };
    let account = permit.principal().account;
    let reach = reach::of(&mut permit).await?;
    let services = &context.services;
    let home = &context.tenant()?.home;
    let full = || PageError::Throttled("There are too many open pages. This one does not renew itself.".to_owned());
    // First joined, then read: nothing is left out between the two.
    let seen = news::snapshot(&mut permit).await?;
    let listener = services.live.join(&services.database, &services.ambient, home, account, seen).ok_or_else(full)?;
    let now = services.ambient.now();
    let heard = headers.get("last-event-id");
    let last = heard.and_then(|id| id.to_str().ok()).and_then(|id| id.parse::<Place>().ok());
    let last = last.and_then(|last| Some((last, news::time_of(last.event)?)));
    let missed = match last {
        Some((_, at)) if now - at > KEPT => Found::Much,
        Some((last, _)) => news::after(&mut permit, last).await?,
        // What it heard last was said by another version of this program, in its way.
        None if heard.is_some() => Found::Much,
        None => news::recent(&mut permit, news::first_id(now - LOADING)).await?,
    };
    let mut listening = Listening {
        context: context.clone(),
        listener,
        account,
        reach,
        ticket,
        waiting: VecDeque::new(),
        read: BTreeSet::new(),
        ask: ask(),
    };
    match missed {
        Found::Much => listening.waiting.push_back(reload()),
        Found::Changes(missed) => {
            listening.waiting = missed.iter().filter_map(|change| listening.told(change)).collect();
            listening.read = missed.into_iter().map(|change| change.place.event).collect();
        }
    }
    // Undone, not committed, here and below: that a page stays open is no sign that somebody is there.
    drop(permit);
    let events = stream::unfold(listening, |mut listening| async move {
        let event = listening.next().await?;
        Some((Ok::<_, Infallible>(event), listening))
    });
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store, no-transform"));
    // Proxies of the nginx kind collect answers otherwise.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

fn ask() -> Pin<Box<Sleep>> {
    Box::pin(tokio::time::sleep(ASKED_EVERY))
}

/// Waits until the server stops.
async fn closed(closing: &mut watch::Receiver<bool>) {
    // An error means that the hub is gone: it stops all the more.
    let _ = closing.wait_for(|closing| *closing).await;
}

/// Tells the page that it may have missed something.
fn reload() -> Event {
    Event::default().event("reload").data("{}")
}

struct Listening {
    context: Context,
    listener: Listener,
    account: AccountId,
    reach: Reach,
    ticket: Option<String>,
    waiting: VecDeque<Event>,
    /// What was read at the beginning, and may come from the hub again.
    read: BTreeSet<Uuid>,
    ask: Pin<Box<Sleep>>,
}

/// What the page is told.
#[derive(Serialize)]
struct Told<'a> {
    ticket: &'a str,
    kind: &'a str,
    by: Option<&'a str>,
    own: bool,
}

impl Listening {
    /// The next event; `None` when there is to be none any more.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            tokio::select! {
                () = closed(&mut self.listener.closing) => return None,
                () = &mut self.ask => {
                    let mut permit = permit_again::<ReadTickets>(&self.context).await.ok()?;
                    self.reach = reach::of(&mut permit).await.ok()?;
                    drop(permit);
                    self.ask = ask();
                }
                news = self.listener.changes.recv() => match news {
                    Ok(news) => match &*news {
                        News::Much => return Some(reload()),
                        News::Changed(change) => {
                            if self.read.remove(&change.place.event) {
                                continue;
                            }
                            if let Some(event) = self.told(change) {
                                return Some(event);
                            }
                        }
                    },
                    Err(RecvError::Lagged(_)) => return Some(reload()),
                    Err(RecvError::Closed) => return None,
                },
            }
        }
    }

    /// The change as an event, where it is of what they listen to and reach.
    fn told(&self, change: &Change) -> Option<Event> {
        self.reach.of_id(ProjectId(change.project))?;
        if self.ticket.as_ref().is_some_and(|ticket| *ticket != change.ticket) {
            return None;
        }
        let told = Told {
            ticket: &change.ticket,
            kind: &change.kind,
            by: change.actor.as_ref().map(|(_, name)| name.as_str()),
            own: change.actor.as_ref().is_some_and(|(account, _)| *account == self.account),
        };
        let event = Event::default().event("change").id(change.place.to_string());
        event.json_data(told).inspect_err(|error| tracing::error!(%error, "a live change cannot be written")).ok()
    }
}
