//! `results.exposure_names`: the hosts, titles and checks that exposures of an organization have or
//! had. A few thousand of them stand for a million exposures where a word or pattern is looked for.
use std::collections::BTreeSet;

use sqlx::{PgConnection, Postgres, QueryBuilder};
use wt_filter::Glob;
use wt_pg::{PgFault, TenantRead};

use super::{exposure_way::within, narrow};

type Sql = QueryBuilder<Postgres>;

/// Where a word was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Names {
    /// In the names of these hosts.
    pub(super) hosts: BTreeSet<String>,
    /// In the ids of these checks or in a title of theirs.
    pub(super) checks: BTreeSet<String>,
}

impl Names {
    pub(super) fn of_hosts(hosts: Vec<String>) -> Self {
        Self {
            hosts: hosts.into_iter().collect(),
            ..Self::default()
        }
    }

    pub(super) fn of_checks(checks: Vec<String>) -> Self {
        Self {
            checks: checks.into_iter().collect(),
            ..Self::default()
        }
    }
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
    // A host has one spelling, in lower case; to fold each anew were most of the work.
    let has_word = |sql: &mut Sql, text: &'static str| {
        sql.push(" and strpos(").push(text).push(", ");
        sql.push_bind(word.to_owned()).push(") > 0");
    };
    let mut sql = in_pages(
        read,
        |sql| has_word(sql, "p.hosts"),
        |sql, host| has_word(sql, host.name),
    );
    sql.push(" union all ").push(NAMES);
    sql.push_bind(read.tenant_key().to_string());
    sql.push(" and c.tenant_key is not null and n.kind = 'title' and (false");
    for column in ["n.name", "n.of_id"] {
        sql.push(" or strpos(lower(").push(column).push("), ");
        sql.push_bind(word.to_owned()).push(") > 0");
    }
    sql.push(")");
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
    let fits = |sql: &mut Sql, host: Column| {
        sql.push(" and (false");
        for glob in globs {
            narrow::like(sql.push(" or ").push(host.name), glob);
        }
        if !assets.is_empty() {
            sql.push(" or ").push(host.asset).push(" = any(");
            sql.push_bind(assets.clone()).push(")");
        }
        sql.push(")");
    };
    let sql = if assets.is_empty() && globs.iter().all(|glob| glob.is_plain()) {
        let mut sql = within(read, NAMES);
        sql.push(" and n.kind = 'host'");
        fits(&mut sql, Column::ALONE);
        sql
    } else {
        in_pages(read, |sql| may_have(sql, globs, &assets), fits)
    };
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
    let mut sql = within(read, NAMES);
    sql.push(" and n.kind = 'title' and lower(n.of_id) like any(")
        .push_bind(patterns);
    sql.push(")");
    let rows = few(read, sql, TITLES_MAX).await?;
    let checks = rows.map(|rows| distinct(rows.into_iter().map(|row| row.of_id)));
    Ok(checks.filter(|checks| checks.len() <= most))
}

/// The names of an organization, one by one.
const NAMES: &str =
    "select n.kind, n.name, n.of_id from results.exposure_names n where n.tenant_key = ";

/// Where a host and its asset are.
#[derive(Clone, Copy)]
struct Column {
    name: &'static str,
    asset: &'static str,
}

impl Column {
    const PAGED: Self = Self {
        name: "h.name",
        asset: "h.of_id",
    };
    const ALONE: Self = Self {
        name: "n.name",
        asset: "n.of_id",
    };
}

/// Asks for hosts, in the pages that `page` adds `and …` for and where they are in none; `host` says
/// which.
fn in_pages(
    read: &TenantRead,
    page: impl FnOnce(&mut Sql),
    host: impl Fn(&mut Sql, Column),
) -> Sql {
    let mut sql = within(
        read,
        "select 'host' as kind, h.name, h.of_id
         from results.exposure_name_pages p
         cross join lateral unnest(string_to_array(p.hosts, E'\n'), p.assets) h (name, of_id)
         where p.tenant_key = ",
    );
    page(&mut sql);
    host(&mut sql, Column::PAGED);
    sql.push(
        " union all
         select 'host', n.name, n.of_id from results.exposure_names_unpaged n where n.tenant_key = ",
    );
    sql.push_bind(read.tenant_key().to_string());
    sql.push(" and c.tenant_key is not null");
    host(&mut sql, Column::ALONE);
    sql
}

/// Adds `and …` that a page may have a host that fits.
fn may_have(sql: &mut Sql, globs: &[&Glob], assets: &[String]) {
    sql.push(" and (false");
    for glob in globs {
        sql.push(" or strpos(p.hosts, ");
        sql.push_bind(glob.longest_piece().to_owned()).push(") > 0");
    }
    if !assets.is_empty() {
        sql.push(" or p.assets && ").push_bind(assets.to_vec());
    }
    sql.push(")");
}

/// Puts up to `most` hosts into pages; gives how many, 0 when no page is to be filled (SECURITY
/// DEFINER: no row is read by anybody).
pub(crate) async fn page(conn: &mut PgConnection, most: i64) -> Result<i64, PgFault> {
    Ok(
        sqlx::query_scalar!(r#"select results.page_names($1) as "paged!""#, most)
            .fetch_one(conn)
            .await?,
    )
}

async fn few(
    read: &mut TenantRead,
    mut sql: Sql,
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
