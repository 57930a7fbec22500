//! Takes the demonstration tenants out of the database again.

use anyhow::Result;
use rowhouse_app::desk::bulk;
use rowhouse_platform::{
    ambient::Ambient,
    branding,
    db::{Admin, Database, OperatorDatabase},
    identity::{EmailAddress, account},
    operator,
    sso::connection,
    storage::{self, Storage},
    tenancy::{Address, Lookup, TenantDirectory},
};

/// Removes the demonstration operators, and every tenant that is marked as a demonstration, with all its data and files.
///
/// # Errors
/// What the database said. A tenant whose removal failed is still there as a whole, or without data.
pub async fn remove(
    database: &Database,
    directory: &TenantDirectory,
    storage: &Storage,
    operator_url: &str,
) -> Result<()> {
    let operators = OperatorDatabase::new(operator_url)?;
    for email in operator::account::demo(&operators).await? {
        operator::account::remove(&operators, &Ambient::system(), &EmailAddress::parse(&email)?).await?;
        println!("The operator {email} is removed.");
    }
    let mut operator = Admin::connect(operator_url).await?;
    let demo = operator.tenants().await?.into_iter().filter(|tenant| tenant.is_demo);
    for tenant in demo {
        if let Lookup::Found(found) = directory.find(&Address::Slug(tenant.slug.clone())).await? {
            let mut tx = database.begin(&found.home).await?;
            bulk::remove_all(&mut tx).await?;
            storage::object::remove_all(&mut tx).await?;
            account::remove_all(&mut tx).await?;
            connection::remove_all(&mut tx).await?;
            branding::remove_all(&mut tx).await?;
            tx.commit().await?;
            storage.remove_tenant(&found.home).await?;
        }
        operator.remove_tenant(&tenant.slug).await?;
        println!("{} is removed.", tenant.name);
    }
    Ok(())
}
