//! People whom the filter's form names: where a workspace has more of them than its lists offer, somebody is found by
//! name or address. The address of the list then has their id, so the language of filters knows of no names.

use rowhouse_platform::access::Permit;

use super::FilterError;
use crate::{
    desk::{
        permission::ReadTickets,
        person_field::{NotOne, WHO_LENGTH, the_one},
        ticket::people,
    },
    error::PageError,
    ui::query::pairs,
};

/// A field of the form that takes a name.
pub(super) struct NameField {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    /// What it stands for in the language of filters.
    means: &'static str,
}

pub(super) const FIELDS: [NameField; 3] = [
    NameField { id: "filter-assignee-name", name: "assignee_name", label: "Assignee by name", means: "assignee" },
    NameField { id: "filter-requester-name", name: "requester_name", label: "Requester by name", means: "requester" },
    NameField { id: "filter-watcher-name", name: "watcher_name", label: "Watcher by name", means: "watcher" },
];

/// The same query with the ids of those whom it names, and without the fields that were left alone, which forms send too;
/// `None` where it is so already.
///
/// # Errors
/// [`PageError::BadRequest`] where a name is nobody's, or several people's, or the query is not UTF-8.
pub(in crate::desk) async fn resolved(
    permit: &mut Permit<ReadTickets>,
    query: &str,
) -> Result<Option<String>, PageError> {
    let pairs = pairs(query).ok_or(FilterError::Unreadable)?.into_iter();
    let mut pairs: Vec<_> = pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let sent = pairs.len();
    pairs.retain(|(_, value)| !value.is_empty());
    let mut is_other = pairs.len() < sent;
    for field in &FIELDS {
        let Some(place) = pairs.iter().position(|(name, _)| name == field.name) else { continue };
        is_other = true;
        let text = pairs.swap_remove(place).1;
        pairs.retain(|(name, _)| name != field.name);
        // Blanks name nobody.
        if !text.trim().is_empty() {
            let id = find(permit, text.trim()).await?;
            pairs.retain(|(name, _)| name != field.means);
            pairs.push((field.means.to_owned(), id));
        }
    }
    if !is_other {
        return Ok(None);
    }
    Ok(Some(form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish()))
}

async fn find(permit: &mut Permit<ReadTickets>, text: &str) -> Result<String, PageError> {
    if text.chars().count() > WHO_LENGTH || text.chars().any(char::is_control) {
        return Err(PageError::BadRequest(format!("A name has at most {WHO_LENGTH} characters, in one line.")));
    }
    let found = people::of_workspace(permit, text, 20).await?;
    the_one(&found, text).map(|id| id.to_string()).map_err(|error| {
        PageError::BadRequest(match error {
            NotOne::Nobody => format!("Nobody here has the name or address “{text}”."),
            NotOne::Several => {
                format!("Several people here have “{text}” in their name. Give more of it, or the email address.")
            }
        })
    })
}
