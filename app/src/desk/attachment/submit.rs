//! `/tickets/{ticket}/attachments`: the files of a ticket on a page of their own, and where forms with files are sent to,
//! with a comment or without.

use axum::{
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use leptos::prelude::*;
use rowhouse_platform::access::{Permission, Permit, Principal};
use serde_json::json;

use super::{
    keep::{self, Kept},
    receive::{self, Incoming},
    rows::{self, Files},
    view::{self, SCRIPT},
};
use crate::{
    access::{Allowed, permit},
    context::{Context, RequestContext},
    desk::{
        permission::{ReadTickets, WriteTickets},
        project::{
            Reach,
            reach::{self, Reached},
        },
        ticket::{ChangeError, TEXT_LENGTH, Ticket, TicketId, TicketKey, find},
    },
    error::PageError,
    routes::{see_other_with, set_cookie},
    ui::{
        FieldErrors, FormParts, Head,
        flash::{self, Flash},
        form::{TextArea, summary},
        frame::{Section, frame},
        page,
        time::reader,
    },
};

pub(super) async fn show(
    context: Context,
    Path(name): Path<String>,
    Allowed(mut permit): Allowed<WriteTickets>,
) -> Result<Response, PageError> {
    let (reach, key, _) = writable(&mut permit, &name).await?;
    render(&context, permit.also::<ReadTickets>()?, &reach, &key, "", &FieldErrors::default()).await
}

pub(super) async fn submit(
    context: Context,
    Path(name): Path<String>,
    headers: HeaderMap,
    Allowed(mut allowed): Allowed<WriteTickets>,
    form: FormParts,
) -> Result<Response, PageError> {
    let (_, key, ticket) = writable(&mut allowed, &name).await?;
    // Nothing of the database is held while files come in.
    allowed.commit().await?;
    let mut incoming = receive::receive(&context, form).await?;
    incoming.check_comment();
    let says_why = wants_json(&headers);
    if !incoming.errors.is_empty() {
        let (body, errors) = (std::mem::take(&mut incoming.body), std::mem::take(&mut incoming.errors));
        incoming.discard().await;
        return refused(&context, &key, &body, &errors, says_why).await;
    }

    // Meanwhile, rights may have gone, or the ticket.
    let kept = keep_as_person(&context, ticket, &incoming).await;
    match kept {
        Ok(Ok(_)) => {}
        Ok(Err(refusal)) => {
            incoming.discard().await;
            return Err(of_refusal(refusal));
        }
        Err(error) => {
            incoming.discard().await;
            return Err(error);
        }
    }
    let flash = if incoming.body.is_empty() { Flash::FilesAttached } else { Flash::CommentAdded };
    incoming.kept();
    let location = context.href(&format!("/tickets/{key}"));
    if !says_why {
        return Ok(see_other_with(&location, flash));
    }
    let mut response = axum::Json(json!({ "location": location })).into_response();
    set_cookie(&mut response, flash::COOKIE, flash.word(), Some(60));
    Ok(response)
}

/// The ticket, which the person reaches and may change.
async fn writable(permit: &mut Permit<WriteTickets>, name: &str) -> Result<(Reach, TicketKey, TicketId), PageError> {
    let key: TicketKey = name.parse().map_err(|_| PageError::NotFound)?;
    let reach = reach::of(permit).await?;
    let ticket = find::id_of_key(permit, &reach, &key).await?.ok_or(PageError::NotFound)?;
    if reach.of_key(&key.project).is_some_and(Reached::may_write) {
        Ok((reach, key, ticket))
    } else {
        Err(of_refusal(ChangeError::ReadOnly))
    }
}

fn of_refusal(refusal: ChangeError) -> PageError {
    match refusal {
        ChangeError::ReadOnly => PageError::Forbidden(WriteTickets::NAME),
        ChangeError::Plan(refused) => refused.into(),
        _ => PageError::NotFound,
    }
}

async fn keep_as_person(
    context: &RequestContext,
    ticket: TicketId,
    incoming: &Incoming,
) -> Result<Result<Kept, ChangeError>, PageError> {
    let mut permit = permit::<WriteTickets>(context).await?;
    let kept = keep::keep(&mut permit, &context.services.ambient, ticket, incoming).await?;
    if kept.is_ok() {
        permit.commit().await?;
    }
    Ok(kept)
}

/// The script of the page sends the form itself, to show how far it is, and wants no page back.
fn wants_json(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).is_some_and(|accept| accept == "application/json")
}

async fn refused(
    context: &RequestContext,
    key: &TicketKey,
    body: &str,
    errors: &FieldErrors,
    says_why: bool,
) -> Result<Response, PageError> {
    if says_why {
        let errors: Vec<String> = errors.messages().map(ToOwned::to_owned).collect();
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, axum::Json(json!({ "errors": errors }))).into_response());
    }
    let mut permit = permit::<ReadTickets>(context).await?;
    let reach = reach::of(&mut permit).await?;
    render(context, permit, &reach, key, body, errors).await
}

async fn render(
    context: &RequestContext,
    mut permit: Permit<ReadTickets>,
    reach: &Reach,
    key: &TicketKey,
    body: &str,
    errors: &FieldErrors,
) -> Result<Response, PageError> {
    let ticket = find::of_key(&mut permit, reach, key).await?.ok_or(PageError::NotFound)?;
    let files = rows::of_ticket(&mut permit, reach, ticket.project, ticket.id).await?;
    let person = permit.commit().await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let head = Head::new(format!("Files of {key}")).with_status(status).with_script(SCRIPT);
    Ok(page(context, head, || {
        frame(context, &person, Section::Tickets, false, content(context, &person, &ticket, &files, body, errors))
    }))
}

fn content(
    context: &RequestContext,
    person: &Principal,
    ticket: &Ticket,
    files: &Files,
    body: &str,
    errors: &FieldErrors,
) -> AnyView {
    let here = context.href(&format!("/tickets/{}", ticket.key));
    let (action, back) = (format!("{here}/attachments"), here.clone());
    let label = view! {
        <label class="field__label" for="body">"Comment " <span class="field__optional">"(optional)"</span></label>
    }
    .into_any();
    let list = (!files.all.is_empty()).then(|| {
        view! {
            <section class="card" aria-labelledby="there-title">
                <h2 id="there-title">{format!("Files of {}", ticket.key)}</h2>
                {view::list(context, files, files.all.iter())}
            </section>
        }
    });
    view! {
        <div class="page__head">
            <h1 class="page__title">"Attach files"</h1>
            <p class="page__lead">
                "To " <a href=here>{format!("{} {}", ticket.key, ticket.title)}</a>
            </p>
        </div>
        <div class="stack">
            {summary(errors)}
            {view::room(context, person, files)}
            <form
                class="form attach"
                action=action
                method="post"
                enctype="multipart/form-data"
                data-attach=""
                data-attach-limit=context.services.uploads.file_bytes.to_string()
                data-attach-most=context.services.uploads.files.to_string()
                data-attach-locale=reader().locale.tag()
            >
                {view::field(context, errors)}
                <TextArea
                    id="body"
                    label=label
                    value=body
                    errors=errors
                    rows=5
                    maxlength=TEXT_LENGTH
                    optional=true
                    help="The files are then shown with it."
                />
                {view::progress()}
                <div class="button-row">
                    <button class="button button--primary" type="submit">"Attach files"</button>
                    <a class="button button--quiet" href=back>"Back to the ticket"</a>
                </div>
            </form>
            {list}
        </div>
    }
    .into_any()
}
