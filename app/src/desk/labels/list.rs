//! `GET /labels` and `POST /labels`: all labels, and the form that adds one.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::access::Permit;

use super::{
    beside,
    fields::{Fields, fields},
};
use crate::{
    access::{Allowed, permit},
    context::{Context, RequestContext},
    desk::{
        list::count::written,
        permission::{ManageProjects, ReadTickets, WriteTickets},
        ticket::label::{self, LabelState, LabelUse},
        ticket_view::label_badge,
    },
    error::PageError,
    routes::{query_string, see_other_with},
    ui::{
        FieldErrors, FormBody, Head, Icon,
        flash::Flash,
        form::summary,
        frame::{Section, frame},
        page,
    },
};

pub(super) async fn show(context: Context, Allowed(permit): Allowed<ReadTickets>) -> Result<Response, PageError> {
    render(&context, permit, &Fields::empty(), &FieldErrors::default()).await
}

pub(super) async fn submit(
    context: Context,
    Allowed(mut writing): Allowed<WriteTickets>,
    FormBody(typed): FormBody<Fields>,
) -> Result<Response, PageError> {
    let mut errors = FieldErrors::default();
    let (name, colour) = typed.check(&mut errors)?;
    if errors.is_empty() {
        match label::create(&mut writing, &context.services.ambient, &name, colour).await {
            Ok(_) => {
                writing.commit().await?;
                return Ok(see_other_with(&context.href("/labels"), Flash::LabelAdded));
            }
            Err(error) => beside(error, &mut errors)?,
        }
    }
    // PostgreSQL does nothing more in a transaction in which a constraint has refused something.
    drop(writing);
    render(&context, permit(&context).await?, &typed, &errors).await
}

async fn render(
    context: &RequestContext,
    mut permit: Permit<ReadTickets>,
    typed: &Fields,
    errors: &FieldErrors,
) -> Result<Response, PageError> {
    let may_manage = permit.principal().may::<ManageProjects>();
    let labels = if may_manage {
        label::list_with_use(&mut permit)
            .await?
            .into_iter()
            .map(|LabelUse { label, tickets, state }| (label, Some(tickets), state))
            .collect()
    } else {
        // How many there are in projects that one does not reach is not for everybody.
        let labels = label::list(&mut permit).await?.into_iter();
        labels.map(|label| (label, None, LabelState::InUse)).collect::<Vec<_>>()
    };
    let person = permit.commit().await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(page(context, Head::new("Labels").with_status(status), || {
        let table = if labels.is_empty() {
            view! {
                <div class="empty">
                    <Icon name="tag" />
                    <h2>"No labels yet"</h2>
                    <p>"Labels sort tickets by what they are about, across projects: “billing”, “bug”, “waiting for parts”."</p>
                </div>
            }
            .into_any()
        } else {
            let rows = labels
                .iter()
                .map(|(label, tickets, state)| {
                    let found = format!("/tickets{}", query_string(&[("label", label.id.to_string())]));
                    view! {
                        <tr>
                            <th scope="row">{label_badge(label)} {on_its_way(state)}</th>
                            <td class="is-end numeric">
                                <a href=context.href(&found)>
                                    {tickets.map_or_else(|| "Tickets".to_owned(), |count| used(count, state))}
                                    <span class="visually-hidden">{format!(" with the label {}", label.name)}</span>
                                </a>
                            </td>
                            {may_manage.then(|| view! {
                                <td class="is-end">
                                    {(*state == LabelState::InUse).then(|| view! {
                                        <a href=context.href(&format!("/labels/{}", label.id))>
                                            "Edit"<span class="visually-hidden">{format!(" {}", label.name)}</span>
                                        </a>
                                    })}
                                </td>
                            })}
                        </tr>
                    }
                })
                .collect_view();
            view! {
                <table class="data-table label-admin">
                    <caption class="visually-hidden">"Labels of this workspace"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Label"</th>
                            <th scope="col" class="is-end">"Used by"</th>
                            {may_manage.then(|| view! {
                                <th scope="col" class="is-end"><span class="visually-hidden">"Edit"</span></th>
                            })}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            }
            .into_any()
        };
        let add = person.may::<WriteTickets>().then(|| {
            view! {
                <section class="stack" aria-labelledby="add-title">
                    <h2 id="add-title">"Add a label"</h2>
                    <form class="form" action=context.href("/labels") method="post">
                        {fields(typed, errors)}
                        <div class="button-row">
                            <button class="button button--primary" type="submit">"Add label"</button>
                        </div>
                    </form>
                </section>
            }
        });
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"Labels"</h1>
                <p class="page__lead">"Every project of the workspace shares them."</p>
            </div>
            <div class="stack">
                {summary(errors)}
                {table}
                {add}
            </div>
        };
        frame(context, &person, Section::Labels, true, content)
    }))
}

/// What becomes of a label on its way out.
fn on_its_way(state: &LabelState) -> Option<AnyView> {
    let words = match state {
        LabelState::InUse => return None,
        LabelState::Merging(into) => format!("On its way into “{into}”"),
        LabelState::Leaving => "On its way out".to_owned(),
    };
    Some(view! { <span class="badge">{words}</span> }.into_any())
}

/// How many tickets have a label; of one on its way out, how many are left.
fn used(count: i64, state: &LabelState) -> String {
    let left = if *state == LabelState::InUse { "" } else { " left" };
    match count {
        1 => format!("1 ticket{left}"),
        count => format!("{} tickets{left}", written(count)),
    }
}
