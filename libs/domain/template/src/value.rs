//! Values of the expression language, and the names they are known by.
use std::collections::BTreeMap;

use bytes::Bytes;

/// Most bytes a function may produce: bodies are cut at the same size.
pub(crate) const TEXT_BYTES_MAX: usize = 10 * 1024 * 1024;

/// One value. Texts are bytes, since answers are, and cheap to share.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Bytes.
    Text(Bytes),
    /// Every number is a 64-bit float, as in the language.
    Number(f64),
    /// A truth.
    Flag(bool),
    /// Several values.
    List(Vec<Value>),
    /// Nothing.
    Null,
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<Bytes>) -> Self {
        Self::Text(text.into())
    }

    /// How a value is written where bytes are needed.
    pub fn to_bytes(&self) -> Bytes {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => Bytes::from(number_text(*number)),
            Self::Flag(flag) => Bytes::from_static(if *flag { b"true" } else { b"false" }),
            Self::List(list) => {
                let mut out = vec![b'['];
                for (index, item) in list.iter().enumerate() {
                    if index > 0 {
                        out.push(b' ');
                    }
                    out.extend_from_slice(&item.to_bytes());
                }
                out.push(b']');
                Bytes::from(out)
            }
            Self::Null => Bytes::new(),
        }
    }

    /// The same, where text is needed.
    pub fn to_text(&self) -> String {
        String::from_utf8_lossy(&self.to_bytes()).into_owned()
    }

    /// The number a value is or spells.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => std::str::from_utf8(text).ok()?.trim().parse().ok(),
            Self::Flag(flag) => Some(f64::from(u8::from(*flag))),
            _ => None,
        }
    }
}

/// A number as the language writes it: whole numbers without a point.
pub(crate) fn number_text(number: f64) -> String {
    if number.is_finite() && number.fract() == 0.0 && number.abs() < 1e21 {
        format!("{number:.0}")
    } else {
        format!("{number}")
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

/// Values by name. Later names win over earlier ones.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Values(BTreeMap<String, Value>);

impl Values {
    /// No values.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Names a value.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        self.0.insert(name.into(), value.into());
    }

    /// Takes all values of another set, which win.
    pub fn extend(&mut self, other: &Self) {
        for (name, value) in &other.0 {
            self.0.insert(name.clone(), value.clone());
        }
    }

    /// Every name and value, in order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

/// Time and chance of one evaluation, given from outside: the same inputs give the same bytes.
#[derive(Debug, Clone)]
pub struct Chance {
    state: u64,
    /// Seconds since 1970.
    pub now_s: i64,
}

impl Chance {
    /// Chance that follows from a seed.
    pub fn new(seed: u64, now_s: i64) -> Self {
        Self { state: seed, now_s }
    }

    /// The next 64 bits (`SplitMix64`, Steele, Lea and Flood 2014): payload names need to differ,
    /// not to be secret.
    pub fn step(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 when there is none.
    pub fn below(&mut self, end: u64) -> u64 {
        self.step().checked_rem(end).unwrap_or_default()
    }

    /// A text of `length` letters of an alphabet.
    pub fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        let count = u64::try_from(alphabet.len()).unwrap_or_default();
        (0..length)
            .filter_map(|_| {
                let index = usize::try_from(self.below(count)).unwrap_or_default();
                alphabet.get(index).map(|byte| char::from(*byte))
            })
            .collect()
    }
}
