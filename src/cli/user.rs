//! `rowhouse user …`.

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use rowhouse_platform::{
    access::{AssignedRole, Role},
    ambient::Ambient,
    identity::{
        EmailAddress, Passwords,
        account::{EMAIL_TAKEN, NewAccount, insert},
        policy,
    },
};

use crate::{config::Config, services};

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Create an account in a tenant
    Create(Create),
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// The tenant's name in the host
    #[arg(long)]
    tenant: String,
    /// The person's email address
    #[arg(long)]
    email: String,
    /// The person's name
    #[arg(long)]
    name: String,
    /// owner, admin, agent or viewer
    #[arg(long, default_value = "agent", value_parser = role)]
    role: Role,
    /// Read the password from standard input; otherwise one is made and printed
    #[arg(long)]
    password_stdin: bool,
}

fn role(word: &str) -> Result<Role, String> {
    Role::parse(word).ok_or_else(|| "allowed are owner, admin, agent and viewer".to_owned())
}

pub(super) async fn run(UserCommand::Create(create): UserCommand, config: Config) -> Result<()> {
    let ambient = Ambient::system();
    let email = EmailAddress::parse(&create.email)?;
    let name = super::name("--name", &create.name, 120)?;
    let database = services::database(&config)?;
    let tenant = super::find_tenant(&super::directory(&database, &config), &create.tenant).await?;
    let mut tx = database.begin(&tenant.home).await?;
    let rules = policy::load(&mut tx).await?.password_rules();
    tx.commit().await?;
    let about = [name.as_str(), email.key(), tenant.name.as_str()];
    let (password, is_new) = super::password(&ambient, create.password_stdin, rules, &about)?;
    let hash = Passwords::new(&ambient, 1)?.hash(&ambient, password.clone()).await?;
    let mut tx = database.begin(&tenant.home).await?;
    let account = NewAccount {
        name,
        email,
        role: AssignedRole::BuiltIn(create.role),
        password_hash: Some(hash),
        email_verified: true,
    };
    let id = match insert(&mut tx, &ambient, account).await {
        Ok(id) => id,
        Err(error) if error.constraint() == Some(EMAIL_TAKEN) => {
            bail!("{} has an account in “{}” already", create.email, create.tenant)
        }
        Err(error) => return Err(error).context("the account cannot be created"),
    };
    tx.commit().await?;
    println!("{} has an account in “{}” ({id}).", create.email, create.tenant);
    if is_new {
        println!("Password: {password}");
    }
    Ok(())
}
