//! Trends and the past at this door: what is asked of the service, and what is shown.
use reqwest::Method;
use serde_json::{Value, json};
use wt_model::Permission;
use wt_proto::{
    Message as _,
    asset::{AssetTag, ListTaggedRequest, ListTaggedResponse, ListTagsResponse},
    convert::to_timestamp,
    results::{
        AgeBucket, GetRetentionResponse, GetTrendsRequest, GetTrendsResponse, ListExposuresRequest,
        ListExposuresResponse, TrendDay, TrendSums,
    },
};

use crate::gateway::Gateway;

const ASSET: &str = "ast_01ARZ3NDEKTSV4RRFFQ69G5FAV";

async fn ask(gateway: &Gateway, path: &str) -> (u16, Value) {
    let answer = gateway.owner(Method::GET, path).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_trend_is_shown_with_its_gaps_and_without_a_mean_of_nothing() {
    let gateway = Gateway::start().await;
    let day = TrendDay {
        day: "2026-11-01".to_owned(),
        open: [("high".to_owned(), 2)].into(),
        ..TrendDay::default()
    };
    let answer = GetTrendsResponse {
        days: vec![day],
        sums: Some(TrendSums::default()),
        ages: vec![AgeBucket {
            from_days: 365,
            to_days: None,
            open: 2,
        }],
        current: true,
        ..GetTrendsResponse::default()
    };
    gateway.upstream.answers("GetTrends", &answer);
    let path = format!("/api/v1/trends?from=2026-11-01&to=2026-11-01&asset_id={ASSET}");
    let (status, shown) = ask(&gateway, &path).await;
    assert_eq!(status, 200, "{shown}");
    assert_eq!(
        shown,
        json!({
            "days": [{
                "day": "2026-11-01", "open": { "high": 2 },
                "appeared": 0, "fixed": 0, "fixed_late": 0, "looked": false,
            }],
            "sums": { "appeared": 0, "fixed": 0, "fixed_late": 0, "mean_time_to_fix_s": null },
            "ages": [{ "from_days": 365, "to_days": null, "open": 2 }],
            "by_sla": {},
            "current": true,
            "kept_since": null,
        })
    );
    let call = gateway.upstream.calls_of("GetTrends").remove(0);
    let asked = GetTrendsRequest::decode(call.message).unwrap();
    assert_eq!(
        (asked.from.as_str(), asked.asset_id.as_str()),
        ("2026-11-01", ASSET)
    );
    assert_eq!(ask(&gateway, "/api/v1/trends?asset_id=x").await.0, 422);
}

#[tokio::test]
async fn a_trend_of_a_tag_is_of_the_assets_that_bear_it_and_of_nothing_when_none_does() {
    let gateway = Gateway::start().await;
    let answer = GetTrendsResponse {
        sums: Some(TrendSums::default()),
        ..GetTrendsResponse::default()
    };
    gateway.upstream.answers("GetTrends", &answer);
    for ids in [vec![ASSET.to_owned()], Vec::new()] {
        let tagged = ListTaggedResponse {
            asset_ids: ids.clone(),
        };
        gateway.upstream.answers("ListTagged", &tagged);
        let (status, _) = ask(&gateway, "/api/v1/trends?asset_tag=shop").await;
        assert_eq!(status, 200);
        let call = gateway.upstream.calls_of("ListTagged").remove(0);
        let asked = ListTaggedRequest::decode(call.message).unwrap();
        assert_eq!(asked.tag, "shop");
        let call = gateway.upstream.calls_of("GetTrends").pop().unwrap();
        let asked = GetTrendsRequest::decode(call.message).unwrap();
        assert_eq!(asked.assets.unwrap().ids, ids);
    }
    let both = format!("/api/v1/trends?asset_tag=shop&asset_id={ASSET}");
    assert_eq!(ask(&gateway, &both).await.0, 422);
    // Who bears a tag is the registry's to say, to whoever may read it.
    let token = gateway.key_token(&[Permission::ExposuresRead]);
    let url = gateway.url("/api/v1/trends?asset_tag=shop");
    let refused = reqwest::Client::new().get(url).bearer_auth(token);
    assert_eq!(refused.send().await.unwrap().status().as_u16(), 403);
    assert_eq!(gateway.upstream.calls_of("ListTagged").len(), 2);
}

#[tokio::test]
async fn tags_are_shown_with_how_many_bear_them() {
    let gateway = Gateway::start().await;
    let tags = vec![AssetTag {
        tag: "shop".to_owned(),
        assets: 2,
    }];
    gateway
        .upstream
        .answers("ListTags", &ListTagsResponse { tags });
    let (status, shown) = ask(&gateway, "/api/v1/asset-tags").await;
    assert_eq!(status, 200, "{shown}");
    assert_eq!(shown, json!({ "items": [{ "tag": "shop", "assets": 2 }] }));
}

#[tokio::test]
async fn how_long_history_is_kept_is_shown_with_what_will_change_it() {
    let gateway = Gateway::start().await;
    let day = |day| {
        Some(to_timestamp(
            time::macros::datetime!(2026-11-01 0:00 UTC) + day,
        ))
    };
    let answer = GetRetentionResponse {
        kept_since: day(time::Duration::ZERO),
        days: 180,
        next_days: 30,
        next_from: day(time::Duration::days(30)),
    };
    gateway.upstream.answers("GetRetention", &answer);
    let (status, shown) = ask(&gateway, "/api/v1/history").await;
    assert_eq!(status, 200, "{shown}");
    let expected = json!({
        "kept_since": "2026-11-01T00:00:00Z", "days": 180,
        "next_days": 30, "next_from": "2026-12-01T00:00:00Z",
    });
    assert_eq!(shown, expected);
    let whole = GetRetentionResponse::default();
    gateway.upstream.answers("GetRetention", &whole);
    let (_, shown) = ask(&gateway, "/api/v1/history").await;
    let all = json!({ "kept_since": null, "days": null, "next_days": null, "next_from": null });
    assert_eq!(shown, all);
}

#[tokio::test]
async fn a_moment_of_the_past_is_passed_on_and_a_wrong_one_named() {
    let gateway = Gateway::start().await;
    gateway
        .upstream
        .answers("ListExposures", &ListExposuresResponse::default());
    let (status, _) = ask(&gateway, "/api/v1/exposures?as_of=2026-11-01T00:00:00Z").await;
    assert_eq!(status, 200);
    let call = gateway.upstream.calls_of("ListExposures").remove(0);
    let asked = ListExposuresRequest::decode(call.message).unwrap();
    let moment = time::macros::datetime!(2026-11-01 0:00 UTC);
    assert_eq!(asked.as_of, Some(to_timestamp(moment)));
    let (status, problem) = ask(&gateway, "/api/v1/exposures?as_of=yesterday").await;
    assert_eq!(
        (status, &problem["code"]),
        (422, &json!("request.invalid_field"))
    );
}
