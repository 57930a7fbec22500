//! `/admin/security`: how people of the workspace sign in, from where, and for how long.

mod fields;
mod page;
mod sso;

use axum::response::Response;
use rowhouse_platform::{
    access::ManageSecurity,
    audit::{self, Act, Action},
    identity::policy,
};

use self::{fields::Fields, page::render, sso::Sso};
use crate::{
    access::Confirmed,
    context::Context,
    error::PageError,
    routes::{Gate, SiteRoutes, see_other_with},
    ui::{FieldErrors, FormBody, flash::Flash},
};

/// Adds the page to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    let gate = Gate::confirmed::<ManageSecurity>();
    site.get("/admin/security", gate, show).post("/admin/security", gate, submit)
}

/// `GET /admin/security`.
async fn show(context: Context, Confirmed(mut permit): Confirmed<ManageSecurity>) -> Result<Response, PageError> {
    let policy = policy::load(&mut permit).await?;
    let sso = Sso::load(&mut permit, &policy).await?;
    let person = permit.commit().await?;
    Ok(render(&context, &person, &sso, &Fields::of(&policy), &FieldErrors::default()))
}

/// `POST /admin/security`.
async fn submit(
    context: Context,
    Confirmed(mut permit): Confirmed<ManageSecurity>,
    FormBody(fields): FormBody<Fields>,
) -> Result<Response, PageError> {
    let services = &context.services;
    let before = policy::load(&mut permit).await?;
    let sso = Sso::load(&mut permit, &before).await?;
    let now = services.ambient.now();
    let (wanted, mut errors) = fields.read(&before, sso.is_there, services.session_policy, now);
    let person = permit.principal().clone();
    if errors.is_empty()
        && let Some(session) = person.session()
        && let Err(lock_out) = policy::check_lock_out(&wanted, session.method, &context.device.address)
    {
        errors.add(sso::field_of(&lock_out), lock_out);
    }
    if errors.is_empty()
        && let Err(lock_out) = policy::check_sso(&mut permit, &wanted, &person).await?
    {
        errors.add(sso::field_of(&lock_out), lock_out);
    }
    if !errors.is_empty() {
        permit.commit().await?;
        return Ok(render(&context, &person, &sso, &fields, &errors));
    }
    if wanted != before {
        policy::save(&mut permit, &services.ambient, &wanted).await?;
        let act = Act::by(&person, Action::PolicyChanged).change(&before, &wanted);
        audit::record(&mut permit, &context.scribe(), act).await?;
    }
    permit.commit().await?;
    Ok(see_other_with(&context.href("/admin/security"), Flash::PolicySaved))
}
