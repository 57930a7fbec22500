//! What a tenant may claim as an email domain.

use thiserror::Error;

use super::proof::RECORD_LABEL;
use crate::tenancy::{
    domains::{DomainName, DomainNameError},
    host::BaseDomain,
};

/// Domains at which anybody gets an address. Nobody can set a record there anyway; they are named so that whoever tries
/// reads why it cannot work. The list need not be whole: what keeps a shared domain out is the proof.
pub const SHARED: &[&str] = &[
    "aol.com",
    "fastmail.com",
    "gmail.com",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hey.com",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "naver.com",
    "onmicrosoft.com",
    "outlook.com",
    "pm.me",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "t-online.de",
    "web.de",
    "yahoo.co.jp",
    "yahoo.com",
    "yandex.ru",
    "ymail.com",
    "zoho.com",
];

/// What DNS allows in all (253), less the label of the record and its dot.
const MAX_LENGTH: usize = 253 - RECORD_LABEL.len() - 1;

/// Why a text is no email domain of a tenant, in words for the person who typed it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EmailDomainError {
    /// Nothing was typed.
    #[error("Enter a domain, such as example.com: what stands behind the @ of your addresses.")]
    Empty,
    /// The address of a page.
    #[error("Enter the domain alone, such as example.com: without https:// and without a path.")]
    Url,
    /// One label alone.
    #[error("“{0}” is not a whole domain. Enter one with a dot in it, such as example.com.")]
    OneLabel(String),
    /// Anybody gets an address there.
    #[error(
        "At “{0}” anybody can have an address, so it belongs to no workspace. Enter a domain that only your company \
         has addresses at."
    )]
    Shared(String),
    /// No room is left for the record before it.
    #[error("The domain is too long; use at most {MAX_LENGTH} characters.")]
    TooLong,
    /// Whatever else is wrong with it as a domain.
    #[error(transparent)]
    Domain(DomainNameError),
}

/// Reads what a person typed: a domain, with or without the @, or a whole address at it.
///
/// # Errors
/// An [`EmailDomainError`] for the person.
pub fn parse(text: &str, base: &BaseDomain) -> Result<DomainName, EmailDomainError> {
    let text = text.trim();
    let domain = text.rsplit_once('@').map_or(text, |(_, domain)| domain);
    let name = DomainName::parse(domain, base).map_err(|error| match error {
        DomainNameError::Empty => EmailDomainError::Empty,
        DomainNameError::Url => EmailDomainError::Url,
        DomainNameError::OneLabel(name) => EmailDomainError::OneLabel(name),
        other => EmailDomainError::Domain(other),
    })?;
    if SHARED.contains(&name.as_str()) {
        return Err(EmailDomainError::Shared(name.as_str().to_owned()));
    }
    if name.as_str().len() > MAX_LENGTH {
        return Err(EmailDomainError::TooLong);
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, EmailDomainError> {
        parse(text, &"app.example.com".parse().unwrap()).map(|name| name.to_string())
    }

    #[test]
    fn people_type_it_in_several_ways() {
        for text in ["acme.test", " @Acme.TEST ", "ada@acme.test", "acme.test."] {
            assert_eq!(read(text).as_deref(), Ok("acme.test"), "{text}");
        }
        assert_eq!(read("häuser.de").as_deref(), Ok("xn--huser-gra.de"));
    }

    #[test]
    fn what_is_nobodys_is_refused_with_its_reason() {
        for (text, words) in [
            ("", "Enter a domain, such as example.com"),
            ("ada@", "Enter a domain, such as example.com"),
            ("https://acme.test", "Enter the domain alone"),
            ("acme", "not a whole domain"),
            ("GMail.com", "anybody can have an address"),
            ("ada@outlook.com", "anybody can have an address"),
            ("co.uk", "everybody can register domains"),
            ("acme.app.example.com", "belongs to this service"),
            ("192.0.2.1", "is an IP address"),
            ("localhost", "cannot be reached from the internet"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }

    #[test]
    fn shared_domains_are_in_the_form_in_which_they_are_compared() {
        for name in SHARED {
            assert_eq!(*name, name.to_lowercase());
            assert_eq!(read(name), Err(EmailDomainError::Shared((*name).to_owned())));
        }
    }
}
