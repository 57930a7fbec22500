//! `rowhouse keys …`: the keys that access tokens are signed with.

use anyhow::{Context as _, Result};
use clap::Subcommand;
use rowhouse_platform::{access_token::Rotation, ambient::Ambient};

use crate::{config::Config, services};

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Make a new key for access tokens; servers do so by themselves after `api.signing_key_days`
    Rotate {
        /// Refuse what earlier keys signed from now on, instead of letting it run out within the hour: for when a key is
        /// known to somebody
        #[arg(long)]
        at_once: bool,
    },
}

pub(super) async fn run(command: KeysCommand, config: Config) -> Result<()> {
    let KeysCommand::Rotate { at_once } = command;
    let database = services::database(&config)?;
    let secrets = services::secret_keys(&config)?;
    let keys = services::signing_keys(&config, &database, &secrets, &Ambient::system());
    let rotation = if at_once { Rotation::AtOnce } else { Rotation::Now };
    let kid = keys.rotate(rotation).await?.context("no key was made")?;
    if at_once {
        println!("{kid} is the new key. What was signed before is refused; servers know within half a minute.");
    } else {
        println!("{kid} is the new key. It signs in ten minutes; what was signed before is good until it ends.");
    }
    Ok(())
}
