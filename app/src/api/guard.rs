//! A permission as an argument of an endpoint.

use std::{
    marker::PhantomData,
    mem,
    ops::{Deref, DerefMut},
    sync::Arc,
};

use axum::{
    extract::FromRequestParts,
    http::{Method, header, request::Parts},
    response::{IntoResponse, Response},
};
use rowhouse_platform::{
    access::{AccessError, Permission, Permit, api_key::Bearer, authorise_bearer},
    metering::{self, Meter, Usage, UsageKey},
    plan::{PlanError, SubscriptionState},
    rate_limit::Outcome,
    tenancy::{Address, Lookup, TenantState},
};

use super::{
    Call, Kind, Problem,
    idempotency::{self, Asked, Named, Slot},
};
use crate::{
    access::record_refusal,
    context::{Context, RequestContext},
    limits,
    ui::time::Reader,
};

/// The permission `P` and the tenant transaction it was found in, for a program. Everything that takes `&mut Permit<P>`
/// takes `&mut` of it.
pub struct Api<P> {
    permit: Permit<P>,
    call: Arc<Call>,
    context: Arc<RequestContext>,
    slot: Option<Slot>,
    /// The `Idempotency-Key` of a request whose body is still to come.
    coming: Option<String>,
    /// Whether it was counted when it was let in, as what only reads is: its transaction lasts if it is answered with
    /// success.
    is_counted: bool,
}

impl<P: Permission> Api<P> {
    /// The request.
    pub fn call(&self) -> &Call {
        &self.call
    }

    /// What the request carries beside.
    pub fn context(&self) -> &Arc<RequestContext> {
        &self.context
    }

    /// The same under another permission, if the key and its owner hold that one too.
    ///
    /// # Errors
    /// [`Kind::Forbidden`]; the transaction is undone.
    pub fn also<Q: Permission>(self) -> Result<Api<Q>, Problem> {
        let Self { permit, call, context, slot, coming, is_counted } = self;
        Ok(Api { permit: permit.also::<Q>()?, call, context, slot, coming, is_counted })
    }

    /// Lets go of the transaction, with what was done in it, while something slow is done: an upload is read, or a file is
    /// opened. The request is counted where it is answered afterwards.
    ///
    /// # Errors
    /// What the database said.
    pub async fn release(self) -> Result<Released<P>, Problem> {
        let usage = self.usage();
        let Self { permit, call, context, coming, is_counted, .. } = self;
        if !is_counted {
            permit.commit().await?;
        }
        Ok(Released { call, context, coming, usage, permission: PhantomData })
    }

    /// The same where the answer begins now and goes on for long: the request is counted with what was done.
    ///
    /// # Errors
    /// What the database said; nothing was done then.
    pub async fn release_counted(mut self) -> Result<Released<P>, Problem> {
        if !mem::take(&mut self.is_counted) {
            let usage = self.usage();
            metering::emit(&mut self.permit, &self.context.services.ambient, usage).await?;
        }
        self.release().await
    }

    /// Makes the changes lasting, and answers. Where the request had an `Idempotency-Key`, the answer is kept in the same
    /// transaction. An answer of success is counted in that transaction too, so it goes out after it was counted; one that
    /// is none takes the count back.
    ///
    /// # Errors
    /// What the database said; nothing was done then.
    pub async fn answer(mut self, answer: impl IntoResponse + Send) -> Result<Response, Problem> {
        if self.coming.is_some() {
            return Err(Problem::internal("an upload is answered without its content having been named"));
        }
        let mut response = answer.into_response();
        if let Some(slot) = self.slot.take() {
            response = slot.keep(&mut self.permit, &self.context.services.ambient, response).await?;
        }
        match (counts(&response), self.is_counted) {
            (false, true) => return Ok(response),
            (true, false) => {
                let usage = self.usage();
                metering::emit(&mut self.permit, &self.context.services.ambient, usage).await?;
            }
            (true, true) | (false, false) => {}
        }
        self.permit.commit().await?;
        Ok(response)
    }

    /// The request, as it is counted. Its own name is the key: one that is sent again under an `Idempotency-Key` and was
    /// done does not come here again, and without one it is another request.
    fn usage(&self) -> Usage {
        let principal = self.permit.principal();
        let usage = Usage::one(Meter::ApiCall, UsageKey::once(&self.context.request_id)).by(principal.account);
        Usage { api_key: principal.via().map(|key| key.id), ..usage }
    }
}

impl<P> Deref for Api<P> {
    type Target = Permit<P>;

    fn deref(&self) -> &Permit<P> {
        &self.permit
    }
}

impl<P> DerefMut for Api<P> {
    fn deref_mut(&mut self) -> &mut Permit<P> {
        &mut self.permit
    }
}

/// A permission that was found, and let go of while something slow is done: it is found again, or not, afterwards.
pub struct Released<P> {
    call: Arc<Call>,
    context: Arc<RequestContext>,
    coming: Option<String>,
    /// The request, as it is counted.
    usage: Usage,
    permission: PhantomData<P>,
}

impl<P: Permission> Released<P> {
    /// What the request carries beside.
    pub fn context(&self) -> &Arc<RequestContext> {
        &self.context
    }

    /// Answers a request that only reads, and has read all that it needs of the database: an answer of success is counted
    /// before it goes out.
    ///
    /// # Errors
    /// What the database said.
    pub async fn answer(self, answer: impl IntoResponse + Send) -> Result<Response, Problem> {
        if !self.call.method.is_safe() {
            return Err(Problem::internal("what changes something is answered with the permission for it"));
        }
        let response = answer.into_response();
        if counts(&response) {
            let services = &self.context.services;
            let mut tx = services.database.begin(&self.context.tenant()?.home).await?;
            metering::emit(&mut tx, &services.ambient, self.usage).await?;
            tx.commit().await?;
        }
        Ok(response)
    }

    /// The permission again, in another transaction. `content` is what the request brought, or what it is told apart by:
    /// sent again with the same under its `Idempotency-Key`, it is answered as before.
    ///
    /// # Errors
    /// The permission is not there any more, or the request was done already.
    pub async fn again_with(self, content: &[u8]) -> Result<Api<P>, Refused> {
        let permit = self.permit().await?;
        let Self { call, context, coming, .. } = self;
        let asked = coming.map(|key| idempotency::asked(&call, key, content));
        let (permit, slot) = begun(permit, &context, asked).await?;
        Ok(Api { permit, call, context, slot, coming: None, is_counted: false })
    }

    /// The permission, for a part of an answer that goes on for long after its request was let in: the workspace must
    /// still be served, too.
    ///
    /// # Errors
    /// It is not there any more.
    pub async fn permit(&self) -> Result<Permit<P>, Problem> {
        let home = &self.context.tenant()?.home;
        match self.context.services.directory.find(&Address::Id(home.id())).await? {
            Lookup::Found(tenant) if tenant.entitlements.state == SubscriptionState::Suspended => {
                Err(PlanError::Suspended.into())
            }
            Lookup::Found(tenant) if tenant.state == TenantState::Active => {
                let bearer = self.call.bearer.as_ref().ok_or_else(|| Problem::new(Kind::Unauthorized))?;
                found_permit::<P>(&self.context, bearer, None).await
            }
            Lookup::Found(_) => Err(Problem::new(Kind::Suspended)),
            Lookup::Unknown => Err(Problem::new(Kind::Unauthorized)),
        }
    }
}

/// Why an endpoint does not run.
pub enum Refused {
    /// It may not.
    Problem(Problem),
    /// It ran before: this is what it answered.
    Replayed(Box<Response>),
}

impl<E: Into<Problem>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Problem(error.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Problem(problem) => problem.into_response(),
            Self::Replayed(response) => *response,
        }
    }
}

impl<P: Permission, S: Sync> FromRequestParts<S> for Api<P> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let Context(context) = Context::from_request_parts(parts, state).await?;
        let call = parts.extensions.get::<Arc<Call>>().cloned();
        let call = call.ok_or_else(|| Problem::internal("this is no request to the API"))?;
        // Nothing of it is looked at: of nobody, not even the body was read.
        let Some(bearer) = &call.bearer else {
            return Err(Problem::new(Kind::Unauthorized).into());
        };
        let credential = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let credential = credential.unwrap_or_default();
        // A good one that was refused a moment ago is refused without asking the database.
        if let Some(counted) = context.services.limits.refused_before(credential, context.services.ambient.now()) {
            let problem = over_quota(&counted);
            let _ = context.counted.set(counted);
            return Err(problem.into());
        }
        let (asked, coming) = match idempotency::named(&call, parts)? {
            Named::Not => (None, None),
            Named::Asked(asked) => (Some(asked), None),
            Named::Coming(key) => (None, Some(key)),
        };
        let credential = credential.to_owned();
        // What only reads is counted as it is let in. Its name is the key: without an `Idempotency-Key`, it is another
        // request when it is sent again.
        let is_counted = call.method.is_safe();
        let name = is_counted.then_some(context.request_id.as_str());
        let permit = permit::<P>(&context, &call.method, bearer, &credential, name).await?;
        let (permit, slot) = begun(permit, &context, asked).await?;
        Ok(Self { permit, call, context, slot, coming, is_counted })
    }
}

/// Begins a request under its `Idempotency-Key`, where it has one.
async fn begun<P: Permission>(
    mut permit: Permit<P>,
    context: &RequestContext,
    asked: Option<Asked>,
) -> Result<(Permit<P>, Option<Slot>), Refused> {
    let Some(asked) = asked else { return Ok((permit, None)) };
    match idempotency::begin(&mut permit, &context.services.ambient, asked).await? {
        Ok(slot) => Ok((permit, Some(slot))),
        Err(replayed) => {
            permit.commit().await?;
            Err(Refused::Replayed(Box::new(replayed)))
        }
    }
}

/// The permission for whoever sent the request, within their quota. It is counted where it is given a `name`.
async fn permit<P: Permission>(
    context: &RequestContext,
    method: &Method,
    bearer: &Bearer,
    credential: &str,
    name: Option<&str>,
) -> Result<Permit<P>, Problem> {
    let permit = found_permit::<P>(context, bearer, name).await?;
    let tenant = context.tenant()?;
    let key = permit.principal().via().ok_or_else(|| Problem::internal("a request to the API without a key"))?;
    if context.counted.get().is_none() {
        let (limits, now) = (&context.services.limits, context.services.ambient.now());
        let counted = limits.program(tenant, key.id, now).await;
        limits.remember(credential, &counted, now);
        let refused = counted.is_refused().then(|| over_quota(&counted));
        // Nobody else answers this request.
        let _ = context.counted.set(counted);
        if let Some(problem) = refused {
            return Err(problem);
        }
    }
    match tenant.state {
        TenantState::Active => {}
        TenantState::Suspended | TenantState::Closing => return Err(Problem::new(Kind::Suspended)),
    }
    let plan = &tenant.entitlements;
    if plan.state == SubscriptionState::Suspended || !(P::WHEN_READ_ONLY || method.is_safe()) {
        plan.require_writable()?;
    }
    Ok(permit)
}

async fn found_permit<P: Permission>(
    context: &RequestContext,
    bearer: &Bearer,
    name: Option<&str>,
) -> Result<Permit<P>, Problem> {
    // A token of the apex named the tenant, and the context is of that tenant by now.
    let tenant = context.tenant().map_err(|_| Problem::new(Kind::Unauthorized))?;
    let services = &context.services;
    let (limits, address, now) = (&services.limits, &context.device.address, services.ambient.now());
    limits.guesses_left(address, now).map_err(|verdict| too_many(verdict.seconds()))?;
    let authorised = authorise_bearer(&services.database, &services.ambient, &tenant.home, bearer, address, name).await;
    let permit = match authorised {
        Ok(permit) => permit,
        Err(error) => {
            if matches!(error, AccessError::SignedOut) {
                limits.guessed(address, now);
            }
            if let Err(failure) = record_refusal(context, &error).await {
                // The answer is no, whether or not it could be written down.
                tracing::error!(request_id = context.request_id, %failure, "a refusal could not be recorded");
            }
            return Err(error.into());
        }
    };
    // Already set where a request asks twice; the principal is the same.
    let _ = context.actor.set(permit.principal().account);
    let _ = context.reader.set(Reader::of(permit.principal()));
    Ok(permit)
}

/// Whether an answer is one that its request is counted for.
fn counts(response: &Response) -> bool {
    response.status().is_success() || response.status().is_redirection()
}

/// The answer to one request too many of a program: it says which limit is used up.
pub fn over_quota(refused: &Outcome) -> Problem {
    let problem = too_many(refused.seconds());
    match limits::used_up(refused) {
        Some(said) => Problem { detail: said.into(), ..problem },
        None => problem,
    }
}

/// The answer to one request too many.
pub fn too_many(seconds: u32) -> Problem {
    Problem {
        retry_after: Some(seconds),
        ..Problem::saying(Kind::TooManyRequests, format!("Wait {seconds} s, and send the request again."))
    }
}
