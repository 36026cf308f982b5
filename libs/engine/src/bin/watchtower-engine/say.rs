//! What a run says: progress for people on the error stream, findings on the output.
use std::sync::Mutex;

use wt_engine::Progress;
use wt_exposure::JobReport;

/// Tells people how it goes; a line that repeats the last one is left out.
pub(super) fn tell(news: &Progress, last: &Mutex<String>) {
    if let Progress::Line { level, text } = news {
        let line = format!("{} {text}", level.as_str());
        let mut last = last
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if *last != line {
            eprintln!("{line}");
            *last = line;
        }
    }
}

/// One JSON object for each observation, denial and row of cells.
pub(super) fn jsonl(report: &JobReport) {
    for observation in &report.observations {
        println!(
            "{}",
            serde_json::json!({"type": "observation", "observation": observation})
        );
    }
    for denial in &report.denials {
        println!(
            "{}",
            serde_json::json!({"type": "denial", "denial": denial})
        );
    }
    for cells in &report.cells {
        println!("{}", serde_json::json!({"type": "cells", "cells": cells}));
    }
}

/// A line for each finding, worst first, and each refused connection.
pub(super) fn text(report: &JobReport) {
    let mut found: Vec<_> = report.observations.iter().collect();
    found.sort_by_key(|o| (std::cmp::Reverse(o.severity), o.subject.clone()));
    for o in found {
        println!(
            "{:<8} {}:{} {} {}",
            o.severity, o.subject.host, o.subject.port, o.check.id, o.title
        );
    }
    for denial in &report.denials {
        println!(
            "refused  {} ({}): {}",
            denial.host, denial.via, denial.reason
        );
    }
}
