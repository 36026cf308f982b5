//! What a listener asks for.
use std::{collections::BTreeSet, str::FromStr};

use wt_model::RunId;

/// Most topics of one stream: a page shows a few runs at once.
const TOPICS_MAX: usize = 16;

/// One thing to listen to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Topic {
    /// Exposures that change and runs that enter a state.
    Changes,
    /// Everything about one run.
    Run(RunId),
}

/// What one listener asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Topics(BTreeSet<Topic>);

impl Topics {
    /// The runs asked for.
    pub(crate) fn runs(&self) -> impl Iterator<Item = RunId> {
        self.0.iter().filter_map(|topic| match topic {
            Topic::Run(run) => Some(*run),
            Topic::Changes => None,
        })
    }

    /// Whether changes were asked for.
    pub(crate) fn changes(&self) -> bool {
        self.0.contains(&Topic::Changes)
    }

    /// Whether news about these topics is wanted.
    pub(crate) fn want(&self, topics: &[Topic]) -> bool {
        topics.iter().any(|topic| self.0.contains(topic))
    }
}

impl FromStr for Topics {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let topics: BTreeSet<Topic> = text
            .split(',')
            .map(str::trim)
            .map(|word| match word.strip_prefix("run:") {
                Some(run) => run
                    .parse()
                    .map(Topic::Run)
                    .map_err(|error| error.to_string()),
                None if word == "changes" => Ok(Topic::Changes),
                None => Err(format!("{word:?} is neither `changes` nor `run:<run_id>`")),
            })
            .collect::<Result<_, _>>()?;
        if topics.len() > TOPICS_MAX {
            return Err(format!("must name at most {TOPICS_MAX} topics"));
        }
        Ok(Self(topics))
    }
}

#[cfg(test)]
mod tests {
    use super::Topics;

    #[test]
    fn topics_are_named_or_refused() {
        let topics: Topics = "changes,run:run_01ARZ3NDEKTSV4RRFFQ69G5FAV"
            .parse()
            .unwrap();
        assert!(topics.changes());
        assert_eq!(topics.runs().count(), 1);
        for text in [
            "",
            "everything",
            "run:",
            "run:ast_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        ] {
            assert!(text.parse::<Topics>().is_err(), "{text}");
        }
    }
}
