//! What stands around a list: the views to choose from, the labels and people that it can be filtered by, and how much is
//! new. It comes in one round trip.

use rowhouse_platform::{
    access::{Permission, Permit},
    db::DbError,
    id::AccountId,
};
use serde::Deserialize;
use sqlx::types::Json;
use uuid::Uuid;

use super::filter::Filter;
use crate::desk::{
    notify::inbox,
    project::Reach,
    ticket::{Label, LabelId, label::LabelJson},
    views::{SavedView, ViewId},
};

/// The most people that are offered, by name.
const PEOPLE: i64 = 200;
/// The most views in the row above the list.
const VIEWS: i64 = 60;

/// What stands around a list.
#[derive(Debug, Clone, Default)]
pub struct Furniture {
    /// The workspace's labels, by name.
    pub labels: Vec<Label>,
    /// Those of them that are on their way out: tickets have them still, and are not given them.
    ending: Vec<Uuid>,
    /// The active people, by name; the first of them where [`has_more_people`](Self::has_more_people).
    pub people: Vec<(AccountId, String)>,
    /// Whether there are more of them.
    pub has_more_people: bool,
    /// Those whom the filter names, active or not.
    pub chosen: Vec<(AccountId, String)>,
    /// The views that the principal sees, their own first.
    pub views: Vec<SavedView>,
    /// How much the principal has not seen, as [`inbox::unread`] counts it.
    pub news: i64,
}

#[derive(Debug, Deserialize)]
struct PersonJson {
    id: Uuid,
    name: String,
}

#[derive(Debug, Deserialize)]
struct ViewJson {
    id: Uuid,
    owner: Uuid,
    name: String,
    is_shared: bool,
    filter: String,
}

impl Furniture {
    /// Reads it, for a list under a filter.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn of<P: Permission>(permit: &mut Permit<P>, reach: &Reach, filter: &Filter) -> Result<Self, DbError> {
        let (principal, tx) = permit.parts();
        let chosen: Vec<Uuid> = filter.accounts().map(|account| account.0).collect();
        let row = sqlx::query!(
            r#"SELECT
                   (SELECT coalesce(json_agg(json_build_object('id', l.id, 'name', l.name, 'colour', l.colour)
                                             ORDER BY lower(l.name)), '[]')
                    FROM label l WHERE l.tenant_id = $1) AS "labels!: Json<Vec<LabelJson>>",
                   ARRAY(SELECT g.id FROM label g WHERE g.tenant_id = $1 AND g.ending_since IS NOT NULL) AS "ending!",
                   (SELECT coalesce(json_agg(json_build_object('id', p.id, 'name', p.name)), '[]')
                    FROM (SELECT a.id, a.name FROM account a WHERE a.tenant_id = $1 AND a.state = 'active'
                          ORDER BY a.name, a.id LIMIT $3) p) AS "people!: Json<Vec<PersonJson>>",
                   (SELECT coalesce(json_agg(json_build_object('id', s.id, 'owner', s.owner_id, 'name', s.name,
                                                               'is_shared', s.is_shared, 'filter', s.filter)), '[]')
                    FROM (SELECT v.id, v.owner_id, v.name, v.is_shared, v.filter FROM saved_view v
                          WHERE v.tenant_id = $1 AND (v.owner_id = $2 OR v.is_shared)
                          ORDER BY v.owner_id <> $2, lower(v.name), v.id LIMIT $4) s) AS "views!: Json<Vec<ViewJson>>",
                   (SELECT count(*)
                    FROM (SELECT FROM inbox_item i
                          JOIN ticket t ON t.tenant_id = i.tenant_id AND t.id = i.ticket_id
                          WHERE i.tenant_id = $1 AND i.account_id = $2 AND i.read_at IS NULL
                            AND t.project_id = ANY ($6) LIMIT $5) few) AS "news!",
                    (SELECT coalesce(json_agg(json_build_object('id', c.id, 'name', c.name)), '[]')
                     FROM account c WHERE c.tenant_id = $1 AND c.id = ANY ($7)) AS "chosen!: Json<Vec<PersonJson>>""#,
            tx.tenant_id(),
            principal.account.0,
            // One more than is offered tells whether there are more.
            PEOPLE + 1,
            VIEWS,
            inbox::MOST_COUNTED + 1,
            &reach.ids(),
            &chosen
        )
        .fetch_one(tx)
        .await?;
        let views = row.views.0.into_iter().map(|view| SavedView {
            id: ViewId(view.id),
            owner: AccountId(view.owner),
            owner_name: None,
            name: view.name,
            is_shared: view.is_shared,
            filter: view.filter,
        });
        let person = |person: PersonJson| (AccountId(person.id), person.name);
        let mut people: Vec<_> = row.people.0.into_iter().map(person).collect();
        let most = usize::try_from(PEOPLE).unwrap_or(usize::MAX);
        let has_more_people = people.len() > most;
        people.truncate(most);
        Ok(Self {
            labels: row.labels.0.into_iter().map(Label::from).collect(),
            ending: row.ending,
            has_more_people,
            people,
            chosen: row.chosen.0.into_iter().map(person).collect(),
            views: views.collect(),
            news: row.news,
        })
    }

    /// The labels that tickets can be given, by name.
    pub(in crate::desk) fn offered(&self) -> impl Iterator<Item = &Label> {
        self.labels.iter().filter(|label| !self.ending.contains(&label.id.0))
    }

    /// A label by its id.
    pub(in crate::desk) fn label(&self, id: LabelId) -> Option<&Label> {
        self.labels.iter().find(|label| label.id == id)
    }

    /// The labels of a ticket, by name.
    pub(in crate::desk) fn labels_of(&self, ids: &[Uuid]) -> impl Iterator<Item = &Label> {
        self.labels.iter().filter(|label| ids.contains(&label.id.0))
    }

    /// What somebody is called who is offered, or whom the filter names.
    pub(in crate::desk) fn person(&self, id: AccountId) -> Option<&str> {
        self.people.iter().chain(&self.chosen).find(|person| person.0 == id).map(|person| person.1.as_str())
    }
}
