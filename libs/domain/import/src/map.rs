//! From a file to findings under our own identity.
use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};
use wt_exposure::{
    Evidence, NAME_PORT, Observation, QueryValues, Subject, Transport, fold_path, is_name,
    looks_at_name,
};
use wt_model::ImportFormat;

use crate::{
    Assets, Catalogue, CheckEntry, Claim, FILE_BYTES_MAX, FINDINGS_MAX, ImportFault, Reason,
    Refused, defectdojo, nmap, nuclei, sarif, text::line_ends,
};

/// Older than this a finding says nothing about today.
const AGE_MAX: Duration = Duration::days(3 * 365);
/// The effort of a finding somebody else made: any scan of ours may say that it is gone.
const STRENGTH: u8 = 0;

/// One thing a file says is there, as our own scan would report it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// As [`Claim::line`].
    pub line: usize,
    /// When it was seen, never in the future; none where the file does not say.
    pub at: Option<OffsetDateTime>,
    /// Where it speaks of, for people.
    pub subject: String,
    /// What was seen.
    pub observation: Observation,
}

/// What came of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Read {
    /// What it says is there, in the order of its lines.
    pub findings: Vec<Finding>,
    /// Lines that are not taken, in their order.
    pub refused: Vec<Refused>,
}

/// Reads a file of `format`. `now` bounds the times it may name.
///
/// # Errors
/// It is no such file, is broken in the middle, or holds more than is taken at once.
pub fn read(
    format: ImportFormat,
    file: &[u8],
    catalogue: &Catalogue,
    assets: &Assets,
    now: OffsetDateTime,
) -> Result<Read, ImportFault> {
    if file.len() > FILE_BYTES_MAX {
        return Err(ImportFault::TooLarge);
    }
    let text = std::str::from_utf8(file).map_err(|error| {
        let before = file.get(..error.valid_up_to()).unwrap_or_default();
        ImportFault::Unreadable {
            line: 1 + line_ends(before),
            reason: "this is not UTF-8".to_owned(),
        }
    })?;
    // Some tools on Windows begin with a mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let claims = match format {
        ImportFormat::Nuclei => nuclei::claims(text),
        ImportFormat::Nmap => nmap::claims(text)?,
        ImportFormat::Sarif => sarif::claims(text)?,
        ImportFormat::DefectDojo => defectdojo::claims(text)?,
    };
    if claims.len() > FINDINGS_MAX {
        return Err(ImportFault::TooMany);
    }
    let mut read = Read::default();
    for claim in claims {
        match claim.and_then(|claim| finding(&claim, catalogue, assets, now)) {
            Ok(finding) => read.findings.push(finding),
            Err(refused) => read.refused.push(refused),
        }
    }
    Ok(read)
}

fn finding(
    claim: &Claim,
    catalogue: &Catalogue,
    assets: &Assets,
    now: OffsetDateTime,
) -> Result<Finding, Refused> {
    // Whose it is comes first: of what is not theirs nobody is told what we would have made of it.
    let (asset_id, host) = assets.find(&claim.hosts).ok_or_else(|| {
        let why = "no verified asset of the organization holds it";
        claim.refused(Reason::OutOfScope, why)
    })?;
    let (check, attribute) = catalogue
        .find(&claim.check)
        .map_err(|why| claim.refused(Reason::UnknownCheck, why))?;
    let port = port_of(claim, check, &host)?;
    let path = path_of(claim, check)?;
    let at = claim.at.map(|at| at.min(now));
    if at.is_some_and(|at| now - at > AGE_MAX) {
        let why = "it was seen more than three years ago";
        return Err(claim.refused(Reason::TooOld, why));
    }
    let mut attributes = BTreeMap::new();
    if let Some(path) = &path {
        attributes.insert("path".to_owned(), path.clone());
    }
    if let Some((name, value)) = attribute {
        attributes.insert(name.to_owned(), value.to_owned());
    }
    let observation = Observation {
        subject: Subject {
            asset_id,
            host,
            transport: Transport::Tcp,
            port,
        },
        title: title_of(check, port, path.as_deref()),
        check: check.info.check.clone(),
        discriminator: path.unwrap_or_default(),
        attributes,
        severity: check.info.severity,
        strength: STRENGTH,
        evidence: evidence(claim),
    };
    Ok(Finding {
        line: claim.line,
        at,
        subject: claim.subject(),
        observation,
    })
}

fn port_of(claim: &Claim, check: &CheckEntry, host: &str) -> Result<u16, Refused> {
    let id = &check.info.check.id;
    if looks_at_name(id) {
        if is_name(host) {
            return Ok(NAME_PORT);
        }
        let why = format!("{id} looks at names, and this is an address");
        return Err(claim.refused(Reason::Malformed, why));
    }
    let port = claim.port.filter(|port| *port != NAME_PORT);
    port.ok_or_else(|| claim.refused(Reason::Malformed, "it names no port"))
}

/// The path as our check spells it. One that it does not look at would never be seen gone.
fn path_of(claim: &Claim, check: &CheckEntry) -> Result<Option<String>, Refused> {
    if check.paths.is_empty() {
        return Ok(None);
    }
    let fold = |path: &str| fold_path(path, QueryValues::Kept);
    let said = fold(claim.path.as_deref().unwrap_or("/"));
    let ours = check.paths.iter().find(|ours| fold(ours) == said);
    ours.cloned().map(Some).ok_or_else(|| {
        let why = format!("{} does not look at this path", check.info.check.id);
        claim.refused(Reason::UnknownCheck, why)
    })
}

/// As our own scan words it, so that the next one has nothing to reword.
fn title_of(check: &CheckEntry, port: u16, path: Option<&str>) -> String {
    match path {
        Some(path) => format!("{} at {path}", check.info.title),
        None if check.info.check.id == "port.open" => format!("Port {port}/tcp is open"),
        None => check.info.title.clone(),
    }
}

fn evidence(claim: &Claim) -> Evidence {
    Evidence {
        address: claim.address(),
        response_sha256: hex::encode(Sha256::digest(&claim.proof)),
        response: claim.proof.clone().into_bytes(),
        ..Evidence::default()
    }
}
