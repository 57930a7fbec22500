//! The command `rowhouse`.

use std::process::ExitCode;

use clap::Parser as _;

/// Hashing a password takes 19 MiB for a moment, on whichever thread is free. The system's allocator keeps such memory
/// for each thread that ever had it; this one gives it back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = rowhouse::cli::Arguments::parse();
    #[cfg(target_os = "linux")]
    if arguments.serves() {
        allocator::give_memory_back();
    }
    rowhouse::cli::run(arguments)
}

/// How the allocator is set.
#[cfg(target_os = "linux")]
mod allocator {
    use std::{env, os::unix::process::CommandExt as _, path::Path, process::Command};

    /// What a server wants: memory that is free goes back at once and not when there is something to do a second later,
    /// and comes in pages and not in pieces of two megabytes. A third of the server's memory, at no cost that was seen.
    const SETTINGS: [(&str, &str); 2] = [("MIMALLOC_PURGE_DELAY", "0"), ("MIMALLOC_ALLOW_THP", "0")];

    /// Begins again with these settings where nobody made any, for the allocator reads them before `main` and from the
    /// environment alone. It is the same process afterwards. Where it cannot begin again, it goes on as it is
    /// (`serve` sees to SIGPIPE, which `exec` sets back even where it fails).
    pub(super) fn give_memory_back() {
        if SETTINGS.iter().any(|(name, _)| env::var_os(name).is_some()) {
            return;
        }
        let mut arguments = env::args_os();
        let (Ok(program), Some(name)) = (env::current_exe(), arguments.next()) else { return };
        // Not where a loader was called with this program as its argument.
        if program.file_name() != Path::new(&name).file_name() {
            return;
        }
        let mut again = Command::new(program);
        again.arg0(name).args(arguments).envs(SETTINGS);
        // Answers only when it failed.
        let _ = again.exec();
    }
}
