//! Showing a second factor: in the middle of signing in, and later, where the workspace asks somebody for it who is in.

mod owed;
mod sign_in;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use leptos::prelude::*;
use rowhouse_platform::{
    access::ProveIdentity,
    identity::{
        second_factor::{Answer, Miss},
        throttle::Throttled,
    },
};
use serde::Deserialize;

use crate::{
    context::RequestContext,
    routes::{Gate, SiteRoutes, query_string},
    ui::{
        FieldErrors, Head, Icon,
        form::{TextField, summary},
        frame::solo,
        page,
    },
};

/// Adds the pages to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    let own = Gate::of::<ProveIdentity>();
    site.get("/sign-in/second-factor", Gate::Public, sign_in::show)
        .post("/sign-in/second-factor", Gate::Public, sign_in::submit)
        .get(super::SECOND_FACTOR, own, owed::show)
        .post(super::SECOND_FACTOR, own, owed::submit)
}

/// What is shown, and where to go afterwards.
#[derive(Default, Deserialize)]
struct Asked {
    #[serde(default)]
    with: String,
    #[serde(default)]
    next: String,
}

impl Asked {
    fn with_recovery_code(&self) -> bool {
        self.with == "recovery"
    }

    /// The same page, asked for the other kind of code.
    fn other(&self, page: &str) -> String {
        let mut pairs = Vec::new();
        if !self.with_recovery_code() {
            pairs.push(("with", "recovery".to_owned()));
        }
        if !self.next.is_empty() {
            pairs.push(("next", self.next.clone()));
        }
        format!("{page}{}", query_string(&pairs))
    }
}

/// What was typed.
#[derive(Deserialize)]
struct Fields {
    code: String,
    #[serde(flatten)]
    asked: Asked,
}

impl Fields {
    fn answer(&self) -> Answer<'_> {
        // No code is longer; checking more would only cost.
        let typed = self.code.get(..100).unwrap_or(&self.code);
        if self.asked.with_recovery_code() { Answer::RecoveryCode(typed) } else { Answer::Code(typed) }
    }
}

/// What the last attempt came to.
enum Outcome {
    None,
    Missing,
    Missed(Miss),
}

/// The page that asks for a code, at the path `here`; `asked` keeps what kind of code and where to go afterwards.
fn render(context: &RequestContext, here: &str, asked: &Asked, outcome: &Outcome) -> Response {
    let recovery = asked.with_recovery_code();
    let mut errors = FieldErrors::default();
    let (status, notice) = match outcome {
        Outcome::None => (StatusCode::OK, ().into_any()),
        Outcome::Missing => {
            errors.add("code", if recovery { "Enter a recovery code." } else { "Enter the code." });
            (StatusCode::UNPROCESSABLE_ENTITY, summary(&errors))
        }
        Outcome::Missed(Miss::Wrong) => {
            errors.add("code", wrong(recovery));
            (StatusCode::UNPROCESSABLE_ENTITY, summary(&errors))
        }
        Outcome::Missed(Miss::Throttled(wait)) => (StatusCode::TOO_MANY_REQUESTS, throttled(*wait)),
    };
    let title = if recovery { "Use a recovery code" } else { "Enter the code of your app" };
    let mut response = page(context, Head::new(title).without_islands().with_status(status), || {
        let content = view! {
            <div class="card stack">
                {notice}
                <form class="form" action=context.href(here) method="post">
                    <input type="hidden" name="next" value=asked.next.clone() />
                    <input type="hidden" name="with" value=if recovery { "recovery" } else { "" } />
                    {field(recovery, &errors)}
                    <button class="button button--primary button--wide" type="submit">"Confirm"</button>
                </form>
            </div>
            <p class="solo__aside">
                <a href=context.href(&asked.other(here))>
                    {if recovery { "Use the authenticator app" } else { "Use a recovery code" }}
                </a>
            </p>
        };
        solo(context, false, view! { <h1>{title}</h1> }, content)
    });
    if let Outcome::Missed(Miss::Throttled(wait)) = outcome {
        let seconds = HeaderValue::from(wait.wait.whole_seconds().max(1).unsigned_abs());
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

/// The field for one kind of code or the other.
fn field(recovery: bool, errors: &FieldErrors) -> AnyView {
    if recovery {
        let help = "One of the codes that you kept when you set up the app. Each works once.";
        return view! {
            <TextField id="code" label="Recovery code" value="" errors=errors maxlength=100 autofocus=true help=help />
        }
        .into_any();
    }
    view! {
        <TextField
            id="code"
            label="Code"
            value=""
            errors=errors
            autocomplete="one-time-code"
            inputmode="numeric"
            maxlength=12
            autofocus=true
            help="The six digits that your authenticator app shows now."
        />
    }
    .into_any()
}

fn wrong(recovery: bool) -> &'static str {
    if recovery {
        "This is none of your recovery codes, or it was used before."
    } else {
        "That code is not right, or was used before. Wait for the next one; the clock of your phone must be right."
    }
}

fn throttled(wait: Throttled) -> AnyView {
    let wait = wait.wait_in_words();
    view! {
        <div class="notice notice--warning" role="alert" id="errors" tabindex="-1">
            <Icon name="hourglass" />
            <h2 class="notice__title">"Too many wrong codes"</h2>
            <p>{format!("Codes of the app are not taken for {wait}. A recovery code works now.")}</p>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_kind_of_code_keeps_where_to_go() {
        let asked = |with: &str, next: &str| Asked { with: with.to_owned(), next: next.to_owned() };
        assert_eq!(asked("", "").other("/x"), "/x?with=recovery");
        assert_eq!(asked("", "/tickets?q=a").other("/x"), "/x?with=recovery&next=%2Ftickets%3Fq%3Da");
        assert_eq!(asked("recovery", "").other("/x"), "/x");
    }
}
