//! Charts, drawn by the server: one idea each, with a sentence that says it and the table behind.
//!
//! A chart is a [`Data`] (rows and columns of figures), drawn by [`TimeSeries`] or [`Bars`] inside of a [`Figure`]. The
//! same [`Data`] is the table one click away and the file that people export, so the three cannot differ. Times come
//! from a [`Calendar`], which knows time zone, week and words.
//!
//! Nothing here needs a script. Positions along an axis are percentages, so a drawing fits any width while its words
//! keep their size; the figures of a moment are shown by hovering over it, or with the arrow keys: the moments of a
//! chart are the radio buttons of one group, which is one stop of the tab key. Columns differ in colour, dash or
//! hatching, and mark, so that nobody needs to tell colours apart.

pub mod bars;
pub mod calendar;
pub mod data;
pub mod figure;
mod scale;
pub mod series;
mod svg;
pub mod unit;

pub use bars::Bars;
pub use calendar::{Calendar, Grain, Slot};
pub use data::{Cell, Column, Data, Row};
pub use figure::Figure;
pub use series::{Limit, Shape, TimeSeries};
pub use unit::Unit;

/// How many columns of one chart can be told apart.
pub const MOST_COLUMNS: usize = 6;
