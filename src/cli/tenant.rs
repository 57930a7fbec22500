//! `rowhouse tenant …`.

use anyhow::Result;
use clap::{Args, Subcommand};
use rowhouse_platform::{
    ambient::Ambient,
    audit::{self, Act, Action},
    db::Admin,
    identity::{
        EmailAddress, Passwords,
        password::PasswordRules,
        policy::{self, SignInPolicy},
    },
    sso::email_domain,
    tenancy::{NewOwner, NewTenant, Slug, leaving, register},
};

use crate::{config::Config, services};

#[derive(Debug, Subcommand)]
pub(super) enum TenantCommand {
    /// Create a tenant with its first owner
    Create(Create),
    /// List all tenants
    List {
        /// Print JSON, one object a line
        #[arg(long)]
        json: bool,
    },
    /// Show one tenant
    Show {
        /// Its name in the host
        slug: String,
    },
    /// Suspend a tenant: its pages say so, and nobody can sign in
    Suspend {
        /// Its name in the host
        slug: String,
        /// Why; only operators see it
        #[arg(long)]
        reason: String,
    },
    /// Forget a tenant's sign-in policy, for a tenant whose people locked themselves out
    ResetSignInPolicy {
        /// Its name in the host
        slug: String,
    },
    /// Take an email domain for a tenant's own, without a record in DNS: its identity providers may speak for
    /// addresses there. For domains whose owner you know, and those that no public DNS serves
    VouchEmailDomain {
        /// Its name in the host
        slug: String,
        /// The domain, such as example.com
        domain: String,
    },
    /// Delete, with all they have, the tenants that their owners closed more than 30 days ago
    DeleteClosed,
    /// Let a suspended tenant go on
    Resume {
        /// Its name in the host
        slug: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// Its name in the host, such as acme
    slug: String,
    /// What it is called
    #[arg(long)]
    name: String,
    /// The owner's email address
    #[arg(long)]
    owner_email: String,
    /// The owner's name
    #[arg(long)]
    owner_name: String,
    /// Read the owner's password from standard input; otherwise one is made and printed
    #[arg(long)]
    password_stdin: bool,
}

pub(super) async fn run(command: TenantCommand, config: Config) -> Result<()> {
    match command {
        TenantCommand::Create(create) => self::create(create, &config).await,
        TenantCommand::List { json } => {
            let tenants = operator(&config).await?.tenants().await?;
            if json {
                for tenant in &tenants {
                    println!("{}", serde_json::to_string(tenant)?);
                }
                return Ok(());
            }
            if tenants.is_empty() {
                println!("There is no tenant yet. Create one with `rowhouse tenant create`.");
                return Ok(());
            }
            println!("{:<24} {:<10} {:>8}  NAME", "SLUG", "STATE", "ACCOUNTS");
            for tenant in &tenants {
                println!("{:<24} {:<10} {:>8}  {}", tenant.slug, tenant.state, tenant.accounts, tenant.name);
            }
            Ok(())
        }
        TenantCommand::Show { slug } => {
            let tenant = operator(&config).await?.tenant(&slug).await?;
            println!("{}", serde_json::to_string_pretty(&tenant)?);
            Ok(())
        }
        TenantCommand::Suspend { slug, reason } => {
            operator(&config).await?.set_suspended(&Ambient::system(), &slug, Some(&reason)).await?;
            println!("“{slug}” is suspended. Servers know within a second.");
            Ok(())
        }
        TenantCommand::ResetSignInPolicy { slug } => reset_sign_in_policy(&slug, &config).await,
        TenantCommand::VouchEmailDomain { slug, domain } => vouch_email_domain(&slug, &domain, &config).await,
        TenantCommand::DeleteClosed => {
            let gone = leaving::delete_closed(super::operator_url(&config)?, &Ambient::system()).await?;
            match gone.as_slice() {
                [] => println!("No closed tenant’s time is over."),
                gone => println!("Deleted: {}.", gone.join(", ")),
            }
            Ok(())
        }
        TenantCommand::Resume { slug } => {
            operator(&config).await?.set_suspended(&Ambient::system(), &slug, None).await?;
            println!("“{slug}” is active again. Servers know within a second.");
            Ok(())
        }
    }
}

async fn reset_sign_in_policy(slug: &str, config: &Config) -> Result<()> {
    let database = services::database(config)?;
    let tenant = super::find_tenant(&super::directory(&database, config), slug).await?;
    let mut tx = database.begin(&tenant.home).await?;
    let before = policy::load(&mut tx).await?;
    policy::reset(&mut tx).await?;
    let act = Act::by_system(Action::PolicyChanged)
        .change(&before, SignInPolicy::default())
        .because("reset on the command line");
    audit::record(&mut tx, &services::scribe(config, Ambient::system())?, act).await?;
    tx.commit().await?;
    println!("The sign-in policy of “{slug}” is the server's own again.");
    Ok(())
}

async fn vouch_email_domain(slug: &str, domain: &str, config: &Config) -> Result<()> {
    let domain = email_domain::parse(domain, &config.server.public_url.base_domain)?;
    let database = services::database(config)?;
    let tenant = super::find_tenant(&super::directory(&database, config), slug).await?;
    let mut tx = database.begin(&tenant.home).await?;
    email_domain::vouch(&mut tx, &services::scribe(config, Ambient::system())?, &domain).await?;
    tx.commit().await?;
    println!("{domain} is an email domain of “{slug}” now. Its admins choose which connections speak for it.");
    Ok(())
}

async fn operator(config: &Config) -> Result<Admin> {
    Ok(Admin::connect(super::operator_url(config)?).await?)
}

async fn create(create: Create, config: &Config) -> Result<()> {
    let ambient = Ambient::system();
    let slug: Slug = create.slug.parse()?;
    let email = EmailAddress::parse(&create.owner_email)?;
    let about = [create.owner_name.as_str(), email.key(), create.name.as_str()];
    let (password, is_new) = super::password(&ambient, create.password_stdin, PasswordRules::default(), &about)?;
    let hash = Passwords::new(&ambient, 1)?.hash(&ambient, password.clone()).await?;
    let tenant = NewTenant { slug: slug.clone(), name: super::name("--name", &create.name, 80)?, is_demo: false };
    let owner = NewOwner {
        name: super::name("--owner-name", &create.owner_name, 120)?,
        email,
        password_hash: hash,
        email_verified: true,
    };
    let database = services::database(config)?;
    let registered = register::register(&database, &services::scribe(config, ambient.clone())?, tenant, owner).await?;
    println!("“{slug}” is created ({}).", registered.home.id());
    println!("Address: {}", config.server.public_url.of_tenant(&slug));
    if is_new {
        println!("Password of {}: {password}", create.owner_email);
    }
    Ok(())
}
