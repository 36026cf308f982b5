//! From what a user typed to an asset's kind and canonical value (contracts §1).
use wt_fault::{Fault, FieldFault, Kind};
use wt_model::{AssetKind, CIDR_V4_PREFIX_MIN, CIDR_V6_PREFIX_MIN};

use crate::{Host, HostRefused, Network, NetworkRefused};

/// Why a value is not an asset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAsset {
    /// Not a name.
    #[error("{0}")]
    Host(HostRefused),
    /// Not an address or network.
    #[error("{0}")]
    Network(NetworkRefused),
    /// More hosts than one run may visit.
    #[error("the network is too wide; the widest accepted prefix is /{widest}")]
    TooWide {
        /// Smallest accepted prefix length.
        widest: u8,
    },
    /// The caller said one kind and gave another.
    #[error("this is not of the kind {said}; it reads as {reads_as}")]
    OtherKind {
        /// The kind given.
        said: AssetKind,
        /// The kind the value has.
        reads_as: AssetKind,
    },
}

impl Fault for InvalidAsset {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn code(&self) -> &'static str {
        match self {
            Self::TooWide { .. } => "asset.network_too_wide",
            Self::Host(_) | Self::Network(_) | Self::OtherKind { .. } => "asset.invalid_value",
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        vec![FieldFault {
            field: "value".to_owned(),
            reason: self.to_string(),
        }]
    }
}

/// The kind and the one canonical text of an asset. A network of one address is an `ip`, also
/// when called `cidr`, so that one thing cannot be registered twice under two kinds.
pub fn normalise_asset(
    kind: Option<AssetKind>,
    text: &str,
) -> Result<(AssetKind, String), InvalidAsset> {
    let text = text.trim();
    let found = match Network::parse(text) {
        Ok(network) => network_asset(network)?,
        Err(NetworkRefused::Malformed) if reads_as_name(kind, text) => {
            let host = Host::parse(text).map_err(InvalidAsset::Host)?;
            (AssetKind::Domain, host.to_string())
        }
        Err(refused) => return Err(InvalidAsset::Network(refused)),
    };
    match kind {
        Some(AssetKind::Cidr) if found.0 == AssetKind::Ip => Ok(found),
        Some(said) if said != found.0 => Err(InvalidAsset::OtherKind {
            said,
            reads_as: found.0,
        }),
        _ => Ok(found),
    }
}

fn reads_as_name(kind: Option<AssetKind>, text: &str) -> bool {
    match kind {
        Some(AssetKind::Domain) => true,
        Some(AssetKind::Ip | AssetKind::Cidr) => false,
        // `192.0.2.0/99` is a mistyped network, `2001:db8::zz` a mistyped address.
        None => !text.contains('/') && text.matches(':').count() < 2,
    }
}

fn network_asset(network: Network) -> Result<(AssetKind, String), InvalidAsset> {
    if let Some(address) = network.as_single() {
        return Ok((AssetKind::Ip, address.to_string()));
    }
    let widest = if network.first().is_ipv4() {
        CIDR_V4_PREFIX_MIN
    } else {
        CIDR_V6_PREFIX_MIN
    };
    if network.prefix_len() < widest {
        return Err(InvalidAsset::TooWide { widest });
    }
    Ok((AssetKind::Cidr, network.to_string()))
}

#[cfg(test)]
mod tests {
    use wt_model::AssetKind;

    use super::{InvalidAsset, normalise_asset};

    #[test]
    fn a_value_finds_its_own_kind() {
        for (text, kind, value) in [
            ("Shop.Example.com.", AssetKind::Domain, "shop.example.com"),
            ("192.0.2.1", AssetKind::Ip, "192.0.2.1"),
            ("::ffff:192.0.2.1", AssetKind::Ip, "192.0.2.1"),
            ("2001:DB8:0::1", AssetKind::Ip, "2001:db8::1"),
            ("192.0.2.1/32", AssetKind::Ip, "192.0.2.1"),
            ("192.0.2.0/24", AssetKind::Cidr, "192.0.2.0/24"),
        ] {
            assert_eq!(
                normalise_asset(None, text).unwrap(),
                (kind, value.to_owned()),
                "{text}"
            );
        }
        assert_eq!(
            normalise_asset(Some(AssetKind::Cidr), "192.0.2.1/32").unwrap(),
            (AssetKind::Ip, "192.0.2.1".to_owned())
        );
    }

    #[test]
    fn a_network_wider_than_a_run_is_refused() {
        assert_eq!(
            normalise_asset(None, "10.0.0.0/15"),
            Err(InvalidAsset::TooWide { widest: 16 })
        );
        assert_eq!(
            normalise_asset(None, "2001:db8::/64"),
            Err(InvalidAsset::TooWide { widest: 112 })
        );
    }

    #[test]
    fn a_kind_that_contradicts_its_value_is_refused() {
        assert!(matches!(
            normalise_asset(Some(AssetKind::Domain), "192.0.2.1"),
            Err(InvalidAsset::OtherKind { .. })
        ));
        assert!(normalise_asset(Some(AssetKind::Ip), "example.com").is_err());
        assert!(normalise_asset(Some(AssetKind::Ip), "192.0.2.0/24").is_err());
        for text in [
            "",
            "0x7f.1",
            "192.0.2.0/99",
            "http://example.com/",
            "2001:db8::zz",
        ] {
            assert!(normalise_asset(None, text).is_err(), "{text}");
        }
    }
}
