//! Bus messages as listeners read them.
use serde::Serialize;
use wt_model::{RunId, TenantKey};
use wt_proto::{Message as _, event, subject::EventPayload};

use super::Topic;
use crate::rest::moment::Moment;

/// One thing that happened, for listeners of some topics of one organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct News {
    /// Whose it is.
    pub(crate) tenant: TenantKey,
    /// Who wants it.
    pub(crate) topics: Vec<Topic>,
    /// Event name, such as `run.changed`.
    pub(crate) name: &'static str,
    /// JSON.
    pub(crate) data: String,
}

#[derive(Serialize)]
struct RunChanged<'a> {
    run_id: &'a str,
    kind: &'a str,
    profile: &'a str,
    state: &'a str,
    previous: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    reason: &'a str,
    jobs: Jobs,
    cells: Cells,
    at: Option<Moment>,
    requested_by: &'a str,
}

#[derive(Serialize)]
struct Jobs {
    total: u32,
    done: u32,
    failed: u32,
}

#[derive(Serialize)]
struct Cells {
    planned: u64,
    settled: u64,
}

#[derive(Serialize)]
struct Progress<'a> {
    run_id: &'a str,
    job_id: &'a str,
    attempt: u32,
    cells_planned: u64,
    cells_settled: u64,
    stage: &'a str,
    host: &'a str,
    at: Option<Moment>,
}

#[derive(Serialize)]
struct Log<'a> {
    run_id: &'a str,
    job_id: &'a str,
    at: Option<Moment>,
    level: &'a str,
    line: &'a str,
}

#[derive(Serialize)]
struct ExposureChanged<'a> {
    id: &'a str,
    key: &'a str,
    r#type: &'a str,
    run_id: &'a str,
    at: Option<Moment>,
    title: &'a str,
    severity: &'a str,
    asset_id: &'a str,
    host: &'a str,
    port: u32,
    check_id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    reason: &'a str,
}

/// What listeners hear of one bus message; nothing of those they have no topic for.
pub(crate) fn read(tenant: TenantKey, envelope: &event::Envelope) -> Vec<News> {
    let payload = envelope.payload.as_slice();
    let read = match envelope.r#type.as_str() {
        event::RunChanged::TYPE => {
            event::RunChanged::decode(payload).map(|run| run_changed(tenant, &run))
        }
        event::ScanProgress::TYPE => {
            event::ScanProgress::decode(payload).map(|step| progress(tenant, &step))
        }
        event::ExposureChanged::TYPE => {
            event::ExposureChanged::decode(payload).map(|change| exposure_changed(tenant, &change))
        }
        _ => return Vec::new(),
    };
    read.unwrap_or_else(|error| {
        tracing::warn!(event.id = envelope.id, event.r#type = envelope.r#type, %error, "a bus message cannot be read");
        Vec::new()
    })
}

fn run_topic(run: &str) -> Vec<Topic> {
    run.parse::<RunId>().map(Topic::Run).into_iter().collect()
}

fn news(
    tenant: TenantKey,
    topics: Vec<Topic>,
    name: &'static str,
    data: &impl Serialize,
) -> Option<News> {
    let data = serde_json::to_string(data).ok()?;
    (!topics.is_empty()).then_some(News {
        tenant,
        topics,
        name,
        data,
    })
}

fn run_changed(tenant: TenantKey, run: &event::RunChanged) -> Vec<News> {
    let mut topics = run_topic(&run.run_id);
    topics.push(Topic::Changes);
    news(
        tenant,
        topics,
        "run.changed",
        &RunChanged {
            run_id: &run.run_id,
            kind: &run.kind,
            profile: &run.profile,
            state: &run.state,
            previous: &run.previous,
            reason: &run.reason,
            jobs: Jobs {
                total: run.jobs_total,
                done: run.jobs_done,
                failed: run.jobs_failed,
            },
            cells: Cells {
                planned: run.cells_planned,
                settled: run.cells_settled,
            },
            at: Moment::maybe(run.at.as_ref()),
            requested_by: &run.requested_by,
        },
    )
    .into_iter()
    .collect()
}

fn progress(tenant: TenantKey, step: &event::ScanProgress) -> Vec<News> {
    let topics = run_topic(&step.run_id);
    let mut all: Vec<News> = step
        .lines
        .iter()
        .filter_map(|line| {
            news(
                tenant,
                topics.clone(),
                "scan.log",
                &Log {
                    run_id: &step.run_id,
                    job_id: &step.job_id,
                    at: Moment::maybe(line.at.as_ref()),
                    level: &line.level,
                    line: &line.text,
                },
            )
        })
        .collect();
    all.extend(news(
        tenant,
        topics,
        "scan.progress",
        &Progress {
            run_id: &step.run_id,
            job_id: &step.job_id,
            attempt: step.attempt,
            cells_planned: step.cells_planned,
            cells_settled: step.cells_settled,
            stage: &step.stage,
            host: &step.host,
            at: Moment::maybe(step.at.as_ref()),
        },
    ));
    all
}

fn exposure_changed(tenant: TenantKey, change: &event::ExposureChanged) -> Vec<News> {
    let mut topics = run_topic(&change.run_id);
    topics.push(Topic::Changes);
    news(
        tenant,
        topics,
        "exposure.changed",
        &ExposureChanged {
            id: &change.event_id,
            key: &change.key,
            r#type: &change.r#type,
            run_id: &change.run_id,
            at: Moment::maybe(change.at.as_ref()),
            title: &change.title,
            severity: &change.severity,
            asset_id: &change.asset_id,
            host: &change.host,
            port: change.port,
            check_id: &change.check_id,
            reason: &change.reason,
        },
    )
    .into_iter()
    .collect()
}

#[cfg(test)]
mod tests {
    use wt_proto::{Message as _, event};

    use super::{Topic, read};

    const TENANT: &str = "org_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    const RUN: &str = "run_01ARZ3NDEKTSV4RRFFQ69G5FAV";

    fn heard(kind: &str, payload: Vec<u8>) -> Vec<super::News> {
        let envelope = event::Envelope {
            r#type: kind.to_owned(),
            payload,
            ..event::Envelope::default()
        };
        read(TENANT.parse().unwrap(), &envelope)
    }

    #[test]
    fn progress_reaches_only_those_who_watch_the_run() {
        let step = event::ScanProgress {
            run_id: RUN.to_owned(),
            lines: vec![event::LogLine {
                text: "\u{1b}[2J".to_owned(),
                ..event::LogLine::default()
            }],
            ..event::ScanProgress::default()
        };
        let news = heard("scan.progress", step.encode_to_vec());
        assert_eq!(news.len(), 2);
        for item in &news {
            assert_eq!(item.topics, [Topic::Run(RUN.parse().unwrap())]);
            assert!(!item.data.contains('\u{1b}') && !item.data.contains('\n'));
        }
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        assert!(heard("run.changed", vec![0xff]).is_empty());
        assert!(heard("tenant.member_added", Vec::new()).is_empty());
    }
}
