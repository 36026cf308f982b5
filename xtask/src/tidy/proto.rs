//! The contract is documented, versioned, and compatible with the last one recorded.
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use anyhow::{Context, Result};
use prost::Message;
use prost_types::{DescriptorProto, FileDescriptorProto, FileDescriptorSet};

use super::Finding;
use crate::workspace::Workspace;

/// The contract of the last release.
const LOCK: &str = "proto/lock/descriptors.binpb";
/// Number of the `service` field in a file descriptor, and of `method` in a service.
const SERVICE_FIELD: i32 = 6;
const METHOD_FIELD: i32 = 2;

/// Reports packages without a version, files in another package's folder, RPCs without a comment,
/// and changes that old peers would not understand.
pub(super) fn check(workspace: &Workspace) -> Result<Vec<Finding>> {
    let now = compile(workspace)?;
    let mut findings: Vec<_> = now.file.iter().flat_map(lint).collect();
    if let Ok(bytes) = fs::read(workspace.path(LOCK)) {
        let before = FileDescriptorSet::decode(bytes.as_slice()).context(LOCK)?;
        findings.extend(breaking(&before, &now));
    }
    Ok(findings)
}

/// Records today's protos.
pub(super) fn lock(workspace: &Workspace) -> Result<()> {
    let mut set = compile(workspace)?;
    for file in &mut set.file {
        file.source_code_info = None;
    }
    let path = workspace.path(LOCK);
    fs::create_dir_all(workspace.path("proto/lock"))?;
    fs::write(path, set.encode_to_vec())?;
    Ok(())
}

fn compile(workspace: &Workspace) -> Result<FileDescriptorSet> {
    let files = workspace.files("proto/watchtower", ".proto")?;
    let mut compiler = protox::Compiler::new([workspace.path("proto")])?;
    compiler.include_source_info(true).open_files(files)?;
    Ok(compiler.file_descriptor_set())
}

fn lint(file: &FileDescriptorProto) -> Vec<Finding> {
    let mut findings = Vec::new();
    let package = file.package();
    let version = package.rsplit('.').next().unwrap_or_default();
    let versioned = version
        .strip_prefix('v')
        .is_some_and(|number| number.parse::<u32>().is_ok());
    if !versioned {
        findings.push(Finding::new(file.name(), "its package has no version"));
    }
    if !file.name().starts_with(&package.replace('.', "/")) {
        findings.push(Finding::new(file.name(), "is not in its package's folder"));
    }
    let documented: BTreeSet<&[i32]> = file
        .source_code_info
        .iter()
        .flat_map(|info| &info.location)
        .filter(|location| !location.leading_comments().trim().is_empty())
        .map(|location| location.path.as_slice())
        .collect();
    for (service_at, service) in (0..).zip(&file.service) {
        for (method_at, method) in (0..).zip(&service.method) {
            let path = [SERVICE_FIELD, service_at, METHOD_FIELD, method_at];
            if !documented.contains(path.as_slice()) {
                let what = format!("rpc {}.{} has no comment", service.name(), method.name());
                findings.push(Finding::new(file.name(), what));
            }
        }
    }
    findings
}

/// A field as peers see it: its name and what is on the wire.
type Wire = (String, i32, i32, String);

/// What old peers rely on: message fields by number, and RPCs with their types.
#[derive(Default)]
struct Surface {
    fields: BTreeMap<(String, i32), Wire>,
    rpcs: BTreeMap<String, (String, String)>,
}

fn surface(set: &FileDescriptorSet) -> Surface {
    let mut surface = Surface::default();
    for file in &set.file {
        for message in &file.message_type {
            collect_fields(file.package(), message, &mut surface);
        }
        for service in &file.service {
            for method in &service.method {
                let name = format!("{}.{}.{}", file.package(), service.name(), method.name());
                let types = (
                    method.input_type().to_owned(),
                    method.output_type().to_owned(),
                );
                surface.rpcs.insert(name, types);
            }
        }
    }
    surface
}

fn collect_fields(prefix: &str, message: &DescriptorProto, surface: &mut Surface) {
    let name = format!("{prefix}.{}", message.name());
    for field in &message.field {
        let wire = (
            field.name().to_owned(),
            field.r#type.unwrap_or_default(),
            field.label.unwrap_or_default(),
            field.type_name().to_owned(),
        );
        surface.fields.insert((name.clone(), field.number()), wire);
    }
    for nested in &message.nested_type {
        collect_fields(&name, nested, surface);
    }
}

fn breaking(before: &FileDescriptorSet, now: &FileDescriptorSet) -> Vec<Finding> {
    let (before, now) = (surface(before), surface(now));
    let mut findings = Vec::new();
    for (key, wire) in &before.fields {
        let place = format!("{} field {}", key.0, key.1);
        match now.fields.get(key) {
            None => findings.push(Finding::new(place, "was removed; reserve it instead")),
            Some(other) if other != wire => {
                let what = format!("changed from {} to {}", wire.0, other.0);
                findings.push(Finding::new(place, what));
            }
            Some(_) => {}
        }
    }
    for (name, types) in &before.rpcs {
        if now.rpcs.get(name) != Some(types) {
            findings.push(Finding::new(name, "was removed or has other types"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use prost_types::FieldDescriptorProto;

    use super::*;

    fn contract(fields: &[(&str, i32)]) -> FileDescriptorSet {
        let field = |(name, number): &(&str, i32)| FieldDescriptorProto {
            name: Some((*name).to_owned()),
            number: Some(*number),
            ..FieldDescriptorProto::default()
        };
        let message = DescriptorProto {
            name: Some("M".to_owned()),
            field: fields.iter().map(field).collect(),
            ..DescriptorProto::default()
        };
        FileDescriptorSet {
            file: vec![FileDescriptorProto {
                package: Some("p.v1".to_owned()),
                message_type: vec![message],
                ..FileDescriptorProto::default()
            }],
        }
    }

    #[test]
    fn a_new_field_is_compatible_and_a_moved_or_missing_one_is_not() {
        let before = contract(&[("a", 1), ("b", 2)]);
        assert!(breaking(&before, &contract(&[("a", 1), ("b", 2), ("c", 3)])).is_empty());
        assert_eq!(breaking(&before, &contract(&[("a", 1)])).len(), 1);
        assert_eq!(breaking(&before, &contract(&[("b", 1), ("a", 2)])).len(), 2);
    }
}
