//! What a template saw, handed out once each.
use std::sync::PoisonError;

use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use wt_template::Conclusion;

use super::{Classification, MatchInfo, TemplateMatch, kept::Exchange, session::Session};

/// Where a match was seen.
pub(super) struct Finding<'a> {
    pub(super) protocol: &'static str,
    pub(super) matched_at: String,
    pub(super) ip: String,
    pub(super) shown: Shown<'a>,
}

/// What a template was shown.
pub(super) enum Shown<'a> {
    /// A page.
    Page(&'a Exchange),
    /// What was sent, and what a service that is not of the web said.
    Service(&'a [u8], &'a [u8]),
    /// What name servers said, as text.
    Name(&'a str),
}

impl Session<'_> {
    /// Hands out a match: one for each named matcher, else one for each named extractor, else
    /// one. The same match twice is one.
    pub(super) fn report(&mut self, conclusion: &Conclusion, finding: &Finding<'_>) {
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

    fn hand_out(
        &self,
        matcher: &str,
        extractor: &str,
        results: Vec<String>,
        finding: &Finding<'_>,
    ) {
        use sha2::Digest;
        let template = &self.loaded.template;
        let found = TemplateMatch {
            template_id: template.id.clone(),
            template_path: self.loaded.path.clone(),
            info: MatchInfo {
                name: template.info.name.clone(),
                severity: template.info.severity,
                tags: template.info.tags.clone(),
                classification: Classification::of(&template.info),
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
            let found = TemplateMatch { timestamp, ..found };
            self.shared
                .listener
                .matched(self.index, found, &finding.shown);
        }
    }
}
