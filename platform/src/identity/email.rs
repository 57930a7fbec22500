//! Email addresses as people type them.

use std::fmt;

/// An email address that mail can be sent to, as far as its form tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailAddress {
    typed: String,
    key: String,
}

/// What is wrong with an email address, in words for the person who typed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Nothing was typed.
    #[error("Enter an email address.")]
    Empty,
    /// It has no `@`, or nothing on one of its sides.
    #[error("An email address looks like name@company.example.")]
    Form,
    /// It has a space, a control character or another sign that no address has.
    #[error("The email address contains {0}, which no email address has.")]
    Sign(String),
    /// It is longer than 254 characters (RFC 5321, section 4.5.3.1.3).
    #[error("The email address is longer than 254 characters.")]
    Long,
    /// The part behind the `@` is no domain.
    #[error("“{0}” is not a domain that gets mail.")]
    Domain(String),
}

impl EmailAddress {
    /// Reads what was typed. Spaces around it are dropped; quoted local parts are refused, because nearly all of them
    /// are mistakes.
    ///
    /// # Errors
    /// [`EmailError`], worded for the form.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let typed = text.trim();
        if typed.is_empty() {
            return Err(EmailError::Empty);
        }
        if typed.chars().count() > 254 || typed.len() > 254 {
            return Err(EmailError::Long);
        }
        if let Some(sign) =
            typed.chars().find(|sign| sign.is_whitespace() || sign.is_control() || "\"(),:;<>[]\\".contains(*sign))
        {
            let name = if sign.is_whitespace() {
                "a space".to_owned()
            } else if sign.is_control() {
                "a control character".to_owned()
            } else {
                format!("“{sign}”")
            };
            return Err(EmailError::Sign(name));
        }
        let (local, domain) = typed.rsplit_once('@').ok_or(EmailError::Form)?;
        if local.is_empty() || domain.is_empty() || local.contains('@') || local.len() > 64 {
            return Err(EmailError::Form);
        }
        if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
            return Err(EmailError::Form);
        }
        let ascii = idna::domain_to_ascii_strict(domain).map_err(|_| EmailError::Domain(domain.to_owned()))?;
        if !ascii.contains('.') || ascii.parse::<std::net::IpAddr>().is_ok() {
            return Err(EmailError::Domain(domain.to_owned()));
        }
        // Mail servers may tell local parts apart by case; in practice none does, and people type them either way.
        let key = format!("{}@{}", local.to_lowercase(), ascii);
        Ok(Self { typed: typed.to_owned(), key })
    }

    /// As it was typed, for sending mail and for showing.
    pub fn as_str(&self) -> &str {
        &self.typed
    }

    /// In the form in which addresses are compared.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The part behind the `@`, as compared: lower case, in ASCII.
    pub fn domain(&self) -> &str {
        self.key.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.typed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_addresses_compare_by_their_key() {
        for (typed, key) in [
            (" Owner@Acme.test ", "owner@acme.test"),
            ("a.b+c@bücher.example", "a.b+c@xn--bcher-kva.example"),
            ("o'neil@mail.acme.test", "o'neil@mail.acme.test"),
        ] {
            assert_eq!(EmailAddress::parse(typed).unwrap().key(), key);
        }
    }

    #[test]
    fn bad_addresses_are_named() {
        for bad in [
            "",
            "acme",
            "@acme.test",
            "a@",
            "a@b",
            "a b@acme.test",
            "a@acme..test",
            "a@[127.0.0.1]",
            "a@127.0.0.1",
            "a@b@acme.test",
            "a\u{0}@acme.test",
            ".a@acme.test",
            "a@acme.test\r\nBcc: x@y.test",
            "<a@acme.test>",
        ] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad:?}");
        }
        assert!(EmailAddress::parse(&format!("{}@acme.test", "a".repeat(300))).is_err());
    }
}
