//! One run: its targets, one after the other, and many templates at once.
use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use futures::{StreamExt, stream};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use wt_template::{Block, Chance, TargetUrl, Template, Values};

use super::{
    TemplateMatch, TemplateReport, TemplateRunner, TemplateSet, TemplateSetting,
    found::Shown,
    http::Cookies,
    kept::{Exchange, Kept},
    session::Session,
    transport::Transport,
};
use crate::guard::{Guard, GuardSetting, Lines, Names};

const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// How a request of a template went.
pub(super) enum Asked<'a> {
    /// A page came, after redirects.
    Answered(&'a Exchange),
    /// A service that is not of the web answered: what it said in words of its own, which is
    /// nothing of handshakes and of name servers.
    Heard(&'a [u8]),
    /// Sent, and not answered.
    Unanswered,
    /// Not sent: a value it needs was not found, or the template's share was used up.
    NotSent,
}

/// Who hears what templates come to.
pub(super) trait Listener: Sync {
    /// A template of the set matched what it was shown.
    fn matched(&self, template: usize, found: TemplateMatch, shown: &Shown<'_>);

    /// A question of a template went.
    fn asked(&self, _template: usize, _asked: &Asked<'_>) {}
}

/// Hands matches on as they are.
struct Sink<'a>(&'a (dyn Fn(TemplateMatch) + Sync));

impl Listener for Sink<'_> {
    fn matched(&self, _: usize, found: TemplateMatch, _: &Shown<'_>) {
        (self.0)(found);
    }
}

/// What every session of a run shares.
pub(super) struct Shared<'a> {
    pub(super) set: &'a TemplateSet,
    pub(super) setting: &'a TemplateSetting,
    pub(super) transport: Transport<'a>,
    pub(super) listener: &'a dyn Listener,
    pub(super) cancel: &'a CancellationToken,
    pub(super) reported: Mutex<BTreeSet<[u8; 32]>>,
    pub(super) prefiltered: AtomicU64,
    pub(super) reads_cname: bool,
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
            lines: Lines::Own(std::sync::Arc::default()),
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
    let sink = Sink(sink);
    let shared = Shared::new(set, setting, &guard, runner.tls(), &sink, cancel);
    let mut kept_answers = 0;
    for text in targets {
        if cancel.is_cancelled() {
            break;
        }
        let Some((target, has_port)) = shared.target_of(text).await else {
            report.left_out.push(format!("{text}: it is no target"));
            continue;
        };
        kept_answers += shared
            .run_all(order.iter().map(|(_, index)| *index), &target, has_port)
            .await;
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

pub(super) fn first_question(template: &Template) -> String {
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

impl<'a> Shared<'a> {
    pub(super) fn new(
        set: &'a TemplateSet,
        setting: &'a TemplateSetting,
        guard: &'a Guard,
        tls: &'a std::sync::Arc<rustls::ClientConfig>,
        listener: &'a dyn Listener,
        cancel: &'a CancellationToken,
    ) -> Self {
        let reads_cname = set
            .templates
            .iter()
            .flat_map(|loaded| loaded.template.expressions())
            .any(|expression| expression.names().contains(&"cname"));
        Self {
            set,
            setting,
            transport: Transport::new(guard, tls, setting.answer_timeout),
            listener,
            cancel,
            reported: Mutex::default(),
            prefiltered: AtomicU64::new(0),
            reads_cname,
        }
    }

    /// Runs templates at one target, which share its answers; how many requests that saved.
    pub(super) async fn run_all(
        &self,
        templates: impl Iterator<Item = usize>,
        target: &TargetUrl,
        has_port: bool,
    ) -> u64 {
        let kept = Kept::default();
        let ambient = self.ambient(target).await;
        stream::iter(templates)
            .for_each_concurrent(self.setting.at_once.max(1), |index| {
                self.run_template(index, target, has_port, &kept, &ambient)
            })
            .await;
        kept.shared.load(Ordering::Relaxed)
    }

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
            index,
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
