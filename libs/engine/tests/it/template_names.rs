//! Templates that ask name servers, as checks of a job: what is said of a name, and by whom.
use std::{collections::BTreeMap, sync::Arc};

use wt_engine::{
    EngineConfig,
    template::{TemplateChecks, TemplateSet},
};
use wt_exposure::{AbsentReason, CheckRef, Control, InconclusiveReason, NAME_PORT, Settled};
use wt_model::Policy;
use wt_targets::{DnsAnswer, DnsQuestion};

use crate::{
    name_support::{NAME, change, name_job, of_name, serve, text, undecided},
    support::{config, known, run_with},
};

const VERIFIES: &str = r"
id: txt-verifies
info: {name: Verifies a service, severity: info, author: tests}
dns:
  - name: '{{FQDN}}'
    type: TXT
    matchers:
      - type: word
        part: answer
        words: ['verification=']
    extractors: [{type: regex, name: service, part: answer, regex: ['[a-z]+-verification=']}]
";
const CHECK: &str = "dns.txt-verifies";

fn checks() -> Arc<TemplateChecks> {
    let files: BTreeMap<String, Vec<u8>> =
        [("txt.yaml".to_owned(), VERIFIES.as_bytes().to_vec())].into();
    let checks = TemplateChecks::new(vec![TemplateSet::from_files(&files)]).expect("few enough");
    assert_eq!(checks.left_out(), []);
    Arc::new(checks)
}

fn reference() -> CheckRef {
    let all = checks().references(Policy::Passive);
    let [only] = all.as_slice() else {
        panic!("{all:?}");
    };
    assert_eq!(only.id, CHECK, "whoever counts cells tells by the id");
    only.clone()
}

/// How the template's cell settles, known to be there, when TXT records are so.
async fn settles(ip: &str, of_txt: DnsAnswer) -> (Settled, usize) {
    settles_when(ip, move |name, question| {
        ((name, question) == (NAME, DnsQuestion::Txt)).then(|| of_txt.clone())
    })
    .await
}

async fn settles_when(
    ip: &str,
    answer: impl Fn(&str, DnsQuestion) -> Option<DnsAnswer> + Send + Sync + 'static,
) -> (Settled, usize) {
    let server = serve(ip, change(answer)).await;
    let setting = EngineConfig {
        templates: checks(),
        ..config(&["127.0.0.0/8"], Some(server.address()))
    };
    let mut job = name_job(server.address(), &[]);
    job.checks = vec![reference()];
    job.known = [known(NAME, NAME_PORT, CHECK)].into();
    let report = run_with(setting, &job).await;
    for seen in &report.observations {
        assert_eq!(
            (seen.check.id.as_str(), seen.discriminator.as_str()),
            (CHECK, "service")
        );
        assert_eq!((seen.subject.port, &*seen.subject.host), (NAME_PORT, NAME));
        let said = String::from_utf8_lossy(&seen.evidence.response);
        assert!(said.contains("shop-verification=1"), "{said}");
        assert!(seen.evidence.matched.contains(&NAME.to_owned()));
    }
    (of_name(&report, CHECK), report.observations.len())
}

#[tokio::test]
async fn what_name_servers_say_is_told_and_gone_when_they_say_otherwise() {
    let there = settles("127.0.33.1", text("shop-verification=1")).await;
    assert_eq!(there, (Settled::Present, 1));
    let gone = |control, reason| Settled::Absent {
        control,
        reason,
        confirmed: true,
    };
    let other = settles("127.0.33.2", text("something else")).await;
    let otherwise = gone(Control::NameAnswered, AbsentReason::NotThere);
    assert_eq!(other, (otherwise, 0));
    // Not even the name is there any more, by the word of its zone's own server.
    let nowhere = settles_when("127.0.33.3", |name, question| match (name, question) {
        (NAME, _) => Some(DnsAnswer::NoSuchName),
        ("example", DnsQuestion::Ns) => {
            Some(DnsAnswer::Servers(vec!["ns1.shop.example".to_owned()]))
        }
        _ => None,
    })
    .await;
    let name_gone = gone(Control::ZoneAnswered, AbsentReason::NameGone);
    assert_eq!(nowhere, (name_gone, 0));
}

#[tokio::test]
async fn servers_that_fail_refuse_or_are_silent_prove_nothing() {
    let failed = undecided(InconclusiveReason::DnsServfail);
    for (ip, answer) in [
        ("127.0.33.4", DnsAnswer::ServFail),
        ("127.0.33.5", DnsAnswer::Refused),
        ("127.0.33.6", DnsAnswer::Silence),
    ] {
        let settled = settles(ip, answer).await;
        assert_eq!(settled, (failed.clone(), 0), "{ip}");
    }
}
