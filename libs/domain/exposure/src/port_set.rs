//! A set of ports as ascending, disjoint, inclusive ranges.
use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Ports as ranges, so that 65,535 uniform results are one row (contracts §4).
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PortSet(Vec<(u16, u16)>);

/// Text that is not a port list such as `22,80,8000-8100`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected ports such as 22,80,8000-8100")]
pub struct InvalidPorts;

impl PortSet {
    /// One port.
    pub fn single(port: u16) -> Self {
        Self(vec![(port, port)])
    }

    /// The ranges, ascending and disjoint.
    pub fn ranges(&self) -> &[(u16, u16)] {
        &self.0
    }

    /// How many ports.
    pub fn len(&self) -> u64 {
        self.0
            .iter()
            .map(|(low, high)| u64::from(*high) - u64::from(*low) + 1)
            .sum()
    }

    /// Whether it holds no port.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it holds `port`.
    pub fn contains(&self, port: u16) -> bool {
        let after = self.0.partition_point(|(low, _)| *low <= port);
        after
            .checked_sub(1)
            .and_then(|i| self.0.get(i))
            .is_some_and(|(_, high)| port <= *high)
    }

    /// Every port, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u16> + '_ {
        self.0.iter().flat_map(|(low, high)| *low..=*high)
    }

    /// Whether every port of `self` is in `other`.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.0.iter().all(|(low, high)| {
            let after = other.0.partition_point(|(start, _)| start <= low);
            after
                .checked_sub(1)
                .and_then(|i| other.0.get(i))
                .is_some_and(|(_, end)| high <= end)
        })
    }

    /// The ports of `self` that are not in `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        for (low, high) in &self.0 {
            // From here on nothing is decided; beyond the last port there is nothing.
            let mut from = Some(*low);
            for (start, end) in &other.0 {
                let Some(begin) = from.filter(|begin| begin <= end && start <= high) else {
                    continue;
                };
                if begin < *start {
                    left.push((begin, start - 1));
                }
                from = end.checked_add(1).filter(|next| next <= high);
            }
            left.extend(from.map(|begin| (begin, *high)));
        }
        Self(left)
    }

    fn from_ranges(mut ranges: Vec<(u16, u16)>) -> Self {
        ranges.sort_unstable();
        let mut merged: Vec<(u16, u16)> = Vec::with_capacity(ranges.len());
        for (low, high) in ranges {
            match merged.last_mut() {
                Some((_, end)) if u32::from(low) <= u32::from(*end) + 1 => *end = (*end).max(high),
                _ => merged.push((low, high)),
            }
        }
        Self(merged)
    }
}

impl FromIterator<u16> for PortSet {
    fn from_iter<I: IntoIterator<Item = u16>>(ports: I) -> Self {
        Self::from_ranges(ports.into_iter().map(|port| (port, port)).collect())
    }
}

impl FromIterator<(u16, u16)> for PortSet {
    fn from_iter<I: IntoIterator<Item = (u16, u16)>>(ranges: I) -> Self {
        Self::from_ranges(
            ranges
                .into_iter()
                .filter(|(low, high)| low <= high)
                .collect(),
        )
    }
}

impl fmt::Display for PortSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (low, high)) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            if low == high {
                write!(f, "{comma}{low}")?;
            } else {
                write!(f, "{comma}{low}-{high}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for PortSet {
    type Err = InvalidPorts;

    fn from_str(text: &str) -> Result<Self, InvalidPorts> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let ranges: Option<Vec<(u16, u16)>> = text
            .split(',')
            .map(|part| {
                let (low, high) = part.split_once('-').unwrap_or((part, part));
                let (low, high) = (low.trim().parse().ok()?, high.trim().parse().ok()?);
                (low <= high).then_some((low, high))
            })
            .collect();
        ranges.map(Self::from_ranges).ok_or(InvalidPorts)
    }
}
