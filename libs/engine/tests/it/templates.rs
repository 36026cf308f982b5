//! What the runner sends and reports, against real local servers.
use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use wt_engine::template::{InteractionSetting, Interactions, TemplateSet};
use wt_model::Policy;
use wt_targets::{CertificateSpec, DnsAnswer, serve_dns, serve_https};

use crate::support::any_port;
use crate::template_support::{Asked, Said, Site, run, set, setting};

fn template(id: &str, rest: &str) -> String {
    format!("id: {id}\ninfo: {{name: {id}, severity: low}}\n{rest}")
}

#[tokio::test]
async fn identical_requests_of_many_templates_are_sent_once() {
    let site = Site::serve("127.0.22.1", |_| Said::ok("alpha beta")).await;
    let texts: Vec<String> = (0..40)
        .map(|n| {
            let word = if n % 2 == 0 { "alpha" } else { "gamma" };
            template(&format!("t{n}"), &format!("http:\n  - path: ['{{{{BaseURL}}}}/same']\n    matchers: [{{type: word, words: [{word}]}}]"))
        })
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let (found, report) = run(&set(&texts), &[site.url()], &setting(&[site.address])).await;
    assert_eq!(found.len(), 20);
    assert_eq!(site.asked().len(), 1);
    assert_eq!(
        (report.requests, report.shared + 1 >= 20, report.prefiltered),
        (1, true, 20)
    );
}

#[tokio::test]
async fn steps_share_cookies_values_and_history() {
    let site = Site::serve("127.0.22.2", |asked: &Asked| match asked.path.as_str() {
        "/login" => {
            Said::ok("<input name='csrf' value='t0k3n'>").with("Set-Cookie", "sid=77; Path=/")
        }
        "/do?t=t0k3n" if asked.head.contains("Cookie: sid=77") && asked.body == "a=1" => {
            Said::ok("welcome")
        }
        _ => Said::missing(),
    })
    .await;
    let text = template(
        "steps",
        r#"http:
  - raw:
      - |
        GET /login HTTP/1.1
        Host: {{Hostname}}
      - |
        POST /do?t={{csrf}} HTTP/1.1
        Host: {{Hostname}}

        a=1
    extractors:
      - {type: regex, name: csrf, group: 1, internal: true, regex: ["value='([^']+)'"]}
    matchers:
      - {type: dsl, dsl: ['status_code_1 == 200 && contains(body_2, "welcome") && contains(body_1, "csrf")']}
"#,
    );
    let (found, _) = run(&set(&[&text]), &[site.url()], &setting(&[site.address])).await;
    assert_eq!(found.len(), 1, "{:?}", site.asked());
    assert_eq!(found[0].matched_at, format!("{}/do?t=t0k3n", site.url()));
}

#[tokio::test]
async fn redirects_are_followed_as_told_and_every_hop_is_judged() {
    let site = Site::serve("127.0.22.3", |asked: &Asked| match asked.path.as_str() {
        "/a" => Said::ok("first").status(302).with("Location", "/b"),
        "/b" => Said::ok("second"),
        _ => Said::missing(),
    })
    .await;
    let one = |id: &str, keys: &str, word: &str| {
        template(
            id,
            &format!(
                "http:\n  - path: ['{{{{BaseURL}}}}/a']\n    {keys}\n    matchers: [{{type: word, words: [{word}]}}]"
            ),
        )
    };
    let texts = [
        one("stays", "max-redirects: 3", "second"),
        one("follows", "host-redirects: true", "second"),
        one("hop", "redirects: true", "first"),
    ];
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let (found, _) = run(&set(&texts), &[site.url()], &setting(&[site.address])).await;
    let mut ids: Vec<_> = found.iter().map(|one| one.template_id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["follows", "hop"]);
}

#[tokio::test]
async fn nothing_leaves_the_scope() {
    let outside = Site::serve("127.0.22.99", |_| Said::ok("second")).await;
    let away = outside.address;
    let site = Site::serve("127.0.22.4", move |_| {
        Said::ok("x")
            .status(302)
            .with("Location", &format!("http://{away}/"))
    })
    .await;
    let hard = format!(
        "http:\n  - path: ['http://{away}/', '{{{{BaseURL}}}}@{away}/', 'http://[::ffff:127.0.22.99]:{}/']\n    matchers: [{{type: status, status: [200]}}]",
        away.port()
    );
    let raw = format!(
        "http:\n  - raw:\n      - |\n        @Host: {away}\n        GET / HTTP/1.1\n        Host: {away}\n    matchers: [{{type: status, status: [200]}}]"
    );
    let texts = [
        template(
            "redirect",
            "http:\n  - path: ['{{BaseURL}}/']\n    redirects: true\n    matchers: [{type: status, status: [200]}]",
        ),
        template("hard", &hard),
        template("raw", &raw),
        template(
            "tcp",
            &format!(
                "tcp:\n  - host: ['{away}']\n    inputs: [{{data: x}}]\n    matchers: [{{type: word, words: [x]}}]"
            ),
        ),
    ];
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let (found, report) = run(&set(&texts), &[site.url()], &setting(&[site.address])).await;
    assert!(found.is_empty(), "{found:?}");
    assert!(outside.asked().is_empty(), "{:?}", outside.asked());
    assert!(!report.denials.is_empty());
}

#[tokio::test]
async fn payloads_flows_and_the_first_match_decide_what_is_sent() {
    let site = Site::serve("127.0.22.5", |asked: &Asked| match asked.path.as_str() {
        "/p/b" => Said::ok("hit b"),
        "/p/c" => Said::ok("hit c"),
        "/gate" => Said::ok("open"),
        "/end" => Said::ok("end"),
        _ => Said::missing(),
    })
    .await;
    let texts = [
        template(
            "pay",
            "http:\n  - path: ['{{BaseURL}}/p/{{v}}']\n    payloads: {v: [a, b, c]}\n    stop-at-first-match: true\n    extractors: [{type: regex, regex: ['hit .']}]\n    matchers: [{type: word, words: [hit]}]",
        ),
        template(
            "flow",
            "flow: http(1) && http(2)\nhttp:\n  - path: ['{{BaseURL}}/gate']\n    matchers: [{type: word, internal: true, words: [open]}]\n  - path: ['{{BaseURL}}/end']\n    matchers: [{type: dsl, dsl: ['contains(body, \"end\") && contains(http_1_body, \"open\")']}]",
        ),
        template(
            "shut",
            "flow: http(1) && http(2)\nhttp:\n  - path: ['{{BaseURL}}/shut']\n    matchers: [{type: word, internal: true, words: [open]}]\n  - path: ['{{BaseURL}}/never']\n    matchers: [{type: status, status: [404]}]",
        ),
        template(
            "unfilled",
            "http:\n  - path: ['{{BaseURL}}/u/{{token}}']\n    matchers: [{type: status, status: [404]}]",
        ),
    ];
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let (found, _) = run(&set(&texts), &[site.url()], &setting(&[site.address])).await;
    let mut seen: Vec<_> = found
        .iter()
        .map(|one| (one.template_id.as_str(), one.extracted_results.clone()))
        .collect();
    seen.sort();
    assert_eq!(seen, [("flow", vec![]), ("pay", vec!["hit b".to_owned()])]);
    let paths: Vec<String> = site.asked().into_iter().map(|asked| asked.path).collect();
    assert!(
        !paths
            .iter()
            .any(|path| path == "/p/c" || path == "/never" || path.starts_with("/u/")),
        "{paths:?}"
    );
}

#[tokio::test]
async fn the_policy_keeps_back_what_it_does_not_allow() {
    let site = Site::serve("127.0.22.6", |_| Said::ok("x")).await;
    let text = template(
        "post",
        "http:\n  - method: POST\n    path: ['{{BaseURL}}/']\n    matchers: [{type: status, status: [200]}]",
    );
    let mut setting = setting(&[site.address]);
    setting.policy = Policy::Safe;
    let (found, report) = run(&set(&[&text]), &[site.url()], &setting).await;
    assert!(found.is_empty() && site.asked().is_empty());
    assert!(
        report.left_out[0].contains("intrusive"),
        "{:?}",
        report.left_out
    );
}

#[tokio::test]
async fn bytes_over_tcp_are_sent_and_judged() {
    let listener = TcpListener::bind("127.0.22.7:0").await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut heard = [0; 4];
            if stream.read_exact(&mut heard).await.is_ok() && &heard == b"INFO" {
                let _ = stream.write_all(b"version:7.2.1\r\n").await;
            }
        }
    });
    let texts = [
        template(
            "hex",
            "tcp:\n  - host: ['{{Hostname}}']\n    port: 1\n    inputs: [{data: '494e464f', type: hex}]\n    read-size: 64\n    extractors: [{type: regex, group: 1, regex: ['version:([0-9.]+)']}]\n    matchers: [{type: word, words: ['version:']}]",
        ),
        template(
            "no",
            "tcp:\n  - host: ['{{Hostname}}']\n    inputs: [{data: 'NOPE'}]\n    matchers: [{type: word, words: ['version:']}]",
        ),
    ];
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let (found, _) = run(&set(&texts), &[address.to_string()], &setting(&[address])).await;
    assert_eq!(found.len(), 1);
    assert_eq!(
        (
            found[0].template_id.as_str(),
            found[0].extracted_results[0].as_str()
        ),
        ("hex", "7.2.1")
    );
    assert_eq!(found[0].matched_at, address.to_string());
}

#[test]
fn a_set_is_used_only_when_every_file_is_what_was_signed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.yaml");
    let text = template(
        "a",
        "http:\n  - path: ['{{BaseURL}}']\n    matchers: [{type: status, status: [200]}]",
    );
    std::fs::write(&file, &text).unwrap();
    let key = wt_envelope::SigningKey::from_seed(&[3; 32]).unwrap();
    let trusted = [key.public()].into_iter().collect();
    assert!(
        TemplateSet::open(folder.path(), Some(&trusted)).is_err(),
        "unsigned"
    );
    let manifest = TemplateSet::manifest_of(folder.path()).unwrap();
    std::fs::write(
        folder.path().join("watchtower-manifest.json"),
        manifest.sign(&key),
    )
    .unwrap();
    let set = TemplateSet::open(folder.path(), Some(&trusted)).unwrap();
    assert_eq!((set.templates.len(), set.digest), (1, manifest.digest()));
    std::fs::write(&file, text.replace("200", "201")).unwrap();
    assert!(
        TemplateSet::open(folder.path(), Some(&trusted)).is_err(),
        "changed"
    );
    std::fs::write(&file, text).unwrap();
    std::fs::write(folder.path().join("b.yaml"), "id: b").unwrap();
    assert!(
        TemplateSet::open(folder.path(), Some(&trusted)).is_err(),
        "added"
    );
}

#[tokio::test]
async fn a_visit_that_a_template_caused_is_a_match() {
    let interactions = Interactions::listen(&InteractionSetting {
        http: "127.0.22.8:0".parse().unwrap(),
        dns: None,
        domain: None,
        grace: Duration::from_secs(3),
    })
    .await
    .unwrap();
    // A server that fetches what it is told to, as one with a forgery hole does.
    let site = Site::serve("127.0.22.8", |asked: &Asked| {
        if let Some((_, place)) = asked.path.split_once("?u=http://") {
            let (address, path) = place.split_once('/').unwrap();
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            let request = format!("GET /{path} HTTP/1.1\r\nHost: x\r\n\r\n");
            std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
        }
        Said::ok("done")
    })
    .await;
    let one = |id: &str, parameter: &str| {
        template(
            id,
            &format!(
                "http:\n  - path: ['{{{{BaseURL}}}}/f?{parameter}=http://{{{{interactsh-url}}}}']\n    matchers-condition: and\n    matchers:\n      - {{type: word, part: interactsh_protocol, words: [http]}}\n      - {{type: word, words: [done]}}"
            ),
        )
    };
    let texts = [one("fetches", "u"), one("ignores", "v")];
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut setting = setting(&[site.address]);
    let (found, report) = run(&set(&texts), &[site.url()], &setting).await;
    assert!(
        found.is_empty() && report.left_out.len() == 2,
        "{:?}",
        report.left_out
    );
    setting.interactions = Some(Arc::new(interactions));
    let (found, _) = run(&set(&texts), &[site.url()], &setting).await;
    let ids: Vec<_> = found.iter().map(|one| one.template_id.as_str()).collect();
    assert_eq!(ids, ["fetches"]);
}

#[tokio::test]
async fn certificates_are_judged() {
    let expired = serve_https(
        any_port("127.0.22.9"),
        wt_targets::Site::new([]),
        &CertificateSpec::expired(&["other.example"]),
    )
    .await
    .unwrap();
    let texts = [
        template(
            "expired",
            "ssl:\n  - address: '{{Hostname}}'\n    matchers: [{type: dsl, dsl: ['unix_time() > not_after']}]\n    extractors: [{type: json, json: ['.tls_version']}]",
        ),
        template(
            "wildcard",
            "ssl:\n  - address: '{{Host}}:{{Port}}'\n    matchers: [{type: dsl, dsl: ['wildcard_certificate == true']}]",
        ),
        template(
            "old",
            "ssl:\n  - address: '{{Host}}:{{Port}}'\n    min_version: tls10\n    max_version: tls11\n    extractors: [{type: json, json: ['.tls_version']}]",
        ),
    ];
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let address = expired.address();
    let (found, _) = run(
        &set(&texts),
        &[format!("https://{address}")],
        &setting(&[address]),
    )
    .await;
    let seen: Vec<_> = found
        .iter()
        .map(|one| (one.template_id.as_str(), one.extracted_results.clone()))
        .collect();
    assert_eq!(seen, [("expired", vec!["tls13".to_owned()])]);
}

#[tokio::test]
async fn questions_to_name_servers_are_asked_for_names_of_the_target_only() {
    let names = BTreeMap::from([
        (
            "shop.example".to_owned(),
            vec![DnsAnswer::Text("v=spf1 +all".to_owned())],
        ),
        (
            "other.test".to_owned(),
            vec![DnsAnswer::Text("v=spf1 +all".to_owned())],
        ),
    ]);
    let dns = serve_dns(any_port("127.0.22.10"), names).await.unwrap();
    let texts = [
        template(
            "spf",
            "dns:\n  - name: '{{FQDN}}'\n    type: TXT\n    matchers: [{type: regex, regex: ['IN\\tTXT\\t\"v=spf1 .*[+]all']}]",
        ),
        template(
            "gone",
            "dns:\n  - name: 'gone.{{FQDN}}'\n    type: TXT\n    matchers: [{type: word, words: ['status: NXDOMAIN']}]",
        ),
        template(
            "away",
            "dns:\n  - name: 'other.test'\n    type: TXT\n    matchers: [{type: word, words: ['spf1']}]",
        ),
    ];
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut setting = setting(&["127.0.22.10:1".parse().unwrap()]);
    setting.scope.hosts.insert("shop.example".parse().unwrap());
    setting.resolver.servers = vec![dns.address()];
    let (found, _) = run(
        &set(&texts),
        &["http://shop.example:1".to_owned()],
        &setting,
    )
    .await;
    let mut ids: Vec<_> = found.iter().map(|one| one.template_id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["gone", "spf"]);
}
