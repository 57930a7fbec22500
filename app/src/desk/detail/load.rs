//! What the page is made from, read in one transaction.

use rowhouse_platform::access::Permit;
use uuid::Uuid;

use super::{
    face::{Face, Trouble},
    sent::Part,
};
use crate::{
    desk::{
        attachment::{self, Files},
        permission::ReadTickets,
        project::{Reach, Reached},
        ticket::{
            Comment, CommentId, Event, EventId, Label, Link, Person, Ticket, TicketKey, comment,
            event::{self, Kind},
            find, label, link, people, watch,
        },
    },
    error::PageError,
};

/// The most entries of the timeline on one page.
const ENTRIES: usize = 50;
/// The most people that can be chosen from a list; where there are more, one types a name.
pub(in crate::desk) const PEOPLE_LISTED: usize = 200;

/// What the page is made from.
pub(super) struct Loaded {
    pub(super) ticket: Ticket,
    pub(super) project: Reached,
    pub(super) watchers: Vec<Person>,
    pub(super) links: Vec<Link>,
    pub(super) timeline: Timeline,
    pub(super) files: Files,
    /// Who reaches the project, where somebody is being chosen; `None` where they are too many for a list.
    pub(super) people: Option<Vec<Person>>,
    /// All labels of the workspace, where some are being chosen.
    pub(super) labels: Vec<Label>,
}

/// An entry of the timeline.
pub(super) enum Entry {
    Comment(Comment),
    Event(Event),
}

impl Entry {
    /// Ids of both are in the order of time.
    fn id(&self) -> Uuid {
        match self {
            Self::Comment(comment) => comment.id.0,
            Self::Event(event) => event.id.0,
        }
    }
}

/// A part of what was said and done, the newest last.
pub(super) struct Timeline {
    pub(super) entries: Vec<Entry>,
    /// Where the part before this one ends, if there is one.
    pub(super) earlier: Option<EventId>,
    /// The last event of all, where the part ends with it.
    pub(super) newest: Option<EventId>,
    /// How many comments the ticket has.
    pub(super) comments: i64,
}

/// Reads the ticket and what belongs to it; `NotFound` where the person does not reach it.
pub(super) async fn load(
    permit: &mut Permit<ReadTickets>,
    reach: &Reach,
    key: &TicketKey,
    face: &Face,
) -> Result<Loaded, PageError> {
    let ticket = find::of_key(permit, reach, key).await?.ok_or(PageError::NotFound)?;
    let project = reach.of_id(ticket.project).ok_or(PageError::NotFound)?.clone();
    let watchers = watch::list(permit, ticket.id).await?;
    let links = link::of(permit, reach, ticket.id).await?;
    let timeline = timeline(permit, reach, &ticket, face).await?;
    let files = attachment::of_ticket(permit, reach, ticket.project, ticket.id).await?;
    // Lists to choose from are long: they are read for the form that is open.
    let chooses = |parts: &[Part]| project.may_write() && face.open.is_some_and(|open| parts.contains(&open));
    let people = if chooses(&[Part::Assignee, Part::Requester, Part::Watchers]) {
        listed(permit, &project).await?
    } else {
        Some(Vec::new())
    };
    let labels = if chooses(&[Part::Labels]) { label::list(permit).await? } else { Vec::new() };
    Ok(Loaded { ticket, project, watchers, links, timeline, files, people, labels })
}

/// Who reaches a project, by name; `None` where they are too many for a list.
pub(in crate::desk) async fn listed<P: rowhouse_platform::access::Permission>(
    permit: &mut Permit<P>,
    project: &Reached,
) -> Result<Option<Vec<Person>>, PageError> {
    let most = i64::try_from(PEOPLE_LISTED + 1).unwrap_or(i64::MAX);
    let people = people::of_project(permit, project.id, "", most).await?;
    Ok((people.len() <= PEOPLE_LISTED).then_some(people))
}

async fn timeline(
    permit: &mut Permit<ReadTickets>,
    reach: &Reach,
    ticket: &Ticket,
    face: &Face,
) -> Result<Timeline, PageError> {
    // One more than is shown tells whether there are more.
    let most = i64::try_from(ENTRIES + 1).unwrap_or(i64::MAX);
    // A form that is shown again needs to know what happened lately.
    let before = if face.trouble == Some(Trouble::Overtaken) { None } else { face.before };
    let events = event::timeline(permit, reach, ticket.id, before, most).await?;
    let comments = comment::list(permit, ticket.id, before.map(|before| CommentId(before.0)), most).await?;
    let newest = if before.is_none() { events.first().map(|event| event.id) } else { None };
    let count = comments.all;
    let (entries, earlier) = woven(events, comments.shown, ENTRIES);
    Ok(Timeline { entries, earlier, newest, comments: count })
}

/// Puts events (the newest first) and comments (the newest last) together, the newest last, and cuts them to `most`. Each
/// may go on beyond what was read of it; then so far, and no farther, the whole is known.
fn woven(events: Vec<Event>, comments: Vec<Comment>, most: usize) -> (Vec<Entry>, Option<EventId>) {
    let known_from = [
        events.last().filter(|_| events.len() > most).map(|event| event.id.0),
        comments.first().filter(|_| comments.len() > most).map(|comment| comment.id.0),
    ];
    let known_from = known_from.into_iter().flatten().max();
    // A comment is shown itself, in the place of the event that says that there is one.
    let events = events.into_iter().filter(|event| !matches!(event.kind, Kind::Comment { .. })).map(Entry::Event);
    let mut entries: Vec<Entry> = comments.into_iter().map(Entry::Comment).chain(events).collect();
    entries.sort_by_key(Entry::id);
    let all = entries.len();
    entries.retain(|entry| known_from.is_none_or(|known_from| entry.id() >= known_from));
    let cut = entries.len().saturating_sub(most);
    entries.drain(..cut);
    let has_earlier = cut > 0 || entries.len() < all || known_from.is_some();
    let earlier = entries.first().filter(|_| has_earlier).map(|entry| EventId(entry.id()));
    (entries, earlier)
}

#[cfg(test)]
mod tests {
    use rowhouse_platform::id::AccountId;
    use time::macros::datetime;

    use super::*;

    const AT: time::OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

    fn event(id: u128, kind: Kind) -> Event {
        Event { id: EventId(Uuid::from_u128(id)), actor: None, via: None, kind, at: AT }
    }

    fn comment(id: u128) -> Comment {
        let author = Person { id: AccountId(Uuid::nil()), name: "Olga".to_owned(), avatar_hash: None };
        let id = CommentId(Uuid::from_u128(id));
        Comment { id, author, body: String::new(), created_at: AT, edited_at: None, version: 1 }
    }

    fn ids(entries: &[Entry]) -> Vec<u128> {
        entries.iter().map(|entry| entry.id().as_u128()).collect()
    }

    #[test]
    fn comments_and_events_stand_in_the_order_of_time() {
        let said = Kind::Comment { comment: CommentId(Uuid::from_u128(3)) };
        let events = vec![event(5, Kind::Description {}), event(4, said), event(1, Kind::Created {})];
        let (entries, earlier) = woven(events, vec![comment(2), comment(3)], 10);
        assert_eq!(ids(&entries), [1, 2, 3, 5]);
        assert_eq!(earlier, None);
    }

    #[test]
    fn what_is_not_known_to_the_end_is_not_shown() {
        // Of the events, more than three: before 20 there may be others that belong between the comments.
        let events = vec![50, 40, 30, 20].into_iter().map(|id| event(id, Kind::Description {})).collect();
        let (entries, earlier) = woven(events, vec![comment(10), comment(45)], 3);
        assert_eq!(ids(&entries), [40, 45, 50]);
        assert_eq!(earlier, Some(EventId(Uuid::from_u128(40))));
    }

    #[test]
    fn events_that_only_say_that_there_is_a_comment_do_not_hide_earlier_ones() {
        let said = |id| event(id, Kind::Comment { comment: CommentId(Uuid::from_u128(id - 1)) });
        let (entries, earlier) = woven(vec![said(40), said(30)], vec![comment(29), comment(39)], 1);
        assert_eq!(ids(&entries), [39]);
        assert_eq!(earlier, Some(EventId(Uuid::from_u128(39))));
    }
}
