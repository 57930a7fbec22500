//! How a tenant comes to be: its row in the control plane and its first owner, or neither.

use std::sync::Arc;

use super::{Slug, TenantHome};
use crate::{
    access::{AssignedRole, Role},
    audit::{self, Act, Action, Origin, Scribe},
    db::{Database, DbError, TenantTx},
    id::{AccountId, TenantId},
    identity::{EmailAddress, account},
    placement::Placement,
    plan::{Entitlements, PlanKey},
};

/// A tenant to be.
#[derive(Debug, Clone)]
pub struct NewTenant {
    /// Its name in the host.
    pub slug: Slug,
    /// What it is called.
    pub name: String,
    /// Whether it is a demonstration tenant, whose passwords are public.
    pub is_demo: bool,
}

/// Its first owner.
#[derive(Debug, Clone)]
pub struct NewOwner {
    /// What the person is called.
    pub name: String,
    /// Where they get mail, and what they sign in with.
    pub email: EmailAddress,
    /// Argon2id, in PHC form.
    pub password_hash: String,
    /// Whether the address is known to be theirs.
    pub email_verified: bool,
}

/// Why a tenant could not be registered.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// Somebody has this address.
    #[error("“{0}” is taken. Choose another address.")]
    SlugTaken(Slug),
    /// PostgreSQL refused or failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

/// What was registered.
#[derive(Debug, Clone)]
pub struct Registered {
    /// The new tenant.
    pub home: TenantHome,
    /// Its owner's account.
    pub owner: AccountId,
}

/// Registers a tenant with its first owner; that is the first record of its audit log.
///
/// # Errors
/// [`RegisterError::SlugTaken`], also when somebody else was quicker; nothing is left behind then.
pub async fn register(
    database: &Database,
    scribe: &Scribe,
    tenant: NewTenant,
    owner: NewOwner,
) -> Result<Registered, RegisterError> {
    register_with(database, scribe, tenant, owner, async |_, _| Ok(())).await
}

/// Registers a tenant with its first owner, and does more in the same transaction: all of it comes to be, or nothing.
///
/// # Errors
/// As [`register`], or what `more` failed with.
pub async fn register_with<E: From<RegisterError>>(
    database: &Database,
    scribe: &Scribe,
    tenant: NewTenant,
    owner: NewOwner,
    more: impl AsyncFnOnce(&mut TenantTx, AccountId) -> Result<(), E>,
) -> Result<Registered, E> {
    let (mut tx, registered) = begin(database, scribe, tenant, owner).await?;
    more(&mut tx, registered.owner).await?;
    tx.commit().await.map_err(RegisterError::from)?;
    Ok(registered)
}

async fn begin(
    database: &Database,
    scribe: &Scribe,
    tenant: NewTenant,
    owner: NewOwner,
) -> Result<(TenantTx, Registered), RegisterError> {
    let ambient = scribe.ambient();
    // It gets its plan in this transaction; its first rows are not measured by it.
    let entitlements = Arc::new(Entitlements::unlimited(PlanKey::none()));
    let home = TenantHome { id: TenantId(ambient.uuid()), placement: Placement::Pooled, entitlements };
    let mut tx = database.begin(&home).await?;
    let registered = sqlx::query!(
        "SELECT control.register_tenant($1, $2, $3, $4)",
        tenant.slug.as_ref(),
        tenant.name,
        tenant.is_demo,
        ambient.now()
    )
    .execute(&mut tx)
    .await
    .map_err(DbError::from);
    if let Err(error) = registered {
        return Err(match error.constraint() {
            Some("tenant_slug_key") => RegisterError::SlugTaken(tenant.slug),
            _ => error.into(),
        });
    }
    let (name, email) = (owner.name.clone(), owner.email.to_string());
    let new = account::NewAccount {
        name: owner.name,
        email: owner.email,
        role: AssignedRole::BuiltIn(Role::Owner),
        email_verified: owner.email_verified,
        password_hash: Some(owner.password_hash),
    };
    let owner = account::insert(&mut tx, ambient, new).await?;
    let created = Action::WorkspaceCreated;
    let act = if *scribe.origin() == Origin::system() {
        Act::by_system(created)
    } else {
        Act::by_account(owner, name, email.clone(), created)
    };
    let after = serde_json::json!({ "name": tenant.name, "address": tenant.slug.as_ref(), "owner": email });
    let act = act.on("workspace", tenant.slug.as_ref(), tenant.name).change((), after);
    audit::record(&mut tx, scribe, act).await?;
    Ok((tx, Registered { home, owner }))
}

/// Whether an address is free, as far as can be told before registering.
///
/// # Errors
/// [`DbError`] when PostgreSQL cannot be asked.
pub async fn is_free(database: &Database, slug: &Slug) -> Result<bool, DbError> {
    let mut tx = database.control().await?;
    let taken =
        sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM control.tenant_by_slug($1)) AS "taken!""#, slug.as_ref())
            .fetch_one(&mut tx)
            .await?;
    tx.commit().await?;
    Ok(!taken)
}
