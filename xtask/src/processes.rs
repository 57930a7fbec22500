//! Other processes of this machine, read from `/proc`: who holds a port, and what an earlier, killed command left.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// A process, known by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Process(pub(crate) u32);

impl Process {
    /// Every process that this user may see.
    pub(crate) fn all() -> Vec<Self> {
        let Ok(entries) = fs::read_dir("/proc") else {
            return Vec::new();
        };
        entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).map(Self).collect()
    }

    /// The program it runs; a program replaced on disk since is told by the path it had.
    pub(crate) fn program(self) -> Option<PathBuf> {
        let path = fs::read_link(self.folder().join("exe")).ok()?;
        let text = path.to_str()?;
        Some(PathBuf::from(text.strip_suffix(" (deleted)").unwrap_or(text)))
    }

    /// The folder it works in.
    pub(crate) fn directory(self) -> Option<PathBuf> {
        fs::read_link(self.folder().join("cwd")).ok()
    }

    /// Its arguments, the program first.
    pub(crate) fn arguments(self) -> Vec<String> {
        fs::read(self.folder().join("cmdline"))
            .map(|bytes| {
                bytes
                    .split(|byte| *byte == 0)
                    .filter(|argument| !argument.is_empty())
                    .map(|argument| String::from_utf8_lossy(argument).into_owned())
                    .collect()
            })
            .unwrap_or_default()
    }

    /// Whether it runs a program of this file name.
    pub(crate) fn runs(self, name: &str) -> bool {
        self.program().is_some_and(|program| program.file_name().is_some_and(|file| file == name))
    }

    /// Whether it still runs; a zombie does not.
    pub(crate) fn alive(self) -> bool {
        fs::read_to_string(self.folder().join("stat"))
            .is_ok_and(|stat| stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X'])))
    }

    /// Sends it `signal`; one that has ended meanwhile needs none.
    pub(crate) fn signal(self, signal: Signal) {
        if let Ok(pid) = i32::try_from(self.0) {
            let _ = kill(Pid::from_raw(pid), signal);
        }
    }

    fn folder(self) -> PathBuf {
        PathBuf::from(format!("/proc/{}", self.0))
    }
}

/// Asks all to end, and makes those end that have not after `grace`. False when some still run.
pub(crate) fn end(processes: &[Process], grace: Duration) -> bool {
    [Signal::SIGTERM, Signal::SIGKILL].into_iter().any(|signal| {
        for process in processes {
            process.signal(signal);
        }
        await_end(processes, grace)
    })
}

/// Waits until all have ended. False when some still run after `limit`.
pub(crate) fn await_end(processes: &[Process], limit: Duration) -> bool {
    let began = Instant::now();
    loop {
        if !processes.iter().any(|process| process.alive()) {
            return true;
        }
        if began.elapsed() > limit {
            return false;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// The process that listens on a TCP port of this machine, where it is known.
pub(crate) fn listening_on(port: u16) -> Option<Process> {
    let sockets: HashSet<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| listening_sockets(&table, port))
        .map(|inode| format!("socket:[{inode}]"))
        .collect();
    if sockets.is_empty() {
        return None;
    }
    Process::all().into_iter().find(|process| {
        fs::read_dir(process.folder().join("fd"))
            .is_ok_and(|files| files.flatten().any(|file| links_to(&file.path(), &sockets)))
    })
}

fn links_to(path: &Path, sockets: &HashSet<String>) -> bool {
    fs::read_link(path).is_ok_and(|link| link.to_str().is_some_and(|name| sockets.contains(name)))
}

/// The inodes of the sockets that listen on `port`, from a table as `/proc/net/tcp` gives it (proc(5)).
fn listening_sockets(table: &str, port: u16) -> Vec<String> {
    const LISTEN: &str = "0A";
    table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let (_, local_port) = fields.get(1)?.rsplit_once(':')?;
            let matches = u16::from_str_radix(local_port, 16).ok()? == port && *fields.get(3)? == LISTEN;
            matches.then(|| fields.get(9).map(ToString::to_string))?
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::process::{self, Command};

    use super::*;

    #[test]
    fn the_holder_of_a_port_is_found() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        assert_eq!(listening_on(port), Some(Process(process::id())));
    }

    #[test]
    fn a_process_is_known_by_program_folder_and_arguments() {
        let mut child = Command::new("sleep").arg("60").current_dir("/usr").spawn().expect("sleep starts");
        let process = Process(child.id());
        thread::sleep(Duration::from_millis(100));
        assert!(process.runs("sleep") || process.runs("coreutils"));
        assert_eq!(process.directory(), Some(PathBuf::from("/usr")));
        assert_eq!(process.arguments()[1], "60");
        process.signal(Signal::SIGKILL);
        assert!(await_end(&[process], Duration::from_secs(5)), "a zombie counts as ended");
        child.wait().expect("it can be waited for");
    }

    #[test]
    fn what_does_not_end_when_it_is_asked_is_made_to() {
        let mut children: Vec<_> = ["sleep 60", "trap '' TERM; while :; do sleep 0.1; done"]
            .map(|script| Command::new("sh").args(["-c", script]).spawn().expect("sh starts"))
            .into();
        thread::sleep(Duration::from_millis(100));
        let processes: Vec<Process> = children.iter().map(|child| Process(child.id())).collect();
        assert!(end(&processes, Duration::from_millis(500)));
        for child in &mut children {
            child.wait().expect("it can be waited for");
        }
    }
}
