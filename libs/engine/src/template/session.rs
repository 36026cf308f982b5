//! One template at one target: its values, its blocks, its flow.
use std::sync::atomic::AtomicU64;

use wt_template::{Block, Chance, Flow, Prefilter, Protocol, TargetUrl, Values};

use super::{
    LoadedTemplate,
    http::{BlockOutcome, Cookies},
    interactions::{Interaction, TOKEN_LENGTH},
    kept::Kept,
    run::{Asked, Shared},
    transport::Transport,
};

const TOKEN_LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// One template at one target.
pub(super) struct Session<'a> {
    pub(super) shared: &'a Shared<'a>,
    /// Place of the template in its set.
    pub(super) index: usize,
    pub(super) loaded: &'a LoadedTemplate,
    pub(super) target: &'a TargetUrl,
    /// Whether the target named a port.
    pub(super) has_port: bool,
    pub(super) kept: &'a Kept,
    pub(super) prefiltered: &'a AtomicU64,
    pub(super) first_block: usize,
    pub(super) fixed: Values,
    /// What extractors found so far.
    pub(super) learned: Values,
    pub(super) cookies: Cookies,
    pub(super) chance: Chance,
    pub(super) has_matched: bool,
    pub(super) token: String,
}

impl<'a> Session<'a> {
    /// Gives the template a token of its own, where it waits for visits.
    pub(super) fn place_token(&mut self) {
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
    pub(super) fn fix_variables(&mut self) {
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

    pub(super) async fn run(&mut self) {
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

    /// Tells how a request of the template went.
    pub(super) fn note(&self, asked: &Asked<'_>) {
        self.shared.listener.asked(self.index, asked);
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
}
