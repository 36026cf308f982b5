//! What the gateway says it serves: every operation, from the OpenAPI document it answers with.
use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use reqwest::Method;
use serde_json::{Map, Value, json};
use wt_model::Permission;

/// Who an operation says may call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    /// Nobody in particular.
    Nothing,
    /// Anybody who is signed in.
    SignIn,
    /// A permission of the caller's organization.
    Permission(Permission),
}

/// One row of the matrix.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub(super) method: Method,
    /// Below `/api/v1`, with `{parameters}`.
    pub(super) path: String,
    pub(super) needs: Needs,
    /// What services behind ask for beside it ("Also needs …").
    pub(super) also: Vec<Permission>,
    queries: Vec<String>,
    body: Option<Value>,
}

/// What requests are made of: ids of one organization, or ids of nobody.
pub(super) trait World {
    /// The id of something in a collection such as `assets`; none if the collection is unknown.
    fn id_in(&self, collection: &str) -> Option<String>;
    /// What a field of this name holds, where its name says what it refers to.
    fn field(&self, name: &str) -> Option<Value>;
}

/// Longest example of a text.
const TEXT_LENGTH_MAX: usize = 24;
/// How deep an example body nests.
const DEPTH_MAX: usize = 6;

impl Operation {
    /// Every operation of `document`. One without `x-permission` is an error.
    pub(super) fn all(document: &Value) -> Result<Vec<Self>> {
        let mut found = Vec::new();
        let paths = document["paths"].as_object().context("no paths")?;
        for (path, operations) in paths {
            let Some(below) = path.strip_prefix("/api/v1") else {
                continue;
            };
            for (method, operation) in operations.as_object().into_iter().flatten() {
                let Ok(method) = Method::from_bytes(method.to_uppercase().as_bytes()) else {
                    continue;
                };
                let needs = match operation["x-permission"].as_str() {
                    Some("public") => Needs::Nothing,
                    Some("signed_in") => Needs::SignIn,
                    Some(word) => Needs::Permission(word.parse()?),
                    None => bail!("{method} {path} names no permission"),
                };
                let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
                found.push(Self {
                    method,
                    path: below.to_owned(),
                    needs,
                    also: also(operation)?,
                    queries: queries(operation),
                    body: (!schema.is_null()).then(|| resolve(document, schema)),
                });
            }
        }
        // What ends the caller's own session comes last.
        found.sort_by_key(Operation::ends_sessions);
        Ok(found)
    }

    /// Whether a success signs the caller out.
    pub(super) fn ends_sessions(&self) -> bool {
        self.path == "/auth/logout"
            || (self.method == Method::DELETE && self.path.starts_with("/sessions"))
            || self.path.starts_with("/auth/password")
            || self.path.starts_with("/me/password")
    }

    /// Whether it says what somebody thinks, which nobody says for another.
    pub(super) fn is_an_opinion(&self) -> bool {
        self.method == Method::PUT && self.path == "/reports/{id}/feedback"
    }

    /// The path with the ids of `world`, and whether it has any.
    pub(super) fn path_in(&self, world: &impl World) -> Result<(String, bool)> {
        let mut path = String::new();
        let mut collection = String::new();
        let mut named = false;
        for segment in self.path.split('/').skip(1) {
            path.push('/');
            if segment.starts_with('{') {
                let id = world.id_in(&collection).with_context(|| {
                    format!(
                        "the matrix has no example of {collection}: teach matrix/cast.rs to make one"
                    )
                })?;
                path.push_str(&id);
                named = true;
            } else {
                path.push_str(segment);
                segment.clone_into(&mut collection);
            }
        }
        let asked: Vec<_> = self
            .queries
            .iter()
            .filter_map(|name| Some(format!("{name}={}", world.field(name)?.as_str()?)))
            .collect();
        if !asked.is_empty() {
            path.push('?');
            path.push_str(&asked.join("&"));
        }
        Ok((path, named))
    }

    /// A body the schema allows, with the ids of `world` wherever a field names one.
    pub(super) fn body_in(&self, world: &impl World) -> Option<Value> {
        self.body
            .as_ref()
            .map(|schema| example(schema, "", world, 0))
    }
}

/// Permissions that are needed beside the one an operation is for: its description says which.
fn also(operation: &Value) -> Result<Vec<Permission>> {
    let said = operation["description"].as_str().unwrap_or_default();
    let Some((_, words)) = said.split_once("Also needs ") else {
        return Ok(Vec::new());
    };
    let words = words.split('`').skip(1).step_by(2);
    Ok(words.map(str::parse).collect::<Result<_, _>>()?)
}

/// Query parameters that name something.
fn queries(operation: &Value) -> Vec<String> {
    operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|parameter| parameter["in"] == "query")
        .filter_map(|parameter| parameter["name"].as_str())
        .filter(|name| name.ends_with("_id") || *name == "topics" || *name == "permission")
        .map(ToOwned::to_owned)
        .collect()
}

/// The schema with every reference replaced by what it refers to, `DEPTH_MAX` deep.
fn resolve(document: &Value, schema: &Value) -> Value {
    fn walk(document: &Value, schema: &Value, depth: usize) -> Value {
        if depth > DEPTH_MAX * 2 {
            return json!({});
        }
        match schema {
            Value::Object(fields) => {
                if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                    let target = document
                        .pointer(reference.trim_start_matches('#'))
                        .unwrap_or(&Value::Null);
                    return walk(document, target, depth + 1);
                }
                let fields = fields
                    .iter()
                    .map(|(name, value)| (name.clone(), walk(document, value, depth + 1)));
                Value::Object(fields.collect())
            }
            Value::Array(items) => items
                .iter()
                .map(|item| walk(document, item, depth + 1))
                .collect(),
            other => other.clone(),
        }
    }
    walk(document, schema, 0)
}

/// One value a schema allows.
fn example(schema: &Value, name: &str, world: &impl World, depth: usize) -> Value {
    if let Some(value) = world.field(name) {
        return value;
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        let chosen = schema[choice].as_array().and_then(|all| {
            all.iter()
                .find(|option| option["type"] != "null")
                .or(all.first())
        });
        if let Some(chosen) = chosen {
            return example(chosen, name, world, depth + 1);
        }
    }
    if let Some(first) = schema["enum"].as_array().and_then(|all| all.first()) {
        return first.clone();
    }
    let kinds: BTreeSet<&str> = match &schema["type"] {
        Value::String(kind) => BTreeSet::from([kind.as_str()]),
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => BTreeSet::new(),
    };
    if kinds.contains("object") {
        return object(schema, world, depth);
    }
    if kinds.contains("array") {
        let items = example(&schema["items"], name, world, depth + 1);
        return json!([items]);
    }
    if kinds.contains("integer") || kinds.contains("number") {
        return schema["minimum"].as_u64().unwrap_or(1).into();
    }
    if kinds.contains("boolean") {
        return false.into();
    }
    if schema["format"] == "date-time" {
        return "2100-01-01T00:00:00Z".into();
    }
    let length = schema["maxLength"]
        .as_u64()
        .and_then(|max| usize::try_from(max).ok())
        .unwrap_or(TEXT_LENGTH_MAX)
        .min(TEXT_LENGTH_MAX);
    "a text of the matrix long enough"
        .chars()
        .take(length)
        .collect::<String>()
        .into()
}

/// Required fields, and those that name something.
fn object(schema: &Value, world: &impl World, depth: usize) -> Value {
    let required: BTreeSet<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut fields = Map::new();
    if depth > DEPTH_MAX {
        return Value::Object(fields);
    }
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        if required.contains(name.as_str()) || world.field(name).is_some() {
            fields.insert(name.clone(), example(field, name, world, depth + 1));
        }
    }
    Value::Object(fields)
}
