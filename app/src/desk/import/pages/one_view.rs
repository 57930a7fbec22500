//! How an import looks.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::access::Principal;

use super::{head, href, one::PAGE_SIZE};
use crate::{
    context::RequestContext,
    desk::{
        import::{
            State,
            columns::Field,
            problems::{LISTED, Listed},
            store::Import,
        },
        project::Project,
    },
    ui::{
        FieldErrors, Head, Icon,
        form::summary,
        frame::{Section, frame},
        page,
        time::{counted, number},
    },
};

/// What the page shows.
pub(super) struct Shown<'a> {
    pub(super) project: &'a Project,
    pub(super) import: &'a Import,
    /// A page of them.
    pub(super) problems: &'a [Listed],
    /// The numbers of tickets that stay.
    pub(super) left: &'a [i64],
    pub(super) errors: &'a FieldErrors,
}

pub(super) fn document(
    context: &RequestContext,
    person: &Principal,
    status: StatusCode,
    shown: &Shown<'_>,
) -> Response {
    let import = shown.import;
    let title = format!("Import of {}", import.file_name);
    page(context, Head::new(title.clone()).with_status(status).with_script("progress.js"), || {
        let may_map = matches!(import.state, State::Mapping | State::Checked);
        let content = view! {
            {head(title, href(context, shown.project, ""), "All imports", None)}
            <div class="stack" id="import" data-progress=import.state.is_busy().then_some("")>
                {summary(shown.errors)}
                {standing(import)}
                {import.state.is_busy().then(|| view! {
                    <p data-by-hand=""><a class="button" href=here(context, shown)>"Show how far it is now"</a></p>
                })}
                {(import.state == State::Checked).then(|| start(context, shown))}
                {(import.state == State::Undone).then(|| stayed(context, shown))}
                {problems(context, shown)}
                {may_map.then(|| mapping(context, shown))}
                {end(context, shown)}
            </div>
        };
        frame(context, person, Section::Projects, true, content)
    })
}

fn here(context: &RequestContext, shown: &Shown<'_>) -> String {
    href(context, shown.project, &format!("/{}", shown.import.id))
}

/// How far it is, in a sentence.
fn words(import: &Import) -> String {
    let rows = counted(import.rows_read, "row", "rows");
    let made = counted(import.made, "ticket", "tickets");
    let removed = counted(import.removed, "ticket", "tickets");
    let of_all = import.rows_all.map(|all| format!(" of {}", number(all))).unwrap_or_default();
    match import.state {
        State::Mapping => {
            "Choose what each column becomes. Nothing is created before you have seen what is wrong.".to_owned()
        }
        State::Checking => format!("{rows} checked so far."),
        State::Checked => format!("{rows} checked, {} found.", counted(import.problems, "problem", "problems")),
        State::Running => format!("{}{of_all} rows done, {made} created.", number(import.rows_read)),
        State::Done => format!("{rows} done, {made} created."),
        State::Cancelled | State::Failed => {
            let why = import.failure.clone().unwrap_or_else(|| "It was stopped.".to_owned());
            format!("{why} {made} had been created.")
        }
        State::Undoing => format!("{removed} of {} removed so far.", number(import.made)),
        State::Undone => format!("{removed} of {} removed.", number(import.made)),
    }
}

fn standing(import: &Import) -> AnyView {
    let part = match import.state {
        State::Checking => Some((import.at_byte, import.file_bytes)),
        State::Running => import.rows_all.map(|all| (unsigned(import.rows_read), unsigned(all))),
        State::Undoing => Some((unsigned(import.removed), unsigned(import.made))),
        _ => None,
    };
    view! {
        <section class="card" aria-labelledby="state-title">
            <h2 id="state-title">{import.state.label()}</h2>
            <p id="state-words">{words(import)}</p>
            {part.map(|(now, all)| view! {
                <progress aria-labelledby="state-title" value=now.to_string() max=all.max(1).to_string()></progress>
            })}
        </section>
    }
    .into_any()
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// A form with one button.
fn button(
    context: &RequestContext,
    shown: &Shown<'_>,
    intent: &'static str,
    label: &'static str,
    class: &'static str,
) -> AnyView {
    view! {
        <form action=here(context, shown) method="post">
            <button class=class type="submit" name="intent" value=intent>{label}</button>
        </form>
    }
    .into_any()
}

fn start(context: &RequestContext, shown: &Shown<'_>) -> AnyView {
    let import = shown.import;
    if import.rows_read == 0 {
        return view! { <p>"The file has no rows below its first line."</p> }.into_any();
    }
    let (label, words) = if import.problems == 0 {
        ("Import tickets", "Every row becomes a ticket.")
    } else {
        (
            "Import the rows without problems",
            "Rows with a problem are left out. You can correct the file and upload it again instead.",
        )
    };
    view! {
        <p>{words}</p>
        {button(context, shown, "start", label, "button button--primary")}
    }
    .into_any()
}

fn problems(context: &RequestContext, shown: &Shown<'_>) -> AnyView {
    if shown.problems.is_empty() {
        return ().into_any();
    }
    let rows = shown
        .problems
        .iter()
        .map(|problem| {
            let header = if problem.header.is_empty() { "The row".to_owned() } else { problem.header.clone() };
            view! {
                <tr>
                    <th scope="row" class="numeric">{number(problem.line)}</th>
                    <td>{header}</td>
                    <td>{problem.message.clone()}</td>
                </tr>
            }
        })
        .collect_view();
    let all = shown.import.problems;
    let caption = if all > LISTED {
        format!("The first {} of {} problems", number(LISTED), number(all))
    } else {
        counted(all, "problem", "problems")
    };
    view! {
        <table class="data-table">
            <caption>{caption}</caption>
            <thead>
                <tr>
                    <th scope="col">"Line"</th>
                    <th scope="col">"Column"</th>
                    <th scope="col">"Problem"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
        {pager(context, shown)}
    }
    .into_any()
}

/// Which problems these are, the pages beside this one, and all of them as a file.
fn pager(context: &RequestContext, shown: &Shown<'_>) -> AnyView {
    let (Some(first), Some(last)) = (shown.problems.first(), shown.problems.last()) else { return ().into_any() };
    let listed = shown.import.problems.min(LISTED);
    let to = |page: i64| format!("{}?page={page}", here(context, shown));
    let page = (first.place - 1) / PAGE_SIZE + 1;
    let previous = (page > 1).then(|| to(page - 1));
    let next = (last.place < listed).then(|| to(page + 1));
    let words = format!("{} to {} of {}", number(first.place), number(last.place), number(listed));
    let file = format!("{}/problems", here(context, shown));
    view! {
        <nav class="pager" aria-label="Pages of problems">
            <span>{words}</span>
            <span class="pager__links">
                {previous.map(|href| view! { <a class="button" href=href rel="prev"><Icon name="chevron-left" />"Previous"</a> })}
                {next.map(|href| view! { <a class="button" href=href rel="next">"Next"<Icon name="chevron-right" /></a> })}
                <a class="button" href=file download="">"All problems as CSV"</a>
            </span>
        </nav>
    }
    .into_any()
}

/// For each column what it becomes. The ids are as many as there are columns, so the fields are plain ones.
fn mapping(context: &RequestContext, shown: &Shown<'_>) -> AnyView {
    let fields = shown
        .import
        .header
        .iter()
        .zip(&shown.import.mapping)
        .enumerate()
        .map(|(place, (name, chosen))| {
            let id = format!("column-{place}");
            let options = Field::ALL
                .into_iter()
                .map(|field| {
                    let is_chosen = *chosen == Some(field);
                    view! { <option value=field.word() selected=is_chosen>{field.label()}</option> }
                })
                .collect_view();
            view! {
                <div class="field">
                    <label class="field__label" for=id.clone()>{name.clone()}</label>
                    <div class="select">
                        <select class="input" id=id.clone() name=id>
                            <option value="" selected=chosen.is_none()>"Leave out"</option>
                            {options}
                        </select>
                        <Icon name="chevrons-up-down" />
                    </div>
                </div>
            }
        })
        .collect_view();
    // Once they are checked, what comes next is the import.
    let is_next = shown.import.state == State::Mapping;
    let (label, class) =
        if is_next { ("Check the rows", "button button--primary") } else { ("Check the rows again", "button") };
    view! {
        <form class="form" action=here(context, shown) method="post">
            <fieldset class="fieldset" id="columns">
                <legend>"Columns of the file"</legend>
                {fields}
            </fieldset>
            <div class="button-row">
                <button class=class type="submit" name="intent" value="check">{label}</button>
            </div>
        </form>
    }
    .into_any()
}

/// The tickets that undoing left.
fn stayed(context: &RequestContext, shown: &Shown<'_>) -> AnyView {
    let count = shown.import.made - shown.import.removed;
    if shown.left.is_empty() {
        return ().into_any();
    }
    let links = shown
        .left
        .iter()
        .map(|nth| {
            let key = format!("{}-{nth}", shown.project.key);
            view! { <li><a href=context.href(&format!("/tickets/{key}"))>{key.clone()}</a></li> }
        })
        .collect_view();
    view! {
        <section aria-labelledby="left-title">
            <h2 id="left-title">{format!("{} changed since, and not removed", counted(count, "ticket was", "tickets were"))}</h2>
            <ul>{links}</ul>
        </section>
    }
    .into_any()
}

fn end(context: &RequestContext, shown: &Shown<'_>) -> AnyView {
    let state = shown.import.state;
    view! {
        {state.can_cancel().then(|| button(context, shown, "cancel", "Cancel import", "button button--quiet"))}
        {(state.can_undo() && shown.import.made > 0).then(|| view! {
            <section class="stack" aria-labelledby="undo-title">
                <h2 id="undo-title">"Undo this import"</h2>
                <p>"Deletes the tickets that it created, but for those that were changed, commented on, linked or given files since."</p>
                {button(context, shown, "undo", "Delete the imported tickets", "button button--danger")}
            </section>
        })}
    }
    .into_any()
}
