//! The page as a whole: its head, the description, and where the other parts stand.

use leptos::prelude::*;
use rowhouse_platform::access::Principal;
use time::OffsetDateTime;

use super::{
    comment_form, conflict,
    face::{Face, Trouble},
    links,
    load::Loaded,
    panel,
    sent::Part,
    text::{MarkdownField, preview_button},
    timeline, watchers,
};
use crate::{
    context::RequestContext,
    desk::{
        attachment,
        markdown::{self, TicketLinks},
        permission::WriteTickets,
        ticket::{Person, TITLE_LENGTH},
        ticket_view::status_badge,
    },
    ui::{
        Icon,
        avatar::{self, Avatar},
        form::{TextField, escaped, summary},
        time::Ago,
    },
};

/// What all parts of the page are made from.
pub(super) struct Shown<'a> {
    pub(super) context: &'a RequestContext,
    pub(super) person: &'a Principal,
    pub(super) loaded: &'a Loaded,
    pub(super) face: &'a Face,
    pub(super) now: OffsetDateTime,
    /// The page's own address.
    pub(super) action: String,
    /// The keys of the projects that the reader reaches.
    pub(super) projects: Vec<String>,
}

impl Shown<'_> {
    /// Whether the reader may change the ticket.
    pub(super) fn may_write(&self) -> bool {
        self.loaded.project.may_write()
    }

    /// The address that opens the form of a part, and goes to it.
    pub(super) fn edit(&self, part: Part, id: &str) -> String {
        format!("{}?edit={}#{id}", self.action, part.word())
    }

    /// What every form says beside its fields: what it is for, and the ticket it was shown with.
    pub(super) fn hidden(&self, intent: &'static str) -> AnyView {
        self.hidden_of(intent, self.loaded.ticket.version)
    }

    /// The same for what has a version of its own.
    pub(super) fn hidden_of(&self, intent: &'static str, version: i64) -> AnyView {
        let seen = self.loaded.timeline.newest.map(|newest| newest.to_string());
        view! {
            <input type="hidden" name="intent" value=intent />
            <input type="hidden" name="version" value=version.to_string() />
            {seen.map(|seen| view! { <input type="hidden" name="seen" value=seen /> })}
        }
        .into_any()
    }

    /// What the draft of a part is kept under: whose it is, of which ticket, and the part's place on the page.
    pub(super) fn draft(&self, id: &str) -> String {
        format!("{}/{}/{id}", self.person.account, self.loaded.ticket.key)
    }

    /// Tells the script that keeps drafts whether a form that edits has what was typed, and not what is saved.
    pub(super) fn edits(&self, part: Part, name: &str) -> &'static str {
        if self.face.typed(part, name).is_some() { "typed" } else { "" }
    }

    pub(super) fn tickets(&self) -> TicketLinks<'_> {
        TicketLinks { base_path: &self.context.base_path, projects: &self.projects }
    }

    /// What somebody wrote, written out.
    pub(super) fn markdown(&self, text: &str) -> AnyView {
        let html = markdown::html_with_tickets(text, self.tickets());
        view! { <div class="markdown" inner_html=html></div> }.into_any()
    }

    /// Somebody, with their picture.
    pub(super) fn somebody(&self, person: &Person) -> AnyView {
        let src = avatar::address(self.context, person.id, person.avatar_hash.as_deref());
        view! {
            <span class="person">
                <Avatar name=&person.name src=src small=true />
                <span>{person.name.clone()}</span>
            </span>
        }
        .into_any()
    }
}

pub(super) fn content(shown: &Shown<'_>) -> AnyView {
    view! {
        {head(shown)}
        {conflict::notice(shown)}
        {summary(&shown.face.errors)}
        <div
            class="ticket"
            data-live=shown.loaded.ticket.key.to_string()
            data-live-from=shown.context.href(&format!("/live?ticket={}", shown.loaded.ticket.key))
        >
            <aside class="ticket__meta" id="ticket-meta" aria-label="About this ticket">
                {panel::facts(shown)}
                {watchers::part(shown)}
                {links::part(shown)}
            </aside>
            <div class="thread">
                {description(shown)}
                {attachment::section(shown.context, shown.person, &shown.loaded.ticket.key, &shown.loaded.files)}
                {timeline::part(shown)}
                {comment_form::part(shown)}
            </div>
        </div>
        {sent_drafts(shown)}
    }
    .into_any()
}

/// Tells the script that keeps drafts what has arrived.
fn sent_drafts(shown: &Shown<'_>) -> AnyView {
    use crate::ui::flash::Flash;
    let draft = match shown.context.flash {
        Some(Flash::CommentAdded) => shown.draft("comment"),
        Some(Flash::TicketCreated) => format!("{}/new", shown.person.account),
        // Of which part, the fragment of the address says.
        Some(Flash::TicketSaved | Flash::CommentSaved) => {
            return view! { <div hidden=true data-draft-saved=shown.draft("")></div> }.into_any();
        }
        _ => return ().into_any(),
    };
    view! { <div hidden=true data-draft-sent=draft></div> }.into_any()
}

fn head(shown: &Shown<'_>) -> AnyView {
    let ticket = &shown.loaded.ticket;
    let is_open = shown.may_write() && shown.face.is_open(Part::Title);
    let edit = (shown.may_write() && !is_open).then(|| {
        view! {
            <div class="page__actions">
                <a class="button button--quiet" href=shown.edit(Part::Title, "ticket-head") data-in-place="ticket-head">
                    <Icon name="pencil" />
                    "Edit title"
                </a>
            </div>
        }
    });
    let list = format!("/tickets?project={}", shown.loaded.project.key);
    view! {
        <div class="page__head ticket__head" id="ticket-head">
            <h1 class="page__title">
                {ticket.title.clone()} " " <span class="ticket__key numeric">{ticket.key.to_string()}</span>
            </h1>
            {edit}
            {is_open.then(|| title_form(shown))}
            <p class="ticket__line">
                {status_badge(ticket.status.word(), true)} " "
                <a href=shown.context.href(&list)>{shown.loaded.project.name.clone()}</a>
                <span>
                    {format!("Opened by {} ", ticket.requester.name)} <Ago at=ticket.created_at now=shown.now />
                </span>
            </p>
        </div>
        {read_only(shown)}
    }
    .into_any()
}

fn title_form(shown: &Shown<'_>) -> AnyView {
    let ticket = &shown.loaded.ticket;
    let title = shown.face.typed(Part::Title, "title").unwrap_or(&ticket.title);
    view! {
        <form class="form ticket__title-form" action=shown.action.clone() method="post">
            {shown.hidden("title")}
            <TextField
                id="title"
                label="Title"
                value=title
                errors=&shown.face.errors
                maxlength=TITLE_LENGTH
                autofocus=true
            />
            <div class="button-row">
                <button class="button button--primary" type="submit">"Save title"</button>
                <a class="button button--quiet" href=shown.action.clone() data-in-place="ticket-head">"Cancel"</a>
            </div>
        </form>
    }
    .into_any()
}

/// Why nothing can be changed here.
fn read_only(shown: &Shown<'_>) -> AnyView {
    if shown.may_write() {
        return ().into_any();
    }
    let project = &shown.loaded.project;
    let (icon, why) = if project.is_archived {
        ("archive", format!("The project {} is archived. Its tickets can be read and not changed.", project.name))
    } else if project.is_over_plan {
        let words = "is one more than the plan has room for. Its tickets can be read, and changed again once another project is archived.";
        ("archive", format!("The project {} {words}", project.name))
    } else if shown.person.may::<WriteTickets>() {
        (
            "eye",
            format!("You are a viewer in the project {}: you read its tickets and do not change them.", project.name),
        )
    } else {
        ("eye", "Your role in this workspace lets you read tickets and not change them.".to_owned())
    };
    let was_sent = shown.face.trouble == Some(Trouble::ReadOnly);
    view! {
        <div class="notice page__notice" role=was_sent.then_some("alert")>
            <Icon name=icon />
            <p>{why}</p>
            {was_sent.then(|| view! { <p>"What you sent has not been saved."</p> })}
            {kept(shown)}
        </div>
    }
    .into_any()
}

/// What was typed into a form that is no longer there.
fn kept(shown: &Shown<'_>) -> AnyView {
    let sent = shown.face.sent.as_ref();
    let text = sent.and_then(|sent| ["body", "description", "title"].into_iter().find_map(|name| sent.get(name)));
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return ().into_any() };
    // Browsers drop the first line end of a text area.
    let text = escaped(&format!("\n{text}"));
    view! {
        <label class="field__label" for="kept">"What you typed"</label>
        <textarea class="input" id="kept" rows="4" readonly=true inner_html=text></textarea>
    }
    .into_any()
}

fn description(shown: &Shown<'_>) -> AnyView {
    let ticket = &shown.loaded.ticket;
    let is_open = shown.may_write() && shown.face.is_open(Part::Description);
    let edit = (shown.may_write() && !is_open).then(|| {
        view! {
            <a
                class="button button--quiet ticket__edit"
                href=shown.edit(Part::Description, "ticket-description")
                data-in-place="ticket-description"
                data-draft=shown.draft("ticket-description")
            >
                <Icon name="pencil" />
                "Edit description"
            </a>
        }
    });
    let is_overtaken = shown.face.trouble == Some(Trouble::Overtaken);
    let text = if ticket.description.is_empty() {
        view! { <p class="muted">"No description."</p> }.into_any()
    } else {
        shown.markdown(&ticket.description)
    };
    view! {
        <section class="stack" id="ticket-description" aria-labelledby="description-title">
            <h2 class="visually-hidden" id="description-title">"Description"</h2>
            {is_open.then(|| description_form(shown))}
            {(is_open && is_overtaken).then(|| view! { <h3>"The description as it is now"</h3> })}
            {(!is_open || is_overtaken).then_some(text)}
            {edit}
        </section>
    }
    .into_any()
}

fn description_form(shown: &Shown<'_>) -> AnyView {
    let value = shown.face.typed(Part::Description, "description").unwrap_or(&shown.loaded.ticket.description);
    let field = MarkdownField {
        id: "description",
        name: "description",
        label: view! { <label class="field__label" for="description">"Description"</label> }.into_any(),
        value,
        errors: &shown.face.errors,
        rows: 10,
        help: "Markdown: **bold**, `code`, lists, links, tables. HTML is shown as text.",
        optional: true,
        is_previewed: shown.face.sent_for(Part::Description).is_some_and(super::sent::Sent::is_preview),
    };
    view! {
        <form
            class="form"
            action=shown.action.clone()
            method="post"
            data-draft=shown.draft("ticket-description")
            data-draft-edit=shown.edits(Part::Description, "description")
        >
            {shown.hidden("description")}
            {field.view(shown.tickets())}
            <div class="button-row">
                <button class="button button--primary" type="submit">"Save description"</button>
                {preview_button("description", shown.context.href("/preview"))}
                <a class="button button--quiet" href=shown.action.clone() data-in-place="ticket-description">"Cancel"</a>
            </div>
        </form>
    }
    .into_any()
}
