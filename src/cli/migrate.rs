//! `rowhouse migrate`.

use anyhow::Result;
use rowhouse_platform::db::{expected_migrations, migrate};

use crate::config::Config;

pub(super) async fn run(config: Config) -> Result<()> {
    let operator = config.database.operator_url.as_ref().map_or("", |url| url.expose());
    migrate(super::admin_url(&config)?, config.database.url.expose(), operator).await?;
    println!("The database is up to date: {} migrations.", expected_migrations().len());
    Ok(())
}
