//! What a dead letter says of itself to the platform's staff, and whether it may be sent again.

use wt_model::{Pool, PoolId};
use wt_proto::{
    Message, event, scan,
    stream::{CONSUMERS, SCAN_JOBS, pool_consumer_name},
    subject::scan_requested,
};

/// A name and what it stands for.
pub(crate) type Fact = (&'static str, String);

/// Whether the consumer that gave a letter up reads the subject the letter claims to be from. A
/// private pool's machine may bury messages and write on them what it likes: sent again as it
/// claims, its word would become anybody's.
pub(crate) fn may_redrive(stream: &str, consumer: &str, subject: &str) -> bool {
    if let Some(known) = CONSUMERS.iter().find(|known| known.name == consumer) {
        return known.stream.name == stream
            && known.subjects.iter().any(|filter| covers(filter, subject));
    }
    pool_of(consumer).is_some_and(|pool| {
        stream == SCAN_JOBS.name && subject == scan_requested(Pool::Private(pool))
    })
}

/// Whether the platform's own services gave the letter up: what it says of whose it is, is true.
pub(crate) fn is_of_platform(consumer: &str) -> bool {
    CONSUMERS.iter().any(|known| known.name == consumer)
}

/// The private pool whose workers a consumer is.
fn pool_of(consumer: &str) -> Option<PoolId> {
    let (_, id) = consumer.rsplit_once('-')?;
    let id: PoolId = id.parse().ok()?;
    (pool_consumer_name(id) == consumer).then_some(id)
}

/// Whether a subject is one a filter such as `exposure.*.*` wants.
fn covers(filter: &str, subject: &str) -> bool {
    let (mut wanted, mut found) = (filter.split('.'), subject.split('.'));
    loop {
        match (wanted.next(), found.next()) {
            (None, None) | (Some(">"), Some(_)) => return true,
            (Some("*"), Some(token)) if !token.is_empty() => {}
            (Some(token), Some(other)) if token == other => {}
            _ => return false,
        }
    }
}

/// Ids, states and numbers of a payload. What it holds beside them, such as addresses, names and
/// links of mails, is an organization's own; of an unknown type nothing is said.
pub(crate) fn facts(kind: &str, payload: &[u8]) -> Vec<Fact> {
    read(kind, payload)
        .unwrap_or_default()
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

fn read(kind: &str, payload: &[u8]) -> Option<Vec<Fact>> {
    Some(match kind {
        "scan.requested" => return job(payload),
        "scan.completed" => {
            let said = event::ScanCompleted::decode(payload).ok()?;
            let mut facts = of_job(said.job_id, said.run_id, said.attempt);
            facts.push(("worker", said.worker_id));
            facts.push(("observations", said.observations.to_string()));
            facts
        }
        "scan.failed" => {
            let said = event::ScanFailed::decode(payload).ok()?;
            let mut facts = of_job(said.job_id, said.run_id, said.attempt);
            facts.push(("worker", said.worker_id));
            facts.push(("code", said.code));
            facts
        }
        "scan.cancelled" => {
            let said = event::ScanCancelled::decode(payload).ok()?;
            of_job(said.job_id, said.run_id, said.attempt)
        }
        "scan.accepted" => {
            let said = event::ScanAccepted::decode(payload).ok()?;
            let mut facts = of_job(said.job_id, said.run_id, said.attempt);
            facts.push(("result", said.artifact_sha256));
            facts.push(("result bytes", said.artifact_bytes.to_string()));
            facts
        }
        "scan.applied" => {
            let said = event::ScanApplied::decode(payload).ok()?;
            let mut facts = of_job(said.job_id, said.run_id, said.attempt);
            facts.push(("applied", said.applied.to_string()));
            facts.push(("code", said.code));
            facts
        }
        "run.changed" => {
            let said = event::RunChanged::decode(payload).ok()?;
            vec![
                ("run", said.run_id),
                ("state", said.state),
                ("before", said.previous),
            ]
        }
        "exposure.changed" => {
            let said = event::ExposureChanged::decode(payload).ok()?;
            vec![
                ("event", said.event_id),
                ("exposure", said.key),
                ("type", said.r#type),
                ("run", said.run_id),
            ]
        }
        _ => return of_domain(kind, payload),
    })
}

fn of_job(job_id: String, run_id: String, attempt: u32) -> Vec<Fact> {
    vec![
        ("job", job_id),
        ("run", run_id),
        ("attempt", attempt.to_string()),
    ]
}

fn of_domain(kind: &str, payload: &[u8]) -> Option<Vec<Fact>> {
    Some(match kind {
        "asset.added" => vec![("asset", event::AssetAdded::decode(payload).ok()?.asset_id)],
        "asset.archived" => vec![(
            "asset",
            event::AssetArchived::decode(payload).ok()?.asset_id,
        )],
        "authorization.revoked" => {
            let said = event::AuthorizationRevoked::decode(payload).ok()?;
            vec![
                ("asset", said.asset_id),
                ("authorization", said.authorization_id),
            ]
        }
        "audit.recorded" => {
            let said = event::AuditRecorded::decode(payload).ok()?;
            vec![
                ("service", said.service),
                ("action", said.action),
                ("actor", said.actor),
            ]
        }
        "report.requested" => {
            let said = event::ReportRequested::decode(payload).ok()?;
            vec![("report", said.report_id), ("run", said.run_id)]
        }
        "report.ready" => {
            let said = event::ReportReady::decode(payload).ok()?;
            vec![("report", said.report_id), ("state", said.state)]
        }
        // Its link signs somebody in.
        "tenant.mail" => vec![("mail", event::TenantMail::decode(payload).ok()?.kind)],
        _ => return None,
    })
}

/// A signed job as facts; what it may touch is its organization's own.
fn job(payload: &[u8]) -> Option<Vec<Fact>> {
    let signed = scan::JobEnvelope::decode(payload).ok()?;
    let job = scan::Job::decode(signed.payload.as_slice()).ok()?;
    let signers: Vec<String> = signed
        .signatures
        .into_iter()
        .map(|one| one.key_id)
        .collect();
    let ends = job.not_after.map(|at| at.to_string()).unwrap_or_default();
    Some(vec![
        ("job", job.job_id),
        ("run", job.run_id),
        ("kind", job.kind),
        ("profile", job.profile),
        ("policy", job.policy),
        ("pool", job.pool),
        ("hosts", job.targets.len().to_string()),
        ("checks", job.checks.len().to_string()),
        ("proofs", job.authorization_ids.len().to_string()),
        ("attempts at most", job.attempt_ceiling.to_string()),
        ("may be run until", ends),
        ("signed by", signers.join(", ")),
    ])
}

#[cfg(test)]
mod tests {
    use wt_proto::{Message, event, scan, stream::CONSUMERS};

    use super::{covers, facts, may_redrive};

    const POOL: &str = "pol_01ARZ3NDEKTSV4RRFFQ69G5FAV";

    #[test]
    fn a_letter_goes_only_where_its_consumer_reads() {
        for consumer in CONSUMERS {
            for subject in consumer.subjects {
                let example = subject.replace('*', "x");
                assert!(may_redrive(consumer.stream.name, consumer.name, &example));
            }
            assert!(!may_redrive("DLQ", consumer.name, consumer.subjects[0]));
        }
        let workers = format!("scan-workers-{POOL}");
        let own = format!("scan.requested.{POOL}");
        assert!(may_redrive("SCAN_JOBS", &workers, &own));
        for claimed in [
            "scan.completed",
            "scan.requested.shared",
            "scan.requested.*",
            "",
        ] {
            assert!(!may_redrive("SCAN_JOBS", &workers, claimed), "{claimed}");
        }
        assert!(!may_redrive("SCAN_EVENTS", &workers, &own));
        assert!(!may_redrive("SCAN_JOBS", &format!("others-{POOL}"), &own));
    }

    #[test]
    fn filters_cover_whole_subjects() {
        assert!(covers("exposure.*.*", "exposure.NEW.org_1"));
        assert!(covers("dlq.>", "dlq.A.b"));
        for (filter, subject) in [
            ("exposure.*.*", "exposure.NEW"),
            ("exposure.*.*", "exposure.NEW.org.more"),
            ("exposure.*.*", "exposure..org"),
            ("dlq.>", "dlq"),
            ("scan.completed", "scan.completed.x"),
        ] {
            assert!(!covers(filter, subject), "{filter} {subject}");
        }
    }

    #[test]
    fn a_mail_keeps_its_link_and_a_job_its_hosts() {
        let mail = event::TenantMail {
            kind: "reset_password".to_owned(),
            recipient: "ann@example.com".to_owned(),
            link: "/reset-password#token=secret".to_owned(),
            ..Default::default()
        };
        let said = facts("tenant.mail", &mail.encode_to_vec());
        assert_eq!(said, [("mail", "reset_password".to_owned())]);

        let job = scan::Job {
            job_id: "job_1".to_owned(),
            targets: vec![scan::Target {
                host: "www.example.com".to_owned(),
                ..Default::default()
            }],
            ..Default::default()
        };
        let signed = scan::JobEnvelope {
            payload: job.encode_to_vec(),
            signatures: vec![scan::JobSignature {
                key_id: "k1".to_owned(),
                signature: vec![7; 64],
            }],
            ..Default::default()
        };
        let said = facts("scan.requested", &signed.encode_to_vec());
        assert!(said.contains(&("job", "job_1".to_owned())));
        assert!(said.contains(&("hosts", "1".to_owned())));
        assert!(said.contains(&("signed by", "k1".to_owned())));
        assert!(!format!("{said:?}").contains("example.com"));
        // What can't be read says nothing.
        assert!(facts("scan.requested", b"\xff\xff").is_empty());
        assert!(facts("of.tomorrow", b"").is_empty());
    }
}
