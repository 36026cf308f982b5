//! Terms as they are stored: days for info, low, medium, high, critical and known attacks.
use std::collections::BTreeMap;

use wt_model::Severity;
use wt_risk::{TERM_DAYS_MAX, Terms};

use crate::error::ResultsFault;

/// The terms of stored days. A place that is missing has no clock, as one that is null.
pub(crate) fn terms(stored: &[Option<i16>]) -> Terms {
    let days = |at: usize| {
        stored
            .get(at)
            .copied()
            .flatten()
            .and_then(|d| u16::try_from(d).ok())
    };
    let by_severity = Severity::ALL
        .iter()
        .enumerate()
        .filter_map(|(at, severity)| Some((*severity, days(at)?)));
    Terms {
        days: by_severity.collect(),
        kev_days: days(Severity::ALL.len()),
    }
}

/// The days to store.
pub(crate) fn stored(terms: &Terms) -> Vec<Option<i16>> {
    let small = |days: u16| i16::try_from(days).ok();
    let by_severity = Severity::ALL
        .iter()
        .map(|severity| terms.days.get(severity).copied());
    by_severity
        .chain([terms.kev_days])
        .map(|days| days.and_then(small))
        .collect()
}

/// Checks terms somebody wants.
pub(crate) fn read(
    days: &BTreeMap<String, u32>,
    kev_days: Option<u32>,
) -> Result<Terms, ResultsFault> {
    let bounded = |field: String, days: u32| {
        u16::try_from(days)
            .ok()
            .filter(|days| (1..=TERM_DAYS_MAX).contains(days))
            .ok_or_else(|| {
                ResultsFault::field(field, format!("expected 1 to {TERM_DAYS_MAX} days"))
            })
    };
    let by_severity = days.iter().map(|(word, days)| {
        let severity: Severity = word
            .parse()
            .map_err(|error| ResultsFault::field("days", error))?;
        Ok((severity, bounded(format!("days.{word}"), *days)?))
    });
    Ok(Terms {
        days: by_severity.collect::<Result<_, ResultsFault>>()?,
        kev_days: kev_days
            .map(|days| bounded("kev_days".to_owned(), days))
            .transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use wt_risk::Terms;

    use super::{read, stored, terms};

    #[test]
    fn terms_are_read_as_they_were_stored() {
        for own in [
            Terms::default(),
            Terms {
                days: [].into(),
                kev_days: None,
            },
        ] {
            assert_eq!(terms(&stored(&own)), own);
        }
        assert_eq!(stored(&Terms::default()).len(), 6);
        assert_eq!(terms(&[]).kev_days, None);
    }

    #[test]
    fn a_term_of_no_days_or_of_no_severity_is_refused() {
        assert!(read(&[("high".to_owned(), 0)].into(), None).is_err());
        assert!(read(&[("high".to_owned(), 4_000)].into(), None).is_err());
        assert!(read(&[("bad".to_owned(), 1)].into(), None).is_err());
        assert_eq!(
            read(&[("high".to_owned(), 10)].into(), Some(3))
                .unwrap()
                .kev_days,
            Some(3)
        );
    }
}
