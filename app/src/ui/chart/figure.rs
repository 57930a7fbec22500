//! A chart on a page: its title, the sentence that says it, the drawing, and the table and file behind.

use leptos::prelude::*;

use super::{
    Bars, TimeSeries,
    data::Data,
    series::{self, Shape},
    svg::Svg,
};

/// What a chart says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// Its id, of which there is one on the page.
    pub id: &'static str,
    /// Its title.
    pub title: String,
    /// What it shows, in a sentence with the figures that matter. It stands below the title, and for the drawing to
    /// those who do not see it.
    pub sentence: String,
    /// How it was counted, where that is not plain.
    pub note: Option<String>,
    /// The address of its file.
    pub export: Option<String>,
    /// Whether the table stands open, where it says more than the drawing.
    pub is_open: bool,
}

impl Figure {
    /// The chart, drawn over time.
    pub fn over_time(&self, data: &Data, drawn: &TimeSeries) -> AnyView {
        let legend = self.legend(data, &drawn.columns, drawn.shape == Shape::Lines);
        self.view(data, legend, || drawn.view(self.id, data))
    }

    /// The chart, drawn by name.
    pub fn by_name(&self, data: &Data, drawn: &Bars) -> AnyView {
        let legend = self.legend(data, &drawn.columns, false);
        self.view(data, legend, || drawn.view(self.id, data))
    }

    fn view(&self, data: &Data, legend: AnyView, drawing: impl FnOnce() -> AnyView) -> AnyView {
        let id = self.id;
        let behind = if data.rows.is_empty() {
            view! { <p class="chart__note">"There is nothing to show here."</p> }.into_any()
        } else {
            let export = self
                .export
                .clone()
                .map(|href| view! { <a class="chart__export" href=href download="">"Export CSV"</a> });
            let scroll = format!("{}, as a table", self.title);
            view! {
                {legend}
                {drawing()}
                <div class="chart__foot">
                    <details class="chart__behind" open=self.is_open>
                        <summary>"Show as a table"</summary>
                        <div class="chart__scroll" role="region" tabindex="0" aria-label=scroll.clone()>{data.table(&scroll)}</div>
                    </details>
                    {export}
                </div>
            }
            .into_any()
        };
        let note = self.note.clone().map(|note| view! { <p class="chart__note">{note}</p> });
        view! {
            <figure class="chart card" id=id aria-labelledby=format!("{id}-title")>
                <figcaption class="chart__head">
                    <h2 class="chart__title" id=format!("{id}-title")>{self.title.clone()}</h2>
                    <p class="chart__sentence" id=format!("{id}-sentence")>{self.sentence.clone()}</p>
                    {note}
                </figcaption>
                {behind}
            </figure>
        }
        .into_any()
    }

    /// Which column is which, where there are several.
    fn legend(&self, data: &Data, columns: &[usize], is_line: bool) -> AnyView {
        if columns.len() < 2 {
            return ().into_any();
        }
        let entries = columns
            .iter()
            .enumerate()
            .filter_map(|(place, column)| Some((place, data.columns.get(*column)?)))
            .map(|(place, column)| {
                let sample = sample(self.id, place, is_line);
                view! {
                    <li class="chart__entry">
                        <svg width="24" height="12" aria-hidden="true" inner_html=sample></svg>
                        {column.name.clone()}
                    </li>
                }
            })
            .collect_view();
        view! { <ul class="chart__legend">{entries}</ul> }.into_any()
    }
}

/// A piece of a line or bar.
fn sample(id: &str, place: usize, is_line: bool) -> String {
    let mut svg = Svg::default();
    if is_line {
        let class = format!("chart__line chart__line--{}", place + 1);
        svg.shape("path", &[("class", &class), ("d", "M0 6H24")]);
        series::mark(&mut svg, place, "12", "6");
    } else {
        let class = format!("chart__ink chart__ink--{}", place + 1);
        let fill = series::fill(id, place);
        svg.shape(
            "rect",
            &[("class", &class), ("fill", &fill), ("x", "6"), ("width", "12"), ("height", "12"), ("rx", "2")],
        );
    }
    svg.into_string()
}
