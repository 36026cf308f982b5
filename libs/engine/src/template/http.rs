//! Web blocks: rounds of payloads, redirects, cookies, history.
use std::sync::{Arc, atomic::Ordering};

use wt_template::{
    Conclusion, HttpBlock, HttpForm, HttpRequest, Redirects, TargetUrl, Values, expose,
};

use super::{
    RUN_REQUESTS_MAX,
    found::{Finding, Shown},
    kept::Exchange,
    run::Asked,
    session::Session,
};

/// Most bytes of a body.
const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Most cookies of one template.
const COOKIES_MAX: usize = 64;

/// What one block leaves behind.
#[derive(Debug, Default)]
pub(super) struct BlockOutcome {
    pub(super) is_match: bool,
    /// Values of the last answer, for later blocks.
    pub(super) last: Values,
}

/// Cookies of one template at one target.
#[derive(Debug, Default)]
pub(super) struct Cookies(Vec<(String, String)>);

impl Cookies {
    fn learn(&mut self, exchange: &Exchange) {
        for (name, value) in &exchange.answer.headers {
            if !name.eq_ignore_ascii_case("set-cookie") {
                continue;
            }
            let text = String::from_utf8_lossy(value);
            let pair = text.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.0.retain(|(known, _)| known != name.trim());
                if self.0.len() < COOKIES_MAX {
                    self.0
                        .push((name.trim().to_owned(), value.trim().to_owned()));
                }
            }
        }
    }

    fn add_to(&self, request: &mut HttpRequest) {
        let has_own = request
            .headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("cookie"));
        if self.0.is_empty() || has_own || request.exact.is_some() {
            return;
        }
        let pairs: Vec<String> = self
            .0
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        request
            .headers
            .push(("Cookie".to_owned(), pairs.join("; ").into_bytes()));
    }
}

impl Session<'_> {
    /// Runs a web block at the session's target.
    pub(super) async fn run_http(&mut self, block: &HttpBlock, index: usize) -> BlockOutcome {
        let mut outcome = BlockOutcome::default();
        let rounds = block
            .payloads
            .as_ref()
            .map_or(1, wt_template::Payloads::len);
        let mut sent = 0_usize;
        'rounds: for round in 0..rounds {
            let mut history = Values::new();
            for (number, form) in block.requests.iter().enumerate() {
                let is_repeated = matches!(form, HttpForm::Raw(raw) if raw.is_once) && round > 0;
                if is_repeated {
                    continue;
                }
                if sent >= RUN_REQUESTS_MAX || self.is_over() {
                    self.note(&Asked::NotSent);
                    continue;
                }
                let mut names = self.names();
                names.extend(&history);
                for (name, value) in block
                    .payloads
                    .iter()
                    .filter_map(|p| p.round(round))
                    .flatten()
                {
                    names.set(name, value);
                }
                let target = self.target.clone();
                let built =
                    block.request(form, &target, &names, self.user_agent(), &mut self.chance);
                let Ok(mut request) = built else {
                    self.note(&Asked::NotSent);
                    continue;
                };
                if block.keeps_cookies {
                    self.cookies.add_to(&mut request);
                }
                sent += 1;
                let chain = self.follow(block, request).await;
                self.note(
                    &chain
                        .last()
                        .map_or(Asked::Unanswered, |last| Asked::Answered(last)),
                );
                if block.operators.reads_interactions()
                    && let Some(last) = chain.last()
                {
                    self.judge_visits(block, last, &names, &mut outcome).await;
                    continue;
                }
                let number = block.reads_history.then_some(number + 1);
                if self.judge_chain(
                    block,
                    index,
                    &chain,
                    &names,
                    number,
                    &mut history,
                    &mut outcome,
                ) && (block.stops_at_first_match || self.stops_at_first_match())
                {
                    break 'rounds;
                }
            }
        }
        outcome
    }

    /// The answers to a request and to what its redirects led to, in order.
    async fn follow(&mut self, block: &HttpBlock, first: HttpRequest) -> Vec<Arc<Exchange>> {
        let body_max = block
            .body_bytes_max
            .unwrap_or(BODY_BYTES_MAX)
            .min(BODY_BYTES_MAX);
        let mut chain: Vec<Arc<Exchange>> = Vec::new();
        let mut request = first;
        let mut via = "target".to_owned();
        loop {
            let transport = self.transport();
            let send = async {
                let said = transport.send(&request, &via, body_max).await?;
                Some(Arc::new(Exchange::new(request.clone(), said)))
            };
            let Some(exchange) = self.kept.get_or_send(&request, send).await else {
                break;
            };
            if block.keeps_cookies {
                self.cookies.learn(&exchange);
            }
            let next = redirect_of(block, &exchange, &chain);
            chain.push(exchange);
            let Some(url) = next.filter(|_| chain.len() <= block.redirects_max) else {
                break;
            };
            via = format!("redirect from {}", request.url.root());
            let keeps_method = chain
                .last()
                .is_some_and(|last| matches!(last.answer.status, 307 | 308));
            if !keeps_method {
                "GET".clone_into(&mut request.method);
                request.body = bytes::Bytes::new();
            }
            let leaves = url.authority() != request.url.authority();
            request.headers.retain(|(name, _)| {
                let name = name.to_ascii_lowercase();
                let is_bound = matches!(name.as_str(), "authorization" | "cookie");
                let is_of_body = name == "content-type";
                let is_dropped =
                    name == "host" || (leaves && is_bound) || (is_of_body && !keeps_method);
                !is_dropped
            });
            request.url = url;
            request.exact = None;
            if block.keeps_cookies && !leaves {
                request
                    .headers
                    .retain(|(name, _)| !name.eq_ignore_ascii_case("cookie"));
                self.cookies.add_to(&mut request);
            }
        }
        chain
    }

    /// Judges every answer of a chain, the last one first; whether one matched.
    #[expect(
        clippy::too_many_arguments,
        reason = "everything a judgement reads, borrowed once"
    )]
    fn judge_chain(
        &mut self,
        block: &HttpBlock,
        index: usize,
        chain: &[Arc<Exchange>],
        names: &Values,
        number: Option<usize>,
        history: &mut Values,
        outcome: &mut BlockOutcome,
    ) -> bool {
        let mut matched = false;
        for exchange in chain.iter().rev() {
            let is_last = chain.last().is_some_and(|last| Arc::ptr_eq(last, exchange));
            if !block.reads_history && !self.keeps_answers() && !self.may_match(index, exchange) {
                continue;
            }
            let mut values = names.clone();
            let request = exchange.request.to_bytes();
            exchange.answer.describe(&request, number, &mut values);
            values.set("ip", exchange.ip.as_str());
            values.set("host", self.target.root());
            values.set(
                "matched",
                format!(
                    "{}{}",
                    exchange.request.url.root(),
                    exchange.request.url.path
                ),
            );
            if number.is_some() && is_last {
                let mut own = Values::new();
                exchange.answer.describe(&request, number, &mut own);
                history.extend(&own);
            }
            let conclusion = block.operators.conclude(&values, "body", &mut self.chance);
            self.learn(&conclusion);
            if is_last && self.keeps_answers() {
                exchange.answer.describe(&request, None, &mut outcome.last);
            }
            if conclusion.is_match {
                matched = true;
                outcome.is_match = true;
                self.report(
                    &conclusion,
                    &Finding {
                        protocol: "http",
                        matched_at: format!(
                            "{}{}",
                            exchange.request.url.root(),
                            exchange.request.url.path
                        ),
                        ip: exchange.ip.clone(),
                        shown: Shown::Page(exchange),
                    },
                );
            }
        }
        if block.operators.matchers.is_empty() && block.operators.extractors.is_empty() {
            outcome.is_match |= !chain.is_empty();
        }
        matched
    }

    /// Judges an answer together with each visit that followed it.
    async fn judge_visits(
        &mut self,
        block: &HttpBlock,
        exchange: &Exchange,
        names: &Values,
        outcome: &mut BlockOutcome,
    ) {
        for visit in self.visits().await {
            let mut values = names.clone();
            exchange
                .answer
                .describe(&exchange.request.to_bytes(), None, &mut values);
            values.set("interactsh_protocol", visit.protocol);
            values.set("interactsh_request", visit.request);
            let conclusion = block.operators.conclude(&values, "body", &mut self.chance);
            if conclusion.is_match {
                outcome.is_match = true;
                let finding = Finding {
                    protocol: "http",
                    matched_at: format!(
                        "{}{}",
                        exchange.request.url.root(),
                        exchange.request.url.path
                    ),
                    ip: exchange.ip.clone(),
                    shown: Shown::Page(exchange),
                };
                self.report(&conclusion, &finding);
                return;
            }
        }
    }

    fn may_match(&self, index: usize, exchange: &Exchange) -> bool {
        let seen = exchange.seen(self.prefilter());
        let may = self.prefilter().may_match(index, seen);
        if !may {
            self.prefiltered.fetch_add(1, Ordering::Relaxed);
        }
        may
    }

    /// Takes what extractors found for later requests of the template.
    pub(super) fn learn(&mut self, conclusion: &Conclusion) {
        for (name, texts) in &conclusion.values {
            expose(&mut self.learned, name, texts);
        }
    }
}

/// Where an answer redirects to, as far as the block follows.
fn redirect_of(
    block: &HttpBlock,
    exchange: &Exchange,
    chain: &[Arc<Exchange>],
) -> Option<TargetUrl> {
    if block.redirects == Redirects::None
        || !matches!(exchange.answer.status, 301 | 302 | 303 | 307 | 308)
    {
        return None;
    }
    let location = exchange.answer.header("location");
    if location.is_empty() {
        return None;
    }
    let url = exchange.request.url.join(&location)?;
    let first = chain
        .first()
        .map_or(&exchange.request, |first| &first.request);
    match block.redirects {
        Redirects::SameHost if url.authority() != first.url.authority() => None,
        _ => Some(url),
    }
}
