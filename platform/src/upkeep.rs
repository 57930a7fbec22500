//! What a server does by itself: a look for what there is to do across tenants, every now and then, and doing it.
//!
//! The operator's connection finds the tenants that have something to do; what is done for one is done in transactions of
//! its own, as the serving role. Several servers may do it at the same time: each [`Chore`] sees to that. What fails is
//! logged and done again the next time, and what fails for one tenant keeps no other waiting.

use std::{fmt::Display, time::Duration};

use sqlx::{Connection as _, PgConnection};
use time::OffsetDateTime;
use tokio::task::JoinSet;

use crate::{
    ambient::Ambient,
    db::{Database, DbError},
    tenancy::{Address, Lookup, Tenant, TenantDirectory},
};

/// What every chore is done with. Cheap to clone.
#[derive(Clone)]
pub struct Means {
    /// The operator's address of the database.
    pub operator_url: String,
    /// The serving role's way into it.
    pub database: Database,
    /// Finds tenants.
    pub directory: TenantDirectory,
    /// Time and randomness.
    pub ambient: Ambient,
}

/// Something to do for a tenant.
pub trait Due: Send + 'static {
    /// The tenant's name in the host.
    fn slug(&self) -> &str;
}

/// Where nothing is to be known but whose turn it is.
impl Due for String {
    fn slug(&self) -> &str {
        self
    }
}

/// Whether there may be more to do at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Not before the next look.
    Nothing,
    /// Yes: the next look follows at once.
    More,
}

impl From<()> for Left {
    fn from((): ()) -> Self {
        Self::Nothing
    }
}

/// One thing that servers look after. Cheap to clone.
pub trait Chore: Clone + Send + Sync + 'static {
    /// What it looks after, as the log names it.
    const WHAT: &'static str;
    /// How often there is a look.
    const LOOK_EVERY: Duration;
    /// Tenants that are looked after at the same time.
    const AT_A_TIME: usize = 1;
    /// What a look finds.
    type Due: Due;
    /// Why it could not be done for a tenant.
    type Error: Display + From<DbError>;

    /// Finds what there is to do, with the operator's rights; does itself what concerns no tenant.
    fn look(
        &self,
        operator: &mut PgConnection,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Vec<Self::Due>, DbError>> + Send;

    /// Does it for one tenant, be it active or not.
    fn tenant(
        &self,
        means: &Means,
        tenant: &Tenant,
        due: Self::Due,
    ) -> impl Future<Output = Result<Left, Self::Error>> + Send;
}

/// A chore, and what it is done with. Cheap to clone.
#[derive(Clone)]
pub struct Upkeep<C> {
    /// What it is done with.
    pub means: Means,
    /// What is done.
    pub chore: C,
}

impl<C: Chore> Upkeep<C> {
    /// Does it again and again. Runs until it is dropped.
    pub async fn run(self) {
        let upkeep = &self;
        every(C::LOOK_EVERY, C::WHAT, move || upkeep.round()).await;
    }

    /// Does what there is to do now.
    ///
    /// # Errors
    /// [`DbError`] when it cannot be found out. What fails for one tenant is logged.
    pub async fn round(&self) -> Result<Left, DbError> {
        let mut operator = PgConnection::connect(&self.means.operator_url).await?;
        let mut due = self.chore.look(&mut operator, self.means.ambient.now()).await?.into_iter();
        operator.close().await?;
        let mut left = Left::Nothing;
        // Tasks of their own: a panic, too, is one tenant's alone.
        let mut under_way = JoinSet::new();
        loop {
            while under_way.len() < C::AT_A_TIME
                && let Some(due) = due.next()
            {
                let upkeep = self.clone();
                under_way.spawn(async move { upkeep.tenant(due).await });
            }
            match under_way.join_next().await {
                None => return Ok(left),
                Some(Ok(Left::Nothing)) => {}
                Some(Ok(Left::More)) => left = Left::More,
                Some(Err(error)) => tracing::error!(%error, what = C::WHAT, "upkeep of a tenant broke off"),
            }
        }
    }

    async fn tenant(&self, due: C::Due) -> Left {
        let slug = due.slug().to_owned();
        let found = self.means.directory.find(&Address::Slug(slug.clone())).await;
        let done = match found {
            Ok(Lookup::Found(tenant)) => self.chore.tenant(&self.means, &tenant, due).await,
            Ok(Lookup::Unknown) => Ok(Left::Nothing),
            Err(error) => Err(error.into()),
        };
        done.unwrap_or_else(|error| {
            tracing::warn!(%error, slug, what = C::WHAT, "upkeep of a tenant failed; it is tried again");
            Left::Nothing
        })
    }
}

/// Does something again and again, with a pause where nothing is left to do. Runs until it is dropped.
pub(crate) async fn every<R, T>(pause: Duration, what: &'static str, mut round: impl FnMut() -> R)
where
    R: Future<Output = Result<T, DbError>>,
    T: Into<Left>,
{
    loop {
        let left = match round().await {
            Ok(done) => done.into(),
            Err(error) => {
                tracing::warn!(%error, what, "upkeep failed; it is tried again");
                Left::Nothing
            }
        };
        if left == Left::Nothing {
            tokio::time::sleep(pause).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_left_is_done_at_once_and_after_a_failure_there_is_a_pause() {
        let mut answers = vec![Err(DbError::Address("none".to_owned())), Ok(Left::More), Ok(Left::More)];
        let mut rounds = 0;
        let looking = every(Duration::from_hours(1), "a test", || {
            rounds += 1;
            std::future::ready(answers.pop().unwrap_or(Ok(Left::Nothing)))
        });
        assert!(tokio::time::timeout(Duration::from_millis(50), looking).await.is_err());
        assert_eq!(rounds, 3);
    }
}
