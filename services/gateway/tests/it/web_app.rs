//! The web app: its files, its routes, its headers.
use reqwest::Method;

use crate::gateway::{Gateway, problem};

#[tokio::test]
async fn unknown_paths_are_the_apps_and_its_files_are_kept_by_their_name() {
    let folder = std::env::temp_dir().join(format!("wt-web-{:016x}", rand::random::<u64>()));
    std::fs::create_dir_all(folder.join("assets")).unwrap();
    std::fs::write(
        folder.join("index.html"),
        "<!doctype html><title>app</title>",
    )
    .unwrap();
    std::fs::write(folder.join("assets/app-0a1b.js"), "export {}").unwrap();
    let gateway = Gateway::start_with(&["--web-dir", folder.to_str().unwrap()]).await;
    for path in ["/", "/login", "/o/acme/changes?state=new"] {
        let page = gateway.anonymous(Method::GET, path).send().await.unwrap();
        assert_eq!(page.status(), 200, "{path}");
        assert_eq!(page.headers()["cache-control"], "no-cache");
        assert_eq!(page.headers()["x-content-type-options"], "nosniff");
        assert!(page.headers().contains_key("referrer-policy"));
        let policy = page.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(
            policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert!(page.text().await.unwrap().contains("app"));
    }
    let script = gateway
        .anonymous(Method::GET, "/assets/app-0a1b.js")
        .send()
        .await
        .unwrap();
    assert!(
        script.headers()["cache-control"]
            .to_str()
            .unwrap()
            .contains("immutable")
    );
    assert_eq!(
        script.headers()["content-type"],
        "text/javascript; charset=utf-8"
    );
    for path in [
        "/assets/gone.js",
        "/favicon.ico",
        "/assets/..%2f..%2fetc/passwd",
    ] {
        let answer = gateway.anonymous(Method::GET, path).send().await.unwrap();
        problem(answer, 404, "request.unknown_path").await;
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
