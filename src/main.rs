//! The command `rowhouse`.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    rowhouse::cli::run(rowhouse::cli::Arguments::parse())
}
