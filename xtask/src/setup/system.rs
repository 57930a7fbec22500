//! Programs of the system: looked for by the file they bring, installed with apt where that is possible.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use nix::unistd::Uid;

use crate::postgres;
use crate::running::{self, Captured};
use crate::step::{self, Line};

/// While this file exists, installing PostgreSQL makes no cluster of its own on port 5432: Rowhouse brings its own,
/// and a database server that nobody asked for surprises.
const NO_MAIN_CLUSTER: &str = "/etc/postgresql-common/createcluster.d/rowhouse-setup.conf";

/// A program, and the Debian package that brings it.
pub(crate) struct Need {
    package: &'static str,
    found: fn() -> bool,
}

/// Compiling and linking.
pub(crate) const COMPILER: [Need; 5] = [
    Need { package: "gcc", found: || in_path("cc").is_some() },
    Need { package: "pkg-config", found: || in_path("pkg-config").is_some() },
    Need { package: "libssl-dev", found: || has_header("openssl/ssl.h") },
    // Signatures of SAML.
    Need { package: "libxmlsec1-dev", found: || in_path("xmlsec1-config").is_some() },
    // With it the bindings to that library are made.
    Need { package: "libclang-dev", found: has_libclang },
];
/// The database server with its programs.
pub(crate) const POSTGRESQL: Need =
    Need { package: "postgresql", found: || postgres::Programs::find(None).is_some() && in_path("setpriv").is_some() };
/// The connection pooler that the isolation tests run through.
pub(crate) const PGBOUNCER: Need = Need { package: "pgbouncer", found: || in_path("pgbouncer").is_some() };
/// Python with its environments, for programs that tests run against.
pub(crate) const PYTHON: [Need; 2] = [
    Need { package: "python3", found: || in_path("python3").is_some() },
    Need { package: "python3-venv", found: has_venv },
];
/// Where several servers count requests together.
pub(crate) const REDIS: Need = Need { package: "redis-server", found: || in_path("redis-server").is_some() };
/// The HTTP client that makes the load of the benchmark.
pub(crate) const WRK: Need = Need { package: "wrk", found: || in_path("wrk").is_some() };
/// A SAML identity provider that others wrote, for the browser tests. Not every system offers it: see [`offers`].
pub(crate) const SAML_PROVIDER: [Need; 7] = [
    Need { package: "openssl", found: || in_path("openssl").is_some() },
    Need { package: "php-cli", found: || in_path("php").is_some() },
    Need { package: "php-xml", found: || has_php("dom") },
    Need { package: "php-mbstring", found: || has_php("mbstring") },
    Need { package: "php-curl", found: || has_php("curl") },
    Need { package: "php-sqlite3", found: || has_php("sqlite3") },
    Need { package: "simplesamlphp", found: has_simplesamlphp },
];

/// Whether Python can make environments with pip in them: Debian's needs a package for that.
fn has_venv() -> bool {
    running::capture(running::command("python3").args(["-c", "import ensurepip, venv"]), None)
        .is_ok_and(|tried| tried.status.success())
}

/// Whether `SimpleSAMLphp` is where Debian's package puts it.
pub(crate) fn has_simplesamlphp() -> bool {
    Path::new("/usr/share/simplesamlphp/www").is_dir()
}

/// Whether the system's archive has a package.
pub(crate) fn offers(package: &str) -> bool {
    running::capture(running::command("apt-cache").args(["show", package]), None)
        .is_ok_and(|shown| shown.status.success())
}

/// Whether PHP has an extension.
fn has_php(extension: &str) -> bool {
    let folder = |version: fs::DirEntry| version.path().join("cli/conf.d");
    fs::read_dir("/etc/php").into_iter().flatten().flatten().map(folder).any(|folder| {
        let files = fs::read_dir(folder).into_iter().flatten().flatten();
        files.into_iter().any(|file| file.file_name().to_string_lossy().ends_with(&format!("-{extension}.ini")))
    })
}

/// Finds a program as a shell would, and also where only root's shell looks.
pub(crate) fn in_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// Whether the C compiler finds a header of the system.
fn has_header(name: &str) -> bool {
    let multiarch = format!("/usr/include/{}-linux-gnu", env::consts::ARCH);
    ["/usr/include", "/usr/local/include", &multiarch].iter().any(|folder| Path::new(folder).join(name).is_file())
}

/// Whether there is a libclang, where Debian's packages put it or where `LIBCLANG_PATH` says.
fn has_libclang() -> bool {
    let holds = |folder: PathBuf| {
        fs::read_dir(folder).is_ok_and(|files| {
            files.flatten().any(|file| {
                let name = file.file_name();
                name.to_str()
                    .is_some_and(|name| name.starts_with("libclang") && name.contains(".so") && !name.contains("cpp"))
            })
        })
    };
    let versions = fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|folder| folder.path());
    let llvm = versions.filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("llvm-")));
    llvm.map(|path| path.join("lib"))
        .chain([PathBuf::from("/usr/lib"), format!("/usr/lib/{}-linux-gnu", env::consts::ARCH).into()])
        .chain(env::var_os("LIBCLANG_PATH").map(PathBuf::from))
        .any(holds)
}

/// Chromium without what draws windows.
const HEADLESS_SHELL: &str = "chromium-headless-shell";

/// The browser of the browser tests: the shell of Chromium where the system offers it, in which they take a third of
/// the time; else Chromium itself. Ubuntu has either only as a snap: there Playwright brings its own.
pub(crate) fn browser() -> Vec<Need> {
    let shell = Need { package: HEADLESS_SHELL, found: || in_path(HEADLESS_SHELL).is_some() };
    let any = Need { package: "chromium", found: || chromium().is_some() };
    // What is there already will do where installing asks for a password.
    if is_ubuntu() || (chromium().is_some() && Root::find().is_none()) {
        vec![]
    } else if offers(HEADLESS_SHELL) {
        vec![shell]
    } else {
        vec![any]
    }
}

/// Chromium or Chrome, where the system has one; the shell first.
pub(crate) fn chromium() -> Option<PathBuf> {
    [HEADLESS_SHELL, "chromium", "google-chrome", "google-chrome-stable"].iter().find_map(|name| in_path(name))
}

/// Whether this is Ubuntu or derived from it.
pub(crate) fn is_ubuntu() -> bool {
    fs::read_to_string("/etc/os-release").is_ok_and(|release| {
        release.lines().any(|line| {
            line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE=")).is_some_and(|ids| ids.contains("ubuntu"))
        })
    })
}

/// Installs what is missing.
///
/// # Errors
/// When something is missing and cannot be installed from here: the message is the line to type.
pub(crate) fn ensure(needs: &[Need]) -> Result<()> {
    let line = Line::start("System packages");
    let missing: Vec<&str> = needs.iter().filter(|need| !(need.found)()).map(|need| need.package).collect();
    if missing.is_empty() {
        line.done("System packages are there");
        return Ok(());
    }
    line.done(&format!("System packages missing: {}", missing.join(", ")));
    install(&missing)?;
    let still: Vec<&str> = needs.iter().filter(|need| !(need.found)()).map(|need| need.package).collect();
    if !still.is_empty() {
        bail!("{} installed, but what it should bring is not found", still.join(", "));
    }
    Ok(())
}

/// Installs packages, as root or through sudo where it asks no password.
///
/// # Errors
/// When neither is possible or apt fails.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    let typed = format!("sudo apt-get install --yes {names}");
    if in_path("apt-get").is_none() {
        bail!(
            "this machine has no apt-get. Install what these Debian packages contain, then run the command again: {names}"
        );
    }
    let Some(root) = Root::find() else {
        bail!(
            "some packages are missing and need root to install. Type this, then run the command again:\n\n    {typed}\n"
        );
    };
    let line = Line::start(&format!("Installing {names}"));
    let no_cluster = NoMainCluster::declare(root, packages);
    let update = || root.apt(&["update", "--quiet"], Some(&line));
    let lists_empty = fs::read_dir("/var/lib/apt/lists")
        .map_or(true, |lists| !lists.flatten().any(|file| file.file_name().to_string_lossy().contains("_Packages")));
    if lists_empty {
        update()?;
    }
    let mut arguments = vec!["install", "--yes", "--quiet", "--no-install-recommends"];
    arguments.extend(packages);
    if packages.contains(&"simplesamlphp") {
        // It asks for a web server, and PHP's own does for tests.
        arguments.push("apache2-");
    }
    let mut installed = root.apt(&arguments, Some(&line))?;
    if !installed.status.success() && !lists_empty {
        // Lists from long ago name versions that the archive no longer has.
        update()?;
        installed = root.apt(&arguments, Some(&line))?;
    }
    drop(no_cluster);
    if !installed.status.success() {
        bail!(
            "apt-get could not install {names}:\n{}\nMend this, then type `{typed}` and run the command again",
            installed.output.trim_end()
        );
    }
    line.done(&format!("Installed {names}"));
    Ok(())
}

/// The way to act as root.
#[derive(Clone, Copy)]
enum Root {
    Already,
    Sudo,
}

impl Root {
    fn find() -> Option<Self> {
        if Uid::effective().is_root() {
            return Some(Self::Already);
        }
        in_path("sudo")?;
        let asks_nothing = running::capture(running::command("sudo").args(["-n", "true"]), None)
            .is_ok_and(|sudo| sudo.status.success());
        asks_nothing.then_some(Self::Sudo)
    }

    fn run(self, arguments: &[&str], line: Option<&Line>) -> Result<Captured> {
        let mut command = match self {
            Self::Already => running::command(arguments[0]),
            Self::Sudo => {
                let mut command = running::command("sudo");
                command.args(["-n", arguments[0]]);
                command
            }
        };
        running::capture(command.args(&arguments[1..]), line)
    }

    fn apt(self, arguments: &[&str], line: Option<&Line>) -> Result<Captured> {
        let mut words = vec!["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=120"];
        words.extend(arguments);
        self.run(&words, line)
    }
}

/// Keeps the installation of PostgreSQL from making and starting a cluster, for as long as it lives.
struct NoMainCluster {
    root: Root,
}

impl NoMainCluster {
    fn declare(root: Root, packages: &[&str]) -> Option<Self> {
        if !packages.contains(&POSTGRESQL.package) {
            return None;
        }
        let folder = Path::new(NO_MAIN_CLUSTER).parent()?.to_str()?;
        let script = format!("mkdir -p {folder} && echo 'create_main_cluster = false' > {NO_MAIN_CLUSTER}");
        let written = root.run(&["sh", "-c", &script], None).ok()?;
        written.status.success().then_some(Self { root })
    }
}

impl Drop for NoMainCluster {
    fn drop(&mut self) {
        let removed = self.root.run(&["rm", "-f", NO_MAIN_CLUSTER], None);
        if removed.map_or(true, |removed| !removed.status.success()) {
            step::note(&format!("Please remove {NO_MAIN_CLUSTER} by hand."));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_as_a_shell_finds_them() {
        assert!(in_path("sh").is_some_and(|path| path.is_absolute()));
        assert_eq!(in_path("no-such-program-anywhere"), None);
    }
}
