//! Templates of our own, one for each feature, and what becomes of them.
mod judging;

use wt_model::{Policy, Severity};

use super::{Source, Unsupported, read_template};
use crate::{
    Attack, Block, Chance, HttpAnswer, Redirects, TargetUrl, Template, Value, Values, summary,
};

fn load(text: &str) -> Result<Template, Unsupported> {
    read_template(&Source {
        bytes: text.as_bytes(),
        files: &|path| (path == "lists/names.txt").then(|| b"a\n\nb\n".to_vec()),
    })
}

fn http(rest: &str) -> Result<Template, Unsupported> {
    load(&format!(
        "id: one\ninfo: {{name: One, severity: high}}\nhttp:\n  - {}",
        rest.replace('\n', "\n    ")
    ))
}

fn reason(rest: &str) -> String {
    http(rest).unwrap_err().reason
}

const PATH: &str = "method: GET\npath: ['{{BaseURL}}/x']\n";

#[test]
fn fields_are_read() {
    let template = http(
        "raw:\n  - |\n    @timeout: 20s\n    @Host: {{Hostname}}\n    POST /a?b={{p}} HTTP/1.1\n    Host: {{Hostname}}\n    Content-Length: 1\n    X-A: b\n\n    body={{q}}\npayloads:\n  p: lists/names.txt\n  q: ['1', '2', '3']\nattack: clusterbomb\nhost-redirects: true\nmax-redirects: 2\nstop-at-first-match: true\nmatchers: [{type: dsl, dsl: ['contains(body_2, \"x\")']}]",
    )
    .unwrap();
    let Block::Http(block) = &template.blocks[0] else {
        panic!()
    };
    assert_eq!(block.redirects, Redirects::SameHost);
    assert_eq!(block.redirects_max, 2);
    assert!(block.stops_at_first_match && block.reads_history);
    let payloads = block.payloads.as_ref().unwrap();
    assert_eq!((payloads.attack, payloads.len()), (Attack::ClusterBomb, 6));
    let target = TargetUrl::new("http://h:81/base/").unwrap();
    let mut names = target.names();
    names.set("p", "a b");
    names.set("q", "1");
    let request = block
        .request(
            &block.requests[0],
            &target,
            &names,
            "ua",
            &mut Chance::new(1, 0),
        )
        .unwrap();
    assert_eq!(request.timeout_s, Some(20));
    let bytes = String::from_utf8(request.to_bytes()).unwrap();
    assert!(
        bytes.starts_with("POST /base/a?b=a+b HTTP/1.1\r\nHost: h:81\r\n"),
        "{bytes}"
    );
    assert!(
        bytes.contains("Content-Length: 6\r\n") && bytes.ends_with("\r\n\r\nbody=1"),
        "{bytes}"
    );
    assert_eq!(template.info.severity, Severity::High);
}

#[test]
fn headers_cannot_be_smuggled_by_values() {
    let template = http("path: ['{{BaseURL}}/{{p}}']\nheaders: {X-A: '{{p}}'}\nmatchers: [{type: status, status: [200]}]").unwrap();
    let Block::Http(block) = &template.blocks[0] else {
        panic!()
    };
    let target = TargetUrl::new("http://h").unwrap();
    let mut names = target.names();
    names.set("p", "a\r\nX-Evil: 1");
    let request = block
        .request(
            &block.requests[0],
            &target,
            &names,
            "ua",
            &mut Chance::new(1, 0),
        )
        .unwrap();
    let bytes = String::from_utf8(request.to_bytes()).unwrap();
    assert!(!bytes.contains("\nX-Evil"), "{bytes}");
}

#[test]
fn what_cannot_run_is_refused_with_its_reason() {
    let id = "id: a\n";
    for (text, expected) in [
        ("id: a b\nhttp: [{path: [x]}]", "no usable id"),
        ("id: a\ninfo: {}", "no requests"),
        ("id: a\ncode: [{}]", "protocol code is refused"),
        (
            "id: a\nheadless: [{}]\nhttp: [{path: [x]}]",
            "protocol headless is refused",
        ),
        (
            "id: a\nworkflows: [{}]",
            "protocol workflow is not supported",
        ),
        ("id: [", "not YAML"),
        (
            "id: a\nself-contained: true\nhttp: [{path: [x]}]",
            "self-contained",
        ),
        (
            "id: a\nflow: 'for (x of y) {}'\nhttp: [{path: [x]}]",
            "JavaScript",
        ),
        (
            "id: a\nflow: http(2)\nhttp: [{path: [x]}]",
            "does not exist",
        ),
        ("id: a\ntcp: [{inputs: []}]", "host is missing"),
        ("id: a\nssl: [{cipher_suites: [x]}]", "field cipher_suites"),
    ] {
        let why = load(text).unwrap_err();
        assert!(why.reason.contains(expected), "{text}: {}", why.reason);
    }
    assert_eq!(load(id).unwrap_err().id, "a");
    for (rest, expected) in [
        ("path: [x]\nfuzzing: [{}]", "field fuzzing"),
        ("path: [x]\nrace: true", "field race"),
        (
            "matchers: [{type: status, status: [200]}]",
            "neither path nor raw",
        ),
        ("path: [x]\nmatchers: [{type: kval}]", "matcher type"),
        (
            "path: [x]\nmatchers: [{type: dsl, dsl: ['nope(1)']}]",
            "no function",
        ),
        (
            "path: [x]\nmatchers: [{type: regex, regex: ['(']}]",
            "regular expression",
        ),
        ("path: ['{{resolve(1)}}']", "no function"),
        (
            "path: [x]\npayloads: {a: gone.txt}",
            "gone.txt is not in this set",
        ),
        (
            "path: [x]\nmatchers: [{type: status, status: [abc]}]",
            "not a number",
        ),
    ] {
        assert!(reason(rest).contains(expected), "{rest}: {}", reason(rest));
    }
}

#[test]
fn the_policy_follows_from_the_requests() {
    let policy = |rest: &str| http(rest).unwrap().policy;
    let raw = |text: &str| policy(&format!("raw: ['{text}']"));
    assert_eq!(policy(PATH), Policy::Passive);
    assert_eq!(
        policy("path: ['{{BaseURL}}/../../etc/passwd']"),
        Policy::Safe
    );
    assert_eq!(policy("method: HEAD\npath: ['{{BaseURL}}']"), Policy::Safe);
    assert_eq!(
        policy("method: POST\npath: ['{{BaseURL}}']"),
        Policy::Intrusive
    );
    assert_eq!(
        policy("path: ['{{BaseURL}}']\nbody: a=b"),
        Policy::Intrusive
    );
    assert_eq!(
        policy("path: ['{{BaseURL}}']\nheaders: {Authorization: Basic YTph}"),
        Policy::Intrusive
    );
    assert_eq!(
        policy("path: ['{{BaseURL}}/?x=sleep(9)']"),
        Policy::Intrusive
    );
    assert_eq!(raw("GET / HTTP/1.1"), Policy::Passive);
    assert_eq!(raw("DELETE /a HTTP/1.1"), Policy::Intrusive);
    assert_eq!(
        policy("unsafe: true\nraw: ['GET / HTTP/1.1']"),
        Policy::Intrusive
    );
    let tagged = |tags: &str| {
        load(&format!(
            "id: a\ninfo: {{tags: '{tags}'}}\nhttp: [{{path: ['{{{{BaseURL}}}}']}}]"
        ))
        .unwrap()
        .policy
    };
    assert_eq!(tagged("cve, intrusive"), Policy::Intrusive);
    assert_eq!(tagged("cve,lfi"), Policy::Safe);
    assert_eq!(tagged("panel"), Policy::Passive);
    let tcp = |inputs: &str| {
        load(&format!(
            "id: a\ntcp: [{{host: ['{{{{Hostname}}}}'], inputs: {inputs}}}]"
        ))
        .unwrap()
        .policy
    };
    assert_eq!(tcp("[]"), Policy::Passive);
    assert_eq!(tcp("[{data: INFO}]"), Policy::Safe);
}

#[test]
fn names_an_operator_has_to_give_are_listed() {
    let template = http("path: ['{{BaseURL}}/{{user}}?t={{token}}&r={{rand_int(1,9)}}&x={{mine}}&{{randstr}}']\nextractors: [{type: regex, name: mine, internal: true, regex: [a]}]").unwrap();
    assert_eq!(template.needs, ["user", "token"]);
}

#[test]
fn a_summary_counts_by_protocol() {
    let results = [
        ("a.yaml", load("id: a\nhttp: [{path: ['{{BaseURL}}']}]")),
        (
            "b.yaml",
            load("id: b\nhttp: [{path: ['{{BaseURL}}']}]\nssl: [{address: '{{Hostname}}'}]"),
        ),
        ("c.yaml", load("id: c\ncode: [{}]")),
    ];
    let counted = summary(results.iter().map(|(path, result)| (*path, result)));
    assert_eq!(
        (&counted["total"], &counted["loaded"]),
        (&3.into(), &2.into())
    );
    assert_eq!(counted["by_protocol"]["http"]["loaded"], 2);
    assert_eq!(counted["by_protocol"]["code"]["loaded"], 0);
    assert_eq!(counted["unsupported"][0]["id"], "c");
}

#[test]
fn history_is_kept_under_numbers() {
    let mut values = Values::new();
    for (number, body) in [(1, "a"), (2, "b")] {
        let answer = HttpAnswer {
            status: 200,
            reason: String::new(),
            headers: vec![("X-B".into(), b"v".to_vec())],
            body: body.into(),
            duration_s: 0.0,
        };
        answer.describe(b"", Some(number), &mut values);
    }
    assert_eq!(values.get("body_1"), Some(&Value::from("a")));
    assert_eq!(values.get("body"), Some(&Value::from("b")));
    assert_eq!(values.get("x_b_2"), Some(&Value::from("v")));
}

proptest::proptest! {
    #[test]
    fn any_text_is_loaded_or_refused_without_panic(text in "(id: a\n)?(http|tcp|dns|ssl): ?\n?[a-z0-9:{}\\[\\]'\" \n,-]{0,120}") {
        let _ = load(&text);
    }
}
