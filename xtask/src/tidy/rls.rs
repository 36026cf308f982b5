//! Every table that belongs to an organization is under forced row-level security.
use std::fs;

use anyhow::Result;

use super::Finding;
use crate::workspace::Workspace;

/// Reads the migrations: a table with a `tenant_key` column needs both `enable` and `force`.
/// The tenancy test of wt-pg asks the live catalogue the same; this one needs no database.
pub(super) fn check(workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut all = String::new();
    let mut tables = Vec::new();
    for file in workspace.files("migrations", ".sql")? {
        let text = normalised(&fs::read_to_string(&file)?);
        for table in tenant_tables(&text) {
            tables.push((workspace.relative(&file).to_string(), table));
        }
        all.push_str(&text);
    }
    let mut findings = Vec::new();
    for (place, table) in tables {
        for verb in ["enable", "force"] {
            if !secures(&all, &table, verb) {
                let what = format!("table {table} does not {verb} row level security");
                findings.push(Finding::new(&place, what));
            }
        }
    }
    Ok(findings)
}

/// One space between words, lower case, no comments.
fn normalised(sql: &str) -> String {
    let mut text = String::new();
    for line in sql.lines() {
        let code = line.split_once("--").map_or(line, |(code, _)| code);
        for word in code.split_whitespace() {
            text.push_str(&word.to_lowercase());
            text.push(' ');
        }
    }
    text
}

fn tenant_tables(sql: &str) -> Vec<String> {
    sql.split("create table ")
        .skip(1)
        .filter_map(|rest| {
            let rest = rest.strip_prefix("if not exists ").unwrap_or(rest);
            let (statement, _) = rest.split_once(';')?;
            let (name, columns) = statement.split_once('(')?;
            let partition = name.contains("partition of");
            let owned = columns.split_whitespace().any(|word| word == "tenant_key");
            (owned && !partition).then(|| name.trim().to_owned())
        })
        .collect()
}

/// Whether the table is named by its own `alter table`, or handed to `platform.isolate`, which
/// enables and forces.
fn secures(sql: &str, table: &str, verb: &str) -> bool {
    let direct = format!("alter table {table} {verb} row level security");
    sql.contains(&direct) || sql.contains(&format!("call platform.isolate('{table}'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenants_table_without_force_is_found() {
        let sql = normalised(
            "create table a.t (\n  tenant_key text, -- whose\n  id text\n);\n\
             alter table a.t enable row level security;",
        );
        assert_eq!(tenant_tables(&sql), ["a.t"]);
        assert!(secures(&sql, "a.t", "enable"));
        assert!(!secures(&sql, "a.t", "force"));
    }

    #[test]
    fn a_table_of_nobody_is_left_alone() {
        assert!(tenant_tables(&normalised("create table a.keys (id text);")).is_empty());
    }
}
