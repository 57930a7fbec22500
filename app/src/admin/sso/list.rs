//! `GET /admin/sso`: the connections of a workspace.

use axum::response::Response;
use leptos::prelude::*;
use rowhouse_platform::{access::ManageSso, sso::connection};

use super::tabs::{Part, head, state_badge};
use crate::{
    access::Allowed,
    context::{Context, RequestContext},
    error::PageError,
    ui::{
        Head, Icon,
        frame::{Section, frame},
        page,
    },
};

pub(super) async fn show(context: Context, Allowed(mut permit): Allowed<ManageSso>) -> Result<Response, PageError> {
    let connections = connection::list(&mut permit).await?;
    let person = permit.commit().await?;
    Ok(page(&context, Head::new("Single sign-on"), || {
        let rows = connections
            .iter()
            .map(|connection| {
                let href = context.href(&format!("/admin/sso/{}", connection.id));
                view! {
                    <tr>
                        <th scope="row"><a href=href>{connection.name.clone()}</a></th>
                        <td>{connection.provider.label()}</td>
                        <td>{connection.protocol.label()}</td>
                        <td>{state_badge(connection.state)}</td>
                    </tr>
                }
            })
            .collect_view();
        let body = if connections.is_empty() {
            none(&context)
        } else {
            view! { <table class="data-table"><tbody>{rows}</tbody></table> }.into_any()
        };
        let content = view! {
            {head(&context, Part::Connections, "People sign in with the accounts that their company gave them.")}
            {body}
        };
        frame(&context, &person, Section::Sso, false, content)
    }))
}

fn none(context: &RequestContext) -> AnyView {
    view! {
        <div class="empty">
            <Icon name="key" />
            <h2>"No connections yet"</h2>
            <div class="button-row"><a class="button button--primary" href=context.href("/admin/sso/new")>"Add a connection"</a></div>
        </div>
    }
    .into_any()
}
