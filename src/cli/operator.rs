//! `rowhouse operator …`.

use anyhow::Result;
use clap::{Args, Subcommand};
use rowhouse_platform::{
    ambient::Ambient,
    db::OperatorDatabase,
    identity::{EmailAddress, Passwords, password::PasswordRules},
    operator::account::{self, ENROL_WITHIN, Listed, NewOperator},
};

use crate::config::Config;

/// What operators' passwords must be: they open more than anybody else's.
const RULES: PasswordRules = PasswordRules { min_length: 12, min_score: 3 };

#[derive(Debug, Subcommand)]
pub(super) enum OperatorCommand {
    /// Create an operator, whose first sign-in sets up an authenticator app
    Create(Create),
    /// List all operators
    List,
    /// Remove an operator. What they did stays in the audit log
    Remove {
        /// Their email address
        #[arg(long)]
        email: String,
    },
    /// Give an operator a new password and take the authenticator app, recovery codes and sessions away
    Reset(Reset),
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// Their email address
    #[arg(long)]
    email: String,
    /// Their name
    #[arg(long)]
    name: String,
    /// Read the password from standard input; otherwise one is made and printed
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Debug, Args)]
pub(super) struct Reset {
    /// Their email address
    #[arg(long)]
    email: String,
    /// Read the password from standard input; otherwise one is made and printed
    #[arg(long)]
    password_stdin: bool,
}

pub(super) async fn run(command: OperatorCommand, config: Config) -> Result<()> {
    let ambient = Ambient::system();
    let operators = OperatorDatabase::new(super::operator_url(&config)?)?;
    match command {
        OperatorCommand::Create(create) => self::create(create, &operators, &ambient, &config).await,
        OperatorCommand::Reset(reset) => self::reset(reset, &operators, &ambient, &config).await,
        OperatorCommand::List => list(&operators).await,
        OperatorCommand::Remove { email } => {
            account::remove(&operators, &ambient, &EmailAddress::parse(&email)?).await?;
            println!("{email} is no operator any more, and signed out.");
            Ok(())
        }
    }
}

async fn create(create: Create, operators: &OperatorDatabase, ambient: &Ambient, config: &Config) -> Result<()> {
    let email = EmailAddress::parse(&create.email)?;
    let name = super::name("--name", &create.name, 120)?;
    let about = [name.as_str(), email.key()];
    let (password, is_new) = super::password(ambient, create.password_stdin, RULES, &about)?;
    let password_hash = Passwords::new(ambient, 1)?.hash(ambient, password.clone()).await?;
    let new = NewOperator { email, name, password_hash, is_demo: false };
    account::create(operators, ambient, &new).await?;
    println!("{} is an operator.", create.email);
    enrolment(config, is_new.then_some(&password));
    Ok(())
}

async fn reset(reset: Reset, operators: &OperatorDatabase, ambient: &Ambient, config: &Config) -> Result<()> {
    let email = EmailAddress::parse(&reset.email)?;
    let (password, is_new) = super::password(ambient, reset.password_stdin, RULES, &[email.key()])?;
    let hash = Passwords::new(ambient, 1)?.hash(ambient, password.clone()).await?;
    account::reset(operators, ambient, &email, &hash).await?;
    println!("{} has a new password, and no authenticator app, recovery code or session any more.", reset.email);
    enrolment(config, is_new.then_some(&password));
    Ok(())
}

/// What the operator does next.
fn enrolment(config: &Config, password: Option<&String>) {
    if let Some(password) = password {
        println!("Password: {password}");
    }
    println!("Console:  {}", config.server.public_url.console());
    println!(
        "The first sign-in sets up an authenticator app. It has to come within {} days.",
        ENROL_WITHIN.whole_days()
    );
}

async fn list(operators: &OperatorDatabase) -> Result<()> {
    let all = account::list(operators).await?;
    if all.is_empty() {
        println!("There is no operator yet. Create one with `rowhouse operator create`.");
    }
    for Listed { email, name, app_since, enrol_by, last_seen_at, is_demo } in all {
        let app = match (app_since, enrol_by) {
            (Some(since), _) => format!("app since {}", since.date()),
            (None, Some(by)) => format!("no app yet, to be set up before {}", by.date()),
            (None, None) => "no app yet".to_owned(),
        };
        let seen = last_seen_at.map(|at| format!(", last seen {}", at.date())).unwrap_or_default();
        let demo = if is_demo { ", demonstration" } else { "" };
        println!("{email:<32} {name}: {app}{seen}{demo}");
    }
    Ok(())
}
