//! `/admin/security`: how people of the workspace sign in, from where, and for how long.

mod fields;
mod page;

use axum::response::Response;
use rowhouse_platform::{
    access::ManageSecurity,
    audit::{self, Act, Action},
    identity::policy::{self, LockOut},
};

use self::{fields::Fields, page::render};
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
    let person = permit.commit().await?;
    Ok(render(&context, &person, &Fields::of(&policy), &FieldErrors::default()))
}

/// `POST /admin/security`.
async fn submit(
    context: Context,
    Confirmed(mut permit): Confirmed<ManageSecurity>,
    FormBody(fields): FormBody<Fields>,
) -> Result<Response, PageError> {
    let services = &context.services;
    let before = policy::load(&mut permit).await?;
    let (wanted, mut errors) = fields.read(&before, services.session_policy, services.ambient.now());
    let person = permit.principal().clone();
    if errors.is_empty()
        && let Err(lock_out) = policy::check_lock_out(&wanted, person.method, &context.device.address)
    {
        let field = match lock_out {
            LockOut::NoMethod | LockOut::OwnMethod(_) => "methods",
            LockOut::OwnAddress(_) => "networks",
        };
        errors.add(field, lock_out);
    }
    if !errors.is_empty() {
        permit.commit().await?;
        return Ok(render(&context, &person, &fields, &errors));
    }
    if wanted != before {
        policy::save(&mut permit, &services.ambient, &wanted).await?;
        let act = Act::by(&person, Action::PolicyChanged).change(&before, &wanted);
        audit::record(&mut permit, &context.scribe(), act).await?;
    }
    permit.commit().await?;
    Ok(see_other_with(&context.href("/admin/security"), Flash::PolicySaved))
}
