//! What the form sends.

use rowhouse_platform::{access::Permit, id::AccountId};

use crate::{
    desk::{
        detail::{read_day, read_priority},
        permission::WriteTickets,
        person_field,
        project::Reached,
        ticket::{LabelId, NewTicket, Priority, TEXT_LENGTH, TITLE_LENGTH},
    },
    error::PageError,
    ui::FieldErrors,
};

/// What was typed and ticked. Labels and watchers are sent once for each, so the form is read as pairs.
pub(super) struct Fields {
    /// The key of the project.
    pub(super) project: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) priority: String,
    pub(super) assignee: String,
    pub(super) due: String,
    pub(super) labels: Vec<String>,
    /// Accounts; names or addresses where there are too many people for a list.
    pub(super) watchers: Vec<String>,
    /// The button was pressed that shows what the description will look like.
    pub(super) is_preview: bool,
    /// Or the one that only changes the project, and with it who can be chosen.
    pub(super) is_switch: bool,
}

impl Fields {
    /// An empty form.
    pub(super) fn for_project(project: String) -> Self {
        Self {
            project,
            title: String::new(),
            description: String::new(),
            priority: Priority::Normal.word().to_owned(),
            assignee: String::new(),
            due: String::new(),
            labels: Vec::new(),
            watchers: Vec::new(),
            is_preview: false,
            is_switch: false,
        }
    }

    pub(super) fn read(pairs: Vec<(String, String)>) -> Result<Self, PageError> {
        let mut fields = Self::for_project(String::new());
        let (mut has_title, mut has_description, mut has_priority) = (false, false, false);
        for (name, value) in pairs {
            match name.as_str() {
                "project" => fields.project = value,
                "title" => (fields.title, has_title) = (value, true),
                "description" => (fields.description, has_description) = (value, true),
                "priority" => (fields.priority, has_priority) = (value, true),
                "assignee" => fields.assignee = value,
                "due" => fields.due = value,
                "label" => fields.labels.push(value),
                "watcher" => fields.watchers.push(value),
                "preview" => fields.is_preview = true,
                "switch" => fields.is_switch = true,
                _ => {}
            }
        }
        if !(has_title && has_description && has_priority) {
            return Err(PageError::BadRequest(
                "The form cannot be read: it has no title, description or priority.".to_owned(),
            ));
        }
        Ok(fields)
    }

    /// The ticket to be, checked as far as can be seen from the form.
    pub(super) async fn check(
        &self,
        permit: &mut Permit<WriteTickets>,
        project: &Reached,
        errors: &mut FieldErrors,
    ) -> Result<NewTicket, PageError> {
        let title = errors.required_line("title", "The title", &self.title, TITLE_LENGTH);
        let description = errors.lines("description", "The description", &self.description, TEXT_LENGTH);
        let priority = read_priority(&self.priority)?;
        let assignee = person_field::read(permit, project.id, "assignee", &self.assignee, errors).await?;
        let due_on = read_day(&self.due, errors);
        let labels = self.labels.iter().map(|label| label.parse::<LabelId>()).collect::<Result<Vec<_>, _>>();
        let labels = labels.map_err(|_| PageError::NotFound)?;
        let watchers = self.watchers(permit, project, errors).await?;
        Ok(NewTicket { description, priority, assignee, due_on, labels, watchers, ..NewTicket::new(project.id, title) })
    }

    async fn watchers(
        &self,
        permit: &mut Permit<WriteTickets>,
        project: &Reached,
        errors: &mut FieldErrors,
    ) -> Result<Vec<AccountId>, PageError> {
        let mut watchers = Vec::new();
        let named = self.watchers.iter().flat_map(|typed| typed.split(','));
        // Each name asks the database; a ticket has no more watchers than this.
        for name in named.filter(|name| !name.trim().is_empty()).take(crate::desk::ticket::MOST_WATCHERS + 1) {
            let found = person_field::read(permit, project.id, "watchers", name.trim(), errors).await?;
            if errors.of("watchers").is_some() {
                break;
            }
            watchers.extend(found);
        }
        Ok(watchers)
    }
}
