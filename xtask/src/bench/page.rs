//! The ticket list, as somebody who is signed in gets it.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};

const TENANT: &str = "acme";
const FORM: &str = "email=owner%40acme.test&password=rowhouse-demo";
const LIMIT: Duration = Duration::from_secs(10);

/// The page, and the cookie that opens it.
pub(super) struct Page {
    pub(super) port: u16,
    pub(super) cookie: String,
}

impl Page {
    /// Signs in as an owner of a demo tenant.
    ///
    /// # Errors
    /// When the server gives no session.
    pub(super) fn sign_in(port: u16) -> Result<Self> {
        let page = Self { port, cookie: String::new() };
        let answer = page.send("POST", "/sign-in", FORM)?;
        let cookie = session(&answer).with_context(|| format!("signing in gave no session:\n{}", head(&answer)))?;
        Ok(Self { port, cookie })
    }

    /// Asks for the page once.
    ///
    /// # Errors
    /// When the answer is anything but the list with tickets in it.
    pub(super) fn check(&self) -> Result<()> {
        let answer = self.send("GET", "/tickets", "")?;
        if !answer.starts_with("HTTP/1.1 200") || !answer.contains("ticket-row__link") {
            bail!("the answer is not a list of tickets:\n{}", head(&answer));
        }
        Ok(())
    }

    /// Where a program that knows no `*.localhost` connects to.
    pub(super) fn url(&self) -> String {
        format!("http://{}:{}/tickets", Ipv4Addr::LOCALHOST, self.port)
    }

    /// What it says then, a header a line. No `Accept-Encoding`: compressing is not what is measured.
    pub(super) fn headers(&self) -> [String; 2] {
        [format!("Host: {}", self.authority()), format!("Cookie: {}", self.cookie)]
    }

    fn authority(&self) -> String {
        format!("{TENANT}.localhost:{}", self.port)
    }

    fn send(&self, method: &str, path: &str, body: &str) -> Result<String> {
        let [host, cookie] = self.headers();
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(LIMIT))?;
        write!(stream, "{method} {path} HTTP/1.1\r\n{host}\r\n{cookie}\r\nOrigin: http://{}\r\n", self.authority())?;
        write!(stream, "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n", body.len())?;
        write!(stream, "Connection: close\r\n\r\n{body}")?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).with_context(|| format!("{method} {path} was not answered"))?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }
}

fn head(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or(answer, |(head, _)| head)
}

/// The cookie of an answer to a successful sign-in, which redirects (RFC 6265, section 5.2).
fn session(answer: &str) -> Option<String> {
    let head = head(answer);
    if !head.starts_with("HTTP/1.1 303") {
        return None;
    }
    head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let pair = value.split(';').next()?.trim();
        (name.eq_ignore_ascii_case("set-cookie") && !pair.ends_with('=')).then(|| pair.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_is_the_cookie_that_is_set() {
        let answer = "HTTP/1.1 303 See Other\r\nset-cookie: flash=; Max-Age=0\r\n\
                      Set-Cookie: __Host-session=abc123; Path=/; Secure\r\n\r\nset-cookie: no=no";
        assert_eq!(session(answer).as_deref(), Some("__Host-session=abc123"));
    }

    #[test]
    fn a_refused_sign_in_gives_no_session() {
        assert_eq!(session("HTTP/1.1 422 Unprocessable Entity\r\nset-cookie: a=b\r\n\r\n"), None);
        assert_eq!(session("HTTP/1.1 303 See Other\r\nlocation: /\r\n\r\nset-cookie: a=b"), None);
    }
}
