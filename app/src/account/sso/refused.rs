//! The page for somebody whose sign-in at the provider was refused: what to do, and a reference by which their admin
//! finds what exactly was wrong. That itself is not for everybody who can send a message here.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    identity::policy::{self, Method},
    sso::{Purpose, Reason},
};

use crate::{
    account::{CONFIRM, sign_in},
    context::RequestContext,
    error::PageError,
    ui::{Head, frame::solo, page},
};

/// What was refused.
#[derive(Debug, Clone)]
pub struct Attempt<'a> {
    /// What the connection is called.
    pub name: &'a str,
    /// What it was for.
    pub purpose: Purpose,
    /// Why it was refused.
    pub reason: Reason,
    /// The trace, or the request where there is none.
    pub reference: &'a str,
    /// Where the same is begun again; none where that leads nowhere.
    pub again: Option<String>,
    /// Where the person wanted to go.
    pub next: &'a str,
}

/// The page.
///
/// # Errors
/// What the database said.
pub async fn refused(context: &RequestContext, attempt: Attempt<'_>) -> Result<Response, PageError> {
    let mut tx = context.services.database.begin(&context.tenant()?.home).await?;
    let policy = policy::load(&mut tx).await?;
    tx.commit().await?;
    let other_ways = [Method::Password, Method::MagicLink, Method::Passkey].iter().any(|way| policy.allows(*way));
    let (title, what, remedy) = words(attempt.name, attempt.reason);
    let other = match attempt.purpose {
        Purpose::SignIn | Purpose::IdpInitiated | Purpose::Logout if other_ways => {
            Some((sign_in::address(context, attempt.next), "Other ways to sign in"))
        }
        Purpose::Confirm => Some((sign_in::leading_back(context, CONFIRM, attempt.next), "Confirm in another way")),
        Purpose::Link | Purpose::Test => Some((context.href(attempt.next), "Go back")),
        Purpose::SignIn | Purpose::IdpInitiated | Purpose::Logout => None,
    };
    let again = if attempt.reason.is_about_person() { "Sign in there as somebody else" } else { "Try again" };
    let reference = attempt.reference.to_owned();
    let head = Head::new(title.clone()).without_islands().with_status(status(attempt.reason));
    Ok(page(context, head, || {
        let content = view! {
            <div class="card stack">
                <p>{what}</p>
                <p>{remedy}</p>
                {attempt.again.map(|address| view! {
                    <a class="button button--primary button--wide" href=address>{again}</a>
                })}
                {other.map(|(address, label)| view! { <a class="button button--wide" href=address>{label}</a> })}
            </div>
            <p class="request-id">"Reference " <code>{reference}</code></p>
        };
        solo(context, false, view! { <h1>{title}</h1> }, content)
    }))
}

/// The status to answer with: whose fault it is.
fn status(reason: Reason) -> StatusCode {
    match reason {
        Reason::Malformed => StatusCode::BAD_REQUEST,
        Reason::ProviderUnreachable | Reason::ProviderRefused | Reason::ProviderAnswer => StatusCode::BAD_GATEWAY,
        _ => StatusCode::FORBIDDEN,
    }
}

/// Title, what happened, what to do.
#[expect(clippy::too_many_lines, reason = "one row a kind of reason; apart they would be harder to compare")]
fn words(name: &str, reason: Reason) -> (String, String, String) {
    let ask = "Tell an admin of this workspace the reference below: they see what exactly was wrong.";
    let all = |title: &str, what: String, remedy: &str| (title.to_owned(), what, remedy.to_owned());
    match reason {
        Reason::Off | Reason::Settings => all(
            "This way in is closed",
            format!("Signing in with {name} is switched off, or not set up completely."),
            "Use another way, or ask an admin of this workspace.",
        ),
        Reason::UnknownState | Reason::OtherBrowser | Reason::Expired => all(
            "Begin the sign-in again",
            "It took too long, was finished before, or was begun in another browser.".to_owned(),
            "Begin again here, and finish in the same window.",
        ),
        Reason::Unsolicited => all(
            "Begin at this workspace",
            format!("This workspace does not take sign-ins that begin at {name}."),
            "Begin at the sign-in page of this workspace.",
        ),
        Reason::ProviderError | Reason::Status => all(
            "You were not signed in",
            format!("{name} did not sign you in. It may have been cancelled, or you may not use this workspace there."),
            "Try again. If it stays, ask those who run it for access to this workspace.",
        ),
        Reason::ProviderUnreachable | Reason::ProviderRefused | Reason::ProviderAnswer => all(
            "The provider does not answer",
            format!("{name} cannot be reached, or does not answer as it should."),
            "Try again in a few minutes. If it stays, tell an admin of this workspace the reference below.",
        ),
        Reason::Malformed => all(
            "The answer cannot be read",
            format!("What came back from {name} is not what was expected."),
            "Begin again. If it stays, tell an admin of this workspace the reference below.",
        ),
        Reason::NoEmail | Reason::EmailUnverified | Reason::Subject => all(
            "Your address is missing",
            format!("{name} does not say who you are, or does not vouch for your email address."),
            ask,
        ),
        Reason::ForeignDomain => all(
            "Your address is of another company",
            format!("{name} may only let in people with an address of this workspace’s own domains."),
            ask,
        ),
        Reason::NoAccount => all(
            "You have no account here",
            format!("{name} signed you in, and this workspace has no account for you."),
            "Ask an admin of this workspace to add you.",
        ),
        Reason::Deactivated => all(
            "Your account is deactivated",
            "An admin of this workspace has deactivated it.".to_owned(),
            "Ask them to reactivate it.",
        ),
        Reason::OwnerNotVouched => all(
            "Owners come in another way",
            format!("No owner has switched {name} on as it is set up now, so it lets no owner in."),
            "Sign in another way, then switch the connection off and on again.",
        ),
        Reason::OtherIdentity => all(
            "This account belongs to somebody else there",
            format!("The account with your address is connected with another person at {name}."),
            ask,
        ),
        Reason::OtherPerson => all(
            "That is somebody else",
            format!("At {name}, another person is signed in than here."),
            "Sign out there, and sign in as the person you are here.",
        ),
        Reason::Stale => all(
            "Your credentials were not asked for",
            format!("{name} did not ask you to show again who you are."),
            "Try again, or confirm in another way.",
        ),
        Reason::Policy => all(
            "You cannot sign in this way",
            "This workspace does not allow this way in, or not from your network.".to_owned(),
            "Use your company’s network or another way, or ask an owner of the workspace.",
        ),
        Reason::SeatLimit => all(
            "The workspace is full",
            "Its plan allows no more people.".to_owned(),
            "Ask an admin of this workspace to make room.",
        ),
        Reason::Time => all(
            "The answer came too late, or too early",
            format!("What {name} sent is not valid at this time. It was kept too long, or a clock is wrong."),
            "Try again. If it stays, tell an admin of this workspace the reference below.",
        ),
        Reason::Forbidden
        | Reason::Unsigned
        | Reason::Signature
        | Reason::Algorithm
        | Reason::UnknownKey
        | Reason::Decryption
        | Reason::NotEncrypted
        | Reason::Issuer
        | Reason::Audience
        | Reason::Destination
        | Reason::Recipient
        | Reason::InResponseTo
        | Reason::Nonce
        | Reason::Replay => all(
            "The sign-in could not be checked",
            format!("What came back from {name} did not pass this workspace’s checks."),
            "Begin again. If it stays, tell an admin of this workspace the reference below.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_reason_is_told_in_its_own_words() {
        for reason in Reason::ALL {
            let (title, what, remedy) = words("Acme Okta", *reason);
            for text in [&title, &what, &remedy] {
                // A word with an underscore is the program's own; the others are plain English.
                assert!(!reason.as_str().contains('_') || !text.contains(reason.as_str()), "{text}");
                for inside in ["SAML", "assertion", "token", "signature", "nonce", "issuer", "audience"] {
                    assert!(!text.to_lowercase().contains(&inside.to_lowercase()), "{text}");
                }
            }
            assert!(title.len() < 60 && !what.is_empty() && !remedy.is_empty(), "{title}");
        }
    }
}
