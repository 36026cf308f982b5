//! A price is what the operator wrote, to the last decimal, or a mistake that is said.
use proptest::prelude::*;
use wt_plan::{Amount, BadPrice, Period, Plan, Price, PriceList, Prices};

fn prices(text: &str) -> Result<Prices, BadPrice> {
    text.parse()
}

#[test]
fn prices_are_read_as_they_are_written() {
    let read = prices("490 EUR/year, 49.9 EUR/month").unwrap();
    assert_eq!(read.to_string(), "49.90 EUR/month,490 EUR/year");
    let yearly = read.of(Period::Yearly).unwrap();
    assert_eq!(yearly.amount.to_string(), "490");
    assert_eq!(yearly.currency.to_string(), "EUR");
    // Nothing said is nothing wrong.
    assert_eq!(prices(" ").unwrap(), Prices::default());
    assert_eq!(Prices::default().of(Period::Monthly), None);
}

#[test]
fn a_mistake_is_said_before_anybody_reads_it_as_a_price() {
    for text in [
        "49",
        "49 EUR",
        "EUR 49",
        "49EUR/month",
        "49 EUR/week",
        "49 EUR/month,",
    ] {
        assert!(matches!(prices(text), Err(BadPrice::Form(_))), "{text}");
    }
    for amount in [
        "0",
        "0.00",
        "-1",
        "+1",
        "1,5",
        "1.",
        ".5",
        "1.2345",
        "1e3",
        "1000000000",
    ] {
        assert!(
            matches!(amount.parse::<Amount>(), Err(BadPrice::Amount(_))),
            "{amount}"
        );
    }
    for text in ["49 eur/month", "49 EURO/month", "49 \u{20ac}/month"] {
        assert!(matches!(prices(text), Err(BadPrice::Currency(_))), "{text}");
    }
    let twice = prices("49 EUR/month,490 EUR/year,59 EUR/month");
    assert_eq!(twice, Err(BadPrice::Twice(Period::Monthly)));
    assert!(twice.unwrap_err().to_string().contains("by the month"));
}

#[test]
fn the_free_plan_costs_nothing_and_the_smallest_is_first() {
    let list = PriceList {
        business: prices("199 EUR/month").unwrap(),
        team: prices("490 EUR/year,49 EUR/month").unwrap(),
        enterprise: Prices::default(),
    };
    assert_eq!(list.of(Plan::Free), None);
    let order: Vec<_> = list
        .iter()
        .map(|(plan, price)| (plan, price.period))
        .collect();
    let expected = [
        (Plan::Team, Period::Monthly),
        (Plan::Team, Period::Yearly),
        (Plan::Business, Period::Monthly),
    ];
    assert_eq!(order, expected);
}

proptest! {
    #[test]
    fn no_decimal_is_lost_or_made_up(units in 0_u64..=999_999_999, parts in 0_u64..1_000) {
        prop_assume!(units + parts > 0);
        let amount: Amount = format!("{units}.{parts:03}").parse().unwrap();
        let shown = amount.to_string();
        prop_assert_eq!(shown.parse::<Amount>().unwrap(), amount);
        let (whole, decimals) = shown.split_once('.').unwrap_or((&shown, ""));
        prop_assert_eq!(whole.parse::<u64>().unwrap(), units);
        prop_assert_eq!(format!("{decimals:0<3}"), format!("{parts:03}"));
    }

    #[test]
    fn what_is_written_is_read_again(text in "[0-9]{1,9}(\\.[0-9]{1,3})? [A-Z]{3}/(month|year)") {
        if let Ok(price) = text.parse::<Price>() {
            prop_assert_eq!(price.to_string().parse::<Price>(), Ok(price));
        }
    }
}
