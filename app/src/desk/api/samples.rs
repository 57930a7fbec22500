//! What somebody has in their workspace, for the examples of the reference.

use std::cmp::Reverse;

use rowhouse_platform::{access::Permit, db::DbError};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::{
    api::Samples,
    desk::{
        attachment,
        import::{State, store},
        list::{Asker, Filter, Narrow, PAGE_SIZE, Place, TicketRow, page},
        notify::inbox,
        permission::{ReadTickets, WriteTickets},
        project::{
            Level, ProjectId, Reach, Reached,
            members::{self, Start},
            reach,
        },
        ticket::{EventId, TicketId, comment, label, people},
        views,
    },
};

/// Where a name is taken, another is tried, so often.
const TRIES: usize = 50;
/// On so many tickets, a comment and a file are looked for.
const LOOKED_AT: usize = 5;

/// Finds one of everything that an endpoint names, as far as there is one, in a project that they can do the most in.
///
/// # Errors
/// [`DbError`].
pub async fn samples(permit: &mut Permit<ReadTickets>, now: OffsetDateTime) -> Result<Samples, DbError> {
    let mut samples = Samples::default();
    samples.put("If-Match", "*");
    // Its key is made of its name.
    samples.put("createProject/key", Value::Null);
    // Its columns stay as they are.
    samples.put("checkImport/columns", Value::Null);
    of_workspace(permit, &mut samples).await?;
    let reach = reach::of(permit).await?;
    if let Some(item) = inbox::page(permit, &reach, None, 1).await?.0.first() {
        samples.put("{item}", EventId(item.event).to_string());
    }
    // The newest tickets, and of their projects the one that they can do the most in.
    let filter = Filter::default();
    let newest = match Narrow::new(&filter, &Asker::new(permit.principal(), &reach, now)) {
        Ok(narrow) => page(permit, &narrow, filter.order(), Place::Start, PAGE_SIZE).await?.rows,
        Err(_) => Vec::new(),
    };
    let with_tickets = newest.iter().filter_map(|row| reach.of_id(ProjectId(row.project_id)));
    let best = |project: &&Reached| (!project.may_write(), Reverse(project.level));
    if let Some(project) = with_tickets.min_by_key(best).or_else(|| reach.all().iter().min_by_key(best)).cloned() {
        of_project(permit, &project, &mut samples).await?;
        let tickets: Vec<_> = newest.into_iter().filter(|row| row.project_id == project.id.0).take(LOOKED_AT).collect();
        of_tickets(permit, &reach, &project, &tickets, &mut samples).await?;
    }
    Ok(samples)
}

/// Labels and views.
async fn of_workspace(permit: &mut Permit<ReadTickets>, samples: &mut Samples) -> Result<(), DbError> {
    let labels = label::list(permit).await?;
    if let Some(first) = labels.first() {
        samples.put("changeLabel/{label}", first.id.to_string());
        samples.put("deleteLabel/{label}", first.id.to_string());
    }
    if let [into, from, ..] = labels.as_slice() {
        samples.put("mergeLabel/{label}", from.id.to_string());
        samples.put("mergeLabel/into", into.id.to_string());
    }
    let names: Vec<String> = labels.into_iter().map(|label| label.name).collect();
    samples.put("createLabel/name", free(&names, "printer"));
    samples.put("changeLabel/name", free(&names, "printers"));
    let views = views::list(permit).await?;
    let account = permit.principal().account;
    if let Some(own) = views.iter().find(|view| view.owner == account) {
        samples.put("{view}", own.id.to_string());
    }
    let names: Vec<String> = views.into_iter().map(|view| view.name).collect();
    samples.put("createView/name", free(&names, "Mine, open"));
    Ok(())
}

/// The name, or one that is like it and not taken.
fn free(taken: &[String], name: &str) -> String {
    let is_free = |name: &String| taken.iter().all(|other| other.to_lowercase() != name.to_lowercase());
    let others = (2..TRIES).map(|number| format!("{name} {number}"));
    std::iter::once(name.to_owned()).chain(others).find(is_free).unwrap_or_else(|| name.to_owned())
}

/// A project, its people and its imports.
async fn of_project(permit: &mut Permit<ReadTickets>, project: &Reached, samples: &mut Samples) -> Result<(), DbError> {
    samples.put("{project}", project.key.clone());
    samples.put("createTicket/project", project.key.clone());
    samples.put("createTickets/tickets", json!([{ "project": project.key, "title": "The printer is jammed" }]));
    let people = people::page_of_project(permit, project.id, "", None, 200).await?;
    let members = members::list(permit, project.id, Start::Skip(0), 200).await?;
    let account = permit.principal().account;
    // Oneself, who can come and go without anybody's wondering.
    samples.put("addWatcher/{account}", account.to_string());
    samples.put("removeWatcher/{account}", account.to_string());
    let is_member = |name: &str| members.iter().any(|member| member.name == name);
    let is_only = |name: &str| people.iter().filter(|(person, _)| person.name == name).count() == 1;
    if let Some((person, _)) = people.iter().find(|(person, _)| !is_member(&person.name) && is_only(&person.name)) {
        samples.put("addMember/who", person.name.clone());
    }
    if let Some(member) = members.iter().find(|member| member.role != Level::Lead) {
        samples.put("changeMember/{account}", member.account.to_string());
        samples.put("removeMember/{account}", member.account.to_string());
    }
    if project.level < Level::Lead || !permit.principal().may::<WriteTickets>() {
        return Ok(());
    }
    let imports = store::list(permit, project.id).await?;
    let mut put = |name: &str, is_good: &dyn Fn(&store::Import) -> bool| {
        if let Some(import) = imports.iter().find(|import| is_good(import)) {
            samples.put(name, import.id.to_string());
        }
    };
    for reads in ["getImport", "listImportProblems", "listImportedTickets"] {
        put(&format!("{reads}/{{import}}"), &|_| true);
    }
    put("checkImport/{import}", &|import| matches!(import.state, State::Mapping | State::Checked));
    put("runImport/{import}", &|import| import.state == State::Checked);
    put("cancelImport/{import}", &|import| import.state.can_cancel());
    put("undoImport/{import}", &|import| import.state.can_undo() && import.made > 0);
    Ok(())
}

/// The newest tickets of a project, and what is on them.
async fn of_tickets(
    permit: &mut Permit<ReadTickets>,
    reach: &Reach,
    project: &Reached,
    tickets: &[TicketRow],
    samples: &mut Samples,
) -> Result<(), DbError> {
    let keys: Vec<String> = tickets.iter().map(|row| format!("{}-{}", project.key, row.number)).collect();
    if let Some(key) = keys.first() {
        samples.put("{key}", key.clone());
        samples.put("changeTickets/tickets", vec![key.clone()]);
    }
    if let Some(other) = keys.get(1) {
        samples.put("{other}", other.clone());
    }
    let account = permit.principal().account;
    let (mut own, mut file) = (None, None);
    for (row, key) in tickets.iter().zip(&keys) {
        let ticket = TicketId(row.id);
        if own.is_none() {
            let comments = comment::list(permit, ticket, None, 50).await?.shown;
            own = comments.into_iter().rfind(|comment| comment.author.id == account).map(|comment| (comment, key));
        }
        if file.is_none() {
            file = attachment::of_ticket(permit, reach, project.id, ticket).await?.all.pop();
        }
    }
    if let Some((comment, key)) = own {
        for changes in ["changeComment", "deleteComment"] {
            samples.put(format!("{changes}/{{key}}"), key.clone());
        }
        samples.put("{comment}", comment.id.to_string());
        samples.put("changeComment/If-Match", format!("\"{}\"", comment.version));
    }
    if let Some(file) = file {
        samples.put("{attachment}", file.id.to_string());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_is_not_proposed() {
        let taken = ["Printer".to_owned(), "printer 2".to_owned()];
        assert_eq!(free(&[], "printer"), "printer");
        assert_eq!(free(&taken, "printer"), "printer 3");
    }
}
