//! `/tenants/{slug}/suspend` and `/tenants/{slug}/resume`: with a reason, and the name typed once more.

use axum::{extract::Path, http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::operator::{
    Operator,
    act::{self, StateError},
    audit::{Action, Record},
};
use serde::Deserialize;

use super::{
    super::{
        Staff,
        frame::{Section, frame},
        staff,
    },
    REASON_LENGTH, about, about_form, home, reason,
};
use crate::{
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other_with,
    ui::{
        FieldErrors, FormBody, Head,
        flash::Flash,
        form::{TextField, summary},
        page,
        typed_confirmation::{TypedConfirmation, Warning},
    },
};

/// What was typed.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    slug: String,
}

/// What is to become of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Suspend,
    Resume,
}

impl Change {
    fn path(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Resume => "resume",
        }
    }

    fn title(self, slug: &str) -> String {
        match self {
            Self::Suspend => format!("Suspend {slug}"),
            Self::Resume => format!("Let {slug} go on"),
        }
    }
}

pub(super) async fn show_suspend(
    context: Context,
    Path(slug): Path<String>,
    staff: Staff,
) -> Result<Response, PageError> {
    show(&context, &slug, staff, Change::Suspend).await
}

pub(super) async fn show_resume(
    context: Context,
    Path(slug): Path<String>,
    staff: Staff,
) -> Result<Response, PageError> {
    show(&context, &slug, staff, Change::Resume).await
}

pub(super) async fn submit_suspend(
    context: Context,
    Path(slug): Path<String>,
    staff: Staff,
    FormBody(fields): FormBody<Fields>,
) -> Result<Response, PageError> {
    submit(&context, &slug, staff, &fields, Change::Suspend).await
}

pub(super) async fn submit_resume(
    context: Context,
    Path(slug): Path<String>,
    staff: Staff,
    FormBody(fields): FormBody<Fields>,
) -> Result<Response, PageError> {
    submit(&context, &slug, staff, &fields, Change::Resume).await
}

async fn show(context: &RequestContext, slug: &str, staff: Staff, change: Change) -> Result<Response, PageError> {
    let operator = about_form(context, staff, slug, change.path()).await?.commit().await?;
    Ok(render(context, &operator, slug, change, &Fields::default(), &FieldErrors::default()))
}

async fn submit(
    context: &RequestContext,
    slug: &str,
    who: Staff,
    fields: &Fields,
    change: Change,
) -> Result<Response, PageError> {
    let mut errors = FieldErrors::default();
    let reason = reason(&mut errors, &fields.reason);
    if fields.slug.trim() != slug {
        errors.add("slug", format!("Type {slug} to confirm."));
    }
    if !errors.is_empty() {
        let operator = about_form(context, who, slug, change.path()).await?.commit().await?;
        return Ok(render(context, &operator, slug, change, fields, &errors));
    }
    let action = match change {
        Change::Suspend => Action::TenantSuspended,
        Change::Resume => Action::TenantResumed,
    };
    let mut of = about(context, who, slug, Record::of(action).because(reason.clone())).await?;
    let done = match change {
        Change::Suspend => act::suspend(&mut of, &reason).await,
        Change::Resume => act::resume(&mut of).await,
    };
    match done {
        Ok(()) => {
            let tenant = of.id();
            of.commit().await?;
            // The news reaches this server a moment later; the next page must not be the old one.
            context.services.directory.forget(tenant);
            let flash = match change {
                Change::Suspend => Flash::TenantSuspended,
                Change::Resume => Flash::TenantResumed,
            };
            Ok(see_other_with(&context.href(&home(slug)), flash))
        }
        Err(StateError::Database(error)) => Err(error.into()),
        Err(error @ StateError::Otherwise(_)) => {
            // What did not happen is not recorded.
            drop(of);
            errors.add("slug", error);
            let operator = about_form(context, staff(context).await?, slug, change.path()).await?.commit().await?;
            Ok(render(context, &operator, slug, change, fields, &errors))
        }
    }
}

fn render(
    context: &RequestContext,
    operator: &Operator,
    slug: &str,
    change: Change,
    fields: &Fields,
    errors: &FieldErrors,
) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = change.title(slug);
    page(context, Head::new(title.clone()).without_islands().with_status(status), || {
        let (what, text, help) = match change {
            Change::Suspend => (
                "Everybody of this workspace loses access at once",
                "Its pages say that it is suspended, and nothing else. Nothing is deleted, programs are refused, and it can go on at any time.",
                "Only operators see it.",
            ),
            Change::Resume => (
                "Everybody of this workspace has access again",
                "It goes on as it was. A payment that is missing keeps its own consequences.",
                "It stands in the audit log.",
            ),
        };
        let reason = view! {
            <TextField id="reason" label="Reason" value=&fields.reason errors=errors maxlength=REASON_LENGTH help=help />
        };
        let (action, cancel) = (format!("{}/{}", home(slug), change.path()), home(slug));
        let content = view! {
            <div class="page__head"><h1 class="page__title">{title.clone()}</h1></div>
            <div class="stack">
                {summary(errors)}
                <Warning title=what text=text />
                <TypedConfirmation
                    context=context
                    action=&action
                    fields=reason.into_any()
                    ask=("To confirm, type the name of the workspace’s address:", slug.to_owned())
                    id="slug"
                    label="Name of the workspace’s address"
                    maxlength=60
                    value=&fields.slug
                    errors=errors
                    button=title
                    cancel=("Cancel", cancel.as_str())
                />
            </div>
        };
        frame(context, operator, Section::Tenants, true, content)
    })
}
