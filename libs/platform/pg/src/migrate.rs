//! Brings a database to the schema this version needs.
use std::{path::Path, str::FromStr};

use sqlx::{
    AssertSqlSafe, Connection, PgConnection,
    migrate::{MigrateError, Migrator},
    postgres::PgConnectOptions,
};

/// Every schema, in the order it is migrated; also the folder names.
pub const SCHEMAS: [&str; 6] = ["tenant", "asset", "scan", "results", "notify", "report"];
/// Two migrations at once wait for each other here.
const LOCK: &str = "select pg_advisory_lock(hashtext('watchtower.migrate'))";
const UNLOCK: &str = "select pg_advisory_unlock(hashtext('watchtower.migrate'))";

/// Why a database could not be migrated.
#[derive(Debug, thiserror::Error)]
pub enum MigrateFault {
    /// `roles.sql` cannot be read.
    #[error("cannot read {path}")]
    File {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The database is away or refused something outside the migrations.
    #[error("cannot prepare the database")]
    Database {
        /// Why.
        #[from]
        source: sqlx::Error,
    },
    /// A migration failed or differs from the one that was applied.
    #[error("cannot migrate schema {schema}")]
    Migrate {
        /// Which schema.
        schema: &'static str,
        /// Why.
        #[source]
        source: MigrateError,
    },
}

/// Applies `dir/roles.sql` and then each `dir/<schema>/*.sql` that was not applied yet, as
/// `wt_owner`. `url` names a role that may create roles or was made a member of `wt_owner`.
/// Safe to run by several at once and again.
pub async fn migrate(url: &str, dir: &Path) -> Result<(), MigrateFault> {
    let options = PgConnectOptions::from_str(url)?;
    let mut conn = PgConnection::connect_with(&options).await?;
    sqlx::raw_sql(LOCK).execute(&mut conn).await?;
    let done = apply(&mut conn, dir).await;
    // The lock also ends with the connection; a failed unlock must not hide the result.
    let _ = sqlx::raw_sql(UNLOCK).execute(&mut conn).await;
    let _ = conn.close().await;
    done
}

async fn apply(conn: &mut PgConnection, dir: &Path) -> Result<(), MigrateFault> {
    let path = dir.join("roles.sql");
    let roles = std::fs::read_to_string(&path).map_err(|source| MigrateFault::File {
        path: path.display().to_string(),
        source,
    })?;
    sqlx::raw_sql(AssertSqlSafe(roles))
        .execute(&mut *conn)
        .await?;
    for schema in SCHEMAS {
        let folder = dir.join(schema);
        if !folder.is_dir() {
            continue;
        }
        let fault = |source| MigrateFault::Migrate { schema, source };
        let mut migrator = Migrator::new(folder.as_path()).await.map_err(fault)?;
        migrator.set_locking(false);
        migrator.dangerous_set_table_name(format!("{schema}._sqlx_migrations"));
        sqlx::raw_sql("set role wt_owner")
            .execute(&mut *conn)
            .await?;
        let done = migrator
            .run_direct(None, &mut *conn, false)
            .await
            .map_err(fault);
        sqlx::raw_sql("reset role").execute(&mut *conn).await?;
        done?;
        // Read by services to see whether their schema is there.
        let grant = format!("grant select on {schema}._sqlx_migrations to public");
        sqlx::raw_sql(AssertSqlSafe(grant))
            .execute(&mut *conn)
            .await?;
        tracing::info!(schema, "schema is up to date");
    }
    sqlx::raw_sql("set role wt_owner; call platform.keep_plans(); reset role")
        .execute(&mut *conn)
        .await?;
    Ok(())
}
