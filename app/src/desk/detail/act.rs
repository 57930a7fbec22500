//! `POST /tickets/{key}`: what the page's forms do.

use axum::{extract::Path, response::Response};
use rowhouse_platform::{access::Permit, id::AccountId};

use super::{
    face::Face,
    sent::{Intent, Part, Sent},
    show::{Named, named, permanently, render},
};
use crate::{
    access::{Allowed, permit},
    context::{Context, RequestContext},
    desk::{
        permission::WriteTickets,
        person_field,
        project::{ProjectId, Reach, reach},
        ticket::{
            ChangeError, CommentId, LabelId, Priority, Relation, Status, TEXT_LENGTH, TITLE_LENGTH, TicketChange,
            TicketId, TicketKey, change, comment, find, link, watch,
        },
    },
    error::PageError,
    routes::see_other_with,
    ui::{FieldErrors, FormBody, flash::Flash},
};

pub(super) async fn submit(
    context: Context,
    Path(name): Path<String>,
    Allowed(mut writing): Allowed<WriteTickets>,
    FormBody(pairs): FormBody<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let reach = reach::of(&mut writing).await?;
    let key = match named(&mut writing, &reach, &name).await? {
        Named::Here(key) => key,
        Named::Elsewhere(key) => return permanently(&context, &key),
    };
    let ticket = find::id_of_key(&mut writing, &reach, &key).await?.ok_or(PageError::NotFound)?;
    let project = reach.of_key(&key.project).ok_or(PageError::NotFound)?.id;
    let sent = Sent::read(pairs)?;
    if sent.is_preview() {
        let face = Face::again(sent, FieldErrors::default());
        return render(&context, writing.also()?, reach, &key, &face).await;
    }
    let mut act = Act { context: &context, permit: writing, reach: &reach, ticket, project, sent: &sent };
    let done = act.run().await?;
    let Act { permit: writing, .. } = act;
    let face = match done {
        Done::Saved { flash, at } => {
            writing.commit().await?;
            return Ok(see_other_with(&format!("{}{at}", context.href(&format!("/tickets/{key}"))), flash));
        }
        Done::Wrong(errors) => Face::again(sent, errors),
        Done::Refused(error) => Face::refused(sent, error)?,
    };
    // What was done before the refusal is undone, and the page is read afresh.
    drop(writing);
    again(&context, &key, &face).await
}

/// The page with a form that was not done.
async fn again(context: &RequestContext, key: &TicketKey, face: &Face) -> Result<Response, PageError> {
    let mut reading = permit(context).await?;
    let reach = reach::of(&mut reading).await?;
    render(context, reading, reach, key, face).await
}

/// What came of a form.
enum Done {
    /// It was saved, and the page says so; `at` is where on the page.
    Saved { flash: Flash, at: String },
    /// A field is wrong.
    Wrong(FieldErrors),
    /// It could not be.
    Refused(ChangeError),
}

impl Done {
    fn of<T>(done: Result<T, ChangeError>, flash: Flash, at: &str) -> Self {
        match done {
            Ok(_) => Self::Saved { flash, at: at.to_owned() },
            Err(error) => Self::Refused(error),
        }
    }
}

/// A form at work.
struct Act<'a> {
    context: &'a RequestContext,
    permit: Permit<WriteTickets>,
    reach: &'a Reach,
    ticket: TicketId,
    project: ProjectId,
    sent: &'a Sent,
}

impl Act<'_> {
    async fn run(&mut self) -> Result<Done, PageError> {
        match self.sent.intent {
            Intent::Set(part) => self.set(part).await,
            Intent::AddWatcher => {
                let mut errors = FieldErrors::default();
                let Some(person) = self.person("watcher", &mut errors).await? else {
                    if errors.is_empty() {
                        errors.add("watcher", "Choose who is to watch the ticket.");
                    }
                    return Ok(Done::Wrong(errors));
                };
                self.watch(person, true).await
            }
            Intent::RemoveWatcher => {
                let person = self.sent.text("person")?.parse().map_err(|_| PageError::NotFound)?;
                self.watch(person, false).await
            }
            Intent::Link => self.link().await,
            Intent::Unlink => self.unlink().await,
            Intent::Comment => self.comment().await,
            Intent::EditComment(comment) => self.edit_comment(comment).await,
            Intent::RemoveComment(comment) => {
                let ambient = &self.context.services.ambient;
                let done = comment::remove(&mut self.permit, ambient, self.reach, self.ticket, comment).await?;
                Ok(Done::of(done, Flash::CommentRemoved, "#activity"))
            }
        }
    }

    /// Gives a part of the ticket what the form says.
    async fn set(&mut self, part: Part) -> Result<Done, PageError> {
        let mut errors = FieldErrors::default();
        let mut change = TicketChange::default();
        let (mut flash, mut at) = (Flash::TicketSaved, "");
        match part {
            Part::Title => {
                let title = self.sent.text("title")?;
                change.title = Some(errors.required_line("title", "The title", title, TITLE_LENGTH));
            }
            Part::Description => {
                let text = self.sent.text("description")?;
                change.description = Some(errors.lines("description", "The description", text, TEXT_LENGTH));
                at = "#ticket-description";
            }
            Part::Status => {
                change.status = Some(self.status()?);
                flash = Flash::StatusChanged;
            }
            Part::Priority => change.priority = Some(read_priority(self.sent.text("priority")?)?),
            Part::Assignee => {
                change.assignee = Some(self.person("assignee", &mut errors).await?);
            }
            Part::Requester => {
                change.requester = self.person("requester", &mut errors).await?;
                if change.requester.is_none() && errors.is_empty() {
                    errors.add("requester", "Choose who asks.");
                }
            }
            Part::Due => change.due_on = Some(read_day(self.sent.text("due")?, &mut errors)),
            Part::Labels => {
                let ids = self.sent.all("label").map(str::parse::<LabelId>).collect::<Result<_, _>>();
                change.labels = ids.map(Some).map_err(|_| PageError::NotFound)?;
            }
            Part::Watchers | Part::Links | Part::Comment | Part::Written(_) => return Err(PageError::NotFound),
        }
        if !errors.is_empty() {
            return Ok(Done::Wrong(errors));
        }
        Ok(Done::of(self.apply(change).await?, flash, at))
    }

    async fn apply(&mut self, change: TicketChange) -> Result<Result<i64, ChangeError>, PageError> {
        let (ambient, version) = (&self.context.services.ambient, self.sent.version);
        Ok(change::apply(&mut self.permit, ambient, self.reach, self.ticket, version, change).await?)
    }

    fn status(&self) -> Result<Status, PageError> {
        let word = self.sent.text("status")?;
        Status::parse(word).ok_or_else(|| {
            PageError::BadRequest(format!("“{word}” is no status of a ticket; allowed are {}.", Status::words()))
        })
    }

    async fn person(&mut self, field: &'static str, errors: &mut FieldErrors) -> Result<Option<AccountId>, PageError> {
        let text = self.sent.text(field)?;
        person_field::read(&mut self.permit, self.project, field, text, errors).await
    }

    async fn watch(&mut self, person: AccountId, watches: bool) -> Result<Done, PageError> {
        let ambient = &self.context.services.ambient;
        let done = watch::set(&mut self.permit, ambient, self.reach, self.ticket, person, watches).await?;
        let flash = if watches { Flash::WatcherAdded } else { Flash::WatcherRemoved };
        Ok(Done::of(done, flash, "#fact-watchers"))
    }

    async fn link(&mut self) -> Result<Done, PageError> {
        let relation = read_relation(self.sent.text("relation")?)?;
        let text = self.sent.text("link")?.trim();
        let mut errors = FieldErrors::default();
        let other = match text.parse::<TicketKey>() {
            Ok(key) => find::id_of_key(&mut self.permit, self.reach, &key).await?,
            Err(_) if text.is_empty() => {
                errors.add("link", "The key of the other ticket is missing.");
                return Ok(Done::Wrong(errors));
            }
            Err(error) => {
                errors.add("link", format!("This is {error}."));
                return Ok(Done::Wrong(errors));
            }
        };
        let Some(other) = other else { return Ok(Done::Refused(ChangeError::NoSuchTicket)) };
        let ambient = &self.context.services.ambient;
        let done = link::add(&mut self.permit, ambient, self.reach, self.ticket, relation, other).await?;
        Ok(Done::of(done, Flash::LinkAdded, "#fact-links"))
    }

    async fn unlink(&mut self) -> Result<Done, PageError> {
        let relation = read_relation(self.sent.text("relation")?)?;
        let other: TicketId = self.sent.text("other")?.parse().map_err(|_| PageError::NotFound)?;
        let ambient = &self.context.services.ambient;
        let done = link::remove(&mut self.permit, ambient, self.reach, self.ticket, relation, other).await?;
        Ok(Done::of(done, Flash::LinkRemoved, "#fact-links"))
    }

    /// Adds a comment, and sets the status where the button says one.
    async fn comment(&mut self) -> Result<Done, PageError> {
        let mut errors = FieldErrors::default();
        let body = errors.required_lines("comment", "The comment", self.sent.text("body")?, TEXT_LENGTH);
        let status = match self.sent.get("status") {
            None | Some("") => None,
            Some(_) => Some(self.status()?),
        };
        if !errors.is_empty() {
            return Ok(Done::Wrong(errors));
        }
        let ambient = &self.context.services.ambient;
        let added = comment::add(&mut self.permit, ambient, self.reach, self.ticket, &body).await?;
        let comment = match added {
            Ok(comment) => comment,
            Err(error) => return Ok(Done::Refused(error)),
        };
        if let Some(status) = status {
            // A comment does not change the version: what was looked at is still what is expected.
            if let Err(error) = self.apply(TicketChange { status: Some(status), ..TicketChange::default() }).await? {
                return Ok(Done::Refused(error));
            }
        }
        Ok(Done::Saved { flash: Flash::CommentAdded, at: format!("#{comment}") })
    }

    async fn edit_comment(&mut self, comment: CommentId) -> Result<Done, PageError> {
        let mut errors = FieldErrors::default();
        let body = errors.required_lines("written", "The comment", self.sent.text("body")?, TEXT_LENGTH);
        let Some(version) = self.sent.version else {
            return Err(PageError::BadRequest("The form does not say which version of the comment it is for.".into()));
        };
        if !errors.is_empty() {
            return Ok(Done::Wrong(errors));
        }
        let ambient = &self.context.services.ambient;
        let done = comment::edit(&mut self.permit, ambient, self.reach, self.ticket, comment, version, &body).await?;
        Ok(Done::of(done, Flash::CommentSaved, &format!("#{comment}")))
    }
}

/// Reads a priority.
pub(in crate::desk) fn read_priority(word: &str) -> Result<Priority, PageError> {
    Priority::parse(word).ok_or_else(|| {
        PageError::BadRequest(format!("“{word}” is no priority of a ticket; allowed are {}.", Priority::words()))
    })
}

fn read_relation(word: &str) -> Result<Relation, PageError> {
    Relation::parse(word).ok_or_else(|| {
        PageError::BadRequest(format!("“{word}” is no way to link tickets; allowed are {}.", Relation::words()))
    })
}

/// Reads a day; empty text is none.
pub(in crate::desk) fn read_day(text: &str, errors: &mut FieldErrors) -> Option<time::Date> {
    use time::macros::{date, format_description};
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let day = time::Date::parse(text, format_description!("[year]-[month]-[day]"));
    // PostgreSQL and people agree on these.
    let sensible = date!(1900 - 01 - 01)..=date!(9999 - 12 - 31);
    match day {
        Ok(day) if sensible.contains(&day) => Some(day),
        _ => {
            errors.add("due", "This is no day. Write it like 2026-03-31.");
            None
        }
    }
}
