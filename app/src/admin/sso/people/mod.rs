//! `/admin/sso/{connection}/people`: for whom a connection speaks, what people become who come through it, and who did.

mod change;
mod connected;
mod rules;
mod view;

use axum::{extract::Path, response::Response};
use rowhouse_platform::{
    access::{ManageSso, Permit, Role},
    members,
    sso::{
        ConnectionId, admitting,
        admitting::Saved,
        connected::{self as connected_people, DisconnectError},
        email_domain::{self, TieError, Tied},
        rules::{self as role_rules, RulesError},
    },
};
use serde::Deserialize;

use self::{
    change::{Change, Typed},
    view::{Shown, render},
};
use super::find;
use crate::{
    access::{Confirmed, catalogue},
    context::{Context, RequestContext},
    error::PageError,
    routes::{Gate, SiteRoutes, see_other_with},
    ui::{FieldErrors, FormBody, QueryFields, flash::Flash},
};

const ROUTE: &str = "/admin/sso/{connection}/people";

/// Adds the page to a tenant's site. It says who gets in and as what, so credentials were shown lately.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    let gate = Gate::confirmed::<ManageSso>();
    site.get(ROUTE, gate, show).post(ROUTE, gate, submit)
}

/// Which page of the people.
#[derive(Default, Deserialize)]
struct Which {
    #[serde(default)]
    page: String,
}

impl Which {
    /// The number of the page, from 0; in the address, from 1.
    fn number(&self) -> Result<i64, PageError> {
        if self.page.is_empty() {
            return Ok(0);
        }
        match self.page.parse::<u16>() {
            Ok(number) if number > 0 => Ok(i64::from(number) - 1),
            _ => Err(PageError::BadRequest("There is no such page.".to_owned())),
        }
    }
}

async fn show(
    context: Context,
    Path(id): Path<String>,
    Confirmed(permit): Confirmed<ManageSso>,
    QueryFields(which): QueryFields<Which>,
) -> Result<Response, PageError> {
    page(&context, permit, &id, which.number()?, Typed::default(), FieldErrors::default()).await
}

async fn submit(
    context: Context,
    Path(id): Path<String>,
    Confirmed(mut permit): Confirmed<ManageSso>,
    FormBody(pairs): FormBody<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let connection = find(&mut permit, &id).await?.id;
    let mut errors = FieldErrors::default();
    let mut typed = Typed::default();
    let change = change::read(pairs, &mut typed, &mut errors)?;
    let done = match change {
        Some(change) => apply(&context, &mut permit, connection, change, &mut errors).await?,
        None => None,
    };
    match done {
        Some(flash) => {
            permit.commit().await?;
            Ok(see_other_with(&context.href(&format!("/admin/sso/{connection}/people")), flash))
        }
        // Nothing was written; the locks end with the page.
        None => page(&context, permit, &id, 0, typed, errors).await,
    }
}

/// Does it. `None`: it was refused, and `errors` says why.
async fn apply(
    context: &RequestContext,
    permit: &mut Permit<ManageSso>,
    id: ConnectionId,
    change: Change,
    errors: &mut FieldErrors,
) -> Result<Option<Flash>, PageError> {
    let (scribe, catalogue) = (context.scribe(), catalogue());
    let (field, done) = match change {
        Change::Domains(domains) => {
            return match email_domain::tie(permit, &scribe, id, &domains).await {
                Ok(Tied::NoLongerVouched) => Ok(Some(Flash::SsoNoLongerVouched)),
                Ok(Tied::Same | Tied::Changed) => Ok(Some(Flash::SettingsSaved)),
                Err(TieError::NotFound) => Err(PageError::NotFound),
                Err(TieError::Database(error)) => Err(error.into()),
                Err(refused @ TieError::NotProven(_)) => {
                    errors.add("domains", refused);
                    Ok(None)
                }
            };
        }
        Change::Admitting(wanted) => {
            let saved = admitting::save(permit, &scribe, &catalogue, id, &wanted).await;
            let flash = saved.map(|saved| match saved {
                Saved::NoLongerVouched => Flash::SsoNoLongerVouched,
                Saved::Same | Saved::Changed => Flash::SettingsSaved,
            });
            ("default_role", flash)
        }
        Change::Rules(change) => {
            let field = if matches!(change, role_rules::Change::Add { .. }) { "value" } else { "rules" };
            (field, role_rules::change(permit, &scribe, &catalogue, id, change).await.map(|()| Flash::SsoRulesSaved))
        }
        Change::Disconnect(account) => {
            return match connected_people::disconnect(permit, &scribe, &catalogue, id, account).await {
                Ok(()) => Ok(Some(Flash::SsoDisconnected)),
                Err(DisconnectError::NotFound) => Err(PageError::NotFound),
                Err(DisconnectError::Database(error)) => Err(error.into()),
                Err(refused) => {
                    errors.add("connected", refused);
                    Ok(None)
                }
            };
        }
    };
    match done {
        Ok(flash) => Ok(Some(flash)),
        Err(RulesError::NotFound) => Err(PageError::NotFound),
        Err(RulesError::Database(error)) => Err(error.into()),
        Err(refused) => {
            errors.add(field, refused);
            Ok(None)
        }
    }
}

async fn page(
    context: &RequestContext,
    mut permit: Permit<ManageSso>,
    id: &str,
    number: i64,
    typed: Typed,
    errors: FieldErrors,
) -> Result<Response, PageError> {
    let connection = find(&mut permit, id).await?;
    let domains = email_domain::list(&mut permit).await?;
    let rules = role_rules::of(&mut permit, connection.id).await?;
    let people = connected_people::list(&mut permit, connection.id, number).await?;
    let all_roles = members::all_roles(&mut permit).await?;
    let (principal, tx) = permit.parts();
    let rule_roles = members::roles_to_give(tx, &principal.grants, &catalogue()).await?;
    let person = permit.commit().await?;
    // The one that is set stays to choose, also for those who could not give it.
    let default_roles = all_roles
        .iter()
        .filter(|choice| !choice.role.is(Role::Owner))
        .filter(|choice| {
            choice.role == connection.admitting.default_role || rule_roles.iter().any(|role| role.role == choice.role)
        })
        .cloned()
        .collect();
    let now = context.services.ambient.now();
    let shown =
        Shown { connection, domains, rules, people, number, all_roles, rule_roles, default_roles, typed, errors, now };
    Ok(render(context, &person, &shown))
}
