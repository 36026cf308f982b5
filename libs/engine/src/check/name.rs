//! Judging what name servers say of a name.
use sha2::{Digest, Sha256};
use wt_exposure::{Control, Evidence, InconclusiveReason};
use wt_model::Severity;

use super::{
    Check, Finding, Rule, Verdict,
    judge::{EVIDENCE_BYTES_MAX, unanswered},
    takeover::service_of,
};
use crate::probe::{NameAsk, NameFacts, Probed, SPF_LOOKUPS_MAX, Told, Transcript};

/// What a check looks at in the answers about a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameRule {
    Dangling,
    SpfMissing,
    SpfPassesAll,
    SpfTooManyLookups,
    DmarcMissing,
    DmarcNone,
    CaaMissing,
    Transfer,
}

/// Something found: its finding without evidence yet.
type Found = Finding;

/// The questions a check needs answered; none when it is not about names.
pub(crate) fn name_ask(check: &Check) -> Option<NameAsk> {
    let Rule::Name(rule) = &check.rule else {
        return None;
    };
    Some(match rule {
        NameRule::Dangling => NameAsk::Alias,
        NameRule::SpfMissing | NameRule::SpfPassesAll | NameRule::SpfTooManyLookups => NameAsk::Spf,
        NameRule::DmarcMissing | NameRule::DmarcNone => NameAsk::Dmarc,
        NameRule::CaaMissing => NameAsk::Caa,
        NameRule::Transfer => NameAsk::Transfer,
    })
}

/// Judges a name by one check.
pub(crate) fn judge_name(check: &Check, facts: &NameFacts) -> Verdict {
    let Rule::Name(rule) = &check.rule else {
        return Verdict::Inconclusive(InconclusiveReason::EngineError);
    };
    match rule {
        NameRule::Dangling => told(&facts.alias, |alias| {
            let end = alias.chain.last().filter(|_| alias.is_end_gone);
            Ok(end.map(|end| dangling(check, end)).into_iter().collect())
        }),
        NameRule::SpfMissing => told(&facts.spf, |spf| {
            let is_missing = spf.is_for_mail && spf.records != 1;
            let how = match spf.records {
                0 => "no v=spf1 record".to_owned(),
                several => format!("{several} v=spf1 records"),
            };
            Ok(found_if(check, is_missing, how))
        }),
        NameRule::SpfPassesAll => told(&facts.spf, |spf| {
            if spf.passes_all || spf.is_whole {
                Ok(found_if(check, spf.passes_all, "+all".to_owned()))
            } else {
                Err(InconclusiveReason::DnsServfail)
            }
        }),
        NameRule::SpfTooManyLookups => told(&facts.spf, |spf| {
            let are_too_many = spf.lookups > SPF_LOOKUPS_MAX;
            if are_too_many || spf.is_whole {
                let how = format!("{} lookups or more", spf.lookups);
                Ok(found_if(check, are_too_many, how))
            } else {
                Err(InconclusiveReason::DnsServfail)
            }
        }),
        NameRule::DmarcMissing => told(&facts.dmarc, |dmarc| {
            let is_missing = dmarc.is_for_mail && dmarc.policy.is_none();
            Ok(found_if(check, is_missing, "no v=DMARC1 record".to_owned()))
        }),
        NameRule::DmarcNone => told(&facts.dmarc, |dmarc| {
            let none = dmarc.policy.iter().filter(|(policy, _)| policy == "none");
            Ok(none
                .map(|(_, at)| finding(check, format!("policy none at _dmarc.{at}")))
                .collect())
        }),
        NameRule::CaaMissing => told(&facts.caa, |has_caa| {
            Ok(found_if(check, !has_caa, "no CAA record".to_owned()))
        }),
        NameRule::Transfer => told(&facts.transfer, |servers| {
            let each = servers.iter().map(|server| {
                let server = crate::text::line(server);
                finding(check, format!("zone given by {server}"))
                    .with("server", server.clone())
                    .told_apart_by(server)
            });
            Ok(each.collect())
        }),
    }
}

/// What facts that were told come to: what was found, or that all is well.
fn told<T>(
    facts: &Probed<Told<T>>,
    find: impl Fn(&T) -> Result<Vec<Found>, InconclusiveReason>,
) -> Verdict {
    let told = match facts {
        Probed::Facts(told) => told,
        other => return unanswered(other),
    };
    match find(&told.facts) {
        Err(reason) => Verdict::Inconclusive(reason),
        Ok(found) if found.is_empty() => Verdict::Absent(Control::NameAnswered),
        Ok(mut found) => {
            for finding in &mut found {
                let matched = std::mem::take(&mut finding.evidence.matched);
                finding.evidence = evidence(&told.transcript, matched);
            }
            Verdict::Present(found)
        }
    }
}

fn found_if(check: &Check, condition: bool, matched: String) -> Vec<Found> {
    condition
        .then(|| finding(check, matched))
        .into_iter()
        .collect()
}

fn finding(check: &Check, matched: String) -> Found {
    let evidence = Evidence {
        matched: vec![matched],
        ..Evidence::default()
    };
    Finding::new(check.title.to_owned(), evidence)
}

/// An alias of nothing is worse where anybody can create what it names.
fn dangling(check: &Check, end: &str) -> Found {
    let end = crate::text::line(end);
    let mut finding = finding(check, format!("CNAME {end}: no such name"));
    if let Some(service) = service_of(&end).filter(|service| service.is_free_when_gone) {
        finding.severity = Some(Severity::High);
        finding = finding.with("service", service.name);
    }
    finding.with("target", end)
}

fn evidence(transcript: &Transcript, matched: Vec<String>) -> Evidence {
    let answered = transcript.answered.as_bytes();
    let kept = answered.get(..EVIDENCE_BYTES_MAX).unwrap_or(answered);
    Evidence {
        address: None,
        request: transcript.asked.clone().into_bytes(),
        response: kept.to_vec(),
        response_sha256: hex::encode(Sha256::digest(answered)),
        certificate: None,
        matched,
        elapsed_ms: transcript.elapsed_ms,
    }
}
