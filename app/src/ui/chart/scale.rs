//! From figures to places along an axis, and the round figures that stand beside it.

use super::unit::Unit;

/// How many steps an axis has at most.
const MOST_STEPS: f64 = 5.0;

/// An axis from nothing to a round figure not below the largest.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scale {
    top: f64,
    ticks: Vec<f64>,
}

impl Scale {
    /// The axis that fits these figures. Figures below nothing, and those that are no numbers, are left out.
    pub(super) fn fitting(values: impl IntoIterator<Item = f64>, unit: Unit) -> Self {
        let largest = values.into_iter().filter(|value| value.is_finite()).fold(0.0, f64::max);
        // An axis of nothing goes to one: a line along the ground is what it is.
        let largest = if largest > 0.0 { largest } else { unit.step_of_at_least(0.5) };
        let step = unit.step_of_at_least(largest / MOST_STEPS);
        let mut ticks = vec![0.0];
        let mut tick = 0.0;
        // One hundredth of a step is less than a line is wide.
        while tick < largest - step / 100.0 {
            tick += step;
            ticks.push(tick);
        }
        Self { top: tick, ticks }
    }

    /// The axis that ends at its largest figure, round or not.
    pub(super) fn ending_at(largest: f64) -> Self {
        Self { top: if largest > 0.0 { largest } else { 1.0 }, ticks: Vec::new() }
    }

    /// How high a figure stands: 0 at the ground, 1 at the top. What lies beyond stays at the end.
    pub(super) fn height(&self, value: f64) -> f64 {
        if value.is_finite() { (value / self.top).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// The round figures, from nothing upwards.
    pub(super) fn ticks(&self) -> &[f64] {
        &self.ticks
    }
}

/// The part that `place` is of `all`, as a percentage; 0 where there is nothing.
#[expect(clippy::cast_precision_loss, reason = "places on a screen")]
pub(super) fn percent(place: usize, all: usize) -> f64 {
    if all == 0 { 0.0 } else { place as f64 / all as f64 * 100.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(values: &[f64], unit: Unit) -> Vec<f64> {
        Scale::fitting(values.iter().copied(), unit).ticks().to_vec()
    }

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(ticks(&[7.0, 3.0], Unit::Count), [0.0, 2.0, 4.0, 6.0, 8.0]);
        assert_eq!(ticks(&[10.0], Unit::Count), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(ticks(&[11.0], Unit::Count), [0.0, 5.0, 10.0, 15.0]);
        assert_eq!(ticks(&[1.0], Unit::Count), [0.0, 1.0]);
        assert_eq!(ticks(&[5.0 * 3600.0], Unit::Seconds), [0.0, 3600.0, 7200.0, 10_800.0, 14_400.0, 18_000.0]);
        let gb = 1024_f64.powi(3);
        assert_eq!(ticks(&[500.0 * gb], Unit::Bytes), [0.0, 128.0, 256.0, 384.0, 512.0].map(|tick| tick * gb));
        assert_eq!(ticks(&[1024.0 * gb], Unit::Bytes), [0.0, 256.0, 512.0, 768.0, 1024.0].map(|tick| tick * gb));
        for largest in [1.0, 9.0, 99.0, 1234.0, 7.7e7, 9.9e15, 1e300] {
            for unit in [Unit::Count, Unit::Seconds, Unit::Bytes] {
                let ticks = ticks(&[largest], unit);
                assert!((2..=7).contains(&ticks.len()), "{largest} {unit:?}: {ticks:?}");
                assert!(*ticks.last().unwrap() >= largest * 0.99, "{largest} {unit:?}: {ticks:?}");
            }
        }
    }

    #[test]
    fn nothing_and_no_numbers_have_an_axis_too() {
        for values in [&[][..], &[0.0], &[0.0, 0.0], &[f64::NAN, f64::INFINITY, -5.0]] {
            let scale = Scale::fitting(values.iter().copied(), Unit::Count);
            assert_eq!(scale.ticks(), [0.0, 1.0]);
            assert!(values.iter().all(|value| scale.height(*value).abs() < f64::EPSILON));
        }
    }

    #[test]
    fn heights_stay_on_the_drawing() {
        let scale = Scale::fitting([8.0], Unit::Count);
        for (value, height) in [(0.0, 0.0), (4.0, 0.5), (8.0, 1.0), (80.0, 1.0), (-1.0, 0.0), (f64::NAN, 0.0)] {
            assert!((scale.height(value) - height).abs() < 1e-9, "{value}");
        }
        assert!((percent(1, 4) - 25.0).abs() < 1e-9 && percent(0, 0).abs() < 1e-9);
    }
}
