//! Nothing that is excluded is planned, and nothing else is left out.

use proptest::prelude::*;
use wt_exposure::{CheckRef, NAME_PORT};
use wt_model::{AssetId, AssetKind};
use wt_scope::Exclusion;

use super::{EXCLUSIONS_MAX, ExclusionWords, Exclusions, REASON_CHARS_MAX};
use crate::domain::plan::{AuthorizedAsset, KnownCell, plan_assets, plan_cells};

const NETWORK: &str = "ast_01ARZ3NDEKTSV4RRFFQ69G5FA1";
const NAME: &str = "ast_01ARZ3NDEKTSV4RRFFQ69G5FA2";

fn words(what: &str, reason: &str) -> ExclusionWords {
    ExclusionWords {
        what: what.to_owned(),
        reason: reason.to_owned(),
    }
}

fn of(all: &[&str]) -> Exclusions {
    let all: Vec<_> = all.iter().map(|what| words(what, "")).collect();
    Exclusions::read(&all).unwrap()
}

fn assets() -> Vec<AuthorizedAsset> {
    let asset = |id: &str, kind, value: &str| AuthorizedAsset {
        id: id.parse().unwrap(),
        kind,
        value: value.to_owned(),
        authorization_id: format!("auz of {id}"),
        until: None,
    };
    vec![
        asset(NETWORK, AssetKind::Cidr, "192.0.2.0/29"),
        asset(NAME, AssetKind::Domain, "www.example.com"),
    ]
}

fn checks() -> Vec<CheckRef> {
    let check = |id: &str| CheckRef {
        id: id.to_owned(),
        digest: "new".to_owned(),
    };
    vec![check("port.open"), check("dns.spf_missing")]
}

fn cell(asset: &str, host: &str, port: u16, check: &str) -> KnownCell {
    KnownCell {
        asset_id: asset.parse().unwrap(),
        host: host.to_owned(),
        transport: "tcp".to_owned(),
        port,
        check_id: check.to_owned(),
    }
}

fn id(text: &str) -> AssetId {
    text.parse().unwrap()
}

#[test]
fn an_asset_of_which_nothing_is_left_is_told_with_the_reason() {
    let jobs = plan_assets(&assets(), &"22,80".parse().unwrap(), &checks(), &[]).unwrap();
    let written = [words("192.0.2.0/28", "the hoster's own")];
    let exclusions = Exclusions::read(&written).unwrap();
    let spared = exclusions.spare(jobs.clone(), false);
    let why = spared.assets.get(&id(NETWORK)).unwrap();
    assert!(
        why.ends_with("is excluded from scans: the hoster's own"),
        "{why}"
    );
    assert_eq!(spared.assets.len(), 1);
    let hosts: Vec<&str> = spared.jobs[0]
        .targets
        .iter()
        .map(|t| t.host.as_str())
        .collect();
    assert_eq!(hosts, ["www.example.com"]);
    assert!(
        spared.jobs[0].networks.is_empty(),
        "not in the signed scope either"
    );
    assert!(!spared.jobs[0].rests_on.contains_key(&id(NETWORK)));

    let part = of(&["192.0.2.3"]).spare(jobs.clone(), false);
    assert!(part.assets.is_empty());
    assert_eq!(
        part.jobs[0].targets.len(),
        8,
        "seven addresses and the name"
    );

    let none = Exclusions::default().spare(jobs.clone(), false);
    assert_eq!(none.jobs[0].cells, jobs[0].cells);
    assert!(none.assets.is_empty());
}

#[test]
fn excluded_ports_leave_the_checks_of_names() {
    let jobs = plan_assets(&assets(), &"22,80".parse().unwrap(), &checks(), &[]).unwrap();
    let spared = of(&["port:1-1024"]).spare(jobs, false);
    assert_eq!(spared.jobs.len(), 1);
    assert_eq!(spared.jobs[0].cells, 1, "the name's own check");
    assert!(spared.jobs[0].ports.is_empty());
    let network = &assets()[..1];
    let jobs = plan_assets(network, &"22".parse().unwrap(), &checks()[..1], &[]).unwrap();
    let spared = of(&["port:22"]).spare(jobs, false);
    assert!(spared.jobs.is_empty());
    let why = spared.assets.get(&id(NETWORK)).unwrap();
    assert_eq!(why, "every port asked for is excluded from scans");
}

#[test]
fn a_verification_leaves_out_the_cells_that_are_excluded() {
    let known = [
        cell(NETWORK, "192.0.2.1", 22, "port.open"),
        cell(NETWORK, "192.0.2.1", 80, "port.open"),
        cell(NETWORK, "192.0.2.2", 80, "port.open"),
        cell(NAME, "www.example.com", NAME_PORT, "dns.spf_missing"),
    ];
    let exclusions = of(&["192.0.2.2", "port:22"]);
    let told: Vec<bool> = known
        .iter()
        .map(|c| exclusions.of_cell(c).is_some())
        .collect();
    assert_eq!(told, [true, false, true, false]);
    let spared = exclusions.spare(plan_cells(&assets(), &known, &checks()), true);
    let cells: u64 = spared.jobs.iter().map(|job| job.cells).sum();
    assert_eq!(cells, 2);
    let left: Vec<&KnownCell> = spared.jobs.iter().flat_map(|job| &job.known).collect();
    assert_eq!(left, [&known[1], &known[3]]);
    let hosts = spared.jobs.iter().flat_map(|job| &job.targets);
    assert!(hosts.clone().all(|target| target.host != "192.0.2.2"));
    assert!(hosts.clone().all(|target| !target.ports.contains(22)));
}

#[test]
fn what_is_no_exclusion_is_told_by_its_place() {
    let refused = |all: &[ExclusionWords]| Exclusions::read(all).unwrap_err();
    let bad = refused(&[words("www.example.com", ""), words("port:", "")]);
    assert_eq!(bad.field, "exclusions.1.what");
    let bad = refused(&[words("192.0.2.0/28", ""), words(" 192.0.2.0/28", "again")]);
    assert_eq!(bad.reason, "192.0.2.0/28 is there already");
    let bad = refused(&[words("192.0.2.1", &"r".repeat(REASON_CHARS_MAX + 1))]);
    assert_eq!(bad.field, "exclusions.0.reason");
    let many = vec![words("192.0.2.1", ""); EXCLUSIONS_MAX + 1];
    assert_eq!(refused(&many).field, "exclusions");
    assert_eq!(of(&["port:80,22"]).texts(), ["port:22,80"]);
}

proptest! {
    #[test]
    fn a_plan_holds_exactly_what_no_exclusion_forbids(
        addresses in prop::collection::vec((0_u8..16, 28_u8..=32), 0..4),
        ports in prop::collection::btree_set(1_u16..12, 0..6),
        is_name_spared: bool,
    ) {
        let mut all: Vec<String> = addresses
            .iter()
            .map(|(low, prefix)| {
                let first = low & u8::try_from(0xff_u16 << (32 - prefix) & 0xff).unwrap_or(0);
                format!("192.0.2.{first}/{prefix}")
            })
            .collect();
        all.extend(ports.iter().map(|port| format!("port:{port}")));
        all.extend(is_name_spared.then(|| "www.example.com".to_owned()));
        all.sort();
        all.dedup();
        let exclusions = of(&all.iter().map(String::as_str).collect::<Vec<_>>());
        let parsed: Vec<Exclusion> = all.iter().map(|what| what.parse().unwrap()).collect();
        let jobs = plan_assets(&assets(), &"1-10".parse().unwrap(), &checks(), &[]).unwrap();
        let forbidden = |host: &str, port: u16| {
            let address = host.parse().ok();
            // A name by itself: an address that no exclusion holds.
            let at = address.unwrap_or("198.51.100.1".parse().unwrap());
            let name = address.is_none().then_some(host);
            parsed.iter().any(|each| each.forbids(name, at, port))
        };
        let pairs = |jobs: &[crate::domain::plan::JobPlan]| -> Vec<(String, u16)> {
            let targets = jobs.iter().flat_map(|job| &job.targets);
            let pairs = targets.flat_map(|target| {
                target.ports.iter().map(|port| (target.host.clone(), port))
            });
            pairs.collect()
        };
        let mut wanted = pairs(&jobs);
        wanted.retain(|(host, port)| !forbidden(host, *port));
        let spared = exclusions.spare(jobs, false);
        prop_assert_eq!(pairs(&spared.jobs), wanted);
    }
}
