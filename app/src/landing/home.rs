//! `GET /` of the apex.

use axum::response::Response;
use leptos::prelude::*;

use crate::{
    context::Context,
    ui::{Head, Icon, page},
};

pub(super) async fn show(context: Context) -> Response {
    page(&context, Head::new("A help desk at your own address").without_islands(), || {
        let domain = context.public().base_domain.clone();
        let houses = [
            ("A", "Acme", "acme", "Invoice address", "Upload fails"),
            ("G", "Globex", "globex", "Sign-in loops", "New owner"),
            ("I", "Initech", "initech", "Export stops", "Welcome mail"),
        ]
        .map(|(letter, name, slug, first, second)| {
            view! {
                <li class="house">
                    <svg class="house__roof" viewBox="0 0 100 40" preserveAspectRatio="none" aria-hidden="true">
                        <path d="M0 40 50 0l50 40" vector-effect="non-scaling-stroke"></path>
                    </svg>
                    <div class="house__wall">
                        <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
                            <rect class="mark__tile" x="0.5" y="0.5" width="31" height="31" rx="7"></rect>
                            <text class="mark__letter" x="16" y="22">{letter}</text>
                        </svg>
                        <b>{name}</b>
                        <span class="house__address">{format!("{slug}.{domain}")}</span>
                        <span class="house__ticket">{first}</span>
                        <span class="house__ticket">{second}</span>
                    </div>
                </li>
            }
        })
        .collect_view();
        let facts = [
            ("globe", "Your address", "Choose a name, and the workspace opens at once. Sign-in and sessions belong to that address alone."),
            ("database", "Your data", "The database itself checks every row against the workspace that asks. No other workspace can read yours."),
            ("palette", "Your colours", "Logo and accent are yours. Text stays readable in light and dark, whichever colour you pick."),
        ]
        .map(|(icon, title, text)| view! { <div><dt><Icon name=icon />{title}</dt><dd>{text}</dd></div> })
        .collect_view();
        view! {
            <div class="landing">
                <header class="landing__head">
                    <a class="wordmark" href="/"><Icon name="rowhouse" large=true />"Rowhouse"</a>
                    <nav class="button-row" aria-label="Main">
                        <a class="button button--quiet" href="/find">"Find your workspace"</a>
                        <a class="button" href="/sign-up">"Sign up"</a>
                    </nav>
                </header>
                <main class="landing__main" id="main" tabindex="-1">
                    <div class="landing__text">
                        <h1>"A help desk at your own address"</h1>
                        <p>"Your team answers tickets in a workspace that carries your name and colours. It stands next to others, with a wall between."</p>
                        <div class="button-row">
                            <a class="button button--primary" href="/sign-up">"Create a workspace"</a>
                            <a class="button" href="/find">"Find your workspace"</a>
                        </div>
                    </div>
                    <ul class="houses" aria-label="Three workspaces as an example">{houses}</ul>
                    <dl class="landing__facts">{facts}</dl>
                </main>
            </div>
        }
    })
}
