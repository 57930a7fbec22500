//! Which people the list shows: what the address says, and the form that makes it.

use leptos::prelude::*;
use rowhouse_platform::{
    access::{AssignedRole, GroupId},
    members::{Filter, MemberGroup, RoleChoice, Sort, State},
};
use serde::Deserialize;

use super::choice::role_options;
use crate::{
    context::RequestContext,
    error::PageError,
    routes::query_string,
    ui::{
        Icon,
        choice::{Choice, Select, with_none},
    },
};

/// The most characters looked for.
const SEARCH_LENGTH: usize = 200;

/// What the address says.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ListQuery {
    #[serde(default)]
    q: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    group: String,
    #[serde(default)]
    sort: String,
    #[serde(default)]
    page: String,
}

fn read<T>(what: &str, word: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, PageError> {
    if word.is_empty() {
        return Ok(None);
    }
    let bad = || PageError::BadRequest(format!("“{}” is no {what}.", word.replace(char::is_control, "")));
    parse(word).map(Some).ok_or_else(bad)
}

impl ListQuery {
    pub(super) fn filter(&self) -> Result<Filter, PageError> {
        // PostgreSQL's text has no NUL, and no name has other control characters.
        let search = self.q.replace(char::is_control, "");
        Ok(Filter {
            search: search.trim().chars().take(SEARCH_LENGTH).collect(),
            role: read("role", &self.role, |word| word.parse::<AssignedRole>().ok())?,
            state: read("state of a person", &self.state, State::parse)?,
            group: read("group", &self.group, |word| word.parse().ok())?,
            sort: read("order", &self.sort, Sort::parse)?.unwrap_or_default(),
        })
    }

    /// The number of the page, from 0; in the address, from 1.
    pub(super) fn page(&self) -> Result<i64, PageError> {
        let number = read("page", &self.page, |word| word.parse::<u16>().ok().filter(|number| *number > 0))?;
        Ok(i64::from(number.unwrap_or(1)) - 1)
    }
}

/// Whether anybody is left out by more than the usual.
pub(super) fn is_narrow(filter: &Filter) -> bool {
    Filter { sort: Sort::default(), ..filter.clone() } != Filter::default()
}

/// The address of the list.
pub(super) fn href(context: &RequestContext, filter: &Filter, page: i64) -> String {
    address(context, "/admin/members", filter, page)
}

/// The address of the list as a file.
pub(super) fn export_href(context: &RequestContext, filter: &Filter) -> String {
    address(context, "/admin/members/export.csv", filter, 0)
}

fn address(context: &RequestContext, path: &str, filter: &Filter, page: i64) -> String {
    let pairs = [
        ("q", filter.search.clone()),
        ("role", filter.role.map(|role| role.to_string()).unwrap_or_default()),
        ("state", filter.state.map(|state| state.word().to_owned()).unwrap_or_default()),
        ("group", filter.group.map(|group| group.to_string()).unwrap_or_default()),
        ("sort", if filter.sort == Sort::default() { String::new() } else { filter.sort.word().to_owned() }),
        ("page", if page == 0 { String::new() } else { (page + 1).to_string() }),
    ];
    let pairs: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    context.href(&format!("{path}{}", query_string(&pairs)))
}

pub(super) fn form(context: &RequestContext, filter: &Filter, roles: &[RoleChoice], groups: &[MemberGroup]) -> AnyView {
    let role_list = with_none("All roles", role_options(roles));
    let states = State::ALL.iter().map(|state| Choice::new(state.word(), state.label()));
    let state_list = with_none("All but removed", states);
    let role = filter.role.map(|role| role.to_string()).unwrap_or_default();
    let group_field = (!groups.is_empty()).then(|| {
        let names = groups.iter().map(|group| Choice::new(GroupId(group.id).to_string(), &group.name));
        let list = with_none("All groups", names);
        let chosen = filter.group.map(|group| group.to_string()).unwrap_or_default();
        view! {
            <label class="visually-hidden" for="group">"Group"</label>
            <Select id="group" options=list value=&chosen />
        }
        .into_any()
    });
    let sort = (filter.sort != Sort::default())
        .then(|| view! { <input type="hidden" name="sort" value=filter.sort.word() /> });
    view! {
        <form class="member-filter" role="search" aria-label="Members" action=context.href("/admin/members") method="get">
            {sort}
            <div class="search">
                <Icon name="search" />
                <label class="visually-hidden" for="q">"Search names and addresses"</label>
                <input class="input" id="q" name="q" type="search" placeholder="Name or email" value=filter.search.clone() maxlength=SEARCH_LENGTH autocomplete="off" />
            </div>
            <label class="visually-hidden" for="role">"Role"</label>
            <Select id="role" options=role_list value=&role />
            <label class="visually-hidden" for="state">"State"</label>
            <Select id="state" options=state_list value=filter.state.map_or("", State::word) />
            {group_field}
            <button class="button" type="submit">"Show"</button>
        </form>
    }
    .into_any()
}
