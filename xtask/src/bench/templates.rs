//! Our own templates over servers that have, or nearly have, what they look for, beside nuclei
//! with the same templates and targets.
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::Command,
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use wt_targets::{Page, Site, Target, serve_http};

use super::measure::{Better, Measured, take_with_memory};
use crate::workspace::Workspace;

/// Rounds in turns; the median of each counts.
const ROUNDS: usize = 3;
/// Faster than either can be: no pace is what is measured.
const NO_PACE: &str = "100000";
/// Templates at work at once, the peer's default.
const AT_ONCE: &str = "25";
const MIB: f64 = 1024.0 * 1024.0;

/// Matches: a template's id, and the server as `address:port`.
type Matches = BTreeSet<(String, String)>;

/// Measures CPU, the most memory in use, and how far the matches are the same.
pub(super) async fn measure(
    workspace: &Workspace,
    folder: &Path,
    nuclei: &Path,
) -> Result<Vec<Measured>> {
    let templates = workspace.path("libs/engine/templates");
    let cases: BTreeMap<String, Value> =
        serde_json::from_slice(&fs::read(templates.join("cases.json"))?)?;
    let servers = serve_cases(&cases).await?;
    let urls: Vec<String> = servers
        .iter()
        .map(|server| format!("http://{}", server.address()))
        .collect();
    let home = folder.join("nuclei");
    fs::create_dir_all(&home)?;
    let list = folder.join("nuclei-targets.txt");
    fs::write(&list, urls.join("\n"))?;
    let our_call = || {
        let mut command = workspace.command(workspace.target("release/watchtower-engine"));
        command
            .args(["run", "--jsonl", "--rate", NO_PACE, "--at-once", AT_ONCE])
            .args(["--allow-network", "127.0.0.0/8", "--template"])
            .arg(&templates)
            .arg("--target")
            .args(&urls);
        command
    };
    let peer_call = || {
        let mut command = workspace.command(nuclei);
        command
            .args(["-jsonl", "-silent", "-duc", "-ni", "-nh", "-or", "-ot"])
            .args(["-nc", "-no-stdin", "-retries", "0"])
            .args(["-rl", NO_PACE, "-c", AT_ONCE, "-bs", AT_ONCE, "-t"])
            .arg(&templates)
            .arg("-l")
            .arg(&list)
            // Settings and a cache of its own, not of whoever runs this.
            .env("HOME", &home)
            .env("XDG_CONFIG_HOME", &home)
            .env("XDG_CACHE_HOME", &home);
        command
    };
    // What measures blocks; the servers go on beside it.
    tokio::task::block_in_place(|| rounds(&our_call, &peer_call))
}

fn rounds(
    our_call: &dyn Fn() -> Command,
    peer_call: &dyn Fn() -> Command,
) -> Result<Vec<Measured>> {
    let (mut our_cpu, mut peer_cpu) = (Vec::new(), Vec::new());
    let (mut our_rss, mut peer_rss) = (Vec::new(), Vec::new());
    let mut agreements = Vec::new();
    for _ in 0..ROUNDS {
        let (took, rss_bytes) = take_with_memory(&mut our_call())?;
        our_cpu.push(took.cpu_s);
        our_rss.push(rss_bytes / MIB);
        let ours = matches_of(&took.said)?;
        let (took, rss_bytes) = take_with_memory(&mut peer_call())?;
        peer_cpu.push(took.cpu_s);
        peer_rss.push(rss_bytes / MIB);
        let theirs = matches_of(&took.said)?;
        ensure!(!theirs.is_empty(), "nuclei matched nothing");
        for (id, place) in ours.symmetric_difference(&theirs) {
            let by = if ours.contains(&(id.clone(), place.clone())) {
                "only we"
            } else {
                "only nuclei"
            };
            println!("{by} matched {id} at {place}");
        }
        agreements.push(agreement(&ours, &theirs));
    }
    let lower = Better::Lower;
    Ok(vec![
        Measured::new(
            "templates.cpu_vs_nuclei",
            "CPU s",
            lower,
            &mut our_cpu,
            &mut peer_cpu,
        ),
        Measured::new(
            "templates.rss_vs_nuclei",
            "MiB",
            lower,
            &mut our_rss,
            &mut peer_rss,
        ),
        // The share of all matches of either that both have, of one.
        Measured::new(
            "templates.agreement",
            "of all matches",
            Better::Higher,
            &mut agreements,
            &mut [1.0],
        ),
    ])
}

/// Of what either matched, the share that both did.
fn agreement(ours: &Matches, theirs: &Matches) -> f64 {
    let count = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    count(ours.intersection(theirs).count()) / count(ours.union(theirs).count())
}

/// Both print the same fields.
fn matches_of(said: &str) -> Result<Matches> {
    said.lines()
        .map(|line| {
            let one: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
            let id = one["template-id"].as_str().context("a match of nothing")?;
            let at = one["matched-at"].as_str().context("a match of nowhere")?;
            let place = at.split("//").nth(1).unwrap_or(at);
            let place = place.split('/').next().unwrap_or(place);
            Ok((id.to_owned(), place.to_owned()))
        })
        .collect()
}

/// One server for each set of cases that do not stand in each other's way, and one for each set of
/// near misses: most answers are what nobody looks for.
async fn serve_cases(cases: &BTreeMap<String, Value>) -> Result<Vec<Target>> {
    let mut sites: Vec<BTreeMap<String, Page>> = Vec::new();
    for pointer in ["", "/near"] {
        let first = sites.len();
        // Cases of services, certificates and names are no pages.
        let pages = cases
            .values()
            .filter_map(|case| Some((case, case["path"].as_str()?)));
        for (case, path) in pages {
            let path = path.split('?').next().unwrap_or(path).to_owned();
            let said = case.pointer(pointer).context("a case without an answer")?;
            let free = sites
                .iter()
                .skip(first)
                .position(|s| !s.contains_key(&path));
            let at = free.map_or(sites.len(), |free| first + free);
            if at == sites.len() {
                sites.push(BTreeMap::new());
            }
            if let Some(site) = sites.get_mut(at) {
                site.insert(path, page_of(said)?);
            }
        }
    }
    let mut servers = Vec::new();
    for (number, pages) in (1_u8..).zip(sites) {
        let site = Site::default();
        for (path, page) in pages {
            site.put(&path, page);
        }
        let address = SocketAddr::from((Ipv4Addr::new(127, 67, 0, number), 0));
        servers.push(serve_http(address, site).await?);
    }
    Ok(servers)
}

fn page_of(said: &Value) -> Result<Page> {
    let mut page = Page::file(match said["body"]["hex"].as_str() {
        Some(text) => hex::decode(text)?,
        None => said["body"]["text"].as_str().unwrap_or_default().into(),
    });
    page.status = u16::try_from(said["status"].as_u64().unwrap_or(200))?;
    page.headers.clear();
    for (name, value) in said["headers"].as_object().into_iter().flatten() {
        let known = ["content-type", "server", "location", "set-cookie"]
            .into_iter()
            .find(|known| name.eq_ignore_ascii_case(known))
            .with_context(|| format!("a case with a header {name}"))?;
        page = page.with(known, value.as_str().unwrap_or_default());
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::{agreement, matches_of};

    #[test]
    fn matches_are_told_apart_by_template_and_server() {
        let line = |id, at| format!(r#"{{"template-id":"{id}","matched-at":"{at}"}}"#);
        let ours = matches_of(&line("a", "http://127.0.0.1:1/x")).unwrap();
        let both = [line("a", "http://127.0.0.1:1"), line("b", "127.0.0.1:1")].join("\n");
        let theirs = matches_of(&both).unwrap();
        assert!((agreement(&ours, &theirs) - 0.5).abs() < f64::EPSILON);
        assert!((agreement(&ours, &ours) - 1.0).abs() < f64::EPSILON);
        assert!(matches_of("not json").is_err());
    }
}
