//! `results.exposures`: which of them a result has to load.
use wt_model::AssetId;
use wt_pg::TenantTx;

use super::number;
use crate::error::ResultsFault;

/// What a result saw, side by side, as one statement takes it.
#[derive(Debug, Default)]
pub(crate) struct Sightings {
    /// Place in the report.
    pub(crate) index: Vec<usize>,
    pub(crate) key: Vec<String>,
    pub(crate) fingerprint: Vec<Vec<u8>>,
    /// Of the check that saw it.
    pub(crate) digest: Vec<String>,
    pub(crate) severity: Vec<String>,
    pub(crate) title: Vec<String>,
}

/// What is stored about the hosts of a report, sorted by whether it has to be loaded.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    /// Sightings, by their place in [`Sightings`], of open exposures as they are known.
    pub(crate) as_known: Vec<usize>,
    /// Keys of all other exposures of the hosts.
    pub(crate) others: Vec<String>,
}

/// Sorts the exposures of these hosts by the rule of [`Observed::is_as_known`], where the rows
/// are, so that an untouched exposure costs no row.
pub(crate) async fn sort_by_hosts(
    tx: &mut TenantTx,
    hosts: &[(AssetId, String)],
    seen: &Sightings,
    run_seq: i64,
) -> Result<Stored, ResultsFault> {
    let tenant = tx.tenant_key().to_string();
    let (assets, names) = columns_of(hosts);
    let row = sqlx::query!(
        r#"select coalesce(array_agg(m.place - 1) filter (where m.as_known), '{}') as "places!",
                  coalesce(array_agg(m.key) filter (where not m.as_known), '{}') as "others!"
           from (
               select e.key, s.place,
                      (e.state = 'open' and e.gone_seq is null and e.seq < $7
                       and e.fingerprint = s.fingerprint and e.check_digest = s.digest
                       and e.severity = s.severity and e.title = s.title)
                          is true as as_known
               from unnest($2::text[], $3::text[]) as h (asset_id, host)
               join results.exposures e
                 on e.tenant_key = $1 and e.asset_id = h.asset_id and e.host = h.host
               left join unnest($4::text[], $5::bytea[], $6::text[], $8::text[], $9::text[])
                         with ordinality
                    as s (key, fingerprint, digest, severity, title, place)
                 on s.key = e.key
           ) as m"#,
        tenant,
        &assets,
        &names,
        &seen.key,
        &seen.fingerprint,
        &seen.digest,
        run_seq,
        &seen.severity,
        &seen.title,
    )
    .fetch_one(tx.conn())
    .await?;
    let places = row.places.into_iter();
    Ok(Stored {
        as_known: places
            .map(|place| number("results.exposures", place))
            .collect::<Result<_, _>>()?,
        others: row.others,
    })
}

fn columns_of(hosts: &[(AssetId, String)]) -> (Vec<String>, Vec<String>) {
    hosts
        .iter()
        .map(|(asset, host)| (asset.to_string(), host.clone()))
        .unzip()
}
