//! Figures that took long to count, kept for a minute.
//!
//! A workspace of a million tickets has to read some hundred thousand of them for a quarter's figures. Those who look at
//! the dashboard together, and who press reload, are answered from memory. What is counted quickly is counted each time,
//! so nobody with a small workspace sees old figures.

use std::{fmt, sync::Arc, time::Duration};

use moka::future::Cache;
use rowhouse_platform::tenancy::settings::WeekStart;
use uuid::Uuid;

use super::{charts::Measures, filter::Filter};
use crate::ui::{chart::Calendar, locale::Locale};

/// What takes at least this long is kept.
pub(super) const LONG: time::Duration = time::Duration::milliseconds(50);
const KEEP: Duration = Duration::from_mins(1);
/// Bytes of figures, about.
const CAPACITY: u64 = 8 << 20;

/// What was asked. Whoever asks the same of the same projects is given the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Question {
    tenant: Uuid,
    filter: Filter,
    zone: String,
    week_start: WeekStart,
    locale: Locale,
}

impl Question {
    pub(super) fn new(tenant: Uuid, filter: &Filter, calendar: &Calendar) -> Self {
        Self {
            tenant,
            filter: filter.clone(),
            zone: calendar.zone.name().to_owned(),
            week_start: calendar.week_start,
            locale: calendar.locale,
        }
    }
}

/// Figures of the last minute. Cheap to clone; all clones share the memory.
#[derive(Clone)]
pub struct KeptFigures(Cache<Question, Arc<Measures>>);

impl Default for KeptFigures {
    fn default() -> Self {
        let weigh = |question: &Question, measures: &Arc<Measures>| {
            let parts = measures.created.parts.len() + measures.resolved.parts.len() + measures.backlog.parts.len();
            let bytes = 1_000
                + 16 * question.filter.projects.len()
                + 300 * measures.slots.len()
                + 100 * (parts + measures.names.len());
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        Self(Cache::builder().max_capacity(CAPACITY).weigher(weigh).time_to_live(KEEP).build())
    }
}

impl fmt::Debug for KeptFigures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("KeptFigures").field("entries", &self.0.entry_count()).finish()
    }
}

impl KeptFigures {
    pub(super) async fn find(&self, question: &Question) -> Option<Arc<Measures>> {
        self.0.get(question).await
    }

    pub(super) async fn keep(&self, question: Question, measures: Arc<Measures>) {
        self.0.insert(question, measures).await;
    }
}
