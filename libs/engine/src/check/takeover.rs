//! Names that lead to a service which does not know them: whoever claims them there, has them.
//!
//! Both are needed: an alias into the service, and the page with which that service says that it
//! serves nobody under this name. Suffixes and pages are those of the public list
//! <https://github.com/EdOverflow/can-i-take-over-xyz>, where it calls them vulnerable.
use wt_exposure::{Control, InconclusiveReason};
use wt_model::{Policy, Severity};

use super::{
    Check, Finding, Rule, Verdict,
    hiding::{hides_content, hides_home},
    judge::{evidence_of, unanswered},
};
use crate::probe::{PortFacts, Probed};

/// A service that gives names to whoever asks first.
#[derive(Debug)]
pub(super) struct Service {
    /// What it is called.
    pub(super) name: &'static str,
    /// Ends of the names it gives.
    suffixes: &'static [&'static str],
    /// What its page for unknown names says; empty where it has none.
    page: &'static str,
    /// Whether a name of it that does not exist can be had.
    pub(super) is_free_when_gone: bool,
}

const fn with_page(
    name: &'static str,
    suffixes: &'static [&'static str],
    page: &'static str,
) -> Service {
    Service {
        name,
        suffixes,
        page,
        is_free_when_gone: false,
    }
}

const fn without_page(name: &'static str, suffixes: &'static [&'static str]) -> Service {
    Service {
        name,
        suffixes,
        page: "",
        is_free_when_gone: true,
    }
}

/// The services, each suffix at one of them.
const SERVICES: &[Service] = &[
    with_page("Amazon S3", &["amazonaws.com"], "<Code>NoSuchBucket</Code>"),
    without_page("AWS Elastic Beanstalk", &["elasticbeanstalk.com"]),
    Service {
        is_free_when_gone: true,
        ..with_page(
            "Azure",
            &[
                "azurewebsites.net",
                "cloudapp.net",
                "cloudapp.azure.com",
                "trafficmanager.net",
            ],
            "404 Web Site not found",
        )
    },
    without_page(
        "Azure",
        &[
            "azure-api.net",
            "azurecontainer.io",
            "azureedge.net",
            "core.windows.net",
        ],
    ),
    with_page("Bitbucket", &["bitbucket.io"], "Repository not found"),
    with_page("Fastly", &["fastly.net"], "Fastly error: unknown domain"),
    with_page(
        "GitHub Pages",
        &["github.io"],
        "There isn't a GitHub Pages site here.",
    ),
    with_page(
        "Heroku",
        &["herokuapp.com", "herokudns.com", "herokussl.com"],
        "herokucdn.com/error-pages/no-such-app",
    ),
    with_page(
        "Help Scout",
        &["helpscoutdocs.com"],
        "No settings were found for this company:",
    ),
    with_page(
        "Netlify",
        &["netlify.app", "netlify.com"],
        "Not Found - Request ID:",
    ),
    with_page("Pantheon", &["pantheonsite.io"], "404 error unknown site!"),
    with_page(
        "Read the Docs",
        &["readthedocs.io"],
        "is unknown to Read the Docs",
    ),
    with_page(
        "Shopify",
        &["myshopify.com"],
        "Sorry, this shop is currently unavailable.",
    ),
    with_page("Surge", &["surge.sh"], "project not found"),
    with_page(
        "Tumblr",
        &["domains.tumblr.com"],
        "Whatever you were looking for doesn't currently exist at this address.",
    ),
    with_page(
        "WordPress.com",
        &["wordpress.com"],
        "Do you want to register",
    ),
    with_page("Zendesk", &["zendesk.com"], "Help Center Closed"),
];

/// The service that gives a name, if it is one of these.
pub(super) fn service_of(name: &str) -> Option<&'static Service> {
    SERVICES.iter().find(|service| {
        service.suffixes.iter().any(|suffix| {
            name.strip_suffix(suffix)
                .is_some_and(|rest| rest.ends_with('.'))
        })
    })
}

/// Feeds what is concluded from to a digest.
pub(super) fn feed(sink: &mut dyn FnMut(&[u8])) {
    for service in SERVICES {
        for text in service.suffixes {
            sink(text.as_bytes());
        }
        sink(service.page.as_bytes());
    }
}

pub(super) const CHECKS: &[Check] = &[Check {
    id: "http.takeover.unclaimed",
    title: "Name leads to an unclaimed resource",
    severity: Severity::High,
    description: "The name is an alias into a hosting service, and that service answers that it \
        knows nobody of this name: whoever creates the resource there speaks for the name, with \
        its cookies and its certificates.",
    remediation: "Remove the DNS record, or claim the resource at its provider again. Take DNS \
        records away before the resource they point to.",
    references: &[
        "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/02-Configuration_and_Deployment_Management_Testing/10-Test_for_Subdomain_Takeover",
        "https://github.com/EdOverflow/can-i-take-over-xyz",
    ],
    cwe: &[350],
    policy: Policy::Passive,
    revision: 1,
    rule: Rule::Unclaimed,
}];

/// Judges a web server by its page and by where its name leads.
pub(super) fn judge(check: &Check, facts: &PortFacts) -> Verdict {
    let web = match &facts.web {
        Probed::Facts(web) => web,
        other => return unanswered(other),
    };
    let aliases = match &facts.aliases {
        Probed::Facts(aliases) => aliases.as_slice(),
        Probed::Failed(reason) => return Verdict::Inconclusive(*reason),
        // An address is nobody's alias.
        Probed::NotSpoken => return Verdict::Inconclusive(InconclusiveReason::Skipped),
    };
    let body = web.home.text();
    let unclaimed = aliases.iter().find_map(|alias| {
        let service = service_of(alias)?;
        let says_so = !service.page.is_empty() && body.contains(service.page);
        says_so.then_some((alias, service))
    });
    if let Some((alias, service)) = unclaimed {
        let matched = vec![
            format!("CNAME {}", crate::text::line(alias)),
            service.page.to_owned(),
        ];
        let finding = Finding::new(
            format!("{} ({})", check.title, service.name),
            evidence_of(facts, &web.home, matched),
        );
        let finding = finding.with("service", service.name);
        return Verdict::Present(vec![finding.with("target", crate::text::line(alias))]);
    }
    let is_given = aliases.iter().any(|alias| service_of(alias).is_some());
    let hidden = hides_content(&web.home).or_else(|| hides_home(web));
    match hidden {
        // Behind a filter's page the service's own can't be seen.
        Some(reason) if is_given => Verdict::Inconclusive(reason),
        _ => Verdict::Absent(Control::VhostAnswered),
    }
}

#[cfg(test)]
mod tests {
    use super::{SERVICES, service_of};

    #[test]
    fn a_service_is_known_by_the_end_of_a_name_and_only_there() {
        let name = |host| service_of(host).map(|service| service.name);
        assert_eq!(name("watchtower.github.io"), Some("GitHub Pages"));
        assert_eq!(name("old.azurewebsites.net"), Some("Azure"));
        assert_eq!(name("github.io"), None, "the service itself");
        assert_eq!(name("evilgithub.io"), None);
        assert_eq!(name("github.io.example.com"), None);
    }

    #[test]
    fn every_suffix_belongs_to_one_service() {
        let mut all: Vec<&str> = SERVICES.iter().flat_map(|s| s.suffixes).copied().collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(
            SERVICES
                .iter()
                .all(|s| s.is_free_when_gone || !s.page.is_empty())
        );
    }
}
