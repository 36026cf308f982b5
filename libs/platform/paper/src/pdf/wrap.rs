//! Breaks text into lines that fit.

use super::metrics::{Face, Metrics};

/// How text is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Style {
    pub(crate) face: Face,
    /// Points.
    pub(crate) size: f32,
}

impl Style {
    /// `size` in points.
    pub(crate) const fn new(face: Face, size: f32) -> Self {
        Self { face, size }
    }

    /// From one line to the next.
    pub(crate) fn leading(self) -> f32 {
        self.size * 1.4
    }
}

/// Lines of at most `width` points, at most `lines_max` of them; what is left out is an ellipsis.
/// Words that are wider than a line are broken, after a mark between parts of names if there is one.
pub(crate) fn wrap(
    metrics: &Metrics,
    style: Style,
    text: &str,
    width: f32,
    lines_max: usize,
) -> Vec<String> {
    let mut lines = Breaker {
        metrics,
        style,
        width,
        lines: Vec::new(),
        line: String::new(),
        filled: 0.0,
    };
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if lines.lines.len() > lines_max {
            break;
        }
        lines.word(word);
    }
    lines.end();
    let mut lines = lines.lines;
    if lines.len() > lines_max {
        lines.truncate(lines_max);
        if let Some(last) = lines.last_mut() {
            while !last.is_empty()
                && metrics.width(style.face, style.size, &format!("{last}…")) > width
            {
                last.pop();
            }
            last.push('…');
        }
    }
    lines
}

struct Breaker<'a> {
    metrics: &'a Metrics,
    style: Style,
    width: f32,
    lines: Vec<String>,
    line: String,
    filled: f32,
}

impl Breaker<'_> {
    fn word(&mut self, word: &str) {
        let wide = self.metrics.width(self.style.face, self.style.size, word);
        let space = if self.line.is_empty() {
            0.0
        } else {
            self.metrics.glyph(self.style.face, ' ').advance * self.style.size
        };
        if self.filled + space + wide <= self.width {
            if !self.line.is_empty() {
                self.line.push(' ');
            }
            self.line.push_str(word);
            self.filled += space + wide;
            return;
        }
        self.end();
        if wide <= self.width {
            self.line.push_str(word);
            self.filled = wide;
        } else {
            self.broken(word);
        }
    }

    /// A word that is wider than a line.
    fn broken(&mut self, word: &str) {
        for c in word.chars() {
            let wide = self.metrics.glyph(self.style.face, c).advance * self.style.size;
            if self.filled + wide > self.width && !self.line.is_empty() {
                // The rest after the last mark goes down with the letter, unless that is most of it.
                let mark = self
                    .line
                    .rfind(['/', '.', '-', '_', ',', ':', '=', '&', '?']);
                let rest = mark
                    .filter(|at| *at >= self.line.len() / 2)
                    .map(|at| self.line.split_off(at + 1))
                    .unwrap_or_default();
                self.end();
                self.filled = self.metrics.width(self.style.face, self.style.size, &rest);
                self.line = rest;
            }
            self.line.push(c);
            self.filled += wide;
        }
    }

    fn end(&mut self) {
        if !self.line.is_empty() {
            self.lines.push(std::mem::take(&mut self.line));
        }
        self.filled = 0.0;
    }
}

/// Lines of bytes: every space counts, broken where they are full.
pub(crate) fn chop(metrics: &Metrics, style: Style, text: &str, width: f32) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut filled = 0.0;
    for c in text.chars() {
        let wide = metrics.glyph(style.face, c).advance * style.size;
        if filled + wide > width && filled > 0.0 {
            lines.push(String::new());
            filled = 0.0;
        }
        if let Some(line) = lines.last_mut() {
            line.push(c);
        }
        filled += wide;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{Style, chop, wrap};
    use crate::pdf::metrics::{Face, Metrics};

    const STYLE: Style = Style::new(Face::Regular, 10.0);

    #[test]
    fn no_line_is_wider_than_its_room_and_nothing_is_lost() {
        let metrics = Metrics::new().unwrap();
        let long = "a".repeat(500);
        for text in [
            "one two three four five six seven eight nine ten",
            "https://www.example.com/a/very/long/path?with=a&query=that-goes_on.and.on.and.on",
            &long,
            "",
            "   ",
            "中文 ÄÖÜ →→→→→→→→→→→→→→→→→→→→→→→→→→→→",
        ] {
            let lines = wrap(&metrics, STYLE, text, 90.0, 1_000);
            for line in &lines {
                assert!(metrics.width(Face::Regular, 10.0, line) <= 90.0, "{line}");
            }
            let bare = |text: &str| text.replace(' ', "");
            assert_eq!(bare(&lines.concat()), bare(text));
        }
    }

    #[test]
    fn what_is_left_out_shows() {
        let metrics = Metrics::new().unwrap();
        let lines = wrap(&metrics, STYLE, &"word ".repeat(500), 90.0, 3);
        assert_eq!(lines.len(), 3);
        assert!(lines[2].ends_with('…') && !lines[1].ends_with('…'));
        assert!(metrics.width(Face::Regular, 10.0, &lines[2]) <= 90.0);
    }

    #[test]
    fn bytes_keep_their_spaces() {
        let metrics = Metrics::new().unwrap();
        let style = Style::new(Face::Mono, 10.0);
        let text = "a  b   ".repeat(20);
        assert_eq!(chop(&metrics, style, &text, 90.0).concat(), text);
        assert_eq!(chop(&metrics, style, "", 90.0), [""]);
    }
}
