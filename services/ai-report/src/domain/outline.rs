//! A report before it has a form: sections of sentences, each with what it rests on.
//!
//! **Invariant**: a sentence about exposures cites every one of them by number, and every number
//! stands for one key in the list of references. Text a target may have chosen sits in
//! [`Span::Quoted`] only, so that every form knows what to escape.

use std::collections::BTreeMap;

use wt_model::Severity;

/// A piece of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Span {
    /// Our own words.
    Plain(String),
    /// Somebody else's words: hosts, titles, reasons.
    Quoted(String),
}

/// One sentence and the references it rests on, ascending; empty only for statements about the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sentence {
    /// What it says.
    pub(crate) spans: Vec<Span>,
    /// Numbers of the references that bear it out.
    pub(crate) cites: Vec<usize>,
}

/// A heading and what stands below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Section {
    /// Our own words.
    pub(crate) heading: &'static str,
    /// In order.
    pub(crate) sentences: Vec<Sentence>,
}

/// What a number stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    /// Exposure key.
    pub(crate) key: String,
    /// The check's title.
    pub(crate) title: String,
    /// Host and port.
    pub(crate) place: String,
}

/// A whole report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outline {
    /// Our own words.
    pub(crate) title: String,
    /// How many are open, worst first; empty when nothing is.
    pub(crate) open_by_severity: Vec<(Severity, u64)>,
    /// In order.
    pub(crate) sections: Vec<Section>,
    /// Reference `n` is at `n - 1`.
    pub(crate) references: Vec<Reference>,
}

/// Numbers exposures in the order in which they are first cited.
#[derive(Debug, Default)]
pub(crate) struct References {
    numbers: BTreeMap<String, usize>,
    list: Vec<Reference>,
}

impl References {
    /// The number of an exposure.
    pub(crate) fn cite(&mut self, reference: Reference) -> usize {
        if let Some(number) = self.numbers.get(&reference.key) {
            return *number;
        }
        let number = self.list.len() + 1;
        self.numbers.insert(reference.key.clone(), number);
        self.list.push(reference);
        number
    }

    /// Everything cited, in order.
    pub(crate) fn into_list(self) -> Vec<Reference> {
        self.list
    }
}

/// Numbers as a reader writes them: runs of three or more are drawn together, `1–4, 7`.
pub(crate) fn ranges(numbers: &[usize]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, end)) if *end + 1 == *number => *end = *number,
            _ => runs.push((*number, *number)),
        }
    }
    runs.into_iter()
        .flat_map(|(start, end)| {
            if end == start + 1 {
                vec![(start, start), (end, end)]
            } else {
                vec![(start, end)]
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Reference, References, ranges};

    fn reference(key: &str) -> Reference {
        Reference {
            key: key.to_owned(),
            title: String::new(),
            place: String::new(),
        }
    }

    #[test]
    fn an_exposure_keeps_its_number() {
        let mut references = References::default();
        assert_eq!(references.cite(reference("a")), 1);
        assert_eq!(references.cite(reference("b")), 2);
        assert_eq!(references.cite(reference("a")), 1);
        assert_eq!(references.into_list().len(), 2);
    }

    #[test]
    fn runs_of_numbers_are_drawn_together() {
        assert_eq!(
            ranges(&[1, 2, 3, 5, 7, 8]),
            [(1, 3), (5, 5), (7, 7), (8, 8)]
        );
        assert_eq!(ranges(&[]), []);
    }
}
