//! The figures of a chart: the table behind it, and the file that people export.

use leptos::prelude::*;
use rowhouse_platform::csv;

use super::unit::{self, Unit};
use crate::ui::{locale::Locale, time::reader};

/// A column of figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What it holds: "Created".
    pub name: String,
    /// What its figures are.
    pub unit: Unit,
}

impl Column {
    /// A column of this name.
    pub fn new(name: impl Into<String>, unit: Unit) -> Self {
        Self { name: name.into(), unit }
    }
}

/// A figure, or that there is none, and where it leads.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cell {
    /// The figure.
    pub value: Option<f64>,
    /// The address of what was counted.
    pub href: Option<String>,
}

impl Cell {
    /// A figure that may not be there: the median of nothing.
    pub fn of(value: Option<f64>) -> Self {
        Self { value, href: None }
    }

    /// A count.
    pub fn count(count: i64) -> Self {
        Self::of(Some(unit::figure(count)))
    }

    /// The same, which leads to what was counted; where nothing was, it leads nowhere.
    #[must_use]
    pub fn leading_to(mut self, href: impl FnOnce() -> Option<String>) -> Self {
        if self.value.is_some_and(|value| value > 0.0) {
            self.href = href();
        }
        self
    }

    fn text(&self, unit: Unit, locale: Locale) -> String {
        self.value.map_or_else(|| "–".to_owned(), |value| unit.text(value, locale))
    }
}

/// A row: a day, a project.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// In the file: "2026-06-03".
    pub key: String,
    /// In the table: "Wednesday, 3 June 2026".
    pub name: String,
    /// On the axis: "3 Jun".
    pub short: String,
    /// Its figures, one of each column.
    pub cells: Vec<Cell>,
}

/// Rows and columns of figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    /// What a row is: "Day".
    pub axis: &'static str,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, in the order of the chart.
    pub rows: Vec<Row>,
}

impl Data {
    /// The figure of a row and column.
    pub(super) fn value(&self, row: usize, column: usize) -> Option<f64> {
        let value = self.rows.get(row)?.cells.get(column)?.value?;
        value.is_finite().then_some(value)
    }

    /// All figures of a column.
    pub(super) fn values(&self, column: usize) -> impl Iterator<Item = f64> + '_ {
        (0..self.rows.len()).filter_map(move |row| self.value(row, column))
    }

    /// The figure of a row and column in words, with the column's name: "Created: 12".
    pub(super) fn told(&self, row: usize, column: usize, locale: Locale) -> Option<String> {
        let (named, cell) = (self.columns.get(column)?, self.rows.get(row)?.cells.get(column)?);
        Some(format!("{}: {}", named.name, cell.text(named.unit, locale)))
    }

    /// As comma-separated values, which spreadsheets may safely open. Figures are plain; a head says their unit.
    pub fn csv(&self) -> String {
        let mut file = String::new();
        let heads: Vec<String> = self
            .columns
            .iter()
            .map(|column| match column.unit.in_file() {
                Some(unit) => format!("{} ({unit})", column.name),
                None => column.name.clone(),
            })
            .collect();
        let head: Vec<_> = std::iter::once(self.axis).chain(heads.iter().map(String::as_str)).map(Some).collect();
        csv::line(&mut file, &head);
        for row in &self.rows {
            let figures: Vec<_> = row.cells.iter().map(|cell| cell.value.map(plain)).collect();
            let fields: Vec<_> =
                std::iter::once(Some(row.key.as_str())).chain(figures.iter().map(Option::as_deref)).collect();
            csv::line(&mut file, &fields);
        }
        file
    }

    /// As a table.
    pub(super) fn table(&self, caption: &str) -> AnyView {
        let locale = reader().locale;
        let heads = self
            .columns
            .iter()
            .map(|column| view! { <th scope="col" class="is-end">{column.name.clone()}</th> })
            .collect_view();
        let rows = self.rows.iter().map(|row| self.row(row, locale)).collect_view();
        view! {
            <table class="data-table">
                <caption class="visually-hidden">{caption.to_owned()}</caption>
                <thead>
                    <tr>
                        <th scope="col">{self.axis}</th>
                        {heads}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any()
    }

    fn row(&self, row: &Row, locale: Locale) -> AnyView {
        let cells = self.columns.iter().zip(&row.cells).map(|(column, cell)| {
            let text = cell.text(column.unit, locale);
            let text = match &cell.href {
                Some(href) => view! { <a href=href.clone()>{text}</a> }.into_any(),
                None => text.into_any(),
            };
            view! { <td class="is-end">{text}</td> }
        });
        view! {
            <tr>
                <th scope="row">{row.name.clone()}</th>
                {cells.collect_view()}
            </tr>
        }
        .into_any()
    }
}

/// A figure for programs: no groups, no more digits than it has.
fn plain(value: f64) -> String {
    let rounded = (value * 1000.0).round() / 1000.0;
    format!("{rounded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_has_plain_figures_and_no_formulas() {
        let row = |key: &str, cells| Row { key: key.to_owned(), name: String::new(), short: String::new(), cells };
        let data = Data {
            axis: "Day",
            columns: vec![Column::new("Created", Unit::Count), Column::new("Median", Unit::Seconds)],
            rows: vec![
                row("2026-06-01", vec![Cell::count(1200), Cell::of(Some(90.123_456))]),
                row("=HYPERLINK(\"x\")", vec![Cell::count(0), Cell::of(None)]),
            ],
        };
        assert_eq!(
            data.csv(),
            "\"Day\",\"Created\",\"Median (seconds)\"\r\n\"2026-06-01\",\"1200\",\"90.123\"\r\n\
             \"'=HYPERLINK(\"\"x\"\")\",\"0\",\r\n"
        );
        assert_eq!(data.told(0, 1, Locale::Britain).unwrap(), "Median: 1\u{a0}min");
        assert_eq!(data.told(1, 1, Locale::Britain).unwrap(), "Median: –");
        assert_eq!(data.value(7, 0), None);
    }

    #[test]
    fn what_counts_nothing_leads_nowhere() {
        let to = || Some("/tickets".to_owned());
        assert_eq!(Cell::count(0).leading_to(to).href, None);
        assert_eq!(Cell::count(2).leading_to(to).href.as_deref(), Some("/tickets"));
    }
}
