//! Draws pages whose parts have their places. The one file that knows the PDF library.

use std::collections::BTreeMap;

use krilla::{
    Document,
    action::LinkAction,
    annotation::{LinkAnnotation, Target},
    color::rgb,
    destination::XyzDestination,
    geom::{PathBuilder, Point, Rect, Size, Transform},
    image::Image,
    metadata::Metadata,
    num::NormalizedF32,
    outline::{Outline, OutlineNode},
    page::PageSettings,
    paint::Fill,
    surface::Surface,
    text::{Font, GlyphId, KrillaGlyph},
};

use super::{
    metrics::{Face, Metrics},
    sheet::{Goal, HEIGHT, Item, Link, MARGIN, Sheet, WIDTH},
    wrap::Style,
};
use crate::{
    fault::PaperFault,
    inert::line,
    logo::Logo,
    model::{Paper, Rgb},
};

/// Letters of the foot.
const FOOT: Style = Style::new(Face::Regular, 7.5);

/// Where references stand: page from 0, height.
type Places = BTreeMap<usize, (usize, f32)>;

/// Draws every page and closes the file.
pub(crate) fn paint(
    metrics: &Metrics,
    paper: &Paper,
    sheets: &[Sheet],
) -> Result<Vec<u8>, PaperFault> {
    let brush = Brush {
        metrics,
        regular: font(Face::Regular)?,
        bold: font(Face::Bold)?,
        mono: font(Face::Mono)?,
        logo: paper.brand.logo.as_ref().map(image).transpose()?,
    };
    let places = places(sheets);
    let mut document = Document::new();
    for (at, sheet) in sheets.iter().enumerate() {
        let settings =
            PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| unwritable("page size"))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for item in &sheet.items {
            brush.item(&mut surface, item);
        }
        brush.foot(&mut surface, &paper.brand.footer, (at + 1, sheets.len()));
        surface.finish();
        for link in &sheet.links {
            if let Some(annotation) = annotation(link, &places) {
                page.add_annotation(annotation.into());
            }
        }
        page.finish();
    }
    document.set_outline(outline(sheets));
    document.set_metadata(
        Metadata::new()
            .title(line(&paper.title))
            .creator(line(&paper.brand.name))
            .language("en".to_owned()),
    );
    document
        .finish()
        .map_err(|error| unwritable(&format!("{error:?}")))
}

fn unwritable(reason: &str) -> PaperFault {
    PaperFault::Unwritable {
        reason: reason.to_owned(),
    }
}

/// Pixels alone are given away: the library's own decoders are never called.
fn image(logo: &Logo) -> Result<Image, PaperFault> {
    let (pixels, width, height) = logo.pixels()?;
    Ok(Image::from_rgba8(pixels, width, height))
}

fn font(face: Face) -> Result<Font, PaperFault> {
    Font::new(face.file().to_vec().into(), 0).ok_or(PaperFault::Font)
}

fn places(sheets: &[Sheet]) -> Places {
    let pages = sheets.iter().enumerate();
    pages
        .flat_map(|(page, sheet)| {
            let references = sheet.references.iter();
            references.map(move |(number, y)| (*number, (page, *y)))
        })
        .collect()
}

fn outline(sheets: &[Sheet]) -> Outline {
    let mut outline = Outline::new();
    for (page, sheet) in sheets.iter().enumerate() {
        for (text, y) in sheet.headings.iter().filter(|(text, _)| !text.is_empty()) {
            let place = XyzDestination::new(page, Point::from_xy(MARGIN, *y));
            outline.push_child(OutlineNode::new(text.clone(), place));
        }
    }
    outline
}

fn annotation(link: &Link, places: &Places) -> Option<LinkAnnotation> {
    let rect = Rect::from_xywh(link.x, link.y, link.width, link.height)?;
    let target = match &link.goal {
        Goal::Address(url) => Target::Action(LinkAction::new(url.clone()).into()),
        Goal::Reference(number) => {
            let (page, y) = places.get(number)?;
            let place = XyzDestination::new(*page, Point::from_xy(MARGIN, *y));
            Target::Destination(place.into())
        }
    };
    Some(LinkAnnotation::new(rect, target))
}

struct Brush<'a> {
    metrics: &'a Metrics,
    regular: Font,
    bold: Font,
    mono: Font,
    logo: Option<Image>,
}

impl Brush<'_> {
    fn item(&self, surface: &mut Surface<'_>, item: &Item) {
        match item {
            Item::Rect {
                x,
                y,
                width,
                height,
                color,
            } => {
                surface.set_fill(Some(fill(*color)));
                let mut path = PathBuilder::new();
                if let Some(rect) = Rect::from_xywh(*x, *y, *width, *height) {
                    path.push_rect(rect);
                }
                if let Some(path) = path.finish() {
                    surface.draw_path(&path);
                }
            }
            Item::Logo {
                x,
                y,
                width,
                height,
            } => {
                if let (Some(logo), Some(size)) = (&self.logo, Size::from_wh(*width, *height)) {
                    surface.push_transform(&Transform::from_translate(*x, *y));
                    surface.draw_image(logo.clone(), size);
                    surface.pop();
                }
            }
            Item::Text {
                x,
                y,
                style,
                color,
                text,
            } => {
                surface.set_fill(Some(fill(*color)));
                self.text(surface, Point::from_xy(*x, *y), *style, text);
            }
        }
    }

    fn text(&self, surface: &mut Surface<'_>, at: Point, style: Style, text: &str) {
        let glyphs: Vec<KrillaGlyph> = text
            .char_indices()
            .map(|(start, c)| {
                let glyph = self.metrics.glyph(style.face, c);
                let range = start..start + c.len_utf8();
                let id = GlyphId::new(u32::from(glyph.id));
                KrillaGlyph::new(id, glyph.advance, 0.0, 0.0, 0.0, range, None)
            })
            .collect();
        let font = match style.face {
            Face::Regular => &self.regular,
            Face::Bold => &self.bold,
            Face::Mono => &self.mono,
        };
        if !glyphs.is_empty() {
            surface.draw_glyphs(at, &glyphs, font.clone(), text, style.size, false);
        }
    }

    fn foot(&self, surface: &mut Surface<'_>, footer: &str, (page, pages): (usize, usize)) {
        let y = HEIGHT - 36.0;
        self.item(
            surface,
            &Item::Rect {
                x: MARGIN,
                y: y - 13.0,
                width: WIDTH - 2.0 * MARGIN,
                height: 0.5,
                color: Rgb::RULE,
            },
        );
        let counted = format!("Page {page} of {pages}");
        let wide = self.metrics.width(FOOT.face, FOOT.size, &counted);
        surface.set_fill(Some(fill(Rgb::MUTED)));
        let right = Point::from_xy(WIDTH - MARGIN - wide, y);
        self.text(surface, right, FOOT, &counted);
        let room = WIDTH - 2.0 * MARGIN - wide - 12.0;
        let shown = super::wrap::wrap(self.metrics, FOOT, &line(footer), room, 1);
        if let Some(text) = shown.first() {
            self.text(surface, Point::from_xy(MARGIN, y), FOOT, text);
        }
    }
}

fn fill(Rgb(red, green, blue): Rgb) -> Fill {
    Fill {
        paint: rgb::Color::new(red, green, blue).into(),
        opacity: NormalizedF32::ONE,
        rule: krilla::paint::FillRule::default(),
    }
}
