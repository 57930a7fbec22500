//! From a view to the answer that a browser gets.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use leptos::{
    config::LeptosOptions,
    hydration::HydrationScripts,
    nonce::{provide_nonce, use_nonce},
    prelude::*,
};
use rowhouse_platform::branding::Branding;

use super::{Icon, flash, time::reader};
use crate::{context::RequestContext, error::PageError, routes::set_cookie};

/// What a page says about itself.
#[derive(Debug, Clone)]
pub struct Head {
    /// Its title; the workspace's name is put behind it.
    pub title: String,
    /// The status it is answered with.
    pub status: StatusCode,
    /// Whether it has an island: the browser half is loaded for these alone.
    pub has_islands: bool,
    /// Styles of this page alone, for previews. Only values of our own formatting.
    pub extra_css: Option<String>,
    /// Plain scripts that it loads: modules of `public/`, for what no island is needed for.
    pub scripts: Vec<&'static str>,
    /// Whether it shows other pages of this site in frames.
    pub has_frames: bool,
    /// Where it leads by itself at once, without a script.
    pub leads_to: Option<String>,
    /// Where its forms may be sent, as `form-action` says it; none: to this site.
    pub form_targets: Option<&'static str>,
}

impl Head {
    /// A page that answers 200.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            status: StatusCode::OK,
            has_islands: true,
            extra_css: None,
            has_frames: false,
            scripts: Vec::new(),
            leads_to: None,
            form_targets: None,
        }
    }

    /// The same page with another status: 422 for a form that is shown again with its errors.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The same page, which has no island.
    #[must_use]
    pub fn without_islands(mut self) -> Self {
        self.has_islands = false;
        self
    }

    /// The same page, which shows others of this site in frames.
    #[must_use]
    pub fn with_frames(mut self) -> Self {
        self.has_frames = true;
        self
    }

    /// The same page with styles of its own.
    #[must_use]
    pub fn with_css(mut self, css: String) -> Self {
        self.extra_css = Some(css);
        self
    }

    /// The same page, which leads elsewhere by itself at once. Not a redirect: browsers hold those that answer a form
    /// against `form-action`, and would not go to another site.
    #[must_use]
    pub fn leading_to(mut self, address: impl Into<String>) -> Self {
        self.leads_to = Some(address.into());
        self
    }

    /// The same page, whose forms go elsewhere.
    #[must_use]
    pub fn with_form_targets(mut self, targets: &'static str) -> Self {
        self.form_targets = Some(targets);
        self
    }

    /// The same page with a script of `public/`.
    #[must_use]
    pub fn with_script(mut self, name: &'static str) -> Self {
        self.scripts.push(name);
        self
    }
}

/// Renders a page. `body` is called with the reactive owner that views need.
///
/// The answer is private to the person, is never stored, and says by its Content-Security-Policy that only scripts and
/// styles with this answer's nonce may run.
pub fn page<V: IntoView + 'static>(context: &RequestContext, head: Head, body: impl FnOnce() -> V) -> Response {
    let shared = std::sync::Arc::new(hydration_context::SsrSharedContext::new_islands());
    let owner = Owner::new_root(Some(shared));
    let rendered = owner.with(|| {
        provide_nonce();
        provide_context(context.reader.get().cloned().unwrap_or_default());
        let nonce = use_nonce().map(|nonce| nonce.to_string()).unwrap_or_default();
        let flash = context.flash.map(flash::Flash::text);
        (document(context, &head, &nonce, flash, body().into_any()), nonce)
    });
    owner.unset_with_forced_cleanup();
    let (html, nonce) = rendered;

    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self' \
         'nonce-{nonce}'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action {forms}; \
         base-uri 'none'; frame-ancestors 'none'{frames}",
        frames = if head.has_frames { "; frame-src 'self'" } else { "" },
        forms = head.form_targets.map_or_else(|| form_targets(context), ToOwned::to_owned),
    );
    let Ok(policy) = HeaderValue::from_str(&policy) else {
        return PageError::internal("the content security policy is not a header value").into_response();
    };
    let mut response = (
        head.status,
        [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
            (header::CONTENT_SECURITY_POLICY, policy),
        ],
        html,
    )
        .into_response();
    if context.flash.is_some() {
        set_cookie(&mut response, flash::COOKIE, "", Some(0));
    }
    response
}

/// Where a form's answer may lead: from the apex, sign-up leads to the new workspace's own host, and browsers hold
/// redirects against `form-action` too.
fn form_targets(context: &RequestContext) -> String {
    match context.site {
        crate::context::Site::Apex => format!("'self' {}", context.public().tenant("*")),
        _ => "'self'".to_owned(),
    }
}

fn document(context: &RequestContext, head: &Head, nonce: &str, flash: Option<&'static str>, body: AnyView) -> String {
    let assets = &context.services.assets;
    let css = context.branding().map(|branding| format!(":root{{{}}}", branding.css));
    let css = [css, head.extra_css.clone()].into_iter().flatten().collect::<String>();
    // A script that reads the page has styles already, and the browser would complain of these: their nonce is not that of
    // the page which is shown.
    let style = (!context.is_fetched).then(|| view! { <style nonce=nonce.to_owned()>{css}</style> });
    let title = match &context.site {
        crate::context::Site::Tenant(tenant) => format!("{} · {}", head.title, tenant.name),
        crate::context::Site::Console => format!("{} · Rowhouse console", head.title),
        crate::context::Site::Apex | crate::context::Site::Nowhere => format!("{} · Rowhouse", head.title),
    };
    let scripts = head.has_islands.then(|| {
        let options = LeptosOptions::builder().output_name(assets.output_name.as_str()).build();
        view! { <HydrationScripts options islands=true /> }
    });
    let modules = head
        .scripts
        .iter()
        .map(|name| view! { <script type="module" nonce=nonce.to_owned() src=assets.file(name).to_owned()></script> })
        .collect_view();
    let refresh = head
        .leads_to
        .as_ref()
        .map(|address| view! { <meta http-equiv="refresh" content=format!("0;url={address}") /> });
    let fonts = assets
        .fonts
        .iter()
        .map(|font| view! { <link rel="preload" href=font.clone() r#as="font" r#type="font/woff2" crossorigin="anonymous" /> })
        .collect_view();
    let toast = flash.map(|text| {
        view! {
            <div class="toast" role="status">
                <Icon name="circle-check" />
                <p>{text}</p>
            </div>
        }
    });
    // Scripts write times as the page does.
    let reader = reader();
    let html = view! {
        <html
            lang="en"
            dir="ltr"
            data-base=context.base_path.clone()
            data-locale=reader.locale.tag()
            data-zone=reader.zone.name().to_owned()
        >
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                {refresh}
                <title>{title}</title>
                {fonts}
                <link rel="stylesheet" href=assets.css.clone() />
                <link rel="icon" href=favicon(context) />
                {style}
                {scripts}
                {modules}
            </head>
            <body>
                <a class="skip-link visually-hidden" href="#main">
                    "Skip to content"
                </a>
                {body}
                {toast}
            </body>
        </html>
    }
    .to_html();
    format!("<!doctype html>{html}")
}

/// The workspace's favicon, which follows its branding.
fn favicon(context: &RequestContext) -> String {
    match context.branding().map(|branding| (&branding.logo, &branding.accent)) {
        Some((Some(logo), _)) => context.href(&format!("/brand/favicon/{}.png", logo.hash)),
        Some((None, accent)) => {
            let version = accent.map_or_else(String::new, |colour| colour.to_string());
            context.href(&format!("/brand/mark.svg?{}", version.trim_start_matches('#')))
        }
        None => context.services.assets.file("favicon.svg").to_owned(),
    }
}

/// The mark of a workspace: its logo, or its letters on its colour.
#[component]
pub fn Mark(
    /// The workspace's branding.
    branding: Branding,
    /// What comes before each path of this site.
    base_path: String,
    /// Twice the size.
    #[prop(optional)]
    large: bool,
) -> impl IntoView {
    let class = if large { "mark mark--large" } else { "mark" };
    let size = if large { "48" } else { "24" };
    if let Some(logo) = branding.logo {
        let src = format!("{base_path}/brand/logo/{}.png", logo.hash);
        return view! { <img class=class src=src width=size height=size alt="" /> }.into_any();
    }
    view! {
        <svg class=class viewBox="0 0 32 32" aria-hidden="true">
            <rect class="mark__tile" x="0.5" y="0.5" width="31" height="31" rx="7"></rect>
            <text class="mark__letter" x="16" y="22">
                {branding.initials.to_string()}
            </text>
        </svg>
    }
    .into_any()
}
