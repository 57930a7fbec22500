//! Puts the demonstration tenants into the database: each as a whole, or not at all.

use anyhow::{Context as _, Result};
use rowhouse_app::desk::bulk::bring_in;
use rowhouse_platform::{
    access::{AssignedRole, Role},
    ambient::Ambient,
    audit::Scribe,
    branding::{self, BrandingChange, Logo, LogoChange},
    db::Database,
    id::AccountId,
    identity::{
        EmailAddress, Passwords,
        account::{self, NewAccount},
    },
    sso::email_domain,
    tenancy::{Address, BaseDomain, Lookup, NewOwner, NewTenant, TenantDirectory, register},
};

use super::{DemoRole, DemoTenant, demo_tenants, logo_png, past::past};

/// The password of every demonstration account.
pub(super) const PASSWORD: &str = "rowhouse-demo";

/// The names of the demonstration tenants in the host.
const SLUGS: [&str; 3] = ["acme", "globex", "initech"];

/// Adds the demonstration tenants that are not there yet.
///
/// # Errors
/// What the database said, in which case nothing of that tenant is left behind.
pub async fn seed(database: &Database, directory: &TenantDirectory, scribe: &Scribe) -> Result<()> {
    let ambient = scribe.ambient();
    let missing = missing(directory).await?;
    if missing.is_empty() {
        println!("The demonstration tenants are there.");
        return Ok(());
    }
    let hash = Passwords::new(ambient, 1)?.hash(ambient, PASSWORD.to_owned()).await?;
    let tenants = demo_tenants(hour(ambient))?.into_iter().filter(|tenant| missing.contains(&tenant.slug));
    for tenant in tenants {
        let (name, tickets) = (tenant.name, tenant.tickets.len());
        add(database, scribe, &tenant, &hash).await.with_context(|| format!("{name} cannot be added"))?;
        println!("{name} is there: 8 people, {tickets} tickets.");
    }
    Ok(())
}

/// The same hour gives the same data.
fn hour(ambient: &Ambient) -> time::OffsetDateTime {
    let now = ambient.now();
    now.replace_time(time::Time::from_hms(now.hour(), 0, 0).unwrap_or(time::Time::MIDNIGHT))
}

/// Asked before anything is generated: mostly, all are there.
async fn missing(directory: &TenantDirectory) -> Result<Vec<&'static str>> {
    let mut missing = Vec::new();
    for slug in SLUGS {
        if let Lookup::Unknown = directory.find(&Address::Slug(slug.to_owned())).await? {
            missing.push(slug);
        }
    }
    Ok(missing)
}

async fn add(database: &Database, scribe: &Scribe, tenant: &DemoTenant, hash: &str) -> Result<()> {
    let ambient = scribe.ambient();
    let account = |person: &super::DemoPerson| -> Result<NewAccount> {
        Ok(NewAccount {
            name: person.name.to_owned(),
            email: EmailAddress::parse(&person.email)?,
            role: match person.role {
                DemoRole::Owner => AssignedRole::BuiltIn(Role::Owner),
                DemoRole::Member => AssignedRole::BuiltIn(Role::Agent),
            },
            email_verified: true,
            password_hash: Some(hash.to_owned()),
        })
    };
    let first = tenant.people.iter().position(|person| person.role == DemoRole::Owner).context("nobody is an owner")?;
    let owner = account(&tenant.people[first])?;
    let owner = NewOwner { name: owner.name, email: owner.email, password_hash: hash.to_owned(), email_verified: true };
    let new = NewTenant { slug: tenant.slug.parse()?, name: tenant.name.to_owned(), is_demo: true };

    register::register_with(database, scribe, new, owner, async |tx, owner| {
        let mut ids: Vec<AccountId> = Vec::new();
        for (index, person) in tenant.people.iter().enumerate() {
            ids.push(if index == first { owner } else { account::insert(tx, ambient, account(person)?).await? });
        }
        let logo = Logo::from_upload(&logo_png(tenant.slug)?)?;
        let look = BrandingChange {
            logo: LogoChange::Replace(Box::new(logo)),
            ..BrandingChange::new(tenant.name.to_owned(), tenant.accent.parse()?)
        };
        branding::save_in(tx, ambient, look).await?;
        bring_in(tx, ambient, &past(tenant, &ids)?).await?;
        // Reserved for such uses (RFC 6761), so nobody has a record to set there.
        let domain = email_domain::parse(&format!("{}.test", tenant.slug), &BaseDomain::localhost())?;
        email_domain::vouch(tx, scribe, &domain).await?;
        anyhow::Ok(())
    })
    .await?;
    Ok(())
}
