//! Which of our checks a foreign one is.
use std::collections::BTreeMap;

use wt_exposure::CheckInfo;

use crate::{Named, text::shown};

/// Name and value of an attribute that a check declares.
type Declared = Option<(&'static str, &'static str)>;

/// A template of nuclei's public tree that has a check of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    /// Its id there.
    pub id: &'static str,
    /// The matcher, or what was extracted, that makes it ours; empty for any.
    pub variant: &'static str,
    /// The id of our check.
    pub check: &'static str,
    /// The attribute the check declares beside the path.
    pub attribute: Declared,
    /// Whether the engine asks nuclei for it: where one line is one finding of ours whatever the
    /// line says beside it.
    pub is_run: bool,
}

const fn run(id: &'static str, check: &'static str, attribute: Declared) -> Template {
    Template {
        id,
        variant: "",
        check,
        attribute,
        is_run: true,
    }
}

const fn read(id: &'static str, variant: &'static str, check: &'static str) -> Template {
    Template {
        id,
        variant,
        check,
        attribute: None,
        is_run: false,
    }
}

const OPEN: Declared = Some(("access", "open"));
const HEADERS: &str = "http-missing-security-headers";
const OLD_TLS: &str = "deprecated-tls";

const TEMPLATES: &[Template] = &[
    run(
        "apache-server-status",
        "http.admin.apache_server_status",
        None,
    ),
    run("docker-registry", "http.admin.docker_registry_open", None),
    run("ds-store-file", "http.exposed.ds_store", None),
    run("elasticsearch", "http.admin.elasticsearch_open", None),
    run("exposed-redis", "service.redis.no_auth", OPEN),
    run("exposed-svn", "http.exposed.svn", None),
    run("generic-env", "http.exposed.env_file", None),
    run("git-config", "http.exposed.git_config", None),
    run("memcached-stats", "service.memcached.open", OPEN),
    run("mongodb-unauth", "service.mongodb.no_auth", OPEN),
    run("phpinfo-files", "http.exposed.phpinfo", None),
    run("prometheus-metrics", "http.admin.metrics", None),
    run("springboot-env", "http.admin.actuator_env", None),
    run("swagger-api", "http.admin.swagger", None),
    read("default-nginx-page", "", "http.default_page.nginx"),
    read("default-apache-test-page", "", "http.default_page.apache"),
    read(OLD_TLS, "ssl30", "tls.version.ssl_3"),
    read(OLD_TLS, "tls10", "tls.version.tls_1_0"),
    read(OLD_TLS, "tls11", "tls.version.tls_1_1"),
    read("exposed-zookeeper", "", "service.zookeeper.open"),
    read("expired-ssl", "", "tls.cert_expired"),
    read("ftp-anonymous-login", "", "service.ftp.anonymous"),
    read(
        HEADERS,
        "content-security-policy",
        "http.header.csp_missing",
    ),
    read(
        HEADERS,
        "referrer-policy",
        "http.header.referrer_policy_missing",
    ),
    read(
        HEADERS,
        "strict-transport-security",
        "http.header.hsts_missing",
    ),
    read(
        HEADERS,
        "x-content-type-options",
        "http.header.nosniff_missing",
    ),
    read(
        HEADERS,
        "x-frame-options",
        "http.header.frame_options_missing",
    ),
    read("mismatched-ssl-certificate", "", "tls.cert_name_mismatch"),
    read("nginx-status", "", "http.admin.nginx_stub_status"),
    read("open-port", "", "port.open"),
    read("self-signed-ssl", "", "tls.cert_self_signed"),
    read("telnet-detect", "", "service.telnet.exposed"),
    read("trace-method", "", "http.method.trace_enabled"),
    read("weak-cipher-suites", "", "tls.weak_suites"),
];

/// Checks whose findings on one place are told apart by something no file of another tool names
/// in our words: the cookie, the name server.
const TOLD_APART: &[&str] = &[
    "http.cookie.secure_missing",
    "http.cookie.httponly_missing",
    "http.cookie.samesite_missing",
    "dns.zone_transfer",
];

/// The templates that have a check of ours.
pub const fn templates() -> &'static [Template] {
    TEMPLATES
}

/// A check of ours, as far as a foreign finding needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckEntry {
    /// Its reference, title, severity and texts.
    pub info: CheckInfo,
    /// The paths it looks at, each a finding of its own; empty for a check of a port or a name.
    pub paths: Vec<String>,
}

/// Every check of ours.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    checks: BTreeMap<String, CheckEntry>,
    by_title: BTreeMap<String, String>,
}

impl Catalogue {
    /// These checks.
    pub fn new(checks: impl IntoIterator<Item = CheckEntry>) -> Self {
        let mut all = Self::default();
        for check in checks {
            let id = check.info.check.id.clone();
            all.by_title
                .insert(check.info.title.to_lowercase(), id.clone());
            all.checks.insert(id, check);
        }
        all
    }

    /// The check a claim names, with the attribute that a template stands for.
    pub(crate) fn find(&self, named: &Named) -> Result<(&CheckEntry, Declared), String> {
        let unknown = |what: &str| {
            format!(
                "no check of ours looks for {}, so no scan could tell when it is gone",
                shown(what)
            )
        };
        let (id, attribute) = match named {
            Named::Ours(id) => (*id, None),
            Named::Id { id, variant } => self.by_id(id, variant).ok_or_else(|| {
                let variant = if variant.is_empty() {
                    String::new()
                } else {
                    format!(" ({variant})")
                };
                unknown(&format!("{id}{variant}"))
            })?,
            Named::Title(title) => (self.by_title(title).ok_or_else(|| unknown(title))?, None),
        };
        let check = self.checks.get(id).ok_or_else(|| unknown(id))?;
        if TOLD_APART.contains(&id) {
            return Err(format!(
                "findings of {id} are told apart by something this file does not name"
            ));
        }
        Ok((check, attribute))
    }

    fn by_id<'a>(&'a self, id: &str, variant: &str) -> Option<(&'a str, Declared)> {
        if let Some((ours, _)) = self.checks.get_key_value(id) {
            return Some((ours, None));
        }
        let mut all = TEMPLATES.iter();
        let template = all.find(|template| {
            template.id == id
                && (template.variant.is_empty() || template.variant.eq_ignore_ascii_case(variant))
        })?;
        Some((template.check, template.attribute))
    }

    /// Titles of our own reports say where: "… at /path".
    fn by_title(&self, title: &str) -> Option<&str> {
        let title = title.trim().to_lowercase();
        let found = self.by_title.get(&title).or_else(|| {
            let (bare, _) = title.rsplit_once(" at /")?;
            self.by_title.get(bare)
        });
        found.map(String::as_str)
    }
}
