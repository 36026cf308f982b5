//! Bad input gets a problem that says what was wrong, and leaves nothing behind.
use anyhow::{Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{
    api::{Answer, Api},
    fleet::TestFleet,
};

const NO_RUN: &str = "run_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const NO_ASSET: &str = "ast_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const NO_EXPOSURE: &str = "exp1_aaaaaaaaaaaaaaaaaaaaaaaaaa";

/// What is posted where, and the status it earns.
fn posts() -> Vec<(&'static str, Value, u16)> {
    vec![
        ("/assets", json!({ "value": "not a name!" }), 422),
        ("/assets", json!({ "value": "com" }), 422),
        ("/assets", json!({ "value": "10.0.0.0/8" }), 422),
        (
            "/assets",
            json!({ "value": "127.0.0.1", "kind": "planet" }),
            422,
        ),
        ("/assets", json!({ "value": 7 }), 422),
        ("/assets", json!([]), 422),
        (
            "/scans",
            json!({ "asset_ids": [NO_ASSET], "profile": "baseline", "policy": "safe" }),
            409,
        ),
        (
            "/scans",
            json!({ "asset_ids": ["nonsense"], "profile": "baseline", "policy": "safe" }),
            422,
        ),
        (
            "/scans",
            json!({ "asset_ids": [], "profile": "sideways", "policy": "safe" }),
            422,
        ),
        ("/reports", json!({ "run_id": NO_RUN }), 404),
    ]
}

#[tokio::test]
async fn bad_input_is_answered_with_a_problem_and_writes_nothing() -> Result<()> {
    let fleet = TestFleet::start("bad_input").await?;
    let nobody = fleet.api()?;
    let api = nobody.sign_up("ada").await?;
    let mut wrong = Vec::new();
    for (path, body, status) in posts() {
        let answer = api.post(path, &body).await?;
        wrong.extend(complaint(
            &format!("POST {path} {body}"),
            &answer,
            &[status, 400],
        ));
    }
    for (path, expected) in [
        (format!("/scans/{NO_RUN}"), 404),
        (format!("/assets/{NO_ASSET}"), 404),
        (format!("/exposures/{NO_EXPOSURE}"), 404),
        ("/scans/nonsense".to_owned(), 404),
        ("/exposures?cursor=nonsense".to_owned(), 422),
        ("/exposures?limit=100000".to_owned(), 422),
        ("/exposures?severity=dreadful".to_owned(), 422),
        ("/nothing-here".to_owned(), 404),
    ] {
        let answer = api.get(&path).await?;
        wrong.extend(complaint(&format!("GET {path}"), &answer, &[expected, 400]));
    }
    wrong.extend(malformed(&api).await?);
    for path in [
        "/me",
        "/assets",
        "/scans",
        "/exposures",
        "/changes",
        "/events?topics=changes",
    ] {
        let answer = nobody.get(path).await?;
        wrong.extend(complaint(&format!("GET {path} as nobody"), &answer, &[401]));
        let forged = nobody
            .with_token("eyJhbGciOiJub25lIn0.e30.")
            .get(path)
            .await?;
        wrong.extend(complaint(
            &format!("GET {path} with a forged token"),
            &forged,
            &[401],
        ));
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    ensure!(
        api.all("/assets").await?.is_empty(),
        "something was written"
    );
    ensure!(api.all("/scans").await?.is_empty(), "something was started");
    Ok(())
}

#[tokio::test]
async fn a_bad_sign_up_names_its_field_and_makes_no_account() -> Result<()> {
    let fleet = TestFleet::start("bad_sign_up").await?;
    let api = fleet.api()?;
    let good = json!({
        "email": "eve@example.org", "password": "correct horse battery staple",
        "display_name": "Eve", "organization_name": "Eve Ltd", "mode": "bearer",
    });
    for (field, value) in [
        ("email", "nobody"),
        ("password", "short"),
        ("organization_name", ""),
    ] {
        let mut body = good.clone();
        body[field] = json!(value);
        let answer = api.post("/auth/signup", &body).await?;
        ensure!(answer.status.is_client_error(), "{field}: {}", answer.text);
        ensure!(
            answer.body["fields"].to_string().contains(field),
            "{}",
            answer.text
        );
    }
    let login = api
        .post(
            "/auth/login",
            &json!({ "email": "eve@example.org", "password": "short", "mode": "bearer" }),
        )
        .await?;
    assert_eq!(login.status, 401);
    api.post("/auth/signup", &good).await?.ok()?;
    let again = api.post("/auth/signup", &good).await?;
    ensure!(
        again.status.is_client_error(),
        "one address signed up twice"
    );
    Ok(())
}

/// Bodies that are no JSON, of another type, or huge.
async fn malformed(api: &Api) -> Result<Vec<String>> {
    let post = |content_type: &str, body: String| {
        api.request(Method::POST, "/assets")
            .header("content-type", content_type)
            .body(body)
    };
    let mut wrong = Vec::new();
    let broken = api
        .send(post("application/json", "{\"value\":".to_owned()))
        .await?;
    wrong.extend(complaint("broken JSON", &broken, &[400, 422]));
    let text = api.send(post("text/plain", "hello".to_owned())).await?;
    wrong.extend(complaint("text", &text, &[415, 400, 422]));
    let huge = format!("{{\"value\":\"{}\"}}", "a".repeat(8 * 1024 * 1024));
    match api.send(post("application/json", huge)).await {
        Ok(answer) => wrong.extend(complaint("8 MiB", &answer, &[413])),
        // The gateway may hang up before all of it is sent.
        Err(error) => println!("8 MiB: {error:#}"),
    }
    Ok(wrong)
}

/// What is wrong with an answer that should be a problem.
fn complaint(what: &str, answer: &Answer, statuses: &[u16]) -> Option<String> {
    let problems = [
        (!statuses.contains(&answer.status.as_u16())).then(|| format!("not {statuses:?}")),
        (!answer.content_type.starts_with("application/problem+json"))
            .then(|| format!("of type {}", answer.content_type)),
        answer
            .code()
            .is_empty()
            .then(|| "without a code".to_owned()),
        answer.body["request_id"]
            .as_str()
            .unwrap_or_default()
            .is_empty()
            .then(|| "without a request id".to_owned()),
    ];
    let found: Vec<_> = problems.into_iter().flatten().collect();
    (!found.is_empty()).then(|| {
        format!(
            "{what}: {} {}: {}",
            answer.status,
            found.join(", "),
            answer.text
        )
    })
}
