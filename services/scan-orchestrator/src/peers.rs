//! What this service asks of others: what may be scanned, and what is open.

use wt_model::Principal;
use wt_proto::{
    asset::{self, asset_registry_service_client::AssetRegistryServiceClient},
    convert::parse,
    results::{self, results_service_client::ResultsServiceClient},
};
use wt_rpc::{Peer, RpcFault};

use crate::{
    domain::plan::{AuthorizedAsset, KnownCell},
    error::ScanFault,
};

/// Other services.
pub(crate) struct Peers {
    pub(crate) registry: Peer,
    pub(crate) results: Peer,
}

/// Open cells, and the keys nobody knows.
pub(crate) struct OpenCells {
    pub(crate) cells: Vec<KnownCell>,
    /// The exposures they are cells of, one for one.
    pub(crate) keys: Vec<String>,
    pub(crate) unknown_keys: Vec<String>,
}

impl Peers {
    /// Which of these assets may be scanned now, and why the others may not.
    pub(crate) async fn resolve_scope(
        &self,
        principal: &Principal,
        asset_ids: Vec<String>,
    ) -> Result<(Vec<AuthorizedAsset>, Vec<asset::UnauthorizedAsset>), ScanFault> {
        let request = asset::ResolveScopeRequest { asset_ids };
        let answer = AssetRegistryServiceClient::new(self.registry.channel())
            .resolve_scope(self.registry.request(Some(principal), request)?)
            .await
            .map_err(RpcFault::from)?
            .into_inner();
        let assets = answer
            .assets
            .into_iter()
            .map(|asset| {
                let bad = |_| ScanFault::Inconsistent {
                    place: "asset-registry's answer".to_owned(),
                };
                Ok(AuthorizedAsset {
                    id: parse("asset_id", &asset.asset_id).map_err(bad)?,
                    kind: parse("kind", &asset.kind).map_err(bad)?,
                    value: asset.value,
                    authorization_id: asset.authorization_id,
                    until: None,
                })
            })
            .collect::<Result<_, ScanFault>>()?;
        Ok((assets, answer.refused))
    }

    /// Cells that are open on these assets, or those of these exposures.
    pub(crate) async fn open_cells(
        &self,
        principal: &Principal,
        asset_ids: Vec<String>,
        keys: Vec<String>,
    ) -> Result<OpenCells, ScanFault> {
        let request = results::ListOpenCellsRequest { asset_ids, keys };
        let answer = ResultsServiceClient::new(self.results.channel())
            .list_open_cells(self.results.request(Some(principal), request)?)
            .await
            .map_err(RpcFault::from)?
            .into_inner();
        let keys = answer.cells.iter().map(|cell| cell.key.clone()).collect();
        let cells = answer
            .cells
            .into_iter()
            .map(|cell| {
                let bad = || ScanFault::Inconsistent {
                    place: "results' answer".to_owned(),
                };
                Ok(KnownCell {
                    asset_id: cell.asset_id.parse().map_err(|_| bad())?,
                    host: cell.host,
                    transport: cell.transport,
                    port: u16::try_from(cell.port).map_err(|_| bad())?,
                    check_id: cell.check_id,
                })
            })
            .collect::<Result<_, ScanFault>>()?;
        Ok(OpenCells {
            cells,
            keys,
            unknown_keys: answer.unknown_keys,
        })
    }

    /// Notes on each exposure that its verification was asked for.
    pub(crate) async fn record_verify(
        &self,
        principal: &Principal,
        keys: Vec<String>,
        run_id: &str,
    ) -> Result<(), ScanFault> {
        let request = results::RecordVerifyRequest {
            keys,
            run_id: run_id.to_owned(),
        };
        ResultsServiceClient::new(self.results.channel())
            .record_verify(self.results.request(Some(principal), request)?)
            .await
            .map_err(RpcFault::from)?;
        Ok(())
    }
}
