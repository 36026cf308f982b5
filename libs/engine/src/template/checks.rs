//! Templates as checks of a run: which of them are, under which reference, and what people are
//! told.
use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use wt_exposure::{CheckInfo, CheckRef, looks_at_name};
use wt_model::Policy;
use wt_template::{Block, Template};

use super::{LoadedTemplate, TemplateSet, covered::COVERED};
use crate::{
    check::{self, ServiceAsk},
    text,
};

/// Most templates that are checks at once: each is named in every job that runs it.
pub const TEMPLATE_CHECKS_MAX: usize = 2_000;
/// Characters of a digest (contracts: `CheckRef::digest`).
const DIGEST_CHARS: usize = 16;
/// Longest id.
const ID_CHARS_MAX: usize = 120;
/// Longest text of a template told to people, in characters.
const TEXT_CHARS_MAX: usize = 4_000;
/// Most references, CVE and CWE ids of one template told to people.
const LISTED_MAX: usize = 20;

/// Where a template is: number of its set, and place in it.
pub(crate) type Place = (usize, usize);

/// The templates that runs use as checks. What plans and what scans have to have the same: a
/// check that is known under another digest is as good as missing.
#[derive(Debug, Default)]
pub struct TemplateChecks {
    pub(crate) sets: Vec<TemplateSet>,
    by_id: BTreeMap<String, Place>,
    left_out: Vec<(String, String)>,
}

/// More templates than a job can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{count} templates would be checks, and a job names at most {TEMPLATE_CHECKS_MAX}: choose \
     those that matter here"
)]
pub struct TooManyChecks {
    /// How many there would be.
    pub count: usize,
}

impl TemplateChecks {
    /// Of sets; of two templates with one id the one of the later set counts.
    ///
    /// # Errors
    /// [`TooManyChecks`] when a job could not name them all.
    pub fn new(sets: Vec<TemplateSet>) -> Result<Self, TooManyChecks> {
        let (mut by_id, mut left_out) = (BTreeMap::new(), Vec::new());
        for (number, set) in sets.iter().enumerate() {
            for (index, loaded) in set.templates.iter().enumerate() {
                let id = &loaded.template.id;
                match why_no_check(&loaded.template) {
                    Some(why) => left_out.push((id.clone(), why)),
                    None => {
                        by_id.insert(check_id(&loaded.template), (number, index));
                    }
                }
            }
        }
        if by_id.len() > TEMPLATE_CHECKS_MAX {
            return Err(TooManyChecks { count: by_id.len() });
        }
        Ok(Self {
            sets,
            by_id,
            left_out,
        })
    }

    /// References of those that a run of `policy` may use.
    pub fn references(&self, policy: Policy) -> Vec<CheckRef> {
        self.by_id
            .values()
            .filter_map(|place| self.at(*place))
            .filter(|loaded| loaded.template.policy <= policy)
            .map(|loaded| reference(&loaded.template))
            .collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Ids of templates that are none, and why.
    pub fn left_out(&self) -> &[(String, String)] {
        &self.left_out
    }

    /// Digest of everything a run can conclude: the engine's checks, and each set.
    pub fn check_set_digest(&self) -> String {
        let own = check::check_set_digest();
        if self.sets.is_empty() {
            return own;
        }
        let mut hasher = Sha256::new();
        hasher.update(own.as_bytes());
        for set in &self.sets {
            hasher.update([0]);
            hasher.update(set.digest.as_bytes());
        }
        hex::encode(hasher.finalize())
    }

    /// The template a job asks for; none when it is not here, or here with another digest.
    pub(crate) fn find(&self, wanted: &CheckRef) -> Option<Place> {
        let place = *self.by_id.get(&wanted.id)?;
        let own = reference(&self.at(place)?.template);
        (wanted.digest.is_empty() || wanted.digest == own.digest).then_some(place)
    }

    pub(crate) fn at(&self, (set, index): Place) -> Option<&LoadedTemplate> {
        self.sets.get(set)?.templates.get(index)
    }

    /// What a template asks a service that is not of the web for; none where it asks for pages.
    pub(crate) fn service_ask(&self, place: Place) -> Option<ServiceAsk> {
        let block = self.at(place)?.template.blocks.first()?;
        match block {
            Block::Tcp(_) => Some(ServiceAsk::Bytes),
            Block::Ssl(_) => Some(ServiceAsk::Handshake),
            Block::Http(_) | Block::Dns(_) => None,
        }
    }

    /// Whether a template may be asked at a port: some are for those of their service only.
    pub(crate) fn is_for(&self, place: Place, port: u16) -> bool {
        let ports = self.usual_ports(place);
        ports.is_empty() || ports.contains(&port)
    }

    /// Whether a template is for just that port.
    pub(crate) fn names_port(&self, place: Place, port: u16) -> bool {
        self.usual_ports(place).contains(&port)
    }

    fn usual_ports(&self, place: Place) -> Vec<u16> {
        let blocks = self.at(place).map(|loaded| loaded.template.blocks.iter());
        let ports = blocks
            .into_iter()
            .flatten()
            .filter_map(|block| match block {
                Block::Tcp(block) => Some(block.usual_ports()),
                _ => None,
            });
        ports.flatten().collect()
    }

    /// What people are told of one.
    pub(crate) fn info(&self, id: &str) -> Option<CheckInfo> {
        let loaded = self.at(*self.by_id.get(id)?)?;
        Some(info(&loaded.template))
    }
}

/// Id and digest.
pub(crate) fn reference(template: &Template) -> CheckRef {
    CheckRef {
        id: check_id(template),
        digest: template.digest.chars().take(DIGEST_CHARS).collect(),
    }
}

/// The id of a template's check: its own. One that asks name servers looks at a name, and whoever
/// plans, runs or counts tells that by the first word (`looks_at_name`).
fn check_id(template: &Template) -> String {
    let id = &template.id;
    match template.blocks.first() {
        Some(Block::Dns(_)) => format!("dns.{id}"),
        _ => id.clone(),
    }
}

/// Whether what a template is about may be read by nobody: then its evidence keeps names and no
/// values.
pub(crate) fn is_about_secrets(template: &Template) -> bool {
    const WORDS: &[&str] = &[
        "backup",
        "config",
        "creds",
        "credential",
        "credentials",
        "debug",
        "disclosure",
        "files",
        "keys",
        "logs",
        "secret",
        "secrets",
        "token",
        "tokens",
    ];
    let tags = &template.info.tags;
    tags.iter().any(|tag| WORDS.contains(&tag.as_str()))
}

fn info(template: &Template) -> CheckInfo {
    let told = &template.info;
    let text = |text: &str| -> String { text.chars().take(TEXT_CHARS_MAX).collect() };
    CheckInfo {
        check: reference(template),
        title: text::line(&told.name),
        severity: told.severity,
        description: text(&told.description),
        remediation: text(&told.remediation),
        references: told
            .references
            .iter()
            .filter(|url| url.starts_with("https://"))
            .take(LISTED_MAX)
            .cloned()
            .collect(),
        cwe: told.cwe.iter().take(LISTED_MAX).copied().collect(),
        cve: told.cve.iter().take(LISTED_MAX).cloned().collect(),
        cvss_vector: told.cvss_vector.clone(),
    }
}

/// Why a template is no check; none when it is one.
fn why_no_check(template: &Template) -> Option<String> {
    let id = &template.id;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if id.chars().count() > ID_CHARS_MAX || !id.chars().all(is_plain) || looks_at_name(id) {
        return Some("its id cannot be that of a check".to_owned());
    }
    if check::is_own(&check_id(template)) {
        return Some("a check of the engine has its id".to_owned());
    }
    let covered = COVERED.iter().find(|(known, _)| known == id);
    let public = || {
        let mut all = wt_import::templates().iter();
        // Of handshakes the engine finds each variant that it finds any of.
        let has_variants = |known: &wt_import::Template| {
            !known.variant.is_empty() && !matches!(template.blocks.first(), Some(Block::Ssl(_)))
        };
        all.find(|known| known.id == *id && !has_variants(known))
            .map(|known| known.check)
    };
    if let Some(own) = covered.map(|(_, own)| *own).or_else(public) {
        return Some(format!("{own} finds it"));
    }
    let protocol = template.blocks.first().map(Block::protocol);
    if !template
        .blocks
        .iter()
        .all(|b| Some(b.protocol()) == protocol)
    {
        return Some("it mixes protocols".to_owned());
    }
    if template.needs_interactions {
        return Some("it waits for the target to come to a server of ours".to_owned());
    }
    if !template.needs.is_empty() {
        return Some(format!(
            "it needs values: {}",
            text::line(&template.needs.join(", "))
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use wt_model::Policy;

    use super::{COVERED, TemplateChecks, TemplateSet};
    use crate::check::{check_set_digest, is_own};

    fn builtin() -> TemplateChecks {
        TemplateChecks::new(vec![TemplateSet::builtin()]).unwrap()
    }

    fn set(files: &[(&str, &str)]) -> TemplateSet {
        let files: BTreeMap<String, Vec<u8>> = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
            .collect();
        TemplateSet::from_files(&files)
    }

    fn template(id: &str, word: &str) -> String {
        format!(
            "id: {id}\ninfo:\n  name: N\n  severity: high\n  author: a\nhttp:\n  - path: ['{{{{BaseURL}}}}/x']\n    \
             matchers:\n      - type: word\n        words: ['{word}']\n"
        )
    }

    #[test]
    fn what_a_check_of_the_engine_finds_is_no_check_twice() {
        let set = TemplateSet::builtin();
        let ids: BTreeSet<&str> = set
            .templates
            .iter()
            .map(|t| t.template.id.as_str())
            .collect();
        for (template, own) in COVERED {
            assert!(ids.contains(template), "{template}");
            assert!(is_own(own), "{own}");
        }
        let checks = builtin();
        assert_eq!(checks.len(), ids.len() - COVERED.len());
        assert!(checks.len() > 80, "{}", checks.len());
        assert_eq!(checks.left_out().len(), COVERED.len());
    }

    #[test]
    fn a_template_is_found_only_under_its_own_digest() {
        let checks = builtin();
        let all = checks.references(Policy::Intrusive);
        assert_eq!(all.len(), checks.len());
        let own = all.first().unwrap();
        assert!(checks.find(own).is_some());
        let other = wt_exposure::CheckRef {
            digest: "0000000000000000".to_owned(),
            ..own.clone()
        };
        assert!(checks.find(&other).is_none());
        assert_eq!(own.digest.len(), 16);
    }

    #[test]
    fn the_later_set_counts_and_changes_what_a_run_can_conclude() {
        let (one, two) = (template("mine", "one"), template("mine", "two"));
        let first = TemplateChecks::new(vec![set(&[("a.yaml", &one)])]).unwrap();
        let both =
            TemplateChecks::new(vec![set(&[("a.yaml", &one)]), set(&[("b.yaml", &two)])]).unwrap();
        assert_eq!((first.len(), both.len()), (1, 1));
        assert_ne!(
            first.references(Policy::Safe),
            both.references(Policy::Safe)
        );
        assert_ne!(first.check_set_digest(), both.check_set_digest());
        assert_ne!(first.check_set_digest(), check_set_digest());
        let none = TemplateChecks::default();
        assert_eq!(none.check_set_digest(), check_set_digest());
    }

    #[test]
    fn an_id_of_ours_or_of_names_is_nobody_elses() {
        let checks = TemplateChecks::new(vec![set(&[
            ("a.yaml", &template("port.open", "x")),
            ("b.yaml", &template("dns.mine", "x")),
            ("c.yaml", &template("git-config", "x")),
        ])])
        .unwrap();
        assert!(checks.is_empty());
        assert_eq!(checks.left_out().len(), 3, "{:?}", checks.left_out());
    }
}
