//! `GET /tickets/{ticket}` and what is sent from there: a new status, a comment.

use axum::{extract::Path, http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::access::Permit;
use serde::Deserialize;
use time::OffsetDateTime;

use super::{
    permission::{ReadTickets, WriteTickets},
    project::{Reach, reach},
    ticket::{
        ChangeError, Comment, Person, Status, TEXT_LENGTH, Ticket, TicketChange, TicketKey, change, comment,
        comment::Comments, find,
    },
    ticket_view::{priority_badge, status_badge},
};
use crate::{
    access::Allowed,
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other_with,
    ui::{
        FieldErrors, FormBody, Head,
        avatar::{self, Avatar},
        choice::{Choice, Select},
        flash::Flash,
        form::{TextArea, summary},
        frame::{Section, frame},
        page,
        time::{Ago, number},
    },
};

/// What was typed into the comment, and what is wrong with it.
#[derive(Default)]
struct Draft {
    body: String,
    errors: FieldErrors,
}

/// The most comments shown on one page.
const COMMENTS_SHOWN: i64 = 200;

pub(super) async fn show(
    context: Context,
    Path(key): Path<String>,
    Allowed(mut permit): Allowed<ReadTickets>,
) -> Result<Response, PageError> {
    let reach = reach::of(&mut permit).await?;
    render(&context, permit, &reach, &read_key(&key)?, Draft::default()).await
}

/// One form sends a status, the other a comment.
#[derive(Deserialize)]
#[serde(tag = "intent", rename_all = "lowercase")]
pub(super) enum Change {
    Status { status: String },
    Comment { body: String },
}

pub(super) async fn submit(
    context: Context,
    Path(key): Path<String>,
    Allowed(mut permit): Allowed<WriteTickets>,
    FormBody(change): FormBody<Change>,
) -> Result<Response, PageError> {
    let key = read_key(&key)?;
    let ambient = &context.services.ambient;
    let reach = reach::of(&mut permit).await?;
    let id = find::id_of_key(&mut permit, &reach, &key).await?.ok_or(PageError::NotFound)?;
    let (done, flash) = match change {
        Change::Status { status } => {
            let status = Status::parse(&status).ok_or_else(|| {
                PageError::BadRequest(format!("“{status}” is no status of a ticket; allowed are {}.", Status::words()))
            })?;
            let change = TicketChange { status: Some(status), ..TicketChange::default() };
            let done = change::apply(&mut permit, ambient, &reach, id, None, change).await?;
            (done.map(drop), Flash::StatusChanged)
        }
        Change::Comment { body } => {
            let mut errors = FieldErrors::default();
            let checked = errors.required_lines("comment", "The comment", &body, TEXT_LENGTH);
            if !errors.is_empty() {
                let permit = permit.also::<ReadTickets>()?;
                return render(&context, permit, &reach, &key, Draft { body, errors }).await;
            }
            let done = comment::add(&mut permit, ambient, &reach, id, &checked).await?;
            (done.map(drop), Flash::CommentAdded)
        }
    };
    match done {
        Ok(()) => {
            permit.commit().await?;
            Ok(see_other_with(&context.href(&format!("/tickets/{key}")), flash))
        }
        Err(ChangeError::NotFound) => Err(PageError::NotFound),
        Err(refusal) => Err(PageError::BadRequest(refusal.to_string())),
    }
}

/// A key that is none answers as a ticket that does not exist.
fn read_key(text: &str) -> Result<TicketKey, PageError> {
    text.parse().map_err(|_| PageError::NotFound)
}

async fn render(
    context: &RequestContext,
    mut permit: Permit<ReadTickets>,
    reach: &Reach,
    key: &TicketKey,
    draft: Draft,
) -> Result<Response, PageError> {
    let ticket = find::of_key(&mut permit, reach, key).await?.ok_or(PageError::NotFound)?;
    let comments = comment::list(&mut permit, ticket.id, None, COMMENTS_SHOWN).await?;
    let may_write = reach.may_write(ticket.project);
    let person = permit.commit().await?;
    let now = context.services.ambient.now();
    let status = if draft.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let head = Head::new(format!("{key} {}", ticket.title)).with_status(status);
    Ok(page(context, head, || {
        let content = content(context, may_write, &ticket, &comments, &draft, now);
        frame(context, &person, Section::Tickets, false, content)
    }))
}

fn content(
    context: &RequestContext,
    may_write: bool,
    ticket: &Ticket,
    Comments { shown: comments, all: count }: &Comments,
    draft: &Draft,
    now: OffsetDateTime,
) -> AnyView {
    let count = *count;
    let action = context.href(&format!("/tickets/{}", ticket.key));
    let hidden = count - i64::try_from(comments.len()).unwrap_or(count);
    let entries = comments.iter().map(|comment| entry(context, comment, ticket, now)).collect_view();
    let description = if ticket.description.is_empty() {
        view! { <p class="muted">"No description."</p> }.into_any()
    } else {
        view! { <div class="prose">{ticket.description.clone()}</div> }.into_any()
    };
    view! {
        <div class="page__head">
            <h1 class="page__title">
                {ticket.title.clone()} " " <span class="ticket__key numeric">{ticket.key.to_string()}</span>
            </h1>
            <p class="ticket__line">
                {status_badge(ticket.status.word(), true)} " "
                <span>"Opened by " {ticket.requester.name.clone()} " " <Ago at=ticket.created_at now=now /></span>
            </p>
        </div>
        <div class="ticket">
            <aside class="ticket__meta" aria-label="About this ticket">
                {may_write.then(|| status_form(&action, ticket.status.word()))}
                <dl class="facts">
                    <dt>"Priority"</dt><dd>{priority_badge(ticket.priority.word())}</dd>
                    <dt>"Requester"</dt><dd>{person_view(context, &ticket.requester)}</dd>
                    <dt>"Assignee"</dt>
                    <dd>{match &ticket.assignee {
                        Some(assignee) => person_view(context, assignee),
                        None => view! { <span class="muted">"Unassigned"</span> }.into_any(),
                    }}</dd>
                    <dt>"Opened"</dt><dd><Ago at=ticket.created_at now=now /></dd>
                    <dt>"Updated"</dt><dd><Ago at=ticket.updated_at now=now /></dd>
                </dl>
            </aside>
            <div class="thread">
                <section aria-labelledby="description-title">
                    <h2 class="visually-hidden" id="description-title">"Description"</h2>
                    {description}
                </section>
                <section class="thread__section stack" aria-labelledby="comments-title">
                    <h2 id="comments-title">"Comments " <span class="muted numeric">{number(count)}</span></h2>
                    {(hidden > 0).then(|| view! { <p class="muted">{format!("The {} earliest comments are not shown.", number(hidden))}</p> })}
                    {(count == 0).then(|| view! { <p class="muted">"Nobody has answered yet."</p> })}
                    <ol class="thread__list">{entries}</ol>
                </section>
                {may_write.then(|| comment_form(&action, draft))}
            </div>
        </div>
    }
    .into_any()
}

fn person_view(context: &RequestContext, person: &Person) -> AnyView {
    let src = avatar::address(context, person.id, person.avatar_hash.as_deref());
    view! {
        <Avatar name=&person.name src=src small=true />
        {person.name.clone()}
    }
    .into_any()
}

fn entry(context: &RequestContext, comment: &Comment, ticket: &Ticket, now: OffsetDateTime) -> AnyView {
    let author = &comment.author;
    let src = avatar::address(context, author.id, author.avatar_hash.as_deref());
    let is_requester = author.id == ticket.requester.id;
    view! {
        <li class="entry">
            <Avatar name=&author.name src=src />
            <div class="entry__head">
                <b>{author.name.clone()}</b> " "
                {is_requester.then(|| view! { <span class="badge">"Requester"</span> " " })}
                <Ago at=comment.created_at now=now />
            </div>
            <div class="entry__body prose">{comment.body.clone()}</div>
        </li>
    }
    .into_any()
}

fn status_form(action: &str, status: &str) -> AnyView {
    let options = Status::ALL.iter().map(|status| Choice::new(status.word(), status.label())).collect();
    view! {
        <form class="field" action=action.to_owned() method="post">
            <input type="hidden" name="intent" value="status" />
            <label class="field__label" for="status">"Status"</label>
            <div class="input-row">
                <Select id="status" options=options value=status />
                <button class="button" type="submit">"Set status"</button>
            </div>
        </form>
    }
    .into_any()
}

fn comment_form(action: &str, draft: &Draft) -> AnyView {
    let label = view! { <h2 id="comment-title"><label for="comment">"Add a comment"</label></h2> }.into_any();
    view! {
        {summary(&draft.errors)}
        <form class="form" action=action.to_owned() method="post" aria-labelledby="comment-title">
            <input type="hidden" name="intent" value="comment" />
            <TextArea
                id="comment"
                name="body"
                label=label
                value=&draft.body
                errors=&draft.errors
                rows=4
                maxlength=TEXT_LENGTH
                help="Everybody in this workspace can read it."
            />
            <div class="button-row"><button class="button button--primary" type="submit">"Add comment"</button></div>
        </form>
    }
    .into_any()
}
