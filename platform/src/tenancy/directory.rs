//! From an address to its tenant, cached.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use moka::future::Cache;

use super::{Tenant, TenantHome, TenantState, domains, leaving};
use crate::{
    branding,
    db::{Database, DbError},
    id::TenantId,
    placement::Placement,
    plan::{self, Entitlements, PlanKey},
};

/// What a request was addressed to, in normal form (lower case, ASCII).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Address {
    /// A label under the base domain, or the name in a `/t/…` path.
    Slug(String),
    /// A domain of the tenant's own.
    Domain(String),
    /// The tenant itself, as a token names it.
    Id(TenantId),
}

/// How long and how much is remembered.
#[derive(Debug, Clone, Copy)]
pub struct DirectorySettings {
    /// How long an answer is believed without news, at most.
    pub keep: Duration,
    /// Tenants remembered, at most.
    pub capacity: u64,
    /// Unknown addresses remembered, at most: strangers choose them, so they must not fill the memory.
    pub negative_capacity: u64,
}

/// The answer to an address.
#[derive(Debug, Clone)]
pub enum Lookup {
    /// This tenant, active or suspended.
    Found(Arc<Tenant>),
    /// Nobody.
    Unknown,
}

/// Finds tenants by address and remembers them. Cheap to clone; all clones share the memory.
#[derive(Clone)]
pub struct TenantDirectory {
    database: Database,
    found: Cache<Address, Arc<Tenant>>,
    unknown: Cache<Address, ()>,
    /// Counts what was forgotten, so that an answer read before and stored after is noticed.
    generation: Arc<AtomicU64>,
}

impl TenantDirectory {
    /// An empty directory.
    pub fn new(database: Database, settings: DirectorySettings) -> Self {
        Self {
            database,
            found: Cache::builder()
                .max_capacity(settings.capacity)
                .time_to_live(settings.keep)
                .support_invalidation_closures()
                .build(),
            unknown: Cache::builder().max_capacity(settings.negative_capacity).time_to_live(settings.keep).build(),
            generation: Arc::default(),
        }
    }

    /// Who is at `address`?
    ///
    /// # Errors
    /// [`DbError`] when it is not remembered and PostgreSQL cannot be asked.
    pub async fn find(&self, address: &Address) -> Result<Lookup, DbError> {
        if let Some(tenant) = self.found.get(address).await {
            return Ok(Lookup::Found(tenant));
        }
        if self.unknown.get(address).await.is_some() {
            return Ok(Lookup::Unknown);
        }
        let generation = self.generation.load(Ordering::Acquire);
        let answer = self.load(address).await?;
        match &answer {
            Lookup::Found(tenant) => self.found.insert(address.clone(), Arc::clone(tenant)).await,
            Lookup::Unknown => self.unknown.insert(address.clone(), ()).await,
        }
        if self.generation.load(Ordering::Acquire) != generation {
            self.found.invalidate(address).await;
            self.unknown.invalidate(address).await;
        }
        Ok(answer)
    }

    /// Forgets one tenant, and every address that was unknown: it may be this tenant's now.
    pub fn forget(&self, tenant: TenantId) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        self.unknown.invalidate_all();
        // The closure is refused only where the cache was built without support for it.
        if self.found.invalidate_entries_if(move |_, cached| cached.home.id == tenant).is_err() {
            self.found.invalidate_all();
        }
    }

    /// Forgets everything, for when news may have been missed.
    pub fn forget_all(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        self.found.invalidate_all();
        self.unknown.invalidate_all();
    }

    /// How many unknown addresses are remembered.
    pub async fn unknown_count(&self) -> u64 {
        self.unknown.run_pending_tasks().await;
        self.unknown.entry_count()
    }

    async fn load(&self, address: &Address) -> Result<Lookup, DbError> {
        let mut control = self.database.control().await?;
        let row = match address {
            Address::Slug(slug) => sqlx::query_as!(
                Row,
                r#"SELECT id AS "id!", slug AS "slug!", name AS "name!", state AS "state!", placement AS "placement!"
                   FROM control.tenant_by_slug($1)"#,
                slug
            )
            .fetch_optional(&mut control)
            .await?,
            Address::Domain(domain) => sqlx::query_as!(
                Row,
                r#"SELECT id AS "id!", slug AS "slug!", name AS "name!", state AS "state!", placement AS "placement!"
                   FROM control.tenant_by_domain($1)"#,
                domain
            )
            .fetch_optional(&mut control)
            .await?,
            Address::Id(id) => sqlx::query_as!(
                Row,
                r#"SELECT id AS "id!", slug AS "slug!", name AS "name!", state AS "state!", placement AS "placement!"
                   FROM control.tenant_by_id($1)"#,
                id.0
            )
            .fetch_optional(&mut control)
            .await?,
        };
        control.commit().await?;
        let Some(row) = row else { return Ok(Lookup::Unknown) };

        let (id, placement) = (TenantId(row.id), Placement::parse(&row.placement)?);
        let state = match row.state.as_str() {
            "active" => TenantState::Active,
            "closing" => TenantState::Closing,
            _ => TenantState::Suspended,
        };
        // What the tenant may use is not known before this transaction, which only reads.
        let unknown = Arc::new(Entitlements::unlimited(PlanKey::none()));
        let mut tx = self.database.begin(&TenantHome { id, placement, entitlements: unknown }).await?;
        let entitlements = Arc::new(plan::load(&mut tx).await?);
        let home = TenantHome { id, placement, entitlements: Arc::clone(&entitlements) };
        let tenant = Tenant {
            branding: branding::load(&mut tx, &row.name).await?,
            primary_host: domains::primary_host(&mut tx).await?,
            closes_at: if state == TenantState::Closing { leaving::closes_at(&mut tx).await? } else { None },
            home,
            entitlements,
            slug: row.slug,
            name: row.name,
            state,
        };
        tx.commit().await?;
        Ok(Lookup::Found(Arc::new(tenant)))
    }
}

struct Row {
    id: uuid::Uuid,
    slug: String,
    name: String,
    state: String,
    placement: String,
}
