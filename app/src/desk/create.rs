//! `GET /tickets/new` and `POST /tickets/new`: opening a ticket.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::access::Principal;
use serde::Deserialize;

use super::{
    permission::WriteTickets,
    project::reach,
    ticket::{NewTicket, Priority, TEXT_LENGTH, TITLE_LENGTH, create},
};
use crate::{
    access::Allowed,
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other_with,
    ui::{
        FieldErrors, FormBody, Head,
        choice::{Choice, SelectField},
        flash::Flash,
        form::{TextArea, TextField, summary},
        frame::{Section, frame},
        page,
    },
};

/// What was typed.
#[derive(Deserialize)]
pub(super) struct Fields {
    title: String,
    description: String,
    priority: String,
}

pub(super) async fn show(context: Context, Allowed(permit): Allowed<WriteTickets>) -> Result<Response, PageError> {
    let person = permit.commit().await?;
    let fields =
        Fields { title: String::new(), description: String::new(), priority: Priority::Normal.word().to_owned() };
    Ok(render(&context, &person, &fields, &FieldErrors::default()))
}

pub(super) async fn submit(
    context: Context,
    Allowed(mut permit): Allowed<WriteTickets>,
    FormBody(fields): FormBody<Fields>,
) -> Result<Response, PageError> {
    let mut errors = FieldErrors::default();
    let title = errors.required_line("title", "The title", &fields.title, TITLE_LENGTH);
    let description = errors.lines("description", "The description", &fields.description, TEXT_LENGTH);
    let Some(priority) = Priority::parse(&fields.priority) else {
        return Err(PageError::BadRequest(format!(
            "“{}” is no priority of a ticket; allowed are {}.",
            fields.priority,
            Priority::words()
        )));
    };
    if !errors.is_empty() {
        let person = permit.commit().await?;
        return Ok(render(&context, &person, &fields, &errors));
    }
    let reach = reach::of(&mut permit).await?;
    let Some(project) = reach.writable().next().map(|project| project.id) else {
        return Err(PageError::BadRequest("There is no project in which you can create tickets.".to_owned()));
    };
    let new = NewTicket { description, priority, ..NewTicket::new(project, title) };
    let created = create::create(&mut permit, &context.services.ambient, &reach, new)
        .await?
        .map_err(|refusal| PageError::BadRequest(refusal.to_string()))?;
    permit.commit().await?;
    Ok(see_other_with(&context.href(&format!("/tickets/{}", created.key)), Flash::TicketCreated))
}

fn render(context: &RequestContext, person: &Principal, fields: &Fields, errors: &FieldErrors) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page(context, Head::new("New ticket").with_status(status), || {
        let priorities = Priority::ALL.iter().map(|priority| Choice::new(priority.word(), priority.label())).collect();
        let label = view! { <label class="field__label" for="description">"Description"</label> }.into_any();
        let content = view! {
            <div class="page__head"><h1 class="page__title">"New ticket"</h1></div>
            <div class="stack">
                {summary(errors)}
                <form class="form" action=context.href("/tickets/new") method="post">
                    <TextField
                        id="title"
                        label="Title"
                        value=&fields.title
                        errors=errors
                        maxlength=TITLE_LENGTH
                        help="What is wrong, in one line."
                    />
                    <TextArea
                        id="description"
                        label=label
                        value=&fields.description
                        errors=errors
                        rows=8
                        maxlength=TEXT_LENGTH
                        help="What happened, what you expected, and how to see it again."
                        optional=true
                    />
                    <SelectField id="priority" label="Priority" options=priorities value=&fields.priority errors=errors />
                    <div class="button-row">
                        <button class="button button--primary" type="submit">"Create ticket"</button>
                        <a class="button button--quiet" href=context.href("/tickets")>"Cancel"</a>
                    </div>
                </form>
            </div>
        };
        frame(context, person, Section::Tickets, true, content)
    })
}
