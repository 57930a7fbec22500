//! What a picture costs to draw, told from where its shapes really are: the last check before it is drawn.
//!
//! The painter goes along every edge row by row and over every shape pixel by pixel. Each is counted as far as it is
//! inside the picture. A line's outline is computed, with ever more corners the wider the line is.

use resvg::usvg::{
    Group, Node, Path, Rect, Transform, Tree,
    tiny_skia_path::{PathSegment, Point},
};

use super::problem::SvgError;

/// The most rows of pixels that edges cross, all together: some eight thousand edges from top to bottom.
const MAX_ROWS: f32 = 4_000_000.0;
/// How often the whole picture may be painted over.
const MAX_COATS: f32 = 80.0;
/// The widest line, in widths of the picture.
const WIDEST_LINE: f32 = 4.0;

struct Effort {
    scale: Transform,
    width: f32,
    height: f32,
    rows: f32,
    area: f32,
}

/// Counts, for a picture scaled to `width` × `height` pixels by `scale`.
///
/// # Errors
/// [`SvgError::TooComplex`].
pub(super) fn check(drawing: &Tree, scale: Transform, width: f32, height: f32) -> Result<(), SvgError> {
    let mut effort = Effort { scale, width, height, rows: 0.0, area: 0.0 };
    effort.group(drawing.root())
}

impl Effort {
    fn group(&mut self, group: &Group) -> Result<(), SvgError> {
        if group.should_isolate() {
            self.area += self.inside(group.abs_layer_bounding_box().to_rect());
        }
        let mut clip = group.clip_path();
        while let Some(path) = clip {
            self.area += self.width * self.height;
            self.group(path.root())?;
            clip = path.clip_path();
        }
        for node in group.children() {
            match node {
                Node::Group(group) => self.group(group)?,
                Node::Path(path) => self.path(path)?,
                // Neither is read.
                Node::Image(_) | Node::Text(_) => return Err(SvgError::TooComplex("it holds a picture or text")),
            }
        }
        Ok(())
    }

    fn path(&mut self, path: &Path) -> Result<(), SvgError> {
        let transform = path.abs_transform().post_concat(self.scale);
        let mut edges = 1.0;
        if let Some(stroke) = path.stroke() {
            let (across, along) = transform.get_scale();
            let line = stroke.width().get() * across.max(along);
            if line.is_nan() || line > self.width.max(self.height) * WIDEST_LINE {
                return Err(SvgError::TooComplex("a line is much wider than the picture"));
            }
            // Both sides of the line, and its joins.
            edges = 4.0;
            self.area += self.inside(path.abs_stroke_bounding_box());
        }
        if path.fill().is_some() {
            self.area += self.inside(path.abs_bounding_box());
        }
        self.rows += self.rows_of(path, transform) * edges;
        if self.rows > MAX_ROWS {
            return Err(SvgError::TooComplex("its outlines are too long"));
        }
        if self.area > self.width * self.height * MAX_COATS {
            return Err(SvgError::TooComplex("too many shapes stand on top of each other"));
        }
        Ok(())
    }

    /// The pixels of a rectangle that are inside the picture.
    fn inside(&self, rect: Rect) -> f32 {
        let Some(rect) = rect.transform(self.scale) else { return 0.0 };
        let length = |start: f32, end: f32, limit: f32| end.clamp(0.0, limit) - start.clamp(0.0, limit);
        length(rect.left(), rect.right(), self.width) * length(rect.top(), rect.bottom(), self.height)
    }

    /// The rows that a path's edges cross inside the picture, and a few for each edge. A curve is within the polygon of
    /// its points.
    fn rows_of(&self, path: &Path, transform: Transform) -> f32 {
        /// Beside its rows, an edge costs as much as these.
        const EACH: f32 = 8.0;
        let row = |mut point: Point| {
            transform.map_point(&mut point);
            // What is no number is not drawn.
            if point.y.is_nan() { 0.0 } else { point.y.clamp(0.0, self.height) }
        };
        let (mut at, mut rows) = (0.0, 0.0);
        for segment in path.data().segments() {
            let points: &[Point] = match &segment {
                PathSegment::MoveTo(to) => {
                    at = row(*to);
                    continue;
                }
                PathSegment::LineTo(to) => &[*to],
                PathSegment::QuadTo(one, to) => &[*one, *to],
                PathSegment::CubicTo(one, two, to) => &[*one, *two, *to],
                PathSegment::Close => &[],
            };
            for point in points {
                let next = row(*point);
                rows += (next - at).abs() + EACH;
                at = next;
            }
        }
        rows
    }
}
