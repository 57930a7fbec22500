//! `GET /tickets/{ticket}` and what is sent from there: a new status, a comment.

use axum::{extract::Path, http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{access::Principal, id::AccountId};
use serde::Deserialize;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    permission::{ReadTickets, WriteTickets},
    ticket::{self, Comment, Status, TEXT_LENGTH, Ticket, TicketId},
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

pub(super) async fn show(
    context: Context,
    Path(id): Path<String>,
    Allowed(permit): Allowed<ReadTickets>,
) -> Result<Response, PageError> {
    render(&context, permit, read_id(&id)?, Draft::default()).await
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
    Path(id): Path<String>,
    Allowed(mut permit): Allowed<WriteTickets>,
    FormBody(change): FormBody<Change>,
) -> Result<Response, PageError> {
    let id = read_id(&id)?;
    let ambient = &context.services.ambient;
    let (exists, flash) = match change {
        Change::Status { status } => {
            let status = Status::parse(&status).ok_or_else(|| {
                PageError::BadRequest(format!("“{status}” is no status of a ticket; allowed are {}.", Status::words()))
            })?;
            (ticket::set_status(&mut permit, ambient, id, status).await?, Flash::StatusChanged)
        }
        Change::Comment { body } => {
            let mut errors = FieldErrors::default();
            let checked = errors.required_lines("comment", "The comment", &body, TEXT_LENGTH);
            if !errors.is_empty() {
                return render(&context, permit.also::<ReadTickets>()?, id, Draft { body, errors }).await;
            }
            (ticket::add_comment(&mut permit, ambient, id, &checked).await?, Flash::CommentAdded)
        }
    };
    if !exists {
        return Err(PageError::NotFound);
    }
    permit.commit().await?;
    Ok(see_other_with(&context.href(&format!("/tickets/{id}")), flash))
}

/// An id that is none answers as a ticket that does not exist.
fn read_id(text: &str) -> Result<TicketId, PageError> {
    text.parse().map_err(|_| PageError::NotFound)
}

async fn render(
    context: &RequestContext,
    mut permit: rowhouse_platform::access::Permit<ReadTickets>,
    id: TicketId,
    draft: Draft,
) -> Result<Response, PageError> {
    let ticket = ticket::find(&mut permit, id).await?.ok_or(PageError::NotFound)?;
    let (comments, count) = ticket::comments(&mut permit, id).await?;
    let person = permit.commit().await?;
    let now = context.services.ambient.now();
    let status = if draft.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let head = Head::new(format!("#{} {}", ticket.number, ticket.title)).with_status(status);
    Ok(page(context, head, || {
        let content = content(context, &person, id, &ticket, (&comments, count), &draft, now);
        frame(context, &person, Section::Tickets, false, content)
    }))
}

fn content(
    context: &RequestContext,
    person: &Principal,
    id: TicketId,
    ticket: &Ticket,
    (comments, count): (&[Comment], i64),
    draft: &Draft,
    now: OffsetDateTime,
) -> AnyView {
    let may_write = person.may::<WriteTickets>();
    let action = context.href(&format!("/tickets/{id}"));
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
                {ticket.title.clone()} " " <span class="ticket__key numeric">{format!("#{}", ticket.number)}</span>
            </h1>
            <p class="ticket__line">
                {status_badge(&ticket.status, true)} " "
                <span>"Opened by " {ticket.requester.clone()} " " <Ago at=ticket.created_at now=now /></span>
            </p>
        </div>
        <div class="ticket">
            <aside class="ticket__meta" aria-label="About this ticket">
                {may_write.then(|| status_form(&action, &ticket.status))}
                <dl class="facts">
                    <dt>"Priority"</dt><dd>{priority_badge(&ticket.priority)}</dd>
                    <dt>"Requester"</dt><dd>{person_view(context, &ticket.requester, Some(ticket.requester_id), ticket.requester_avatar.as_deref())}</dd>
                    <dt>"Assignee"</dt>
                    <dd>{match &ticket.assignee {
                        Some(name) => person_view(context, name, ticket.assignee_id, ticket.assignee_avatar.as_deref()),
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

fn person_view(context: &RequestContext, name: &str, account: Option<Uuid>, picture: Option<&str>) -> AnyView {
    let src = account.and_then(|account| avatar::address(context, AccountId(account), picture));
    view! {
        <Avatar name=name src=src small=true />
        {name.to_owned()}
    }
    .into_any()
}

fn entry(context: &RequestContext, comment: &Comment, ticket: &Ticket, now: OffsetDateTime) -> AnyView {
    let src = avatar::address(context, AccountId(comment.author_id), comment.author_avatar.as_deref());
    let is_requester = comment.author_id == ticket.requester_id;
    view! {
        <li class="entry">
            <Avatar name=&comment.author src=src />
            <div class="entry__head">
                <b>{comment.author.clone()}</b> " "
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
