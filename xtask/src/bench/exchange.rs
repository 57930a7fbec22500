//! `cargo xtask bench --exchange`: a large file out and a large one in, and what the server holds in memory meanwhile.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::memory::{Memory, forget_peak, megabytes};
use super::page::Page;
use super::{DATABASE, Folder, UNLIMITED, others_at_work, serve, table};
use crate::checkout::Checkout;
use crate::database_url::Urls;
use crate::postgres::Cluster;
use crate::running;
use crate::seed::{self, Plan, Session};
use crate::server::{self, Program};
use crate::step::{Colour, Line, paint};

/// Whose tickets are exported, and how many there are.
const OUT_OF: (&str, u64) = ("seed-0001", 1_000_000);
/// Who brings a file in, and how many rows it has.
const INTO: (&str, u64) = ("seed-0002", 200_000);
/// How many tickets the other tenants have.
const OTHERS: u64 = 10_000;
/// By how many bytes the server's memory may grow.
const GROWTH: u64 = 64_000_000;
/// How long a download may stand still.
const LIMIT: Duration = Duration::from_mins(1);
/// How long a server may work on a pass over the file.
const PATIENCE: Duration = Duration::from_hours(1);
/// How often it is asked how far it is.
const ASK: Duration = Duration::from_millis(500);
/// Pages that are opened before the memory at rest is looked at.
const WARM_UP: u32 = 50;
const FORM: &str = "application/x-www-form-urlencoded";

/// What is measured with.
pub(super) struct Exchange<'a> {
    pub(super) checkout: &'a Checkout,
    pub(super) cluster: &'a Cluster,
    pub(super) server: &'a Path,
    pub(super) site: &'a Path,
}

/// One way of the exchange.
struct Row {
    name: &'static str,
    expected: u64,
    arrived: u64,
    time: Duration,
    /// The server's memory before, in bytes, and at the most meanwhile.
    resting: u64,
    peak: u64,
}

impl Row {
    /// Measures some work of a server, which says how many rows arrived.
    fn of(
        name: &'static str,
        process: u32,
        resting: u64,
        expected: u64,
        work: impl FnOnce(&mut Line) -> Result<u64>,
    ) -> Result<Self> {
        let mut line = Line::start(name);
        forget_peak(process)?;
        let began = Instant::now();
        let arrived = work(&mut line)?;
        let time = began.elapsed();
        line.done(&format!("{name}: {arrived} rows"));
        Ok(Self { name, expected, arrived, time, resting, peak: Memory::of(process)?.peak })
    }

    fn growth(&self) -> u64 {
        self.peak.saturating_sub(self.resting)
    }

    #[expect(clippy::cast_precision_loss, reason = "shown without digits after the point")]
    fn rate(&self) -> f64 {
        self.arrived as f64 / self.time.as_secs_f64()
    }
}

impl Exchange<'_> {
    /// Exports, imports, and prints both.
    ///
    /// # Errors
    /// When something breaks.
    pub(super) fn run(&self, check: bool) -> Result<ExitCode> {
        let plan = Plan::new(3, OUT_OF.1 + OTHERS, Some(OUT_OF.1))?;
        self.cluster.sql("postgres", &format!("DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)"))?;
        self.cluster.ensure_database(DATABASE)?;
        let port = server::free_port()?;
        let urls = Urls::embedded(self.cluster, DATABASE);
        let program = Program::new(self.checkout, self.server.to_owned(), &urls, self.site, port)?.with(&UNLIMITED);
        program.prepare_database()?;
        // The file is larger than what a small plan keeps.
        self.cluster.sql(
            DATABASE,
            "UPDATE control.plan SET is_initial = false; UPDATE control.plan SET is_initial = true WHERE key = 'enterprise'",
        )?;
        seed::fill(&Session::embedded(self.cluster, DATABASE), &plan)?;
        self.cluster.sql(DATABASE, "CHECKPOINT")?;
        others_at_work()?;

        let mut rows = Vec::new();
        for (name, format) in [("export as CSV", "csv"), ("export as JSON", "json")] {
            rows.extend(self.with_server(&program, port, OUT_OF.0, |page, process, resting| {
                let expected = self.tickets(OUT_OF.0, "true")?;
                Ok(vec![Row::of(name, process, resting, expected, |line| download(page, format, line))?])
            })?);
        }
        rows.extend(
            self.with_server(&program, port, INTO.0, |page, process, resting| self.import(page, process, resting))?,
        );
        println!("\n{}\n", table::machine()?);
        println!(
            "PostgreSQL {} with fsync = {}: an import waits for no disk here.\n",
            self.cluster.sql(DATABASE, "SHOW server_version")?,
            self.cluster.sql(DATABASE, "SHOW fsync")?
        );
        let (text, missed) = compare(&rows);
        println!("{text}");
        self.cluster.sql("postgres", &format!("DROP DATABASE {DATABASE} WITH (FORCE)"))?;
        Ok(if check && missed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    /// With a server that has done nothing else, somebody who is signed in there, its number, and its memory at rest.
    fn with_server(
        &self,
        program: &Program,
        port: u16,
        tenant: &str,
        work: impl FnOnce(&Page, u32, u64) -> Result<Vec<Row>>,
    ) -> Result<Vec<Row>> {
        let folder = Folder::prepare(self.checkout)?;
        let mut server = serve(program, &folder.server_log())?;
        let page = Page::sign_in(port, tenant)?;
        for _ in 0..WARM_UP {
            page.check()?;
        }
        let resting = Memory::of(server.pid())?.resident;
        let rows = work(&page, server.pid(), resting)?;
        server.stop();
        Ok(rows)
    }

    /// Brings a file in through the pages, as somebody at a browser does.
    fn import(&self, page: &Page, process: u32, resting: u64) -> Result<Vec<Row>> {
        let mut place = String::new();
        let checked = Row::of("import: the file received and checked", process, resting, INTO.1, |line| {
            place = upload(page, &file(INTO.1))?;
            let columns = "intent=check&column-0=title&column-1=description&column-2=status&column-3=priority";
            let answer = page.post(&place, FORM, columns.as_bytes())?;
            is_sent_on(&answer)?;
            self.until("checked", line)?;
            Ok(self.ask("rows_all - problems")?.parse()?)
        })?;
        let made = Row::of("import: tickets made", process, resting, INTO.1, |line| {
            let answer = page.post(&place, FORM, b"intent=start")?;
            is_sent_on(&answer)?;
            self.until("done", line)?;
            self.tickets(INTO.0, "import_id IS NOT NULL")
        })?;
        Ok(vec![checked, made])
    }

    fn tickets(&self, tenant: &str, which: &str) -> Result<u64> {
        let of_tenant = format!("(SELECT id FROM control.tenant WHERE slug = '{tenant}')");
        let sql = format!("SELECT count(*) FROM pooled.ticket WHERE tenant_id = {of_tenant} AND {which}");
        Ok(self.cluster.sql(DATABASE, &sql)?.parse()?)
    }

    /// Something of the one import that there is.
    fn ask(&self, what: &str) -> Result<String> {
        self.cluster.sql(DATABASE, &format!("SELECT {what} FROM pooled.desk_import"))
    }

    /// Waits until the import is in this state.
    fn until(&self, wanted: &str, line: &mut Line) -> Result<()> {
        let began = Instant::now();
        loop {
            running::check_interrupt()?;
            let state = self.ask("state")?;
            if state == wanted {
                return Ok(());
            }
            if !["checking", "running"].contains(&state.as_str()) || began.elapsed() > PATIENCE {
                bail!("the import is {state}, and not {wanted}: {}", self.ask("coalesce(failure, '')")?);
            }
            line.progress(&format!("{} rows", self.ask("rows_read")?));
            line.tick();
            thread::sleep(ASK);
        }
    }
}

/// A file of so many rows, with descriptions of some hundred and fifty characters.
fn file(rows: u64) -> String {
    let mut text = "Subject,Description,Status,Priority\n".to_owned();
    let statuses = ["open", "pending", "solved", "closed"].into_iter().cycle();
    let priorities = ["low", "normal", "high"].into_iter().cycle();
    for ((row, status), priority) in (1..=rows).zip(statuses).zip(priorities) {
        // Writing into a string cannot fail.
        let _ = writeln!(
            text,
            "Printer {row} is out of paper,\"Somebody on floor {} found it this morning, and put the last {} sheets in. \
             The supplier was asked, and says: \"\"next week\"\". Until then, printer {} has to do.\",{status},{priority}",
            row % 40,
            row % 500,
            row / 2
        );
    }
    text
}

/// Sends the file, and answers the address of the import.
fn upload(page: &Page, content: &str) -> Result<String> {
    let body = format!(
        "--rowhouse\r\nContent-Disposition: form-data; name=\"file\"; filename=\"tickets.csv\"\r\n\
         Content-Type: text/csv\r\n\r\n{content}\r\n--rowhouse--\r\n"
    );
    let answer = page.post("/projects/SUP/imports/new", "multipart/form-data; boundary=rowhouse", body.as_bytes())?;
    is_sent_on(&answer)
}

/// Where an answer to a form that was taken leads.
fn is_sent_on(answer: &str) -> Result<String> {
    let head = answer.split("\r\n\r\n").next().unwrap_or_default();
    let place = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("location").then(|| value.trim().to_owned())
    });
    match place {
        Some(place) if head.starts_with("HTTP/1.1 303") => Ok(place),
        _ => bail!("the form was not taken:\n{head}"),
    }
}

/// Reads an export and counts its tickets, without keeping it.
fn download(page: &Page, format: &str, line: &mut Line) -> Result<u64> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, page.port))?;
    stream.set_read_timeout(Some(LIMIT))?;
    let [host, cookie] = page.headers();
    // An answer of HTTP/1.0 has no chunks in it: it ends with the connection.
    write!(stream, "GET /tickets/export?format={format} HTTP/1.0\r\n{host}\r\n{cookie}\r\n\r\n")?;
    read_tickets(&mut BufReader::with_capacity(64 * 1024, stream), format, |tickets| {
        line.progress(&format!("{tickets} tickets"));
        line.tick();
    })
}

fn read_tickets(from: &mut impl BufRead, format: &str, mut told: impl FnMut(u64)) -> Result<u64> {
    let mut head = String::new();
    while from.read_line(&mut head)? > 2 {}
    if head.split(' ').nth(1) != Some("200") {
        bail!("there is no file:\n{head}");
    }
    // In CSV a carriage return ends a line, and no text has one. In JSON, one line feed stands before each ticket, and two
    // behind the last; those in texts are written in another way.
    let (sign, beside) = if format == "csv" { (b'\r', 1) } else { (b'\n', 2) };
    let (mut count, mut last) = (0_u64, 0);
    loop {
        running::check_interrupt()?;
        let bytes = from.fill_buf().context("the file broke off")?;
        let Some(end) = bytes.last() else { break };
        last = *end;
        count += (bytes.split(|byte| *byte == sign).count() - 1) as u64;
        let length = bytes.len();
        from.consume(length);
        told(count.saturating_sub(beside));
    }
    if last != b'\n' || count < beside {
        bail!("the file broke off after {count} lines");
    }
    Ok(count - beside)
}

/// The table, and whether rows are missing or the memory grew by more than it may.
fn compare(rows: &[Row]) -> (String, bool) {
    let (mut text, mut missed) = (String::new(), false);
    // Writing into a string cannot fail.
    let _ = writeln!(
        text,
        "{:<40} {:>9} {:>9} {:>9} {:>12} {:>9} {:>10}",
        "", "rows", "seconds", "rows/s", "at rest, MB", "most, MB", "growth, MB"
    );
    for row in rows {
        let is_missed = row.arrived != row.expected || row.growth() > GROWTH;
        missed |= is_missed;
        let mark = if is_missed { paint(Colour::Red, "✗ missed") } else { paint(Colour::Green, "✓ reached") };
        let _ = writeln!(
            text,
            "{:<40} {:>9} {:>9.1} {:>9.0} {:>12.1} {:>9.1} {:>10.1}  {mark}",
            row.name,
            row.arrived,
            row.time.as_secs_f64(),
            row.rate(),
            megabytes(row.resting),
            megabytes(row.peak),
            megabytes(row.growth())
        );
        if row.arrived != row.expected {
            let _ = writeln!(text, "{:<40} {:>9} were expected", "", row.expected);
        }
    }
    let _ =
        writeln!(text, "\nExpected: every row arrives, and the memory grows by {:.0} MB at most.", megabytes(GROWTH));
    (text, missed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(arrived: u64, peak: u64) -> Row {
        let time = Duration::from_secs(4);
        Row { name: "export", expected: 1000, arrived, time, resting: 40_000_000, peak }
    }

    #[test]
    fn a_row_too_few_or_memory_too_much_is_told() {
        let (text, missed) = compare(&[row(1000, 104_000_000), row(1000, 30_000_000)]);
        assert!(!missed && text.contains("250"), "{text}");
        for bad in [row(999, 50_000_000), row(1001, 50_000_000), row(1000, 104_000_001)] {
            let (text, missed) = compare(&[row(1000, 50_000_000), bad]);
            assert!(missed);
            assert_eq!(text.lines().filter(|line| line.contains("missed")).count(), 1, "{text}");
        }
    }

    #[test]
    fn tickets_are_counted_as_they_are_written() {
        let count = |format: &str, body: &str| {
            let answer = format!("HTTP/1.0 200 OK\r\ncontent-type: x\r\n\r\n{body}");
            // Few bytes at a time, as they may come.
            read_tickets(&mut BufReader::with_capacity(3, answer.as_bytes()), format, |_| {})
        };
        assert_eq!(count("csv", "\"key\"\r\n").expect("none"), 0);
        assert_eq!(count("csv", "\"key\",\"text\"\r\n\"A-1\",\"a\nb\"\r\n\"A-2\",\r\n").expect("two"), 2);
        assert_eq!(count("json", "[\n]\n").expect("none"), 0);
        assert_eq!(count("json", "[\n{\"a\":\"x\\ny\"},\n{}\n]\n").expect("two"), 2);
        assert!(
            count("csv", "\"key\"\r\n\"A-1\",\"a").is_err() && count("json", "[").is_err() && count("csv", "").is_err()
        );
        assert!(read_tickets(&mut b"HTTP/1.0 403 Forbidden\r\n\r\nno\n".as_slice(), "csv", |_| {}).is_err());
    }

    #[test]
    fn a_form_that_was_taken_leads_on() {
        let place = is_sent_on("HTTP/1.1 303 See Other\r\nLocation: /projects/SUP/imports/imp_1\r\n\r\n");
        assert_eq!(place.expect("an address"), "/projects/SUP/imports/imp_1");
        assert!(is_sent_on("HTTP/1.1 422 Unprocessable Entity\r\n\r\nlocation: /x").is_err());
    }

    #[test]
    fn the_file_has_a_line_for_each_row() {
        let text = file(12);
        assert_eq!(text.lines().count(), 13);
        assert!(text.lines().skip(1).all(|line| line.starts_with("Printer ") && line.matches("\"\"").count() == 2));
    }
}
