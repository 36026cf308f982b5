//! An HTTP server that answers from a script and remembers what it was asked.
use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

use serde_json::Value;

/// One request that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) authorization: String,
    pub(crate) body: String,
}

type Script = Arc<Mutex<BTreeMap<String, Vec<(u16, String)>>>>;

#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    script: Script,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            script: Arc::default(),
            asked: Arc::default(),
        };
        let own = server.clone();
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let own = own.clone();
                std::thread::spawn(move || own.serve(connection));
            }
        });
        server
    }

    /// Adds an answer to `METHOD /path`; the last one stays.
    pub(crate) fn answers(&self, request: &str, status: u16, body: &Value) {
        self.answers_text(request, status, &body.to_string());
    }

    pub(crate) fn answers_text(&self, request: &str, status: u16, body: &str) {
        let mut script = self.script.lock().unwrap();
        let answers = script.entry(request.to_owned()).or_default();
        answers.push((status, body.to_owned()));
    }

    /// Every request so far that begins with `request`.
    pub(crate) fn asked(&self, request: &str) -> Vec<Asked> {
        let asked = self.asked.lock().unwrap();
        asked
            .iter()
            .filter(|one| one.line.starts_with(request))
            .cloned()
            .collect()
    }

    fn serve(&self, connection: TcpStream) {
        let mut reader = BufReader::new(connection.try_clone().unwrap());
        let mut writer = connection;
        let (mut line, mut length, mut authorization) = (String::new(), 0, String::new());
        reader.read_line(&mut line).unwrap();
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).unwrap();
            let Some((name, value)) = header.trim().split_once(':') else {
                break;
            };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().unwrap(),
                "authorization" => value.trim().clone_into(&mut authorization),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let line = line.trim_end_matches(" HTTP/1.1\r\n").to_owned();
        let key = line.split('?').next().unwrap().to_owned();
        self.asked.lock().unwrap().push(Asked {
            line,
            authorization,
            body: String::from_utf8(body).unwrap(),
        });
        let (status, text) = self.next(&key);
        let media = if key.ends_with("/events") {
            "text/event-stream"
        } else {
            "application/json"
        };
        let _ = write!(
            writer,
            "HTTP/1.1 {status} X\r\ncontent-type: {media}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}",
            text.len()
        );
    }

    fn next(&self, key: &str) -> (u16, String) {
        let mut script = self.script.lock().unwrap();
        match script.get_mut(key) {
            Some(answers) if answers.len() > 1 => answers.remove(0),
            Some(answers) => answers[0].clone(),
            None => (
                404,
                r#"{"detail": "not in the script", "code": "script.missing"}"#.to_owned(),
            ),
        }
    }
}
