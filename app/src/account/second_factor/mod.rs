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
    audit::{self, Act, Action},
    db::{DbError, TenantTx},
    id::AccountId,
    identity::{
        account, recovery_codes,
        second_factor::{Answer, Miss},
        throttle::Throttled,
    },
    mail::{self, Letter},
};
use serde::Deserialize;

use super::passkeys::{self, Prompt};
use crate::{
    context::RequestContext,
    error::PageError,
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
pub(crate) struct Asked {
    #[serde(default)]
    with: String,
    #[serde(default)]
    pub(crate) next: String,
    /// A passkey is asked for as well: the person has one for this host.
    #[serde(skip)]
    passkey: Option<Prompt>,
}

impl Asked {
    /// Finds out whether a passkey can be asked for.
    async fn with_passkey(
        mut self,
        (context, tx): (&RequestContext, &mut TenantTx),
        account: AccountId,
        prompt: Prompt,
    ) -> Result<Self, DbError> {
        self.passkey = passkeys::has_one_here(tx, context, account).await?.then_some(prompt);
        Ok(self)
    }

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
pub(crate) struct Fields {
    pub(crate) code: String,
    #[serde(flatten)]
    pub(crate) asked: Asked,
}

impl Fields {
    pub(crate) fn answer(&self) -> Answer<'_> {
        // No code is longer; checking more would only cost.
        let typed = self.code.get(..100).unwrap_or(&self.code);
        if self.asked.with_recovery_code() { Answer::RecoveryCode(typed) } else { Answer::Code(typed) }
    }
}

/// What the last attempt came to.
pub(crate) enum Outcome {
    None,
    Missing,
    Missed(Miss),
}

/// The page that asks for a code, at the path `here`; `asked` keeps what kind of code and where to go afterwards.
pub(crate) fn render(context: &RequestContext, here: &str, asked: &Asked, outcome: &Outcome) -> Response {
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
    let mut head = Head::new(title).without_islands().with_status(status);
    if asked.passkey.is_some() {
        head = head.with_script(passkeys::SCRIPT);
    }
    let mut response = page(context, head, || {
        let passkey = asked.passkey.map(|prompt| passkeys::prompt(context, prompt, &asked.next));
        let content = view! {
            <div class="card stack">
                {notice}
                <form class="form" action=context.href(here) method="post">
                    <input type="hidden" name="next" value=asked.next.clone() />
                    <input type="hidden" name="with" value=if recovery { "recovery" } else { "" } />
                    {field(recovery, &errors)}
                    <button class="button button--primary button--wide" type="submit">"Confirm"</button>
                </form>
                {passkey}
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

/// Whoever lost the app learns that a code is gone; so does its owner, if it was somebody else.
async fn tell_of_recovery_code(
    tx: &mut TenantTx,
    context: &RequestContext,
    account: AccountId,
) -> Result<(), PageError> {
    let (name, email) = account::name_and_email(tx, account).await?.unwrap_or_default();
    let left = recovery_codes::left(tx, account).await?;
    let what = match left {
        0 => "The last recovery code was used".to_owned(),
        1 => "A recovery code was used; 1 is left".to_owned(),
        left => format!("A recovery code was used; {left} are left"),
    };
    let ambient = &context.services.ambient;
    let letter = Letter::SecondFactorChanged { what, when: ambient.now() };
    mail::queue(tx, ambient, &context.letterhead()?, &email, &letter).await?;
    let act = Act::by_account(account, name, email, Action::RecoveryCodeUsed);
    audit::record(tx, &context.scribe(), act.change((), serde_json::json!({ "left": left }))).await?;
    Ok(())
}

/// Records an answer that does not count. One that comes while none is taken says nothing new: of those, one a window.
async fn record_miss(
    tx: &mut TenantTx,
    context: &RequestContext,
    miss: Miss,
    account: AccountId,
    act: Act,
) -> Result<(), DbError> {
    let scribe = context.scribe();
    if miss == Miss::Wrong {
        return audit::record(tx, &scribe, act.because("The second factor was wrong.")).await;
    }
    let (key, window) = (account.to_string(), context.services.sign_in_limits.account.window);
    let act = act.because("There were too many wrong second factors.");
    audit::record_once(tx, &scribe, &["second factor throttled", &key], window, act).await
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
        let asked = |with: &str, next: &str| Asked { with: with.to_owned(), next: next.to_owned(), passkey: None };
        assert_eq!(asked("", "").other("/x"), "/x?with=recovery");
        assert_eq!(asked("", "/tickets?q=a").other("/x"), "/x?with=recovery&next=%2Ftickets%3Fq%3Da");
        assert_eq!(asked("recovery", "").other("/x"), "/x");
    }
}
