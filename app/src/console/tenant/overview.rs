//! `GET /tenants/{slug}`: what it is, what it may use and uses, what was agreed with it and what was changed.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use axum::{
    extract::{Path, Query, rejection::QueryRejection},
    response::Response,
};
use leptos::prelude::*;
use rowhouse_platform::{
    db::DbError,
    id::TenantId,
    metering::Meter,
    operator::{
        OfTenant, Operator,
        audit::{Action, Record},
        tenants::{self, Facts, OverrideRow, ProductUse, billing},
    },
    plan::{Entitlements, Feature, Limit, SubscriptionState, ledger::Noted},
};
use serde::Deserialize;
use sqlx::PgConnection;

use super::{
    super::{
        Staff,
        frame::{Section, frame},
    },
    about, agreed, changes, home,
};
use crate::{
    admin::{
        plan::{history::PlanNames, limits, view::badge},
        usage::{
            figures::{By, Figures, Sources},
            range::{Range, Span},
            view::{chart_of, period},
        },
    },
    context::{Context, RequestContext},
    desk::project,
    error::PageError,
    routes::query_string,
    ui::{
        Head, Icon,
        locale::Locale,
        page,
        time::{Ago, day, number},
    },
};

/// So many overrides, those that are over included.
const OVERRIDES: i64 = 30;

/// What the product counts.
struct Product;

impl ProductUse for Product {
    async fn projects(operator: &mut PgConnection, tenant: TenantId) -> Result<i64, DbError> {
        project::active_by(operator, tenant.0).await
    }
}

/// What the address says.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    range: String,
}

/// Everything that the page shows.
struct Shown {
    slug: String,
    facts: Facts,
    own: Arc<Entitlements>,
    used: BTreeMap<Limit, i64>,
    overrides: Vec<OverrideRow>,
    changes: Vec<Noted>,
    plan_names: PlanNames,
    figures: Figures,
}

pub(super) async fn show(
    context: Context,
    Path(slug): Path<String>,
    query: Result<Query<Asked>, QueryRejection>,
    staff: Staff,
) -> Result<Response, PageError> {
    let Query(asked) = query.map_err(|error| PageError::BadRequest(format!("{}.", error.body_text())))?;
    let range = Range::parse(&asked.range).ok_or_else(|| {
        let words = Range::ALL.map(Range::word).join(", ");
        PageError::BadRequest(format!("“range” can be one of {words}."))
    })?;
    let mut of = about(&context, staff, &slug, Record::of(Action::TenantRead)).await?;
    let shown = load(&context, &mut of, range).await?;
    let operator = of.commit().await?;
    let head = Head::new(shown.facts.name.clone()).without_islands();
    Ok(page(&context, head, || view(&context, &operator, &shown)))
}

async fn load(context: &RequestContext, of: &mut OfTenant, range: Range) -> Result<Shown, PageError> {
    let ambient = &context.services.ambient;
    let now = ambient.now();
    let own = Arc::new(tenants::entitlements(of).await?);
    let period = Span::of_period(&own, now);
    let span = range.span(now, period);
    let usage = tenants::usage(of, range.cut(), (span.from, span.until), (period.from, period.until)).await?;
    let used = tenants::used::<Product>(of).await?;
    let sources = Sources {
        points: usage.points,
        parts: Vec::new(),
        of_period: usage.of_period,
        projects: HashMap::new(),
        stored: Vec::new(),
        stored_now: used.get(&Limit::StorageBytes).copied().unwrap_or_default(),
        entitlements: Arc::clone(&own),
        added_up_at: usage.added_up_at,
    };
    Ok(Shown {
        slug: of.slug().to_owned(),
        facts: tenants::facts(of, ambient).await?,
        used,
        overrides: tenants::overrides(of, OVERRIDES).await?,
        changes: billing::history(of, changes::READ).await?,
        plan_names: billing::plan_names(of).await?.into_iter().collect(),
        figures: Figures::new(now, (range, By::default()), period, range.slots(span, Locale::default()), sources),
        own,
    })
}

fn view(context: &RequestContext, operator: &Operator, shown: &Shown) -> AnyView {
    let to = |path: &str| context.href(&format!("{}{path}", home(&shown.slug)));
    let state_change = match shown.facts.state.as_str() {
        "active" => Some(("Suspend", "/suspend")),
        "suspended" => Some(("Let it go on", "/resume")),
        _ => None,
    };
    let content = view! {
        <div class="page__head">
            <h1 class="page__title">{shown.facts.name.clone()}</h1>
            <div class="page__actions">
                <a class="button" href=to("/billing")>"Billing events"</a>
                <a class="button" href=to("/plan")>"Change plan"</a>
                {state_change.map(|(label, path)| view! { <a class="button button--danger" href=to(path)>{label}</a> })}
            </div>
        </div>
        <div class="stack">
            {facts(context, shown)}
            {plan(shown)}
            {agreed::overrides(context, &shown.slug, &shown.overrides)}
            {usage(context, shown)}
            {changes::card(&shown.slug, &shown.changes, &shown.plan_names)}
        </div>
    };
    frame(context, operator, Section::Tenants, false, content)
}

fn facts(context: &RequestContext, shown: &Shown) -> AnyView {
    let facts = &shown.facts;
    let now = context.services.ambient.now();
    let state = match (facts.state.as_str(), &facts.state_reason, facts.closes_at) {
        ("suspended", Some(reason), _) => format!("Suspended: {reason}"),
        ("suspended", None, _) => "Suspended".to_owned(),
        ("closing", _, Some(at)) => format!("Closed by its owner; deleted on {}", day(at)),
        ("closing", _, None) => "Closed by its owner".to_owned(),
        _ => "Served".to_owned(),
    };
    let domains = if facts.domains.is_empty() { "None of its own".to_owned() } else { facts.domains.join(", ") };
    let mail = match (facts.mail_failed, facts.mail_waiting) {
        (0, 0) => "Goes out".to_owned(),
        (failed, waiting) => {
            format!("{} given up within 7 days, {} waiting after a failure", number(failed), number(waiting))
        }
    };
    let billing = match (&facts.stripe_customer, facts.billing_stuck) {
        (_, stuck @ 1..) => format!("{} requests to Stripe failed or do not get through", number(stuck)),
        (Some(customer), _) => format!("Customer {customer} at Stripe"),
        (None, _) => "Nothing at Stripe".to_owned(),
    };
    let rows = [
        ("State", state),
        ("Created", day(facts.created_at)),
        ("Data", facts.placement.clone()),
        ("Domains", domains),
        ("Mail", mail),
        ("Billing", billing),
    ]
    .into_iter()
    .map(|(label, value)| view! { <div><dt>{label}</dt><dd>{value}</dd></div> })
    .collect_view();
    let seen = match facts.last_seen_at {
        Some(at) => view! { <Ago at=at now=now /> }.into_any(),
        None => "Nobody is signed in".into_any(),
    };
    let address = context.public().tenant(&shown.slug);
    let demo = facts.is_demo.then(|| view! { <span class="badge">"Demo"</span> });
    view! {
        <section class="card stack" aria-labelledby="facts-title">
            <div class="plan__head"><h2 id="facts-title">"Workspace"</h2>{demo}</div>
            <dl class="plan__facts">
                <div><dt>"Address"</dt><dd><a href=address.clone() rel="noreferrer">{address.clone()}</a></dd></div>
                {rows}
                <div><dt>"Last seen"</dt><dd>{seen}</dd></div>
            </dl>
        </section>
    }
    .into_any()
}

fn plan(shown: &Shown) -> AnyView {
    let own = &shown.own;
    let features: Vec<_> = Feature::ALL.into_iter().filter(|one| own.has(*one)).map(Feature::label).collect();
    let mut dates = vec![("Price", own.price.in_words()), ("Version", own.version.to_string())];
    if let (SubscriptionState::Trialing, Some(at)) = (own.state, own.trial_ends_at) {
        dates.push(("Trial until", day(at)));
    }
    for (label, at) in [
        ("Period until", own.period_end),
        ("Payment missing since", own.past_due_since),
        ("Read-only from", own.read_only_from()),
        ("Suspended from", own.suspended_from()),
    ] {
        dates.extend(at.map(|at| (label, day(at))));
    }
    if own.cancel_at_period_end {
        dates.push(("Cancelled", "For the end of the period".to_owned()));
    }
    dates.push(("Includes", if features.is_empty() { "No features".to_owned() } else { features.join(", ") }));
    let dates =
        dates.into_iter().map(|(label, value)| view! { <div><dt>{label}</dt><dd>{value}</dd></div> }).collect_view();
    view! {
        <section class="card stack" aria-labelledby="plan-title">
            <div class="plan__head"><h2 id="plan-title">{own.plan_name.clone()}</h2>{badge(own.state)}</div>
            <dl class="plan__facts">{dates}</dl>
            {limits::rows(own, &shown.used, |_| None)}
        </section>
    }
    .into_any()
}

fn usage(context: &RequestContext, shown: &Shown) -> AnyView {
    let tabs = Range::ALL
        .map(|range| {
            let current = (range == shown.figures.range).then_some("page");
            let query = query_string(&[("range", range.word().to_owned())]);
            let href = context.href(&format!("{}{query}#usage", home(&shown.slug)));
            view! { <li><a class="tabs__link" href=href aria-current=current>{range.label()}</a></li> }
        })
        .collect_view();
    let body = if shown.figures.is_empty() {
        view! {
            <div class="empty">
                <Icon name="chart" />
                <h3>"Nothing is counted yet"</h3>
                <p>"What people and programs of this workspace do is added up about once a minute, and will stand here."</p>
            </div>
        }
        .into_any()
    } else {
        let charts = Meter::ALL.map(|meter| chart_of(&shown.figures, meter, None)).collect_view();
        view! { {period(&shown.figures)} <div class="insight">{charts}</div> }.into_any()
    };
    view! {
        <section class="stack" id="usage" aria-labelledby="usage-title">
            <h2 id="usage-title">"Usage"</h2>
            <nav class="tabs" aria-label="Time"><ul class="tabs__list">{tabs}</ul></nav>
            {body}
        </section>
    }
    .into_any()
}
