//! Drawings, read back.

use super::*;
use crate::ui::chart::{Cell, Column, Row};

fn data(columns: &[&str], rows: &[&[Option<f64>]]) -> Data {
    Data {
        axis: "Day",
        columns: columns.iter().map(|name| Column::new(*name, Unit::Count)).collect(),
        rows: rows
            .iter()
            .enumerate()
            .map(|(day, cells)| Row {
                key: format!("2026-06-{:02}", day + 1),
                name: format!("Day {}", day + 1),
                short: format!("{} Jun", day + 1),
                cells: cells.iter().map(|value| Cell::of(*value)).collect(),
            })
            .collect(),
    }
}

fn drawing(series: &TimeSeries, data: &Data) -> String {
    series.drawing("c", data, &series.scale(data, Unit::Count))
}

/// The values of an attribute, in order.
fn attributes<'a>(svg: &'a str, element: &str, name: &str) -> Vec<&'a str> {
    let (open, name) = (format!("<{element} "), format!(" {name}=\""));
    svg.split(&*open)
        .skip(1)
        .filter_map(|rest| {
            let tag = &rest[..rest.find('>')?];
            let at = tag.find(&*name)? + name.len();
            tag[at..].split('"').next()
        })
        .collect()
}

#[test]
fn a_line_goes_through_its_figures_and_stops_where_there_is_none() {
    let data = data(&["A"], &[&[Some(0.0)], &[Some(5.0)], &[None], &[Some(10.0)], &[Some(5.0)]]);
    let svg = drawing(&TimeSeries::new(Shape::Lines, [0]), &data);
    assert_eq!(attributes(&svg, "path", "d")[0], "M10 200L30 100M70 0L90 100");
    assert!(!svg.contains("is-forecast"));
    assert_eq!(svg.matches("chart__mark").count(), 4);
    assert_eq!(svg.matches("chart__grid").count(), 6, "{svg}");
}

#[test]
fn one_point_is_a_mark_and_none_is_an_empty_axis() {
    let one = data(&["A"], &[&[Some(3.0)]]);
    let svg = drawing(&TimeSeries::new(Shape::Lines, [0]), &one);
    assert!(svg.contains("<svg x=\"50%\" y=\"0\""), "{svg}");
    assert_eq!(attributes(&svg, "path", "d")[0], "M50 0");

    let none = data(&["A"], &[]);
    for shape in [Shape::Lines, Shape::Bars, Shape::Stacked] {
        let svg = drawing(&TimeSeries { today: Some(0), ..TimeSeries::new(shape, [0]) }, &none);
        assert_eq!(svg.matches("chart__grid").count(), 2);
        assert!(!svg.contains("NaN") && !svg.contains("inf") && !svg.contains("Today"), "{svg}");
    }
}

#[test]
fn a_figure_alone_in_a_long_row_still_shows() {
    let mut rows: Vec<&[Option<f64>]> = vec![&[None]; 90];
    rows[40] = &[Some(2.0)];
    let svg = drawing(&TimeSeries::new(Shape::Lines, [0]), &data(&["A"], &rows));
    assert_eq!(svg.matches("chart__mark").count(), 1);
    let full: Vec<&[Option<f64>]> = vec![&[Some(1.0)]; 90];
    let svg = drawing(&TimeSeries::new(Shape::Lines, [0]), &data(&["A"], &full));
    assert_eq!(svg.matches("chart__mark").count(), 0);
}

#[test]
fn huge_figures_and_zeros_stay_on_the_drawing() {
    let data = data(&["A"], &[&[Some(1e300)], &[Some(0.0)], &[Some(f64::NAN)], &[Some(-4.0)], &[Some(f64::INFINITY)]]);
    for shape in [Shape::Lines, Shape::Bars, Shape::Stacked] {
        let svg = drawing(&TimeSeries::new(shape, [0]), &data);
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        for y in attributes(&svg, "line", "y1").into_iter().chain(attributes(&svg, "rect", "y")) {
            let y: f64 = y.parse().unwrap();
            assert!((0.0..=HEIGHT).contains(&y), "{y}");
        }
    }
}

#[test]
fn bars_stand_beside_or_on_each_other() {
    let data = data(&["A", "B"], &[&[Some(4.0), Some(6.0)], &[Some(0.0), Some(10.0)]]);
    let beside = drawing(&TimeSeries::new(Shape::Bars, [0, 1]), &data);
    let bars = |svg: &str, name| -> Vec<String> {
        let rects = attributes(svg, "rect", name).into_iter().map(ToOwned::to_owned).collect::<Vec<_>>();
        // The first is the hatching's.
        rects[1.min(rects.len())..].to_vec()
    };
    assert_eq!(attributes(&beside, "rect", "x"), ["7.5%", "25%", "75%"]);
    assert_eq!(bars(&beside, "height"), ["80", "120", "200"]);
    assert_eq!(bars(&beside, "fill"), ["currentcolor", "url(#c-hatch-2)", "url(#c-hatch-2)"]);

    let stacked = drawing(&TimeSeries::new(Shape::Stacked, [0, 1]), &data);
    assert_eq!(attributes(&stacked, "rect", "x"), ["7.5%", "7.5%", "57.5%"]);
    assert_eq!(attributes(&stacked, "rect", "y"), ["120", "0", "0"], "{stacked}");
}

#[test]
fn limit_today_and_forecast_are_told_apart() {
    let data = data(&["A"], &[&[Some(4.0)], &[Some(6.0)], &[Some(8.0)]]);
    let limit = Limit { value: 20.0, label: "Limit <20>".to_owned() };
    let series =
        TimeSeries { limit: Some(limit), today: Some(1), forecast_from: Some(2), ..TimeSeries::new(Shape::Lines, [0]) };
    let svg = drawing(&series, &data);
    assert!(svg.contains("chart__limit\" x1=\"0\" x2=\"100%\" y1=\"0\""), "the axis has room for it: {svg}");
    assert!(svg.contains(">Limit &lt;20&gt;</text>"), "{svg}");
    assert!(svg.contains("chart__today\" x=\"33.33%\"") && svg.contains(">Today</text>"), "{svg}");
    let by_the_hour = drawing(&TimeSeries { present: "Now", ..series }, &data);
    assert!(by_the_hour.contains(">Now</text>") && !by_the_hour.contains("Today"), "{by_the_hour}");
    let paths = attributes(&svg, "path", "d");
    assert_eq!(paths[..2], ["M16.67 160L50 140", "M50 140L83.33 120"]);
    assert_eq!(svg.matches("is-forecast").count(), 1);
}

#[test]
fn words_below_find_room() {
    for (days, wide, narrow) in [(1, 1, 1), (7, 7, 4), (9, 9, 3), (30, 8, 4), (92, 9, 3), (365, 9, 3)] {
        let rows: Vec<&[Option<f64>]> = vec![&[Some(1.0)]; days];
        let mut svg = Svg::default();
        words_below(&mut svg, &data(&["A"], &rows));
        let svg = svg.into_string();
        assert_eq!(svg.matches("<text").count(), wide, "{days}");
        assert_eq!(svg.matches("class=\"chart__words\"").count(), narrow, "{days}");
    }
}
