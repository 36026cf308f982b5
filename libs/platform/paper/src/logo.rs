//! The picture above a document. What somebody sends is decoded once, when it is sent, and written
//! anew from its pixels: what is kept, and what renderers are given, is a file of our own making.

use std::io::Cursor;

use png::{BitDepth, ColorType, Compression, Decoder, Encoder, Limits, Transformations};

use crate::fault::PaperFault;

/// Longest file that is taken, bytes: ten times what a logo in print needs.
pub const LOGO_BYTES_MAX: usize = 256 << 10;
/// Most pixels beside and below each other: 15 cm at 330 dots an inch, and no more than 8 MB in memory.
const WIDTH_MAX: u32 = 2_000;
const HEIGHT_MAX: u32 = 1_000;
/// Longest file of our own making, bytes: it travels with every page. Only noise comes to more.
const KEPT_BYTES_MAX: usize = 1 << 20;
/// Most bytes a decoder may ask for: every pixel at 16 bits a channel.
const DECODER_BYTES_MAX: usize = 16 << 20;

/// A picture that can be shown: a PNG of eight bits a channel with red, green, blue and how much
/// covers what is below, and nothing else in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Logo {
    png: Vec<u8>,
    width: u32,
    height: u32,
}

/// A picture that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoLogo {
    /// More bytes than are looked at.
    #[error("expected at most {} kB", LOGO_BYTES_MAX >> 10)]
    TooLong,
    /// Something else, or a damaged one.
    #[error("expected a PNG that can be read to its end")]
    Unreadable,
    /// More pixels than are decoded.
    #[error("expected at most {WIDTH_MAX} by {HEIGHT_MAX} pixels")]
    TooWide,
    /// Noise.
    #[error("too much detail to travel with every page: use fewer pixels")]
    TooDetailed,
}

impl Logo {
    /// Reads what somebody sent: the whole of it, or it is refused.
    ///
    /// # Errors
    /// [`NoLogo`]: what is wrong with it.
    pub fn read(file: &[u8]) -> Result<Self, NoLogo> {
        if file.len() > LOGO_BYTES_MAX {
            return Err(NoLogo::TooLong);
        }
        let picture = Picture::decode(file)?;
        let png = picture.encode().ok_or(NoLogo::Unreadable)?;
        if png.len() > KEPT_BYTES_MAX {
            return Err(NoLogo::TooDetailed);
        }
        Ok(Self {
            png,
            width: picture.width,
            height: picture.height,
        })
    }

    /// Takes back what [`Logo::read`] made; it is decoded when it is drawn.
    pub fn kept(png: Vec<u8>, width: u32, height: u32) -> Self {
        Self { png, width, height }
    }

    /// The file.
    pub fn png(&self) -> &[u8] {
        &self.png
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// Red, green, blue and cover of each pixel.
    pub(crate) fn pixels(&self) -> Result<(Vec<u8>, u32, u32), PaperFault> {
        let picture = Picture::decode(&self.png).map_err(|fault| PaperFault::Unwritable {
            reason: format!("a kept logo: {fault}"),
        })?;
        Ok((picture.rgba, picture.width, picture.height))
    }
}

impl std::fmt::Debug for Logo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Logo({}x{}, {} bytes)",
            self.width,
            self.height,
            self.png.len()
        )
    }
}

/// A decoded picture.
struct Picture {
    rgba: Vec<u8>,
    width: u32,
    height: u32,
}

impl Picture {
    fn decode(file: &[u8]) -> Result<Self, NoLogo> {
        let limits = Limits {
            bytes: DECODER_BYTES_MAX,
        };
        let mut decoder = Decoder::new_with_limits(Cursor::new(file), limits);
        // What is no pixel is not read: texts and colour profiles are packed, and could be long.
        decoder.set_ignore_text_chunk(true);
        decoder.set_ignore_iccp_chunk(true);
        decoder.set_transformations(Transformations::normalize_to_color8());
        let head = decoder.read_header_info().map_err(|_| NoLogo::Unreadable)?;
        let (width, height) = (head.width, head.height);
        if width > WIDTH_MAX || height > HEIGHT_MAX {
            return Err(NoLogo::TooWide);
        }
        let mut reader = decoder.read_info().map_err(|_| NoLogo::Unreadable)?;
        let size = reader.output_buffer_size().ok_or(NoLogo::Unreadable)?;
        let mut pixels = vec![0; size];
        let frame = reader.next_frame(&mut pixels);
        let frame = frame.map_err(|_| NoLogo::Unreadable)?;
        reader.finish().map_err(|_| NoLogo::Unreadable)?;
        pixels.truncate(frame.buffer_size());
        let whole =
            (frame.width, frame.height, frame.bit_depth) == (width, height, BitDepth::Eight);
        let rgba = rgba(frame.color_type, pixels).filter(|_| whole);
        Ok(Self {
            rgba: rgba.ok_or(NoLogo::Unreadable)?,
            width,
            height,
        })
    }

    /// A file with these pixels; the same pixels give the same bytes.
    fn encode(&self) -> Option<Vec<u8>> {
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, self.width, self.height);
        encoder.set_color(ColorType::Rgba);
        encoder.set_depth(BitDepth::Eight);
        encoder.set_compression(Compression::High);
        let mut writer = encoder.write_header().ok()?;
        writer.write_image_data(&self.rgba).ok()?;
        writer.finish().ok()?;
        Some(file)
    }
}

/// Four bytes a pixel, from what a decoder gives at eight bits a channel.
fn rgba(color: ColorType, pixels: Vec<u8>) -> Option<Vec<u8>> {
    let gray = |pixel: &[u8]| match pixel {
        [gray] => Some([*gray, *gray, *gray, u8::MAX]),
        [gray, cover] => Some([*gray, *gray, *gray, *cover]),
        [red, green, blue] => Some([*red, *green, *blue, u8::MAX]),
        _ => None,
    };
    match color {
        ColorType::Rgba => Some(pixels),
        // Expanded before.
        ColorType::Indexed => None,
        ColorType::Grayscale | ColorType::GrayscaleAlpha | ColorType::Rgb => {
            let pixels = pixels.chunks_exact(color.samples());
            let whole: Option<Vec<[u8; 4]>> = pixels.map(gray).collect();
            whole.map(|pixels| pixels.concat())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of these colours a pixel.
    fn file(
        color: ColorType,
        depth: BitDepth,
        (width, height): (u32, u32),
        data: &[u8],
    ) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, width, height);
        encoder.set_color(color);
        encoder.set_depth(depth);
        if color == ColorType::Indexed {
            encoder.set_palette(vec![0, 0, 0, 255, 0, 0]);
            encoder.set_trns(vec![0, 255]);
        }
        encoder
            .add_text_chunk("Comment".to_owned(), "secret place".to_owned())
            .unwrap();
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(data).unwrap();
        writer.finish().unwrap();
        file
    }

    #[test]
    fn every_kind_of_png_becomes_the_same_kind_without_what_is_no_pixel() {
        let red = [255, 0, 0, 255];
        for (color, depth, data, first) in [
            (
                ColorType::Rgb,
                BitDepth::Eight,
                vec![255, 0, 0, 0, 0, 0],
                red,
            ),
            (
                ColorType::Rgba,
                BitDepth::Eight,
                vec![255, 0, 0, 255, 0, 0, 0, 0],
                red,
            ),
            (
                ColorType::Rgb,
                BitDepth::Sixteen,
                vec![255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
                red,
            ),
            (ColorType::Indexed, BitDepth::One, vec![0b1000_0000], red),
            (
                ColorType::Grayscale,
                BitDepth::Eight,
                vec![7, 0],
                [7, 7, 7, 255],
            ),
            (
                ColorType::GrayscaleAlpha,
                BitDepth::Eight,
                vec![7, 9, 0, 0],
                [7, 7, 7, 9],
            ),
        ] {
            let logo = Logo::read(&file(color, depth, (2, 1), &data)).unwrap();
            assert_eq!(logo.size(), (2, 1));
            let (pixels, ..) = logo.pixels().unwrap();
            assert_eq!((&pixels[..4], pixels.len()), (&first[..], 8), "{color:?}");
            let has = |word: &[u8]| logo.png().windows(word.len()).any(|part| part == word);
            assert!(!has(b"secret") && !has(b"tEXt"), "{color:?}");
            // What was made here stays what it is.
            assert_eq!(Logo::read(logo.png()).unwrap(), logo);
        }
    }

    #[test]
    fn what_is_damaged_at_any_byte_or_ends_early_is_refused_or_harmless() {
        let whole = file(ColorType::Rgb, BitDepth::Eight, (2, 1), &[1, 2, 3, 4, 5, 6]);
        for end in 0..whole.len() {
            assert_eq!(Logo::read(&whole[..end]), Err(NoLogo::Unreadable), "{end}");
        }
        let read = Logo::read(&whole).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x20;
            // A chunk that says nothing about pixels may be skipped, whatever is in it.
            if let Ok(logo) = Logo::read(&damaged) {
                assert_eq!(logo, read, "{at}");
            }
        }
    }

    #[test]
    fn what_is_no_png_or_too_much_of_one_is_refused_before_it_is_unpacked() {
        for foreign in [
            &b""[..],
            b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
            b"\xff\xd8\xff\xe0JFIF",
            b"GIF89a\x01\x00\x01\x00",
        ] {
            assert_eq!(Logo::read(foreign), Err(NoLogo::Unreadable));
        }
        assert_eq!(
            Logo::read(&vec![0; LOGO_BYTES_MAX + 1]),
            Err(NoLogo::TooLong)
        );
        // A kilobyte that says it is 2,001 pixels wide, and one 60,000 by 60,000 that would be 14 GB.
        let wide = file(ColorType::Grayscale, BitDepth::One, (2_001, 1), &[0; 251]);
        assert_eq!(Logo::read(&wide), Err(NoLogo::TooWide));
        let mut bomb = wide;
        bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        assert!(matches!(
            Logo::read(&bomb),
            Err(NoLogo::TooWide | NoLogo::Unreadable)
        ));
        let noise: Vec<u8> = (0..500_u32 * 500)
            .map(|at| (at.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0])
            .collect();
        let noisy = file(ColorType::Grayscale, BitDepth::Eight, (500, 500), &noise);
        assert!(
            Logo::read(&noisy).is_ok_and(|logo| logo.png().len() <= KEPT_BYTES_MAX)
                || noisy.len() > LOGO_BYTES_MAX
        );
    }
}
