//! A part of a list of exposures as SQL (`exposure_way` says which).
use sqlx::{Postgres, QueryBuilder};
use time::OffsetDateTime;
use wt_model::Severity;

use super::exposure_name::Names;

type Sql = QueryBuilder<Postgres>;

/// A part of the list, read in the list's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Branch {
    /// All of it.
    Walk,
    /// What has these keys and is not on these hosts nor seen by these checks, which have branches of
    /// their own.
    Keys(Vec<String>, Names),
    /// What is on these hosts and is not seen by these checks, which have branches of their own.
    Hosts(Vec<String>, Vec<String>),
    /// As [`Branch::Hosts`], of many hosts: how bad after how bad, until the page is full.
    Ranked(Vec<String>, Vec<String>),
    /// What this check sees.
    Check(String),
    /// What is this bad, attacked or not where that is said, and was there before.
    Since(Severity, Option<bool>, OffsetDateTime),
    /// What is this bad and was first seen then or later: a stretch of the list for each severity.
    Fresh(Vec<Severity>, OffsetDateTime),
    /// What has these keys and was there before.
    Older(Vec<String>, OffsetDateTime),
}

impl Branch {
    /// Adds the statement of this branch: one part, or one for each severity. `part` adds a part within
    /// further bounds.
    pub(super) fn push_parts(&self, sql: &mut Sql, rows: i64, part: impl Fn(&mut Sql, &str)) {
        match self {
            Self::Ranked(..) => ranked(sql, rows, part),
            Self::Fresh(severities, _) => {
                let ranks: Vec<i16> = severities.iter().map(|s| s.rank()).collect();
                sql.push("select y.* from unnest(").push_bind(ranks);
                sql.push(") r (rank) cross join lateral (");
                part(sql, " and x.severity_rank = r.rank");
                sql.push(") y");
            }
            _ => part(sql, ""),
        }
    }

    /// Adds `and …` about rows `x` of `results.exposures`.
    pub(super) fn push(&self, sql: &mut Sql) {
        match self {
            Self::Walk => {}
            Self::Keys(keys, but) => {
                any(sql, "x.key", keys.iter());
                none(sql, "x.host", but.hosts.iter());
                none(sql, "x.check_id", but.checks.iter());
            }
            Self::Hosts(hosts, checks) | Self::Ranked(hosts, checks) => {
                any(sql, "x.host", hosts.iter());
                none(sql, "x.check_id", checks.iter());
            }
            Self::Check(check) => {
                sql.push(" and x.check_id = ").push_bind(check.clone());
            }
            Self::Since(severity, kev, before) => {
                sql.push(" and x.severity_rank = ").push(severity.rank());
                sql.push(match kev {
                    Some(true) => " and x.kev",
                    Some(false) => " and not x.kev",
                    None => "",
                });
                sql.push(" and x.first_seen < ").push_bind(*before);
            }
            Self::Fresh(_, since) => {
                sql.push(" and x.first_seen >= ").push_bind(*since);
            }
            Self::Older(keys, before) => {
                any(sql, "x.key", keys.iter());
                sql.push(" and x.first_seen < ").push_bind(*before);
            }
        }
    }
}

/// One part for each severity, of which each asks for nothing once those before it fill the page.
fn ranked(sql: &mut Sql, rows: i64, part: impl Fn(&mut Sql, &str)) {
    let worst_first = || Severity::ALL.iter().rev().map(|severity| severity.rank());
    let mut before: Vec<String> = Vec::new();
    for rank in worst_first() {
        sql.push(if before.is_empty() { "with r" } else { ", r" });
        sql.push(rank).push(" as materialized (");
        let missing = match before.as_slice() {
            [] => String::new(),
            parts => format!(" and {} < {rows}", parts.join(" + ")),
        };
        part(sql, &format!(" and x.severity_rank = {rank}{missing}"));
        sql.push(")");
        before.push(format!("(select count(*) from r{rank})"));
    }
    let mut all = sql.separated(" union all ");
    for rank in worst_first() {
        all.push(" select * from r").push_unseparated(rank);
    }
}

/// Adds `and …` that the column has one of these values.
pub(super) fn any<'a>(sql: &mut Sql, column: &'static str, of: impl Iterator<Item = &'a String>) {
    sql.push(" and ").push(column).push(" = any(");
    opaque(sql, of.cloned().collect());
    sql.push(")");
}

/// A list that is bound as a question: one of thousands of values would be reckoned value by value
/// for every index while the statement is planned, and that they are few is known.
fn opaque(sql: &mut Sql, list: Vec<String>) {
    sql.push("(select ")
        .push_bind(list)
        .push("::text[])::text[]");
}

fn none<'a>(sql: &mut Sql, column: &'static str, of: impl Iterator<Item = &'a String>) {
    let left_out: Vec<String> = of.cloned().collect();
    if !left_out.is_empty() {
        sql.push(" and ").push(column).push(" <> all(");
        opaque(sql, left_out);
        sql.push(")");
    }
}
