//! How wide letters are: read from the fonts that ship with the program (`DejaVu` 2.37, its licence
//! beside them), because a page is laid out before it is drawn.

use crate::fault::PaperFault;

/// A font of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    Regular,
    Bold,
    Mono,
}

impl Face {
    /// The font's file.
    pub(crate) fn file(self) -> &'static [u8] {
        match self {
            Self::Regular => include_bytes!("../../fonts/DejaVuSans.ttf"),
            Self::Bold => include_bytes!("../../fonts/DejaVuSans-Bold.ttf"),
            Self::Mono => include_bytes!("../../fonts/DejaVuSansMono.ttf"),
        }
    }
}

/// The picture of a letter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Glyph {
    /// Its number in the font; that of [`MISSING`] for a letter that the font does not have.
    pub(crate) id: u16,
    /// How far the next letter is, in parts of the size.
    pub(crate) advance: f32,
}

/// Stands for a letter that a font does not have: the text below it stays what it was.
const MISSING: char = '\u{fffd}';
/// Letters that are looked up without asking the font: ASCII and Latin.
const TABLED: u32 = 0x250;

struct Font {
    face: ttf_parser::Face<'static>,
    units: f32,
    tabled: Vec<Glyph>,
}

impl Font {
    fn new(face: Face) -> Result<Self, PaperFault> {
        let face = ttf_parser::Face::parse(face.file(), 0).map_err(|_| PaperFault::Font)?;
        let units = f32::from(face.units_per_em().max(1));
        let mut font = Self {
            face,
            units,
            tabled: Vec::new(),
        };
        font.tabled = (0..TABLED)
            .map(|code| font.look_up(char::from_u32(code).unwrap_or(' ')))
            .collect();
        Ok(font)
    }

    fn look_up(&self, c: char) -> Glyph {
        let found = self.face.glyph_index(c);
        let id = found
            .or_else(|| self.face.glyph_index(MISSING))
            .unwrap_or_default();
        let advance = self.face.glyph_hor_advance(id).unwrap_or_default();
        Glyph {
            id: id.0,
            advance: f32::from(advance) / self.units,
        }
    }
}

/// The fonts of the program.
pub(crate) struct Metrics {
    regular: Font,
    bold: Font,
    mono: Font,
}

impl Metrics {
    /// Reads them.
    pub(crate) fn new() -> Result<Self, PaperFault> {
        Ok(Self {
            regular: Font::new(Face::Regular)?,
            bold: Font::new(Face::Bold)?,
            mono: Font::new(Face::Mono)?,
        })
    }

    /// The picture of a letter.
    pub(crate) fn glyph(&self, face: Face, c: char) -> Glyph {
        let font = match face {
            Face::Regular => &self.regular,
            Face::Bold => &self.bold,
            Face::Mono => &self.mono,
        };
        let place = usize::try_from(u32::from(c)).ok();
        match place.and_then(|place| font.tabled.get(place)) {
            Some(glyph) => *glyph,
            None => font.look_up(c),
        }
    }

    /// How wide a line is, in points.
    pub(crate) fn width(&self, face: Face, size: f32, text: &str) -> f32 {
        text.chars()
            .map(|c| self.glyph(face, c).advance * size)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::{Face, MISSING, Metrics};

    #[test]
    fn letters_have_pictures_and_widths() {
        let metrics = Metrics::new().unwrap();
        for face in [Face::Regular, Face::Bold, Face::Mono] {
            for c in "Aä€→Ωж…–".chars() {
                assert_ne!(metrics.glyph(face, c).id, 0, "{face:?} {c}");
            }
        }
        let width = |face, text| metrics.width(face, 10.0, text);
        assert!(width(Face::Regular, "WWWW") > 2.0 * width(Face::Regular, "iiii"));
        assert!((width(Face::Mono, "WWWW") - width(Face::Mono, "iiii")).abs() < 0.01);
        // No font has everything: such a letter is shown as missing.
        let missing = metrics.glyph(Face::Regular, MISSING);
        assert_eq!(metrics.glyph(Face::Regular, '\u{4e2d}'), missing);
    }
}
