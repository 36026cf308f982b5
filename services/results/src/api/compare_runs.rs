//! What one run saw beside another, from the payloads both left and the cells both settled.
//!
//! An exposure that is seen as it is known leaves no row, so what a run saw is only in its stored
//! payloads; they are read as a replay reads them, under bounds.
use std::collections::BTreeMap;

use prost::Message as _;
use time::OffsetDateTime;
use wt_artifacts::{ArtifactFault, ArtifactKey};
use wt_auth::may;
use wt_exposure::ExposureKey;
use wt_model::{Permission, Principal, RunId, TenantKey};
use wt_pg::{Cursor, Page, PgFault, TenantTx};
use wt_proto::results;

use super::Api;
use crate::{
    domain::compare::{Sighting, What, Which, of_both, of_one, reasons, seen_in},
    error::ResultsFault,
    events::scan_accepted::{ARTIFACT_BYTES_MAX, unpack},
    store::{self, compare::ResultRow},
    wire,
};

const LIST: &str = "comparison";
/// Most jobs of a run, and most stored bytes of both runs, that are read for an answer: a /16 is
/// fewer jobs, and a first look at 100,000 exposures a tenth of the bytes.
const JOBS_MAX: usize = 2_000;
const BYTES_MAX: i64 = 256 << 20;

/// What a run saw, by exposure.
type Seen = BTreeMap<ExposureKey, Sighting>;

/// One of the two runs.
struct Run {
    id: String,
    seq: i64,
    profile: String,
    results: Vec<ResultRow>,
}

/// One exposure and what became of it.
struct Item {
    key: ExposureKey,
    seen: Sighting,
    what: What,
    by: Which,
}

pub(super) async fn compare_runs(
    api: &Api,
    principal: &Principal,
    request: results::CompareRunsRequest,
) -> Result<results::CompareRunsResponse, ResultsFault> {
    may(principal, Permission::ExposuresRead)?;
    let question = request.encode_to_vec();
    api.comparisons
        .get(principal, question, || compared(api, principal, request))
        .await
}

async fn compared(
    api: &Api,
    principal: &Principal,
    request: results::CompareRunsRequest,
) -> Result<results::CompareRunsResponse, ResultsFault> {
    let run = wire::word::<RunId>("run_id", &request.run_id)?.to_string();
    let other = wire::word::<RunId>("other_run_id", &request.other_run_id)?.to_string();
    let page = Page::read(LIST, request.page.as_ref())?;
    let after = page.after().map(position).transpose()?;
    let mut tx = api.pool.begin_read(principal, "compare_runs").await?;
    let tenant = tx.tenant_key();
    let mut runs = [find(&mut tx, run).await?, find(&mut tx, other).await?];
    tx.commit().await?;
    runs.sort_by_key(|run| run.seq);
    let [earlier, later] = runs;
    let mut answer = results::CompareRunsResponse {
        earlier_run_id: earlier.id.clone(),
        later_run_id: later.id.clone(),
        counts: Some(results::ComparedCounts::default()),
        ..Default::default()
    };
    if earlier.results.is_empty() || later.results.is_empty() {
        let says = "nothing settled: a run of which nothing was kept says nothing";
        answer.reasons.push(reason("nothing_settled", says));
        return Ok(answer);
    }
    let bytes = earlier.results.iter().chain(&later.results);
    if bytes.map(|row| row.artifact_bytes).sum::<i64>() > BYTES_MAX {
        return Err(ResultsFault::ComparisonTooLarge);
    }
    let (Some(before), Some(after_it)) = (
        seen(api, tenant, &earlier).await?,
        seen(api, tenant, &later).await?,
    ) else {
        let says = gone(api, principal).await?;
        answer.reasons.push(reason("results_gone", &says));
        return Ok(answer);
    };
    let mut tx = api.pool.begin_read(principal, "compare_runs_cells").await?;
    let jobs =
        |run: &Run| -> Vec<String> { run.results.iter().map(|r| r.job_id.clone()).collect() };
    let scope = store::compare::scope(&mut tx, &jobs(&earlier), &jobs(&later)).await?;
    let profiles = (earlier.profile.as_str(), later.profile.as_str());
    let against = reasons(&scope, profiles);
    answer.reasons = against
        .iter()
        .map(|(code, says)| reason(code, says))
        .collect();
    answer.comparable = answer.reasons.is_empty();
    let mut items = differences(&mut tx, [&earlier, &later], before, after_it).await?;
    tx.commit().await?;
    answer.counts = Some(counts(&items));
    items.retain(|item| item.what != What::Same);
    items.sort_by(|one, other| order(one).cmp(&order(other)));
    let rest = items.into_iter().skip_while(|item| {
        after
            .as_ref()
            .is_some_and(|(rank, key)| order(item) <= (-rank, key.as_str()))
    });
    let rows: Vec<Item> = rest.take(page.limit().as_usize() + 1).collect();
    let (rows, next_cursor) = page.cut(rows, |item: &Item| {
        let id = format!("{}:{}", item.seen.severity.rank(), item.key);
        Cursor::new(LIST, OffsetDateTime::UNIX_EPOCH, &id)
    });
    let runs = (&answer.earlier_run_id, &answer.later_run_id);
    answer.items = rows.into_iter().map(|item| shown(item, runs)).collect();
    answer.next_cursor = next_cursor;
    Ok(answer)
}

/// Why the stored results of a run are not there, and since when the plan keeps them.
async fn gone(api: &Api, principal: &Principal) -> Result<String, ResultsFault> {
    let mut tx = api.pool.begin_read(principal, "kept_since").await?;
    let since = store::retention::kept_since(&mut tx).await?;
    tx.commit().await?;
    let says = "the stored results of a run are not kept any more";
    Ok(match since {
        Some(since) => format!("{says}: kept since {} by the plan", since.date()),
        None => says.to_owned(),
    })
}

/// Worst first.
fn order(item: &Item) -> (i16, &str) {
    (-item.seen.severity.rank(), item.key.as_str())
}

fn position(cursor: &Cursor) -> Result<(i16, String), PgFault> {
    let (_, id) = cursor.position();
    let (rank, key) = id.split_once(':').ok_or(PgFault::Cursor)?;
    let rank = rank.parse().map_err(|_| PgFault::Cursor)?;
    Ok((rank, key.to_owned()))
}

fn reason(code: &str, says: &str) -> results::NotComparable {
    results::NotComparable {
        code: code.to_owned(),
        says: says.to_owned(),
    }
}

async fn find(tx: &mut TenantTx, id: String) -> Result<Run, ResultsFault> {
    let most = i64::try_from(JOBS_MAX).unwrap_or(i64::MAX);
    let rows = store::compare::list_results(tx, &id, most + 1).await?;
    if rows.len() > JOBS_MAX {
        return Err(ResultsFault::ComparisonTooLarge);
    }
    Ok(Run {
        id,
        seq: rows.first().map_or(0, |row| row.run_seq),
        profile: rows
            .first()
            .map(|row| row.profile.clone())
            .unwrap_or_default(),
        results: rows,
    })
}

/// What a run saw; none when a payload of it is not kept any more.
async fn seen(api: &Api, tenant: TenantKey, run: &Run) -> Result<Option<Seen>, ResultsFault> {
    let mut seen = Seen::new();
    for row in &run.results {
        let place = format!("payload of {}", row.job_id);
        let key = ArtifactKey::parse_for(tenant, &row.artifact_key).map_err(ArtifactFault::from)?;
        let packed = match api.artifacts.get(&key, ARTIFACT_BYTES_MAX).await {
            Ok(packed) => packed,
            Err(ArtifactFault::Unknown) => return Ok(None),
            Err(fault) => return Err(fault.into()),
        };
        // Unpacking is work for a processor, and others are answered meanwhile.
        let observations =
            tokio::task::spawn_blocking(move || unpack(&packed).map(|(_, report)| seen_in(report)))
                .await
                .map_err(|error| ResultsFault::inconsistent(place.clone(), error))?
                .map_err(|refusal| ResultsFault::inconsistent(place, refusal))?;
        for observation in observations {
            let key = ExposureKey::derive(
                tenant,
                &observation.subject,
                &observation.check.id,
                &observation.discriminator,
            );
            let sighting = Sighting::from(observation);
            let keeps = seen
                .get(&key)
                .is_some_and(|other| other.speaks_for(&sighting));
            if !keeps {
                seen.insert(key, sighting);
            }
        }
    }
    Ok(Some(seen))
}

/// What became of everything that either of them saw.
async fn differences(
    tx: &mut TenantTx,
    [earlier, later]: [&Run; 2],
    before: Seen,
    mut after: Seen,
) -> Result<Vec<Item>, ResultsFault> {
    let mut items = Vec::new();
    let mut only_before = Vec::new();
    for (key, sighting) in before {
        match after.remove(&key) {
            Some(now) => items.push(Item {
                what: of_both(&sighting, &now),
                key,
                seen: now,
                by: Which::Later,
            }),
            None => only_before.push((key, sighting)),
        }
    }
    let only_after: Vec<(ExposureKey, Sighting)> = after.into_iter().collect();
    for (by, only, other) in [
        (Which::Earlier, only_before, later),
        (Which::Later, only_after, earlier),
    ] {
        let sightings: Vec<&Sighting> = only.iter().map(|(_, sighting)| sighting).collect();
        let cells = store::compare::cells_of(tx, &other.id, other.seq, &sightings).await?;
        for ((key, seen), cell) in only.into_iter().zip(cells) {
            items.push(Item {
                what: of_one(&seen, by, cell.as_ref()),
                key,
                seen,
                by,
            });
        }
    }
    Ok(items)
}

fn counts(items: &[Item]) -> results::ComparedCounts {
    let mut counts = results::ComparedCounts::default();
    for item in items {
        let count = match item.what {
            What::New => &mut counts.new,
            What::Gone => &mut counts.gone,
            What::Changed(_) => &mut counts.changed,
            What::Same => &mut counts.same,
            What::NotCompared(_) => &mut counts.not_compared,
        };
        *count += 1;
    }
    counts
}

fn shown(item: Item, (earlier, later): (&String, &String)) -> results::ComparedExposure {
    let what = item.what.as_str().to_owned();
    let (changed_fields, reason) = match item.what {
        What::Changed(fields) => (fields, String::new()),
        What::NotCompared(reason) => (Vec::new(), reason),
        _ => (Vec::new(), String::new()),
    };
    let subject = item.seen.subject;
    results::ComparedExposure {
        exposure_key: item.key.to_string(),
        title: item.seen.title,
        severity: item.seen.severity.to_string(),
        asset_id: subject.asset_id.to_string(),
        host: subject.host,
        transport: subject.transport.as_str().to_owned(),
        port: u32::from(subject.port),
        check_id: item.seen.check.id,
        what,
        changed_fields,
        reason,
        run_id: match item.by {
            Which::Earlier => earlier.clone(),
            Which::Later => later.clone(),
        },
    }
}
