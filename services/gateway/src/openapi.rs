//! The contract, generated from the handlers (OpenAPI 3.1).
use serde_json::json;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        ContentBuilder, Ref, RefOr, ResponseBuilder,
        extensions::ExtensionsBuilder,
        path::Operation,
        security::{
            ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
        },
    },
};
use utoipa_axum::router::OpenApiRouter;

use crate::{Edge, rest};

/// What an operation without a permission of its own needs.
const SIGNED_IN: &str = "signed_in";
/// What an operation that needs nobody says.
const PUBLIC: &str = "public";

#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "Watchtower",
        description = "External exposure management: what you own, what is exposed, what changed, and proof of what was fixed.\n\nEvery refusal is `application/problem+json` (RFC 9457) with a permanent `code`. Lists are paged by keyset: pass `next_cursor` as `cursor`. `x-permission` names what an operation needs.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(rest::problem::ProblemDocument, rest::problem::ProblemField)),
    modifiers(&Security),
    tags(
        (name = "auth", description = "Signing up, in and out"),
        (name = "sessions", description = "Where the caller is signed in"),
        (name = "passkeys", description = "What people sign in with instead of a password"),
        (name = "api keys", description = "Keys of an organization's programs"),
        (name = "organizations", description = "The caller and the tree of organizations"),
        (name = "people", description = "People, teams, roles and invitations"),
        (name = "admin", description = "What platform staff do"),
        (name = "assets", description = "What an organization owns"),
        (name = "verification", description = "Proof of ownership"),
        (name = "scans", description = "Runs, jobs and their history"),
        (name = "changes", description = "The feed"),
        (name = "exposures", description = "What is exposed, decisions and proof"),
        (name = "dashboard", description = "The organization at a glance"),
        (name = "graph", description = "What hangs together"),
        (name = "ledger", description = "Signed tree heads"),
        (name = "audit", description = "Who did what"),
        (name = "reports", description = "Grounded summaries"),
        (name = "artifacts", description = "Stored results"),
        (name = "notifications", description = "Who is told what"),
        (name = "billing", description = "Plans and subscriptions"),
        (name = "events", description = "The live stream"),
    )
)]
struct Contract;

struct Security;

impl Modify for Security {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme(
            "bearer",
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .bearer_format("JWT")
                    .description(Some(
                        "access token of `/auth/login`, or an API key (`wt_…`)",
                    ))
                    .build(),
            ),
        );
        components.add_security_scheme(
            "session",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
                "__Host-wt_session",
                "cookie of `/auth/login` with `mode: cookie`; other methods than GET also need the header `X-Watchtower-CSRF: 1`",
            ))),
        );
    }
}

/// The router of version 1 and its contract.
pub(crate) fn router() -> (axum::Router<Edge>, utoipa::openapi::OpenApi) {
    let (router, mut contract) = OpenApiRouter::with_openapi(Contract::openapi())
        .nest(rest::PREFIX, rest::routes())
        .split_for_parts();
    for item in contract.paths.paths.values_mut() {
        let reads = item.get.as_mut();
        let writes = [
            &mut item.put,
            &mut item.post,
            &mut item.delete,
            &mut item.patch,
        ];
        let writes = writes.into_iter().flatten();
        let operations = reads
            .map(|operation| (operation, false))
            .into_iter()
            .chain(writes.map(|operation| (operation, true)));
        for (operation, writes) in operations {
            complete(operation, writes);
        }
    }
    (router, contract)
}

/// The contract as it is served and committed.
pub fn document() -> String {
    let (_, contract) = router();
    let mut text = contract.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// The contract as a value, for the page that shows it.
pub(crate) fn value(contract: &utoipa::openapi::OpenApi) -> serde_json::Value {
    serde_json::to_value(contract).unwrap_or_default()
}

/// Says of an operation what is the same for all of its sort: who may call it and how it refuses.
fn complete(operation: &mut Operation, writes: bool) {
    let public = operation.security.is_some();
    if public {
        operation.security = Some(Vec::new());
    } else {
        operation.security = Some(vec![
            SecurityRequirement::new("bearer", Vec::<String>::new()),
            SecurityRequirement::new("session", Vec::<String>::new()),
        ]);
    }
    let extensions = operation
        .extensions
        .get_or_insert_with(|| ExtensionsBuilder::new().build());
    extensions
        .entry("x-permission".to_owned())
        .or_insert_with(|| json!(if public { PUBLIC } else { SIGNED_IN }));
    let mut refusals = vec![
        ("422", "a field is wrong"),
        ("429", "too many requests"),
        ("500", "a bug or a broken dependency"),
        ("503", "a dependency is away"),
    ];
    if public {
        refusals.push(("401", "not known"));
    } else {
        refusals.extend([("401", "nobody is signed in"), ("403", "not allowed")]);
    }
    if operation.request_body.is_some() || has_parameter(operation, |_| true) {
        refusals.push(("404", "not there, or not yours to know"));
    }
    if has_parameter(operation, |name| name.eq_ignore_ascii_case("if-match")) {
        refusals.push(("412", "changed since it was read"));
    }
    if writes {
        refusals.extend([
            ("403", "sent with a cookie by another site's page"),
            ("409", "in conflict with what is there"),
        ]);
    }
    if operation.request_body.is_some() {
        refusals.extend([
            ("400", "the body is not valid JSON"),
            ("413", "the body is too large"),
            ("415", "the body is not sent as JSON"),
        ]);
    }
    for (status, description) in refusals {
        operation
            .responses
            .responses
            .entry(status.to_owned())
            .or_insert_with(|| problem(description));
    }
}

fn has_parameter(operation: &Operation, is_it: impl Fn(&str) -> bool) -> bool {
    operation
        .parameters
        .iter()
        .flatten()
        .any(|parameter| matches!(parameter, RefOr::T(parameter) if is_it(&parameter.name)))
}

fn problem(description: &str) -> RefOr<utoipa::openapi::Response> {
    RefOr::T(
        ResponseBuilder::new()
            .description(description)
            .content(
                "application/problem+json",
                ContentBuilder::new()
                    .schema(Some(Ref::from_schema_name("ProblemDocument")))
                    .build(),
            )
            .build(),
    )
}
