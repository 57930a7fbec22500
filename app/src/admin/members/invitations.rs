//! `GET /admin/members/invitations`: who is invited, and by which links people can ask for it. `POST` sends one again.

use axum::response::Response;
use leptos::prelude::*;
use rowhouse_platform::{
    access::{ManageMembers, ReadMembers},
    members::{self, Invitation, InviteLink, PendingPage, Resent},
};
use serde::Deserialize;
use time::{Duration, OffsetDateTime};

use super::{Tab, tabs};
use crate::{
    access::{Allowed, catalogue},
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other_with,
    ui::{
        FormBody, Head, Icon,
        flash::Flash,
        frame::{Section, frame},
        page,
        time::{Ago, number, reader},
    },
};

/// The invitation that is sent again.
#[derive(Deserialize)]
pub(super) struct Again {
    invitation: String,
}

pub(super) async fn submit(
    context: Context,
    Allowed(mut permit): Allowed<ManageMembers>,
    FormBody(again): FormBody<Again>,
) -> Result<Response, PageError> {
    // An id that is none answers as an invitation that does not exist.
    let id = again.invitation.parse().map_err(|_| PageError::NotFound)?;
    match members::resend(&mut permit, &context.scribe(), &context.letterhead()?, &catalogue(), id).await? {
        Resent::Sent(_) => {
            permit.commit().await?;
            Ok(see_other_with(&context.href("/admin/members/invitations"), Flash::InvitationResent))
        }
        Resent::NotFound => Err(PageError::NotFound),
        Resent::TooMighty => Err(PageError::Forbidden("member.manage")),
        Resent::Throttled(wait) => {
            permit.commit().await?;
            Err(PageError::Throttled(wait.wait_in_words()))
        }
    }
}

pub(super) async fn show(context: Context, Allowed(mut permit): Allowed<ReadMembers>) -> Result<Response, PageError> {
    let ambient = &context.services.ambient;
    let pending = members::pending(&mut permit).await?;
    let links = members::links(&mut permit, ambient).await?;
    let seats = members::seats(&mut permit, ambient).await?;
    let person = permit.commit().await?;
    let now = ambient.now();
    Ok(page(&context, Head::new("Invitations"), || {
        let may_manage = person.may::<ManageMembers>();
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"Invitations"</h1>
                {may_manage.then(|| view! {
                    <div class="page__actions">
                        <a class="button" href=context.href("/admin/members/links/new")>"Create a link"</a>
                        <a class="button button--primary" href=context.href("/admin/members/invite")>
                            <Icon name="plus" />
                            "Invite people"
                        </a>
                    </div>
                })}
                <p class="page__lead">{seats.in_words(reader().locale)}</p>
            </div>
            <div class="toolbar">{tabs(&context, Tab::Invitations)}</div>
            <div class="stack">
                <section class="stack" aria-labelledby="pending-title">
                    <h2 id="pending-title">"Sent"</h2>
                    {waiting(&context, &pending, may_manage, now)}
                </section>
                <section class="stack" aria-labelledby="links-title">
                    <h2 id="links-title">"Links"</h2>
                    {link_list(&context, &links, may_manage, now)}
                </section>
            </div>
        };
        frame(&context, &person, Section::Members, false, content)
    }))
}

fn waiting(context: &RequestContext, pending: &PendingPage, may_manage: bool, now: OffsetDateTime) -> AnyView {
    if pending.rows.is_empty() {
        return view! { <p class="muted">"No invitation waits for an answer."</p> }.into_any();
    }
    let rows = pending.rows.iter().map(|row| invitation_row(context, row, may_manage, now)).collect_view();
    let count = pending.rows.len();
    view! {
        <table class="data-table member-list">
            <caption class="visually-hidden">"Invitations that wait for an answer, the newest first"</caption>
            <thead>
                <tr>
                    <th scope="col">"Email"</th>
                    <th scope="col">"Role"</th>
                    <th scope="col">"Invited by"</th>
                    <th scope="col">"Sent"</th>
                    <th scope="col">"Good for"</th>
                    <th scope="col" class="is-end"><span class="visually-hidden">"What to do"</span></th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
        {pending.has_more.then(|| view! { <p class="muted">{format!("The newest {count} are shown.")}</p> })}
    }
    .into_any()
}

fn invitation_row(context: &RequestContext, row: &Invitation, may_manage: bool, now: OffsetDateTime) -> AnyView {
    let id = row.id.to_string();
    let inviter = if row.by_link { format!("{}, by a link", row.inviter) } else { row.inviter.clone() };
    let revoke = context.href(&format!("/admin/members/invitations/{id}/revoke"));
    let actions = may_manage.then(|| {
        let named = format!(" the invitation of {}", row.email);
        view! {
            <div class="member-row__actions">
                <form action=context.href("/admin/members/invitations") method="post">
                    <input type="hidden" name="invitation" value=id.clone() />
                    <button class="button button--quiet" type="submit">
                        "Send again"
                        <span class="visually-hidden">{named.clone()}</span>
                    </button>
                </form>
                <a class="button button--quiet" href=revoke>"Revoke"<span class="visually-hidden">{named}</span></a>
            </div>
        }
    });
    view! {
        <tr class="member-row" id=id>
            <td class="member-row__address">{row.email.clone()}</td>
            <td>{row.role_label.clone()}</td>
            <td class="muted">{inviter}</td>
            <td class="muted"><Ago at=row.sent_at now=now /></td>
            <td>{good_for(row.expires_at, now)}</td>
            <td class="is-end">{actions}</td>
        </tr>
    }
    .into_any()
}

/// How long something is still good, in words.
fn good_for(until: OffsetDateTime, now: OffsetDateTime) -> AnyView {
    let left = until - now;
    if left <= Duration::ZERO {
        return view! { <span class="badge">"Expired"</span> }.into_any();
    }
    let words = match (left.whole_days(), left.whole_hours()) {
        (0, 0) => "less than an hour".to_owned(),
        (0, 1) => "1 hour".to_owned(),
        (0, hours) => format!("{hours} hours"),
        (1, _) => "1 day".to_owned(),
        (days, _) => format!("{days} days"),
    };
    view! { <span class="muted">{words}</span> }.into_any()
}

fn link_list(context: &RequestContext, links: &[InviteLink], may_manage: bool, now: OffsetDateTime) -> AnyView {
    if links.is_empty() {
        return view! {
            <p class="muted">
                "There is no link. With one, people ask for an invitation themselves; it then goes to the address that they give."
            </p>
        }
        .into_any();
    }
    let rows = links.iter().map(|link| link_row(context, link, may_manage, now)).collect_view();
    view! {
        <table class="data-table member-list">
            <caption class="visually-hidden">"Links that are good, the newest first"</caption>
            <thead>
                <tr>
                    <th scope="col">"Role"</th>
                    <th scope="col">"Joined by it"</th>
                    <th scope="col">"Created by"</th>
                    <th scope="col">"Created"</th>
                    <th scope="col">"Good for"</th>
                    <th scope="col" class="is-end"><span class="visually-hidden">"What to do"</span></th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn link_row(context: &RequestContext, link: &InviteLink, may_manage: bool, now: OffsetDateTime) -> AnyView {
    let uses = match link.max_uses {
        Some(max) => format!("{} of {}", number(link.uses.into()), number(max.into())),
        None => number(link.uses.into()),
    };
    let revoke = may_manage.then(|| {
        let href = context.href(&format!("/admin/members/links/{}/revoke", link.id));
        let named = format!(" the link for {}", link.role_label);
        view! { <a class="button button--quiet" href=href>"Revoke"<span class="visually-hidden">{named}</span></a> }
    });
    view! {
        <tr class="member-row">
            <td>{link.role_label.clone()}</td>
            <td class="numeric">{uses}</td>
            <td class="muted">{link.creator.clone()}</td>
            <td class="muted"><Ago at=link.created_at now=now /></td>
            <td>{good_for(link.expires_at, now)}</td>
            <td class="is-end">{revoke}</td>
        </tr>
    }
    .into_any()
}
