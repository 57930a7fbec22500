//! Error pages: what happened, what to do, and the request's id, in the tenant's branding.

use axum::response::Response;
use leptos::prelude::*;
use rowhouse_platform::plan::PlanError;

use super::{Head, document::page, frame::solo};
use crate::{
    context::{RequestContext, Site},
    error::PageError,
    limits::wait_in_words,
};

/// The page that tells a person about an error.
pub fn error_page(context: &RequestContext, error: &PageError) -> Response {
    let words = words(context, error);
    let status = error.status();
    let request_id = context.request_id.clone();
    let head = Head::new(words.title).without_islands().with_status(status);
    page(context, head, || {
        let top = view! {
            <p class="solo__code">{status.as_u16()}</p>
            <h1>{words.title}</h1>
        };
        let content = view! {
            <div class="solo__aside">
                <p>{words.what}</p>
                <p>{words.remedy}</p>
            </div>
            {words.action.map(|(label, href)| view! {
                <div class="button-row button-row--center">
                    <a class="button button--primary" href=href>{label}</a>
                </div>
            })}
            <p class="request-id">"Request " <code>{request_id}</code></p>
        };
        solo(context, false, top, content)
    })
}

struct Words {
    title: &'static str,
    what: String,
    remedy: String,
    action: Option<(&'static str, String)>,
}

#[expect(clippy::too_many_lines, reason = "one row an error; apart they would be harder to compare")]
fn words(context: &RequestContext, error: &PageError) -> Words {
    let home = match &context.site {
        Site::Tenant(_) => ("Go to the tickets", context.href("/tickets")),
        Site::Console => ("Go to the tenants", context.href("/")),
        Site::Apex | Site::Nowhere => ("Go to the start page", context.public().apex()),
    };
    let find = ("Find your workspace", format!("{}/find", context.public().apex()));
    let words = |title, what: &str, remedy: &str, action| Words {
        title,
        what: what.to_owned(),
        remedy: remedy.to_owned(),
        action,
    };
    match error {
        PageError::NotFound => words(
            "Nothing at this address",
            "The page does not exist, or you may not see it.",
            "Check the address, or go back.",
            Some(home),
        ),
        PageError::MethodNotAllowed => words(
            "This address takes no such request",
            "The page exists, but not for this kind of request.",
            "Go back and use the page's own links and buttons.",
            Some(home),
        ),
        PageError::SignedOut => words(
            "You are not signed in",
            "This page is for people of the workspace.",
            "Sign in, and you are led back here.",
            Some(("Sign in", context.href("/sign-in"))),
        ),
        PageError::SecondFactorNeeded => words(
            "A second factor is needed",
            "This workspace asks everybody for a second factor.",
            "Set one up, or show it, and go on.",
            Some(("Go on", context.href(crate::account::SECOND_FACTOR))),
        ),
        PageError::NotConfirmed => words(
            "Confirm that it is you",
            "This page asks for your credentials again before it goes on.",
            "Confirm, and you are led back here.",
            Some(("Confirm", context.href(crate::account::CONFIRM))),
        ),
        PageError::AddressRefused(address) => Words {
            title: "Not from this network",
            what: format!("This workspace can be entered from certain networks only, and {address} is not in them."),
            remedy: "Use your company's network or VPN, or ask an owner of the workspace.".to_owned(),
            action: None,
        },
        PageError::Forbidden(permission) => Words {
            title: "You may not do this",
            what: format!("Your role in this workspace does not include the permission “{permission}”."),
            remedy: "Ask an owner of the workspace if you need it.".to_owned(),
            action: Some(home),
        },
        PageError::BadRequest(message) => Words {
            title: "The request cannot be understood",
            what: message.clone(),
            remedy: "Go back and try again.".to_owned(),
            action: Some(home),
        },
        PageError::ForeignOrigin => words(
            "The form came from another site",
            "For your safety, changes are only taken from this workspace's own pages.",
            "Open the page here and send the form again.",
            Some(home),
        ),
        PageError::TooLarge => words(
            "Too much at once",
            "What was sent is larger than this page takes.",
            "Go back, and send less or a smaller file.",
            Some(home),
        ),
        PageError::Timeout => words(
            "This took too long",
            "The request was given up.",
            "Try again in a moment. What you sent was not saved.",
            Some(home),
        ),
        PageError::Throttled(wait) => Words {
            title: "Too many attempts",
            what: "From your address, this was asked for too often.".to_owned(),
            remedy: format!("Try again in {wait}."),
            action: None,
        },
        PageError::TooManyRequests(seconds) => Words {
            title: "A little too fast",
            what: "More pages were asked for in a minute than are answered, by you or by everybody in this workspace \
                   together."
                .to_owned(),
            remedy: format!("Nothing is lost. Try again in {}.", wait_in_words(*seconds)),
            action: Some(home),
        },
        PageError::Crowded(_) => words(
            "Much is going on here",
            "This workspace has more under way at once than it is given.",
            "Try again in a moment. What you sent was not saved.",
            Some(home),
        ),
        PageError::TooSlow(_) => words(
            "This would take too long",
            "What you asked for takes longer than this workspace's plan lets it.",
            "Ask for less at once: a shorter time, fewer filters, one project.",
            Some(home),
        ),
        PageError::UnknownHost => words(
            "There is no workspace here",
            "No workspace has this address.",
            "Check the spelling, or have your workspaces mailed to you.",
            Some(find),
        ),
        PageError::Plan(PlanError::Suspended) => words(
            "This workspace is suspended",
            "A payment is missing. Nothing is deleted.",
            "Who manages its plan can sign in and pay; then everything goes on as it was.",
            Some(("I manage the plan", context.href(crate::admin::plan::PATH))),
        ),
        PageError::Plan(refused) => Words {
            title: match refused {
                PlanError::LimitReached { .. } => "The plan has no room for more",
                PlanError::NotInPlan(_) => "Your plan does not include this",
                PlanError::ReadOnly { .. } | PlanError::Suspended => "This workspace is read-only",
            },
            what: refused.to_string(),
            remedy: "If you do not manage the plan, ask an owner of the workspace. Nothing was changed.".to_owned(),
            action: Some(("See the plan", context.href(crate::admin::plan::PATH))),
        },
        PageError::Closing => words(
            "This workspace is closed",
            "An owner closed it, and it will be deleted.",
            "An owner can open it again until then.",
            Some(("I am an owner", context.href(crate::admin::settings::close::CLOSING))),
        ),
        PageError::Suspended => words(
            "This workspace is suspended",
            "Nobody can sign in at present. Nothing is deleted.",
            "If you run this workspace, write to support from the address you signed up with.",
            None,
        ),
        PageError::Overtaken(_) => words(
            "Somebody else was quicker",
            "The same things were changed in this moment, so nothing of yours was done.",
            "Go back, look again, and try once more.",
            Some(home),
        ),
        PageError::Unavailable(_) => words(
            "Not available at the moment",
            "A part of the service that this page needs is away.",
            "Try again in a moment. What you sent was not saved.",
            None,
        ),
        PageError::Internal(_) => words(
            "Something went wrong",
            "The fault is ours, and it has been recorded.",
            "Try again. If it stays, tell support the request's id.",
            Some(home),
        ),
    }
}
