//! Which of an organization's assets a claim is about.
use std::{collections::BTreeMap, net::IpAddr};

use wt_exposure::fold_host;
use wt_model::{AssetId, AssetKind};
use wt_scope::Network;

/// An asset that may be scanned right now: registered, and its ownership proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Its id.
    pub id: AssetId,
    /// What it is.
    pub kind: AssetKind,
    /// Its canonical value.
    pub value: String,
}

/// The assets of one organization, to be found by name or address.
#[derive(Debug, Clone, Default)]
pub struct Assets {
    names: BTreeMap<String, AssetId>,
    addresses: BTreeMap<IpAddr, AssetId>,
    /// The narrowest first.
    networks: Vec<(Network, AssetId)>,
}

impl Assets {
    /// These and no others. A value that is not of its kind holds nothing.
    pub fn new(assets: impl IntoIterator<Item = Asset>) -> Self {
        let mut all = Self::default();
        for asset in assets {
            match asset.kind {
                AssetKind::Domain => {
                    all.names.insert(fold_host(&asset.value), asset.id);
                }
                AssetKind::Ip => {
                    if let Ok(address) = wt_scope::parse_address(&asset.value) {
                        all.addresses.insert(address, asset.id);
                    }
                }
                AssetKind::Cidr => {
                    if let Ok(network) = Network::parse(&asset.value) {
                        all.networks.push((network, asset.id));
                    }
                }
            }
        }
        all.networks
            .sort_by_key(|(network, id)| (std::cmp::Reverse(network.prefix_len()), *id));
        all
    }

    /// The asset of the first of these hosts that one holds, and the host in its one spelling. A
    /// name is its own asset: names below it may belong to somebody else's service, and are not
    /// scanned either.
    pub fn find(&self, hosts: &[String]) -> Option<(AssetId, String)> {
        hosts.iter().find_map(|host| {
            let host = fold_host(host);
            let asset = match host.parse::<IpAddr>() {
                Ok(address) => self.of_address(address),
                Err(_) => self.names.get(&host).copied(),
            };
            asset.map(|asset| (asset, host))
        })
    }

    fn of_address(&self, address: IpAddr) -> Option<AssetId> {
        let own = self.addresses.get(&address).copied();
        own.or_else(|| {
            let mut wide = self.networks.iter();
            wide.find(|(network, _)| network.contains(address))
                .map(|(_, asset)| *asset)
        })
    }
}
