//! How the board looks.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::access::Principal;

use super::{Board, Column, Move, Refusal};
use crate::{
    context::RequestContext,
    desk::{
        list::{Bar, Filter, TicketRow, chips, due_view, filter_form, labels_view},
        live,
        permission::WriteTickets,
        project::{self, Reached},
        ticket::{Status, TicketId},
        ticket_view::{priority_badge, status_badge},
    },
    ui::{
        Head, Icon,
        avatar::{self, Avatar},
        frame::{Section, frame},
        page,
    },
};

pub(super) fn no_projects(context: &RequestContext, person: &Principal) -> Response {
    page(context, Head::new("Board"), || {
        let content = view! {
            <div class="page__head"><h1 class="page__title">"Board"</h1></div>
            {project::no_projects(context, person)}
        };
        frame(context, person, Section::Tickets, false, content)
    })
}

pub(super) fn render(context: &RequestContext, person: &Principal, board: &Board) -> Response {
    let status = board.refusal.as_ref().map_or(StatusCode::OK, |refusal| refusal.status);
    let key = board.filter.project.clone().unwrap_or_default();
    let head =
        Head::new(format!("Board of {key}")).with_status(status).with_script("board.js").with_script(live::SCRIPT);
    page(context, head, || {
        let project = board.reach.of_key(&key);
        let name = project.map(|project| project.name.clone()).unwrap_or_default();
        let may_move = person.may::<WriteTickets>() && project.is_some_and(Reached::may_write);
        let bar = Bar {
            path: "/board",
            filter: &board.filter,
            furniture: &board.furniture,
            reach: &board.reach,
            me: person.account,
        };
        let list = format!("/tickets?{}", board.filter.query());
        let columns = board.columns.iter().map(|column| column_view(context, board, column, &key, may_move));
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">{format!("{name} board")}</h1>
                <div class="page__actions">
                    <a class="button" href=context.href(&list)><Icon name="list" />"List"</a>
                    {may_move.then(|| view! {
                        <a class="button button--primary" href=context.href(&format!("/tickets/new?project={key}"))>
                            <Icon name="plus" />
                            "New ticket"
                        </a>
                    })}
                </div>
            </div>
            {filter_form(context, &bar)}
            <div class="filter__active">{chips(context, &bar)}</div>
            <div id="board" data-live="" data-live-from=context.href("/live") data-may-move=may_move.then_some("")>
                {board.refusal.as_ref().map(refusal_view)}
                {may_move.then(|| move_form(context, board))}
                <div class="board">{columns.collect_view()}</div>
            </div>
        };
        frame(context, person, Section::Tickets, false, content)
    })
}

fn refusal_view(refusal: &Refusal) -> AnyView {
    view! {
        <div class="notice notice--warning page__notice" role="alert">
            <Icon name="triangle-alert" />
            <p class="notice__title">{refusal.words.clone()}</p>
        </div>
    }
    .into_any()
}

/// The one form that the buttons of all cards send.
fn move_form(context: &RequestContext, board: &Board) -> AnyView {
    view! {
        <form id="move" action=context.href("/board") method="post">
            <input type="hidden" name="back" value=board.filter.query() />
        </form>
    }
    .into_any()
}

fn column_view(context: &RequestContext, board: &Board, column: &Column, key: &str, may_move: bool) -> AnyView {
    let id = format!("column-{}", column.status.word());
    let cards = column.rows.iter().map(|row| card(context, board, row, key, may_move)).collect_view();
    let rest = column.has_more.then(|| {
        let filter = Filter { statuses: vec![column.status], ..board.filter.clone() };
        view! { <p class="board__rest"><a href=context.href(&format!("/tickets?{}", filter.query()))>"Show all in the list"</a></p> }
    });
    let count = board.counts.written(column.status);
    let empty = column.rows.is_empty().then(|| view! { <p class="board__none muted">"Nothing here."</p> });
    view! {
        <section class="board__column" aria-labelledby=id.clone() data-status=column.status.word()>
            <h2 class="board__title" id=id.clone()>
                {status_badge(column.status.word(), false)}
                " "
                <span class="board__count numeric">{count}</span>
            </h2>
            {empty}
            <ol class="board__cards">{cards}</ol>
            {rest}
        </section>
    }
    .into_any()
}

fn card(context: &RequestContext, board: &Board, row: &TicketRow, key: &str, may_move: bool) -> AnyView {
    let name = format!("{key}-{}", row.number);
    let assignee = row.assignee.as_ref().map(|assignee| {
        let src = row.assignee_id.and_then(|id| avatar::address(context, id.into(), row.assignee_avatar.as_deref()));
        view! { <span class="person"><Avatar name=assignee src=src small=true /><span>{assignee.clone()}</span></span> }
    });
    view! {
        <li class="board__card" data-card=row.id.to_string() data-name=name.clone() draggable=may_move.then_some("true")>
            <p class="board__line">
                <span class="muted">{name.clone()}</span>
                {due_view(row.due_on, row.status, board.today)}
            </p>
            <a class="board__link" href=context.href(&format!("/tickets/{name}"))>{row.title.clone()}</a>
            {labels_view(&board.furniture, &row.labels)}
            <p class="board__line">{priority_badge(row.priority.word())}{assignee}</p>
            {may_move.then(|| menu(row, &name))}
        </li>
    }
    .into_any()
}

/// The buttons that move a card.
fn menu(row: &TicketRow, name: &str) -> AnyView {
    let buttons = Status::ALL
        .iter()
        .filter(|status| **status != row.status)
        .map(|status| {
            let sent = Move { ticket: TicketId(row.id), version: row.version, to: *status }.written();
            view! {
                <button class="menu__item" type="submit" form="move" name="move" value=sent data-to=status.word()>
                    <Icon name=status.icon() />
                    {status.label()}
                </button>
            }
        })
        .collect_view();
    view! {
        <details class="board__move">
            <summary aria-label=format!("Move {name} to")>"Move to"</summary>
            <div class="board__menu">{buttons}</div>
        </details>
    }
    .into_any()
}
