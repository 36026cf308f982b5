//! Replacing the master key with the command an operator runs.
use std::{path::Path, process::Stdio};

use base64::{Engine, engine::general_purpose::STANDARD};
use sqlx::Executor;
use tokio::process::{Child, Command};
use wt_model::{Principal, TenantKey};
use wt_pg::{PgArgs, Pool};
use wt_seal::{MasterKeyArgs, Owner, Place, Seal, Sealed};
use wt_testkit::{Database, database, wait};

use crate::door::PATIENCE;

/// More than two of the command's transactions.
const KEYS: usize = 250;
const COLUMN: &str = "tenant.sso_connections.client_secret";

struct Bench {
    database: Database,
    pool: Pool,
    folder: tempfile::TempDir,
}

impl Bench {
    async fn open() -> Self {
        let database = database().await.unwrap();
        let args = PgArgs {
            database_url: database.url_as("wt_tenant").unwrap().into(),
            pg_connections_max: 2,
            pg_acquire_ms: 5_000,
            pg_statement_ms: 20_000,
        };
        Self {
            database,
            pool: Pool::new(&args, "tenant", "tenant").unwrap(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// A file of master keys, told apart by a byte.
    fn ring(&self, bytes: &[u8]) -> MasterKeyArgs {
        let path = self.folder.path().join(format!("{bytes:?}.key"));
        let lines = bytes.iter().map(|byte| {
            let raw: Vec<u8> = (0..32_u8).map(|n| n ^ byte).collect();
            STANDARD.encode(raw)
        });
        std::fs::write(&path, lines.collect::<Vec<_>>().join("\n")).unwrap();
        MasterKeyArgs {
            master_key_file: Some(path),
            ..MasterKeyArgs::default()
        }
    }

    fn rotate(&self, file: &Path) -> Child {
        Command::new(env!("CARGO_BIN_EXE_wt-tenant"))
            .args(["master-key", "rotate"])
            .env("DATABASE_URL", self.database.url_as("wt_tenant").unwrap())
            .env("WT_MASTER_KEY_FILE", file)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap()
    }

    /// How many data keys each master key wraps.
    async fn wrapped(&self) -> Vec<i64> {
        sqlx::query_scalar(
            "select count(*) from tenant.data_keys group by master_key_id order by count(*)",
        )
        .fetch_all(&mut self.database.superuser().await.unwrap())
        .await
        .unwrap()
    }
}

async fn each_seals(bench: &Bench, seal: &Seal) -> Vec<(TenantKey, Sealed)> {
    let mut sealed = Vec::new();
    for number in 0..KEYS {
        let text = format!("org_01ARZ3NDEKTSV4RRFFQ69G5{number:03}");
        let tenant: TenantKey = text.parse().unwrap();
        let principal = Principal::service("tenant", tenant);
        let mut tx = bench.pool.begin(&principal, "test").await.unwrap();
        let (owner, row) = (Owner::Organization(tenant), text);
        let place = Place {
            column: COLUMN,
            row: &row,
        };
        let secret = seal.seal(tx.conn(), owner, place, row.as_bytes()).await;
        sealed.push((tenant, secret.unwrap()));
        tx.commit().await.unwrap();
    }
    sealed
}

#[tokio::test]
async fn a_rotation_killed_in_the_middle_is_finished_by_the_next_one() {
    let bench = Bench::open().await;
    let seal = Seal::new(bench.ring(&[1]).load().unwrap(), "tenant");
    let sealed = each_seals(&bench, &seal).await;
    assert_eq!(bench.wrapped().await, [250]);

    // The command gets past its first hundred and then waits for a row that somebody holds.
    let mut holder = bench.database.superuser().await.unwrap();
    holder
        .execute(
            "begin; select from tenant.data_keys where id =
                 (select id from tenant.data_keys order by id offset 150 limit 1) for update",
        )
        .await
        .unwrap();
    let file = bench.ring(&[2, 1]).master_key_file.unwrap();
    let mut killed = bench.rotate(&file);
    wait::until(PATIENCE, "the first transaction", || async {
        (bench.wrapped().await == [100, 150]).then_some(())
    })
    .await;
    killed.kill().await.unwrap();
    holder.execute("rollback").await.unwrap();
    assert_eq!(bench.wrapped().await, [100, 150]);

    for expected in ["150 data keys", "0 data keys"] {
        let done = bench.rotate(&file).wait_with_output().await.unwrap();
        assert!(done.status.success());
        let said = String::from_utf8(done.stdout).unwrap();
        assert!(said.starts_with(expected), "{said}");
        assert_eq!(bench.wrapped().await, [250]);
    }
    let after = Seal::new(bench.ring(&[2]).load().unwrap(), "tenant");
    for (tenant, secret) in sealed {
        let principal = Principal::service("tenant", tenant);
        let mut tx = bench.pool.begin(&principal, "test").await.unwrap();
        let row = tenant.to_string();
        let place = Place {
            column: COLUMN,
            row: &row,
        };
        let owner = Owner::Organization(tenant);
        let opened = after.open(tx.conn(), owner, place, &secret).await.unwrap();
        assert_eq!(opened.expose(), row.as_bytes());
    }
}

#[tokio::test]
async fn a_rotation_without_the_former_key_changes_nothing() {
    let bench = Bench::open().await;
    let seal = Seal::new(bench.ring(&[1]).load().unwrap(), "tenant");
    each_seals(&bench, &seal).await;
    let file = bench.ring(&[2]).master_key_file.unwrap();
    let done = bench.rotate(&file).wait_with_output().await.unwrap();
    assert!(!done.status.success());
    assert_eq!(bench.wrapped().await, [250]);
}

#[tokio::test]
async fn the_service_does_not_start_without_a_master_key() {
    let none = MasterKeyArgs::default();
    assert!(none.load().is_err());
    let missing = MasterKeyArgs {
        master_key_file: Some("/nowhere/master.key".into()),
        ..MasterKeyArgs::default()
    };
    assert!(missing.load().is_err());
}
