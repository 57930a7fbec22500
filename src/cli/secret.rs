//! `rowhouse secret …`.

use clap::Subcommand;
use rowhouse_platform::{ambient::Ambient, secrets::SecretKeys};

#[derive(Debug, Subcommand)]
pub(super) enum SecretCommand {
    /// Print a new key for the setting secrets.keys, as "id:key"
    NewKey,
}

/// It needs no configuration, for it is what the first one is made with.
pub(super) fn new_key() {
    println!("{}", SecretKeys::new_entry(&Ambient::system()));
}
