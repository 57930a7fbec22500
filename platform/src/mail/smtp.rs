//! The mail server, and the address that mail is from.

use std::{fmt, str::FromStr, time::Duration};

use lettre::{
    AsyncSmtpTransport, Tokio1Executor,
    message::Mailbox,
    transport::smtp::{Error as SmtpError, PoolConfig},
};

/// Whether the way to the mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tls {
    /// From the first byte.
    Wrapped,
    /// After STARTTLS, or not at all.
    Required,
    /// After STARTTLS where the server offers it.
    Opportunistic,
    /// Never.
    None,
}

/// How the mail server is reached. `Debug` shows no password.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpUrl {
    /// `user:password@host:port/name`.
    rest: String,
    tls: Tls,
}

/// Why a text is not a [`SmtpUrl`]. The messages do not show it, for it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SmtpUrlError {
    /// Another scheme.
    #[error("must be a URL that begins with smtps:// or smtp://")]
    Scheme,
    /// No host.
    #[error("must name a host, as in smtps://user:password@mail.example:465")]
    Host,
    /// Not a port.
    #[error("must have a port from 1 to 65535 after the host, or none")]
    Port,
    /// A parameter that is none.
    #[error("may end in ?tls=required, ?tls=opportunistic or ?tls=none after smtp://, and in nothing else")]
    Parameter,
}

impl FromStr for SmtpUrl {
    type Err = SmtpUrlError;

    fn from_str(text: &str) -> Result<Self, SmtpUrlError> {
        let (scheme, rest) = text.trim().split_once("://").ok_or(SmtpUrlError::Scheme)?;
        let (rest, query) = match rest.split_once('?') {
            Some((rest, query)) => (rest, Some(query)),
            None => (rest, None),
        };
        let tls = match (scheme, query) {
            ("smtps", None) => Tls::Wrapped,
            // A password must not travel in clear because somebody forgot a parameter.
            ("smtp", None | Some("tls=required")) => Tls::Required,
            ("smtp", Some("tls=opportunistic")) => Tls::Opportunistic,
            ("smtp", Some("tls=none")) => Tls::None,
            ("smtp" | "smtps", Some(_)) => return Err(SmtpUrlError::Parameter),
            _ => return Err(SmtpUrlError::Scheme),
        };
        let address = rest.split('/').next().unwrap_or_default();
        let host = address.rsplit('@').next().unwrap_or_default();
        let (host, port) = match host.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (host, None),
        };
        if host.is_empty() || rest.chars().any(|c| c.is_whitespace() || c.is_control() || c == '#') {
            return Err(SmtpUrlError::Host);
        }
        if port.is_some_and(|port| !port.parse::<u16>().is_ok_and(|port| port != 0)) {
            return Err(SmtpUrlError::Port);
        }
        Ok(Self { rest: rest.to_owned(), tls })
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpUrl").field("tls", &self.tls).finish_non_exhaustive()
    }
}

impl SmtpUrl {
    /// Connections to it, at most `connections`. Each step of sending a message may take `timeout`.
    pub(super) fn transport(
        &self,
        connections: u32,
        timeout: Duration,
    ) -> Result<AsyncSmtpTransport<Tokio1Executor>, SmtpError> {
        let rest = &self.rest;
        let url = match self.tls {
            Tls::Wrapped => format!("smtps://{rest}"),
            Tls::Required => format!("smtp://{rest}?tls=required"),
            Tls::Opportunistic => format!("smtp://{rest}?tls=opportunistic"),
            Tls::None => format!("smtp://{rest}"),
        };
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&url)?;
        Ok(builder.timeout(Some(timeout)).pool_config(PoolConfig::new().max_size(connections)).build())
    }
}

/// Whether the mail server answers and takes the user and password.
///
/// # Errors
/// What it said, or why it could not be asked.
pub async fn probe(url: &SmtpUrl, timeout: Duration) -> Result<(), String> {
    use lettre::AsyncTransport as _;
    let transport = url.transport(1, timeout).map_err(|error| reason(&error))?;
    let answer = transport.test_connection().await;
    transport.shutdown().await;
    match answer {
        Ok(true) => Ok(()),
        Ok(false) => Err("it hangs up at once".to_owned()),
        Err(error) => Err(reason(&error)),
    }
}

/// What went wrong, with its causes, in one line.
pub(super) fn reason(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    super::line::one_line(&text, 500)
}

/// The address that mail is from, with the product's name: `Rowhouse <no-reply@app.example>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SenderAddress(Mailbox);

/// Text that is not a [`SenderAddress`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an address, or a name with an address, such as \"Desk <no-reply@app.example>\"")]
pub struct SenderAddressError;

impl FromStr for SenderAddress {
    type Err = SenderAddressError;

    fn from_str(text: &str) -> Result<Self, SenderAddressError> {
        if text.chars().any(char::is_control) {
            return Err(SenderAddressError);
        }
        let mailbox: Mailbox = text.trim().parse().map_err(|_| SenderAddressError)?;
        Ok(Self(mailbox))
    }
}

impl SenderAddress {
    /// The same address with another name before it.
    pub(super) fn named(&self, name: Option<&str>) -> Mailbox {
        match name {
            Some(name) => Mailbox::new(Some(name.to_owned()), self.0.email.clone()),
            None => self.0.clone(),
        }
    }

    /// What the product is called in its own mail.
    pub(super) fn product(&self) -> &str {
        self.0.name.as_deref().map_or("Rowhouse", str::trim)
    }

    /// The domain, which names messages too.
    pub(super) fn domain(&self) -> &str {
        self.0.email.domain()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_is_required_unless_said_otherwise() {
        let tls = |text: &str| text.parse::<SmtpUrl>().map(|url| url.tls);
        assert_eq!(tls("smtps://user:p%40ss@mail.example:465"), Ok(Tls::Wrapped));
        assert_eq!(tls("smtp://mail.example"), Ok(Tls::Required));
        assert_eq!(tls("smtp://mail.example:587?tls=required"), Ok(Tls::Required));
        assert_eq!(tls("smtp://mail.example?tls=opportunistic"), Ok(Tls::Opportunistic));
        assert_eq!(tls("smtp://[::1]:1025/client.example?tls=none"), Ok(Tls::None));
        assert_eq!(tls("smtp://[::1]?tls=none"), Ok(Tls::None));
    }

    #[test]
    fn mistakes_are_named_and_not_shown() {
        use SmtpUrlError::{Host, Parameter, Port, Scheme};
        for (text, mistake) in [
            ("", Scheme),
            ("http://hunter2@mail", Scheme),
            ("smtp://", Host),
            ("smtp://user:hunter2@", Host),
            ("smtp://:25", Host),
            ("smtp://mail example", Host),
            ("smtp://user:hun#ter2@mail", Host),
            ("smtp://mail:0", Port),
            ("smtp://mail:hunter2", Port),
            ("smtps://mail?tls=none", Parameter),
            ("smtp://mail?tls=maybe", Parameter),
        ] {
            let error = text.parse::<SmtpUrl>().unwrap_err();
            assert_eq!(error, mistake, "{text}");
            assert!(!error.to_string().contains("hunter2"));
        }
        let url: SmtpUrl = "smtps://user:hunter2@mail".parse().unwrap();
        assert!(!format!("{url:?}").contains("hunter2"));
    }

    #[test]
    fn the_sender_is_an_address_with_or_without_a_name() {
        for (text, product, domain) in [
            ("no-reply@app.example", "Rowhouse", "app.example"),
            ("Desk <no-reply@localhost>", "Desk", "localhost"),
            ("\"Desk, Inc.\" <no-reply@app.example>", "Desk, Inc.", "app.example"),
        ] {
            let sender: SenderAddress = text.parse().unwrap();
            assert_eq!((sender.product(), sender.domain()), (product, domain));
        }
        for text in ["", "Desk", "Desk <>", "a@b@c", "Desk <a@b\r\nBcc: x@y>", "a@b, c@d"] {
            assert_eq!(text.parse::<SenderAddress>(), Err(SenderAddressError), "{text:?}");
        }
    }
}
