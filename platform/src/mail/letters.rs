//! Every letter: what it needs to know, and what it says. All words of all mail stand here.

mod billing;

use time::{OffsetDateTime, UtcOffset, macros::format_description};

pub use billing::BillingNews;

use super::{draft::Draft, letterhead::Letterhead};

/// Something that happened to a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketNews {
    /// Key and title.
    pub ticket: String,
    /// Who did what.
    pub what: String,
    /// Where the ticket is.
    pub link: String,
}

/// A letter to one person of a tenant. Links are whole addresses, as [`Letterhead::link`] makes them; spans of time are
/// words that follow "for", such as "30 minutes".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Letter {
    /// Somebody is asked to join.
    Invitation {
        /// Who asks.
        inviter: String,
        /// The role that waits, as people call it.
        role: String,
        /// Where it is accepted.
        link: String,
        /// How long it is good for.
        expires_in_words: String,
        /// What the inviter wrote.
        message: Option<String>,
    },
    /// An address is to be proved.
    VerifyEmail {
        /// Where that is done.
        link: String,
        /// How long it is good for.
        valid_for: String,
    },
    /// A new password was asked for.
    ResetPassword {
        /// Where it is chosen.
        link: String,
        /// How long it is good for.
        valid_for: String,
    },
    /// The password is another one now.
    PasswordChanged {
        /// Since when.
        when: OffsetDateTime,
        /// From which device, in words.
        device: String,
    },
    /// To the address that is to be left: is that wanted?
    EmailChangeConfirmOld {
        /// The address that is to come.
        new_email: String,
        /// Where it is confirmed.
        link: String,
        /// How long it is good for.
        valid_for: String,
    },
    /// To the address that is to come: is it the person's?
    EmailChangeConfirmNew {
        /// Where it is confirmed.
        link: String,
        /// How long it is good for.
        valid_for: String,
    },
    /// To the address that was left.
    EmailChanged {
        /// The address that took its place.
        new_email: String,
    },
    /// A link to sign in with.
    MagicLink {
        /// The link.
        link: String,
        /// A code to type instead, on another device.
        code: String,
        /// How long both are good for.
        valid_for: String,
    },
    /// A code by which somebody who is signed in shows again who they are.
    ConfirmIdentity {
        /// The code.
        code: String,
        /// How long it is good for.
        valid_for: String,
    },
    /// Somebody signed in on a device that was not seen before.
    NewDevice {
        /// The device, in words.
        device: String,
        /// Its network address.
        address: String,
        /// When.
        when: OffsetDateTime,
        /// Where devices are signed out.
        devices_link: String,
    },
    /// How a sign-in is confirmed is another way now.
    SecondFactorChanged {
        /// What was done, as a sentence without a stop: "An authenticator app was added".
        what: String,
        /// When.
        when: OffsetDateTime,
    },
    /// Somebody is asked to set up a single sign-on connection.
    SsoSetupLink {
        /// The workspace.
        workspace: String,
        /// What the connection is called.
        connection: String,
        /// Who asks.
        inviter: String,
        /// Where it is done.
        link: String,
        /// Until when the link is good.
        until: OffsetDateTime,
    },
    /// To owners: a domain's proof is gone.
    DomainLost {
        /// The domain.
        host: String,
    },
    /// To those who manage single sign-on: a certificate of a provider ends soon.
    CertificateExpiring {
        /// What the connection is called.
        connection: String,
        /// Who the provider is.
        provider: String,
        /// Whose the certificate says that it is.
        subject: String,
        /// When it ends.
        ends: OffsetDateTime,
        /// Within how many days that is.
        days: i32,
        /// Where the connection is changed.
        link: String,
    },
    /// Somebody made an API key that acts for them.
    ApiKeyMade {
        /// What it is called.
        name: String,
        /// When.
        when: OffsetDateTime,
        /// When it ends by itself.
        expires_at: Option<OffsetDateTime>,
        /// Where keys are revoked.
        link: String,
    },
    /// A key ends soon.
    ApiKeyExpiring {
        /// What it is called.
        name: String,
        /// When it ends.
        ends: OffsetDateTime,
        /// Where another is made.
        link: String,
    },
    /// To those who manage single sign-on: an email domain's proof is gone.
    EmailDomainLost {
        /// The domain.
        domain: String,
    },
    /// What happened to tickets that matter to the person.
    TicketNews {
        /// What, in order.
        news: Vec<TicketNews>,
        /// How much more there is in the inbox.
        more: usize,
        /// Where the inbox is.
        link: String,
        /// Where such mail is turned off.
        off: String,
    },
    /// To owners: the workspace will be deleted.
    WorkspaceClosing {
        /// When.
        until: OffsetDateTime,
        /// Where that is undone.
        undo_link: String,
    },
    /// To owners: something about payments, and where it is put right.
    Billing(BillingNews, String),
    /// To owners: it will not be deleted after all.
    WorkspaceReopened,
    /// To owners: somebody else owns the workspace.
    OwnershipTransferred {
        /// Who owned it.
        from: String,
        /// Who owns it.
        to: String,
    },
}

/// What the letter says.
#[expect(clippy::too_many_lines, reason = "the words of every letter, one after the other")]
pub(super) fn draft(letterhead: &Letterhead, letter: &Letter) -> Draft {
    let name = letterhead.name();
    match letter {
        Letter::Invitation { inviter, role, link, expires_in_words, message } => {
            let draft = Draft::new(format!("{inviter} invites you to {name}"), format!("Join {name}"))
                .text(format!("{inviter} invites you to the workspace {name} as {role}."));
            let draft = match message.as_deref().map(str::trim) {
                Some(message) if !message.is_empty() => draft.note(format!("{inviter} writes:")).quote(message),
                _ => draft,
            };
            draft
                .button("Accept the invitation", link)
                .note(format!("The invitation is good for {expires_in_words}, and for you alone."))
                .because(format!("{inviter} entered your address. If you do not know why, you need not do anything"))
        }
        Letter::VerifyEmail { link, valid_for } => {
            Draft::new(format!("Confirm your email address for {name}"), "Confirm your email address")
                .text(format!("Confirm that this address is yours, so that {name} can reach you here."))
                .button("Confirm this address", link)
                .note(format!("The link works for {valid_for}."))
                .because(format!("this address was entered at {name}. If it was not you, you need not do anything"))
        }
        Letter::ResetPassword { link, valid_for } => {
            Draft::new(format!("Choose a new password for {name}"), "Choose a new password")
                .text(format!("Somebody asked for a new password for your account at {name}."))
                .button("Choose a new password", link)
                .note(format!("The link works once, for {valid_for}. Until you use it, your password stays as it is."))
                .because("a new password was asked for. If it was not you, you need not do anything")
        }
        Letter::PasswordChanged { when, device } => {
            Draft::new(format!("Your password for {name} was changed"), "Your password was changed")
                .text(format!("The password of your account at {name} was changed. Other devices have been signed out."))
                .facts([("When", &moment(*when)), ("Device", device)])
                .note(format!("If it was not you, ask for a new password at once, and tell an admin of {name}."))
                .because(SECURITY)
        }
        Letter::EmailChangeConfirmOld { new_email, link, valid_for } => {
            Draft::new(format!("Confirm the change of your email address at {name}"), "Change your email address?")
                .text(format!("Your account at {name} is to move from this address to {new_email}."))
                .button("Confirm the change", link)
                .note(format!("The link works for {valid_for}. The change also waits for a confirmation from the new address."))
                .note("If you did not ask for this, do not confirm it, and change your password.")
                .because(SECURITY)
        }
        Letter::EmailChangeConfirmNew { link, valid_for } => {
            Draft::new(format!("Confirm your new email address for {name}"), "Confirm your new email address")
                .text(format!("An account at {name} is to move to this address. Confirm that it is yours."))
                .button("Confirm this address", link)
                .note(format!("The link works for {valid_for}."))
                .because(format!("this address was entered at {name}. If it was not you, you need not do anything"))
        }
        Letter::EmailChanged { new_email } => {
            Draft::new(format!("Your email address at {name} was changed"), "Your email address was changed")
                .text(format!("Your account at {name} now belongs to {new_email}. You no longer sign in with this address."))
                .note(format!("If it was not you, tell an admin of {name} at once."))
                .because(SECURITY)
        }
        Letter::MagicLink { link, code, valid_for } => Draft::new(format!("Sign in to {name}"), format!("Sign in to {name}"))
            .button("Sign in", link)
            .text("Or type this code where you asked for it:")
            .code(code)
            .note(format!("Both work once, for {valid_for}. Give the code to nobody: {name} never asks for it."))
            .because("a link to sign in was asked for. If it was not you, you need not do anything"),
        Letter::ConfirmIdentity { code, valid_for } => {
            Draft::new(format!("Confirm that it is you, at {name}"), "Confirm that it is you")
                .text("Type this code where you were asked for it:")
                .code(code)
                .note(format!("It works once, for {valid_for}. Give it to nobody: {name} never asks for it."))
                .note("If you did not ask for it, somebody else uses your account: sign out your other devices.")
                .because("a code was asked for in your account")
        }
        Letter::NewDevice { device, address, when, devices_link } => {
            Draft::new(format!("New sign-in to {name}"), "A new device signed in")
                .text(format!("Your account at {name} was used on a device that it was not used on before."))
                .facts([("Device", device), ("Address", address), ("When", &moment(*when))])
                .text("If it was you, you need not do anything. If not, sign the device out and change your password.")
                .button("See your devices", devices_link)
                .because(SECURITY)
        }
        Letter::SecondFactorChanged { what, when } => {
            Draft::new(format!("How you sign in to {name} was changed"), "How you sign in was changed")
                .text(format!("{what}, for your account at {name}."))
                .facts([("When", &moment(*when))])
                .note(format!("If it was not you, change your password at once, and tell an admin of {name}."))
                .because(SECURITY)
        }
        Letter::SsoSetupLink { workspace, connection, inviter, link, until } => {
            Draft::new(format!("Set up single sign-on for {workspace}"), format!("Set up single sign-on for {workspace}"))
                .text(format!("{inviter} asks you to set up the connection “{connection}”, by which people sign in to the workspace {workspace} with their company’s accounts. You need an account that may add applications at your identity provider, and none in the workspace."))
                .button("Set it up", link)
                .note(format!("The link is good until {}. Whoever has it can set up this connection, so pass it on to nobody else.", moment(*until)))
                .because(format!("{inviter} entered your address. If you do not know why, you need not do anything"))
        }
        Letter::DomainLost { host } => {
            Draft::new(format!("{host} no longer leads to {name}"), "A domain lost its proof")
                .text(format!("The DNS record that proves that {host} is yours can no longer be found, so the domain does not lead to {name} any more."))
                .text(format!("Until it is back, people reach {name} at {}.", letterhead.origin()))
                .button("See your domains", &letterhead.link("/admin/domains"))
                .because(format!("you manage the domains of {name}"))
        }
        Letter::CertificateExpiring { connection, provider, subject, ends, days, link } => {
            let within = if *days == 1 { "within a day".to_owned() } else { format!("within {days} days") };
            Draft::new(format!("A certificate of {connection} ends {within}"), "A certificate ends soon")
                .text(format!("People sign in to {name} through {connection}. A certificate by which their identity provider is recognised ends {within}."))
                .facts([("Provider", provider), ("Certificate", subject), ("Ends", &moment(*ends))])
                .text("Ask whoever runs the provider for the new certificate, and add it beside the present one before the provider begins to use it: afterwards nobody could sign in this way.")
                .button("See the connection", link)
                .note("If the connection reads the provider’s metadata from an address, it takes over a new certificate by itself as soon as it stands there.")
                .because(format!("you manage single sign-on of {name}"))
        }
        Letter::ApiKeyMade { name: key, when, expires_at, link } => {
            let ends = expires_at.map_or_else(|| "Not by itself".to_owned(), moment);
            Draft::new(format!("A new API key acts for you in {name}"), "You have a new API key")
                .text(format!("An API key was made with your account in {name}. Programs that have it act for you, within what it was given."))
                .facts([("Key", key), ("Made", &moment(*when)), ("Ends", &ends)])
                .text("If it was not you, revoke the key, and change your password.")
                .button("See the API keys", link)
                .because(format!("the key is yours, in {name}"))
        }
        Letter::ApiKeyExpiring { name: key, ends, link } => {
            Draft::new(format!("Your API key {key} ends soon"), "An API key ends soon")
                .text(format!("An API key that acts for you in {name} ends within seven days. From then on, programs that use it are refused."))
                .facts([("Key", key), ("Ends", &moment(*ends))])
                .text("Make a new key, give it to the programs that need it, and revoke this one.")
                .button("See the API keys", link)
                .because(format!("the key is yours, in {name}"))
        }
        Letter::EmailDomainLost { domain } => {
            Draft::new(format!("{domain} is no longer an email domain of {name}"), "An email domain lost its proof")
                .text(format!("The DNS record that proves that {domain} is yours can no longer be found. Identity providers of {name} do not speak for addresses at {domain} any more."))
                .text("People who are connected already still come in. Others at this domain do not, until the record is back and was checked.")
                .button("See your email domains", &letterhead.link("/admin/sso/domains"))
                .because(format!("you manage single sign-on of {name}"))
        }
        Letter::TicketNews { news, more, link, off } => {
            // Without the titles: subjects are kept.
            let subject = match news.len() + more {
                1 => format!("Something happened to a ticket of yours at {name}"),
                count => format!("{count} things happened to tickets of yours at {name}"),
            };
            let draft = news.iter().fold(Draft::new(&subject, &subject), |draft, one| {
                draft.text(format!("{}: {}.", one.ticket, one.what)).plain(&one.link)
            });
            let draft = match more {
                0 => draft,
                1 => draft.note("One more is in your inbox."),
                more => draft.note(format!("{more} more are in your inbox.")),
            };
            draft
                .button("See your inbox", link)
                .note("To get no more mail about tickets, open this address:")
                .plain(off)
                .because("you asked for these tickets, work on them, or watch them")
        }
        Letter::WorkspaceClosing { until, undo_link } => {
            let until = moment(*until);
            Draft::new(format!("{name} will be deleted"), format!("{name} will be deleted"))
                .text(format!("An owner closed the workspace {name}. On {until}, it and everything in it will be deleted."))
                .text("Until then an owner can open it again.")
                .button("Open it again", undo_link)
                .because(format!("you are an owner of {name}"))
        }
        Letter::Billing(news, link) => billing::draft(letterhead, news, link),
        Letter::WorkspaceReopened => Draft::new(format!("{name} is open again"), format!("{name} is open again"))
            .text(format!("An owner opened the workspace {name} again. Nothing in it was deleted."))
            .button("Go to the workspace", &letterhead.link("/"))
            .because(format!("you are an owner of {name}")),
        Letter::OwnershipTransferred { from, to } => {
            Draft::new(format!("{name} has another owner"), format!("{name} has another owner"))
                .text(format!("{from} handed the ownership of the workspace {name} to {to}."))
                .button("See the members", &letterhead.link("/admin/members"))
                .because(format!("the ownership of {name} concerns you"))
        }
    }
}

/// Text that was queued without HTML, in the product's own look.
pub(super) fn plain(subject: &str, body: &str) -> Draft {
    Draft::new(subject, subject)
        .plain(body)
        .because("somebody entered your address. If it was not you, you need not do anything")
}

const SECURITY: &str = "it is about the safety of your account, so it cannot be turned off";

/// As in `21 November 2026, 06:31 UTC`: the reader may be anywhere.
fn moment(when: OffsetDateTime) -> String {
    let form = format_description!("[day padding:none] [month repr:long] [year], [hour]:[minute] UTC");
    when.to_offset(UtcOffset::UTC).format(form).unwrap_or_else(|_| when.to_string())
}

#[cfg(test)]
mod tests;
