//! `rowhouse demo …`.

use anyhow::{Result, bail};
use clap::Subcommand;
use rowhouse_platform::{ambient::Ambient, storage::Storage};

use crate::{
    config::{Config, Mode},
    demo, services,
};

#[derive(Debug, Subcommand)]
pub(super) enum DemoCommand {
    /// Add the demonstration tenants that are not there yet
    Seed,
    /// Remove the demonstration tenants and all that is in them
    Remove,
}

pub(super) async fn run(command: DemoCommand, config: Config) -> Result<()> {
    let database = services::database(&config)?;
    let directory = super::directory(&database, &config);
    match command {
        DemoCommand::Seed if config.server.mode == Mode::Production => {
            bail!("demonstration tenants have public passwords; they are for server.mode = \"development\" only")
        }
        DemoCommand::Seed => {
            if let Some(operators) = services::operators(&config)? {
                demo::seed_operator(&operators, &Ambient::system()).await?;
            }
            demo::seed(&database, &directory, &services::scribe(&config, Ambient::system())?).await
        }
        DemoCommand::Remove => {
            let storage = Storage::new(&config.storage.place)?;
            demo::remove(&database, &directory, &storage, super::operator_url(&config)?).await
        }
    }
}
