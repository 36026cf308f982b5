//! Payloads: lists of values and how they combine.

/// How lists combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Attack {
    /// Each value of each list in turn; names of other lists have no value meanwhile.
    #[default]
    BatteringRam,
    /// The lists side by side, as long as the shortest.
    Pitchfork,
    /// Every combination.
    ClusterBomb,
}

/// The lists of one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payloads {
    /// How they combine.
    pub attack: Attack,
    /// Name and values, in the order of the template.
    pub lists: Vec<(String, Vec<String>)>,
}

/// Most rounds of one block; more is refused when loaded.
pub const ROUNDS_MAX: usize = 100_000;

impl Payloads {
    /// How many rounds there are.
    pub fn len(&self) -> usize {
        let sizes = self.lists.iter().map(|(_, values)| values.len());
        match self.attack {
            Attack::BatteringRam => sizes.sum(),
            Attack::Pitchfork => sizes.min().unwrap_or_default(),
            Attack::ClusterBomb if self.lists.is_empty() => 0,
            Attack::ClusterBomb => sizes.fold(1, usize::saturating_mul),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values of one round by name; none after the last.
    pub fn round(&self, index: usize) -> Option<Vec<(&str, &str)>> {
        if index >= self.len() {
            return None;
        }
        match self.attack {
            Attack::BatteringRam => {
                let every = self.lists.iter().flat_map(|(name, values)| {
                    values.iter().map(|value| (name.as_str(), value.as_str()))
                });
                every.skip(index).take(1).map(Some).collect()
            }
            Attack::Pitchfork => self
                .lists
                .iter()
                .map(|(name, values)| Some((name.as_str(), values.get(index)?.as_str())))
                .collect(),
            Attack::ClusterBomb => {
                let mut left = index;
                // The last list turns fastest.
                let mut round: Vec<_> = self
                    .lists
                    .iter()
                    .rev()
                    .map(|(name, values)| {
                        let at = left.checked_rem(values.len())?;
                        left /= values.len();
                        Some((name.as_str(), values.get(at)?.as_str()))
                    })
                    .collect::<Option<_>>()?;
                round.reverse();
                Some(round)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Attack, Payloads};

    fn rounds(attack: Attack) -> Vec<String> {
        let list = |values: &[&str]| values.iter().map(|v| (*v).to_owned()).collect();
        let payloads = Payloads {
            attack,
            lists: vec![
                ("a".into(), list(&["1", "2", "3"])),
                ("b".into(), list(&["x", "y"])),
            ],
        };
        (0..payloads.len())
            .map(|index| {
                let round = payloads.round(index).unwrap();
                round
                    .iter()
                    .map(|(n, v)| format!("{n}{v}"))
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect()
    }

    #[test]
    fn lists_combine_as_their_attack_says() {
        assert_eq!(rounds(Attack::BatteringRam), ["a1", "a2", "a3", "bx", "by"]);
        assert_eq!(rounds(Attack::Pitchfork), ["a1 bx", "a2 by"]);
        assert_eq!(
            rounds(Attack::ClusterBomb),
            ["a1 bx", "a1 by", "a2 bx", "a2 by", "a3 bx", "a3 by"]
        );
    }

    proptest::proptest! {
        #[test]
        fn every_round_gives_its_names_values_of_their_lists(sizes in proptest::collection::vec(0_usize..5, 0..4), attack in 0_usize..3) {
            let attack = [Attack::BatteringRam, Attack::Pitchfork, Attack::ClusterBomb][attack];
            let lists = sizes.iter().enumerate().map(|(i, size)| (format!("n{i}"), (0..*size).map(|v| v.to_string()).collect())).collect();
            let payloads = Payloads { attack, lists };
            for index in 0..payloads.len() {
                let round = payloads.round(index);
                let names = if attack == Attack::BatteringRam { 1 } else { sizes.len() };
                proptest::prop_assert_eq!(round.map(|r| r.len()), Some(names));
            }
            proptest::prop_assert_eq!(payloads.round(payloads.len()), None);
        }
    }
}
