//! Filters that many hosts fit, a tag, or a text of words: what is looked at first leaves out nothing that
//! fits and keeps the order of the list (docs/decisions/0029).
use sqlx::Executor;
use wt_model::{Principal, Role, TenantKey};
use wt_proto::{common::PageRequest, results::ListExposuresRequest};

use crate::room::{Room, organization, person};

/// More hosts than are asked for as one, with three exposures each, of every severity and state.
async fn seed(room: &Room, tenant: TenantKey) {
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
         from (select i, (i * i % 11 % 5)::smallint as r from generate_series(0, 299) i) n; \
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
            page: Some(PageRequest { limit: 17, cursor }),
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
    seed(&room, tenant).await;
    seed(&room, organization()).await;
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
    ] {
        for (sort, by) in [("severity", "severity_rank"), ("score", "score")] {
            let fits = expected(&room, tenant, &format!("({fits})"), by).await;
            assert_eq!(
                listed(&room, &who, filter, sort).await,
                fits,
                "{filter} {sort}"
            );
        }
    }
}

#[tokio::test]
async fn a_tag_is_found_once_it_is_given_and_no_more_once_it_is_taken() {
    let room = Room::open().await;
    let tenant = organization();
    let who = person(tenant, Role::Viewer);
    seed(&room, tenant).await;
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
