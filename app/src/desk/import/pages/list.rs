//! The imports of a project.

use axum::{extract::Path, response::Response};
use leptos::prelude::*;

use super::{super::lead::led, head, href};
use crate::{
    access::Allowed,
    context::Context,
    desk::{import::store, permission::WriteTickets},
    error::PageError,
    ui::{
        Head, Icon,
        frame::{Section, frame},
        page,
        time::{day, number},
    },
};

pub(super) async fn show(
    context: Context,
    Path(key): Path<String>,
    Allowed(mut permit): Allowed<WriteTickets>,
) -> Result<Response, PageError> {
    let project = led(&mut permit, &key).await?;
    let imports = store::list(&mut permit, project.id).await?;
    let person = permit.commit().await?;
    Ok(page(&context, Head::new(format!("Imports into {}", project.name)), || {
        let rows = imports
            .iter()
            .map(|import| {
                view! {
                    <tr>
                        <th scope="row">
                            <a href=href(&context, &project, &format!("/{}", import.id))>{import.file_name.clone()}</a>
                        </th>
                        <td>{import.state.label()}</td>
                        <td class="is-end numeric">{number(import.made - import.removed)}</td>
                        <td>{format!("{}, {}", import.by, day(import.created_at))}</td>
                    </tr>
                }
            })
            .collect_view();
        let table = if imports.is_empty() {
            view! {
                <div class="empty">
                    <Icon name="inbox" />
                    <h2>"No imports yet"</h2>
                    <p>"Bring tickets in from a CSV file. Every row is checked before the first ticket is made."</p>
                </div>
            }
            .into_any()
        } else {
            view! {
                <table class="data-table">
                    <caption class="visually-hidden">"Imports, newest first"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"File"</th>
                            <th scope="col">"State"</th>
                            <th scope="col" class="is-end">"Tickets"</th>
                            <th scope="col">"Brought in by"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            }
            .into_any()
        };
        let action = (!project.is_archived()).then(|| (href(&context, &project, "/new"), "Import a file"));
        let back = context.href(&format!("/projects/{}", project.key));
        let content = view! {
            {head(format!("Imports into {}", project.name), back, "Back to the project", action)}
            <div class="stack">{table}</div>
        };
        frame(&context, &person, Section::Projects, true, content)
    }))
}
