//! Filters that many hosts fit, a tag, a text of words, or a time: what is looked at first leaves out nothing
//! that fits and keeps the order of the list (docs/decisions/0029).
use sqlx::Executor;
use wt_model::{Principal, Role, TenantKey};
use wt_proto::{common::PageRequest, results::ListExposuresRequest};

use crate::room::{Room, organization, person};

/// More hosts than are asked for as one.
const SOME: u32 = 300;
/// More exposures than are asked for by their keys where what is new is asked for.
const MANY: u32 = 700;

/// This many exposures, three a host, of every severity and state. Each was new once, some changed
/// days later.
async fn seed(room: &Room, tenant: TenantKey, exposures: u32) {
    let mut conn = room.superuser().await;
    let sql = format!(
        "insert into results.exposures (tenant_key, key, asset_id, host, transport, port, check_id, \
         check_digest, discriminator, state, severity, severity_rank, title, attributes, fingerprint, \
         opened_strength, seq, first_seen, last_seen, last_run_id, score, tags) \
         select '{tenant}', 'exp1_' || md5(i::text), 'ast_01ARZ3NDEKTSV4RRFFQ69G5FAV', \
         'host' || i / 3 || '.many.example.com', 'tcp', 443, 'http.thing', 'd', i::text, \
         case when i % 7 = 0 then 'fixed' else 'open' end, \
         (array['info', 'low', 'medium', 'high', 'critical'])[1 + r], r, 'Something', \
         jsonb_build_object('product', 'thing/1.' || i % 4), '\\x00', 2, 1, \
         timestamptz '2026-01-01' + (i * 37 % 300) * interval '1 hour', now(), \
         'run_01ARZ3NDEKTSV4RRFFQ69G5FAV', i % 101, \
         case when i % 50 = 0 then array['rare', 'red'] else '{{}}' end \
         from (select i, (i * i % 11 % 5)::smallint as r from generate_series(0, {exposures} - 1) i) n; \
         insert into results.events (tenant_key, id, key, type, run_id, at, title, severity, severity_rank, \
         asset_id, host, transport, port, check_id, check_digest, discriminator, changed, strength, leaf_index) \
         select tenant_key, 'evt_' || left(v.type, 1) || substr(key, 6), key, v.type, last_run_id, v.at, title, \
         severity, severity_rank, asset_id, host, transport, port, check_id, 'd', '', '[]', 2, \
         row_number() over (order by v.at) \
         from results.exposures, lateral (select 'NEW' as type, first_seen as at \
         union all select 'CHANGED', first_seen + interval '3 days' where discriminator::integer % 9 = 0) v \
         where tenant_key = '{tenant}'; \
         insert into results.exposure_texts select tenant_key, key, \
         array_to_tsvector(results.marked_words(tenant_key, results.said(attributes))) \
         from results.exposures where tenant_key = '{tenant}'"
    );
    conn.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
}

/// What fits by SQL, in the order of the list.
async fn expected(room: &Room, tenant: TenantKey, fits: &str, by: &str) -> Vec<String> {
    let sql = format!(
        "select key from results.exposures where tenant_key = '{tenant}' and {fits} \
         order by {by} desc, first_seen desc, key desc"
    );
    let mut conn = room.superuser().await;
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .fetch_all(&mut conn)
        .await
        .unwrap()
}

/// The keys of what fits, a few at a time.
async fn listed(room: &Room, who: &Principal, filter: &str, sort: &str) -> Vec<String> {
    let (mut keys, mut cursor) = (Vec::new(), String::new());
    loop {
        let request = ListExposuresRequest {
            filter: filter.to_owned(),
            sort: sort.to_owned(),
            page: Some(PageRequest { limit: 47, cursor }),
            ..Default::default()
        };
        let request = room.peer.request(Some(who), request).unwrap();
        let page = room.client().list_exposures(request).await.unwrap();
        let page = page.into_inner();
        keys.extend(page.exposures.into_iter().map(|e| e.key));
        if page.next_cursor.is_empty() {
            return keys;
        }
        cursor = page.next_cursor;
    }
}

#[tokio::test]
async fn what_is_looked_at_first_leaves_out_nothing_and_keeps_the_order() {
    let room = Room::open().await;
    let tenant = organization();
    let who = person(tenant, Role::Viewer);
    seed(&room, tenant, SOME).await;
    seed(&room, organization(), SOME).await;
    // Some of the hosts are in pages, some in none.
    assert_eq!(page_names(&room, 60).await, 48);
    for (filter, fits) in [
        ("asset:*.many.example.com", "true"),
        ("asset:*.many.example.com state:fixed", "state = 'fixed'"),
        (
            "asset:*.many.example.com severity<high",
            "severity_rank < 3",
        ),
        (
            "asset:host7.many.example.com,host8.*",
            "port = 443 and host ~ '^host[78]\\.'",
        ),
        (
            "-asset:host7.many.example.com",
            "host <> 'host7.many.example.com'",
        ),
        ("asset:*.few.example.com", "false"),
        ("many", "true"),
        ("tag:rare", "'rare' = any(tags)"),
        ("tag:rare,none", "tags = '{}' or 'rare' = any(tags)"),
        ("tag:nobody", "false"),
        ("thing/1.2", "attributes->>'product' = 'thing/1.2'"),
        ("\"thing 1.2\"", "false"),
        ("hing/1.2", "false"),
        (
            "check:http.thing port:443 severity:critical",
            "severity_rank = 4",
        ),
        ("asset:ast_01ARZ3NDEKTSV4RRFFQ69G5FAV", "true"),
        ("asset:ast_01ARZ3NDEKTSV4RRFFQ69G5FAW", "false"),
        ("host9", "host like 'host9%'"),
    ] {
        agrees(&room, tenant, &who, filter, fits).await;
    }
}

/// Says that a filter gives what fits by SQL, in the order of either list.
async fn agrees(room: &Room, tenant: TenantKey, who: &Principal, filter: &str, fits: &str) {
    for (sort, by) in [("severity", "severity_rank"), ("score", "score")] {
        let fits = expected(room, tenant, &format!("({fits})"), by).await;
        let listed = listed(room, who, filter, sort).await;
        assert_eq!(listed, fits, "{filter} {sort}");
    }
}

/// Puts up to so many hosts into pages, as the timer does.
async fn page_names(room: &Room, most: i64) -> i64 {
    let sql = sqlx::query_scalar("select results.page_names($1)");
    let mut conn = room.superuser().await;
    sql.bind(most).fetch_one(&mut conn).await.unwrap()
}

#[tokio::test]
async fn what_happened_since_is_found_in_the_order_of_the_list() {
    let room = Room::open().await;
    let tenant = organization();
    let who = person(tenant, Role::Viewer);
    seed(&room, tenant, MANY).await;
    let happened = |what: &str| {
        format!(
            "exists (select from results.events v where v.tenant_key = exposures.tenant_key \
             and v.key = exposures.key and v.at >= '2026-01-03' and {what})"
        )
    };
    let any = happened("true");
    let changed = happened("v.type = 'CHANGED'");
    let new = happened("v.type = 'NEW'");
    for (terms, fits) in [
        ("", any.clone()),
        ("state:new", new.clone()),
        ("state:changed", changed.clone()),
        ("state:new,changed", format!("({new} or {changed})")),
        (
            "state:new severity>=high",
            format!("{new} and severity_rank >= 3"),
        ),
        (
            "severity:low,critical",
            format!("{any} and severity_rank in (1, 4)"),
        ),
        ("-state:changed", format!("{any} and not {changed}")),
        ("state:fixed", format!("{any} and state = 'fixed'")),
        (
            "state:fixed,new",
            format!("{any} and (state = 'fixed' or {new})"),
        ),
        ("state:reopened", "false".to_owned()),
    ] {
        let filter = format!("since:2026-01-03 {terms}");
        agrees(&room, tenant, &who, filter.trim(), &fits).await;
    }
}

#[tokio::test]
async fn every_host_is_in_one_page_or_in_none() {
    let room = Room::open().await;
    let tenants = [organization(), organization()];
    for tenant in tenants {
        seed(&room, tenant, SOME).await;
    }
    while page_names(&room, 30).await > 0 {}
    let mut conn = room.superuser().await;
    let mut count = async |sql: &str| -> i64 {
        let query = sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned()));
        query.fetch_one(&mut conn).await.unwrap()
    };
    let paged = "select p.tenant_key, h.* from results.exposure_name_pages p,
                 unnest(string_to_array(p.hosts, E'\\n'), p.assets) h (name, of_id)";
    // A hundred hosts each: four pages of two dozen.
    assert_eq!(
        count(&format!("select count(*) from ({paged}) t")).await,
        192
    );
    let all = "select tenant_key, name, of_id from results.exposure_names where kind = 'host'";
    let unpaged = "select * from results.exposure_names_unpaged";
    for (some, others) in [
        (format!("({paged}) union all ({unpaged})"), all.to_owned()),
        (all.to_owned(), format!("({paged}) union all ({unpaged})")),
    ] {
        let differ = format!("select count(*) from (({some}) except all ({others})) t");
        assert_eq!(count(&differ).await, 0);
    }
    // One more fills no page, and is found.
    let who = person(tenants[0], Role::Viewer);
    assert_eq!(listed(&room, &who, "host7", "").await.len(), 33);
    seed_host(&room, tenants[0]).await;
    assert_eq!(page_names(&room, 30).await, 0);
    assert_eq!(listed(&room, &who, "host7", "").await.len(), 34);
    let other = person(tenants[1], Role::Viewer);
    assert_eq!(listed(&room, &other, "host7", "").await.len(), 33);
}

/// A host that was not there.
async fn seed_host(room: &Room, tenant: TenantKey) {
    let sql = format!(
        "insert into results.exposures select (x).* from (select jsonb_populate_record(e, \
         '{{\"key\": \"exp1_00000000000000000000000007\", \"host\": \"host7.late.example.com\"}}') x \
         from results.exposures e where e.tenant_key = '{tenant}' limit 1) t"
    );
    let mut conn = room.superuser().await;
    conn.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
}

#[tokio::test]
async fn a_tag_is_found_once_it_is_given_and_no_more_once_it_is_taken() {
    let room = Room::open().await;
    let tenant = organization();
    let who = person(tenant, Role::Viewer);
    seed(&room, tenant, SOME).await;
    let mut conn = room.superuser().await;
    for (tags, found) in [("{late,red}", 9), ("{red}", 0), ("{late}", 9)] {
        let sql = format!(
            "update results.exposures set tags = '{tags}' \
             where tenant_key = '{tenant}' and discriminator like '_7'"
        );
        conn.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
        let late = listed(&room, &who, "tag:late", "").await;
        assert_eq!(late.len(), found, "{tags}");
    }
}
