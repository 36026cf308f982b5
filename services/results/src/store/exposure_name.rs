//! `results.exposure_names`: the hosts, titles and checks that exposures of an organization have or
//! had. A few thousand of them stand for a million exposures where a word or pattern is looked for.
use std::collections::BTreeSet;

use sqlx::QueryBuilder;
use wt_filter::Glob;
use wt_pg::{PgFault, TenantRead};

use super::{exposure_way::within, narrow};

/// Where a word was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Names {
    /// In the names of these hosts.
    pub(super) hosts: BTreeSet<String>,
    /// In the ids of these checks or in a title of theirs.
    pub(super) checks: BTreeSet<String>,
}

#[derive(sqlx::FromRow)]
struct NameRow {
    kind: String,
    name: String,
    of_id: String,
}

/// Where a word (in lower case) is; none when in more names than `most`.
pub(super) async fn with_word(
    read: &mut TenantRead,
    word: &str,
    most: usize,
) -> Result<Option<Names>, PgFault> {
    let mut sql = begin(read);
    // A host has one spelling, in lower case; to fold each anew were most of the work.
    sql.push(" and (n.kind = 'host' and strpos(n.name, ")
        .push_bind(word.to_owned());
    for column in ["n.name", "n.of_id"] {
        sql.push(") > 0 or n.kind = 'title' and strpos(lower(");
        sql.push(column).push("), ").push_bind(word.to_owned());
    }
    sql.push(") > 0)");
    let Some(rows) = few(read, sql, most).await? else {
        return Ok(None);
    };
    let mut names = Names::default();
    for row in rows {
        if row.kind == "host" {
            names.hosts.insert(row.name);
        } else {
            names.checks.insert(row.of_id);
        }
    }
    Ok(Some(names))
}

/// The hosts of these assets, and those that fit one of these patterns; none when they are more
/// than `most`.
pub(super) async fn hosts(
    read: &mut TenantRead,
    assets: Vec<String>,
    globs: &[&Glob],
    most: usize,
) -> Result<Option<Vec<String>>, PgFault> {
    let mut sql = begin(read);
    sql.push(" and n.kind = 'host' and (");
    let mut or = "";
    for glob in globs {
        narrow::like(sql.push(or).push("n.name"), glob);
        or = " or ";
    }
    if !assets.is_empty() || globs.is_empty() {
        sql.push(or).push("n.of_id = any(");
        sql.push_bind(assets).push(")");
    }
    sql.push(")");
    let rows = few(read, sql, most).await?;
    Ok(rows.map(|rows| distinct(rows.into_iter().map(|row| row.name))))
}

/// The checks whose id fits one of these `like` patterns; none when they are more than `most`.
pub(super) async fn checks(
    read: &mut TenantRead,
    patterns: Vec<String>,
    most: usize,
) -> Result<Option<Vec<String>>, PgFault> {
    /// A check has more than one title where it tells of versions.
    const TITLES_MAX: usize = 1_000;
    let mut sql = begin(read);
    sql.push(" and n.kind = 'title' and lower(n.of_id) like any(")
        .push_bind(patterns);
    sql.push(")");
    let rows = few(read, sql, TITLES_MAX).await?;
    let checks = rows.map(|rows| distinct(rows.into_iter().map(|row| row.of_id)));
    Ok(checks.filter(|checks| checks.len() <= most))
}

fn begin(read: &TenantRead) -> QueryBuilder<sqlx::Postgres> {
    within(
        read,
        "select n.kind, n.name, n.of_id from results.exposure_names n where n.tenant_key = ",
    )
}

async fn few(
    read: &mut TenantRead,
    mut sql: QueryBuilder<sqlx::Postgres>,
    most: usize,
) -> Result<Option<Vec<NameRow>>, PgFault> {
    let limit = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
    sql.push(" limit ").push_bind(limit).push(") f");
    let rows: Vec<NameRow> = sql
        .build_query_as()
        .persistent(false)
        .fetch_all(read.conn())
        .await?;
    Ok((rows.len() <= most).then_some(rows))
}

fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    let names: BTreeSet<String> = names.collect();
    names.into_iter().collect()
}
