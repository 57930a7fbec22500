//! Who brings tickets into a project: its leads.

use rowhouse_platform::access::Permit;

use crate::desk::{
    permission::WriteTickets,
    project::{Level, Project, ProjectError, of_key, reach},
};

/// The project of this key, which the principal leads.
///
/// # Errors
/// [`ProjectError`].
pub(in crate::desk) async fn led(permit: &mut Permit<WriteTickets>, key: &str) -> Result<Project, ProjectError> {
    let (project, level) = of_key(permit, key).await?.ok_or(ProjectError::NotFound)?;
    if level < Level::Lead { Err(ProjectError::NotLead) } else { Ok(project) }
}

/// The same, and it is not archived and has its place in the plan.
///
/// # Errors
/// [`ProjectError`].
pub(in crate::desk) async fn led_to_change(
    permit: &mut Permit<WriteTickets>,
    key: &str,
) -> Result<Project, ProjectError> {
    let project = led(permit, key).await?;
    if project.is_archived() {
        return Err(ProjectError::Archived);
    }
    if reach::of(permit).await?.of_id(project.id).is_some_and(|reached| reached.is_over_plan) {
        return Err(ProjectError::OverPlan);
    }
    Ok(project)
}
