//! One run: targets, templates, blocks, flows.
use std::{
    collections::BTreeSet,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use futures::{StreamExt, stream};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio_util::sync::CancellationToken;
use wt_template::{
    Block, Chance, Conclusion, Flow, Prefilter, Protocol, TargetUrl, Template, Values,
};

use super::{
    LoadedTemplate, MatchInfo, TemplateMatch, TemplateReport, TemplateRunner, TemplateSet,
    TemplateSetting,
    http::{BlockOutcome, Cookies},
    interactions::{Interaction, TOKEN_LENGTH},
    kept::Kept,
    transport::Transport,
};
use crate::guard::{Guard, GuardSetting, Names};

const TOKEN_LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// What every session of a run shares.
pub(super) struct Shared<'a> {
    set: &'a TemplateSet,
    setting: &'a TemplateSetting,
    transport: Transport<'a>,
    sink: &'a (dyn Fn(TemplateMatch) + Sync),
    cancel: &'a CancellationToken,
    reported: Mutex<BTreeSet<[u8; 32]>>,
    prefiltered: AtomicU64,
    reads_cname: bool,
}

/// One template at one target.
pub(super) struct Session<'a> {
    shared: &'a Shared<'a>,
    loaded: &'a LoadedTemplate,
    pub(super) target: &'a TargetUrl,
    /// Whether the target named a port.
    pub(super) has_port: bool,
    pub(super) kept: &'a Kept,
    pub(super) prefiltered: &'a AtomicU64,
    first_block: usize,
    fixed: Values,
    /// What extractors found so far.
    pub(super) learned: Values,
    pub(super) cookies: Cookies,
    pub(super) chance: Chance,
    has_matched: bool,
    token: String,
}

/// Where a match was seen.
pub(super) struct Finding {
    pub(super) protocol: &'static str,
    pub(super) matched_at: String,
    pub(super) ip: String,
}

impl TemplateRunner {
    /// Runs a set on targets: URLs, or hosts with or without a port. Each match is handed to
    /// `sink` when it is seen.
    pub async fn run(
        &self,
        set: &TemplateSet,
        targets: &[String],
        setting: &TemplateSetting,
        sink: &(dyn Fn(TemplateMatch) + Sync),
        cancel: &CancellationToken,
    ) -> TemplateReport {
        run_templates(self, set, targets, setting, sink, cancel).await
    }

    pub(super) fn tls(&self) -> &std::sync::Arc<rustls::ClientConfig> {
        &self.tls
    }
}

/// See [`TemplateRunner::run`].
pub async fn run_templates(
    runner: &TemplateRunner,
    set: &TemplateSet,
    targets: &[String],
    setting: &TemplateSetting,
    sink: &(dyn Fn(TemplateMatch) + Sync),
    cancel: &CancellationToken,
) -> TemplateReport {
    let guard = Guard::new(
        GuardSetting {
            scope: setting.scope.clone(),
            allowed: setting.allowed.clone(),
            per_second: setting.requests_per_second,
            connect_timeout: setting.connect_timeout,
            shared_pace: None,
        },
        Names::new(&setting.resolver),
    );
    let mut report = TemplateReport::default();
    let mut order = Vec::new();
    for (index, loaded) in set.templates.iter().enumerate() {
        if loaded.template.policy > setting.policy {
            report.left_out.push(format!(
                "{}: it needs the policy {}",
                loaded.template.id, loaded.template.policy
            ));
        } else if loaded.template.needs_interactions && setting.interactions.is_none() {
            report.left_out.push(format!(
                "{}: it needs an interaction server, and none is set up",
                loaded.template.id
            ));
        } else {
            order.push((first_question(&loaded.template), index));
        }
    }
    // What asks the same comes together, so that a kept answer is used before it is dropped.
    order.sort();
    let reads_cname = set
        .templates
        .iter()
        .flat_map(|loaded| loaded.template.expressions())
        .any(|expression| expression.names().contains(&"cname"));
    let shared = Shared {
        set,
        setting,
        transport: Transport::new(&guard, runner.tls(), setting.answer_timeout),
        sink,
        cancel,
        reported: Mutex::default(),
        prefiltered: AtomicU64::new(0),
        reads_cname,
    };
    let mut kept_answers = 0;
    for text in targets {
        if cancel.is_cancelled() {
            break;
        }
        let Some((target, has_port)) = shared.target_of(text).await else {
            report.left_out.push(format!("{text}: it is no target"));
            continue;
        };
        let kept = Kept::default();
        let ambient = shared.ambient(&target).await;
        stream::iter(&order)
            .for_each_concurrent(setting.at_once.max(1), |(_, index)| {
                shared.run_template(*index, &target, has_port, &kept, &ambient)
            })
            .await;
        kept_answers += kept.shared.load(Ordering::Relaxed);
    }
    report.requests = shared.transport.sent.load(Ordering::Relaxed);
    report.shared = kept_answers;
    report.prefiltered = shared.prefiltered.load(Ordering::Relaxed);
    let denials = guard.denials();
    report.denials = denials
        .iter()
        .map(|denial| format!("{} ({}): {}", denial.host, denial.via, denial.reason))
        .collect();
    report
}

fn first_question(template: &Template) -> String {
    template
        .blocks
        .first()
        .map(|block| match block {
            Block::Http(block) => match block.requests.first() {
                Some(wt_template::HttpForm::Parts { url, .. }) => url.source().to_owned(),
                _ => String::new(),
            },
            _ => String::new(),
        })
        .unwrap_or_default()
}

impl Shared<'_> {
    /// A target; a bare host is tried with TLS first.
    async fn target_of(&self, text: &str) -> Option<(TargetUrl, bool)> {
        if text.contains("://") {
            let target = TargetUrl::new(text)?;
            let has_port = target.port.is_some();
            return Some((target, has_port));
        }
        let mut target = TargetUrl::new(&format!("https://{text}"))?;
        let has_port = target.port.is_some();
        let port = target.port_or_default();
        let is_tls = match self.transport.peer(&target.host, port, "target").await {
            Some(peer) => self
                .transport
                .open(&peer, Some(&target.host))
                .await
                .is_some(),
            None => false,
        };
        if !is_tls {
            "http".clone_into(&mut target.scheme);
        }
        Some((target, has_port))
    }

    /// What every template can read of a target.
    async fn ambient(&self, target: &TargetUrl) -> Values {
        let mut values = target.names();
        for (name, value) in &self.setting.values {
            values.set(name.as_str(), value.as_str());
        }
        if self.reads_cname
            && let Some(cname) = super::dns::cname_of(self.transport.guard, &target.host).await
        {
            values.set("cname", cname);
        }
        values
    }

    async fn run_template(
        &self,
        index: usize,
        target: &TargetUrl,
        has_port: bool,
        kept: &Kept,
        ambient: &Values,
    ) {
        let (Some(loaded), Some(first)) = (
            self.set.templates.get(index),
            self.set.first_block.get(index),
        ) else {
            return;
        };
        let seed = self.setting.seed
            ^ u64::try_from(index)
                .unwrap_or_default()
                .wrapping_mul(0x9e37_79b9);
        let mut chance = Chance::new(seed, OffsetDateTime::now_utc().unix_timestamp());
        let mut fixed = ambient.clone();
        let randstr = chance.text(LETTERS, 27);
        fixed.set("randstr", randstr);
        fixed.set("timestamp", chance.now_s.to_string());
        fixed.set("template-id", loaded.template.id.as_str());
        let mut session = Session {
            shared: self,
            loaded,
            target,
            has_port,
            kept,
            prefiltered: &self.prefiltered,
            first_block: *first,
            fixed,
            learned: Values::new(),
            cookies: Cookies::default(),
            chance,
            has_matched: false,
            token: String::new(),
        };
        session.place_token();
        session.fix_variables();
        session.run().await;
    }
}

impl<'a> Session<'a> {
    /// Gives the template a token of its own, where it waits for visits.
    fn place_token(&mut self) {
        if !self.loaded.template.needs_interactions {
            return;
        }
        if let Some(interactions) = &self.shared.setting.interactions {
            self.token = self.chance.text(TOKEN_LETTERS, TOKEN_LENGTH);
            self.fixed
                .set("interactsh-url", interactions.url_of(&self.token));
        }
    }

    /// What came because of this template.
    pub(super) async fn visits(&self) -> Vec<Interaction> {
        match &self.shared.setting.interactions {
            Some(interactions) if !self.token.is_empty() => interactions.of(&self.token).await,
            _ => Vec::new(),
        }
    }

    /// Gives the template's variables their values, once, so that texts of chance stay the same.
    fn fix_variables(&mut self) {
        let template = &self.loaded.template;
        for (name, text) in &template.variables {
            let is_given = self
                .shared
                .setting
                .values
                .iter()
                .any(|(known, _)| known == name);
            if !is_given && let Ok(value) = text.fill(&self.fixed, &mut self.chance) {
                self.fixed
                    .set(name.as_str(), wt_template::Value::Text(value));
            }
        }
        for (name, value) in &template.constants {
            self.fixed.set(name.as_str(), value.as_str());
        }
    }

    /// Everything requests can read now: variables that waited for an extractor included.
    pub(super) fn names(&mut self) -> Values {
        let mut names = self.fixed.clone();
        names.extend(&self.learned);
        for (name, text) in &self.loaded.template.variables {
            if names.get(name).is_none()
                && let Ok(value) = text.fill(&names, &mut self.chance)
            {
                names.set(name.as_str(), wt_template::Value::Text(value));
            }
        }
        names
    }

    async fn run(&mut self) {
        let template = &self.loaded.template;
        if let Some(flow) = &template.flow {
            Box::pin(self.run_flow(flow)).await;
            return;
        }
        for index in 0..template.blocks.len() {
            if self.is_over() || (self.has_matched && template.stops_at_first_match) {
                return;
            }
            self.run_block(index).await;
        }
    }

    async fn run_flow(&mut self, flow: &Flow) -> bool {
        match flow {
            Flow::Not(inner) => !Box::pin(self.run_flow(inner)).await,
            Flow::And(left, right) => {
                Box::pin(self.run_flow(left)).await && Box::pin(self.run_flow(right)).await
            }
            Flow::Or(left, right) => {
                Box::pin(self.run_flow(left)).await || Box::pin(self.run_flow(right)).await
            }
            Flow::Sequence(steps) => {
                let mut last = false;
                for step in steps {
                    last = Box::pin(self.run_flow(step)).await;
                }
                last
            }
            Flow::Call(protocol, number) => {
                let blocks: Vec<usize> = (0..self.loaded.template.blocks.len())
                    .filter(|index| {
                        self.protocol_of(*index)
                            .is_some_and(|p| p.as_str() == protocol)
                    })
                    .collect();
                let wanted: Vec<usize> = match number {
                    Some(number) => blocks.get(number - 1).copied().into_iter().collect(),
                    None => blocks,
                };
                let mut any = false;
                for index in wanted {
                    any |= self.run_block(index).await;
                }
                any
            }
        }
    }

    fn protocol_of(&self, index: usize) -> Option<Protocol> {
        self.loaded.template.blocks.get(index).map(Block::protocol)
    }

    async fn run_block(&mut self, index: usize) -> bool {
        let Some(block) = self.loaded.template.blocks.get(index) else {
            return false;
        };
        let outcome: BlockOutcome = match block {
            Block::Http(block) => self.run_http(block, self.first_block + index).await,
            Block::Dns(block) => self.run_dns(block).await,
            Block::Tcp(block) => self.run_tcp(block).await,
            Block::Ssl(block) => self.run_ssl(block).await,
        };
        if self.keeps_answers() {
            let before = self.loaded.template.blocks.get(..index).unwrap_or_default();
            let number = before
                .iter()
                .filter(|b| b.protocol() == block.protocol())
                .count()
                + 1;
            for (name, value) in outcome.last.iter() {
                let name = format!("{}_{number}_{name}", block.protocol().as_str());
                self.learned.set(name, value.clone());
            }
        }
        outcome.is_match
    }

    /// Whether later blocks may read this block's answers.
    pub(super) fn keeps_answers(&self) -> bool {
        self.loaded.template.blocks.len() > 1
    }

    pub(super) fn is_over(&self) -> bool {
        self.shared.cancel.is_cancelled()
    }

    pub(super) fn stops_at_first_match(&self) -> bool {
        self.loaded.template.stops_at_first_match
    }

    pub(super) fn user_agent(&self) -> &'a str {
        &self.shared.setting.user_agent
    }

    pub(super) fn transport(&self) -> &'a Transport<'a> {
        &self.shared.transport
    }

    pub(super) fn client_config(&self) -> &'a std::sync::Arc<rustls::ClientConfig> {
        self.shared.transport.client_config()
    }

    pub(super) fn prefilter(&self) -> &'a Prefilter {
        &self.shared.set.prefilter
    }

    /// Hands out a match: one for each named matcher, else one for each named extractor, else
    /// one. The same match twice is one.
    pub(super) fn report(&mut self, conclusion: &Conclusion, finding: &Finding) {
        if conclusion.is_internal {
            return;
        }
        self.has_matched = true;
        let named: Vec<&(String, Vec<String>)> = conclusion
            .extracted
            .iter()
            .filter(|(name, _)| !name.is_empty())
            .collect();
        if !conclusion.matchers.is_empty() {
            for name in &conclusion.matchers {
                self.hand_out(name, "", conclusion.results(), finding);
            }
        } else if named.is_empty() {
            self.hand_out("", "", conclusion.results(), finding);
        } else {
            for (name, texts) in named {
                self.hand_out("", name, texts.clone(), finding);
            }
        }
    }

    fn hand_out(&self, matcher: &str, extractor: &str, results: Vec<String>, finding: &Finding) {
        use sha2::Digest;
        let template = &self.loaded.template;
        let found = TemplateMatch {
            template_id: template.id.clone(),
            template_path: self.loaded.path.clone(),
            info: MatchInfo {
                name: template.info.name.clone(),
                severity: template.info.severity,
                tags: template.info.tags.clone(),
            },
            matcher_name: matcher.to_owned(),
            extractor_name: extractor.to_owned(),
            protocol: finding.protocol,
            host: self.target.host.clone(),
            port: self.target.port_or_default().to_string(),
            matched_at: finding.matched_at.clone(),
            extracted_results: results,
            ip: finding.ip.clone(),
            timestamp: String::new(),
            matcher_status: true,
        };
        let text = serde_json::to_vec(&found).unwrap_or_default();
        let key: [u8; 32] = sha2::Sha256::digest(&text).into();
        let is_new = self
            .shared
            .reported
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key);
        if is_new {
            let timestamp = OffsetDateTime::now_utc()
                .format(&Rfc3339)
                .unwrap_or_default();
            (self.shared.sink)(TemplateMatch { timestamp, ..found });
        }
    }
}
