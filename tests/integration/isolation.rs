//! A second organization sees and touches nothing of the first.
use std::{collections::BTreeSet, time::Duration};

use anyhow::{Context, Result, ensure};
use futures::StreamExt;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};
use tonic::{Code, Request, metadata::MetadataValue, transport::Channel};
use wt_auth::{InternalIssuer, SigningKey};
use wt_model::{Principal, PrincipalKind, Role};
use wt_proto::{
    asset::{GetAssetRequest, asset_registry_service_client::AssetRegistryServiceClient},
    results::{GetExposureRequest, GetPacketRequest, results_service_client::ResultsServiceClient},
    scan::{
        CancelRunRequest, GetRunRequest,
        scan_orchestrator_service_client::ScanOrchestratorServiceClient,
    },
};

use crate::harness::{
    api::{Api, text},
    fleet::TestFleet,
    until,
};

/// What the first organization has.
struct Owned {
    tenant_key: String,
    asset: String,
    authorization: String,
    run: String,
    key: String,
    report: String,
}

impl Owned {
    /// Ids of the same shape that nobody has: what is foreign must look exactly like them.
    fn absent() -> Self {
        let ulid = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
        Self {
            tenant_key: format!("org_{ulid}"),
            asset: format!("ast_{ulid}"),
            authorization: format!("auz_{ulid}"),
            run: format!("run_{ulid}"),
            key: "exp1_aaaaaaaaaaaaaaaaaaaaaaaaaa".to_owned(),
            report: format!("rep_{ulid}"),
        }
    }

    fn ids(&self) -> [&str; 6] {
        [
            &self.tenant_key,
            &self.asset,
            &self.authorization,
            &self.run,
            &self.key,
            &self.report,
        ]
    }
}

/// Every request that names something of an organization.
fn requests(of: &Owned) -> Vec<(Method, String, Value)> {
    let Owned {
        tenant_key,
        asset,
        authorization,
        run,
        key,
        report,
    } = of;
    let reads = [
        format!("/assets/{asset}"),
        format!("/assets/{asset}/verification"),
        format!("/assets/{asset}/scans"),
        format!("/assets/{asset}/exposures"),
        format!("/exposures?asset_id={asset}"),
        format!("/changes?asset_id={asset}"),
        format!("/changes?run_id={run}"),
        format!("/scans/{run}"),
        format!("/scans/{run}/jobs"),
        format!("/scans/{run}/transitions"),
        format!("/exposures/{key}"),
        format!("/exposures/{key}/timeline"),
        format!("/exposures/{key}/explain"),
        format!("/exposures/{key}/packet"),
        format!("/reports/{report}"),
        format!("/reports/{report}/content?format=html"),
        format!("/artifacts/{report}"),
        format!("/artifacts/{run}"),
        format!("/tenants/{tenant_key}/hierarchy"),
    ];
    let nothing = json!({});
    let writes = [
        (
            format!("/assets/{asset}/verification"),
            json!({ "method": "http_file" }),
        ),
        (
            format!("/assets/{asset}/verification/check"),
            nothing.clone(),
        ),
        (
            format!("/authorizations/{authorization}/revoke"),
            json!({ "reason": "mine now" }),
        ),
        (
            "/scans".to_owned(),
            json!({ "asset_ids": [asset], "profile": "baseline", "policy": "safe" }),
        ),
        (format!("/scans/{run}/cancel"), nothing.clone()),
        (
            format!("/exposures/{key}/actions"),
            json!({ "kind": "note", "note": "mine" }),
        ),
        (format!("/exposures/{key}/verify"), nothing.clone()),
        (format!("/exposures/{key}/reveal"), nothing.clone()),
        ("/reports".to_owned(), json!({ "run_id": run })),
        (
            "/auth/switch".to_owned(),
            json!({ "tenant_key": tenant_key }),
        ),
    ];
    reads
        .into_iter()
        .map(|path| (Method::GET, path, Value::Null))
        .chain(
            writes
                .into_iter()
                .map(|(path, body)| (Method::POST, path, body)),
        )
        .chain([(Method::DELETE, format!("/assets/{asset}"), Value::Null)])
        .collect()
}

#[tokio::test]
async fn a_second_organization_sees_and_touches_nothing_of_the_first() -> Result<()> {
    let fleet = TestFleet::start("isolation").await?;
    let ada = fleet.api()?.sign_up("ada").await?;
    let owned = something_of(&fleet, &ada).await?;
    let before = picture(&ada).await?;
    let bob = fleet.api()?.sign_up("bob").await?;

    let mut leaks = doors(&bob, &owned).await?;
    leaks.extend(lists(&bob, &owned).await?);
    leaks.extend(stream(&fleet, &ada, &bob, &owned).await?);
    leaks.extend(services(&fleet, &bob, &owned).await?);
    ensure!(leaks.is_empty(), "{}", leaks.join("\n"));

    let after = picture(&ada).await?;
    assert_eq!(before, after, "the second organization changed something");
    Ok(())
}

/// Makes one of everything for `api`.
async fn something_of(fleet: &TestFleet, api: &Api) -> Result<Owned> {
    let target = fleet.target("127.0.15.1").await?;
    target.expose_git();
    let asset = fleet.owned(api, &target).await?;
    let run = api.scanned(&[&asset], &fleet.web_port.to_string()).await?;
    let run = text(&run, "id")?;
    let report = api
        .post("/reports", &json!({ "run_id": run }))
        .await?
        .ok()?;
    let report = text(&report, "id")?;
    until("the report", Duration::from_secs(30), || async {
        let state = api.get(&format!("/reports/{report}")).await?.ok()?["state"].clone();
        Ok((state == "ready").then_some(()))
    })
    .await?;
    let authorizations = api.all("/authorizations").await?;
    let authorization = text(authorizations.first().context("no authorization")?, "id")?;
    let me = api.get("/me").await?.ok()?;
    Ok(Owned {
        tenant_key: text(&me["organization"], "tenant_key")?,
        authorization,
        key: text(&api.exposure("http.exposed.git_config").await?, "key")?,
        asset,
        run,
        report,
    })
}

/// What the first organization sees of itself.
async fn picture(api: &Api) -> Result<Vec<Value>> {
    let mut picture = vec![api.get("/me").await?.ok()?];
    for list in [
        "/assets",
        "/authorizations",
        "/scans",
        "/exposures",
        "/changes",
        "/reports",
    ] {
        picture.extend(api.all(list).await?);
    }
    Ok(picture)
}

/// Foreign and absent must be the same answer, but for the request's id and the id asked for.
async fn doors(api: &Api, owned: &Owned) -> Result<Vec<String>> {
    let mut leaks = Vec::new();
    let absent = Owned::absent();
    for ((method, path, body), (_, other_path, other_body)) in
        requests(owned).into_iter().zip(requests(&absent))
    {
        let ask = |path: &str, body: &Value| {
            let request = api.request(method.clone(), path);
            if body.is_null() {
                request
            } else {
                request.json(body)
            }
        };
        let foreign = api.send(ask(&path, &body)).await?;
        let unknown = api.send(ask(&other_path, &other_body)).await?;
        let empty_list = foreign.body["items"].as_array().is_some_and(Vec::is_empty);
        if foreign.status.is_success() && !empty_list {
            leaks.push(format!(
                "{method} {path}: {} {}",
                foreign.status, foreign.text
            ));
        }
        let same = foreign.status == unknown.status && foreign.code() == unknown.code();
        if !same {
            leaks.push(format!(
                "{method} {path} tells foreign from absent: {} {} against {} {}",
                foreign.status,
                foreign.code(),
                unknown.status,
                unknown.code()
            ));
        }
    }
    Ok(leaks)
}

/// Lists and sums of an organization that has nothing.
async fn lists(api: &Api, owned: &Owned) -> Result<Vec<String>> {
    let mut leaks = Vec::new();
    for list in [
        "/assets",
        "/authorizations",
        "/scans",
        "/exposures",
        "/changes",
        "/reports",
        "/notifications/deliveries",
        "/integrations",
    ] {
        let items = api.all(list).await?;
        if !items.is_empty() {
            leaks.push(format!("{list}: {items:?}"));
        }
    }
    for page in [
        "/dashboard",
        "/users",
        "/organizations",
        "/ledger/head",
        "/notifications/settings",
    ] {
        let text = api.get(page).await?.text;
        if owned.ids().iter().any(|id| text.contains(id)) || text.contains("ada@example.org") {
            leaks.push(format!("{page}: {text}"));
        }
    }
    let total = api.get("/dashboard").await?.ok()?["assets"]["total"].clone();
    if total != 0 {
        leaks.push(format!("/dashboard counts {total} assets"));
    }
    Ok(leaks)
}

/// The second organization listens, the first scans, then the second scans: only its own arrives.
async fn stream(fleet: &TestFleet, ada: &Api, bob: &Api, owned: &Owned) -> Result<Vec<String>> {
    let topics = format!("/events?topics=run:{},changes", owned.run);
    let response = bob.request(Method::GET, &topics).send().await?;
    if !response.status().is_success() {
        // Refusing the foreign topic is as good; then nothing can arrive.
        return Ok(Vec::new());
    }
    let target = fleet.target("127.0.15.2").await?;
    target.expose_git();
    let asset = fleet.owned(bob, &target).await?;
    let resolved = ada.get("/ledger/head").await?.ok()?;
    ensure!(resolved.is_object());
    let run = bob.scanned(&[&asset], &fleet.web_port.to_string()).await?;
    let run = text(&run, "id")?;
    let mut heard = String::new();
    let mut chunks = response.bytes_stream();
    let deadline = Instant::now() + Duration::from_mins(1);
    while !heard.contains(&run) && Instant::now() < deadline {
        if let Ok(Some(chunk)) = timeout(Duration::from_secs(20), chunks.next()).await {
            heard.push_str(&String::from_utf8_lossy(&chunk?));
        }
    }
    ensure!(
        heard.contains(&run),
        "the stream is silent about its own changes: {heard}"
    );
    Ok(owned
        .ids()
        .iter()
        .filter(|id| heard.contains(**id))
        .map(|id| format!("the stream tells of {id}"))
        .collect())
}

/// Straight to the services: without a token nothing, with the second organization's the same as
/// for what does not exist, and a token for one service opens no other.
async fn services(fleet: &TestFleet, bob: &Api, owned: &Owned) -> Result<Vec<String>> {
    let me = bob.get("/me").await?.ok()?;
    let principal = Principal {
        kind: PrincipalKind::User,
        sub: text(&me["user"], "id")?,
        tenant_key: Some(text(&me["organization"], "tenant_key")?.parse()?),
        roles: BTreeSet::from([Role::Owner]),
        ..Principal::service("test", text(&me["organization"], "tenant_key")?.parse()?)
    };
    let key = fleet.folder.join("keys/internal/gateway.key.pem");
    let gateway = InternalIssuer::new("gateway", SigningKey::load(&key)?);
    let mint = |audience: &str| -> Result<MetadataValue<_>> {
        let token = gateway.mint(audience, Some(&principal))?;
        Ok(format!("Bearer {token}").parse()?)
    };
    let channel = |service: &str| -> Result<Channel> {
        let url = fleet.fleet.member(service)?.url.clone();
        Ok(Channel::from_shared(url)?.connect_lazy())
    };
    let mut assets = AssetRegistryServiceClient::new(channel("asset-registry")?);
    let mut scans = ScanOrchestratorServiceClient::new(channel("scan-orchestrator")?);
    let mut results = ResultsServiceClient::new(channel("results")?);
    let asset = || GetAssetRequest {
        asset_id: owned.asset.clone(),
    };
    let run = || GetRunRequest {
        run_id: owned.run.clone(),
    };
    let cancel = || CancelRunRequest {
        run_id: owned.run.clone(),
        ..CancelRunRequest::default()
    };
    let exposure = || GetExposureRequest {
        key: owned.key.clone(),
    };
    let packet = || GetPacketRequest {
        key: owned.key.clone(),
        ..GetPacketRequest::default()
    };
    let mut leaks = Vec::new();
    let mut expect = |what: &str, code: Code, got: Result<(), tonic::Status>| match got {
        Err(status) if status.code() == code => {}
        other => leaks.push(format!("{what}: {other:?} instead of {code:?}")),
    };
    let nobody = Code::Unauthenticated;
    expect(
        "asset, no token",
        nobody,
        assets.get_asset(asset()).await.map(drop),
    );
    expect(
        "run, no token",
        nobody,
        scans.get_run(run()).await.map(drop),
    );
    expect(
        "exposure, no token",
        nobody,
        results.get_exposure(exposure()).await.map(drop),
    );
    let wrong = with(run(), mint("results")?);
    expect(
        "run, token of another service",
        nobody,
        scans.get_run(wrong).await.map(drop),
    );
    let foreign = Code::NotFound;
    let ask = with(asset(), mint("asset-registry")?);
    expect("asset", foreign, assets.get_asset(ask).await.map(drop));
    let ask = with(run(), mint("scan-orchestrator")?);
    expect("run", foreign, scans.get_run(ask).await.map(drop));
    let ask = with(cancel(), mint("scan-orchestrator")?);
    expect("cancel", foreign, scans.cancel_run(ask).await.map(drop));
    let ask = with(exposure(), mint("results")?);
    expect(
        "exposure",
        foreign,
        results.get_exposure(ask).await.map(drop),
    );
    let ask = with(packet(), mint("results")?);
    expect("packet", foreign, results.get_packet(ask).await.map(drop));
    Ok(leaks)
}

fn with<T>(message: T, token: MetadataValue<tonic::metadata::Ascii>) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", token);
    request
}
