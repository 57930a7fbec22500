//! A page, as somebody who is signed in gets it.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::run;

const LIMIT: Duration = Duration::from_secs(30);

/// The page, and the cookie that opens it.
pub(super) struct Page {
    pub(super) port: u16,
    /// Its name in the host.
    pub(super) tenant: String,
    pub(super) path: String,
    pub(super) cookie: String,
}

impl Page {
    /// The ticket list, signed in as an owner of a demo tenant.
    ///
    /// # Errors
    /// When the server gives no session.
    pub(super) fn sign_in(port: u16, tenant: &str) -> Result<Self> {
        let page = Self { port, tenant: tenant.to_owned(), path: "/tickets".to_owned(), cookie: String::new() };
        let form = format!("email=owner%40{tenant}.test&password={}", run::PASSWORD);
        let answer = page.post("/sign-in", "application/x-www-form-urlencoded", form.as_bytes())?;
        let cookie = session(&answer).with_context(|| format!("signing in gave no session:\n{}", head(&answer)))?;
        Ok(Self { cookie, ..page })
    }

    /// Asks for the page once.
    ///
    /// # Errors
    /// When the answer is anything but the page; a list has tickets in it.
    pub(super) fn check(&self) -> Result<()> {
        let answer = self.send("GET", &self.path, "", &[])?;
        let is_list = self.path.starts_with("/tickets");
        if !answer.starts_with("HTTP/1.1 200") || (is_list && !answer.contains("ticket-row__link")) {
            bail!("the answer to {} is another one than expected:\n{}", self.path, head(&answer));
        }
        Ok(())
    }

    /// Where a program that knows no `*.localhost` connects to.
    pub(super) fn url(&self) -> String {
        format!("http://{}:{}{}", Ipv4Addr::LOCALHOST, self.port, self.path)
    }

    /// What it says then, a header a line. No `Accept-Encoding`: compressing is not what is measured.
    pub(super) fn headers(&self) -> [String; 2] {
        [format!("Host: {}", self.authority()), format!("Cookie: {}", self.cookie)]
    }

    fn authority(&self) -> String {
        format!("{}.localhost:{}", self.tenant, self.port)
    }

    /// Sends a form of this content type.
    ///
    /// # Errors
    /// When there is no answer.
    pub(super) fn post(&self, path: &str, kind: &str, body: &[u8]) -> Result<String> {
        self.send("POST", path, &format!("Content-Type: {kind}\r\n"), body)
    }

    fn send(&self, method: &str, path: &str, header: &str, body: &[u8]) -> Result<String> {
        let [host, cookie] = self.headers();
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(LIMIT))?;
        write!(stream, "{method} {path} HTTP/1.1\r\n{host}\r\n{cookie}\r\nOrigin: http://{}\r\n", self.authority())?;
        write!(stream, "{header}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len())?;
        stream.write_all(body).with_context(|| format!("{method} {path} was not taken"))?;
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
