//! What matchers and extractors say of answers.
use super::{PATH, http};
use crate::{Chance, HttpAnswer, Prefilter, Values};

/// The first block's judgement of an answer, and the names of its matchers.
fn judge(
    operators: &str,
    status: u16,
    headers: &[(&str, &str)],
    body: &str,
) -> (bool, Vec<String>) {
    let template = http(&format!("{PATH}{operators}")).unwrap();
    let answer = HttpAnswer {
        status,
        reason: "OK".to_owned(),
        headers: headers
            .iter()
            .map(|(n, v)| ((*n).to_owned(), v.as_bytes().to_vec()))
            .collect(),
        body: body.to_owned().into(),
        duration_s: 0.5,
    };
    let mut values = Values::new();
    values.set("user", "admin");
    answer.describe(b"GET /x HTTP/1.1\r\n\r\n", None, &mut values);
    let operators = template.blocks[0].operators();
    let conclusion = operators.conclude(&values, "body", &mut Chance::new(1, 0));
    let prefilter = Prefilter::new(std::iter::once(operators));
    let seen = prefilter.look(&[&answer.head(), &answer.body]);
    if conclusion.is_match {
        assert!(
            prefilter.may_match(0, &seen),
            "the prefilter held back a match"
        );
    }
    (
        conclusion.is_match,
        [conclusion.matchers.clone(), conclusion.results()].concat(),
    )
}

fn matches(operators: &str, status: u16, headers: &[(&str, &str)], body: &str) -> bool {
    judge(operators, status, headers, body).0
}

#[test]
fn words_match_in_their_part_and_combine() {
    let words = "matchers: [{type: word, words: [alpha, beta]}]";
    assert!(matches(words, 200, &[], "x beta"));
    assert!(!matches(words, 200, &[], "x Beta"));
    let all =
        "matchers: [{type: word, condition: and, case-insensitive: true, words: [alpha, beta]}]";
    assert!(matches(all, 200, &[], "BETA alpha"));
    assert!(!matches(all, 200, &[], "beta"));
    let header = "matchers: [{type: word, part: header, words: ['X-Powered-By: PHP']}]";
    assert!(matches(header, 200, &[("x-powered-by", "PHP/8")], ""));
    assert!(!matches(header, 200, &[], "X-Powered-By: PHP"));
    let named = "matchers: [{type: word, part: content_type, words: [json]}]";
    assert!(matches(
        named,
        200,
        &[("Content-Type", "application/json")],
        ""
    ));
    let negative = "matchers: [{type: word, part: x_none, negative: true, words: [a]}]";
    assert!(
        !matches(negative, 200, &[], ""),
        "a part that is not there is no match either way"
    );
    let marked = "matchers: [{type: word, words: ['{{user}}-{{to_upper(\"x\")}}']}]";
    assert!(matches(marked, 200, &[], "admin-X"));
    assert!(!matches(
        "matchers: [{type: word, words: ['{{nobody}}']}]",
        200,
        &[],
        "{{nobody}}"
    ));
    let hex = "matchers: [{type: word, encoding: hex, words: ['616263']}]";
    assert!(matches(hex, 200, &[], "abc"));
    assert!(matches(
        "matchers: [{type: word, part: all, words: ['HTTP/1.1 200']}]",
        200,
        &[],
        ""
    ));
}

#[test]
fn matchers_combine_or_unless_told_and() {
    let or = "matchers:\n  - {type: status, status: [200, 204]}\n  - {type: word, words: [zzz]}";
    assert!(matches(or, 204, &[], ""));
    let and = format!("matchers-condition: and\n{or}");
    assert!(!matches(&and, 200, &[], ""));
    assert!(matches(&and, 200, &[], "zzz"));
    let negative = "matchers-condition: and\nmatchers:\n  - {type: word, words: [abc]}\n  - {type: word, negative: true, words: [xyz]}";
    assert!(matches(negative, 200, &[], "abc"));
    assert!(!matches(negative, 200, &[], "abc xyz"));
}

#[test]
fn the_other_matchers_match() {
    assert!(matches(
        "matchers: [{type: regex, regex: ['v[0-9]+', 'q{']}]",
        200,
        &[],
        "v12"
    ));
    assert!(matches(
        "matchers: [{type: binary, binary: ['50 4b 03']}]",
        200,
        &[],
        "PK\u{3}"
    ));
    assert!(matches(
        "matchers: [{type: size, size: [3]}]",
        200,
        &[],
        "abc"
    ));
    assert!(!matches(
        "matchers: [{type: size, size: [4]}]",
        200,
        &[],
        "abc"
    ));
    let dsl = "matchers: [{type: dsl, condition: and, dsl: ['status_code == 200', 'contains(tolower(body), \"abc\")', 'duration < 1']}]";
    assert!(matches(dsl, 200, &[], "xABC"));
    assert!(!matches(dsl, 201, &[], "xABC"));
    let xpath = "matchers: [{type: xpath, part: body, xpath: ['//h1[contains(text(), \"Hi\")]']}]";
    assert!(matches(xpath, 200, &[], "<body><h1>Hi there</h1>"));
    let cookie = "matchers: [{type: dsl, dsl: ['contains(set_cookie, \"sid=\") && sid == \"7\"']}]";
    assert!(matches(cookie, 200, &[("Set-Cookie", "sid=7; Path=/")], ""));
}

#[test]
fn named_matchers_are_reported_where_one_is_enough() {
    let named = "matchers:\n  - {type: word, name: a, words: [aaa]}\n  - {type: word, name: b, words: [bbb]}";
    assert_eq!(judge(named, 200, &[], "bbb aaa").1, ["a", "b"]);
    assert_eq!(judge(named, 200, &[], "bbb").1, ["b"]);
    assert!(
        judge(
            &format!("matchers-condition: and\n{named}"),
            200,
            &[],
            "aaabbb"
        )
        .1
        .is_empty()
    );
}

#[test]
fn extractors_take_each_text_once() {
    let results = |extractor: &str, body: &str| {
        judge(
            &format!("extractors: [{{{extractor}}}]"),
            200,
            &[("Server", "nginx"), ("X-A-B", "c")],
            body,
        )
    };
    let regex = results(
        "type: regex, group: 1, regex: ['v=([0-9]+)']",
        "v=1 v=2 v=1",
    );
    assert_eq!(regex, (true, vec!["1".into(), "2".into()]));
    assert_eq!(
        results("type: kval, kval: [server, x-a-b]", "").1,
        ["nginx", "c"]
    );
    assert_eq!(
        results("type: json, json: ['.a[].b']", r#"{"a":[{"b":"x"}]}"#).1,
        ["x"]
    );
    assert_eq!(
        results(
            "type: xpath, attribute: href, xpath: ['//a']",
            "<a href='/q'>t</a>"
        )
        .1,
        ["/q"]
    );
    assert_eq!(
        results("type: dsl, dsl: ['len(body)', 'nobody']", "abc").1,
        ["3"]
    );
    assert!(!results("type: regex, internal: true, name: t, regex: [a]", "a").0);
    let used = "extractors: [{type: regex, internal: true, name: t, regex: ['k[0-9]']}]\nmatchers: [{type: dsl, dsl: ['t == \"k1\"']}]";
    assert!(
        matches(used, 200, &[], "k1"),
        "the same answer's matchers see it"
    );
    let several = "extractors: [{type: regex, name: t, regex: ['k[0-9]']}]\nmatchers: [{type: dsl, dsl: ['t1 == \"k2\"']}]";
    assert!(matches(several, 200, &[], "k1 k2"));
}
