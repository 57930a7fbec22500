//! How the members of a project look.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::access::Principal;

use super::{
    super::{
        Level, Project,
        members::{Count, Member, PAGE_SIZE},
    },
    Tab, archived, head,
    members::Asked,
};
use crate::{
    context::RequestContext,
    desk::person_field::WHO_LENGTH,
    ui::{
        FieldErrors, Head, Icon,
        avatar::{self, Avatar},
        choice::{Choice, SelectField},
        form::{described_by, field_error, field_help, summary},
        frame::{Section, frame},
        page,
        time::number,
    },
};

/// What the page shows.
pub(super) struct Shown {
    pub(super) project: Project,
    pub(super) level: Level,
    pub(super) may_change: bool,
    pub(super) members: Vec<Member>,
    pub(super) count: Count,
    /// The number of the page, from 1.
    pub(super) page: i64,
    pub(super) suggestions: Vec<String>,
    pub(super) asked: Asked,
    pub(super) errors: FieldErrors,
}

pub(super) fn render_page(context: &RequestContext, person: &Principal, status: StatusCode, shown: &Shown) -> Response {
    let project = &shown.project;
    page(context, Head::new(format!("Members of {}", project.name)).with_status(status), || {
        let content = view! {
            {head(context, project, Tab::Members)}
            <div class="stack">
                {summary(&shown.errors)}
                {archived(context, project, shown.level == Level::Lead)}
                {without_lead(shown)}
                <section class="stack" id="members" tabindex="-1" aria-labelledby="members-title">
                    <h2 id="members-title">"Members"</h2>
                    <p class="muted">{about(project)}</p>
                    {table(context, person, shown)}
                    {pager(context, shown)}
                </section>
                {shown.may_change.then(|| add_form(context, shown))}
            </div>
        };
        frame(context, person, Section::Projects, true, content)
    })
}

fn about(project: &Project) -> &'static str {
    if project.is_open {
        "The project is open: everybody who works on tickets in the workspace works here too. Who is listed has the role that stands there instead."
    } else {
        "Only these people are in the project, with owners, admins and others who manage projects. The role in the workspace counts too: who only reads tickets there only reads them here."
    }
}

/// People leave, and are deactivated: then a project of members only may have nobody left who leads it.
fn without_lead(shown: &Shown) -> AnyView {
    if shown.project.is_open || shown.count.leads > 0 {
        return ().into_any();
    }
    view! {
        <div class="notice notice--warning">
            <Icon name="triangle-alert" />
            <p class="notice__title">"Nobody leads this project"</p>
            <p>"Owners, admins and others who manage projects still reach it, and can make somebody its lead."</p>
        </div>
    }
    .into_any()
}

fn table(context: &RequestContext, person: &Principal, shown: &Shown) -> AnyView {
    if shown.members.is_empty() {
        let words = if shown.count.members == 0 { "Nobody is listed yet." } else { "There are no more members." };
        return view! { <p class="muted">{words}</p> }.into_any();
    }
    let rows = shown.members.iter().map(|member| row(context, person, shown, member)).collect_view();
    view! {
        <table class="data-table role-list">
            <caption class="visually-hidden">"Members of the project, by name"</caption>
            <thead>
                <tr>
                    <th scope="col">"Name"</th>
                    <th scope="col">"Role"</th>
                    {shown.may_change.then(|| view! {
                        <th scope="col" class="is-end"><span class="visually-hidden">"Remove"</span></th>
                    })}
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(context: &RequestContext, person: &Principal, shown: &Shown, member: &Member) -> AnyView {
    let you = (member.account == person.account).then(|| view! { <span class="badge">"You"</span> });
    let away = (!member.is_active).then(|| view! { <span class="badge">"Deactivated"</span> });
    let role = if shown.may_change {
        role_form(context, shown, member)
    } else {
        view! { <span>{member.role.label()}</span> }.into_any()
    };
    view! {
        <tr>
            <th scope="row">
                <span class="project-member">
                    <Avatar name=&member.name src=avatar::address(context, member.account, member.avatar_hash.as_deref()) />
                    <span>{member.name.clone()}</span>
                    {you}
                    {away}
                </span>
            </th>
            <td>{role}</td>
            {shown.may_change.then(|| view! { <td class="is-end">{remove_form(context, shown, member)}</td> })}
        </tr>
    }
    .into_any()
}

fn role_form(context: &RequestContext, shown: &Shown, member: &Member) -> AnyView {
    let path = format!("/projects/{}/members", shown.project.key);
    let options = Level::ALL
        .iter()
        .map(|level| {
            view! { <option value=level.word() selected=*level == member.role>{level.label()}</option> }
        })
        .collect_view();
    view! {
        <form class="project-role" action=context.href(&path) method="post">
            <input type="hidden" name="intent" value="role" />
            <input type="hidden" name="account" value=member.account.to_string() />
            <div class="select">
                <select class="input" name="role" aria-label=format!("Role of {}", member.name)>{options}</select>
                <Icon name="chevrons-up-down" />
            </div>
            <button class="button button--quiet" type="submit">
                "Change"
                <span class="visually-hidden">{format!(" the role of {}", member.name)}</span>
            </button>
        </form>
    }
    .into_any()
}

fn remove_form(context: &RequestContext, shown: &Shown, member: &Member) -> AnyView {
    let path = format!("/projects/{}/members", shown.project.key);
    view! {
        <form action=context.href(&path) method="post">
            <input type="hidden" name="intent" value="remove" />
            <input type="hidden" name="account" value=member.account.to_string() />
            <button class="button button--quiet" type="submit">
                "Remove"
                <span class="visually-hidden">{format!(" {}", member.name)}</span>
            </button>
        </form>
    }
    .into_any()
}

fn pager(context: &RequestContext, shown: &Shown) -> AnyView {
    if shown.count.members <= PAGE_SIZE {
        return ().into_any();
    }
    let at = |page: i64| context.href(&format!("/projects/{}/members?page={page}", shown.project.key));
    let first = (shown.page - 1) * PAGE_SIZE + 1;
    let last = first - 1 + i64::try_from(shown.members.len()).unwrap_or(0);
    let words = if last < first {
        format!("{} members", number(shown.count.members))
    } else {
        format!("{} to {} of {}", number(first), number(last), number(shown.count.members))
    };
    let previous = (shown.page > 1).then(|| at(shown.page - 1));
    let next = (last >= first && last < shown.count.members).then(|| at(shown.page + 1));
    view! {
        <nav class="pager" aria-label="Pages">
            <span>{words}</span>
            <span class="pager__links">
                {previous.map(|href| view! { <a class="button" href=href rel="prev"><Icon name="chevron-left" />"Previous"</a> })}
                {next.map(|href| view! { <a class="button" href=href rel="next">"Next"<Icon name="chevron-right" /></a> })}
            </span>
        </nav>
    }
    .into_any()
}

/// Who comes in. The browser suggests names from the list, which is all there is where a name is typed.
fn who_field(shown: &Shown) -> AnyView {
    const HELP: &str = "Somebody of this workspace. The address, where several people have the same name.";
    let error = shown.errors.of("who");
    let names = shown.suggestions.iter().map(|name| view! { <option value=name.clone()></option> }).collect_view();
    view! {
        <div class="field">
            <label class="field__label" for="who">"Name or email address"</label>
            <input
                class="input"
                id="who"
                name="who"
                type="text"
                list="people"
                value=shown.asked.who.clone()
                autocomplete="off"
                required=true
                maxlength=WHO_LENGTH
                aria-describedby=described_by("who", true, error.is_some())
                aria-invalid=error.is_some().then_some("true")
            />
            <datalist id="people">{names}</datalist>
            {field_help("who", HELP)}
            {field_error("who", error)}
        </div>
    }
    .into_any()
}

fn add_form(context: &RequestContext, shown: &Shown) -> AnyView {
    let path = format!("/projects/{}/members", shown.project.key);
    let options = Level::ALL.iter().map(|level| Choice::new(level.word(), level.label())).collect();
    let levels = Level::ALL
        .iter()
        .map(|level| view! { <div><dt>{level.label()}</dt><dd>{level.about()}</dd></div> })
        .collect_view();
    view! {
        <section class="stack" aria-labelledby="add-title">
            <h2 id="add-title">"Add a member"</h2>
            <form class="form" action=context.href(&path) method="post">
                <input type="hidden" name="intent" value="add" />
                {who_field(shown)}
                <SelectField id="role" label="Role" options=options value=&shown.asked.role errors=&shown.errors />
                <dl class="member-facts">{levels}</dl>
                <div class="button-row">
                    <button class="button button--primary" type="submit">
                        <Icon name="plus" />
                        "Add to the project"
                    </button>
                </div>
            </form>
        </section>
    }
    .into_any()
}
