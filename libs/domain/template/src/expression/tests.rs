//! What expressions mean.
use crate::{Chance, Expression, Value, Values};

fn names() -> Values {
    let mut names = Values::new();
    names.set("body", "Hello World 42");
    names.set("status_code", 200.0);
    names.set("empty", "");
    names
}

fn value(source: &str) -> Value {
    Expression::new(source)
        .unwrap()
        .evaluate(&names(), &mut Chance::new(7, 1_700_000_000))
        .unwrap_or_else(|why| panic!("{source}: {why}"))
}

#[test]
fn expressions_hold_as_the_language_says() {
    for source in [
        "status_code == 200 && contains(body, 'World')",
        "status_code != 404 || missing",
        "!contains(body, \"x\") && (1 + 2) * 3 == 9",
        "2 + 3 * 2 ** 2 == 14",
        "7 % 4 == 3 && -1 < 0 && !(1 > 2)",
        "'a' + 1 == 'a1' && 1 + 'a' == '1a'",
        "'a\\\\d' == 'a\\\\d' && 'it\\'s' == \"it's\"",
        "body =~ 'W[a-z]+' && body !~ '^x'",
        "status_code in (200, 201) && (true ? 1 : 2) == 1",
        "(missing ?? 3) == 3",
        "0x10 == 16 && 1.5 < 2 && 3 / 2 == 1.5",
        "5 & 3 == 1 || true",
        "tolower(body) == to_lower(body)",
        "len(body) == 14 && len(empty) == 0",
        "contains(body, '{{status_code}}') == false",
        "'x{{status_code}}' == 'x200'",
    ] {
        assert_eq!(value(source), Value::Flag(true), "{source}");
    }
}

#[test]
fn what_is_no_expression_is_refused() {
    for source in [
        "",
        "1 +",
        "(1",
        "'a",
        "foo(1)",
        "contains('a')",
        "a b",
        "regex('(', body)",
        "1 ? ",
        "#",
    ] {
        assert!(Expression::new(source).is_err(), "{source}");
    }
    assert!(Expression::new(&"(".repeat(100_000)).is_err());
    assert!(Expression::new(&"!".repeat(100_000)).is_err());
}

#[test]
fn operands_of_the_wrong_kind_fail_the_expression_and_nothing_else() {
    for source in [
        "body && true",
        "1 < 'a'",
        "!1",
        "missing == 1",
        "repeat('aaaaaaaaaa', 99999999) == ''",
    ] {
        let expression = Expression::new(source).unwrap();
        assert!(
            expression
                .evaluate(&names(), &mut Chance::new(1, 0))
                .is_err(),
            "{source}"
        );
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_and_evaluated_without_panic(source in "[a-c0-9()'\"+*/%&|!<>=?:, ~^-]{0,60}") {
        if let Ok(expression) = Expression::new(&source) {
            let _ = expression.evaluate(&names(), &mut Chance::new(1, 0));
        }
    }
}
