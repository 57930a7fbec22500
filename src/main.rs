//! The command `rowhouse`.

use std::process::ExitCode;

use clap::Parser as _;

/// Hashing a password takes 19 MiB for a moment, on whichever thread is free. The system's allocator keeps such memory
/// for each thread that ever had it; this one gives it back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    rowhouse::cli::run(rowhouse::cli::Arguments::parse())
}
