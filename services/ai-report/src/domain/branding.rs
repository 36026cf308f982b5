//! How an organization's documents look: its name, its colour, its foot. Its logo is read by
//! [`wt_paper::Logo`], once, when it is sent.

/// Longest name, characters: one line above a title.
const NAME_CHARS_MAX: usize = 60;
/// Longest foot, characters: one line of a page.
const FOOTER_CHARS_MAX: usize = 120;
/// Least contrast of the colour on white (WCAG 2.2 §1.4.3, small text).
const CONTRAST_MIN: f64 = 4.5;

/// How documents look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Branding {
    /// Stands above the title.
    pub(crate) name: String,
    /// Of name, headings and links: red, green, blue.
    pub(crate) color: (u8, u8, u8),
    /// Stands at the foot of every page; may be empty.
    pub(crate) footer: String,
}

/// Branding that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoBranding {
    #[error("expected 1 to {NAME_CHARS_MAX} printable characters")]
    Name,
    #[error("expected at most {FOOTER_CHARS_MAX} printable characters")]
    Footer,
    #[error("expected a colour such as #1f5fbf")]
    Color,
    #[error("too light to be read on white: a contrast of 4.5 to 1 is needed")]
    TooLight,
}

impl NoBranding {
    /// The field that is at fault.
    pub(crate) fn field(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Footer => "footer",
            Self::Color | Self::TooLight => "color",
        }
    }
}

impl Branding {
    /// Checks what was sent; `color` as `#rrggbb`.
    pub(crate) fn of(name: &str, color: &str, footer: &str) -> Result<Self, NoBranding> {
        let printable = |text: &str, most: usize| {
            text.chars().count() <= most && !text.chars().any(char::is_control)
        };
        if name.trim().is_empty() || !printable(name, NAME_CHARS_MAX) {
            return Err(NoBranding::Name);
        }
        if !printable(footer, FOOTER_CHARS_MAX) {
            return Err(NoBranding::Footer);
        }
        let color = rgb(color).ok_or(NoBranding::Color)?;
        if contrast_on_white(color) < CONTRAST_MIN {
            return Err(NoBranding::TooLight);
        }
        Ok(Self {
            name: name.to_owned(),
            color,
            footer: footer.to_owned(),
        })
    }
}

fn rgb(text: &str) -> Option<(u8, u8, u8)> {
    let digits = text.strip_prefix('#')?;
    if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let part = |from: usize| u8::from_str_radix(digits.get(from..from + 2)?, 16).ok();
    Some((part(0)?, part(2)?, part(4)?))
}

/// WCAG 2.2, "contrast ratio" and "relative luminance".
fn contrast_on_white((red, green, blue): (u8, u8, u8)) -> f64 {
    let linear = |part: u8| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        }
    };
    let luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    1.05 / (luminance + 0.05)
}

#[cfg(test)]
mod tests {
    use super::{Branding, NoBranding, contrast_on_white};

    #[test]
    fn a_colour_has_to_be_readable_on_white() {
        assert!((contrast_on_white((0, 0, 0)) - 21.0).abs() < 1e-9);
        assert!((contrast_on_white((255, 255, 255)) - 1.0).abs() < 1e-9);
        // The two grays on either side of the limit.
        assert!(Branding::of("Acme", "#767676", "").is_ok());
        assert_eq!(
            Branding::of("Acme", "#777777", ""),
            Err(NoBranding::TooLight)
        );
        let acme = Branding::of("Acme", "#1F5fbf", "Confidential").unwrap();
        assert_eq!(acme.color, (0x1f, 0x5f, 0xbf));
    }

    #[test]
    fn what_is_no_branding_names_its_field() {
        for color in [
            "",
            "1f5fbf",
            "#1f5fb",
            "#1f5fbfff",
            "#+f5fbf",
            "red",
            "#ääa",
        ] {
            assert_eq!(
                Branding::of("Acme", color, ""),
                Err(NoBranding::Color),
                "{color}"
            );
        }
        let long = "x".repeat(121);
        assert_eq!(Branding::of(&long, "#000000", ""), Err(NoBranding::Name));
        assert_eq!(Branding::of(" ", "#000000", ""), Err(NoBranding::Name));
        assert_eq!(
            Branding::of("a\u{7}", "#000000", "").unwrap_err().field(),
            "name"
        );
        assert_eq!(Branding::of("a", "#000000", &long), Err(NoBranding::Footer));
    }
}
