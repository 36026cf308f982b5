//! A report on exposures as a document: for who decides, or for who mends.

use time::{Date, OffsetDateTime, UtcOffset, macros::format_description};
use wt_model::Severity;
use wt_paper::{Bars, Block, Brand, Cell, Chart, Column, Columns, Line, Paper, Rgb, Series, Table};

use super::paper::exposure_url;
use crate::domain::{
    facts, plain,
    standing::{Changes, NEWEST_MAX, OPEN_MAX, Open, Standing},
    subject::{Period, ReportKind},
};

/// Rows of the short tables: what fits on a page beside the rest.
const FIRST_MAX: usize = 10;
/// Found.
const NEW_COLOR: Rgb = Rgb(0xc2, 0x41, 0x0c);
/// Gone.
const FIXED_COLOR: Rgb = Rgb(0x15, 0x80, 0x3d);

/// What such a report is about, in words.
#[derive(Debug, Clone)]
pub(crate) struct About<'a> {
    /// For whom.
    pub(crate) kind: ReportKind,
    /// Text of the filter; empty for everything.
    pub(crate) filter: &'a str,
    /// Name of the view it comes from; empty for none.
    pub(crate) view: &'a str,
    /// When things happened.
    pub(crate) period: Period,
}

/// The document; links begin with `home`, where the organization's screens are.
pub(crate) fn paper(about: &About<'_>, standing: &Standing, brand: Brand, home: &str) -> Paper {
    let mut blocks = scope(about, standing);
    blocks.push(severities(&standing.by_severity()));
    if let Some(changes) = &standing.changes {
        blocks.push(Block::Heading("What changed".to_owned()));
        blocks.extend(changed(changes, about.period));
    }
    let urgent = standing.urgent(FIRST_MAX);
    if !urgent.is_empty() {
        blocks.push(Block::Heading("What to do next".to_owned()));
        blocks.push(Block::Table(most_urgent(&urgent, home)));
        blocks.push(Block::Heading("Where most is open".to_owned()));
        blocks.push(Block::Table(hosts(standing)));
        blocks.push(Block::Heading("What is open most often".to_owned()));
        blocks.push(Block::Table(checks(standing)));
    }
    if about.kind == ReportKind::Technical {
        details(standing, home, &mut blocks);
    }
    Paper {
        brand,
        title: title(about),
        blocks,
    }
}

/// How a report on exposures is called.
pub(crate) fn title(about: &About<'_>) -> String {
    let what = match (about.view, about.filter) {
        ("", "") => "all exposures".to_owned(),
        ("", filter) => filter.to_owned(),
        (view, _) => view.to_owned(),
    };
    let kind = match about.kind {
        ReportKind::Executive => "Summary",
        ReportKind::Technical => "Report",
    };
    let until = about.period.until - time::Duration::nanoseconds(1);
    format!(
        "{kind} on {}, {} to {}",
        plain::bounded(&what),
        day(date(about.period.since)),
        day(date(until)),
    )
}

fn scope(about: &About<'_>, standing: &Standing) -> Vec<Block> {
    let count = standing.open.len();
    let many = if standing.more { "more than " } else { "" };
    let mut said = vec![format!("{many}{count} exposures are open or unresponsive.")];
    let breached = standing.with_clock("breached");
    if breached > 0 {
        said.push(format!("{breached} of them are past their deadline."));
    }
    let attacked = standing.open.iter().filter(|open| open.kev).count();
    if attacked > 0 {
        said.push(format!("Attacks are known on {attacked} of them."));
    }
    let silent = standing.unresponsive();
    if silent > 0 {
        said.push(format!(
            "{silent} of them could not be concluded: that is no proof of a fix."
        ));
    }
    if standing.more {
        said.push(format!(
            "The worst {OPEN_MAX} are in this report; the rest is not."
        ));
    }
    if standing.changes.is_none() {
        said.push(
            "What changed is left out: the filter speaks of what changes do not have.".to_owned(),
        );
    }
    let mut facts = vec![(
        "Period".to_owned(),
        format!(
            "{} to {}",
            minute(about.period.since),
            minute(about.period.until)
        ),
    )];
    if !about.view.is_empty() {
        facts.push(("View".to_owned(), plain::bounded(about.view)));
    }
    if !about.filter.is_empty() {
        facts.push(("Filter".to_owned(), about.filter.to_owned()));
    }
    let line = |text| Line {
        text,
        cites: Vec::new(),
    };
    vec![
        Block::Facts(facts),
        Block::Heading("In short".to_owned()),
        Block::Bullets(said.into_iter().map(line).collect()),
    ]
}

/// Open by severity, as a drawing.
pub(crate) fn severities(counts: &[(Severity, u64)]) -> Block {
    let bars = counts.iter();
    Block::Chart(Chart::Bars(Bars {
        title: "Open by severity".to_owned(),
        bars: bars
            .map(|(severity, count)| (severity.to_string(), *count, color(*severity)))
            .collect(),
    }))
}

fn changed(changes: &Changes, period: Period) -> Vec<Block> {
    let words: Vec<String> = changes
        .by_type
        .iter()
        .map(|(kind, count)| format!("{kind} {count}"))
        .collect();
    let said = if words.is_empty() {
        "Nothing changed in this period.".to_owned()
    } else {
        format!("{} changes: {}.", changes.total, words.join(", "))
    };
    let drawn = changes.over(period);
    let series = |name: &str, color, values| Series {
        name: name.to_owned(),
        color,
        values,
    };
    vec![
        Block::Paragraph(said),
        Block::Chart(Chart::Columns(Columns {
            title: "Found and proven fixed".to_owned(),
            labels: drawn.iter().map(|(day, _, _)| short_day(*day)).collect(),
            series: vec![
                series("found", NEW_COLOR, drawn.iter().map(|it| it.1).collect()),
                series("fixed", FIXED_COLOR, drawn.iter().map(|it| it.2).collect()),
            ],
        })),
    ]
}

fn most_urgent(urgent: &[&Open], home: &str) -> Table {
    let row = |open: &&Open| {
        let exposure = &open.exposure;
        vec![
            Cell::text(open.score.to_string()),
            severity(exposure.severity),
            linked(exposure, home),
            Cell::text(plain::place(exposure)),
            Cell::text(due(open)),
        ]
    };
    Table {
        columns: vec![
            Column::new("Score", 2),
            Column::new("Severity", 3),
            Column::new("What", 10),
            Column::new("Where", 7),
            Column::new("Due", 4),
        ],
        rows: urgent.iter().map(row).collect(),
    }
}

fn hosts(standing: &Standing) -> Table {
    let rows = standing.by_host(FIRST_MAX).into_iter();
    Table {
        columns: vec![
            Column::new("Host", 10),
            Column::new("Worst", 3),
            Column::new("Open", 2),
        ],
        rows: rows
            .map(|(host, worst, count)| {
                vec![
                    Cell::text(plain::bounded(host)),
                    severity(worst),
                    Cell::text(count.to_string()),
                ]
            })
            .collect(),
    }
}

fn checks(standing: &Standing) -> Table {
    let rows = standing.by_check(FIRST_MAX).into_iter();
    Table {
        columns: vec![
            Column::new("What", 9),
            Column::new("Check", 6),
            Column::new("Worst", 3),
            Column::new("Places", 2),
        ],
        rows: rows
            .map(|(check, title, worst, count)| {
                vec![
                    Cell::text(plain::bounded(title)),
                    Cell::text(plain::bounded(check)),
                    severity(worst),
                    Cell::text(count.to_string()),
                ]
            })
            .collect(),
    }
}

fn details(standing: &Standing, home: &str, blocks: &mut Vec<Block>) {
    if !standing.open.is_empty() {
        let row = |open: &Open| {
            let exposure = &open.exposure;
            vec![
                severity(exposure.severity),
                linked(exposure, home),
                Cell::text(plain::place(exposure)),
                Cell::text(plain::bounded(&exposure.check_id)),
                Cell::text(open.state.to_string()),
                Cell::text(day(date(open.first_seen))),
                Cell::text(due(open)),
            ]
        };
        blocks.push(Block::Heading("Everything that is open".to_owned()));
        blocks.push(Block::Table(Table {
            columns: vec![
                Column::new("Severity", 5),
                Column::new("What", 14),
                Column::new("Where", 11),
                Column::new("Check", 10),
                Column::new("State", 7),
                Column::new("Since", 6),
                Column::new("Due", 6),
            ],
            rows: standing.open.iter().map(row).collect(),
        }));
    }
    let Some(changes) = standing.changes.as_ref().filter(|it| it.total > 0) else {
        return;
    };
    blocks.push(Block::Heading("Every change".to_owned()));
    if changes.total > u64::try_from(NEWEST_MAX).unwrap_or(u64::MAX) {
        blocks.push(Block::Paragraph(format!(
            "The newest {NEWEST_MAX} of {}.",
            changes.total
        )));
    }
    let rows = changes.newest.iter().map(|change| {
        vec![
            Cell::text(minute(change.at)),
            Cell::text(change.kind.as_str()),
            severity(change.exposure.severity),
            linked(&change.exposure, home),
            Cell::text(plain::place(&change.exposure)),
        ]
    });
    blocks.push(Block::Table(Table {
        columns: vec![
            Column::new("When", 7),
            Column::new("Change", 6),
            Column::new("Severity", 4),
            Column::new("What", 12),
            Column::new("Where", 9),
        ],
        rows: rows.collect(),
    }));
}

fn severity(severity: Severity) -> Cell {
    Cell {
        text: severity.to_string(),
        color: Some(color(severity)),
        ..Cell::default()
    }
}

/// Dark enough on white for small letters (WCAG 2.2 §1.4.3: 4.5 to 1).
fn color(severity: Severity) -> Rgb {
    match severity {
        Severity::Critical => Rgb(0x9b, 0x1c, 0x31),
        Severity::High => Rgb(0xb4, 0x3c, 0x0a),
        Severity::Medium => Rgb(0x8a, 0x5a, 0x00),
        Severity::Low => Rgb(0x1d, 0x4e, 0xd8),
        Severity::Info => Rgb(0x47, 0x55, 0x69),
    }
}

fn linked(exposure: &facts::Subject, home: &str) -> Cell {
    Cell {
        text: plain::bounded(&exposure.title),
        url: exposure_url(home, &exposure.key),
        color: None,
    }
}

fn due(open: &Open) -> String {
    match (open.sla.as_str(), open.due) {
        ("paused", _) => "paused".to_owned(),
        ("breached", Some(at)) => format!("{} (past)", day(date(at))),
        (_, Some(at)) => day(date(at)),
        (_, None) => String::new(),
    }
}

fn date(at: OffsetDateTime) -> Date {
    at.to_offset(UtcOffset::UTC).date()
}

fn day(date: Date) -> String {
    // A date of four digits always has this form.
    date.format(format_description!("[year]-[month]-[day]"))
        .unwrap_or_default()
}

fn short_day(date: Date) -> String {
    date.format(format_description!("[month]-[day]"))
        .unwrap_or_default()
}

fn minute(at: OffsetDateTime) -> String {
    at.to_offset(UtcOffset::UTC)
        .format(format_description!(
            "[year]-[month]-[day] [hour]:[minute] UTC"
        ))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
