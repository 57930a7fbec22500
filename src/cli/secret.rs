//! `rowhouse secret …`.

use anyhow::{Context as _, Result};
use clap::Subcommand;
use rowhouse_platform::{
    access_token,
    ambient::Ambient,
    db::{Admin, OperatorDatabase},
    identity::totp,
    operator,
    secrets::SecretKeys,
    sso,
};

use crate::{config::Config, services};

#[derive(Debug, Subcommand)]
pub(super) enum SecretCommand {
    /// Print a new key for the setting secrets.keys, as "id:key"
    NewKey,
    /// Seal every secret in the database with the first key of secrets.keys
    Rotate,
}

pub(super) async fn run(config: Config) -> Result<()> {
    let ambient = Ambient::system();
    let keys = services::secret_keys(&config)?;
    let database = services::database(&config)?;
    let directory = super::directory(&database, &config);
    let mut count = 0;
    // A transaction for each tenant: one that fails leaves the others done, and the command can be run again.
    for tenant in Admin::connect(super::operator_url(&config)?).await?.tenants().await? {
        let describe = || format!("the secrets of “{}” stay as they were", tenant.slug);
        let home = super::find_tenant(&directory, &tenant.slug).await?.home.clone();
        let mut tx = database.begin(&home).await?;
        // Here stands a line for each kind of secret.
        count += totp::reseal(&mut tx, &ambient, &keys).await.with_context(describe)?;
        count += sso::reseal(&mut tx, &ambient, &keys).await.with_context(describe)?;
        tx.commit().await.with_context(describe)?;
    }
    // No tenant's: those that access tokens are signed with.
    count += access_token::reseal(&database, &ambient, &keys).await.context("the signing keys stay as they were")?;
    let operators = OperatorDatabase::new(super::operator_url(&config)?)?;
    count += operator::account::reseal(&operators, &ambient, &keys)
        .await
        .context("the secrets of operators stay as they were")?;
    let current = keys.current_id();
    match count {
        0 => println!("Every secret is sealed with “{current}” already."),
        1 => println!("1 secret is now sealed with “{current}”, and none with another key."),
        count => println!("{count} secrets are now sealed with “{current}”, and none with another key."),
    }
    Ok(())
}

/// It needs no configuration, for it is what the first one is made with.
pub(super) fn new_key() {
    println!("{}", SecretKeys::new_entry(&Ambient::system()));
}
