//! The set-up of one connection: what to do at the provider, what to enter here, a test, and switching it on. Admins have
//! it at `/admin/sso/{connection}`; whoever holds a set-up link sees the same forms at `/sso-setup/{token}`.

mod attributes;
mod by_link;
mod door;
mod instructions;
mod link_frame;
mod links;
mod metadata;
mod oidc;
mod oidc_view;
mod options;
mod page;
mod provider;
mod saml_view;
mod slowly;
mod switching;
mod trying;
mod values;

use axum::{extract::Path, response::Response};
use rowhouse_platform::{
    access::ManageSso,
    sso::{
        Connection,
        connection::{self, ConnectionError},
    },
};
use serde::Deserialize;

pub(super) use self::values::{SCRIPT as COPY_SCRIPT, field as copy_field};
use self::{
    door::{Door, Stop},
    metadata::Metadata,
    oidc::OidcFields,
    options::OptionFields,
    page::Typed,
    provider::{Certificates, ProviderFields},
    switching::Switch,
};
use super::{find, main_address, naming::Naming};
use crate::{
    access::{Allowed, Confirmed, permit},
    context::{Context, RequestContext},
    error::PageError,
    routes::{Gate, SiteRoutes, see_other_with},
    ui::{FormBody, flash::Flash},
};

/// Adds the pages to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    let (gate, confirmed) = (Gate::of::<ManageSso>(), Gate::confirmed::<ManageSso>());
    let site = site
        .get("/admin/sso/{connection}", gate, show)
        .post("/admin/sso/{connection}", gate, submit)
        .post("/admin/sso/{connection}/metadata", gate, submit_metadata)
        .get("/admin/sso/{connection}/switch", confirmed, show_switch)
        .post("/admin/sso/{connection}/switch", confirmed, submit_switch)
        .post("/admin/sso/{connection}/links", gate, links::revoke)
        .get("/admin/sso/{connection}/links/new", confirmed, links::show)
        .post("/admin/sso/{connection}/links/new", confirmed, links::submit);
    by_link::routes(site)
}

/// One form each.
#[derive(Deserialize)]
#[serde(tag = "intent", rename_all = "kebab-case")]
enum Change {
    Oidc(OidcFields),
    Saml(OptionFields),
    Provider(ProviderFields),
    AddCertificate {
        #[serde(default)]
        certificate: String,
    },
    RemoveCertificate {
        #[serde(default)]
        fingerprint: String,
    },
    Rename(Naming),
    UseMainAddress,
}

/// Does what a form says that both admins and holders of a link may send.
async fn change(
    context: &RequestContext,
    door: Door,
    connection: Connection,
    change: Change,
) -> Result<Response, Stop> {
    match change {
        Change::Oidc(fields) => oidc::save(context, door, connection, fields).await,
        Change::Saml(fields) => options::save(context, door, connection, fields).await,
        Change::Provider(fields) => provider::save(context, door, connection, fields).await,
        Change::AddCertificate { certificate } => {
            provider::change_certificates(context, door, connection, Certificates::Add(certificate)).await
        }
        Change::RemoveCertificate { fingerprint } => {
            provider::change_certificates(context, door, connection, Certificates::Remove(fingerprint)).await
        }
        // The name and the address are the workspace's own.
        Change::Rename(naming) => match door {
            Door::Admin(_) => rename(context, door, connection, naming).await,
            Door::Link { .. } => Err(PageError::NotFound.into()),
        },
        Change::UseMainAddress => match door {
            Door::Admin(_) => use_main_address(context, door, connection).await,
            Door::Link { .. } => Err(PageError::NotFound.into()),
        },
    }
}

async fn rename(
    context: &RequestContext,
    mut door: Door,
    connection: Connection,
    naming: Naming,
) -> Result<Response, Stop> {
    let mut typed = Typed::default();
    let (name, hint) = naming.check(door.tx(), Some(connection.id), &mut typed.errors).await?;
    if typed.errors.is_empty() {
        match connection::rename(&mut door.editor(), &context.scribe(), connection.id, &name, &hint).await {
            Ok(()) => {
                let home = door.commit().await?.home(&connection);
                return Ok(see_other_with(&context.href(&format!("{home}#naming")), Flash::SsoConnectionSaved));
            }
            Err(taken @ ConnectionError::HintTaken) => {
                typed.errors.add("hint", taken);
                door = Door::Admin(permit::<ManageSso>(context).await?);
            }
            Err(error) => return Err(error.into()),
        }
    }
    typed.naming = Some(naming);
    page::render(context, door, &connection, typed).await
}

async fn use_main_address(context: &RequestContext, mut door: Door, connection: Connection) -> Result<Response, Stop> {
    let mut typed = Typed::default();
    if typed.refuse_unconfirmed(context, &door, &connection) {
        return page::render(context, door, &connection, typed).await;
    }
    let main = main_address(context)?;
    connection::move_to(&mut door.editor(), &context.scribe(), connection.id, &main).await?;
    let home = door.commit().await?.home(&connection);
    Ok(see_other_with(&context.href(&format!("{home}#provider")), Flash::SsoConnectionSaved))
}

async fn show(
    context: Context,
    Path(id): Path<String>,
    Allowed(mut permit): Allowed<ManageSso>,
) -> Result<Response, PageError> {
    let connection = find(&mut permit, &id).await?;
    page::render(&context, Door::Admin(permit), &connection, Typed::default()).await.or_else(Stop::answer)
}

async fn submit(
    context: Context,
    Path(id): Path<String>,
    Allowed(mut permit): Allowed<ManageSso>,
    FormBody(form): FormBody<Change>,
) -> Result<Response, PageError> {
    let connection = find(&mut permit, &id).await?;
    change(&context, Door::Admin(permit), connection, form).await.or_else(Stop::answer)
}

async fn submit_metadata(
    context: Context,
    Path(id): Path<String>,
    Allowed(mut permit): Allowed<ManageSso>,
    given: Metadata,
) -> Result<Response, PageError> {
    let connection = find(&mut permit, &id).await?;
    metadata::save(&context, Door::Admin(permit), connection, given).await.or_else(Stop::answer)
}

async fn show_switch(
    context: Context,
    Path(id): Path<String>,
    Confirmed(mut permit): Confirmed<ManageSso>,
) -> Result<Response, PageError> {
    let connection = find(&mut permit, &id).await?;
    switching::show(&context, Door::Admin(permit), &connection).await.or_else(Stop::answer)
}

async fn submit_switch(
    context: Context,
    Path(id): Path<String>,
    Confirmed(mut permit): Confirmed<ManageSso>,
    FormBody(switch): FormBody<Switch>,
) -> Result<Response, PageError> {
    let connection = find(&mut permit, &id).await?;
    switching::submit(&context, Door::Admin(permit), &connection, &switch).await.or_else(Stop::answer)
}
