//! What stands around every page of the console, so that nobody takes it for a workspace.

use leptos::prelude::*;
use rowhouse_platform::operator::Operator;

use crate::{context::RequestContext, ui::Icon};

/// What is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Tenants,
    Audit,
    Account,
}

impl Section {
    const ALL: [(Self, &'static str, &'static str); 3] =
        [(Self::Tenants, "Tenants", "/"), (Self::Audit, "Audit log", "/audit"), (Self::Account, "Account", "/account")];
}

/// A page of the console.
pub(super) fn frame(
    context: &RequestContext,
    operator: &Operator,
    section: Section,
    narrow: bool,
    content: impl IntoView,
) -> AnyView {
    let links = Section::ALL
        .map(|(one, label, path)| {
            let current = (one == section).then_some("page");
            view! { <li><a class="tabs__link" href=context.href(path) aria-current=current>{label}</a></li> }
        })
        .collect_view();
    let main_class = if narrow { "page page--narrow console__page" } else { "page console__page" };
    view! {
        <div class="console">
            <header class="console__bar">
                <a class="console__name" href=context.href("/")>
                    <Icon name="rowhouse" />
                    "Rowhouse"
                    <span class="console__mark">"Console"</span>
                </a>
                <nav class="tabs console__nav" aria-label="Main"><ul class="tabs__list">{links}</ul></nav>
                <form class="console__person" action=context.href("/sign-out") method="post">
                    <span class="truncate">{operator.email.clone()}</span>
                    <button class="button button--quiet" type="submit">"Sign out"</button>
                </form>
            </header>
            <main class=main_class id="main" tabindex="-1">{content.into_any()}</main>
        </div>
    }
    .into_any()
}
