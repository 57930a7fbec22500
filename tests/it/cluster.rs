//! A PostgreSQL of a test's own, which may be killed: everything that it confirms is on the disk, as in production.

use std::{
    fs::{self, DirBuilder, File},
    os::unix::{
        fs::{DirBuilderExt as _, MetadataExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rowhouse_platform::ambient::Ambient;

/// Where Debian keeps one folder for each major version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// Names the socket; nothing listens on a TCP port of this number.
const PORT: u16 = 54339;
/// How long it may take to start, after a crash too, and to be gone.
const LIMIT: Duration = Duration::from_mins(1);

/// The cluster; ends when dropped, and its data with it.
pub struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    /// Whom it runs as, where that is not us: PostgreSQL refuses to run as root.
    user: Option<(u32, u32)>,
    postmaster: Child,
}

impl Cluster {
    /// Makes one and starts it.
    pub fn start() -> Self {
        let user = owner();
        let name = Ambient::system().uuid().simple().to_string();
        // A socket's path has about a hundred characters at most.
        let folder = std::env::temp_dir().join(format!("rowhouse-pg-{}", &name[20..]));
        DirBuilder::new().mode(0o700).create(&folder).unwrap();
        if let Some((user, group)) = user {
            chown(&folder, Some(user), Some(group)).unwrap();
        }
        let programs = programs();
        let mut initdb = command(&programs.join("initdb"), user);
        initdb.arg("-D").arg(folder.join("data")).args(["--username=postgres", "--auth=trust", "--no-instructions"]);
        let made = initdb.args(["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]).output().unwrap();
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let postmaster = launch(&programs, &folder, user);
        let mut cluster = Self { programs, folder, user, postmaster };
        cluster.await_ready();
        cluster
    }

    /// The address for a superuser.
    pub fn url(&self) -> String {
        format!("postgres:///postgres?host={}&port={PORT}&user=postgres", self.folder.display())
    }

    /// Kills all of it with SIGKILL: nothing is written down, and nobody is told.
    pub fn kill(&mut self) {
        let first = self.postmaster.id();
        // Once it is stopped, it starts no more processes while they are looked for.
        send("-STOP", &[first]);
        let mut all = children(first);
        all.push(first);
        send("-KILL", &all);
        self.postmaster.wait().unwrap();
        let began = Instant::now();
        while all.iter().any(|process| is_alive(*process)) {
            assert!(began.elapsed() < LIMIT, "PostgreSQL is not gone");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Starts it on what the kill left.
    pub fn start_again(&mut self) {
        self.postmaster = launch(&self.programs, &self.folder, self.user);
        self.await_ready();
    }

    fn await_ready(&mut self) {
        let began = Instant::now();
        loop {
            let mut ready = Command::new(self.programs.join("pg_isready"));
            ready.arg("-q").arg("-h").arg(&self.folder).args(["-p", &PORT.to_string()]);
            if ready.status().unwrap().success() {
                return;
            }
            let log = || fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(self.postmaster.try_wait().unwrap().is_none(), "PostgreSQL ended: {}", log());
            assert!(began.elapsed() < LIMIT, "PostgreSQL does not start: {}", log());
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.postmaster.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.kill();
        }
        // A folder left in the system's temporary folder does no harm.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Root cannot run PostgreSQL; the system's `postgres` user does it then.
fn owner() -> Option<(u32, u32)> {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let line = users.lines().find(|line| line.starts_with("postgres:")).expect("there is a system user `postgres`");
    let fields: Vec<&str> = line.split(':').collect();
    Some((fields[2].parse().unwrap(), fields[3].parse().unwrap()))
}

/// The folder of PostgreSQL's programs: of the newest version, where there are several.
fn programs() -> PathBuf {
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|entry| {
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, folder)| folder.join("initdb").is_file() && folder.join("postgres").is_file())
        .max();
    let on_path = || {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).find(|folder| folder.join("initdb").is_file())
    };
    newest.map(|(_, folder)| folder).or_else(on_path).expect("PostgreSQL's programs are on this machine")
}

fn command(program: &Path, user: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    // Where everybody may be.
    command.current_dir("/").env_remove("LC_ALL");
    if let Some((user, group)) = user {
        command.uid(user).gid(group);
    }
    command
}

fn launch(programs: &Path, folder: &Path, user: Option<(u32, u32)>) -> Child {
    let log = File::options().create(true).append(true).open(folder.join("log")).unwrap();
    let mut postgres = command(&programs.join("postgres"), user);
    postgres.arg("-D").arg(folder.join("data")).args(["-c", "listen_addresses="]);
    postgres.arg("-c").arg(format!("unix_socket_directories={}", folder.display()));
    postgres.arg("-c").arg(format!("port={PORT}"));
    for setting in ["shared_buffers=64MB", "max_connections=60", "jit=off", "fsync=on", "synchronous_commit=on"] {
        postgres.args(["-c", setting]);
    }
    postgres.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap()
}

fn send(signal: &str, to: &[u32]) {
    // The shell's own; and one that is gone by now needs no signal.
    let mut shell = Command::new("sh");
    shell.args(["-c", "kill \"$@\"", "kill", signal]).args(to.iter().map(ToString::to_string));
    let _ = shell.stderr(Stdio::null()).status();
}

/// The state of a process and the process that started it (proc(5)). The name before them may have anything in it.
fn status(process: u32) -> Option<(char, u32)> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

/// Every process of PostgreSQL is a child of its first.
fn children(of: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter(|process| status(*process).is_some_and(|(_, parent)| parent == of)).collect()
}

/// One that has ended and that nobody has asked for holds nothing any more.
fn is_alive(process: u32) -> bool {
    status(process).is_some_and(|(state, _)| state != 'Z')
}
