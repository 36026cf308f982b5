//! Every remote procedure of the contract: what its comment says it needs, and calling it without
//! knowing its messages.
use std::{fs, path::Path};

use anyhow::{Context, Result, bail};
use bytes::{Buf, BufMut, Bytes};
use tonic::{
    Request, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    transport::Channel,
};
use wt_model::Permission;

/// Who a procedure says may call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Needs {
    /// Nobody in particular: it comes before a sign-in.
    Nothing,
    /// Anybody who is signed in.
    Anybody,
    /// One of these permissions, which one depends on the message.
    AnyOf(Vec<Permission>),
}

/// One procedure.
#[derive(Debug, Clone)]
pub(super) struct Procedure {
    /// `/package.Service/Method`.
    pub(super) path: String,
    /// The service that serves it: the folder of its proto.
    pub(super) served_by: &'static str,
    pub(super) needs: Needs,
    /// Whether the permissions alone are not enough: some things are an owner's alone.
    pub(super) needs_more: bool,
}

/// Folder of a proto package and the service that serves it.
const SERVED_BY: [(&str, &str); 6] = [
    ("asset", "asset-registry"),
    ("notify", "notify"),
    ("report", "ai-report"),
    ("results", "results"),
    ("scan", "scan-orchestrator"),
    ("tenant", "tenant"),
];

/// Reads every proto of the contract. A procedure whose comment does not say who may call it is
/// an error.
pub(super) fn procedures(proto: &Path) -> Result<Vec<Procedure>> {
    let mut all = Vec::new();
    for (package, served_by) in SERVED_BY {
        let folder = proto.join("watchtower").join(package).join("v1");
        for entry in fs::read_dir(&folder)? {
            let text = fs::read_to_string(entry?.path())?;
            all.extend(procedures_in(&text, package, served_by)?);
        }
    }
    Ok(all)
}

fn procedures_in(text: &str, package: &str, served_by: &'static str) -> Result<Vec<Procedure>> {
    let (mut service, mut comment, mut found) = (String::new(), String::new(), Vec::new());
    for line in text.lines().map(str::trim) {
        if let Some(said) = line.strip_prefix("//") {
            comment.push_str(said);
        } else if let Some(rest) = line.strip_prefix("service ") {
            service = first_word(rest);
            comment.clear();
        } else if let Some(rest) = line.strip_prefix("rpc ") {
            let path = format!("/watchtower.{package}.v1.{service}/{}", first_word(rest));
            let needs = needs(&comment).with_context(|| path.clone())?;
            found.push(Procedure {
                path,
                served_by,
                needs,
                needs_more: comment.contains("is an owner's alone"),
            });
            comment.clear();
        } else {
            comment.clear();
        }
    }
    Ok(found)
}

fn first_word(text: &str) -> String {
    text.chars()
        .take_while(|letter| letter.is_alphanumeric())
        .collect()
}

fn needs(comment: &str) -> Result<Needs> {
    if comment.contains("No principal") {
        return Ok(Needs::Nothing);
    }
    let permissions: Vec<Permission> = comment
        .split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|word| word.parse().ok())
        .collect();
    if !permissions.is_empty() {
        return Ok(Needs::AnyOf(permissions));
    }
    if comment.contains("Any user") || comment.contains("Any principal") {
        return Ok(Needs::Anybody);
    }
    bail!("its comment does not say who may call it: {comment}")
}

/// Calls a procedure with an empty message.
pub(super) async fn call(channel: Channel, path: &str, token: Option<&str>) -> Result<(), Status> {
    let mut request = Request::new(Bytes::new());
    if let Some(token) = token {
        let value = format!("Bearer {token}")
            .parse()
            .map_err(|_| Status::internal("no header"))?;
        request.metadata_mut().insert("authorization", value);
    }
    let mut client = Grpc::new(channel);
    client
        .ready()
        .await
        .map_err(|error| Status::unavailable(error.to_string()))?;
    let path = path.parse().map_err(|_| Status::internal("no path"))?;
    client.unary(request, path, Raw).await.map(drop)
}

/// Messages as they are on the wire.
#[derive(Debug, Clone, Copy, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}
