//! One trace follows a scan from the request to the stored result.
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Result;
use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    common::v1::any_value::Value,
};
use reqwest::Method;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

use crate::harness::{
    api::text,
    fleet::{TestFleet, Wish},
    until,
};

/// Which services spoke under which trace.
type Seen = Arc<Mutex<BTreeMap<Vec<u8>, BTreeSet<String>>>>;

struct Sink(Seen);

#[tonic::async_trait]
impl TraceService for Sink {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for resource in request.into_inner().resource_spans {
            let service = resource
                .resource
                .iter()
                .flat_map(|resource| &resource.attributes)
                .find(|attribute| attribute.key == "service.name")
                .and_then(|attribute| attribute.value.clone()?.value)
                .map_or_else(String::new, |value| match value {
                    Value::StringValue(name) => name,
                    other => format!("{other:?}"),
                });
            for span in resource.scope_spans.iter().flat_map(|scope| &scope.spans) {
                seen.entry(span.trace_id.clone())
                    .or_default()
                    .insert(service.clone());
            }
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tokio::test]
async fn one_trace_id_leads_from_the_request_to_the_stored_result() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    let seen = Seen::default();
    let sink = TraceServiceServer::new(Sink(Arc::clone(&seen)));
    let server = tokio::spawn(
        Server::builder()
            .add_service(sink)
            .serve_with_incoming(TcpListenerStream::new(listener)),
    );
    let wish = Wish {
        otlp_endpoint: Some(endpoint),
        ..Wish::default()
    };
    let fleet = TestFleet::start_with("one_trace", wish).await?;
    let api = fleet.api()?.sign_up("ada").await?;
    let target = fleet.target("127.0.14.1").await?;
    let asset_id = fleet.owned(&api, &target).await?;
    let trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
    let body = json!({
        "asset_ids": [asset_id], "profile": "baseline", "policy": "safe",
        "ports": fleet.web_port.to_string(),
    });
    let request = api
        .request(Method::POST, "/scans")
        .header("traceparent", format!("00-{trace_id}-00f067aa0ba902b7-01"))
        .json(&body);
    let run = api.send(request).await?.ok()?;
    api.ended(&text(&run, "id")?).await?;
    let wanted = ["gateway", "scan-orchestrator", "scan-worker", "results"];
    let id = hex::decode(trace_id)?;
    until(
        "every service under one trace",
        Duration::from_secs(30),
        || async {
            let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            let services = seen.get(&id).cloned().unwrap_or_default();
            let all = wanted
                .iter()
                .all(|name| services.iter().any(|service| service.ends_with(name)));
            if !all {
                println!("so far: {services:?}");
            }
            Ok(all.then_some(()))
        },
    )
    .await?;
    server.abort();
    Ok(())
}
