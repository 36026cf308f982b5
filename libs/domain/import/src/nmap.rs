//! nmap's XML (`nmap -oX`): the hosts it was done with, and their open TCP ports.
use std::net::IpAddr;

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};
use serde_json::json;
use time::OffsetDateTime;

use crate::{
    Claim, ImportFault, Named, Reason, Refused,
    text::{line_ends, shown},
};

/// Most open ports believed of one host; more is a device that accepts everything.
const OPEN_PORTS_BELIEVED_MAX: usize = 500;
/// How sure nmap is of a service it asked, of 10.
const SURE: &str = "10";

/// What a report says, as far as it goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NmapReport {
    /// Version of nmap.
    pub version: String,
    /// The hosts that nmap was done with.
    pub hosts: Vec<NmapHost>,
    /// Why the report ends before its end.
    pub broken: Option<ImportFault>,
}

/// One host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NmapHost {
    /// Its address.
    pub address: Option<IpAddr>,
    /// The names it was asked for by; what its address is called elsewhere is no name of it.
    pub names: Vec<String>,
    /// When nmap was done with it, in seconds since 1970.
    pub ended: Option<i64>,
    /// Line of its begin.
    pub line: usize,
    /// Its open TCP ports.
    pub open: Vec<OpenPort>,
}

impl NmapHost {
    /// Whether it answers on more ports than services are likely to be on.
    pub const fn accepts_everything(&self) -> bool {
        self.open.len() > OPEN_PORTS_BELIEVED_MAX
    }
}

/// An open TCP port.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenPort {
    /// Its number.
    pub port: u16,
    /// Line of it.
    pub line: usize,
    /// What answers, where nmap asked and is sure; empty otherwise.
    pub service: String,
    /// Whether a script signed in as anybody (`ftp-anon`).
    pub is_anonymous_ftp: bool,
}

/// Reads a report; one that was cut off or broken as far as it goes.
pub fn read_report(xml: &[u8]) -> NmapReport {
    let mut reader = Reader::from_reader(xml);
    let mut reading = Reading::default();
    let mut lines = Lines {
        xml,
        at: 0,
        line: 1,
    };
    loop {
        let line = lines.at(reader.buffer_position());
        match reader.read_event() {
            Ok(Event::Eof) => break,
            Ok(Event::Start(tag) | Event::Empty(tag)) => reading.begin(&tag, line),
            Ok(Event::End(tag)) => reading.end(tag.name().as_ref()),
            Ok(_) => {}
            Err(error) => {
                reading.report.broken = Some(ImportFault::Unreadable {
                    line: lines.at(reader.error_position()),
                    reason: shown(&error.to_string()),
                });
                return reading.report;
            }
        }
    }
    if !reading.is_ended {
        reading.report.broken = Some(ImportFault::Unreadable {
            line: lines.at(u64::MAX),
            reason: if reading.is_nmap {
                "the report ends before nmap did".to_owned()
            } else {
                "this is no report of nmap".to_owned()
            },
        });
    }
    reading.report
}

/// What each open port claims, of a whole report.
pub(crate) fn claims(file: &str) -> Result<Vec<Result<Claim, Refused>>, ImportFault> {
    let report = read_report(file.as_bytes());
    if let Some(broken) = report.broken {
        return Err(broken);
    }
    Ok(report
        .hosts
        .iter()
        .flat_map(|host| host.open.iter().flat_map(move |open| claims_of(host, open)))
        .collect())
}

fn claims_of(host: &NmapHost, open: &OpenPort) -> Vec<Result<Claim, Refused>> {
    let mut checks = vec!["port.open"];
    if open.service == "telnet" {
        checks.push("service.telnet.exposed");
    }
    if open.is_anonymous_ftp {
        checks.push("service.ftp.anonymous");
    }
    let told = |check| {
        let hosts = host.names.iter().cloned();
        let address = host.address.map(|address| address.to_string());
        let claim = Claim {
            line: open.line,
            hosts: hosts.chain(address).collect(),
            port: Some(open.port),
            path: None,
            check: Named::Ours(check),
            at: host
                .ended
                .and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok()),
            proof: json!({
                "tool": "nmap",
                "port": format!("{}/tcp open", open.port),
                "service": shown(&open.service),
            })
            .to_string(),
        };
        if host.accepts_everything() {
            let many = "the host answers on every port, so that none of them says anything";
            return Err(claim.refused(Reason::NotOpen, many));
        }
        Ok(claim)
    };
    checks.into_iter().map(told).collect()
}

#[derive(Default)]
struct Reading {
    report: NmapReport,
    host: Option<NmapHost>,
    /// The TCP port whose state is yet to come.
    port: Option<OpenPort>,
    /// Whether the last port of the host is the one that is being told of.
    is_in_port: bool,
    is_nmap: bool,
    is_ended: bool,
}

impl Reading {
    fn begin(&mut self, tag: &BytesStart<'_>, line: usize) {
        match tag.name().as_ref() {
            b"nmaprun" => {
                self.is_nmap = true;
                self.report.version = attribute(tag, "version").unwrap_or_default();
            }
            b"host" => {
                self.host = Some(NmapHost {
                    line,
                    ended: attribute(tag, "endtime").and_then(|text| text.parse().ok()),
                    ..NmapHost::default()
                });
                self.is_in_port = false;
            }
            b"port" => {
                let is_tcp = attribute(tag, "protocol").as_deref() == Some("tcp");
                self.is_in_port = false;
                self.port = attribute(tag, "portid")
                    .filter(|_| is_tcp)
                    .and_then(|text| text.parse().ok())
                    .map(|port| OpenPort {
                        port,
                        line,
                        ..OpenPort::default()
                    });
            }
            name => self.detail(name, tag),
        }
    }

    fn detail(&mut self, name: &[u8], tag: &BytesStart<'_>) {
        let Some(host) = &mut self.host else { return };
        match name {
            b"address" if attribute(tag, "addrtype").is_some_and(|t| t.starts_with("ip")) => {
                host.address = attribute(tag, "addr").and_then(|text| text.parse().ok());
            }
            b"hostname" if attribute(tag, "type").as_deref() == Some("user") => {
                host.names.extend(attribute(tag, "name"));
            }
            b"state" if attribute(tag, "state").as_deref() == Some("open") => {
                if let Some(port) = self.port.take() {
                    host.open.push(port);
                    self.is_in_port = true;
                }
            }
            b"service" if self.is_in_port => {
                let is_asked = attribute(tag, "method").as_deref() == Some("probed")
                    && attribute(tag, "conf").as_deref() == Some(SURE);
                if let (true, Some(open)) = (is_asked, host.open.last_mut()) {
                    open.service = attribute(tag, "name").unwrap_or_default();
                }
            }
            b"script" if self.is_in_port => {
                let said = attribute(tag, "output").unwrap_or_default();
                let is_it = attribute(tag, "id").as_deref() == Some("ftp-anon")
                    && said.contains("Anonymous FTP login allowed");
                if let (true, Some(open)) = (is_it, host.open.last_mut()) {
                    open.is_anonymous_ftp = true;
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, name: &[u8]) {
        match name {
            b"host" => self.report.hosts.extend(self.host.take()),
            b"port" => self.is_in_port = false,
            b"nmaprun" => self.is_ended = true,
            _ => {}
        }
    }
}

/// Counts lines once over, however often it is asked.
struct Lines<'a> {
    xml: &'a [u8],
    at: usize,
    line: usize,
}

impl Lines<'_> {
    fn at(&mut self, position: u64) -> usize {
        let end = usize::try_from(position)
            .unwrap_or(usize::MAX)
            .min(self.xml.len());
        let passed = self.xml.get(self.at..end).unwrap_or_default();
        self.line += line_ends(passed);
        self.at = self.at.max(end);
        self.line
    }
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = tag.try_get_attribute(name).ok()??;
    Some(String::from_utf8_lossy(&attribute.value).into_owned())
}
