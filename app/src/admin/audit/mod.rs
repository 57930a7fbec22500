//! `GET /admin/audit`: who did what in the workspace, newest first; and the same as a file.

mod diff;
mod entry;
pub(crate) mod filter;

use axum::{body::Body, http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{Principal, ReadAudit},
    audit::{self, Cursor, EntryPage, ExportFormat},
    plan::Feature,
};

use self::filter::AuditQuery;
use crate::{
    access::Allowed,
    context::{Context, RequestContext},
    error::PageError,
    routes::{Gate, SiteRoutes},
    ui::{
        FieldErrors, Head, Icon, QueryFields,
        download::CSV,
        form::summary,
        frame::{Section, frame},
        page,
    },
};

/// Adds the pages to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    let gate = Gate::of::<ReadAudit>();
    site.get("/admin/audit", gate, show).get("/admin/audit/export.csv", gate, export_csv).get(
        "/admin/audit/export.jsonl",
        gate,
        export_json_lines,
    )
}

/// Records on a page.
const PAGE_SIZE: usize = 50;

async fn show(
    context: Context,
    Allowed(mut permit): Allowed<ReadAudit>,
    QueryFields(query): QueryFields<AuditQuery>,
) -> Result<Response, PageError> {
    let cursor = query.cursor()?;
    let mut errors = FieldErrors::default();
    let filter = query.filter(&mut errors)?;
    let list = if errors.is_empty() { Some(audit::list(&mut permit, &filter, cursor, PAGE_SIZE).await?) } else { None };
    let person = permit.commit().await?;
    let is_narrowed = !filter.is_empty() || cursor != Cursor::Newest;
    Ok(render(&context, &person, &query, &errors, list.as_ref(), is_narrowed))
}

fn render(
    context: &RequestContext,
    person: &Principal,
    query: &AuditQuery,
    errors: &FieldErrors,
    list: Option<&EntryPage>,
    is_narrowed: bool,
) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page(context, Head::new("Audit log").with_status(status), || {
        let body = match list {
            None => summary(errors),
            Some(list) if list.entries.is_empty() => nothing(context, is_narrowed),
            Some(list) => {
                let entries = list.entries.iter().map(entry::view).collect_view();
                view! {
                    <ol class="audit" aria-label="Records, newest first">{entries}</ol>
                    {pager(context, list, query)}
                }
                .into_any()
            }
        };
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"Audit log"</h1>
                <div class="page__actions">
                    {downloads(context, query)}
                </div>
                <p class="page__lead">
                    "Who did what in this workspace, newest first. Nobody here can change a record or remove one. Times are in UTC."
                </p>
            </div>
            {filter::form(context, query, errors)}
            {body}
        };
        frame(context, person, Section::Audit, false, content)
    })
}

/// The log as a file, where the plan includes that.
fn downloads(context: &RequestContext, query: &AuditQuery) -> AnyView {
    let is_in_plan = context.tenant().is_ok_and(|tenant| tenant.entitlements.has(Feature::AuditExport));
    if !is_in_plan {
        return view! { <p class="muted">"Exporting the log is not in your plan."</p> }.into_any();
    }
    view! {
        {download(context, query, ExportFormat::Csv, "Export CSV")}
        {download(context, query, ExportFormat::JsonLines, "Export JSON Lines")}
    }
    .into_any()
}

fn download(context: &RequestContext, query: &AuditQuery, format: ExportFormat, label: &'static str) -> AnyView {
    let href = query.href(context, &format!("/admin/audit/export.{}", format.as_str()), None);
    view! { <a class="button" href=href download="">{label}</a> }.into_any()
}

fn pager(context: &RequestContext, list: &EntryPage, query: &AuditQuery) -> AnyView {
    let to = |name, seq: i64| query.href(context, "/admin/audit", Some((name, seq)));
    let newer = list.entries.first().filter(|_| list.has_newer).map(|entry| to("after", entry.seq));
    let older = list.entries.last().filter(|_| list.has_older).map(|entry| to("before", entry.seq));
    view! {
        <nav class="pager" aria-label="Pages">
            <span>"Newest first"</span>
            <span class="pager__links">
                {newer.map(|href| view! { <a class="button" href=href rel="prev"><Icon name="chevron-left" />"Newer"</a> })}
                {older.map(|href| view! { <a class="button" href=href rel="next">"Older"<Icon name="chevron-right" /></a> })}
            </span>
        </nav>
    }
    .into_any()
}

fn nothing(context: &RequestContext, is_narrowed: bool) -> AnyView {
    if !is_narrowed {
        return view! {
            <div class="empty">
                <Icon name="shield" />
                <h2>"Nothing is recorded yet"</h2>
                <p>"Every sign-in, every refusal and every change of people, roles and settings will stand here."</p>
            </div>
        }
        .into_any();
    }
    view! {
        <div class="empty">
            <Icon name="search-x" />
            <h2>"Nothing matches"</h2>
            <p>"No record that is kept is as the filter says. Take a part of it away, or choose other days."</p>
            <div class="button-row"><a class="button" href=context.href("/admin/audit")>"Show all records"</a></div>
        </div>
    }
    .into_any()
}

async fn export_csv(
    context: Context,
    allowed: Allowed<ReadAudit>,
    QueryFields(query): QueryFields<AuditQuery>,
) -> Result<Response, PageError> {
    export(context, allowed, query, ExportFormat::Csv, CSV).await
}

async fn export_json_lines(
    context: Context,
    allowed: Allowed<ReadAudit>,
    QueryFields(query): QueryFields<AuditQuery>,
) -> Result<Response, PageError> {
    export(context, allowed, query, ExportFormat::JsonLines, "application/jsonl").await
}

async fn export(
    context: Context,
    Allowed(permit): Allowed<ReadAudit>,
    query: AuditQuery,
    format: ExportFormat,
    kind: &'static str,
) -> Result<Response, PageError> {
    context.tenant()?.entitlements.require(Feature::AuditExport)?;
    let mut errors = FieldErrors::default();
    let filter = query.filter(&mut errors)?;
    if let Some(error) = ["from", "to"].into_iter().find_map(|field| errors.of(field)) {
        return Err(PageError::BadRequest(error));
    }
    let services = &context.services;
    let name = format!("{}-audit-{}.{}", context.tenant()?.slug, services.ambient.now().date(), format.as_str());
    let pieces = audit::export(permit, services.database.clone(), &context.scribe(), filter, format).await?;
    crate::ui::download(&name, kind, Body::from_stream(pieces))
}
