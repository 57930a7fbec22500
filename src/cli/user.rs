//! `rowhouse user …`.

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use rowhouse_platform::{
    access::{AssignedRole, Role},
    ambient::Ambient,
    audit::{self, Act, Action},
    identity::{
        EmailAddress, Passwords,
        account::{self, EMAIL_TAKEN, NewAccount, insert},
        policy, second_factor,
    },
    mail::{self, Letter, Letterhead},
};
use serde_json::json;

use crate::{config::Config, services};

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Create an account in a tenant
    Create(Create),
    /// Remove a person's authenticator app and recovery codes, where they lost both
    ResetSecondFactor(Whose),
}

#[derive(Debug, Args)]
pub(super) struct Whose {
    /// The tenant's name in the host
    #[arg(long)]
    tenant: String,
    /// The person's email address
    #[arg(long)]
    email: String,
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

pub(super) async fn run(command: UserCommand, config: Config) -> Result<()> {
    match command {
        UserCommand::Create(create) => self::create(create, config).await,
        UserCommand::ResetSecondFactor(whose) => reset_second_factor(whose, config).await,
    }
}

/// The person is told by mail, as when they do it themselves.
async fn reset_second_factor(Whose { tenant: slug, email }: Whose, config: Config) -> Result<()> {
    let ambient = Ambient::system();
    let address = EmailAddress::parse(&email)?;
    let database = services::database(&config)?;
    let tenant = super::find_tenant(&super::directory(&database, &config), &slug).await?;
    let mut tx = database.begin(&tenant.home).await?;
    let Some(account) = account::of_address(&mut tx, &address).await? else {
        bail!("{email} has no account in “{slug}”")
    };
    if !second_factor::remove(&mut tx, account).await? {
        bail!("{email} has no authenticator app in “{slug}”")
    }
    let letterhead = Letterhead::new(&tenant, &config.server.public_url.of_tenant(&slug.parse()?));
    let what = "Your authenticator app was removed by support".to_owned();
    let letter = Letter::SecondFactorChanged { what, when: ambient.now() };
    mail::queue(&mut tx, &ambient, &letterhead, &email, &letter).await?;
    let act = Act::by_system(Action::TotpDisabled)
        .on("account", account.to_string(), &email)
        .because("reset on the command line");
    audit::record(&mut tx, &services::scribe(&config, ambient)?, act).await?;
    tx.commit().await?;
    println!("{email} signs in to “{slug}” without an authenticator app now, and is told so by mail.");
    Ok(())
}

async fn create(create: Create, config: Config) -> Result<()> {
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
    let act = Act::by_system(Action::MemberJoined)
        .on("account", id.to_string(), &create.email)
        .change((), json!({ "email": create.email, "role": create.role.label() }))
        .because("created on the command line");
    audit::record(&mut tx, &services::scribe(&config, ambient)?, act).await?;
    tx.commit().await?;
    println!("{} has an account in “{}” ({id}).", create.email, create.tenant);
    if is_new {
        println!("Password: {password}");
    }
    Ok(())
}
