//! What the operator says a plan costs. It is shown and never charged: what is charged is the
//! payment provider's, so nothing here is ever added up or converted.
use std::{fmt, str::FromStr};

use crate::Plan;

/// Parts of one unit of money that are kept: some currencies have three decimals.
const PARTS: u64 = 1_000;
/// Decimals that make up [`PARTS`].
const DECIMALS_MAX: usize = 3;
/// Digits before the point: more than any plan costs in the smallest unit of any currency.
const WHOLE_DIGITS_MAX: usize = 9;

/// How often a plan is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// By the month.
    Monthly,
    /// By the year.
    Yearly,
}

impl Period {
    /// Every period, the shortest first.
    pub const ALL: [Self; 2] = [Self::Monthly, Self::Yearly];

    /// The contract's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Monthly => "monthly",
            Self::Yearly => "yearly",
        }
    }

    /// What follows "by the".
    pub const fn as_noun(self) -> &'static str {
        match self {
            Self::Monthly => "month",
            Self::Yearly => "year",
        }
    }
}

impl FromStr for Period {
    type Err = wt_model::UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|period| period.as_str() == word)
            .ok_or_else(|| wt_model::UnknownWord {
                vocabulary: "period",
                word: word.chars().take(64).collect(),
                expected: "monthly, yearly".to_owned(),
            })
    }
}

/// What is wrong with a price, for the operator who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPrice {
    /// Not the form.
    #[error("expected prices such as `49 EUR/month,490 EUR/year`, not {0:?}")]
    Form(String),
    /// Nothing, or more than there is.
    #[error("{0:?} is no amount above zero with at most nine digits and three decimals")]
    Amount(String),
    /// Not three capital letters.
    #[error("{0:?} is no currency: expected three capital letters such as EUR (ISO 4217)")]
    Currency(String),
    /// One period has one price.
    #[error("two prices by the {}: give one", .0.as_noun())]
    Twice(Period),
}

/// An amount of money above zero, in thousandths of its currency's unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(u64);

impl FromStr for Amount {
    type Err = BadPrice;

    fn from_str(text: &str) -> Result<Self, BadPrice> {
        let bad = || BadPrice::Amount(shown(text));
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str, most: usize| {
            let is_number = (1..=most).contains(&text.len())
                && text.bytes().all(|letter| letter.is_ascii_digit());
            is_number.then(|| text.parse::<u64>().ok()).flatten()
        };
        let units = digits(whole, WHOLE_DIGITS_MAX).ok_or_else(bad)?;
        let parts = digits(decimals, DECIMALS_MAX).ok_or_else(bad)?;
        // "5" after the point is five tenths.
        let parts = (decimals.len()..DECIMALS_MAX).fold(parts, |parts, _missing| parts * 10);
        match units * PARTS + parts {
            0 => Err(bad()),
            amount => Ok(Self(amount)),
        }
    }
}

/// Without decimals where there are none, else with two, or three where they are needed.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (units, parts) = (self.0 / PARTS, self.0 % PARTS);
        match parts {
            0 => write!(f, "{units}"),
            parts if parts % 10 == 0 => write!(f, "{units}.{:02}", parts / 10),
            parts => write!(f, "{units}.{parts:03}"),
        }
    }
}

/// A currency by its three letters (ISO 4217). Which of them exist changes without us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency([u8; 3]);

impl FromStr for Currency {
    type Err = BadPrice;

    fn from_str(text: &str) -> Result<Self, BadPrice> {
        <[u8; 3]>::try_from(text.as_bytes())
            .ok()
            .filter(|letters| letters.iter().all(u8::is_ascii_uppercase))
            .map(Self)
            .ok_or_else(|| BadPrice::Currency(shown(text)))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|letter| write!(f, "{}", char::from(*letter)))
    }
}

/// What a plan costs for a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// How often it is paid.
    pub period: Period,
    /// How much.
    pub amount: Amount,
    /// Of what.
    pub currency: Currency,
}

impl FromStr for Price {
    type Err = BadPrice;

    fn from_str(text: &str) -> Result<Self, BadPrice> {
        let form = || BadPrice::Form(shown(text));
        let (money, noun) = text.trim().split_once('/').ok_or_else(form)?;
        let (amount, currency) = money.trim().split_once(' ').ok_or_else(form)?;
        let period = Period::ALL
            .into_iter()
            .find(|period| period.as_noun() == noun.trim())
            .ok_or_else(form)?;
        Ok(Self {
            period,
            amount: amount.parse()?,
            currency: currency.trim().parse()?,
        })
    }
}

/// As an operator writes it.
impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            period,
            amount,
            currency,
        } = self;
        write!(f, "{amount} {currency}/{}", period.as_noun())
    }
}

/// A plan's prices: at most one for each period, the shortest first. None is a plan whose price
/// nobody said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prices(Vec<Price>);

impl Prices {
    /// The price of a period.
    pub fn of(&self, period: Period) -> Option<Price> {
        self.iter().find(|price| price.period == period)
    }

    /// Every price.
    pub fn iter(&self) -> impl Iterator<Item = Price> {
        self.0.iter().copied()
    }
}

impl FromStr for Prices {
    type Err = BadPrice;

    /// Reads prices with commas between; nothing is none.
    fn from_str(text: &str) -> Result<Self, BadPrice> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let mut prices: Vec<Price> = text.split(',').map(str::parse).collect::<Result<_, _>>()?;
        prices.sort_by_key(|price| price.period);
        for (one, other) in prices.iter().zip(prices.iter().skip(1)) {
            if one.period == other.period {
                return Err(BadPrice::Twice(one.period));
            }
        }
        Ok(Self(prices))
    }
}

impl fmt::Display for Prices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, price) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            write!(f, "{comma}{price}")?;
        }
        Ok(())
    }
}

/// What every plan costs. The free plan is free.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PriceList {
    /// Of the Team plan.
    pub team: Prices,
    /// Of the Business plan.
    pub business: Prices,
    /// Of the Enterprise plan.
    pub enterprise: Prices,
}

impl PriceList {
    /// A plan's prices; none of the free one.
    pub fn of(&self, plan: Plan) -> Option<&Prices> {
        match plan {
            Plan::Free => None,
            Plan::Team => Some(&self.team),
            Plan::Business => Some(&self.business),
            Plan::Enterprise => Some(&self.enterprise),
        }
    }

    /// Every price with its plan, the smallest plan first.
    pub fn iter(&self) -> impl Iterator<Item = (Plan, Price)> {
        Plan::ALL.into_iter().flat_map(|plan| {
            let prices = self.of(plan).into_iter().flat_map(Prices::iter);
            prices.map(move |price| (plan, price))
        })
    }
}

/// Of a mistake as much as helps to find it.
fn shown(text: &str) -> String {
    text.chars().take(64).collect()
}
