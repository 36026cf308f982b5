//! Laws of scores and totals, over facts nobody thought of.
use proptest::{collection::vec, option, prelude::*, sample::select};
use wt_model::Severity;
use wt_risk::{Facts, Reach, SCORE_MAX, Score, Total};

fn facts() -> impl Strategy<Value = Facts> {
    (
        select(Severity::ALL),
        option::of(0_u8..=120),
        option::of(0_u32..=1_100_000),
        any::<bool>(),
        select(&[Reach::Public, Reach::Inner][..]),
    )
        .prop_map(|(severity, cvss_tenths, epss_ppm, kev, reach)| Facts {
            severity,
            cvss_tenths,
            epss_ppm,
            kev,
            reach,
        })
}

fn parts() -> impl Strategy<Value = Vec<(u8, u64)>> {
    vec((0_u8..=SCORE_MAX, 0_u64..2_000_000), 0..20)
}

fn total(parts: &[(u8, u64)]) -> Score {
    let mut total = Total::default();
    for (score, count) in parts {
        total.add(Score::from(*score), *count);
    }
    total.score()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_score_is_bounded_and_never_nothing(facts in facts()) {
        let score = Score::of(&facts).value();
        prop_assert!((1..=SCORE_MAX).contains(&score), "{score}");
    }

    #[test]
    fn no_fact_that_is_worse_lowers_a_score(
        less in facts(),
        severity in select(Severity::ALL),
        cvss in 0_u8..=100,
        epss in 0_u32..=1_000_000,
    ) {
        let score = Score::of(&less);
        let worse = [
            Facts { severity: less.severity.max(severity), ..less },
            Facts { cvss_tenths: less.cvss_tenths.max(Some(cvss)), ..less },
            // That something is known of it may calm; more of the same may not.
            Facts { epss_ppm: less.epss_ppm.map(|ppm| ppm.max(epss)), ..less },
            Facts { kev: true, ..less },
            Facts { reach: Reach::Inner, ..less },
        ];
        for more in worse {
            prop_assert!(Score::of(&more) >= score, "{more:?} after {less:?}");
        }
    }

    #[test]
    fn known_attacks_come_before_everything_that_only_might_be(a in facts(), b in facts()) {
        let known = Facts { kev: true, ..a };
        prop_assert!(Score::of(&known).value() >= 90);
        let quiet = Facts { kev: false, severity: b.severity.min(Severity::Medium),
            cvss_tenths: b.cvss_tenths.map(|tenths| tenths.min(69)), ..b };
        prop_assert!(Score::of(&known) > Score::of(&quiet));
    }

    #[test]
    fn a_total_is_at_least_its_worst_part_and_knows_no_order(mut parts in parts()) {
        let whole = total(&parts);
        let worst = parts.iter().filter(|(_, n)| *n > 0).map(|(score, _)| *score).max();
        prop_assert!(whole.value() >= worst.unwrap_or_default());
        parts.reverse();
        prop_assert_eq!(total(&parts), whole);
    }

    #[test]
    fn one_more_never_makes_a_total_better(parts in parts(), score in 0_u8..=SCORE_MAX) {
        let mut more = parts.clone();
        more.push((score, 1));
        prop_assert!(total(&more) >= total(&parts));
    }
}
