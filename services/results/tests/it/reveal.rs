//! What looks like a secret in evidence, and the record of who had it shown.
use serde_json::Value;
use wt_exposure::Settled;
use wt_model::{Principal, Role};
use wt_proto::results::{
    GetExposureRequest, GetExposureResponse, ListExposuresRequest, RevealEvidenceRequest,
    RevealEvidenceResponse,
};

use crate::{
    room::{Room, organization, person},
    told::told,
};

const SECRET: &str = "hunter2";
const COVER: &str = "••••••••";

async fn key_of(room: &Room, who: &Principal) -> String {
    let request = ListExposuresRequest::default();
    let request = room.peer.request(Some(who), request).unwrap();
    let listed = room.client().list_exposures(request).await.unwrap();
    listed.into_inner().exposures.remove(0).key
}

async fn show(room: &Room, who: &Principal, key: &str) -> GetExposureResponse {
    let key = key.to_owned();
    let request = room.peer.request(Some(who), GetExposureRequest { key });
    let shown = room.client().get_exposure(request.unwrap()).await;
    shown.unwrap().into_inner()
}

async fn reveal(
    room: &Room,
    who: &Principal,
    key: &str,
) -> Result<RevealEvidenceResponse, tonic::Status> {
    let key = key.to_owned();
    let request = room.peer.request(Some(who), RevealEvidenceRequest { key });
    let answer = room.client().reveal_evidence(request.unwrap()).await?;
    Ok(answer.into_inner())
}

async fn records(room: &Room) -> Vec<(String, String, Value)> {
    let mut conn = room.superuser().await;
    let sql = "select actor, object, after from results.audit where action = 'exposure.reveal'";
    sqlx::query_as(sql).fetch_all(&mut conn).await.unwrap()
}

#[tokio::test]
async fn what_looks_like_a_secret_is_shown_only_on_the_record() {
    let room = Room::open().await;
    let tenant = organization();
    let mut seen = told(tenant, "on_demand", &[(80, Settled::Present)]);
    let observation = &mut seen.report.observations[0];
    observation.evidence.response = b"HOST=db\nDB_PASSWORD=hunter2".to_vec();
    observation.evidence.matched = vec![SECRET.to_owned()];
    let named = ("api_key".to_owned(), "k-123456".to_owned());
    observation.attributes.insert(named.0, named.1);
    let seen = room.tell(seen).await;
    let who = person(tenant, Role::Viewer);
    let key = key_of(&room, &who).await;

    let shown = show(&room, &who, &key).await;
    let evidence = shown.evidence.unwrap();
    let response = String::from_utf8(evidence.response).unwrap();
    assert_eq!(response, format!("HOST=db\nDB_PASSWORD={COVER}"));
    assert_eq!(evidence.matched, [COVER], "the same value, wherever it is");
    assert_eq!(evidence.covered, 2);
    assert_eq!(shown.covered_attributes, ["api_key"]);
    assert_eq!(shown.attributes["api_key"], COVER);
    assert_eq!(shown.attributes["value"], "1");
    assert!(records(&room).await.is_empty(), "nothing was shown");

    let revealed = reveal(&room, &who, &key).await.unwrap();
    let evidence = revealed.evidence.unwrap();
    assert_eq!(evidence.response, b"HOST=db\nDB_PASSWORD=hunter2");
    assert_eq!(
        (evidence.matched[0].as_str(), evidence.covered),
        (SECRET, 0)
    );
    assert_eq!(revealed.attributes["api_key"], "k-123456");
    let [(actor, object, after)] = &records(&room).await[..] else {
        panic!("one deed, one record")
    };
    assert_eq!((actor, object), (&who.sub, &key));
    assert_eq!(after["run"], seen.job.run_id);
    assert_eq!(after["values"], 2);
    assert_eq!(after["attributes"][0], "api_key");
    assert!(after["event"].as_str().unwrap().starts_with("evt_"));
    let said = after.to_string();
    assert!(
        !said.contains(SECRET) && !said.contains("k-123456"),
        "{said}"
    );
}

#[tokio::test]
async fn who_may_not_read_the_exposure_is_shown_nothing_and_leaves_no_record() {
    let room = Room::open().await;
    let tenant = organization();
    room.tell(told(tenant, "on_demand", &[(80, Settled::Present)]))
        .await;
    let key = key_of(&room, &person(tenant, Role::Viewer)).await;
    let member = person(tenant, Role::Member);
    let refused = reveal(&room, &member, &key).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied);
    assert!(records(&room).await.is_empty());
}
