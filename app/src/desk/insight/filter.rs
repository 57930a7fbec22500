//! Which days, and which tickets: what the address says.

use rowhouse_platform::id::AccountId;
use serde::Deserialize;
use time::{Date, Duration, format_description::FormatItem, macros::format_description};
use uuid::Uuid;

use super::people::Assigned;
use crate::{
    desk::{
        project::reach::{Reach, Reached},
        ticket::{Label, LabelId},
    },
    routes::query_string,
    ui::{FieldErrors, chart::Calendar, time::number},
};

/// The most days at once: five years.
const MOST_DAYS: i64 = 5 * 366;
const DAY: &[FormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// What the address says. What is empty is not there, for that is how forms send a field that was left alone.
#[derive(Debug, Clone, Default, Deserialize)]
pub(in crate::desk) struct InsightQuery {
    #[serde(default)]
    pub(in crate::desk) range: String,
    #[serde(default)]
    pub(in crate::desk) from: String,
    #[serde(default)]
    pub(in crate::desk) to: String,
    #[serde(default)]
    pub(in crate::desk) project: String,
    #[serde(default)]
    pub(in crate::desk) assignee: String,
    #[serde(default)]
    pub(in crate::desk) label: String,
    #[serde(default)]
    pub(in crate::desk) by: String,
    /// Of an export: which chart.
    #[serde(default)]
    pub(in crate::desk) chart: String,
}

/// Some days up to today, or days that people chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) enum Range {
    /// Today and the six days before.
    Week,
    /// Today and the 29 days before.
    #[default]
    Month,
    /// Today and the 89 days before.
    Quarter,
    /// The weeks of twelve months.
    Year,
    /// From one day to another.
    Custom,
}

impl Range {
    pub(super) const ALL: [Self; 5] = [Self::Week, Self::Month, Self::Quarter, Self::Year, Self::Custom];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Week => "7d",
            Self::Month => "30d",
            Self::Quarter => "90d",
            Self::Year => "12m",
            Self::Custom => "custom",
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Week => "7 days",
            Self::Month => "30 days",
            Self::Quarter => "90 days",
            Self::Year => "12 months",
            Self::Custom => "Other days",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        if word.is_empty() {
            return Some(Self::default());
        }
        Self::ALL.into_iter().find(|range| range.word() == word)
    }

    /// The first day of the range that ends today.
    fn first(self, today: Date, calendar: &Calendar) -> Date {
        let before = |days| today.saturating_sub(Duration::days(days));
        match self {
            Self::Week => before(6),
            Self::Month | Self::Custom => before(29),
            Self::Quarter => before(89),
            // Whole weeks: a part of one would look like fewer tickets.
            Self::Year => calendar.week_of(before(364)),
        }
    }
}

/// By what figures are broken down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) enum By {
    #[default]
    Project,
    Assignee,
    Label,
}

impl By {
    pub(super) const ALL: [Self; 3] = [Self::Project, Self::Assignee, Self::Label];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Assignee => "assignee",
            Self::Label => "label",
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Project => "Project",
            Self::Assignee => "Assignee",
            Self::Label => "Label",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        if word.is_empty() {
            return Some(Self::default());
        }
        Self::ALL.into_iter().find(|by| by.word() == word)
    }
}

/// Whose tickets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Assignee {
    /// Nobody's.
    Nobody,
    /// Theirs.
    Account(AccountId),
}

impl Assignee {
    pub(super) fn word(self) -> String {
        match self {
            Self::Nobody => "none".to_owned(),
            Self::Account(id) => id.to_string(),
        }
    }
}

/// The address, read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Filter {
    pub(super) range: Range,
    pub(super) first: Date,
    pub(super) last: Date,
    /// The key of the project.
    pub(super) project: Option<String>,
    pub(super) assignee: Option<Assignee>,
    pub(super) label: Option<LabelId>,
    pub(super) by: By,
    /// The projects that figures are of: those that are reached, or the one asked for.
    pub(super) projects: Vec<Uuid>,
}

/// What can be asked for.
pub(super) struct Choices {
    pub(super) reach: Reach,
    pub(super) people: Vec<Assigned>,
    pub(super) labels: Vec<Label>,
}

impl Filter {
    /// Reads the address. What is wrong is told of beside its field, and left out of the filter. A project that is not
    /// reached is as wrong as one that does not exist.
    pub(super) fn read(
        query: &InsightQuery,
        choices: &Choices,
        calendar: &Calendar,
        today: Date,
        errors: &mut FieldErrors,
    ) -> Self {
        let has_days = [&query.from, &query.to].into_iter().any(|day| !day.trim().is_empty());
        let range = match Range::parse(&query.range) {
            // Whoever names days means them.
            Some(_) if has_days && query.range.is_empty() => Range::Custom,
            Some(preset) if has_days && preset != Range::Custom => {
                errors.add("from", "Days of their own go with the range “custom”. Leave out the range, or the days.");
                preset
            }
            Some(range) => range,
            None => {
                errors.add("range", "Choose one of the ranges.");
                Range::default()
            }
        };
        let by = By::parse(&query.by).unwrap_or_default();
        let (first, last) = match range {
            Range::Custom => days(query, errors),
            preset => Some((preset.first(today, calendar), today)),
        }
        .unwrap_or_else(|| (Range::default().first(today, calendar), today));
        if range == Range::Custom && last > today {
            errors.add("to", "The last day is yet to come.");
        }
        let project = Some(query.project.trim()).filter(|key| !key.is_empty()).and_then(|key| {
            errors.take("project", choices.reach.of_key(key).ok_or("There is no such project. Choose one of the list."))
        });
        let assignee = assignee(query.assignee.trim(), choices, errors);
        let label = Some(query.label.trim()).filter(|label| !label.is_empty()).and_then(|label| {
            let known = label.parse().ok().filter(|id| choices.labels.iter().any(|label| label.id == *id));
            errors.take("label", known.ok_or("There is no such label. Choose one of the list."))
        });
        let projects = project.map_or_else(|| choices.reach.ids(), |project: &Reached| vec![project.id.0]);
        Self { range, first, last, project: project.map(|it| it.key.clone()), assignee, label, by, projects }
    }

    /// Whether it asks for fewer than all tickets.
    pub(super) fn is_narrowed(&self) -> bool {
        self.project.is_some() || self.assignee.is_some() || self.label.is_some()
    }

    /// The pairs that say it in an address.
    pub(super) fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        if self.range != Range::default() {
            pairs.push(("range", self.range.word().to_owned()));
        }
        if self.range == Range::Custom {
            pairs.extend([("from", written(self.first)), ("to", written(self.last))]);
        }
        pairs.extend(self.project.clone().map(|key| ("project", key)));
        pairs.extend(self.assignee.map(|assignee| ("assignee", assignee.word())));
        pairs.extend(self.label.map(|label| ("label", label.to_string())));
        if self.by != By::default() {
            pairs.push(("by", self.by.word().to_owned()));
        }
        pairs
    }

    /// The address of the page, without what stands before it on the site.
    pub(super) fn address(&self) -> String {
        format!("/insight{}", query_string(&self.pairs()))
    }

    /// The address of a chart's file.
    pub(super) fn export_address(&self, chart: &str) -> String {
        let mut pairs = vec![("chart", chart.to_owned())];
        pairs.extend(self.pairs());
        format!("/insight/export{}", query_string(&pairs))
    }
}

/// A day as addresses have it.
pub(super) fn written(day: Date) -> String {
    day.format(DAY).unwrap_or_default()
}

fn days(query: &InsightQuery, errors: &mut FieldErrors) -> Option<(Date, Date)> {
    let mut read = |field, text: &str| {
        let text = text.trim();
        let wrong = if text.is_empty() { "Choose a day." } else { "This is no day. Write it like 2026-03-31." };
        errors.take(field, Date::parse(text, DAY).map_err(|_| wrong))
    };
    let (from, to) = (read("from", &query.from), read("to", &query.to));
    let (from, to) = (from?, to?);
    if from > to {
        errors.add("to", "The last day is before the first.");
        return None;
    }
    let days = (to - from).whole_days() + 1;
    if days > MOST_DAYS {
        let [days, most] = [days, MOST_DAYS].map(number);
        errors.add("from", format!("These are {days} days; {most} can be shown at once."));
        return None;
    }
    Some((from, to))
}

fn assignee(word: &str, choices: &Choices, errors: &mut FieldErrors) -> Option<Assignee> {
    match word {
        "" => None,
        "none" => Some(Assignee::Nobody),
        word => {
            let known = word.parse().ok().filter(|id| choices.people.iter().any(|person| person.id == *id));
            errors
                .take("assignee", known.ok_or("There is no such person. Choose one of the list."))
                .map(Assignee::Account)
        }
    }
}

#[cfg(test)]
mod tests;
