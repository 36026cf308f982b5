//! Which workers take a run: the pool it names, the one that found what it verifies, or the
//! default of the nearest organization that has one.

use wt_model::{Pool, Principal, RunKind};
use wt_standing::Told;

use crate::{
    api::Api,
    domain::pool::{ChosenPool, notice},
    error::ScanFault,
    planning::Wanted,
    store::{self, run::RunRow},
    wire,
};

/// Chooses the pool of a run of these assets. What repeats an earlier run goes where that went.
pub(crate) async fn choose(
    api: &Api,
    principal: &Principal,
    told: &Told,
    wanted: &Wanted,
    assets: &[String],
) -> Result<ChosenPool, ScanFault> {
    let named = wanted.pool;
    if named == Some(Pool::Shared) {
        return Ok(ChosenPool::default());
    }
    let mut tx = api.pool.begin_read(principal, "choose_pool").await?;
    let named_id = named.and_then(Pool::id);
    let before: Option<Pool> = match &wanted.again {
        Some(again) => Some(again.pool),
        None if named.is_none() && wanted.kind == RunKind::Verify => {
            let last = store::pool::last_of_assets(&mut tx, assets).await?;
            last.map(|text| wire::word("pool", &text)).transpose()?
        }
        None => None,
    };
    let chosen = match before {
        Some(Pool::Shared) => return Ok(ChosenPool::default()),
        // A pool that was removed meanwhile leaves the choice open again.
        Some(Pool::Private(id)) => {
            match store::pool::chosen(&mut tx, Some(id), &told.above).await? {
                Some(found) => Some(found),
                None => store::pool::chosen(&mut tx, None, &told.above).await?,
            }
        }
        None => store::pool::chosen(&mut tx, named_id, &told.above).await?,
    };
    tx.commit().await?;
    match chosen {
        Some((id, name)) => Ok(ChosenPool {
            pool: wire::word("pool", &id)?,
            name,
        }),
        None if named_id.is_some() => Err(ScanFault::PoolUnknown),
        None => Ok(ChosenPool::default()),
    }
}

/// Why a run waits, if it is for workers that are not there.
pub(crate) async fn notice_of(
    tx: &mut wt_pg::TenantTx,
    run: &RunRow,
) -> Result<Option<String>, ScanFault> {
    let pool: Pool = wire::word("pool", &run.pool)?;
    let state = wire::word("state", &run.state)?;
    if pool == Pool::Shared {
        return Ok(None);
    }
    let heard = store::pool::heard(tx, &run.pool).await?;
    Ok(notice(state, heard.as_ref()))
}
