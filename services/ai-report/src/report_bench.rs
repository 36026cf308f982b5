//! What a report of many exposures takes: the measures behind `report.pdf_10k_s` and `report.pdf_10k_mb`.
//!
//! From the wire's messages to the bytes of each form, as the writer does it; the reading of pages
//! from results is not part of it (`gateway.list` measures that).

use std::{fs, time::Instant};

use serde::Serialize;
use time::{Duration, OffsetDateTime};
use wt_lifecycle::StartError;
use wt_paper::Brand;
use wt_proto::{convert::to_timestamp, results};

use crate::{
    domain::{
        standing::{Changes, Standing},
        subject::{Period, ReportKind},
    },
    render::standing::{About, paper},
    wire,
};

/// What was taken.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Taken {
    /// Seconds until the PDF was there.
    pub pdf_s: f64,
    /// Seconds until Markdown and HTML were there too.
    pub forms_s: f64,
    /// Most memory this process ever had, in MiB.
    pub peak_mb: f64,
    /// Bytes of the PDF.
    pub pdf_bytes: usize,
    /// Bytes of the HTML.
    pub html_bytes: usize,
}

/// Writes a technical report of this many open exposures and ten times fewer changes a day.
///
/// # Errors
/// Whatever keeps a report from being written, or `/proc` from being read.
pub fn measure(exposures: u32) -> Result<Taken, StartError> {
    let now = OffsetDateTime::now_utc();
    let started = Instant::now();
    let mut standing = Standing {
        open: Vec::new(),
        more: false,
        changes: Some(Changes::default()),
    };
    for number in 0..exposures {
        standing
            .open
            .push(wire::standing_open(exposure(number, now))?);
        if let (0, Some(changes)) = (number % 10, &mut standing.changes) {
            changes.take(wire::change(event(number, now))?);
        }
    }
    let about = About {
        kind: ReportKind::Technical,
        filter: "",
        view: "",
        period: Period {
            since: now - Duration::days(30),
            until: now,
        },
    };
    let paper = paper(&about, &standing, Brand::default(), "https://wt.example");
    let pdf = wt_paper::pdf(&paper)?;
    let pdf_s = started.elapsed().as_secs_f64();
    let html = wt_paper::html(&paper);
    let markdown = wt_paper::markdown(&paper);
    let forms_s = started.elapsed().as_secs_f64();
    drop(markdown);
    Ok(Taken {
        pdf_s,
        forms_s,
        peak_mb: peak_mb()?,
        pdf_bytes: pdf.len(),
        html_bytes: html.len(),
    })
}

const SEVERITIES: [&str; 5] = ["critical", "high", "medium", "low", "info"];

fn severity(number: u32) -> String {
    let place = usize::try_from(number % 5).unwrap_or_default();
    SEVERITIES.get(place).copied().unwrap_or("info").to_owned()
}

fn exposure(number: u32, now: OffsetDateTime) -> results::Exposure {
    results::Exposure {
        key: format!("exp1_{number:026}"),
        state: "open".to_owned(),
        severity: severity(number),
        title: format!("Certificate of service {number} expired while it was still in use"),
        check_id: format!("tls.cert_expired_{}", number % 200),
        host: format!("host-{}.department-{}.example.com", number, number % 50),
        port: 443,
        score: number % 100,
        sla: "within".to_owned(),
        first_seen: Some(to_timestamp(now - Duration::days(i64::from(number % 300)))),
        due_at: Some(to_timestamp(now + Duration::days(7))),
        ..Default::default()
    }
}

fn event(number: u32, now: OffsetDateTime) -> results::ExposureEvent {
    let exposure = exposure(number, now);
    results::ExposureEvent {
        id: format!("evt_{number}"),
        key: exposure.key,
        r#type: "NEW".to_owned(),
        severity: exposure.severity,
        title: exposure.title,
        check_id: exposure.check_id,
        host: exposure.host,
        port: exposure.port,
        at: Some(to_timestamp(now - Duration::days(i64::from(number % 30)))),
        ..Default::default()
    }
}

/// The high-water mark of resident memory (proc(5), `VmHWM`, in KiB).
fn peak_mb() -> Result<f64, StartError> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib: u32 = line
        .and_then(|line| line.split_whitespace().next())
        .ok_or("no VmHWM in /proc/self/status")?
        .parse()?;
    Ok(f64::from(kib) / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::measure;

    #[test]
    fn a_report_of_some_exposures_is_written_in_bounded_memory() {
        let taken = measure(300).unwrap();
        assert!(taken.pdf_bytes > 10_000 && taken.html_bytes > 100_000);
        assert!(taken.pdf_s > 0.0 && taken.forms_s >= taken.pdf_s);
        assert!(
            taken.peak_mb > 1.0 && taken.peak_mb < 300.0,
            "{}",
            taken.peak_mb
        );
    }
}
