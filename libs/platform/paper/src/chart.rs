//! Where the parts of a drawing lie: the same for the HTML's SVG and the PDF.

use crate::model::{Bars, Chart, Columns, Rgb};

/// Width of every drawing, in points; a page's text is as wide.
pub(crate) const WIDTH: f32 = 495.0;
/// Letters of a drawing, in points.
const SIZE: f32 = 9.0;
/// From one bar that lies to the next.
const BAR_STEP: f32 = 20.0;
/// Space for the names of bars.
const NAME_WIDTH: f32 = 110.0;
/// Space for a number behind a bar.
const NUMBER_WIDTH: f32 = 50.0;
/// Height of the tallest bar that stands.
const COLUMN_HEIGHT: f32 = 110.0;
/// Space above: the title.
const TITLE_HEIGHT: f32 = 24.0;
/// Most labels written below groups; more would overlap.
const LABELS_MAX: usize = 12;

/// Which point of a text lies at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// A part of a drawing; the origin is its upper left corner.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    Rect {
        x: f32,
        y: f32,
        width: f32,
        height: f32,
        color: Rgb,
    },
    /// `y` is the line letters stand on.
    Text {
        x: f32,
        y: f32,
        size: f32,
        anchor: Anchor,
        bold: bool,
        color: Rgb,
        text: String,
    },
}

/// A drawing: its height and its parts.
pub(crate) struct Drawing {
    pub(crate) height: f32,
    pub(crate) shapes: Vec<Shape>,
}

/// What a chart shows, in one sentence; also for those who can't see it.
pub(crate) fn words(chart: &Chart) -> String {
    match chart {
        Chart::Bars(Bars { title, bars }) => {
            let parts: Vec<String> = bars
                .iter()
                .map(|(name, value, _)| format!("{name} {value}"))
                .collect();
            format!("{title}: {}.", parts.join(", "))
        }
        Chart::Columns(columns) => {
            let parts: Vec<String> = columns
                .series
                .iter()
                .map(|series| {
                    let sum = series
                        .values
                        .iter()
                        .fold(0_u64, |a, b| a.saturating_add(*b));
                    format!("{} {sum}", series.name)
                })
                .collect();
            format!("{}: {}.", columns.title, parts.join(", "))
        }
    }
}

/// Lays a chart out.
pub(crate) fn draw(chart: &Chart) -> Drawing {
    match chart {
        Chart::Bars(bars) => lying(bars),
        Chart::Columns(columns) => standing(columns),
    }
}

fn lying(bars: &Bars) -> Drawing {
    let mut shapes = vec![title(&bars.title)];
    let most = bars.bars.iter().map(|(_, value, _)| *value).max();
    let room = WIDTH - NAME_WIDTH - NUMBER_WIDTH;
    let mut y = TITLE_HEIGHT;
    for (name, value, color) in &bars.bars {
        let width = (room * share(*value, most)).max(1.0);
        shapes.push(label(NAME_WIDTH - 8.0, y + 11.0, Anchor::End, name));
        shapes.push(Shape::Rect {
            x: NAME_WIDTH,
            y,
            width,
            height: BAR_STEP - 6.0,
            color: *color,
        });
        let number = value.to_string();
        shapes.push(label(
            NAME_WIDTH + width + 6.0,
            y + 11.0,
            Anchor::Start,
            &number,
        ));
        y += BAR_STEP;
    }
    Drawing { height: y, shapes }
}

fn standing(columns: &Columns) -> Drawing {
    let mut shapes = vec![title(&columns.title)];
    let values = columns.series.iter().flat_map(|series| &series.values);
    let most = values.copied().max();
    let base = TITLE_HEIGHT + SIZE + 6.0 + COLUMN_HEIGHT;
    let group = WIDTH / number(columns.labels.len().max(1));
    let bar = (group * 0.8) / number(columns.series.len().max(1));
    let every = columns.labels.len().div_ceil(LABELS_MAX).max(1);
    shapes.push(Shape::Rect {
        x: 0.0,
        y: base,
        width: WIDTH,
        height: 0.7,
        color: Rgb::RULE,
    });
    for (at, text) in columns.labels.iter().enumerate() {
        let left = group * number(at);
        for (of, series) in columns.series.iter().enumerate() {
            let value = series.values.get(at).copied().unwrap_or_default();
            let height = COLUMN_HEIGHT * share(value, most);
            if value > 0 {
                let x = left + group * 0.1 + bar * number(of);
                shapes.push(Shape::Rect {
                    x,
                    y: base - height,
                    width: (bar - 1.0).max(0.5),
                    height,
                    color: series.color,
                });
            }
        }
        if at.is_multiple_of(every) {
            let middle = left + group / 2.0;
            shapes.push(label(middle, base + 12.0, Anchor::Middle, text));
        }
    }
    legend(columns, &mut shapes);
    shapes.push(label(
        WIDTH,
        TITLE_HEIGHT + SIZE,
        Anchor::End,
        &format!("highest {}", most.unwrap_or_default()),
    ));
    Drawing {
        height: base + 18.0,
        shapes,
    }
}

fn legend(columns: &Columns, shapes: &mut Vec<Shape>) {
    let mut x = 0.0;
    for series in &columns.series {
        shapes.push(Shape::Rect {
            x,
            y: TITLE_HEIGHT + 1.0,
            width: SIZE,
            height: SIZE,
            color: series.color,
        });
        shapes.push(label(
            x + SIZE + 4.0,
            TITLE_HEIGHT + SIZE,
            Anchor::Start,
            &series.name,
        ));
        // An estimate: the legend names two or three things of few letters.
        x += SIZE + 4.0 + number(series.name.chars().count()) * SIZE * 0.65 + 16.0;
    }
}

fn title(text: &str) -> Shape {
    Shape::Text {
        x: 0.0,
        y: 12.0,
        size: SIZE + 1.0,
        anchor: Anchor::Start,
        bold: true,
        color: Rgb::INK,
        text: text.to_owned(),
    }
}

fn label(x: f32, y: f32, anchor: Anchor, text: &str) -> Shape {
    Shape::Text {
        x,
        y,
        size: SIZE,
        anchor,
        bold: false,
        color: Rgb::MUTED,
        text: text.to_owned(),
    }
}

/// A small count as a number to reckon with.
fn number(count: usize) -> f32 {
    f32::from(u16::try_from(count).unwrap_or(u16::MAX))
}

/// Which part of the most a value is, 0 to 1.
fn share(value: u64, most: Option<u64>) -> f32 {
    let most = u128::from(most.unwrap_or_default().max(1));
    let parts = u128::from(value) * 10_000 / most;
    f32::from(u16::try_from(parts).unwrap_or(10_000)) / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::{Shape, WIDTH, draw, words};
    use crate::model::{Bars, Chart, Columns, Rgb, Series};

    fn rects(chart: &Chart) -> Vec<(f32, f32, f32, f32)> {
        let rect = |shape| match shape {
            Shape::Rect {
                x,
                y,
                width,
                height,
                ..
            } => Some((x, y, width, height)),
            Shape::Text { .. } => None,
        };
        draw(chart).shapes.into_iter().filter_map(rect).collect()
    }

    #[test]
    fn bars_are_as_long_as_their_numbers_and_inside() {
        let bar = |name: &str, value| (name.to_owned(), value, Rgb(1, 2, 3));
        let chart = Chart::Bars(Bars {
            title: "Open".to_owned(),
            bars: vec![
                bar("critical", u64::MAX),
                bar("low", u64::MAX / 2),
                bar("info", 0),
            ],
        });
        let rects = rects(&chart);
        assert!(
            rects[0].2 > 1.9 * rects[1].2 && rects[2].2 <= 1.0,
            "{rects:?}"
        );
        assert!(rects.iter().all(|(x, _, width, _)| x + width <= WIDTH));
    }

    #[test]
    fn a_group_stands_for_each_label_and_nothing_leaves_the_drawing() {
        let series = |name: &str, values| Series {
            name: name.to_owned(),
            color: Rgb(1, 2, 3),
            values,
        };
        let chart = Chart::Columns(Columns {
            title: "Changes".to_owned(),
            labels: (0..31).map(|day| day.to_string()).collect(),
            series: vec![series("new", vec![3; 31]), series("fixed", vec![1])],
        });
        let height = draw(&chart).height;
        let rects = rects(&chart);
        // The line, two of the legend, 31 and 1 bars.
        assert_eq!(rects.len(), 1 + 2 + 32);
        assert!(rects.iter().all(|(x, y, width, tall)| *x >= 0.0
            && x + width <= WIDTH + 0.1
            && *y >= 0.0
            && y + tall <= height));
        assert_eq!(words(&chart), "Changes: new 93, fixed 1.");
    }
}
