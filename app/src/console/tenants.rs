//! `GET /`: the tenants, with what their operators look for first.

use axum::{
    extract::{Query, rejection::QueryRejection},
    response::Response,
};
use leptos::prelude::*;
use rowhouse_platform::{
    operator::{
        Operator,
        audit::{Action, Record},
        tenants::{self, Listed, Sort, Standing},
    },
    plan::{Limit, SubscriptionState},
};
use serde::Deserialize;
use time::OffsetDateTime;

use super::{
    Staff,
    frame::{Section, frame},
};
use crate::{
    admin::{audit::filter::field, plan::view::badge},
    context::{Context, RequestContext},
    error::PageError,
    routes::query_string,
    ui::{
        FieldErrors, Head, Icon,
        choice::{Choice, SelectField, with_none},
        page,
        time::{Ago, number, reader},
    },
};

/// Tenants on a page.
const SHOWN: usize = 50;
/// The most characters searched for.
const SEARCH_LENGTH: usize = 200;

/// What the address says.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    plan: String,
    #[serde(default)]
    sort: String,
    after: Option<String>,
}

impl Asked {
    fn read(&self) -> Result<tenants::Query, PageError> {
        let unknown = |what: &str| PageError::BadRequest(format!("“{what}” has a value that is none of its own."));
        let plain = |text: &str| text.replace(char::is_control, "").trim().chars().take(SEARCH_LENGTH).collect();
        Ok(tenants::Query {
            search: plain(&self.q),
            standing: Standing::parse(&self.state).ok_or_else(|| unknown("state"))?,
            plan: plain(&self.plan),
            sort: Sort::parse(&self.sort).ok_or_else(|| unknown("sort"))?,
            after: self.after.as_deref().map(plain).filter(|after: &String| !after.is_empty()),
        })
    }
}

/// The address of the list, of a page of it where it begins after one of its tenants.
fn address(context: &RequestContext, query: &tenants::Query, standing: Standing, after: Option<&str>) -> String {
    let mut pairs = Vec::new();
    if !query.search.is_empty() {
        pairs.push(("q", query.search.clone()));
    }
    if standing != Standing::All {
        pairs.push(("state", standing.word().to_owned()));
    }
    if !query.plan.is_empty() {
        pairs.push(("plan", query.plan.clone()));
    }
    if query.sort != Sort::default() {
        pairs.push(("sort", query.sort.word().to_owned()));
    }
    pairs.extend(after.map(|after| ("after", after.to_owned())));
    context.href(&format!("/{}", query_string(&pairs)))
}

pub(super) async fn show(
    context: Context,
    query: Result<Query<Asked>, QueryRejection>,
    Staff(staff): Staff,
) -> Result<Response, PageError> {
    let asked = query.map_err(|error| PageError::BadRequest(format!("{}.", error.body_text())))?.0;
    let query = asked.read()?;
    let ambient = &context.services.ambient;
    let record = Record::of(Action::TenantsRead).detail(detail(&query));
    let mut audited = staff.record(ambient, &context.origin(), record).await?;
    // One more than is shown tells whether there are others.
    let most = i64::try_from(SHOWN + 1).unwrap_or(i64::MAX);
    let mut listed = tenants::list(&mut audited, ambient, &query, most).await?;
    let plans = tenants::plans(&mut audited).await?;
    let operator = audited.commit().await?;
    let has_more = listed.len() > SHOWN;
    listed.truncate(SHOWN);
    Ok(page(&context, Head::new("Tenants").without_islands(), || {
        let more =
            listed.last().filter(|_| has_more).map(|last| address(&context, &query, query.standing, Some(&last.slug)));
        let first = query.after.as_ref().map(|_| address(&context, &query, query.standing, None));
        view(&context, &operator, (&query, plans.as_slice()), &listed, (first, more))
    }))
}

/// What the record says of the list.
fn detail(query: &tenants::Query) -> String {
    let parts = [
        ("search", query.search.as_str()),
        ("state", query.standing.word()),
        ("plan", query.plan.as_str()),
        ("after", query.after.as_deref().unwrap_or_default()),
    ];
    parts
        .iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| format!("{name}: {text}"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn view(
    context: &RequestContext,
    operator: &Operator,
    (query, plans): (&tenants::Query, &[(String, String)]),
    listed: &[Listed],
    (first, more): (Option<String>, Option<String>),
) -> AnyView {
    let tabs = Standing::ALL
        .map(|standing| {
            let current = (standing == query.standing).then_some("page");
            let href = address(context, query, standing, None);
            view! { <li><a class="tabs__link" href=href aria-current=current>{standing.label()}</a></li> }
        })
        .collect_view();
    let body = if listed.is_empty() { nothing(context, query) } else { table(context, listed) };
    let content = view! {
        <div class="page__head"><h1 class="page__title">"Tenants"</h1></div>
        <nav class="tabs" aria-label="Standing"><ul class="tabs__list">{tabs}</ul></nav>
        {search(context, query, plans)}
        {(!listed.is_empty()).then(|| view! { <p class="console__order">{order(query.sort)}</p> })}
        {body}
        {(first.is_some() || more.is_some()).then(|| pager(first, more))}
    };
    frame(context, operator, Section::Tenants, false, content)
}

/// In which order the tenants are.
fn order(sort: Sort) -> &'static str {
    match sort {
        Sort::Name => "Sorted by address",
        Sort::Newest => "Sorted by age, the newest first",
        Sort::Plan => "Sorted by plan, the largest first",
        Sort::Calls => "Sorted by API calls, the most first",
        Sort::Tickets => "Sorted by tickets, the most first",
    }
}

/// Links to the pages before and after.
fn pager(first: Option<String>, more: Option<String>) -> AnyView {
    view! {
        <nav class="pager" aria-label="Pages">
            <span class="pager__links">
                {first.map(|href| view! { <a class="button" href=href><Icon name="chevron-left" />"First page"</a> })}
                {more.map(|href| view! { <a class="button" href=href rel="next">"Next page"<Icon name="chevron-right" /></a> })}
            </span>
        </nav>
    }
    .into_any()
}

fn search(context: &RequestContext, query: &tenants::Query, plans: &[(String, String)]) -> AnyView {
    let errors = FieldErrors::default();
    let plans = with_none("Any plan", plans.iter().map(|(key, name)| Choice::new(key, name)));
    let sorts: Vec<_> = Sort::ALL.map(|sort| Choice::new(sort.word(), sort.label())).into();
    view! {
        <form class="console__search" action=context.href("/") method="get" role="search" aria-label="Tenants">
            <input type="hidden" name="state" value=query.standing.word() />
            {field("q", "Name, domain, tenant or customer id", "text", &query.search, &errors)}
            <SelectField id="plan" label="Plan" options=plans value=query.plan.as_str() errors=&errors />
            <SelectField id="sort" label="Order" options=sorts value=query.sort.word() errors=&errors />
            <button class="button" type="submit">"Show"</button>
        </form>
    }
    .into_any()
}

fn nothing(context: &RequestContext, query: &tenants::Query) -> AnyView {
    if query.search.is_empty() && query.standing == Standing::All && query.plan.is_empty() && query.after.is_none() {
        return view! {
            <div class="empty">
                <Icon name="users" />
                <h2>"No tenant yet"</h2>
                <p>"Companies sign up at the start page, or are created with " <code>"rowhouse tenant create"</code> "."</p>
            </div>
        }
        .into_any();
    }
    view! {
        <div class="empty">
            <Icon name="search-x" />
            <h2>"Nothing matches"</h2>
            <p>"No tenant has this name, domain or id, is on this plan and stands so."</p>
            <div class="button-row"><a class="button" href=context.href("/")>"Show all tenants"</a></div>
        </div>
    }
    .into_any()
}

fn table(context: &RequestContext, listed: &[Listed]) -> AnyView {
    let now = context.services.ambient.now();
    let rows = listed.iter().map(|tenant| row(context, tenant, now)).collect_view();
    view! {
        <table class="data-table key-list">
            <caption class="visually-hidden">"Tenants"</caption>
            <thead>
                <tr>
                    <th scope="col">"Workspace"</th>
                    <th scope="col">"Plan"</th>
                    <th scope="col">"Seats"</th>
                    <th scope="col">"Storage"</th>
                    <th scope="col" class="is-end">"API calls, 30 days"</th>
                    <th scope="col" class="is-end">"Tickets, 30 days"</th>
                    <th scope="col">"Last seen"</th>
                    <th scope="col">"Health"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(context: &RequestContext, tenant: &Listed, now: OffsetDateTime) -> AnyView {
    let state = SubscriptionState::parse(&tenant.subscription_state).ok().map(badge);
    let use_of = |limit: Limit, used: i64| {
        let amount = |of| limit.amount(of, reader().locale);
        match tenant.limits.get(&limit) {
            Some(most) => format!("{} of {}", amount(used), amount(*most)),
            None => amount(used),
        }
    };
    let seen = match tenant.last_seen_at {
        Some(at) => view! { <Ago at=at now=now /> }.into_any(),
        None => "Nobody is signed in".into_any(),
    };
    let demo = tenant.is_demo.then(|| view! { " " <span class="badge">"Demo"</span> });
    view! {
        <tr>
            <th scope="row">
                <a href=context.href(&format!("/tenants/{}", tenant.slug))>{tenant.name.clone()}</a>
                {demo}
                <span class="key-list__note">{tenant.slug.clone()}</span>
            </th>
            <td data-label="Plan">{tenant.plan_name.clone()} " " {state}</td>
            <td data-label="Seats">{use_of(Limit::Seats, tenant.seats)}</td>
            <td data-label="Storage">{use_of(Limit::StorageBytes, tenant.bytes)}</td>
            <td data-label="API calls, 30 days" class="is-end numeric">{number(tenant.api_calls)}</td>
            <td data-label="Tickets, 30 days" class="is-end numeric">{number(tenant.tickets)}</td>
            <td data-label="Last seen">{seen}</td>
            <td data-label="Health">{health(tenant)}</td>
        </tr>
    }
    .into_any()
}

/// What is wrong, in words; that nothing is, where nothing is.
fn health(tenant: &Listed) -> AnyView {
    let mut wrong = Vec::new();
    match tenant.state.as_str() {
        "suspended" => wrong.push("Suspended by an operator".to_owned()),
        "closing" => wrong.push("Closed by its owner".to_owned()),
        _ => {}
    }
    if tenant.is_over() {
        wrong.push("Over its limits".to_owned());
    }
    if tenant.mail_failed > 0 {
        wrong.push(format!("Mail given up: {}", number(tenant.mail_failed)));
    }
    if tenant.billing_stuck > 0 {
        wrong.push(format!("Billing stuck: {}", number(tenant.billing_stuck)));
    }
    if wrong.is_empty() {
        return view! { <span class="status status--solved"><Icon name="circle-check" />"Nothing is wrong"</span> }
            .into_any();
    }
    let items = wrong
        .into_iter()
        .map(|words| view! { <li class="status status--pending"><Icon name="triangle-alert" />{words}</li> })
        .collect_view();
    view! { <ul class="console__health">{items}</ul> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_told_in_the_record() {
        let asked = |q: &str, state: &str, sort: &str| Asked {
            q: q.into(),
            state: state.into(),
            plan: "team".into(),
            sort: sort.into(),
            after: None,
        };
        assert_eq!(detail(&Asked::default().read().unwrap()), "");
        let of = detail(&asked(" ac\u{0}me ", "unpaid", "plan").read().unwrap());
        assert_eq!(of, "search: acme, state: unpaid, plan: team");
        assert!(asked("", "rich", "").read().is_err() && asked("", "", "size").read().is_err());
    }
}
