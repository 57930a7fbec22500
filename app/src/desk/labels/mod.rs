//! `/labels`: the page on which a workspace keeps its labels. Whoever works on tickets adds them; who manages projects
//! renames them, merges them and deletes them.

mod delete;
mod fields;
mod list;
mod one;

use super::{
    permission::{ManageProjects, ReadTickets, WriteTickets},
    ticket::{
        Label, LabelId,
        label::{self, LabelError},
    },
};
use crate::{
    error::PageError,
    routes::{Gate, SiteRoutes},
    ui::FieldErrors,
};
use rowhouse_platform::access::Permit;

/// Adds the pages of labels to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    site.get("/labels", Gate::of::<ReadTickets>(), list::show)
        .post("/labels", Gate::of::<WriteTickets>(), list::submit)
        .get("/labels/{label}", Gate::of::<ManageProjects>(), one::show)
        .post("/labels/{label}", Gate::of::<ManageProjects>(), one::submit)
        .get("/labels/{label}/delete", Gate::of::<ManageProjects>(), delete::show)
        .post("/labels/{label}/delete", Gate::of::<ManageProjects>(), delete::submit)
}

/// The label of this id, and the others that tickets can be given. An id that is none answers as a label that does not
/// exist.
async fn find(permit: &mut Permit<ManageProjects>, id: &str) -> Result<(Label, Vec<Label>), PageError> {
    let id: LabelId = id.parse().map_err(|_| PageError::NotFound)?;
    let mut labels = label::list(permit).await?;
    if let Some(place) = labels.iter().position(|label| label.id == id) {
        return Ok((labels.remove(place), labels));
    }
    // One on its way out is there still: whoever changes it is told.
    let known = label::known(permit).await?;
    let found = known.into_iter().find(|label| label.id == id).ok_or(PageError::NotFound)?;
    Ok((found, labels))
}

/// Becomes a message beside the field it is about, or an answer without a form.
fn beside(error: LabelError, errors: &mut FieldErrors) -> Result<(), PageError> {
    match error {
        LabelError::Database(error) => return Err(error.into()),
        LabelError::NotFound => return Err(PageError::NotFound),
        LabelError::NameTaken | LabelError::TooMany | LabelError::Ending | LabelError::Awaited => {
            errors.add("name", error);
        }
        LabelError::IntoItself | LabelError::IntoEnding => errors.add("into", error),
    }
    Ok(())
}
