//! Which projects somebody reaches, and what they may do in each.

use rowhouse_platform::{
    access::{Permission, Permit, Principal},
    db::DbError,
    plan::Limit,
};
use uuid::Uuid;

use super::ProjectId;
use crate::desk::permission::{ManageProjects, WriteTickets};

/// What somebody may do in a project, the least first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Reads.
    Viewer,
    /// Works on tickets.
    Contributor,
    /// Changes the project and its members too.
    Lead,
}

impl Level {
    /// Every level, the least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Contributor, Self::Lead];

    /// The word in the database and in forms.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Contributor => "contributor",
            Self::Lead => "lead",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.word() == word)
    }

    /// What people read.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Viewer => "Viewer",
            Self::Contributor => "Contributor",
            Self::Lead => "Lead",
        }
    }

    /// What it allows, in a sentence.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Viewer => "Reads the project’s tickets.",
            Self::Contributor => "Works on the project’s tickets.",
            Self::Lead => "Works on the project’s tickets, and changes the project and its members.",
        }
    }
}

/// A project that somebody reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// Its id.
    pub id: ProjectId,
    /// What its tickets begin with.
    pub key: String,
    /// What it is called.
    pub name: String,
    /// What they may do in it, were it not archived.
    pub level: Level,
    /// Whether it can only be read.
    pub is_archived: bool,
    /// Whether there are as many older ones as the plan allows, so that this one can only be read, too.
    pub is_over_plan: bool,
    /// Whether everybody who may read tickets is in.
    pub is_open: bool,
}

impl Reached {
    /// Whether they may work on its tickets.
    #[must_use]
    pub fn may_write(&self) -> bool {
        self.level >= Level::Contributor && !self.is_at_rest()
    }

    /// Whether nothing of it changes, whoever asks.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.is_archived || self.is_over_plan
    }
}

/// The projects that somebody reaches, by key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    projects: Vec<Reached>,
    is_whole: bool,
}

impl Reach {
    /// All of them, by key.
    #[must_use]
    pub fn all(&self) -> &[Reached] {
        &self.projects
    }

    /// Whether these are all projects there are, so that a query need not name them.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Those in which they may work on tickets, by key.
    pub fn writable(&self) -> impl Iterator<Item = &Reached> {
        self.projects.iter().filter(|project| project.may_write())
    }

    /// Their ids, for `project_id = ANY($n)`.
    #[must_use]
    pub fn ids(&self) -> Vec<Uuid> {
        self.projects.iter().map(|project| project.id.0).collect()
    }

    /// The one of this key, in any case.
    #[must_use]
    pub fn of_key(&self, key: &str) -> Option<&Reached> {
        self.projects.iter().find(|project| project.key.eq_ignore_ascii_case(key))
    }

    /// The one of this id.
    #[must_use]
    pub fn of_id(&self, id: ProjectId) -> Option<&Reached> {
        self.projects.iter().find(|project| project.id == id)
    }

    /// Whether they may work on the tickets of this project: it is reached, not archived, and the level suffices.
    #[must_use]
    pub fn may_write(&self, id: ProjectId) -> bool {
        self.of_id(id).is_some_and(Reached::may_write)
    }
}

/// All projects that the principal reaches, in one query.
///
/// # Errors
/// [`DbError`].
pub async fn of<P: Permission>(permit: &mut Permit<P>) -> Result<Reach, DbError> {
    let (principal, tx) = permit.parts();
    let tenant = tx.tenant_id();
    let most = tx.entitlements().limit(Limit::Projects);
    // At most [`super::MOST_PROJECTS`] rows.
    let rows = sqlx::query!(
        r#"SELECT p.id, p.key, p.name, p.is_open, p.archived_at IS NOT NULL AS "is_archived!", m.role AS "role?"
           FROM project p
           LEFT JOIN project_member m
               ON m.tenant_id = p.tenant_id AND m.project_id = p.id AND m.account_id = $2
           WHERE p.tenant_id = $1
           ORDER BY p.key"#,
        tenant,
        principal.account.0
    )
    .fetch_all(tx)
    .await?;
    let count = rows.len();
    let newest = over_plan(rows.iter().filter(|row| !row.is_archived).map(|row| row.id).collect(), most);
    let projects: Vec<_> = rows
        .into_iter()
        .filter_map(|row| {
            Some(Reached {
                id: ProjectId(row.id),
                level: level(principal, row.is_open, row.role.as_deref())?,
                key: row.key,
                name: row.name,
                is_archived: row.is_archived,
                is_over_plan: newest.contains(&row.id),
                is_open: row.is_open,
            })
        })
        .collect();
    Ok(Reach { is_whole: projects.len() == count, projects })
}

/// Those of the projects in use that the plan has no room for: the newest. Ids are in the order of creation.
fn over_plan(mut in_use: Vec<Uuid>, most: Option<i64>) -> Vec<Uuid> {
    let Some(most) = most.and_then(|most| usize::try_from(most).ok()) else { return Vec::new() };
    in_use.sort_unstable();
    in_use.split_off(most.min(in_use.len()))
}

/// What somebody may do in a project, by what the workspace allows them and by their role in the project; `None` where
/// they do not reach it.
pub(super) fn level(principal: &Principal, is_open: bool, role: Option<&str>) -> Option<Level> {
    together(principal.may::<ManageProjects>(), principal.may::<WriteTickets>(), is_open, role)
}

fn together(manages: bool, works: bool, is_open: bool, role: Option<&str>) -> Option<Level> {
    let in_project = match role.and_then(Level::parse) {
        _ if manages => Level::Lead,
        Some(level) => level,
        None if is_open => Level::Contributor,
        None => return None,
    };
    Some(if works { in_project } else { Level::Viewer })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workspace_and_project_both_have_to_allow_it() {
        let works = |is_open, role| together(false, true, is_open, role);
        assert_eq!(works(true, None), Some(Level::Contributor));
        assert_eq!(works(true, Some("viewer")), Some(Level::Viewer), "the role in the project comes first");
        assert_eq!(works(true, Some("lead")), Some(Level::Lead));
        assert_eq!(works(false, None), None);
        assert_eq!(works(false, Some("viewer")), Some(Level::Viewer));
        assert_eq!(works(false, Some("contributor")), Some(Level::Contributor));

        let reads = |is_open, role| together(false, false, is_open, role);
        assert_eq!(reads(true, None), Some(Level::Viewer));
        assert_eq!(reads(false, Some("lead")), Some(Level::Viewer), "the workspace allows reading alone");
        assert_eq!(reads(false, None), None);

        assert_eq!(together(true, true, false, None), Some(Level::Lead));
        assert_eq!(together(true, true, true, Some("viewer")), Some(Level::Lead));
        assert_eq!(together(true, false, false, None), Some(Level::Viewer));
    }

    #[test]
    fn words_are_read_back() {
        for level in Level::ALL {
            assert_eq!(Level::parse(level.word()), Some(level));
        }
        assert!(Level::Viewer < Level::Contributor && Level::Contributor < Level::Lead);
    }

    #[test]
    fn the_newest_projects_are_over_the_plan() {
        let [first, second, third] = [1, 2, 3].map(Uuid::from_u128);
        assert!(over_plan(vec![third, first], None).is_empty());
        assert!(over_plan(vec![third, first], Some(2)).is_empty());
        assert_eq!(over_plan(vec![third, first, second], Some(1)), [second, third]);
        assert_eq!(over_plan(vec![first], Some(0)), [first]);
    }

    #[test]
    fn keys_are_found_in_any_case() {
        let one = |key: &str, level, is_archived| Reached {
            id: ProjectId(Uuid::from_u128(key.len() as u128)),
            key: key.to_owned(),
            name: key.to_owned(),
            level,
            is_archived,
            is_over_plan: false,
            is_open: true,
        };
        let reach = Reach {
            projects: vec![
                one("OPS", Level::Contributor, false),
                one("SALE", Level::Lead, true),
                one("SEEN1", Level::Viewer, false),
            ],
            is_whole: true,
        };
        assert_eq!(reach.of_key("ops").unwrap().key, "OPS");
        assert!(reach.of_key("OP").is_none());
        assert_eq!(reach.writable().map(|project| project.key.as_str()).collect::<Vec<_>>(), ["OPS"]);
        assert!(!reach.may_write(reach.of_key("SALE").unwrap().id) && !reach.may_write(ProjectId(Uuid::nil())));
    }
}
