//! Figures over time: lines, bars side by side, or bars on top of each other.

use leptos::prelude::*;

use super::{
    MOST_COLUMNS,
    data::Data,
    scale::{Scale, percent},
    svg::{Svg, part, px},
    unit::Unit,
};
use crate::ui::{locale::Locale, time::reader};

/// How high the drawing is, without the words below it.
const HEIGHT: f64 = 200.0;
/// How high the words below it are.
const WORDS: f64 = 24.0;
/// Beyond so many slots, a line is drawn without its marks.
const MOST_MARKS: usize = 31;
/// The most words below a wide drawing, and below a narrow one.
const MOST_WORDS: (usize, usize) = (9, 4);
/// How much of its slot a bar leaves free on each side.
const GAP: f64 = 0.15;

/// How figures are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A line for each column.
    Lines,
    /// A bar for each column, side by side.
    Bars,
    /// A bar for all columns, on top of each other.
    Stacked,
}

/// A line across the drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// Where it is.
    pub value: f64,
    /// What it says: "Included in the plan: 10,000".
    pub label: String,
}

/// The rows of a [`Data`] along the time, some of its columns upwards. All columns drawn have one unit.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeSeries {
    /// How it is drawn.
    pub shape: Shape,
    /// The columns that are drawn, [`MOST_COLUMNS`] at most.
    pub columns: Vec<usize>,
    /// A line not to be crossed.
    pub limit: Option<Limit>,
    /// The row that holds this moment.
    pub today: Option<usize>,
    /// What that row is called.
    pub present: &'static str,
    /// The first row that is expected and not measured.
    pub forecast_from: Option<usize>,
}

impl TimeSeries {
    /// These columns, and nothing else.
    pub fn new(shape: Shape, columns: impl IntoIterator<Item = usize>) -> Self {
        let columns = columns.into_iter().take(MOST_COLUMNS).collect();
        Self { shape, columns, limit: None, today: None, present: "Today", forecast_from: None }
    }

    /// The drawing with its axis, and the readings that are shown one at a time.
    pub(super) fn view(&self, id: &str, data: &Data) -> AnyView {
        let locale = reader().locale;
        let unit = self.columns.first().and_then(|column| data.columns.get(*column)).map_or(Unit::Count, |it| it.unit);
        let scale = self.scale(data, unit);
        let axis = axis(&scale, unit, locale);
        let drawing = self.drawing(id, data, &scale);
        let half = data.rows.len() / 2;
        let readings = (0..data.rows.len())
            .map(|row| {
                let class = if row < half { "chart__reading chart__reading--end" } else { "chart__reading" };
                let figures = self
                    .columns
                    .iter()
                    .filter_map(|column| data.told(row, *column, locale))
                    .map(|text| view! { <span class="chart__figure">{text}</span> })
                    .collect_view();
                let expected = self.is_forecast(row).then(|| view! { <span class="chart__figure">"Expected"</span> });
                view! {
                    <label class="chart__slot">
                        <input class="chart__pick" type="radio" name=format!("{id}-reading") autocomplete="off" />
                        <span class=class>
                            <span class="chart__moment">{data.rows[row].name.clone()}</span>
                            {figures}
                            {expected}
                        </span>
                    </label>
                }
            })
            .collect_view();
        let group = format!("Figures, {} by {}", data.axis.to_lowercase(), data.axis.to_lowercase());
        view! {
            <div class="chart__body">
                <svg class="chart__axis" height=px(HEIGHT + WORDS) aria-hidden="true" inner_html=axis></svg>
                <div class="chart__plot">
                    <svg
                        class="chart__drawing"
                        width="100%"
                        height=px(HEIGHT + WORDS)
                        role="img"
                        aria-labelledby=format!("{id}-title {id}-sentence")
                        inner_html=drawing
                    ></svg>
                    <div class="chart__readings" role="radiogroup" aria-label=group>{readings}</div>
                </div>
            </div>
        }
        .into_any()
    }

    fn is_forecast(&self, row: usize) -> bool {
        self.forecast_from.is_some_and(|first| row >= first)
    }

    fn scale(&self, data: &Data, unit: Unit) -> Scale {
        let limit = self.limit.iter().map(|limit| limit.value);
        if self.shape == Shape::Stacked {
            let sums = (0..data.rows.len())
                .map(|row| self.columns.iter().filter_map(|column| data.value(row, *column)).sum::<f64>());
            return Scale::fitting(sums.chain(limit), unit);
        }
        Scale::fitting(self.columns.iter().flat_map(|column| data.values(*column)).chain(limit), unit)
    }

    fn drawing(&self, id: &str, data: &Data, scale: &Scale) -> String {
        let mut svg = Svg::default();
        for tick in scale.ticks() {
            across(&mut svg, "chart__grid", y(scale, *tick));
        }
        self.mark_today(&mut svg, data.rows.len());
        match self.shape {
            Shape::Lines => self.lines(&mut svg, data, scale),
            Shape::Bars | Shape::Stacked => {
                patterns(&mut svg, id, self.columns.len());
                self.bars(&mut svg, id, data, scale);
            }
        }
        if let Some(limit) = &self.limit {
            let height = y(scale, limit.value);
            across(&mut svg, "chart__limit", height);
            // Below the line where there is no room above it.
            let words = if height < 16.0 { height + 14.0 } else { height - 5.0 };
            let place = [("class", "chart__limit-words"), ("x", "100%"), ("y", &px(words)), ("text-anchor", "end")];
            svg.words(&place, &limit.label);
        }
        words_below(&mut svg, data);
        svg.into_string()
    }

    fn mark_today(&self, svg: &mut Svg, all: usize) {
        let Some(today) = self.today.filter(|today| *today < all) else { return };
        let (x, width) = (part(percent(today, all)), part(percent(1, all)));
        svg.shape(
            "rect",
            &[("class", "chart__today"), ("x", &x), ("y", "0"), ("width", &width), ("height", &px(HEIGHT))],
        );
        let place =
            [("class", "chart__words"), ("x", &*part(middle(today, all))), ("y", "-6"), ("text-anchor", "middle")];
        svg.words(&place, self.present);
    }

    /// A line is a path in a drawing of its own, which is stretched to the width; its stroke is not.
    fn lines(&self, svg: &mut Svg, data: &Data, scale: &Scale) {
        let all = data.rows.len();
        let view_box = format!("0 0 100 {}", px(HEIGHT));
        svg.open(
            "svg",
            &[
                ("width", "100%"),
                ("height", &px(HEIGHT)),
                ("viewBox", &view_box),
                ("preserveAspectRatio", "none"),
                ("overflow", "visible"),
            ],
        );
        let forecast = self.forecast_from.unwrap_or(all).min(all);
        // It goes on from the last figure that was measured.
        let expected = if forecast < all { forecast.saturating_sub(1)..all } else { all..all };
        for (place, column) in self.columns.iter().enumerate() {
            for (rows, more) in [(0..forecast, ""), (expected.clone(), " is-forecast")] {
                let path =
                    path(rows.map(|row| (middle(row, all), data.value(row, *column).map(|value| y(scale, value)))));
                if !path.is_empty() {
                    let class = format!("chart__line chart__line--{}{more}", place + 1);
                    svg.shape("path", &[("class", &class), ("d", &path), ("vector-effect", "non-scaling-stroke")]);
                }
            }
        }
        svg.close("svg");
        for (place, column) in self.columns.iter().enumerate() {
            for row in 0..all {
                let Some(value) = data.value(row, *column) else { continue };
                // A figure between two that are not there is no line.
                let beside = [row.checked_sub(1), Some(row + 1)];
                let is_alone = beside.into_iter().flatten().all(|row| data.value(row, *column).is_none());
                if all <= MOST_MARKS || is_alone {
                    mark(svg, place, &part(middle(row, all)), &px(y(scale, value)));
                }
            }
        }
    }

    fn bars(&self, svg: &mut Svg, id: &str, data: &Data, scale: &Scale) {
        let all = data.rows.len();
        let slot = percent(1, all);
        let is_stacked = self.shape == Shape::Stacked;
        let beside = if is_stacked { 1 } else { self.columns.len().max(1) };
        let width = slot * (1.0 - 2.0 * GAP) * percent(1, beside) / 100.0;
        for row in 0..all {
            let start = percent(row, all) + slot * GAP;
            let mut below = 0.0;
            for (place, column) in self.columns.iter().enumerate() {
                let Some(value) = data.value(row, *column).filter(|value| *value > 0.0) else { continue };
                let (top, ground) = (y(scale, below + value), y(scale, below));
                let offset = if is_stacked { 0.0 } else { percent(place, beside) / 100.0 * slot * (1.0 - 2.0 * GAP) };
                let more = if self.is_forecast(row) { " is-forecast" } else { "" };
                let class = format!("chart__ink chart__ink--{}{more}", place + 1);
                svg.shape(
                    "rect",
                    &[
                        ("class", &class),
                        ("fill", &fill(id, place)),
                        ("x", &part(start + offset)),
                        ("y", &px(top)),
                        ("width", &part(width)),
                        ("height", &px(ground - top)),
                    ],
                );
                if is_stacked {
                    below += value;
                }
            }
        }
    }
}

/// The round figures beside the drawing.
fn axis(scale: &Scale, unit: Unit, locale: Locale) -> String {
    let mut svg = Svg::default();
    for tick in scale.ticks() {
        let place = px(y(scale, *tick) + 4.0);
        let place = [("class", "chart__words"), ("x", "100%"), ("y", &*place), ("text-anchor", "end")];
        svg.words(&place, &unit.tick(*tick, locale));
    }
    svg.into_string()
}

fn y(scale: &Scale, value: f64) -> f64 {
    HEIGHT * (1.0 - scale.height(value))
}

/// The middle of a slot, in percent of the width.
fn middle(row: usize, all: usize) -> f64 {
    percent(row, all) + percent(1, all) / 2.0
}

fn across(svg: &mut Svg, class: &str, height: f64) {
    let height = px(height);
    svg.shape("line", &[("class", class), ("x1", "0"), ("x2", "100%"), ("y1", &height), ("y2", &height)]);
}

/// A path through the points that are there; it begins anew after one that is not.
fn path(points: impl Iterator<Item = (f64, Option<f64>)>) -> String {
    let mut path = String::new();
    let mut is_drawing = false;
    for (x, y) in points {
        let Some(y) = y else {
            is_drawing = false;
            continue;
        };
        path.push(if is_drawing { 'L' } else { 'M' });
        path.push_str(&px(x));
        path.push(' ');
        path.push_str(&px(y));
        is_drawing = true;
    }
    path
}

/// A mark of its own shape for each column.
pub(super) fn mark(svg: &mut Svg, place: usize, x: &str, y: &str) {
    const SHAPES: [&str; MOST_COLUMNS] = [
        "M-3.5 0A3.5 3.5 0 1 0 3.5 0A3.5 3.5 0 1 0-3.5 0Z",
        "M-3-3H3V3H-3Z",
        "M0-4.5L4 3.5H-4Z",
        "M0-4.5L4.5 0L0 4.5L-4.5 0Z",
        "M0 4.5L4-3.5H-4Z",
        "M-4-1.2H-1.2V-4H1.2V-1.2H4V1.2H1.2V4H-1.2V1.2H-4Z",
    ];
    let class = format!("chart__mark chart__ink--{}", place + 1);
    svg.open("svg", &[("x", x), ("y", y), ("overflow", "visible")]);
    svg.shape("path", &[("class", &class), ("d", SHAPES[place % MOST_COLUMNS])]);
    svg.close("svg");
}

/// How a column's bars are filled: each second one is hatched. Not by a class: a stylesheet cannot name what is in the
/// page.
pub(super) fn fill(id: &str, place: usize) -> String {
    if place % 2 == 1 { format!("url(#{id}-hatch-{})", place + 1) } else { "currentcolor".to_owned() }
}

/// The hatchings that [`fill`] names.
pub(super) fn patterns(svg: &mut Svg, id: &str, columns: usize) {
    for place in (1..columns).step_by(2) {
        let class = format!("chart__ink--{}", place + 1);
        let angle = if place % 4 == 1 { "rotate(45)" } else { "rotate(-45)" };
        let id = format!("{id}-hatch-{}", place + 1);
        svg.open(
            "pattern",
            &[
                ("id", &id),
                ("width", "5"),
                ("height", "5"),
                ("patternUnits", "userSpaceOnUse"),
                ("patternTransform", angle),
            ],
        );
        svg.shape("rect", &[("class", &class), ("fill", "currentcolor"), ("width", "2.5"), ("height", "5")]);
        svg.close("pattern");
    }
}

/// The rows' names below the drawing, as many as find room; fewer of them where it is narrow.
fn words_below(svg: &mut Svg, data: &Data) {
    let all = data.rows.len();
    let apart = all.div_ceil(MOST_WORDS.0).max(1);
    let apart_when_narrow = apart * all.div_ceil(apart).div_ceil(MOST_WORDS.1).max(1);
    for row in (0..all).step_by(apart) {
        let class = if row % apart_when_narrow == 0 { "chart__words" } else { "chart__words is-wide" };
        let place = [
            ("class", class),
            ("x", &*part(middle(row, all))),
            ("y", &*px(HEIGHT + WORDS - 6.0)),
            ("text-anchor", "middle"),
        ];
        svg.words(&place, &data.rows[row].short);
    }
}

#[cfg(test)]
mod tests;
