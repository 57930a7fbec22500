//! The two frames that pages stand in: the workspace with its sidebar, and the single card of those who are not in.

use leptos::{nonce::use_nonce, prelude::*};
use rowhouse_platform::{access::Principal, branding::Branding, identity::policy::SecondFactor};

use super::{
    Icon,
    admin_nav::admin_sections,
    avatar::{self, Avatar},
    document::Mark,
    nav::items,
    time::day,
    welcome,
};
use crate::{
    context::{RequestContext, Site},
    desk::LiveQuickSearch,
    product::{Installed, Product as _},
};

/// Forgets what somebody typed where they sign out, by a form with `data-sign-out`, or where somebody else is in.
pub const SIGN_OUT_SCRIPT: &str = "sign-out.js";

/// What is open, for the sidebar to mark it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// The tickets.
    Tickets,
    /// The projects that they stand in.
    Projects,
    /// The labels of tickets.
    Labels,
    /// What the person was told of.
    Inbox,
    /// Its figures.
    Insight,
    /// The people of the workspace.
    Members,
    /// Its roles and groups.
    Roles,
    /// How people sign in to it.
    Security,
    /// Its connections to identity providers.
    Sso,
    /// What programs come in with.
    ApiKeys,
    /// How it looks.
    Branding,
    /// Its own domains.
    Domains,
    /// Who did what in it.
    Audit,
    /// What it may use, and pays for.
    Plan,
    /// What it used.
    Usage,
    /// Its settings.
    Settings,
    /// The person's own profile: no entry of the list.
    Profile,
    /// The person's own account: no entry of the list.
    Account,
}

/// The person's own picture.
fn mine(context: &RequestContext, person: &Principal) -> AnyView {
    let src = avatar::address(context, person.account, person.avatar_hash.as_deref());
    view! { <Avatar name=&person.name src=src /> }.into_any()
}

/// A page of the workspace.
pub fn frame(
    context: &RequestContext,
    person: &Principal,
    section: Section,
    narrow: bool,
    content: impl IntoView,
) -> AnyView {
    let Site::Tenant(tenant) = &context.site else {
        return ().into_any();
    };
    let (branding, base) = (tenant.branding.clone(), context.base_path.clone());
    let name = tenant.name.clone();
    let home = context.href("/tickets");
    let current = move |here: Section| (here == section).then_some("page");
    let workspace_title = {
        let (branding, base, name) = (branding.clone(), base.clone(), name.clone());
        move || {
            view! {
                <Mark branding=branding base_path=base />
                <span class="truncate">{name}</span>
            }
        }
    };
    let admin = admin_sections(context, person, section);
    let nonce = use_nonce().map(|nonce| nonce.to_string()).unwrap_or_default();
    let forget_drafts = context.services.assets.file(SIGN_OUT_SCRIPT).to_owned();
    // The page of the plan says itself how it stands.
    let banner = if section == Section::Plan { None } else { crate::admin::plan::banner(context, person) };
    let main_class = if narrow { "page page--narrow" } else { "page" };
    view! {
        <div class="frame">
            <header class="topbar">
                <button class="button button--quiet button--icon" type="button" popovertarget="sidebar" aria-label="Menu">
                    <Icon name="menu" large=true />
                </button>
                <a class="topbar__name" href=home.clone()>{workspace_title.clone()()}</a>
            </header>
            <aside class="sidebar" id="sidebar" aria-label="Workspace" popover="auto">
                <a class="sidebar__workspace" href=home.clone()>{workspace_title()}</a>
                <search class="sidebar__search">
                    <form class="search" action=home.clone() method="get">
                        <Icon name="search" />
                        <label class="visually-hidden" for="sidebar-search">"Search all tickets"</label>
                        <input
                            class="input"
                            id="sidebar-search"
                            name="q"
                            type="search"
                            placeholder="Search"
                            autocomplete="off"
                        />
                        <ul class="quick-search" id="quick-search" aria-label="Tickets found" hidden=true></ul>
                        <LiveQuickSearch />
                    </form>
                </search>
                <nav class="sidebar__sections" aria-label="Main">
                    {sections(context, person, section)}
                    {admin}
                </nav>
                <button class="sidebar__person" type="button" popovertarget="person-menu">
                    {mine(context, person)}
                    <span class="truncate">{person.name.clone()}</span>
                    <Icon name="chevrons-up-down" />
                </button>
                <div class="menu menu--foot" id="person-menu" popover="auto">
                    <p class="menu__head">"Signed in as " {person.email.clone()}</p>
                    <a class="menu__item" href=context.href("/account/profile") aria-current=current(Section::Profile)>
                        <Icon name="user" />
                        "Profile"
                    </a>
                    <a class="menu__item" href=context.href("/account/security") aria-current=current(Section::Account)>
                        <Icon name="shield" />
                        "Security"
                    </a>
                    <form action=context.href("/sign-out") method="post" data-sign-out=person.account.to_string()>
                        <button class="menu__item" type="submit">
                            <Icon name="log-out" />
                            "Sign out"
                        </button>
                    </form>
                </div>
            </aside>
            {crate::desk::shortcuts::overlay(context, person)}
            <script type="module" nonce=nonce src=forget_drafts></script>
            <main class=main_class id="main" tabindex="-1">{banner} {due(context, person)} {unverified(context, person)} {content.into_any()}</main>
        </div>
    }
    .into_any()
}

/// The product's parts of the workspace.
fn sections(context: &RequestContext, person: &Principal, section: Section) -> AnyView {
    let news = context.news.get().copied().unwrap_or_default();
    view! { <ul>{items(context, Installed::entries(person, news), section)}</ul> }.into_any()
}

/// The reminder that the address is not proven to be the person's.
fn unverified(context: &RequestContext, person: &Principal) -> AnyView {
    if person.email_verified {
        return ().into_any();
    }
    view! {
        <div class="notice page__notice">
            <Icon name="mail" />
            <h2 class="notice__title">"Confirm your email address"</h2>
            <p>{format!("We sent a link to {}. Until you use it, we cannot be sure that you read mail there.", person.email)}</p>
            <form action=context.href(crate::account::SEND_VERIFICATION) method="post">
                <button class="button" type="submit">"Send again"</button>
            </form>
        </div>
    }
    .into_any()
}

/// The reminder that the workspace will ask for a second factor.
fn due(context: &RequestContext, person: &Principal) -> AnyView {
    let SecondFactor::DueBy(at) = person.second_factor else { return ().into_any() };
    view! {
        <div class="notice notice--warning page__notice">
            <Icon name="shield" />
            <p class="notice__title">{format!("From {} on, this workspace asks for a second factor", day(at))}</p>
            <p><a href=context.href(crate::account::SECOND_FACTOR)>"Add yours now"</a></p>
        </div>
    }
    .into_any()
}

/// The workspace's mark on top of a card.
pub fn brand_mark(context: &RequestContext) -> AnyView {
    match context.branding() {
        Some(branding) => mark(branding, context),
        None => view! {
            <a class="wordmark" href="/">
                <Icon name="rowhouse" large=true />
                "Rowhouse"
            </a>
        }
        .into_any(),
    }
}

fn mark(branding: &Branding, context: &RequestContext) -> AnyView {
    view! { <Mark branding=branding.clone() base_path=context.base_path.clone() large=true /> }.into_any()
}

/// A page of one card: `head` stands over `content`.
pub fn solo(context: &RequestContext, wide: bool, head: impl IntoView, content: impl IntoView) -> AnyView {
    let main_class = if wide { "solo__main solo__main--wide" } else { "solo__main" };
    let apex = context.public().apex();
    let foot = match &context.site {
        Site::Tenant(_) => view! {
            <span>{context.authority.clone()}{context.base_path.clone()}</span>
            <a href=format!("{apex}/find")>"Find another workspace"</a>
        }
        .into_any(),
        Site::Console => view! { <span>"Operators’ console"</span> }.into_any(),
        Site::Apex | Site::Nowhere => view! {
            <a href=format!("{apex}/sign-up")>"Create a workspace"</a>
            <a href=format!("{apex}/find")>"Find your workspace"</a>
        }
        .into_any(),
    };
    let background = welcome::background(context);
    view! {
        <div class=welcome::class(context)>
            {background}
            <main class=main_class id="main" tabindex="-1">
                <div class="solo__head">
                    <div class="solo__mark">{brand_mark(context)}</div>
                    {head.into_any()}
                </div>
                {content.into_any()}
            </main>
            <footer class="foot">{foot}<a href=apex>"Rowhouse"</a></footer>
        </div>
    }
    .into_any()
}
