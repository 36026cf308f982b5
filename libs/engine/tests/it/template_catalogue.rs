//! Every template of our own says yes to what it is for, and no to what only looks like it.
use std::{collections::BTreeMap, path::Path, sync::Arc};

use serde_json::Value;
use wt_engine::template::TemplateSet;
use wt_model::Policy;

use crate::template_support::{Said, Site, run, setting};

const CASES: &str = include_str!("../../templates/cases.json");

fn said(case: &Value) -> Said {
    let text = |pointer: &str| case.pointer(pointer).and_then(Value::as_str);
    let body = match text("/body/text") {
        Some(text) => text.as_bytes().to_vec(),
        None => hex::decode(text("/body/hex").unwrap_or_default()).unwrap_or_default(),
    };
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

/// A server that says one thing at one path.
async fn serve(path: &str, said: Said) -> Site {
    let (path, said) = (path.to_owned(), Arc::new(said));
    Site::serve("127.0.21.1", move |asked| {
        if asked.path == path {
            said.as_ref().clone()
        } else {
            Said::missing()
        }
    })
    .await
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
        let path = case["path"].as_str().unwrap();
        for (answer, is_expected) in [(case, true), (&case["near"], false)] {
            let site = serve(path, said(answer)).await;
            let (found, _) = run(&set, &[site.url()], &setting(&[site.address])).await;
            if found.is_empty() == is_expected {
                wrong.push(format!("{id}: expected {is_expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
