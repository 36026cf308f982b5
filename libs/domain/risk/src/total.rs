//! How bad things stand altogether.
use crate::Score;

/// The power each score is raised to before they are added, and the root of the sum: high, so
/// that a thousand small things never look like one bad one.
const POWER: u32 = 8;

/// The score of many exposures: as bad as the worst, and a little worse for each more like it
/// (the 8-norm; twice as many of the same raise it by 9 %). Parts are added in any order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Total {
    sum: u128,
}

impl Total {
    /// Adds `count` exposures of one score.
    pub fn add(&mut self, score: Score, count: u64) {
        let one = u128::from(score.value()).pow(POWER);
        self.sum = self
            .sum
            .saturating_add(one.saturating_mul(u128::from(count)));
    }

    /// Of a sum that was made elsewhere, as a database does for many assets at once.
    pub const fn of_sum(sum: u128) -> Self {
        Self { sum }
    }

    /// The score: the whole part of the eighth root, at most 100.
    pub fn score(self) -> Score {
        let root = self.sum.isqrt().isqrt().isqrt();
        Score::bounded(u32::try_from(root).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::Total;
    use crate::Score;

    fn total(parts: &[(u8, u64)]) -> u8 {
        let mut total = Total::default();
        for (score, count) in parts {
            total.add(Score::from(*score), *count);
        }
        total.score().value()
    }

    #[test]
    fn one_is_as_bad_as_it_is_and_many_small_ones_stay_small() {
        for score in 0..=100 {
            assert_eq!(total(&[(score, 1)]), score);
        }
        assert_eq!(total(&[(58, 2)]), 63);
        assert_eq!(total(&[(4, 10_000)]), 12);
        assert_eq!(total(&[(90, 1_000_000)]), 100);
    }
}
