//! What an operation says it needs is what its handler asks for.
use std::fs;

use anyhow::Result;
use wt_model::Permission;

use super::Finding;
use crate::workspace::Workspace;

/// Begins the description of an operation, just above its handler.
const DESCRIPTION: &str = "#[utoipa::path(";
/// Begins the word for who may call it, within the description.
const WORD: &str = "\"x-permission\" = json!(\"";
/// Opens an operation to nobody in particular; without it and without a word, it is for whoever is
/// signed in.
const OPEN: &str = "security(())";

/// Reads the gateway's handlers: `x-permission` and the extractor that checks it have to say the
/// same, so that neither can be changed or forgotten alone. The isolation matrix asks the running
/// fleet the same; this needs no fleet.
pub(super) fn check(workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let mut operations = 0;
    for file in workspace.files("services/gateway/src/rest", ".rs")? {
        let text = fs::read_to_string(&file)?;
        for operation in text.split(DESCRIPTION).skip(1) {
            operations += 1;
            if let Err(what) = agrees(operation) {
                findings.push(Finding::new(workspace.relative(&file), what));
            }
        }
    }
    if operations == 0 {
        findings.push(Finding::new("services/gateway/src/rest", "no operations"));
    }
    Ok(findings)
}

/// Compares one operation's description with its handler's arguments.
fn agrees(operation: &str) -> Result<(), String> {
    let (description, handler) = operation
        .split_once("fn ")
        .ok_or_else(|| "an operation without a handler".to_owned())?;
    let name: String = handler
        .chars()
        .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
        .collect();
    let said = description
        .split_once(WORD)
        .and_then(|(_, rest)| rest.split_once('"'))
        .map(|(word, _)| word);
    let said = match said {
        Some(word) => word,
        None if description.contains(OPEN) => "public",
        None => "signed_in",
    };
    let arguments = handler
        .split_once("->")
        .map_or(handler, |(arguments, _)| arguments);
    let asked = asked(arguments);
    if said == asked {
        Ok(())
    } else {
        Err(format!("{name} says {said} and asks for {asked}"))
    }
}

/// The word for what a handler's arguments ask for.
fn asked(arguments: &str) -> &str {
    let permission = arguments
        .split_once("May<")
        .and_then(|(_, rest)| rest.split_once('>'))
        .map(|(name, _)| name);
    match permission {
        Some(name) => Permission::ALL
            .iter()
            .find(|permission| format!("{permission:?}") == name)
            .map_or(name, |permission| permission.as_str()),
        None if arguments.contains(": Caller") => "signed_in",
        None => "public",
    }
}

#[cfg(test)]
mod tests {
    use super::agrees;

    const HANDLER: &str = "get, path = \"/audit\", extensions((\"x-permission\" = json!(\"audit:read\"))))]\n\
        pub(crate) async fn list_audit(\n    caller: May<AuditRead>,\n) -> Result<(), Problem> {";

    #[test]
    fn what_is_said_and_asked_alike_is_well() {
        assert_eq!(agrees(HANDLER), Ok(()));
        let signed_in = HANDLER
            .replace("audit:read", "signed_in")
            .replace("May<AuditRead>", "Caller");
        assert_eq!(agrees(&signed_in), Ok(()));
        let open = "get, path = \"/plans\", security(()))]\nasync fn list_plans() -> Json<Plans> {";
        assert_eq!(agrees(open), Ok(()));
        assert!(agrees(&open.replace("security(())", "tag = \"plans\"")).is_err());
    }

    #[test]
    fn a_missing_or_another_word_or_extractor_is_found() {
        for (from, to) in [
            ("\"x-permission\"", "\"x-else\""),
            ("audit:read", "signed_in"),
            ("audit:read", "public"),
            ("audit:read", "assets:read"),
            ("caller: May<AuditRead>,", ""),
            ("May<AuditRead>", "Caller"),
            ("May<AuditRead>", "May<AssetsRead>"),
        ] {
            let broken = HANDLER.replace(from, to);
            assert!(agrees(&broken).is_err(), "{from} as {to}");
        }
    }
}
