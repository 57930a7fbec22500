//! Figures of things that have names, largest first or in an order of their own: a bar for each, from the left.

use leptos::prelude::*;

use super::{
    MOST_COLUMNS,
    data::{Cell, Data},
    scale::Scale,
    series::{fill, patterns},
    svg::{Svg, part, px},
    unit::Unit,
};
use crate::ui::{locale::Locale, time::reader};

/// How high a bar is.
const HEIGHT: f64 = 16.0;

/// The rows of a [`Data`] downwards. Several columns, which have one unit, stand behind each other in one bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Bars {
    /// The columns that are drawn, [`MOST_COLUMNS`] at most.
    pub columns: Vec<usize>,
    /// The most rows that are drawn; the table has all.
    pub most: usize,
}

impl Bars {
    /// These columns of all rows.
    pub fn new(columns: impl IntoIterator<Item = usize>) -> Self {
        Self { columns: columns.into_iter().take(MOST_COLUMNS).collect(), most: usize::MAX }
    }

    /// The same, of the first rows only.
    #[must_use]
    pub fn of_first(mut self, most: usize) -> Self {
        self.most = most;
        self
    }

    pub(super) fn view(&self, id: &str, data: &Data) -> AnyView {
        let locale = reader().locale;
        let unit = self.columns.first().and_then(|column| data.columns.get(*column)).map_or(Unit::Count, |it| it.unit);
        let shown = data.rows.len().min(self.most);
        let largest = (0..shown).map(|row| self.total(data, row)).fold(0.0, f64::max);
        let rows = (0..shown)
            .map(|row| {
                let bar = self.bar(id, data, row, largest);
                let words = unit.text(self.total(data, row), locale);
                let value = match self.link(data, row) {
                    Some(href) => view! { <a href=href>{words}</a> }.into_any(),
                    None => words.into_any(),
                };
                view! {
                    <li class="chart__row">
                        <span class="chart__name">{data.rows[row].name.clone()}</span>
                        <svg class="chart__bar" width="100%" height=px(HEIGHT) aria-hidden="true" inner_html=bar></svg>
                        <span class="chart__value">{value}</span>
                        {self.parts(data, row, locale)}
                    </li>
                }
            })
            .collect_view();
        let left = data.rows.len() - shown;
        let rest = (left > 0).then(|| view! { <p class="chart__note">{format!("The table has {} more.", locale.number(i64::try_from(left).unwrap_or(i64::MAX)))}</p> });
        let mut hatchings = Svg::default();
        patterns(&mut hatchings, id, self.columns.len());
        let hatchings = (self.columns.len() > 1).then(|| {
            let patterns = hatchings.into_string();
            view! { <svg class="chart__patterns" width="0" height="0" aria-hidden="true" inner_html=patterns></svg> }
        });
        view! {
            <div class="chart__body chart__body--bars">
                {hatchings}
                <ol class="chart__bars" aria-labelledby=format!("{id}-title")>{rows}</ol>
                {rest}
            </div>
        }
        .into_any()
    }

    fn total(&self, data: &Data, row: usize) -> f64 {
        self.columns.iter().filter_map(|column| data.value(row, *column)).filter(|value| *value > 0.0).sum()
    }

    /// Where the one figure of a row leads, or the sum of several where the table says so of the row.
    fn link(&self, data: &Data, row: usize) -> Option<String> {
        let cells = &data.rows.get(row)?.cells;
        match &self.columns[..] {
            [column] => cells.get(*column)?.href.clone(),
            // A column that is not drawn and holds the sum.
            columns => {
                let total = self.total(data, row);
                let is_total = |cell: &&Cell| cell.value.is_some_and(|value| (value - total).abs() < 0.5);
                let others = cells.iter().enumerate().filter(|(place, _)| !columns.contains(place));
                others.map(|(_, cell)| cell).find(is_total)?.href.clone()
            }
        }
    }

    /// What a bar of several parts consists of: shown while the row is hovered over or its figure has the focus.
    fn parts(&self, data: &Data, row: usize, locale: Locale) -> AnyView {
        if self.columns.len() < 2 {
            return ().into_any();
        }
        let parts = self.columns.iter().filter_map(|column| data.told(row, *column, locale)).collect::<Vec<_>>();
        view! { <span class="chart__parts">{parts.join(", ")}</span> }.into_any()
    }

    fn bar(&self, id: &str, data: &Data, row: usize, largest: f64) -> String {
        let mut svg = Svg::default();
        let height = px(HEIGHT);
        svg.shape("rect", &[("class", "chart__ground"), ("width", "100%"), ("height", &height), ("rx", "2")]);
        // The axis ends at the largest figure, not at a round one: no figures stand beside it.
        let scale = Scale::ending_at(largest);
        let mut start = 0.0;
        for (place, column) in self.columns.iter().enumerate() {
            let Some(value) = data.value(row, *column).filter(|value| *value > 0.0) else { continue };
            let width = scale.height(value) * 100.0;
            let class = format!("chart__ink chart__ink--{}", place + 1);
            svg.shape(
                "rect",
                &[
                    ("class", &class),
                    ("fill", &fill(id, place)),
                    ("x", &part(start)),
                    ("width", &part(width)),
                    ("height", &height),
                    ("rx", "2"),
                ],
            );
            start += width;
        }
        svg.into_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::chart::{Column, Row};

    fn data(rows: &[&[f64]]) -> Data {
        Data {
            axis: "Project",
            columns: ["Open", "Pending", "Both"].map(|name| Column::new(name, Unit::Count)).to_vec(),
            rows: rows
                .iter()
                .map(|figures| Row {
                    key: "OPS".to_owned(),
                    name: "Operations".to_owned(),
                    short: "OPS".to_owned(),
                    cells: figures.iter().map(|value| Cell::of(Some(*value))).collect(),
                })
                .collect(),
        }
    }

    #[test]
    fn bars_are_as_long_as_their_part_of_the_largest() {
        let data = data(&[&[30.0, 10.0, 40.0], &[10.0, 0.0, 10.0], &[0.0, 0.0, 0.0]]);
        let bars = Bars::new([0, 1]);
        let first = bars.bar("c", &data, 0, 40.0);
        assert!(first.contains("x=\"0%\" width=\"75%\"") && first.contains("x=\"75%\" width=\"25%\""), "{first}");
        assert!(first.contains("fill=\"url(#c-hatch-2)\""), "{first}");
        assert!(bars.bar("c", &data, 1, 40.0).contains("x=\"0%\" width=\"25%\""));
        assert_eq!(bars.bar("c", &data, 2, 40.0).matches("chart__ink").count(), 0);
        assert!(!bars.bar("c", &data, 2, 0.0).contains("NaN"));
    }

    #[test]
    fn a_sum_leads_where_the_column_of_sums_does() {
        let mut data = data(&[&[30.0, 10.0, 40.0]]);
        data.rows[0].cells[0].href = Some("/open".to_owned());
        assert_eq!(Bars::new([0, 1]).link(&data, 0), None);
        data.rows[0].cells[2].href = Some("/both".to_owned());
        assert_eq!(Bars::new([0, 1]).link(&data, 0).as_deref(), Some("/both"));
        assert_eq!(Bars::new([0]).link(&data, 0).as_deref(), Some("/open"));
    }
}
