//! Whether the database has the schema this version needs.
use std::time::Duration;

use sqlx::AssertSqlSafe;

use crate::{PgFault, Pool};

/// How often a missing schema or database is looked for again.
const CHECK_PERIOD: Duration = Duration::from_millis(500);

impl Pool {
    /// The newest migration applied to this service's schema; none before the first.
    pub async fn schema_version(&self) -> Result<Option<i64>, PgFault> {
        let mut tx = self.begin_platform("schema_version").await?;
        let there: bool = sqlx::query_scalar(
            "select has_schema_privilege($1, 'usage') and to_regclass($2) is not null",
        )
        .bind(self.schema())
        .bind(format!("{}._sqlx_migrations", self.schema()))
        .fetch_one(tx.conn())
        .await?;
        if !there {
            return Ok(None);
        }
        let sql = format!(
            "select max(version) from {}._sqlx_migrations where success",
            self.schema()
        );
        let version = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(tx.conn())
            .await?;
        tx.commit().await?;
        Ok(version)
    }

    /// Waits until the schema is at `needed` or newer: what a service does before it is ready.
    /// A newer one is fine, because migrations expand before they contract.
    pub async fn wait_for_schema(&self, needed: i64) {
        let mut said = false;
        loop {
            match self.schema_version().await {
                Ok(Some(version)) if version >= needed => return,
                Ok(version) if !said => {
                    tracing::warn!(schema.version = ?version, schema.needed = needed, "waiting for the schema");
                }
                Err(fault) if !said => {
                    tracing::warn!(error = %wt_fault::chain(&fault), "waiting for the database");
                }
                _ => {}
            }
            said = true;
            tokio::time::sleep(CHECK_PERIOD).await;
        }
    }
}
