//! Load at a pace of its own. `wrk` asks again as soon as it has its answer, so a slow server is asked less; people do not
//! wait for each other. Times are counted from when a request was due, so that one that had to wait for the one before it is
//! not counted as quick.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::page::Page;
use crate::running;

/// How long one answer may take.
const LIMIT: Duration = Duration::from_secs(30);
/// How long a connection that broke is left alone.
const PAUSE: Duration = Duration::from_millis(50);

/// How it is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// On how many connections.
    pub(super) connections: u32,
    /// How often a second on all of them together; none: each asks again as soon as it has its answer.
    pub(super) rate: Option<f64>,
}

/// What came back.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// How long each answer took that was the page, in milliseconds, the quickest first.
    times: Vec<f64>,
    /// Answers that said to wait: 429 and 503.
    pub(super) refused: u64,
    /// Other answers, and none.
    pub(super) failed: u64,
}

impl Answers {
    /// How often the page came.
    pub(super) fn pages(&self) -> usize {
        self.times.len()
    }

    /// What so many of a hundred stay below, in milliseconds.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a place among some thousands"
    )]
    pub(super) fn percentile(&self, percent: f64) -> f64 {
        let place = (self.times.len() as f64 * percent / 100.0).ceil() as usize;
        self.times.get(place.saturating_sub(1)).copied().unwrap_or(f64::NAN)
    }

    fn add(&mut self, other: Self) {
        self.times.extend(other.times);
        self.refused += other.refused;
        self.failed += other.failed;
    }
}

/// Asks for the page for so long.
///
/// # Errors
/// On Ctrl-C.
pub(super) fn ask(page: &Page, pace: Pace, time: Duration) -> Result<Answers> {
    let began = Instant::now();
    let mut all = Answers::default();
    thread::scope(|scope| -> Result<()> {
        let threads: Vec<_> = (0..pace.connections)
            .map(|place| scope.spawn(move || ask_on_one(page, pace, place, began, time)))
            .collect();
        for thread in threads {
            let Ok(answers) = thread.join() else { bail!("a thread of the load broke") };
            all.add(answers?);
        }
        Ok(())
    })?;
    all.times.sort_by(f64::total_cmp);
    Ok(all)
}

fn ask_on_one(page: &Page, pace: Pace, place: u32, began: Instant, time: Duration) -> Result<Answers> {
    let between = pace.rate.map(|rate| Duration::from_secs_f64(f64::from(pace.connections) / rate));
    // Evenly apart from each other.
    let mut due = began + between.map_or(Duration::ZERO, |between| between * place / pace.connections);
    let mut connection = None;
    let mut answers = Answers::default();
    while due < began + time {
        running::check_interrupt()?;
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let asked = if between.is_some() { due } else { Instant::now() };
        match ask_once(page, &mut connection) {
            Ok(200) => answers.times.push(asked.elapsed().as_secs_f64() * 1000.0),
            Ok(429 | 503) => answers.refused += 1,
            Ok(_) => answers.failed += 1,
            Err(_) => {
                answers.failed += 1;
                connection = None;
                thread::sleep(PAUSE);
            }
        }
        due = between.map_or_else(Instant::now, |between| due + between);
    }
    Ok(answers)
}

fn ask_once(page: &Page, kept: &mut Option<BufReader<TcpStream>>) -> Result<u16> {
    let connection = match &mut *kept {
        Some(connection) => connection,
        none => {
            let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, page.port))?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(LIMIT))?;
            none.insert(BufReader::new(stream))
        }
    };
    let [host, cookie] = page.headers();
    let request = format!("GET {} HTTP/1.1\r\n{host}\r\n{cookie}\r\n\r\n", page.path);
    connection.get_mut().write_all(request.as_bytes())?;
    let (status, is_kept) = read_answer(connection)?;
    if !is_kept {
        *kept = None;
    }
    Ok(status)
}

/// Reads one answer to its end (RFC 9112, section 6): its status, and whether the connection goes on.
fn read_answer(from: &mut impl BufRead) -> Result<(u16, bool)> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.with_context(|| format!("no answer of HTTP: {line:?}"))?;
    let (mut length, mut is_chunked, mut is_kept) = (None, false, true);
    loop {
        line.clear();
        from.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        match (name.to_ascii_lowercase().as_str(), value.trim().to_ascii_lowercase().as_str()) {
            ("content-length", value) => length = Some(value.parse::<u64>()?),
            ("transfer-encoding", "chunked") => is_chunked = true,
            ("connection", "close") => is_kept = false,
            _ => {}
        }
    }
    if is_chunked {
        while skip_chunk(from)? {}
    } else {
        let length = length.context("an answer without a length")?;
        skip(from, length)?;
    }
    Ok((status, is_kept))
}

/// One chunk; false after the last.
fn skip_chunk(from: &mut impl BufRead) -> Result<bool> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    let size = line.trim().split(';').next().unwrap_or_default();
    let size = u64::from_str_radix(size, 16).with_context(|| format!("no size of a chunk: {line:?}"))?;
    // The line's end belongs to the chunk; after the last comes one more, since there are no trailers.
    skip(from, size + 2)?;
    Ok(size > 0)
}

fn skip(from: &mut impl BufRead, length: u64) -> Result<()> {
    let skipped = std::io::copy(&mut from.by_ref().take(length), &mut std::io::sink())?;
    if skipped < length {
        bail!("the answer ended before its end");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_to_their_end_and_not_further() {
        let mut two = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello\
                        HTTP/1.1 429 Too Many Requests\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n\
                        3\r\nabc\r\na;x=1\r\n0123456789\r\n0\r\n\r\n"
            .as_slice();
        assert_eq!(read_answer(&mut two).expect("the first"), (200, true));
        assert_eq!(read_answer(&mut two).expect("the second"), (429, false));
        assert!(two.is_empty());
        assert!(read_answer(&mut b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel".as_slice()).is_err());
        assert!(read_answer(&mut b"".as_slice()).is_err());
    }

    #[test]
    fn percentiles_are_of_what_came() {
        let answers = Answers { times: (1..=200).map(f64::from).collect(), ..Answers::default() };
        assert!((answers.percentile(99.0) - 198.0).abs() < f64::EPSILON);
        assert!((answers.percentile(50.0) - 100.0).abs() < f64::EPSILON);
        assert!(Answers::default().percentile(99.0).is_nan());
    }
}
