//! Compares two runs.
use axum::Json;
use serde::Serialize;
use utoipa::{
    ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{ObjectBuilder, Type},
    },
};
use wt_model::{RunId, RunState};
use wt_proto::{results as wire, scan::GetRunRequest};

use crate::rest::{
    access::{ExposuresRead, May},
    extract::{Params, Segments},
    page::{PageQuery, next_cursor},
    problem::Problem,
};

/// What the later of two runs saw beside the earlier one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunComparison {
    /// Whether both looked at the same in the same way.
    comparable: bool,
    /// What stands against it.
    reasons: Vec<NotComparable>,
    /// Exposures that either of them saw.
    counts: ComparedCounts,
    /// Worst first; those that are the same are counted only.
    items: Vec<ComparedExposure>,
    /// Where the next page starts; null on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
    /// The two in the order of their numbers, whichever was named first: `run_…`
    earlier: String,
    /// `run_…`
    later: String,
}

/// What stands against comparing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NotComparable {
    /// Permanent: `scope_differed`, `profile_differed`, `checks_differed`, `incomplete`,
    /// `nothing_settled` or `results_gone`; with the last two nothing is compared.
    code: String,
    /// A sentence for people.
    says: String,
}

/// Exposures that either run saw.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ComparedCounts {
    /// Seen by the later alone, where the earlier had looked and seen nothing.
    new: u64,
    /// Seen by the earlier alone, where the later had looked and seen it gone.
    gone: u64,
    /// Seen by both, not the same.
    changed: u64,
    /// Seen by both as it was.
    same: u64,
    /// Seen by one, and not settled by the other: nothing is known.
    not_compared: u64,
}

/// One exposure that the runs do not agree on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ComparedExposure {
    /// Its key.
    exposure_key: String,
    /// What is exposed, as the later run that saw it says.
    title: String,
    /// How bad.
    #[schema(schema_with = crate::rest::words::severity)]
    severity: String,
    /// Where, for people: `www.example.com:443/tcp`.
    subject: String,
    /// Where: the asset.
    asset_id: String,
    /// Where: name or address.
    host: String,
    /// Where: port.
    port: u32,
    /// What saw it.
    check_id: String,
    /// What became of it.
    #[schema(schema_with = what)]
    what: String,
    /// Of `changed`: what is not the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    changed_fields: Vec<String>,
    /// Of `not_compared`: why, as a sentence.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    reason: String,
}

fn what() -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(["new", "gone", "changed", "not_compared"]))
        .into()
}

/// What the later of two runs saw beside the earlier one. What a run did not settle is never gone.
///
/// Also needs `runs:read`.
#[utoipa::path(get, path = "/scans/{run_id}/compare/{other}", tag = "scans",
    params(("run_id" = String, Path, description = "run (`run_…`)"),
        ("other" = String, Path, description = "run (`run_…`)"), PageQuery),
    responses((status = 200, description = "a page of what differs", body = RunComparison)),
    extensions(("x-permission" = json!("exposures:read"))))]
pub(crate) async fn compare_scans(
    caller: May<ExposuresRead>,
    Segments(run, other): Segments<RunId, RunId>,
    Params(page): Params<PageQuery>,
) -> Result<Json<RunComparison>, Problem> {
    let (run_id, other_run_id) = (run.to_string(), other.to_string());
    // The results service knows of a run what it settled: whether there is one and whether it got
    // to its end, the orchestrator says.
    let mut unfinished = Vec::new();
    for run_id in [&run_id, &other_run_id] {
        let run_id = run_id.clone();
        let answer = caller.scans()?.get_run(GetRunRequest { run_id }).await?;
        let run = answer.into_inner().run;
        let run = run.ok_or_else(|| Problem::broken_answer("get_run.run"))?;
        if run.state != RunState::Completed.as_str() {
            unfinished.push(format!("run #{} is {}", run.seq, run.state));
        }
    }
    let request = wire::CompareRunsRequest {
        page: Some(page.into()),
        run_id,
        other_run_id,
    };
    let answer = caller.results()?.compare_runs(request).await?.into_inner();
    let mut comparison = RunComparison::try_from(answer)?;
    if !unfinished.is_empty() {
        unfinished.dedup();
        comparison.comparable = false;
        comparison.reasons.push(NotComparable {
            code: "incomplete".to_owned(),
            says: format!("not everything was looked at: {}", unfinished.join(", ")),
        });
    }
    Ok(Json(comparison))
}

impl TryFrom<wire::CompareRunsResponse> for RunComparison {
    type Error = Problem;

    fn try_from(answer: wire::CompareRunsResponse) -> Result<Self, Problem> {
        let counts = answer
            .counts
            .ok_or_else(|| Problem::broken_answer("compare_runs.counts"))?;
        let reasons = answer.reasons.into_iter().map(|reason| NotComparable {
            code: reason.code,
            says: reason.says,
        });
        Ok(Self {
            comparable: answer.comparable,
            reasons: reasons.collect(),
            counts: ComparedCounts {
                new: counts.new,
                gone: counts.gone,
                changed: counts.changed,
                same: counts.same,
                not_compared: counts.not_compared,
            },
            items: answer.items.into_iter().map(Into::into).collect(),
            next_cursor: next_cursor(answer.next_cursor),
            earlier: answer.earlier_run_id,
            later: answer.later_run_id,
        })
    }
}

impl From<wire::ComparedExposure> for ComparedExposure {
    fn from(item: wire::ComparedExposure) -> Self {
        Self {
            // Port 0 is the name itself.
            subject: if item.port == 0 {
                item.host.clone()
            } else {
                format!("{}:{}/{}", item.host, item.port, item.transport)
            },
            exposure_key: item.exposure_key,
            title: item.title,
            severity: item.severity,
            asset_id: item.asset_id,
            host: item.host,
            port: item.port,
            check_id: item.check_id,
            what: item.what,
            changed_fields: item.changed_fields,
            reason: item.reason,
        }
    }
}
