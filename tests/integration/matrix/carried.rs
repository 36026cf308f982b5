//! What lies outside the tables: messages of the streams and objects of the store. Each is one
//! organization's, and says nothing of another's.
use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use async_nats::jetstream;
use prost::Message as _;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use wt_model::TenantKey;
use wt_proto::{event::Envelope, stream::STREAMS};
use wt_testkit::fleet::DATABASE;

use crate::harness::fleet::TestFleet;

/// Ids that only the organization itself has anything to do with; people and organizations are
/// known to their family.
const OWN: [&str; 10] = [
    "ast_", "auz_", "run_", "exp1_", "rep_", "key_", "tem_", "rol_", "inv_", "sso_",
];

/// Everything that carries one of `canaries` elsewhere than under `tenant`.
pub(super) async fn wrong(
    fleet: &TestFleet,
    tenant: &str,
    canaries: &[String],
) -> Result<Vec<String>> {
    let own: Vec<&String> = canaries
        .iter()
        .filter(|canary| OWN.iter().any(|prefix| canary.starts_with(prefix)))
        .collect();
    ensure!(own.len() > 6, "{own:?} are too few to look for");
    let mut wrong = messages(fleet, tenant, &own).await?;
    wrong.extend(objects(fleet, tenant, &own)?);
    wrong.extend(references(fleet).await?);
    Ok(wrong)
}

fn names(bytes: &[u8], canaries: &[&String]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    canaries.iter().any(|canary| text.contains(canary.as_str()))
}

/// Every message that a stream still holds is in an envelope of one organization.
async fn messages(fleet: &TestFleet, tenant: &str, canaries: &[&String]) -> Result<Vec<String>> {
    let client = async_nats::connect(fleet.nats.0.url()).await?;
    let context = jetstream::new(client);
    let (mut wrong, mut read, mut told) = (Vec::new(), 0, 0);
    for declared in STREAMS {
        let mut stream = context.get_stream(declared.name).await?;
        let state = stream.info().await?.state.clone();
        for sequence in state.first_sequence..=state.last_sequence {
            // What was handled and forgotten is not there any more.
            let Ok(message) = stream.get_raw_message(sequence).await else {
                continue;
            };
            read += 1;
            let said = Envelope::decode(message.payload.clone())
                .ok()
                .and_then(|envelope| envelope.tenant_key.parse::<TenantKey>().ok());
            let Some(said) = said else {
                wrong.push(format!("{}: a message of nobody", message.subject));
                continue;
            };
            if !names(&message.payload, canaries) {
                continue;
            }
            told += 1;
            if said.to_string() != tenant {
                let subject = &message.subject;
                wrong.push(format!("{subject}: something of {tenant} told to {said}"));
            }
        }
    }
    ensure!(told > 3, "{told} of {read} messages are about anything");
    Ok(wrong)
}

/// Every object lies under the prefix of its organization.
fn objects(fleet: &TestFleet, tenant: &str, canaries: &[&String]) -> Result<Vec<String>> {
    let root = fleet.folder.join("artifacts");
    let files = files(&root)?;
    ensure!(!files.is_empty(), "nothing was stored");
    let mut wrong = Vec::new();
    for file in files {
        let key = file.strip_prefix(&root)?;
        let mut parts = key.iter().filter_map(|part| part.to_str());
        let owner = match (parts.next(), parts.next()) {
            (Some("t"), Some(owner)) => owner.parse::<TenantKey>().ok(),
            _ => None,
        };
        let Some(owner) = owner else {
            wrong.push(format!("{}: an object of nobody", key.display()));
            continue;
        };
        if owner.to_string() != tenant && names(&fs::read(&file)?, canaries) {
            wrong.push(format!("{}: holds something of {tenant}", key.display()));
        }
    }
    Ok(wrong)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

/// Every row that names an object names one of its own organization.
async fn references(fleet: &TestFleet) -> Result<Vec<String>> {
    let mut database = PgConnection::connect(&fleet.postgres.0.url(DATABASE)).await?;
    let columns: Vec<(String, String)> = sqlx::query_as(
        "select k.oid::regclass::text, quote_ident(a.attname)
         from pg_class k
         join pg_namespace n on n.oid = k.relnamespace
         join pg_attribute a on a.attrelid = k.oid and a.attname like '%artifact\\_key%'
         join pg_attribute t on t.attrelid = k.oid and t.attname = 'tenant_key'
         where k.relkind in ('r', 'p') and not a.attisdropped",
    )
    .fetch_all(&mut database)
    .await?;
    ensure!(!columns.is_empty(), "no column names an object");
    let mut wrong = Vec::new();
    for (table, column) in columns {
        // Names come from the catalogue.
        let sql = format!(
            "select count(*) from {table}
             where {column} <> '' and not starts_with({column}, 't/' || tenant_key || '/')"
        );
        let foreign: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(&mut database)
            .await
            .with_context(|| table.clone())?;
        if foreign > 0 {
            wrong.push(format!("{table}.{column}: {foreign} of another prefix"));
        }
    }
    Ok(wrong)
}
