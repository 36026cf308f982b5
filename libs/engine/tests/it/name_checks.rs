//! Checks of names against real name servers: what is there, what is not, and what fails.
use futures::future::join_all;
use wt_exposure::{AbsentReason, Control, InconclusiveReason, NAME_PORT, Settled};
use wt_targets::{DnsAnswer, DnsQuestion, mx_record};

use crate::{
    name_support::{
        Change, NAME, but, change, is_absent, look, name_checks, name_job, nothing, of_name, serve,
        text, undecided,
    },
    support::{cell, config, job, known, only, run_with},
};

const MAIL: [&str; 5] = [
    "dns.dmarc.missing",
    "dns.dmarc.policy_none",
    "dns.spf.missing",
    "dns.spf.pass_all",
    "dns.spf.too_many_lookups",
];

fn as_it_is() -> Change {
    change(|_, _| None)
}

#[tokio::test]
async fn a_zone_as_it_should_be_has_nothing_to_find() {
    let report = look("127.0.22.1", as_it_is(), &name_checks()).await;
    for check in name_checks() {
        assert!(is_absent(&of_name(&report, check)), "{check}");
    }
    assert!(report.observations.is_empty());
}

#[tokio::test]
async fn what_is_wrong_with_a_name_is_seen_and_nothing_else() {
    let spf = |says: &str| but(NAME, DnsQuestion::Txt, text(says));
    let dmarc = |says: &str| but("_dmarc.shop.example", DnsQuestion::Txt, text(says));
    let cases = [
        ("dns.spf.missing", but(NAME, DnsQuestion::Txt, nothing())),
        (
            "dns.spf.missing",
            but(
                NAME,
                DnsQuestion::Txt,
                DnsAnswer::Texts(vec!["v=spf1 -all".to_owned(), "v=spf1 mx -all".to_owned()]),
            ),
        ),
        ("dns.spf.pass_all", spf("v=spf1 mx +all")),
        ("dns.spf.pass_all", spf("v=spf1 all")),
        (
            "dns.spf.too_many_lookups",
            spf(
                "v=spf1 a mx a:b.example a:c.example a:d.example a:e.example a:f.example \
                 mx:g.example exists:h.example ptr include:mail.example -all",
            ),
        ),
        ("dns.dmarc.missing", dmarc("p=reject")),
        ("dns.dmarc.policy_none", dmarc("v=DMARC1; p=none")),
        ("dns.caa.missing", but(NAME, DnsQuestion::Caa, nothing())),
    ];
    let looks = cases.iter().enumerate().map(|(n, (_, change))| {
        let ip = format!("127.0.22.{}", 10 + n);
        let change = change.clone();
        async move { look(&ip, change, &name_checks()).await }
    });
    for ((expected, _), report) in cases.iter().zip(join_all(looks).await) {
        assert_eq!(of_name(&report, expected), Settled::Present, "{expected}");
        for check in name_checks().iter().filter(|check| *check != expected) {
            assert!(
                is_absent(&of_name(&report, check)),
                "{check} beside {expected}"
            );
        }
        let [seen] = report.observations.as_slice() else {
            panic!("one observation of {expected}");
        };
        assert_eq!(
            (seen.subject.port, seen.subject.host.as_str()),
            (NAME_PORT, NAME)
        );
        assert!(!seen.evidence.request.is_empty() && !seen.evidence.response.is_empty());
    }
}

#[tokio::test]
async fn a_record_led_to_may_let_everybody_pass_or_cost_too_much() {
    let far = |says: &'static str| {
        change(move |name, question| match (name, question) {
            (NAME, DnsQuestion::Txt) => Some(text("v=spf1 redirect=far.example")),
            ("far.example", DnsQuestion::Txt) => Some(text(says)),
            ("loop.example", DnsQuestion::Txt) => Some(text("v=spf1 include:loop.example -all")),
            _ => None,
        })
    };
    let report = look("127.0.22.30", far("v=spf1 +all"), &MAIL).await;
    assert_eq!(of_name(&report, "dns.spf.pass_all"), Settled::Present);
    let many = "v=spf1 a a a a a a a a a a a -all";
    let report = look("127.0.22.31", far(many), &MAIL).await;
    assert_eq!(
        of_name(&report, "dns.spf.too_many_lookups"),
        Settled::Present
    );
    let report = look(
        "127.0.22.32",
        far("v=spf1 include:loop.example -all"),
        &MAIL,
    )
    .await;
    assert!(MAIL.iter().all(|check| is_absent(&of_name(&report, check))));
}

#[tokio::test]
async fn mail_policies_are_asked_of_names_that_take_mail_and_of_no_others() {
    let bare = |mx: DnsAnswer| {
        change(move |name, question| match (name, question) {
            (NAME, DnsQuestion::Mx) => Some(mx.clone()),
            (NAME, DnsQuestion::Soa | DnsQuestion::Txt) => Some(nothing()),
            ("_dmarc.shop.example", _) => Some(DnsAnswer::NoSuchName),
            _ => None,
        })
    };
    let report = look("127.0.22.33", bare(nothing()), &MAIL).await;
    assert!(MAIL.iter().all(|check| is_absent(&of_name(&report, check))));
    let nobody = DnsAnswer::Records(vec![mx_record("")]);
    let report = look("127.0.22.34", bare(nobody), &MAIL).await;
    assert!(is_absent(&of_name(&report, "dns.spf.missing")));
    let somebody = DnsAnswer::Records(vec![mx_record("mail.example")]);
    let report = look("127.0.22.35", bare(somebody), &MAIL).await;
    for check in ["dns.spf.missing", "dns.dmarc.missing"] {
        assert_eq!(of_name(&report, check), Settled::Present, "{check}");
    }
}

#[tokio::test]
async fn name_servers_that_fail_or_stay_silent_decide_nothing() {
    let cases = [
        (DnsAnswer::ServFail, InconclusiveReason::DnsServfail),
        (DnsAnswer::Refused, InconclusiveReason::DnsServfail),
        (DnsAnswer::Cut(None), InconclusiveReason::DnsServfail),
        (DnsAnswer::Silence, InconclusiveReason::Timeout),
    ];
    let looks = cases.iter().enumerate().map(|(n, (fault, _))| {
        let (ip, fault) = (format!("127.0.22.{}", 40 + n), fault.clone());
        async move { look(&ip, change(move |_, _| Some(fault.clone())), &name_checks()).await }
    });
    for ((fault, reason), report) in cases.iter().zip(join_all(looks).await) {
        for check in name_checks() {
            assert_eq!(
                of_name(&report, check),
                undecided(*reason),
                "{check} {fault:?}"
            );
        }
    }
}

#[tokio::test]
async fn one_failing_answer_leaves_its_own_checks_undecided() {
    let places: [(&[&str], &'static str, DnsQuestion); 6] = [
        (
            &["dns.spf.missing", "dns.spf.pass_all"],
            NAME,
            DnsQuestion::Txt,
        ),
        // What a record includes may cost more and let everybody pass.
        (
            &["dns.spf.too_many_lookups", "dns.spf.pass_all"],
            "mail.example",
            DnsQuestion::Txt,
        ),
        (
            &["dns.dmarc.missing", "dns.dmarc.policy_none"],
            "_dmarc.shop.example",
            DnsQuestion::Txt,
        ),
        (&["dns.caa.missing"], NAME, DnsQuestion::Caa),
        (&["dns.zone_transfer"], NAME, DnsQuestion::Ns),
        (&["dns.zone_transfer"], NAME, DnsQuestion::Axfr),
    ];
    let faults = [
        DnsAnswer::ServFail,
        DnsAnswer::Cut(None),
        DnsAnswer::Silence,
    ];
    let cases: Vec<_> = places
        .iter()
        .flat_map(|place| faults.iter().map(move |fault| (place, fault)))
        .collect();
    let looks = cases
        .iter()
        .enumerate()
        .map(|(n, ((_, name, question), fault))| {
            let ip = format!("127.0.23.{}", 1 + n);
            let change = but(name, *question, (*fault).clone());
            async move { look(&ip, change, &name_checks()).await }
        });
    for (((checks, name, _), fault), report) in cases.iter().zip(join_all(looks).await) {
        for check in *checks {
            let settled = of_name(&report, check);
            assert!(
                matches!(settled, Settled::Inconclusive { .. }),
                "{check} when {name} {fault:?}: {settled:?}"
            );
        }
        assert!(report.observations.is_empty(), "{name} {fault:?}");
    }
}

#[tokio::test]
async fn an_answer_too_long_for_one_packet_is_asked_for_again_over_tcp() {
    let long = format!("v=spf1 {}+all", "ip4:192.0.2.1 ".repeat(200));
    let whole = Some(Box::new(text(&long)));
    let change = but(NAME, DnsQuestion::Txt, DnsAnswer::Cut(whole));
    let report = look("127.0.22.50", change, &MAIL).await;
    assert_eq!(of_name(&report, "dns.spf.pass_all"), Settled::Present);
    assert!(is_absent(&of_name(&report, "dns.spf.missing")));
}

#[tokio::test]
async fn what_was_open_is_gone_only_after_two_agreeing_answers() {
    let server = serve("127.0.22.51", as_it_is()).await;
    let setting = config(&["127.0.0.0/8"], Some(server.address()));
    let mut job = name_job(server.address(), &["dns.caa.missing", "dns.spf.missing"]);
    job.known = [known(NAME, NAME_PORT, "dns.caa.missing")].into();
    let report = run_with(setting.clone(), &job).await;
    for (check, is_confirmed) in [("dns.caa.missing", true), ("dns.spf.missing", false)] {
        let absent = Settled::Absent {
            control: Control::NameAnswered,
            reason: AbsentReason::NotThere,
            confirmed: is_confirmed,
        };
        assert_eq!(of_name(&report, check), absent, "{check}");
    }
    // A verify job asks about that cell and touches no port.
    job.only_known = true;
    job.scope.ports = "".parse().unwrap();
    let report = run_with(setting, &job).await;
    assert_eq!(
        report
            .cells
            .iter()
            .map(wt_exposure::CellRun::len)
            .sum::<u64>(),
        1
    );
    assert!(is_absent(&of_name(&report, "dns.caa.missing")));
}

#[tokio::test]
async fn a_second_answer_that_fails_takes_the_first_back() {
    let mut asked = 0;
    let counting = std::sync::Mutex::new(move || {
        asked += 1;
        asked
    });
    let change = change(move |name, question| {
        let is_again =
            (name, question) == (NAME, DnsQuestion::Caa) && (counting.lock().unwrap())() > 1;
        is_again.then_some(DnsAnswer::ServFail)
    });
    let server = serve("127.0.22.52", change).await;
    let setting = config(&["127.0.0.0/8"], Some(server.address()));
    let mut job = name_job(server.address(), &["dns.caa.missing"]);
    job.known = [known(NAME, NAME_PORT, "dns.caa.missing")].into();
    let settled = of_name(&run_with(setting, &job).await, "dns.caa.missing");
    assert_eq!(settled, undecided(InconclusiveReason::DnsServfail));
}

#[tokio::test]
async fn a_name_that_is_gone_has_no_findings_left() {
    let change = change(|name, question| match (name, question) {
        (NAME, _) => Some(DnsAnswer::NoSuchName),
        ("example", DnsQuestion::Ns) => {
            Some(DnsAnswer::Servers(vec!["ns1.shop.example".to_owned()]))
        }
        _ => None,
    });
    let report = look("127.0.22.53", change, &name_checks()).await;
    let gone = Settled::Absent {
        control: Control::ZoneAnswered,
        reason: AbsentReason::NameGone,
        confirmed: true,
    };
    for check in name_checks() {
        assert_eq!(of_name(&report, check), gone, "{check}");
    }
}

#[tokio::test]
async fn an_address_has_no_cells_of_a_name_and_a_name_out_of_scope_is_not_asked_about() {
    let report = run_with(
        config(&["127.0.0.0/8"], None),
        &only(job(&["127.0.22.54"], &[9]), &["dns.caa.missing"]),
    )
    .await;
    assert!(report.cells.is_empty());
    let server = serve("127.0.22.55", as_it_is()).await;
    let setting = config(&["127.0.0.0/8"], Some(server.address()));
    let mut job = name_job(server.address(), &["dns.caa.missing"]);
    job.scope.hosts.clear();
    let report = run_with(setting, &job).await;
    let settled = cell(&report, NAME, NAME_PORT, "dns.caa.missing");
    assert_eq!(settled, undecided(InconclusiveReason::OutOfScope));
    assert_eq!((server.connections(), report.denials.len()), (0, 1));
}
