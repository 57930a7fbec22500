//! The way through the admin area: what a person's permissions open, in the sidebar.

use leptos::prelude::*;
use rowhouse_platform::access::{
    ManageApiKeys, ManageBranding, ManageDomains, ManagePlan, ManageRoles, ManageSecurity, ManageSettings, ManageSso,
    Principal, ReadAudit, ReadMembers, ReadUsage,
};

use super::{
    frame::Section,
    nav::{Entry, items},
};
use crate::context::RequestContext;

/// What this person may open.
fn entries(person: &Principal) -> Vec<Entry> {
    let entry = Entry::new;
    [
        (person.may::<ReadMembers>(), entry(Section::Members, "Members", "users", "/admin/members")),
        (person.may::<ManageRoles>(), entry(Section::Roles, "Roles and groups", "lock", "/admin/roles")),
        (person.may::<ManageSecurity>(), entry(Section::Security, "Sign-in policy", "shield", "/admin/security")),
        (person.may::<ManageSso>(), entry(Section::Sso, "Single sign-on", "key", "/admin/sso")),
        (person.may::<ManageApiKeys>(), entry(Section::ApiKeys, "API keys", "terminal", "/admin/api-keys")),
        (person.may::<ManageBranding>(), entry(Section::Branding, "Branding", "palette", "/admin/branding")),
        (person.may::<ManageDomains>(), entry(Section::Domains, "Domains", "globe", "/admin/domains")),
        (person.may::<ReadAudit>(), entry(Section::Audit, "Audit log", "database", "/admin/audit")),
        (person.may::<ReadUsage>(), entry(Section::Usage, "Usage", "chart", "/admin/usage")),
        (person.may::<ManagePlan>(), entry(Section::Plan, "Plan", "file-text", "/admin/plan")),
        (person.may::<ManageSettings>(), entry(Section::Settings, "Settings", "settings", "/admin/settings")),
    ]
    .into_iter()
    .filter_map(|(may, entry)| may.then_some(entry))
    .collect()
}

/// The list, or nothing where the person may open none of it.
pub(super) fn admin_sections(context: &RequestContext, person: &Principal, open: Section) -> AnyView {
    let entries = entries(person);
    if entries.is_empty() {
        return ().into_any();
    }
    let items = items(context, entries, open);
    view! {
        <div>
            <h2 class="sidebar__title" id="nav-admin">"Workspace"</h2>
            <ul aria-labelledby="nav-admin">{items}</ul>
        </div>
    }
    .into_any()
}
