//! Checks of administrative and diagnostic endpoints reachable by strangers.
use wt_model::{Policy, Severity};

use super::{
    Check, Rule,
    path::{NOTHING, PathRule},
};

/// A check of an endpoint.
const fn endpoint(
    id: &'static str,
    title: &'static str,
    severity: Severity,
    texts: (&'static str, &'static str),
    references: &'static [&'static str],
    rule: PathRule,
) -> Check {
    Check {
        id,
        title,
        severity,
        description: texts.0,
        remediation: texts.1,
        references,
        cwe: &[200, 306],
        policy: Policy::Safe,
        revision: 1,
        rule: Rule::Path(rule),
    }
}

const ACTUATOR: &[&str] = &[
    "https://docs.spring.io/spring-boot/reference/actuator/endpoints.html#actuator.endpoints.security",
];

pub(super) const CHECKS: &[Check] = &[
    endpoint(
        "http.admin.metrics",
        "Metrics exposed",
        Severity::Medium,
        (
            "Prometheus metrics are served to anyone. They tell versions, internal host names, \
             traffic and business figures.",
            "Serve metrics on an internal port or require authentication for the path.",
        ),
        &["https://prometheus.io/docs/operating/security/"],
        PathRule {
            paths: &["/metrics"],
            all: &["# TYPE "],
            any: &[" counter", " gauge", " histogram", " summary"],
            never_html: true,
            ..NOTHING
        },
    ),
    endpoint(
        "http.admin.actuator_env",
        "Spring actuator environment exposed",
        Severity::High,
        (
            "The actuator's env endpoint is served: configuration, property sources and, \
             depending on version, secrets of the application.",
            "Expose only health over the web, and require authentication for the other actuator \
             endpoints.",
        ),
        ACTUATOR,
        PathRule {
            paths: &["/actuator/env", "/env"],
            all: &["propertySources"],
            never_html: true,
            is_secret: true,
            ..NOTHING
        },
    ),
    endpoint(
        "http.admin.actuator_heapdump",
        "Spring actuator heap dump exposed",
        Severity::Critical,
        (
            "The memory of the Java application can be downloaded. Passwords, tokens and personal \
             data are read from such dumps with ordinary tools.",
            "Disable the heapdump endpoint or require authentication, and replace the secrets \
             that were in memory.",
        ),
        ACTUATOR,
        PathRule {
            paths: &["/actuator/heapdump", "/heapdump"],
            magic: &[b"JAVA PROFILE 1.0", b"\x1f\x8b"],
            never_html: true,
            is_secret: true,
            ..NOTHING
        },
    ),
    endpoint(
        "http.admin.actuator",
        "Spring actuator exposed",
        Severity::Medium,
        (
            "The index of Spring Boot's actuator is served and links to management endpoints of \
             the application.",
            "Set management.endpoints.web.exposure.include to health only, or move management to \
             an internal port.",
        ),
        ACTUATOR,
        PathRule {
            paths: &["/actuator"],
            all: &["\"_links\"", "/actuator"],
            never_html: true,
            ..NOTHING
        },
    ),
    endpoint(
        "http.admin.apache_server_status",
        "Apache server-status exposed",
        Severity::Medium,
        (
            "Apache's mod_status page is public: it shows the addresses of visitors and the URLs \
             they ask for, tokens included.",
            "Limit the location to Require local or to the monitoring host.",
        ),
        &["https://httpd.apache.org/docs/2.4/mod/mod_status.html"],
        PathRule {
            paths: &["/server-status"],
            all: &["Apache Server Status for"],
            ..NOTHING
        },
    ),
    endpoint(
        "http.admin.nginx_stub_status",
        "nginx status exposed",
        Severity::Low,
        (
            "nginx's stub_status page is public and tells the load of the server, which helps to \
             time and measure attacks.",
            "Limit the location by allow and deny to the monitoring host.",
        ),
        &["https://nginx.org/en/docs/http/ngx_http_stub_status_module.html"],
        PathRule {
            paths: &["/nginx_status", "/stub_status", "/basic_status", "/status"],
            all: &["Active connections:", "server accepts handled requests"],
            ..NOTHING
        },
    ),
    endpoint(
        "http.admin.swagger",
        "API description exposed",
        Severity::Low,
        (
            "An OpenAPI description is served to anyone and lists every operation, also internal \
             ones.",
            "Publish only the description of the public API, and require authentication for the \
             rest.",
        ),
        &["https://owasp.org/API-Security/editions/2023/en/0xa9-improper-inventory-management/"],
        PathRule {
            paths: &[
                "/swagger.json",
                "/openapi.json",
                "/v2/api-docs",
                "/v3/api-docs",
                "/api/openapi.json",
            ],
            all: &["\"paths\""],
            any: &["\"swagger\"", "\"openapi\""],
            never_html: true,
            ..NOTHING
        },
    ),
    endpoint(
        "http.admin.go_pprof",
        "Go profiler exposed",
        Severity::Medium,
        (
            "Go's debug/pprof endpoints are public: they show memory and command line of the \
             program and can be used to exhaust it.",
            "Register pprof on an internal listener only.",
        ),
        &["https://pkg.go.dev/net/http/pprof"],
        PathRule {
            paths: &["/debug/pprof/"],
            all: &["/debug/pprof/"],
            any: &["goroutine", "heap"],
            ..NOTHING
        },
    ),
    endpoint(
        "http.admin.elasticsearch_open",
        "Elasticsearch without authentication",
        Severity::Critical,
        (
            "Elasticsearch or OpenSearch answers cluster requests without credentials: every \
             index can be read and deleted by anyone.",
            "Enable security with users and TLS, and restrict port 9200 to internal networks.",
        ),
        &["https://www.elastic.co/docs/deploy-manage/security"],
        PathRule {
            paths: &["/_cluster/health"],
            all: &["\"cluster_name\"", "\"number_of_nodes\""],
            never_html: true,
            ..NOTHING
        },
    ),
    endpoint(
        "http.admin.docker_api_open",
        "Docker API without authentication",
        Severity::Critical,
        (
            "The Docker engine's API is open. Anyone can start a container that owns the host.",
            "Never expose the API without mutual TLS; bind it to the local socket and close ports \
             2375 and 2376.",
        ),
        &["https://docs.docker.com/engine/security/protect-access/"],
        PathRule {
            paths: &["/version"],
            all: &["\"ApiVersion\"", "\"MinAPIVersion\""],
            never_html: true,
            ..NOTHING
        },
    ),
    endpoint(
        "http.admin.docker_registry_open",
        "Docker registry without authentication",
        Severity::High,
        (
            "The registry lists its images to anyone. Images can be pulled, with the code and \
             secrets inside, and often replaced.",
            "Require authentication for the registry and restrict it to internal networks.",
        ),
        &["https://distribution.github.io/distribution/about/deploying/#restricting-access"],
        PathRule {
            paths: &["/v2/_catalog"],
            all: &["\"repositories\""],
            never_html: true,
            ..NOTHING
        },
    ),
    endpoint(
        "http.admin.etcd_open",
        "etcd without authentication",
        Severity::Critical,
        (
            "etcd answers clients without credentials. It usually holds the whole state of a \
             cluster, secrets included.",
            "Require client certificates (--client-cert-auth) and restrict port 2379 to the \
             cluster.",
        ),
        &["https://etcd.io/docs/latest/op-guide/security/"],
        PathRule {
            paths: &["/version"],
            all: &["\"etcdserver\"", "\"etcdcluster\""],
            never_html: true,
            ..NOTHING
        },
    ),
    endpoint(
        "http.admin.couchdb_open",
        "CouchDB without authentication",
        Severity::Critical,
        (
            "CouchDB lists its databases to anyone (admin party or public access): documents can \
             be read and changed.",
            "Create an administrator, set require_valid_user and restrict the port.",
        ),
        &["https://docs.couchdb.org/en/stable/intro/security.html"],
        PathRule {
            paths: &["/_all_dbs"],
            magic: &[b"["],
            any: &["_users", "_replicator"],
            never_html: true,
            ..NOTHING
        },
    ),
    endpoint(
        "http.admin.consul_open",
        "Consul API without ACL",
        Severity::High,
        (
            "Consul's agent answers without a token: services and configuration can be read, and \
             with script checks code can be run.",
            "Enable ACLs with a default deny policy and bind the HTTP API to internal addresses.",
        ),
        &["https://developer.hashicorp.com/consul/docs/secure/acl"],
        PathRule {
            paths: &["/v1/agent/self"],
            all: &["\"Config\"", "\"Datacenter\""],
            never_html: true,
            is_secret: true,
            ..NOTHING
        },
    ),
    endpoint(
        "http.admin.kubelet_open",
        "Kubelet open to strangers",
        Severity::Critical,
        (
            "The kubelet lists pods without authentication, and usually also runs commands in \
             them for anyone.",
            "Set --anonymous-auth=false, authorization mode Webhook and close ports 10250 and \
             10255.",
        ),
        &["https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/"],
        PathRule {
            paths: &["/pods"],
            all: &["\"kind\":\"PodList\""],
            never_html: true,
            ..NOTHING
        },
    ),
    endpoint(
        "http.admin.prometheus_open",
        "Prometheus server open",
        Severity::Medium,
        (
            "A Prometheus server answers without authentication; its configuration names every \
             internal target and can hold credentials.",
            "Put Prometheus behind an authenticating proxy and restrict the port.",
        ),
        &["https://prometheus.io/docs/operating/security/"],
        PathRule {
            paths: &["/api/v1/status/config"],
            all: &["\"status\":\"success\"", "scrape_configs"],
            never_html: true,
            is_secret: true,
            ..NOTHING
        },
    ),
];
