//! Why an address cannot be fetched, in words for who wrote it.

use std::{error::Error, io};

/// Why an address cannot be fetched. The words name what is wrong and what would be right, and nothing of the server's
/// own network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The client cannot be made.
    #[error("Outgoing HTTPS cannot be set up: {0}.")]
    Setup(String),
    /// It is no address.
    #[error("“{text}” is not an address that can be fetched. It has to be like https://login.example.com/path.")]
    Address {
        /// What was written.
        text: String,
    },
    /// It begins otherwise.
    #[error("The address begins with {scheme}://. It has to begin with https://.")]
    Scheme {
        /// With what.
        scheme: String,
    },
    /// It holds a user or a password.
    #[error("The address holds a user name or a password. Leave them out.")]
    Credentials,
    /// It is not public.
    #[error("{host} is {words}. Only addresses on the public internet are fetched.")]
    Forbidden {
        /// Whose.
        host: String,
        /// What it is instead.
        words: &'static str,
    },
    /// It has a port that other services have.
    #[error(
        "The address has the port {port}. Only 443, which needs not be written, and those from 1024 on are reached."
    )]
    Port {
        /// Which.
        port: u16,
    },
    /// DNS does not know the name, or knows an address that is not public: which of the two, only whoever asks from
    /// within that network should learn.
    #[error(
        "The name {host} is not known to DNS, or does not lead to the public internet alone, where addresses are \
         fetched. Check its spelling."
    )]
    Unresolved {
        /// The name.
        host: String,
    },
    /// Nobody answers there.
    #[error("{host} cannot be reached: {why}.")]
    Unreachable {
        /// Whom.
        host: String,
        /// What went wrong.
        why: String,
    },
    /// Its certificate, or TLS otherwise, is not right.
    #[error("{host} cannot be reached securely: {why}.")]
    Tls {
        /// Whom.
        host: String,
        /// What is wrong with it.
        why: String,
    },
    /// It takes too long.
    #[error("{host} did not answer completely within {seconds} seconds.")]
    Slow {
        /// Who.
        host: String,
        /// How long it was given.
        seconds: u64,
    },
    /// It leads elsewhere.
    #[error("It redirects to {to}, and redirects are not followed. Enter the address that it leads to.")]
    Redirect {
        /// Where to.
        to: String,
    },
    /// It leads where nothing may be fetched.
    #[error("It redirects to {to}. Redirects are not followed, and this one could not be: {why}")]
    RedirectRefused {
        /// Where to.
        to: String,
        /// What is wrong with that.
        why: String,
    },
    /// The answer is compressed though that was not asked for.
    #[error("The answer is compressed ({encoding}), which was not asked for.")]
    Compressed {
        /// How.
        encoding: String,
    },
    /// The answer is too large.
    #[error("The answer is larger than {kib} KiB.")]
    TooLarge {
        /// What it may be.
        kib: usize,
    },
    /// The answer broke off.
    #[error("{host} broke the answer off before its end.")]
    BrokenOff {
        /// Who.
        host: String,
    },
    /// The answer is not HTTP.
    #[error("{host} does not answer as a web server does: {why}.")]
    Protocol {
        /// Who.
        host: String,
        /// What is wrong.
        why: String,
    },
    /// The answer is no success.
    #[error("The answer has the status {status}, not 200.")]
    Status {
        /// The status.
        status: u16,
    },
}

impl FetchError {
    /// What the client's error means.
    pub(super) fn of(error: &reqwest::Error, host: &str) -> Self {
        let host = host.to_owned();
        if let Some(own) = find::<Self>(error) {
            return own.clone();
        }
        if let Some(tls) = find::<rustls::Error>(error) {
            return Self::Tls { host, why: tls_words(tls) };
        }
        if error.is_timeout() {
            return Self::Unreachable { host, why: "it takes too long to connect".to_owned() };
        }
        let kind = find::<io::Error>(error).map(io::Error::kind);
        if error.is_connect() {
            let why = match kind {
                Some(io::ErrorKind::ConnectionRefused) => "it refuses the connection".to_owned(),
                Some(io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable) => {
                    "there is no way to it".to_owned()
                }
                Some(io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset) => {
                    "it hangs up while the connection is made".to_owned()
                }
                _ => causes(error),
            };
            return Self::Unreachable { host, why };
        }
        let text = causes(error);
        let is_cut = text.contains("before message completed") || text.contains("end of file");
        let is_gone = matches!(kind, Some(io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset));
        if is_cut || is_gone { Self::BrokenOff { host } } else { Self::Protocol { host, why: text } }
    }
}

fn tls_words(error: &rustls::Error) -> String {
    use rustls::CertificateError as Certificate;
    let rustls::Error::InvalidCertificate(certificate) = error else { return error.to_string() };
    match certificate {
        Certificate::Expired | Certificate::ExpiredContext { .. } => "its certificate has expired".to_owned(),
        Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
            "its certificate is not valid yet".to_owned()
        }
        Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
            "its certificate is for another name".to_owned()
        }
        Certificate::UnknownIssuer => {
            "its certificate is not from an authority that this server trusts, or the server there does not send the \
             intermediate certificates"
                .to_owned()
        }
        Certificate::Revoked => "its certificate was revoked".to_owned(),
        _ => error.to_string(),
    }
}

/// The first cause of a type. `io::Error` hides what it wraps from `source`.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    None
}

/// What went wrong, in one line: the innermost cause, without the address.
pub(super) fn causes(error: &(dyn Error + 'static)) -> String {
    let mut last = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    last.to_string().chars().filter(|c| !c.is_control()).take(200).collect()
}
