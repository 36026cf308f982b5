//! Values of fields.
use std::{fmt, str::FromStr};

use wt_model::{ActionKind, AssetId, EventType, ExposureState, InvalidTag, Tag};
use wt_risk::{SCORE_MAX, Sla};

use crate::{FilterFault, Glob};

/// What became of an exposure: where it stands, or what happened to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// It stands there now. A word that is both is a state.
    State(ExposureState),
    /// This happened to it.
    Event(EventType),
}

impl FromStr for What {
    type Err = FilterFault;

    fn from_str(text: &str) -> Result<Self, FilterFault> {
        let word = text.to_ascii_lowercase();
        if let Ok(state) = word.parse() {
            return Ok(Self::State(state));
        }
        word.to_ascii_uppercase()
            .parse()
            .map(Self::Event)
            .map_err(|_| {
                let states = ExposureState::ALL
                    .iter()
                    .map(|state| state.as_str().to_owned());
                let events = EventType::ALL
                    .iter()
                    .map(|e| e.as_str().to_ascii_lowercase());
                let mut words: Vec<String> = states.chain(events).collect();
                words.sort();
                words.dedup();
                FilterFault::value("state", format!("expected one of {}", words.join(", ")))
            })
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::State(state) => f.write_str(state.as_str()),
            Self::Event(event) => f.write_str(&event.as_str().to_ascii_lowercase()),
        }
    }
}

/// Where: a registered asset by its id, or hosts by their name or address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// `ast_…`.
    Asset(AssetId),
    /// A pattern of hosts.
    Host(Glob),
}

impl FromStr for Place {
    type Err = FilterFault;

    fn from_str(text: &str) -> Result<Self, FilterFault> {
        match text.parse() {
            Ok(asset) => Ok(Self::Asset(asset)),
            Err(_) => text.parse().map(Self::Host),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asset(asset) => asset.fmt(f),
            Self::Host(glob) => glob.fmt(f),
        }
    }
}

/// Ports from one to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ports {
    /// The first.
    pub low: u16,
    /// The last.
    pub high: u16,
}

impl FromStr for Ports {
    type Err = FilterFault;

    fn from_str(text: &str) -> Result<Self, FilterFault> {
        let (low, high) = text.split_once('-').unwrap_or((text, text));
        let port = |text: &str| {
            let plain = text.bytes().all(|digit| digit.is_ascii_digit());
            text.parse::<u16>().ok().filter(|_| plain)
        };
        match (port(low), port(high)) {
            (Some(low), Some(high)) if low <= high => Ok(Self { low, high }),
            _ => Err(FilterFault::value("port", "expected 443 or 8000-8999")),
        }
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.low == self.high {
            write!(f, "{}", self.low)
        } else {
            write!(f, "{}-{}", self.low, self.high)
        }
    }
}

/// Scores from one to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scores {
    /// The lowest.
    pub low: u8,
    /// The highest, at most 100.
    pub high: u8,
}

impl Scores {
    /// A score as it is written.
    pub(crate) fn bound(text: &str) -> Result<u8, FilterFault> {
        let plain = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
        text.parse()
            .ok()
            .filter(|score| plain && *score <= SCORE_MAX)
            .ok_or_else(|| FilterFault::value("score", "expected a number from 0 to 100"))
    }
}

impl FromStr for Scores {
    type Err = FilterFault;

    fn from_str(text: &str) -> Result<Self, FilterFault> {
        let (low, high) = text.split_once('-').unwrap_or((text, text));
        let (low, high) = (Self::bound(low)?, Self::bound(high)?);
        if low > high {
            return Err(FilterFault::value("score", "expected 70 or 40-69"));
        }
        Ok(Self { low, high })
    }
}

impl fmt::Display for Scores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.low == self.high {
            write!(f, "{}", self.low)
        } else {
            write!(f, "{}-{}", self.low, self.high)
        }
    }
}

/// The standing decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decided {
    /// Nobody decided anything.
    No,
    /// This.
    As(ActionKind),
}

impl FromStr for Decided {
    type Err = FilterFault;

    fn from_str(text: &str) -> Result<Self, FilterFault> {
        if text == "none" {
            return Ok(Self::No);
        }
        text.parse()
            .map(Self::As)
            .map_err(|error| FilterFault::value("decision", format!("{error}, none")))
    }
}

impl fmt::Display for Decided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::No => f.write_str("none"),
            Self::As(kind) => f.write_str(kind.as_str()),
        }
    }
}

/// What people marked it with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tagged {
    /// Nothing.
    No,
    /// This.
    As(Tag),
}

impl FromStr for Tagged {
    type Err = InvalidTag;

    fn from_str(text: &str) -> Result<Self, InvalidTag> {
        if text == "none" {
            return Ok(Self::No);
        }
        text.parse().map(Self::As)
    }
}

impl fmt::Display for Tagged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::No => f.write_str("none"),
            Self::As(tag) => tag.fmt(f),
        }
    }
}

/// How a clock stands: a word of [`Sla`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Clocked(&'static str);

impl Clocked {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl FromStr for Clocked {
    type Err = FilterFault;

    fn from_str(text: &str) -> Result<Self, FilterFault> {
        let word = Sla::WORDS.into_iter().find(|word| *word == text);
        word.map(Self).ok_or_else(|| {
            let words = Sla::WORDS.join(", ");
            FilterFault::value("sla", format!("expected one of {words}"))
        })
    }
}

impl fmt::Display for Clocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
