//! The questions of one group about a name, in the order that their answers ask for.
use std::{
    collections::{BTreeSet, VecDeque},
    net::IpAddr,
    time::Instant,
};

use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use wt_exposure::InconclusiveReason;

use super::{
    Probed,
    dmarc::Dmarc,
    inspect::millis,
    name::{AliasFacts, DmarcFacts, SPF_LOOKUPS_MAX, SpfFacts, Told, Transcript},
    records::{record_line, texts},
    spf::Spf,
};
use crate::guard::{Guard, NameAnswer, NameFailure, Transfer, Unanswered};

/// Most aliases followed from one name: resolvers give up at about as many.
const ALIASES_MAX: usize = 8;
/// Labels that a name above another must have to be asked: top-level zones set no policy for
/// those who register below them.
const LABELS_MIN: usize = 2;
/// Names above a name that are asked for a policy (RFC 9091 and its successor walk as far).
const ABOVE_MAX: usize = 5;
/// Servers of a zone that are asked for it, and addresses of each.
const SERVERS_MAX: usize = 8;
const ADDRESSES_MAX: usize = 2;

/// An answer to a group of questions, or why there is none.
pub(super) type Answered<T> = Result<T, InconclusiveReason>;

/// What the first question tells of a name.
#[derive(Clone, Copy)]
pub(super) struct Standing {
    /// It is the top of a zone.
    pub(super) is_apex: bool,
    /// It is an alias.
    pub(super) is_alias: bool,
}

/// The questions of one group.
pub(super) struct Talk<'a> {
    guard: &'a Guard,
    transcript: Transcript,
    started: Instant,
}

/// Facts with the words they were read from.
pub(super) trait Tell<T> {
    /// Both, or why there are none.
    fn told(self, talk: Talk<'_>) -> Probed<Told<T>>;
}

impl<T> Tell<T> for Answered<T> {
    fn told(self, talk: Talk<'_>) -> Probed<Told<T>> {
        match self {
            Ok(facts) => Probed::Facts(Told {
                facts,
                transcript: Transcript {
                    elapsed_ms: millis(talk.started),
                    ..talk.transcript
                },
            }),
            Err(reason) => Probed::Failed(reason),
        }
    }
}

impl<'a> Talk<'a> {
    pub(super) fn new(guard: &'a Guard) -> Self {
        Self {
            guard,
            transcript: Transcript::default(),
            started: Instant::now(),
        }
    }

    pub(super) async fn ask(&mut self, name: &str, kind: RecordType) -> Answered<NameAnswer> {
        let line = format!("{name}. IN {kind}\n");
        self.transcript.asked.push_str(&line);
        let answer = self.guard.answer(name, kind).await;
        let answer = answer.map_err(Unanswered::reason)?;
        if !answer.exists {
            let line = format!(";; {name}. {kind}: NXDOMAIN\n");
            self.transcript.answered.push_str(&line);
        } else if answer.records.is_empty() {
            let line = format!(";; {name}. {kind}: no record\n");
            self.transcript.answered.push_str(&line);
        }
        for record in &answer.records {
            self.transcript.answered.push_str(&record_line(record));
        }
        Ok(answer)
    }

    /// The names an alias leads to, in order. A chain that does not end is a fault.
    pub(super) async fn chain(&mut self, name: &str) -> Answered<Vec<String>> {
        let mut chain: Vec<String> = Vec::new();
        loop {
            let at = chain.last().map_or(name, String::as_str).to_owned();
            let answer = self.ask(&at, RecordType::CNAME).await?;
            let Some(next) = answer
                .records
                .iter()
                .find_map(|record| alias_of(record, &at))
            else {
                return Ok(chain);
            };
            if chain.len() == ALIASES_MAX {
                return Err(InconclusiveReason::DnsServfail);
            }
            chain.push(next);
        }
    }

    pub(super) async fn alias(&mut self, name: &str) -> Answered<AliasFacts> {
        let chain = self.chain(name).await?;
        let Some(end) = chain.last() else {
            return Ok(AliasFacts::default());
        };
        let is_there = self.ask(end, RecordType::A).await?.exists;
        if is_there {
            return Ok(AliasFacts {
                chain,
                is_end_gone: false,
            });
        }
        // A resolver's word alone is not enough to cry wolf, nor to say that all is well.
        if !self.guard.is_alias_end_gone(end).await {
            return Err(InconclusiveReason::DnsServfail);
        }
        let line = format!(";; {end}. does not exist, say the servers of its own zone\n");
        self.transcript.answered.push_str(&line);
        Ok(AliasFacts {
            chain,
            is_end_gone: true,
        })
    }

    /// Mail is expected of the top of a zone, and of a name that takes mail (RFC 7505 has a
    /// record for those that do not).
    async fn is_for_mail(&mut self, name: &str, standing: Standing) -> Answered<bool> {
        if standing.is_alias || standing.is_apex {
            return Ok(standing.is_apex);
        }
        let answer = self.ask(name, RecordType::MX).await?;
        let takes_mail =
            |record: &Record| matches!(&record.data, RData::MX(mx) if !mx.exchange.is_root());
        Ok(answer.records.iter().any(takes_mail))
    }

    pub(super) async fn spf(&mut self, name: &str, standing: Standing) -> Answered<SpfFacts> {
        let answer = self.ask(name, RecordType::TXT).await?;
        let records: Vec<Spf> = spf_records(&answer);
        let mut facts = SpfFacts {
            records: records.len(),
            is_whole: true,
            ..SpfFacts::default()
        };
        match <[Spf; 1]>::try_from(records) {
            Ok([record]) => {
                facts.is_for_mail = true;
                self.follow(record, &mut facts).await;
            }
            Err(_) => facts.is_for_mail = self.is_for_mail(name, standing).await?,
        }
        Ok(facts)
    }

    /// Reads what a record leads to, until it costs too much or all is known.
    async fn follow(&mut self, record: Spf, facts: &mut SpfFacts) {
        facts.lookups = record.lookups;
        facts.passes_all = record.passes_all;
        let mut speaking = record.redirect;
        let mut ahead: VecDeque<String> = record.leads_to.into();
        let mut seen = BTreeSet::new();
        while let Some(next) = ahead.pop_front() {
            if facts.lookups > SPF_LOOKUPS_MAX {
                break;
            }
            // A record that leads to itself has no end, and no more to tell.
            if !seen.insert(next.clone()) {
                continue;
            }
            let Ok(answer) = self.ask(&next, RecordType::TXT).await else {
                facts.is_whole = false;
                continue;
            };
            let Some(found) = spf_records(&answer).into_iter().next() else {
                continue;
            };
            facts.lookups += found.lookups;
            ahead.extend(found.leads_to);
            if speaking.as_deref() == Some(next.as_str()) {
                facts.passes_all = found.passes_all;
                speaking = found.redirect;
            }
        }
    }

    pub(super) async fn dmarc(&mut self, name: &str, standing: Standing) -> Answered<DmarcFacts> {
        let is_for_mail = self.is_for_mail(name, standing).await?;
        if !is_for_mail {
            return Ok(DmarcFacts::default());
        }
        for at in and_above(name) {
            let answer = self.ask(&format!("_dmarc.{at}"), RecordType::TXT).await?;
            let records: Vec<Dmarc> = texts(&answer.records)
                .iter()
                .filter_map(|text| Dmarc::read(text))
                .collect();
            // Of several records none counts (RFC 7489 §6.6.3).
            if let Ok([record]) = <[Dmarc; 1]>::try_from(records) {
                let policy = if at == name {
                    record.policy
                } else {
                    record.below
                };
                return Ok(DmarcFacts {
                    is_for_mail,
                    policy: Some((policy, at.to_owned())),
                });
            }
        }
        Ok(DmarcFacts {
            is_for_mail,
            policy: None,
        })
    }

    /// Climbs as an issuer does (RFC 8659 §3).
    pub(super) async fn caa(&mut self, name: &str) -> Answered<bool> {
        for at in and_above(name) {
            let answer = self.ask(at, RecordType::CAA).await?;
            let is_caa = |record: &Record| matches!(record.data, RData::CAA(_));
            if answer.records.iter().any(is_caa) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) async fn transfer(
        &mut self,
        name: &str,
        standing: Standing,
    ) -> Answered<Vec<String>> {
        // What is no zone of its own belongs to whoever owns the zone above.
        if !standing.is_apex {
            return Ok(Vec::new());
        }
        let answer = self.ask(name, RecordType::NS).await?;
        let servers: BTreeSet<String> = answer
            .records
            .iter()
            .filter_map(|record| match &record.data {
                RData::NS(server) => Some(plain(&server.0)),
                _ => None,
            })
            .take(SERVERS_MAX)
            .collect();
        if servers.is_empty() {
            return Err(InconclusiveReason::DnsServfail);
        }
        let mut given = Vec::new();
        let mut unclear = None;
        for server in servers {
            let addresses = match self.guard.addresses_of(&server).await {
                Ok(addresses) => addresses,
                // A server that is not there hands out nothing.
                Err(NameFailure::NoSuchName | NameFailure::NoAddress) => continue,
                Err(NameFailure::ServFail) => {
                    unclear = unclear.or(Some(InconclusiveReason::DnsServfail));
                    continue;
                }
            };
            for address in addresses.into_iter().take(ADDRESSES_MAX) {
                match self.transfer_from(name, &server, address).await {
                    Ok(true) => {
                        given.push(server.clone());
                        break;
                    }
                    Ok(false) => {}
                    Err(reason) => unclear = unclear.or(Some(reason)),
                }
            }
        }
        match unclear {
            Some(reason) if given.is_empty() => Err(reason),
            _ => Ok(given),
        }
    }

    async fn transfer_from(&mut self, zone: &str, server: &str, address: IpAddr) -> Answered<bool> {
        match self.guard.transfer(zone, server, address).await {
            Transfer::Given(records) => {
                let asked = format!("{zone}. IN AXFR at {server} ({address})\n");
                self.transcript.asked.push_str(&asked);
                for record in &records {
                    self.transcript.answered.push_str(&record_line(record));
                }
                Ok(true)
            }
            Transfer::Declined => Ok(false),
            Transfer::Unclear(reason) => Err(reason),
        }
    }
}

fn spf_records(answer: &NameAnswer) -> Vec<Spf> {
    texts(&answer.records)
        .iter()
        .filter_map(|text| Spf::read(text))
        .collect()
}

/// A name and those above it that may have a policy of their own, nearest first.
fn and_above(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(name), |at| at.split_once('.').map(|(_, above)| above))
        .take_while(|at| at.split('.').count() >= LABELS_MIN)
        .take(ABOVE_MAX)
}

/// Whether a name has a record of a kind itself.
pub(super) fn has(records: &[Record], owner: &str, kind: RecordType) -> bool {
    records
        .iter()
        .any(|record| record.record_type() == kind && plain(&record.name) == owner)
}

fn alias_of(record: &Record, owner: &str) -> Option<String> {
    match &record.data {
        RData::CNAME(end) if plain(&record.name) == owner => Some(plain(&end.0)),
        _ => None,
    }
}

/// A name in lower case, without the final dot.
fn plain(name: &Name) -> String {
    let text = name.to_ascii();
    text.trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::and_above;

    #[test]
    fn policies_are_looked_for_above_a_name_but_not_at_the_top() {
        let all: Vec<&str> = and_above("a.shop.example.com").collect();
        assert_eq!(
            all,
            ["a.shop.example.com", "shop.example.com", "example.com"]
        );
        assert_eq!(and_above("localhost").count(), 0);
    }
}
