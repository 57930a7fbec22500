//! What was checked at a sign-in, step by step, and why it was refused.

use serde::{Deserialize, Serialize};

/// Most bytes that are kept of what was received.
const RECEIVED_BYTES: usize = 32_768;
/// And of a message whose signature is not verified.
const UNVERIFIED_BYTES: usize = 4_096;
/// Most characters of the words of a step: part of them may come from outside.
const WORDS_LENGTH: usize = 2_000;

/// What somebody goes to the provider for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To sign in.
    SignIn,
    /// The provider began by itself (SAML).
    IdpInitiated,
    /// An admin tries the connection.
    Test,
    /// Somebody who is in shows again that it is them.
    Confirm,
    /// Somebody who is in connects their account.
    Link,
    /// To sign out.
    Logout,
}

impl Purpose {
    const ALL: [Self; 6] = [Self::SignIn, Self::IdpInitiated, Self::Test, Self::Confirm, Self::Link, Self::Logout];

    /// The word kept in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::IdpInitiated => "idp_initiated",
            Self::Test => "test",
            Self::Confirm => "confirm",
            Self::Link => "link",
            Self::Logout => "logout",
        }
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::SignIn => "Sign-in",
            Self::IdpInitiated => "Sign-in begun by the provider",
            Self::Test => "Test",
            Self::Confirm => "Confirmation",
            Self::Link => "Connecting an account",
            Self::Logout => "Sign-out",
        }
    }

    /// Reads the word kept in the database.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == word)
    }
}

/// One row a reason: its name, the word in the database and in metrics, what people read in lists.
macro_rules! reasons {
    ($($name:ident $word:literal $label:literal;)*) => {
        /// Why a sign-in was refused, in one word. What exactly was wrong stands in the words of [`Refused`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Reason {
            $(#[doc = $label] $name,)*
        }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The word kept in the database.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            /// What people read.
            pub fn label(self) -> &'static str {
                match self {
                    $(Self::$name => $label,)*
                }
            }

            /// Whether it is about who was signed in at the provider: as somebody else, a person may come in.
            pub fn is_about_person(self) -> bool {
                matches!(
                    self,
                    Self::NoEmail | Self::ForeignDomain | Self::NoAccount | Self::OtherIdentity | Self::OtherPerson
                )
            }

            /// Reads the word kept in the database.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|reason| reason.as_str() == word)
            }
        }
    };
}

reasons! {
    // The way there and back.
    Off "connection_off" "The connection is not switched on";
    Settings "settings" "The connection is not set up completely";
    UnknownState "unknown_state" "The sign-in was not begun here, or was finished before";
    OtherBrowser "other_browser" "The sign-in was begun in another browser";
    Expired "expired" "The sign-in took too long";
    ProviderError "provider_error" "The provider answered with an error";
    ProviderUnreachable "provider_unreachable" "The provider cannot be reached";
    ProviderRefused "provider_refused" "The provider’s address is not allowed";
    ProviderAnswer "provider_answer" "The provider’s answer cannot be read";
    // What was received.
    Malformed "malformed" "The message cannot be read";
    Forbidden "forbidden_construct" "The message holds something that is never allowed";
    Unsigned "unsigned" "What has to be signed is not";
    Signature "signature" "The signature does not match";
    Algorithm "algorithm" "The algorithm is not allowed";
    UnknownKey "unknown_key" "The key is not one of the provider’s";
    Decryption "decryption" "It cannot be decrypted";
    NotEncrypted "not_encrypted" "It is not encrypted";
    Issuer "issuer" "It is from another issuer";
    Audience "audience" "It is for somebody else";
    Destination "destination" "It is addressed elsewhere";
    Recipient "recipient" "It is for another address";
    InResponseTo "in_response_to" "It answers another request";
    Unsolicited "unsolicited" "The provider began by itself, which is switched off";
    Nonce "nonce" "The nonce is another";
    Time "time" "It is too old, or from the future";
    Replay "replay" "It was used before";
    Status "status" "The provider did not sign the person in";
    Subject "subject" "It does not say who it is";
    Stale "stale" "The person did not show credentials again";
    // Who it is.
    NoEmail "no_email" "It holds no email address";
    EmailUnverified "email_unverified" "The provider does not vouch for the address";
    ForeignDomain "foreign_domain" "The address is not of the connection’s domains";
    NoAccount "no_account" "The person has no account, and none is made";
    Deactivated "deactivated" "The account is deactivated";
    OwnerNotVouched "owner_not_vouched" "No owner switched the connection on, and this is an owner";
    OtherIdentity "other_identity" "The account belongs to another person there";
    OtherPerson "other_person" "It is another person than the one signed in";
    Policy "policy" "The workspace’s policy does not allow it";
    SeatLimit "seat_limit" "The workspace is full";
}

/// A refusal: the reason, and what was wrong in words for the admin. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {words}", reason.as_str())]
pub struct Refused {
    /// Why.
    pub reason: Reason,
    /// What exactly, and what would be right.
    pub words: String,
}

impl Refused {
    /// A refusal.
    pub fn new(reason: Reason, words: impl Into<String>) -> Self {
        Self { reason, words: words.into() }
    }
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What was checked, such as “Audience”.
    pub check: String,
    /// Whether it was right.
    pub passed: bool,
    /// What was found, in words.
    pub words: String,
}

/// What was received, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// What it is, such as “ID token” or “Assertion”.
    pub what: String,
    /// JSON or XML, for reading.
    pub text: String,
}

/// What was checked at a sign-in, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The checks.
    pub steps: Vec<Step>,
    /// What was received.
    pub received: Vec<Received>,
}

/// Values as a report names them: the first ten. `shown` makes one fit to stand in a sentence.
pub(super) fn listed(values: &[String], shown: impl Fn(&str) -> String) -> String {
    let mut names: Vec<String> = values.iter().take(10).map(|value| format!("“{}”", shown(value))).collect();
    if values.len() > names.len() {
        names.push(format!("{} more", values.len() - names.len()));
    }
    names.join(", ")
}

impl Report {
    /// Notes a check that was right.
    pub fn passed(&mut self, check: impl Into<String>, words: impl Into<String>) {
        self.steps.push(Step { check: check.into(), passed: true, words: kept(&words.into()) });
    }

    /// Notes the groups that were found as `name`, by which rules may be written: how many, and the first ten. `shown` makes
    /// one fit to stand in a sentence.
    pub(super) fn groups(&mut self, name: &str, groups: &[String], shown: impl Fn(&str) -> String) {
        let count = match groups.len() {
            1 => "1 group was".to_owned(),
            count => format!("{count} groups were"),
        };
        self.passed("Groups", format!("{count} found as “{}”: {}.", shown(name), listed(groups, shown)));
    }

    /// Notes a check that was wrong, and answers the refusal.
    pub fn refuse(&mut self, check: impl Into<String>, reason: Reason, words: impl Into<String>) -> Refused {
        let words = kept(&words.into());
        self.steps.push(Step { check: check.into(), passed: false, words: words.clone() });
        Refused { reason, words }
    }

    /// Notes a check: right with `right`, or wrong with the refusal of `reason` and `wrong`.
    ///
    /// # Errors
    /// The refusal.
    pub fn check(
        &mut self,
        check: &str,
        holds: bool,
        right: impl Into<String>,
        reason: Reason,
        wrong: impl Into<String>,
    ) -> Result<(), Refused> {
        if holds {
            self.passed(check, right);
            Ok(())
        } else {
            Err(self.refuse(check, reason, wrong))
        }
    }

    /// Keeps what was received; what stands there of the same name, from before it was verified, is replaced. The caller
    /// has taken out tokens, codes and keys.
    pub fn received(&mut self, what: impl Into<String>, text: &str) {
        self.keep(what.into(), text, RECEIVED_BYTES);
    }

    /// The same of what anybody may have sent: so much as shows what it is.
    pub fn received_unverified(&mut self, what: impl Into<String>, text: &str) {
        self.keep(what.into(), text, UNVERIFIED_BYTES);
    }

    fn keep(&mut self, what: String, text: &str, most: usize) {
        let mut end = text.len().min(most);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let cut = if end < text.len() { "\n…" } else { "" };
        let text = format!("{}{cut}", text[..end].replace('\0', "\u{fffd}"));
        match self.received.iter_mut().find(|received| received.what == what) {
            Some(received) => received.text = text,
            None => self.received.push(Received { what, text }),
        }
    }
}

/// Words as they are kept: at most so many characters, and none that `PostgreSQL` cannot hold.
fn kept(words: &str) -> String {
    let mut signs = words.chars();
    let mut kept: String =
        signs.by_ref().take(WORDS_LENGTH).map(|sign| if sign == '\0' { '\u{fffd}' } else { sign }).collect();
    if signs.next().is_some() {
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_means_one_reason() {
        for reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.as_str()), Some(*reason));
        }
    }

    #[test]
    fn words_from_outside_are_bounded() {
        let mut report = Report::default();
        let refused = report.refuse("Algorithm", Reason::Algorithm, format!("\0{}", "x".repeat(100_000)));
        assert_eq!(refused.words.chars().count(), WORDS_LENGTH + 1);
        assert!(refused.words.starts_with("\u{fffd}x") && refused.words.ends_with("x…"));
        assert_eq!(report.steps[0].words, refused.words);
    }

    #[test]
    fn of_many_groups_the_first_ten_are_named() {
        let groups: Vec<String> = (1..=12).map(|number| format!("g{number}")).collect();
        let mut report = Report::default();
        for count in [1, 2, 12] {
            report.groups("roles", &groups[..count], str::to_uppercase);
        }
        let words: Vec<_> = report.steps.iter().map(|step| step.words.as_str()).collect();
        assert_eq!(words[..2], ["1 group was found as “ROLES”: “G1”.", "2 groups were found as “ROLES”: “G1”, “G2”."]);
        assert!(
            words[2].starts_with("12 groups were found") && words[2].ends_with("“G9”, “G10”, 2 more."),
            "{words:?}"
        );
    }

    #[test]
    fn what_is_received_is_cut_between_letters() {
        let mut report = Report::default();
        report.received("Assertion", &format!("{}ü", "x".repeat(RECEIVED_BYTES - 1)));
        assert!(report.received[0].text.ends_with("x\n…"));
    }

    #[test]
    fn of_what_is_not_verified_less_is_kept() {
        let (mut report, text) = (Report::default(), "x".repeat(2 * UNVERIFIED_BYTES));
        report.received_unverified("Assertion", &text);
        assert_eq!(report.received[0].text, format!("{}\n…", &text[..UNVERIFIED_BYTES]));
        report.received("Assertion", &text);
        assert_eq!((report.received.len(), report.received[0].text.as_str()), (1, text.as_str()));
    }
}
