//! Settings of the connection to Postgres.
use wt_config::Secret;

/// Where the database is and how much of it a process may use.
#[derive(Debug, Clone, clap::Args)]
pub struct PgArgs {
    /// `postgres://role@host:port/database`; the role is the service's own.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: Secret,
    /// Most connections for transactions, and as many again for single statements: the busy lists of
    /// `results` and `asset-registry`, the logins of `tenant`, one for the relay of each other
    /// service. In all 93; 97 is what Postgres' default leaves to services.
    #[arg(long, env = "WT_PG_CONNECTIONS_MAX", default_value_t = 10)]
    pub pg_connections_max: u32,
    /// Milliseconds to wait for a free connection before the caller is told to come back.
    #[arg(long, env = "WT_PG_ACQUIRE_MS", default_value_t = 5_000)]
    pub pg_acquire_ms: u64,
    /// Milliseconds one statement may run: longer than any of ours, shorter than a caller waits.
    #[arg(long, env = "WT_PG_STATEMENT_MS", default_value_t = 20_000)]
    pub pg_statement_ms: u64,
}
