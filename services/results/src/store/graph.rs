//! `results.exposures`, read as a graph: every statement finds its rows by a key and is bounded.
use sqlx::QueryBuilder;
use wt_pg::{PgFault, TenantTx};

use crate::domain::graph::Node;

/// A port of a host.
#[derive(Debug, Clone)]
pub(crate) struct ServiceRow {
    pub(crate) host: String,
    pub(crate) transport: String,
    pub(crate) port: i32,
}

/// An exposure with everything it hangs on.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct LinkRow {
    pub(crate) key: String,
    pub(crate) asset_id: String,
    pub(crate) host: String,
    pub(crate) transport: String,
    pub(crate) port: i32,
    pub(crate) check_id: String,
}

/// Ports of these hosts that something live is on: assets and hosts side by side.
pub(crate) async fn list_services(
    tx: &mut TenantTx,
    assets: &[String],
    hosts: &[String],
    limit: i64,
) -> Result<Vec<ServiceRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        ServiceRow,
        r#"select distinct e.host, e.transport, e.port
           from unnest($2::text[], $3::text[]) as h (asset_id, host)
           join results.exposures e
             on e.tenant_key = $1 and e.asset_id = h.asset_id and e.host = h.host
           where e.state in ('open', 'unresponsive')
           order by e.host, e.transport, e.port
           limit $4"#,
        tenant,
        assets,
        hosts,
        limit,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Those of these ports that anything was ever on.
pub(crate) async fn list_known_services(
    tx: &mut TenantTx,
    assets: &[String],
    services: &[ServiceRow],
) -> Result<Vec<ServiceRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let hosts: Vec<&str> = services.iter().map(|s| s.host.as_str()).collect();
    let transports: Vec<&str> = services.iter().map(|s| s.transport.as_str()).collect();
    let ports: Vec<i32> = services.iter().map(|s| s.port).collect();
    Ok(sqlx::query_as!(
        ServiceRow,
        r#"select distinct e.host, e.transport, e.port
           from unnest($3::text[], $4::text[], $5::integer[]) as s (host, transport, port)
           join results.exposures e
             on e.tenant_key = $1 and e.asset_id = any($2) and e.host = s.host
            and e.transport = s.transport and e.port = s.port
           order by e.host, e.transport, e.port"#,
        tenant,
        assets,
        &hosts as &[&str],
        &transports as &[&str],
        &ports,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Live exposures of these ports: the four columns side by side. Worst first.
pub(crate) async fn list_by_services(
    tx: &mut TenantTx,
    assets: &[String],
    services: &[ServiceRow],
    limit: i64,
) -> Result<Vec<LinkRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let hosts: Vec<&str> = services.iter().map(|s| s.host.as_str()).collect();
    let transports: Vec<&str> = services.iter().map(|s| s.transport.as_str()).collect();
    let ports: Vec<i32> = services.iter().map(|s| s.port).collect();
    Ok(sqlx::query_as!(
        LinkRow,
        r#"select e.key, e.asset_id, e.host, e.transport, e.port, e.check_id
           from unnest($3::text[], $4::text[], $5::integer[]) as s (host, transport, port)
           join results.exposures e
             on e.tenant_key = $1 and e.asset_id = any($2) and e.host = s.host
            and e.transport = s.transport and e.port = s.port
           where e.state in ('open', 'unresponsive')
           order by e.severity_rank desc, e.key
           limit $6"#,
        tenant,
        assets,
        &hosts as &[&str],
        &transports as &[&str],
        &ports,
        limit,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// These exposures, whatever their state.
pub(crate) async fn list_by_keys(
    tx: &mut TenantTx,
    keys: &[String],
) -> Result<Vec<LinkRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        LinkRow,
        "select key, asset_id, host, transport, port, check_id from results.exposures
         where tenant_key = $1 and key = any($2)
         order by key",
        tenant,
        keys,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Live exposures that these checks see, by where they are.
pub(crate) async fn list_by_checks(
    tx: &mut TenantTx,
    checks: &[String],
    limit: i64,
) -> Result<Vec<LinkRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        LinkRow,
        r#"select e.key, e.asset_id, e.host, e.transport, e.port, e.check_id
           from unnest($2::text[]) as c (check_id)
           cross join lateral (
               select * from results.exposures x
               where x.tenant_key = $1 and x.check_id = c.check_id
                 and x.state in ('open', 'unresponsive')
               order by x.severity_rank desc, x.first_seen desc, x.key desc
               limit $3
           ) e
           limit $3"#,
        tenant,
        checks,
        limit,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// The most urgent live exposures that nobody accepted or declared wrong.
pub(crate) async fn list_urgent(tx: &mut TenantTx, limit: i64) -> Result<Vec<LinkRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        LinkRow,
        r#"select key, asset_id, host, transport, port, check_id from results.exposures
           where tenant_key = $1 and state in ('open', 'unresponsive')
             and (decision is null or decision not in ('accept_risk', 'false_positive')
                  or decision_until <= now())
           order by score desc, first_seen desc, key desc
           limit $2"#,
        tenant,
        limit,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// One exposure that hangs on, or is, both nodes; a live one unless a node names it.
pub(crate) async fn find_with_both(
    tx: &mut TenantTx,
    nodes: [&Node; 2],
) -> Result<Option<LinkRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let mut sql = QueryBuilder::new(
        "select x.key, x.asset_id, x.host, x.transport, x.port, x.check_id
         from results.exposures x where x.tenant_key = ",
    );
    sql.push_bind(tenant);
    if !nodes.iter().any(|node| matches!(node, Node::Exposure(_))) {
        sql.push(" and x.state in ('open', 'unresponsive')");
    }
    let owner = " and x.asset_id = any(array(select p.asset_id from results.places p
                  where p.tenant_key = (select current_setting('app.tenant_key', true))
                    and p.host = ";
    for node in nodes {
        match node {
            Node::Asset(id) => {
                sql.push(" and x.asset_id = ").push_bind(id.to_string());
            }
            Node::Name(host) => {
                sql.push(" and x.host = ").push_bind(host.clone());
                sql.push(owner).push_bind(host.clone()).push("))");
            }
            Node::Address(address) => {
                sql.push(
                    " and (x.asset_id, x.host) in (select p.asset_id, p.host
                      from results.places p
                      where p.tenant_key = (select current_setting('app.tenant_key', true))
                        and p.address <> '' and p.address = ",
                );
                sql.push_bind(address.to_string());
                sql.push(
                    " and not exists (select from results.places n
                          where n.tenant_key = p.tenant_key and n.asset_id = p.asset_id
                            and n.host = p.host and n.run_seq > p.run_seq))",
                );
            }
            Node::Service {
                host,
                port,
                transport,
            } => {
                sql.push(" and x.host = ").push_bind(host.clone());
                sql.push(" and x.port = ").push_bind(i32::from(*port));
                sql.push(" and x.transport = ").push_bind(transport.clone());
                sql.push(owner).push_bind(host.clone()).push("))");
            }
            Node::Exposure(key) => {
                sql.push(" and x.key = ").push_bind(key.to_string());
            }
            Node::Finding(check) => {
                sql.push(" and x.check_id = ").push_bind(check.clone());
            }
        }
    }
    sql.push(" limit 1");
    Ok(sql.build_query_as().fetch_optional(tx.conn()).await?)
}

/// Live exposures of one port, or of a check or an asset as a whole.
#[derive(Debug, Clone)]
pub(crate) struct TallyRow {
    pub(crate) host: String,
    pub(crate) transport: String,
    pub(crate) port: i32,
    pub(crate) open: i64,
    pub(crate) worst: i16,
}

/// Live exposures of these hosts, by port: assets and hosts side by side.
pub(crate) async fn tally_hosts(
    tx: &mut TenantTx,
    assets: &[String],
    hosts: &[String],
) -> Result<Vec<TallyRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        TallyRow,
        r#"select e.host, e.transport, e.port, count(*) as "open!", max(e.severity_rank) as "worst!"
           from unnest($2::text[], $3::text[]) as h (asset_id, host)
           join results.exposures e
             on e.tenant_key = $1 and e.asset_id = h.asset_id and e.host = h.host
           where e.state in ('open', 'unresponsive')
           group by e.host, e.transport, e.port"#,
        tenant,
        assets,
        hosts,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Live exposures of something named by one word.
#[derive(Debug, Clone)]
pub(crate) struct SumRow {
    pub(crate) name: String,
    pub(crate) open: i64,
    pub(crate) worst: i16,
}

/// Live exposures of these assets.
pub(crate) async fn tally_assets(
    tx: &mut TenantTx,
    assets: &[String],
) -> Result<Vec<SumRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        SumRow,
        r#"select asset_id as name, count(*) as "open!", max(severity_rank) as "worst!"
           from results.exposures
           where tenant_key = $1 and asset_id = any($2) and state in ('open', 'unresponsive')
           group by asset_id"#,
        tenant,
        assets,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Live exposures that these checks see.
pub(crate) async fn tally_checks(
    tx: &mut TenantTx,
    checks: &[String],
) -> Result<Vec<SumRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        SumRow,
        r#"select check_id as name, count(*) as "open!", max(severity_rank) as "worst!"
           from results.exposures
           where tenant_key = $1 and check_id = any($2) and state in ('open', 'unresponsive')
           group by check_id"#,
        tenant,
        checks,
    )
    .fetch_all(tx.conn())
    .await?)
}
