//! The bar that changes the selected tickets, and what it tells afterwards.

use leptos::prelude::*;

use super::{Became, MOST, Outcome};
use crate::{
    context::RequestContext,
    desk::{
        list::{Asked, Bar, Field},
        ticket::{ChangeError, Priority, Status},
    },
    ui::{Icon, choice::Choice},
};

/// The list as a form: its boxes and, below it, what is to become of the selected tickets. The bar appears with the first
/// ticket that is selected.
pub(in crate::desk) fn form(context: &RequestContext, bar: &Bar<'_>, asked: &Asked, table: AnyView) -> AnyView {
    let statuses = Status::ALL.iter().map(|status| Choice::new(status.word(), status.label()));
    let priorities = Priority::ALL.iter().map(|priority| Choice::new(priority.word(), priority.label()));
    let people = bar.furniture.people.iter().filter(|person| person.0 != bar.me);
    let people = [Choice::new("me", "Me"), Choice::new("none", "Nobody")]
        .into_iter()
        .chain(people.map(|(id, name)| Choice::new(id.to_string(), name)));
    let labels = || bar.furniture.offered().map(|label| Choice::new(label.id.to_string(), &label.name));
    let label_fields = bar.furniture.offered().next().is_some().then(|| {
        view! {
            {Field::new("bulk-add", "add", "Add label").select("None", labels(), "")}
            {Field::new("bulk-remove", "remove", "Remove label").select("None", labels(), "")}
        }
    });
    view! {
        <form class="bulk" action=context.href("/tickets") method="post">
            <input type="hidden" name="back" value=asked.query() />
            {table}
            <fieldset class="bulk__bar card">
                <legend class="visually-hidden">"Change the selected tickets"</legend>
                <p class="bulk__count" data-bulk-count="" role="status">"Change the selected tickets:"</p>
                {Field::new("bulk-status", "status", "Status").select("As it is", statuses, "")}
                {Field::new("bulk-priority", "priority", "Priority").select("As it is", priorities, "")}
                {Field::new("bulk-assignee", "assignee", "Assignee").select("As it is", people, "")}
                {label_fields}
                <button class="button button--primary" type="submit">"Change tickets"</button>
            </fieldset>
        </form>
    }
    .into_any()
}

/// What became of the tickets, where not all were changed.
pub(in crate::desk) fn notice(outcome: &Outcome) -> AnyView {
    let (changed, same) = (outcome.count(&Became::Changed), outcome.count(&Became::Same));
    let refused: Vec<_> = outcome.refused().collect();
    let items = refused.iter().map(|(_, key, became)| {
        let name = key.as_ref().map_or_else(|| "One of them".to_owned(), ToString::to_string);
        view! { <li>{format!("{name} {}.", why(became))}</li> }
    });
    let class = if refused.is_empty() { "notice page__notice" } else { "notice notice--warning page__notice" };
    view! {
        <div class=class role="alert">
            <Icon name=if refused.is_empty() { "info" } else { "triangle-alert" } />
            <h2 class="notice__title">{title(changed, same, refused.len())}</h2>
            <ul>{items.collect_view()}</ul>
        </div>
    }
    .into_any()
}

fn title(changed: usize, same: usize, refused: usize) -> String {
    let mut parts = vec![match changed {
        0 => "No ticket changed".to_owned(),
        1 => "1 ticket changed".to_owned(),
        count => format!("{count} tickets changed"),
    }];
    if same > 0 {
        parts.push(format!("{same} {} so already", if same == 1 { "was" } else { "were" }));
    }
    if refused > 0 {
        parts.push(format!("{refused} could not"));
    }
    parts.join(", ")
}

fn why(became: &Became) -> String {
    match became {
        Became::Changed => "is changed".to_owned(),
        Became::Same => "was so already".to_owned(),
        Became::Archived => "is of an archived project".to_owned(),
        Became::Refused(ChangeError::NotFound) => "does not exist, or not any more".to_owned(),
        Became::Refused(ChangeError::ReadOnly) => "is of a project that you can only read".to_owned(),
        Became::Refused(ChangeError::NoSuchPerson) => {
            "cannot go to that person, who has no access to its project".to_owned()
        }
        Became::Refused(ChangeError::NoSuchLabel) => "cannot get a label that does not exist any more".to_owned(),
        Became::Refused(ChangeError::TooManyLabels) => "would have too many labels".to_owned(),
        Became::Refused(error) => format!("stays as it is: {}", error.to_string().trim_end_matches('.')),
    }
}

/// What to say where too many are selected.
pub(super) fn too_many(count: usize) -> String {
    format!("{count} tickets are selected; {MOST} can be changed at once.")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::desk::ticket::TicketId;

    #[test]
    fn the_outcome_is_told_in_numbers() {
        assert_eq!(title(48, 0, 2), "48 tickets changed, 2 could not");
        assert_eq!(title(1, 1, 0), "1 ticket changed, 1 was so already");
        assert_eq!(title(0, 3, 1), "No ticket changed, 3 were so already, 1 could not");
    }

    #[test]
    fn those_that_could_not_be_changed_are_named() {
        let id = TicketId(Uuid::nil());
        let outcome = Outcome(vec![
            (id, Some("OPS-2".parse().unwrap()), Became::Changed),
            (id, Some("OPS-3".parse().unwrap()), Became::Archived),
            (id, None, Became::Refused(ChangeError::NotFound)),
        ]);
        let html = notice(&outcome).to_html();
        assert!(html.contains("1 ticket changed, 2 could not") && html.contains("OPS-3 is of an archived project."));
        assert!(html.contains("One of them does not exist") && !html.contains("OPS-2"), "{html}");
    }
}
