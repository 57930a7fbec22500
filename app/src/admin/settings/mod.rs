//! `/admin/settings`: what holds for everybody in the workspace, and how it is given away or closed.

pub(crate) mod close;
mod page;
mod transfer;

use axum::response::Response;
use rowhouse_platform::{
    access::ManageSettings,
    audit::{self, Act, Action},
    tenancy::settings::{self, WeekStart, WorkspaceSettings},
    time_zone::TimeZone,
};
use serde::Deserialize;

use self::page::render;
use crate::{
    access::Allowed,
    context::Context,
    error::PageError,
    routes::{Gate, SiteRoutes, see_other_with},
    ui::{FieldErrors, FormBody, flash::Flash, locale::Locale},
};

/// Adds the pages to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    use rowhouse_platform::access::OwnWorkspace;
    site.get("/admin/settings", Gate::of::<ManageSettings>(), show)
        .post("/admin/settings", Gate::of::<ManageSettings>(), submit)
        .get("/admin/settings/transfer", Gate::confirmed::<OwnWorkspace>(), transfer::show)
        .post("/admin/settings/transfer", Gate::confirmed::<OwnWorkspace>(), transfer::submit)
        .get("/admin/settings/close", Gate::confirmed::<OwnWorkspace>(), close::show)
        .post("/admin/settings/close", Gate::confirmed::<OwnWorkspace>(), close::submit)
        .get(close::CLOSING, Gate::of::<OwnWorkspace>(), close::show_closing)
        .post(close::CLOSING, Gate::confirmed::<OwnWorkspace>(), close::reopen)
}

/// What was chosen.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Fields {
    pub(super) time_zone: String,
    pub(super) locale: String,
    pub(super) week_start: String,
}

impl Fields {
    fn of(settings: &WorkspaceSettings) -> Self {
        Self {
            time_zone: settings.time_zone.clone(),
            locale: settings.locale.clone(),
            week_start: settings.week_start.as_str().to_owned(),
        }
    }

    fn check(&self, errors: &mut FieldErrors) -> Option<WorkspaceSettings> {
        let choose = "Choose one of the list.";
        let zone = errors.take("time_zone", TimeZone::parse(&self.time_zone).ok_or(choose));
        let locale = errors.take("locale", Locale::parse(&self.locale).ok_or(choose));
        let week_start = errors.take("week_start", WeekStart::parse(&self.week_start).ok_or(choose));
        zone?;
        Some(WorkspaceSettings {
            time_zone: self.time_zone.clone(),
            locale: locale?.tag().to_owned(),
            week_start: week_start?,
        })
    }
}

async fn show(context: Context, Allowed(mut permit): Allowed<ManageSettings>) -> Result<Response, PageError> {
    let saved = settings::load(&mut permit).await?;
    let person = permit.commit().await?;
    Ok(render(&context, &person, &Fields::of(&saved), &FieldErrors::default()))
}

async fn submit(
    context: Context,
    Allowed(mut permit): Allowed<ManageSettings>,
    FormBody(fields): FormBody<Fields>,
) -> Result<Response, PageError> {
    let mut errors = FieldErrors::default();
    let Some(wanted) = fields.check(&mut errors) else {
        let person = permit.commit().await?;
        return Ok(render(&context, &person, &fields, &errors));
    };
    let before = settings::load(&mut permit).await?;
    if wanted != before {
        settings::save(&mut permit, &context.services.ambient, &wanted).await?;
        let act = Act::by(permit.principal(), Action::SettingsChanged).change(&before, &wanted);
        audit::record(&mut permit, &context.scribe(), act).await?;
    }
    permit.commit().await?;
    Ok(see_other_with(&context.href("/admin/settings"), Flash::SettingsSaved))
}
