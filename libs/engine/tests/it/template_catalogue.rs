//! Every template of our own says yes to what it is for, and no to what only looks like it.
use std::{collections::BTreeMap, path::Path, sync::Arc};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinSet,
};
use wt_engine::template::TemplateSet;
use wt_model::Policy;
use wt_targets::{CertificateSpec, DnsAnswer, DnsQuestion, serve_https, serve_names};

use crate::{
    support::any_port,
    template_support::{Said, Site, run, setting},
};

const CASES: &str = include_str!("../../templates/cases.json");
/// The name that cases of names are about.
const NAME: &str = "shop.example";

/// Bytes as a case writes them: `{"text": …}` or `{"hex": …}`.
fn bytes(value: &Value) -> Vec<u8> {
    match value["text"].as_str() {
        Some(text) => text.as_bytes().to_vec(),
        None => hex::decode(value["hex"].as_str().unwrap_or_default()).expect("hex"),
    }
}

fn said(case: &Value) -> Said {
    let body = bytes(&case["body"]);
    let status = case
        .pointer("/status")
        .and_then(Value::as_u64)
        .unwrap_or_default();
    let mut said = Said {
        status: u16::try_from(status).unwrap_or_default(),
        headers: Vec::new(),
        body,
    };
    let headers = case.pointer("/headers").and_then(Value::as_object);
    for (name, value) in headers.into_iter().flatten() {
        said = said.with(name, value.as_str().unwrap_or_default());
    }
    said
}

/// Whether a template matches a server that says one thing at one path.
async fn matches_page(set: &TemplateSet, path: &str, said: Said) -> bool {
    let (path, said) = (path.to_owned(), Arc::new(said));
    let site = Site::serve("127.0.21.1", move |asked| {
        if asked.path == path {
            said.as_ref().clone()
        } else {
            Said::missing()
        }
    })
    .await;
    let (found, _) = run(set, &[site.url()], &setting(&[site.address])).await;
    !found.is_empty()
}

/// Whether it matches a service that greets, and gives its answers one after the other.
async fn matches_service(set: &TemplateSet, case: &Value) -> bool {
    let listener = TcpListener::bind(any_port("127.0.21.1"))
        .await
        .expect("a case as it should be, and a free port");
    let address = listener
        .local_addr()
        .expect("a case as it should be, and a free port");
    let greeting = bytes(&case["greeting"]);
    let answers: Vec<Vec<u8>> = case["answers"]
        .as_array()
        .expect("a case as it should be, and a free port")
        .iter()
        .map(bytes)
        .collect();
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        let mut talks = JoinSet::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let (greeting, answers) = (greeting.clone(), answers.clone());
            talks.spawn(async move {
                let mut heard = [0; 512];
                let _ = stream.write_all(&greeting).await;
                for answer in answers {
                    if !matches!(stream.read(&mut heard).await, Ok(1..)) {
                        return;
                    }
                    let _ = stream.write_all(&answer).await;
                }
                while matches!(stream.read(&mut heard).await, Ok(1..)) {}
            });
        }
    });
    let (found, _) = run(set, &[address.to_string()], &setting(&[address])).await;
    !found.is_empty()
}

/// Whether it matches a server with a certificate.
async fn matches_certificate(set: &TemplateSet, certificate: &Value) -> bool {
    let names = certificate["names"]
        .as_array()
        .expect("a case as it should be, and a free port")
        .iter();
    let names: Vec<&str> = names
        .map(|name| {
            name.as_str()
                .expect("a case as it should be, and a free port")
        })
        .collect();
    let valid = CertificateSpec::valid(&names);
    let days = time::Duration::days(
        certificate["days"]
            .as_i64()
            .expect("a case as it should be, and a free port"),
    );
    let spec = CertificateSpec {
        not_after: valid.not_before + days,
        ..valid
    };
    let site = wt_targets::Site::new([]);
    let target = serve_https(any_port("127.0.21.1"), site, &spec)
        .await
        .expect("a case as it should be, and a free port");
    let (found, _) = run(
        set,
        &[target.address().to_string()],
        &setting(&[target.address()]),
    )
    .await;
    !found.is_empty()
}

/// Whether it matches a name with these addresses, or with them any name below it.
async fn matches_name(set: &TemplateSet, case: &Value) -> bool {
    let addresses = case["addresses"]
        .as_array()
        .expect("a case as it should be, and a free port")
        .iter();
    let addresses: Vec<_> = addresses
        .map(|a| {
            a.as_str()
                .expect("a case as it should be, and a free port")
                .parse()
                .expect("a case as it should be, and a free port")
        })
        .collect();
    let any_name = case["any_name"].as_bool().unwrap_or_default();
    let server = serve_names(any_port("127.0.21.1"), move |name, question| {
        match (question, name == NAME || any_name) {
            (DnsQuestion::A, true) => DnsAnswer::Addresses(addresses.clone()),
            _ => DnsAnswer::NoSuchName,
        }
    })
    .await
    .expect("a case as it should be, and a free port");
    let mut setting = setting(&["127.0.21.1:1"
        .parse()
        .expect("a case as it should be, and a free port")]);
    setting.scope.hosts.insert(
        NAME.parse()
            .expect("a case as it should be, and a free port"),
    );
    setting.resolver.servers = vec![server.address()];
    let (found, _) = run(set, &[format!("http://{NAME}:1")], &setting).await;
    !found.is_empty()
}

/// Whether a template matches what a case says, at the server the case is about.
async fn matches(set: &TemplateSet, whole: &Value, case: &Value) -> bool {
    if let Some(path) = whole["path"].as_str() {
        matches_page(set, path, said(case)).await
    } else if whole["certificate"].is_object() {
        matches_certificate(set, &case["certificate"]).await
    } else if whole["addresses"].is_array() {
        matches_name(set, case).await
    } else {
        matches_service(set, case).await
    }
}

#[test]
fn the_catalogue_is_whole() {
    let set = TemplateSet::builtin();
    assert!(set.refused.is_empty(), "{:?}", set.refused);
    assert!(set.templates.len() >= 120, "{}", set.templates.len());
    let cases: BTreeMap<String, Value> = serde_json::from_str(CASES).unwrap();
    for loaded in &set.templates {
        let info = &loaded.template.info;
        assert!(
            cases.contains_key(&loaded.template.id),
            "{} has no case",
            loaded.path
        );
        assert!(
            !info.description.is_empty() && !info.remediation.is_empty(),
            "{}",
            loaded.path
        );
        assert!(
            info.references
                .iter()
                .all(|url| url.starts_with("https://")),
            "{}",
            loaded.path
        );
        assert!(
            !info.references.is_empty() && !info.cwe.is_empty(),
            "{}",
            loaded.path
        );
        assert!(loaded.template.policy <= Policy::Safe, "{}", loaded.path);
    }
    assert_eq!(cases.len(), set.templates.len());
}

#[tokio::test]
async fn every_template_matches_its_case_and_not_its_near_miss() {
    let cases: BTreeMap<String, Value> = serde_json::from_str(CASES).unwrap();
    let mut wrong = Vec::new();
    for loaded in &TemplateSet::builtin().templates {
        let id = &loaded.template.id;
        let case = &cases[id];
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("templates")
            .join(&loaded.path);
        let set = TemplateSet::open(&file, None).unwrap();
        for (answer, is_expected) in [(case, true), (&case["near"], false)] {
            if matches(&set, case, answer).await != is_expected {
                wrong.push(format!("{id}: expected {is_expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
